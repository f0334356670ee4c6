"""Plan a run: every call that is wanted, as the request that will be sent.

The order lets a server reuse the part of the prompt that calls share: all calls of a variant follow
one another. Within a variant every case is asked once before any is asked again, so that a run that
is broken off still covers all cases. Where the drift of a hosted model must not look like an edit, the
variants are interleaved instead: they answer each case in turns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness.core.types import Case, Message, Request, Variant
from harness.run.settings import Settings
from harness.store.codec import request_sha
from harness.suite.cases import messages_to_send

__all__ = ["PlannedCall", "Render", "plan_compliance", "planned_call"]

Render = Callable[[Case], tuple[Message, ...]]
"""Turns a case into the messages that are sent, its supplied files among them."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One wanted call. Calls with equal shas are asked once and share the sample.

    The case and variant of a call are those that wanted it; a shared sample names the first.
    """

    request: Request
    sha: str
    case: Case
    variant: str


def planned_call(request: Request, case: Case, variant: str) -> PlannedCall:
    """Plan one request, giving it its sha."""
    return PlannedCall(request=request, sha=request_sha(request), case=case, variant=variant)


def plan_compliance(
    cases: Iterable[Case], variants: Sequence[Variant], settings: Settings, render: Render = messages_to_send
) -> tuple[PlannedCall, ...]:
    """Plan cases × variants × trials: the prompt of the variant's agent answers the case's messages.

    Raises:
        ConfigurationError: the model of the settings is not known.
    """
    parameters = settings.request_parameters()
    rendered = [(case, render(case)) for case in cases]
    trials = range(settings.first_trial, settings.first_trial + settings.trials)
    positions = (
        ((variant, trial, asked) for trial in trials for asked in rendered for variant in variants)
        if settings.interleaved
        else ((variant, trial, asked) for variant in variants for trial in trials for asked in rendered)
    )
    return tuple(
        planned_call(
            Request(
                model=settings.model,
                system=variant.agent.prompt,
                messages=messages,
                max_tokens=settings.max_tokens,
                trial=trial,
                parameters=parameters,
            ),
            case,
            variant.name,
        )
        for variant, trial, (case, messages) in positions
    )
