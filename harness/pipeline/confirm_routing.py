"""Route suspected messages again, among the rosters of both sides, and count the fresh choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.compare.suspects import Suspect
from harness.core.errors import HarnessError, IncompleteError
from harness.core.types import Agent, Case
from harness.pipeline.asking import OpenModel
from harness.pipeline.confirm import Fresh, fresh_settings, stored_of
from harness.pipeline.options import RunOptions
from harness.pipeline.sampling import Watcher
from harness.routing.ask import routed
from harness.routing.metrics import MISSING
from harness.routing.route import plan_routing
from harness.run.execute import Execution
from harness.run.plan import PlannedCall
from harness.stats.confirm import FreshTrials
from harness.store.decided import DecidedRouting

__all__ = ["Rosters", "roster_of", "route_again"]

_BEFORE, _AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Rosters:
    """The rosters of both sides; ``before`` is empty where the earlier one is not known."""

    before: tuple[Agent, ...]
    after: tuple[Agent, ...]


def roster_of(routing: DecidedRouting, variant: str) -> tuple[Agent, ...]:
    """Return the roster of a decided run as far as a router sees it: names, descriptions, tools."""
    return tuple(
        Agent(
            name=line.name,
            description=line.listing,
            listing=line.listing,
            prompt="",
            model="",
            tools=line.tools,
            dialogues=(),
            rules=(),
            path="",
            sha=line.sha,
        )
        for line in routing.roster(variant)
    )


def route_again(
    suspects: Sequence[Suspect],
    cases: Mapping[str, Case],
    rosters: Rosters,
    trials: int,
    options: RunOptions,
    watcher: Watcher,
) -> Fresh:
    """Return the fresh trials of each suspected message, as :func:`harness.pipeline.confirm.ask_again`.

    A call that fails and an answer without a choice are in no count.
    """
    named = {_BEFORE: rosters.before, _AFTER: rosters.after}
    known = {variant: agents for variant, agents in named.items() if agents}
    wanted = list(dict.fromkeys(suspect.case for suspect in suspects))
    watcher.say(
        f"{len(wanted)} messages always reached the right agent and now never do: routing them afresh, "
        f"{trials} times with {'both rosters' if len(known) > 1 else 'the new roster'}"
    )
    calls, execution, error = _asked([cases[name] for name in wanted], known, trials, options, watcher)
    failures = execution.failures
    said = str(error) if error is not None else failures[0].message if failures else ""
    return Fresh(
        trials=_counted(suspects, calls, execution, known),
        wanted=len(calls),
        missing=sum(call.sha not in execution.samples for call in calls),
        trouble="stopped" if execution.interrupted else said,
        code=IncompleteError.exit_code if error is None else error.exit_code,
        interrupted=execution.interrupted,
    )


def _asked(
    cases: Sequence[Case],
    rosters: Mapping[str, tuple[Agent, ...]],
    trials: int,
    options: RunOptions,
    watcher: Watcher,
) -> tuple[Sequence[PlannedCall], Execution, HarnessError | None]:
    """Return the plan, the answers that came, and the error that kept the others from coming."""
    settings = replace(fresh_settings(options, trials), max_tokens=options.routing_max_tokens)
    with OpenModel(options, watcher) as model:
        calls = plan_routing(cases, rosters, model.provider, settings)
        try:
            return calls, model.ask(calls), None
        except HarnessError as error:
            return calls, stored_of(calls, options), error


def _counted(
    suspects: Sequence[Suspect],
    calls: Sequence[PlannedCall],
    execution: Execution,
    rosters: Mapping[str, tuple[Agent, ...]],
) -> dict[tuple[str, str], FreshTrials]:
    by_case = {suspect.case: [[0, 0], [0, 0]] for suspect in suspects}
    for variant, agents in rosters.items():
        own = [call for call in calls if call.variant == variant]
        for one in routed(own, execution, [agent.name for agent in agents]):
            if one.row.predicted != MISSING:
                by_case[one.case.id][variant == _AFTER][not one.row.correct] += 1
    return {one.cell: FreshTrials(*by_case[one.case][0], *by_case[one.case][1]) for one in suspects}
