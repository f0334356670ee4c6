"""Every check decides its own examples as they say, and has enough of them."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.checks.base import Check, Example, ExampleKind, Exchange
from harness.checks.examples import load_examples
from harness.checks.registry import all_checks
from harness.core.types import Decision, Message, Role
from harness.response.parse import parse_response

CHECKS = all_checks()
PAIRS = [(check, example) for check in CHECKS.values() for example in load_examples(check)]
AT_LEAST = {ExampleKind.GOOD: 12, ExampleKind.BAD: 12, ExampleKind.SKIP: 4}


def decide(check: Check, example: Example) -> Decision:
    messages = (Message(Role.USER, example.user),) if example.user else ()
    return check.decide(
        Exchange(
            messages=messages,
            files=example.files,
            program=parse_response(example.response, supplied=example.files),
            mode=example.mode,
            parameters={**check.defaults, **example.parameters},
        )
    )


@pytest.mark.parametrize(
    ("check", "example"),
    [
        pytest.param(check, example, id=f"{check.id}: {example.kind}: {example.title}")
        for check, example in PAIRS
    ],
)
def test_a_check_decides_its_example_as_stated(check: Check, example: Example) -> None:
    """The outcome is the stated one, with exactly the stated findings: no more, no fewer."""
    decision = decide(check, example)
    assert decision.outcome.value == example.outcome, (decision.reason, decision.findings)
    if example.kind is ExampleKind.BAD:
        found = sorted((finding.line, finding.message) for finding in decision.findings)
        wanted = sorted((finding.line, finding.words) for finding in example.findings)
        assert [line for line, _ in found] == [line for line, _ in wanted], found
        assert [
            words for (_, message), (_, words) in zip(found, wanted, strict=True) if words not in message
        ] == []


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
@pytest.mark.parametrize("kind", list(ExampleKind))
def test_a_check_has_enough_examples(check: Check, kind: ExampleKind) -> None:
    """At least 12 good, 12 bad and 4 to skip: fewer do not pin a check down."""
    counted = Counter(example.kind for example in load_examples(check))
    assert counted[kind] >= AT_LEAST[kind]
