"""Answers cut off anywhere, and with lines left out, are decided without an error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks.backup.recovery import Recovery
from harness.checks.base import Check, Example, Exchange
from harness.checks.config.environment import Environment
from harness.checks.config.no_conflict import NoConflict
from harness.checks.config.no_duplicate_compose import NoDuplicateCompose
from harness.checks.decide import run_check
from harness.checks.dependencies.no_known_vulnerability import NoKnownVulnerability
from harness.checks.examples import load_examples
from harness.core.types import Message, Outcome, Role
from harness.response.parse import parse_response

CHECKS = (NoDuplicateCompose(), NoConflict(), Environment(), NoKnownVulnerability(), Recovery())
EXAMPLES = [(check, example) for check in CHECKS for example in load_examples(check)]


def outcome_of(check: Check, example: Example, response: str) -> Outcome:
    messages = (Message(Role.USER, example.user),) if example.user else ()
    program = parse_response(response, supplied=example.files)
    exchange = Exchange(messages=messages, files=example.files, program=program)
    return run_check(check, exchange).outcome


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(EXAMPLES), st.floats(0, 1))
def test_an_answer_cut_off_anywhere_is_decided(pair: tuple[Check, Example], share: float) -> None:
    """Whatever is left of it."""
    check, example = pair
    response = example.response[: int(len(example.response) * share)]
    assert outcome_of(check, example, response) is not Outcome.ERROR


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(EXAMPLES), st.lists(st.integers(0, 30), max_size=6))
def test_an_answer_with_lines_left_out_is_decided(pair: tuple[Check, Example], left_out: list[int]) -> None:
    """Also where that breaks a block."""
    check, example = pair
    lines = [line for number, line in enumerate(example.response.split("\n")) if number not in left_out]
    assert outcome_of(check, example, "\n".join(lines)) is not Outcome.ERROR


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_violation_that_is_commented_out_is_none(check: Check) -> None:
    """A block of configuration or code in which every line is a comment sets, names and keeps nothing."""
    for example in load_examples(check):
        if example.outcome != "fail" or "```dockerfile" not in example.response:
            continue
        lines = example.response.split("\n")
        quoted = [line if line.startswith("```") or not line else f"# {line}" for line in lines]
        assert outcome_of(check, example, "\n".join(quoted)) is not Outcome.FAIL
