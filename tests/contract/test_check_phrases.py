"""The phrases of every check bind a rule to that check and to no other."""

from __future__ import annotations

import pytest

from harness.agentfile.sidecar import Sidecar
from harness.checks.bind import bind_rules
from harness.checks.registry import built_in_checks
from harness.core.types import Agent, Polarity, Rule, Span

CHECKS = built_in_checks()


@pytest.mark.parametrize("name", CHECKS)
def test_a_phrase_binds_to_its_check(name: str) -> None:
    """A phrase that does not bind is useless, or too much like the phrase of another check."""
    rules = tuple(
        Rule(f"phrase-{number}", text, Polarity.SHOULD, "", False, Span(number, 1, number, 2))
        for number, text in enumerate(CHECKS[name].phrases, start=1)
    )
    agent = Agent("phrases", "", "", "", "", (), (), rules, "phrases.md", "")
    bindings = bind_rules(agent, Sidecar(), CHECKS)
    assert [(item.rule.text, item.check, item.why) for item in bindings if item.check != name] == []
