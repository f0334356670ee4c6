"""Examples decided by their check: what they state, and what comes out."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.base import Check, Example, ExampleKind, Exchange
from harness.checks.decide import run_check
from harness.core.types import Decision, Message, Role
from harness.response.parse import parse_response

__all__ = ["decide_example", "problems_of"]


def decide_example(check: Check, example: Example) -> Decision:
    """Decide the response of an example; a check that crashes gives ``error``."""
    messages = (Message(Role.USER, example.user),) if example.user else ()
    exchange = Exchange(
        messages=messages,
        files=example.files,
        program=parse_response(example.response, supplied=example.files),
        mode=example.mode,
        parameters={**check.defaults, **example.parameters},
    )
    return run_check(check, exchange)


def problems_of(check: Check, example: Example) -> Iterator[str]:
    """Yield what an example states and its check does not do: the outcome, and exactly the findings."""
    decision = decide_example(check, example)
    if decision.outcome.value != example.outcome:
        yield f"must be {example.outcome}, and is {decision.outcome.value}: {decision.reason}"
        return
    if example.kind is not ExampleKind.BAD:
        return
    found = list(decision.findings)
    for wanted in example.findings:
        match = next((one for one in found if one.line == wanted.line and wanted.words in one.message), None)
        if match is None:
            yield f"no finding on line {wanted.line} of the response with the words {wanted.words!r}"
        else:
            found.remove(match)
    for extra in found:
        yield f"a finding that it does not state, on line {extra.line} of the response: {extra.message}"
