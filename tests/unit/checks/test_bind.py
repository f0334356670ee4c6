"""Binding rules to checks: precise first, and silent where uncertain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from binding_doubles import DOUBLES, NoConsole, ValidationLibrary
from hypothesis import given
from hypothesis import strategies as st

import harness.checks.bind as bind_module
from harness.agentfile.sidecar import RuleOverride, Sidecar
from harness.checks.base import Check
from harness.checks.bind import Binding, bind_rules
from harness.checks.registry import built_in_checks
from harness.checks.reserved import reserved_phrases
from harness.core.errors import ConfigurationError
from harness.core.types import Agent, Polarity, Rule, Severity, Span

WORDINGS: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("wordings.yaml").read_text(encoding="utf-8")
)
MARKS = {"❌": Polarity.NEVER, "✅": Polarity.ALWAYS}


def rule(text: str, number: int = 1) -> Rule:
    polarity = MARKS.get(text[:1], Polarity.SHOULD)
    return Rule(f"rule-{number}", text.lstrip("❌✅ "), polarity, "", False, Span(number, 1, number, 2))


def agent(*texts: str) -> Agent:
    rules = tuple(rule(text, number) for number, text in enumerate(texts, start=1))
    return Agent("tester", "", "", "", "", (), (), rules, "tester.md", "")


def bind(text: str, checks: dict[str, Check] = DOUBLES, **override: Any) -> Binding:
    sidecar = Sidecar(overrides={"rule-1": RuleOverride(**override)} if override else {})
    return bind_rules(agent(text), sidecar, checks)[0]


def bound(label: str) -> list[str]:
    """Return the labelled wordings that are bound to the check of their label."""
    bindings = bind_rules(agent(*WORDINGS[label]), Sidecar(), DOUBLES)
    return [binding.rule.text for binding in bindings if binding.check == label and label]


@pytest.mark.parametrize("label", list(WORDINGS))
def test_no_wording_is_bound_to_a_check_that_does_not_decide_it(label: str) -> None:
    """Precision is all that counts: a false binding is a wrong verdict on every answer."""
    bindings = bind_rules(agent(*WORDINGS[label]), Sidecar(), DOUBLES)
    assert [(item.rule.text, item.check) for item in bindings if item.check not in {"", label}] == []


@pytest.mark.parametrize("label", list(DOUBLES))
def test_most_wordings_are_bound(label: str) -> None:
    """Of wordings that are no phrases of the check, at least seven in ten find it."""
    assert len(bound(label)) >= 0.7 * len(WORDINGS[label])


@pytest.mark.parametrize("check", DOUBLES.values(), ids=list(DOUBLES))
def test_a_check_is_bound_by_its_own_phrases(check: Check) -> None:
    """A phrase is a wording of the rule, so it binds."""
    bindings = bind_rules(agent(*check.phrases), Sidecar(), DOUBLES)
    assert [item.rule.text for item in bindings if item.check != check.id] == []


def test_a_mark_turns_the_words_around() -> None:
    """Under ❌ the words say what must not be; under ✅ the same words ask for it."""
    assert (bind("❌ Use console.log for logging").check, bind("✅ Use console.log for logging").check) == (
        NoConsole.id,
        "",
    )


def test_the_order_of_words_counts() -> None:
    """Limiting the routes that log in is not limiting and authenticating all routes."""
    assert bind("Implement rate limiting on authentication endpoints").check == ""


def test_the_library_is_taken_out_of_the_words() -> None:
    """The check is the same for every library; the rule says which one it must be."""
    assert bind("Validate all request payloads with Zod").parameters == {"library": "Zod"}


def test_a_check_that_misses_its_parameter_is_not_bound() -> None:
    """A rule about some validation library, not named, cannot be decided by a check of one."""
    assert bind("Use a schema library for input validation").check == ""


@pytest.mark.parametrize(
    "text",
    [
        "NEVER use console.log; use the logger in utils/logger.js instead",
        "No console.log: log through utils/logger",
    ],
)
def test_of_two_kinds_in_a_line_the_one_that_includes_the_other_is_bound(text: str) -> None:
    """What logs through the console does not log through the project's logger."""
    assert bind_rules(agent(text), Sidecar(), built_in_checks())[0].check == "logging/project-logger"


