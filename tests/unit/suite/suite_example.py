"""A small project to load suites from: one agent, its rules, and checks that are not really there."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from harness.checks.bind import Binding
from harness.core.errors import InputError
from harness.core.types import Agent, Polarity, Rule, Severity, Span
from harness.suite.catalogue import Specification

COMPLIANCE = """\
agent: cook
cases:
- id: soup
  prompt: Make a soup
  applies: [kitchen/clean, taste]
  not_applicable: [dessert]
  tags: [warm]
  cluster: soups
- id: cake
  messages:
  - {role: user, text: Hello}
  - {role: assistant, text: Hi}
  - {role: user, text: A cake}
  files: [{path: recipes/cake.md, text: "flour\\n"}]
"""
ROUTING = """\
cases:
- {id: hungry, message: I am hungry, agent: cook, why: it cooks}
- {id: tired, message: I am tired, agent: none}
"""
GOLDEN = """\
---
case: soup
labels: {kitchen/clean: pass, taste: fail}
notes: {taste: too much salt}
---

Boil water.
Add salt.
"""


def rule(name: str) -> Rule:
    return Rule(name, name, Polarity.SHOULD, "", False, Span(1, 1, 1, 2))


def specification(name: str = "cook") -> Specification:
    """Two rules are bound to kitchen/clean; the reserved kind kitchen/later means one."""
    rules = tuple(map(rule, ("washed", "wiped", "stored", "taste", "dessert")))
    topics = ("kitchen/clean", "kitchen/clean", "kitchen/later", "", "")
    checks = ("kitchen/clean", "kitchen/clean", "", "", "")
    agent = Agent(name, "", "", "", "", (), (), rules, f"{name}.md", "")
    bindings = tuple(
        Binding(item, check, {}, "", Severity.MAJOR, "", topic)
        for item, check, topic in zip(rules, checks, topics, strict=True)
    )
    return Specification(agent, bindings, frozenset({"kitchen/clean", "kitchen/later", "kitchen/unbound"}))


class OneCook:
    """A catalogue with one agent."""

    def specification(self, name: str) -> Specification:
        if name != "cook":
            raise InputError(f"there is no agent named {name!r}")
        return specification()

    def roster(self, folder: Path | None) -> Collection[str]:
        if folder is not None and not folder.is_dir():
            raise InputError(f"{folder}: no such folder")
        return ("cook", "waiter")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
