"""Small cases and requests for tests of providers, store and run."""

from __future__ import annotations

from harness.core.types import Case, CaseKind, Completion, Message, Request, Role, Sample, StopReason, Usage
from harness.run.plan import PlannedCall, planned_call
from harness.store.codec import request_sha

__all__ = ["case", "completion", "planned", "request", "sample"]


def case(name: str, text: str = "") -> Case:
    """Make a compliance case with one user turn."""
    message = Message(Role.USER, text or f"Question {name}")
    return Case(
        name, CaseKind.COMPLIANCE, "tester", (message,), (), (), (), "", (), "", "test:1", f"sha-{name}"
    )


def request(text: str, trial: int = 1, **more: object) -> Request:
    """Make a request with one user turn; ``more`` replaces other fields."""
    fields: dict[str, object] = {
        "model": "anthropic:test-model",
        "system": "You are a tester.",
        "messages": (Message(Role.USER, text),),
        "max_tokens": 100,
        "trial": trial,
    }
    return Request(**(fields | more))  # type: ignore[arg-type]


def planned(name: str, variant: str = "base", trial: int = 1) -> PlannedCall:
    """Plan a call whose question is the case's name."""
    return planned_call(request(f"Question {name}", trial), case(name), variant)


def completion(text: str = "An answer.", stop: StopReason = StopReason.END) -> Completion:
    """Make a completion."""
    return Completion(text, (), Usage(10, 5, 2), stop, "test-model-served", 0.5)


def sample(asked: Request, text: str = "An answer.", name: str = "c1") -> Sample:
    """Make the sample that answers a request."""
    return Sample(request_sha(asked), name, "base", asked.trial, asked.model, completion(text))
