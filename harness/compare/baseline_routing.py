"""The routing part of a baseline: per message, whom each trial chose; per agent, which line a router saw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from harness.compare.pairing import Side
from harness.core.types import Case, CaseKind, Message, Role
from harness.store.decided import DecidedRouting, MissingAnswer, RoutingChoice

__all__ = ["BaselineRoster", "BaselineRoute", "decided_routing", "roster_of", "routes_of"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BaselineRoute(_Record):
    """A message: its identity, its right agent, and whom each trial chose.

    A choice is empty where the answer held none, and nothing where there is no answer.
    """

    id: str
    sha: str
    cluster: str
    tags: tuple[str, ...]
    expected: str
    chosen: tuple[str | None, ...]


class BaselineRoster(_Record):
    """What routing rested on: the sha of each agent's line in the roster, and that of the answers."""

    lines: dict[str, str]
    answers: str


def routes_of(side: Side) -> tuple[BaselineRoute, ...]:
    """Return the messages of a side by id."""
    routing = side.run.routing
    found: defaultdict[str, dict[int, str | None]] = defaultdict(dict)
    for absent in routing.missing:
        if absent.variant == side.variant:
            found[absent.case][absent.trial] = None
    for choice in routing.choices:
        if choice.variant == side.variant:
            found[choice.case][choice.trial] = choice.predicted
    return tuple(
        BaselineRoute(
            id=case.id,
            sha=case.sha,
            cluster=case.cluster,
            tags=case.tags,
            expected=case.expected_agent,
            chosen=tuple(name for _, name in sorted(found[case.id].items())),
        )
        for case in sorted(routing.cases, key=lambda case: case.id)
        if case.id in found
    )


def roster_of(side: Side) -> BaselineRoster | None:
    """Return what the routing of a side rested on; nothing where there was none."""
    routing = side.run.routing
    lines = routing.rosters.get(side.variant, {})
    answers = routing.answers.get(side.variant, "")
    return BaselineRoster(lines=lines, answers=answers) if lines else None


def decided_routing(
    variant: str, routes: Sequence[BaselineRoute], roster: BaselineRoster | None
) -> DecidedRouting:
    """Return the choices; the roster's lines are known by their sha alone, so it cannot be asked again."""
    choices: list[RoutingChoice] = []
    missing: list[MissingAnswer] = []
    for route in routes:
        for trial, name in enumerate(route.chosen, start=1):
            if name is None:
                missing.append(MissingAnswer(case=route.id, variant=variant, trial=trial, kind="missing"))
            else:
                choices.append(RoutingChoice(case=route.id, variant=variant, trial=trial, predicted=name))
    return DecidedRouting(
        cases=tuple(_routing_case(route) for route in routes),
        choices=tuple(choices),
        missing=tuple(missing),
        rosters={variant: roster.lines} if roster else {},
        answers={variant: roster.answers} if roster else {},
    )


def _routing_case(route: BaselineRoute) -> Case:
    return Case(
        id=route.id,
        kind=CaseKind.ROUTING,
        agent="",
        messages=(Message(Role.USER, ""),),
        files=(),
        applies=(),
        not_applicable=(),
        expected_agent=route.expected,
        tags=route.tags,
        cluster=route.cluster,
        provenance="",
        sha=route.sha,
    )
