"""Every check decides its own examples as they say, and has enough of them."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.checks.base import Check, Example, ExampleKind
from harness.checks.examples import load_examples
from harness.checks.registry import built_in_checks
from harness.checks.verify import problems_of

CHECKS = built_in_checks()
PAIRS = [(check, example) for check in CHECKS.values() for example in load_examples(check)]
AT_LEAST = {ExampleKind.GOOD: 12, ExampleKind.BAD: 12, ExampleKind.SKIP: 4}


@pytest.mark.parametrize(
    ("check", "example"),
    [
        pytest.param(check, example, id=f"{check.id}: {example.kind}: {example.title}")
        for check, example in PAIRS
    ],
)
def test_a_check_decides_its_example_as_stated(check: Check, example: Example) -> None:
    """The outcome is the stated one, with exactly the stated findings: no more, no fewer."""
    assert list(problems_of(check, example)) == []


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
@pytest.mark.parametrize("kind", list(ExampleKind))
def test_a_check_has_enough_examples(check: Check, kind: ExampleKind) -> None:
    """At least 12 good, 12 bad and 4 to skip: fewer do not pin a check down."""
    counted = Counter(example.kind for example in load_examples(check))
    assert counted[kind] >= AT_LEAST[kind]