def test_why_names_the_phrase_and_the_scores() -> None:
    """A reader can see what led to a binding and what came next."""
    assert bind("Never use console.log").why.startswith("like 'Never use console.log' (1.00; next ")


def test_why_says_what_was_missing() -> None:
    """A reader can see why a likely check was not bound, and mend the rule or the sidecar."""
    assert "without 'authenticat'" in bind("Every endpoint must have a rate limiting middleware").why


@pytest.fixture
def a_reserved_kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kind of rule that has no check, whichever checks there are by now."""
    reserved = {"garden/watered": ("Water the plants every day",), "garden/weeded": ("Pull out weeds",)}
    monkeypatch.setattr(bind_module, "reserved_phrases", lambda: reserved)
    bind_module._index_of.cache_clear()
    yield
    bind_module._index_of.cache_clear()


@pytest.mark.usefixtures("a_reserved_kind")
def test_a_reserved_kind_is_named_and_left_to_the_judge() -> None:
    """Datasets may refer to kinds of rules whose check is still to come."""
    binding = bind("Water the plants each day")
    assert (binding.check, binding.topic) == ("", "garden/watered")


def test_a_check_takes_its_reserved_kind_over() -> None:
    """Once there is a check, its own phrases say what it decides."""

    class Indexed(NoConsole):
        id: ClassVar[str] = "database/indexed"
        phrases: ClassVar[tuple[str, ...]] = ("Index foreign keys",)

    assert bind("Index foreign keys", {**DOUBLES, Indexed.id: Indexed()}).check == "database/indexed"


def test_reserved_kinds_and_the_first_checks_do_not_overlap() -> None:
    """An entry goes when its check arrives."""
    assert reserved_phrases().keys() & DOUBLES.keys() == set()


def test_the_sidecar_names_the_check() -> None:
    """The owner of the agent knows better than any likeness of words."""
    assert bind("Logs look as in the style guide", check=NoConsole.id).check == NoConsole.id


def test_the_sidecar_keeps_a_rule_for_the_judge() -> None:
    """A binding can be undone."""
    assert bind("Never use console.log", check="judge").check == ""


def test_parameters_of_the_sidecar_win() -> None:
    """They stand over those found in the words."""
    binding = bind("Validate all request payloads with Zod", parameters={"library": "joi"})
    assert binding.parameters == {"library": "joi"}


def test_a_check_named_by_the_sidecar_gets_its_defaults() -> None:
    """Where the words name no value, the default of the check holds."""
    assert bind("Check what comes in", check=ValidationLibrary.id).parameters == {"library": "joi"}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ({"check": "logging/no-consol"}, "did you mean 'logging/no-console'"),
        (
            {"check": ValidationLibrary.id, "parameters": {"libary": "zod"}},
            "a parameter 'libary'; it has library",
        ),
        ({"check": NoConsole.id, "parameters": {"path": "x"}}, "a parameter 'path'; it has none"),
    ],
)
def test_a_mistake_in_the_sidecar_is_refused(override: dict[str, Any], message: str) -> None:
    """A misspelt check or parameter must not pass in silence."""
    with pytest.raises(ConfigurationError, match=message):
        bind("Use Zod for validation", **override)


def test_severity_waiver_and_rubric_come_from_the_sidecar() -> None:
    """What the owner says about a rule travels with its binding."""
    binding = bind("Be kind", severity=Severity.CRITICAL, waived="not now", rubric="tone")
    assert (binding.severity, binding.waived, binding.rubric) == (Severity.CRITICAL, "not now", "tone")


def test_a_rule_is_major_unless_the_sidecar_says_otherwise() -> None:
    """The middle is the default."""
    assert bind("Be kind").severity is Severity.MAJOR


@given(st.text(max_size=300), st.sampled_from(Polarity))
def test_any_text_is_bound_or_left_without_a_crash(text: str, polarity: Polarity) -> None:
    """Rules come from files of strangers."""
    strange = Agent(
        "a", "", "", "", "", (), (), (Rule("r", text, polarity, "", False, Span(1, 1, 1, 1)),), "a.md", ""
    )
    assert len(bind_rules(strange, Sidecar(), DOUBLES)) == 1
