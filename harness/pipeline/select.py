"""Which cases of a suite a run takes."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeVar

from harness.core.errors import InputError
from harness.core.types import Agent, Case, CaseKind
from harness.pipeline.options import RunOptions
from harness.routing.names import same_names
from harness.suite.cases import sealed
from harness.suite.catalogue import closest
from harness.suite.derive import derive_cases
from harness.suite.golden import GoldenResponse

__all__ = ["check_names", "dialogue_cases", "spread", "wanted_cases", "wanted_golden"]

T = TypeVar("T")


def spread(items: Sequence[T], limit: int) -> tuple[T, ...]:
    """Take at most ``limit`` items (0: all), evenly spread, in their order.

    Datasets are often sorted, so the first few would be of one sort. The choice for a small limit is part
    of the choice for a larger one: raising the limit asks only for what is new.
    """
    if not 0 < limit < len(items):
        return tuple(items)
    bits = (len(items) - 1).bit_length()
    by_turns = sorted(range(len(items)), key=lambda index: f"{index:0{bits}b}"[::-1])
    return tuple(items[index] for index in sorted(by_turns[:limit]))


def wanted_cases(cases: Sequence[Case], options: RunOptions) -> tuple[Case, ...]:
    """Return the cases that the options ask for."""
    return spread([case for case in cases if _is_wanted(case, options)], options.limit)


def wanted_golden(golden: Sequence[GoldenResponse], options: RunOptions) -> tuple[GoldenResponse, ...]:
    """Golden responses cost nothing, so tags do not thin them out; names and the limit do.

    Raises:
        InputError: two have one name.
    """
    first: dict[str, GoldenResponse] = {}
    for one in golden:
        other = first.setdefault(one.id, one)
        if other is not one:
            raise InputError(f"{one.path}: the name is that of {other.path} too; rename one of them")
    chosen = [one for one in golden if not options.cases or _matches(options.cases, one.id, one.case.id)]
    return spread(chosen, options.limit)


def dialogue_cases(agent: Agent, roster: Collection[str]) -> tuple[Case, ...]:
    """Return the cases of an agent file's dialogues, with the names of agents as the roster spells them.

    An agent that is not in the roster cannot be chosen; then the file's own agent is the right one.
    """
    return tuple(
        case
        if case.kind is not CaseKind.ROUTING
        else sealed(
            replace(case, expected_agent=next(iter(same_names(case.expected_agent, roster)), agent.name))
        )
        for case in derive_cases(agent)
    )


def check_names(options: RunOptions, cases: Sequence[Case], golden: Sequence[GoldenResponse]) -> None:
    """Refuse a pattern that names no case.

    Raises:
        InputError: with the nearest id.
    """
    ids = [*(case.id for case in cases), *(one.id for one in golden), *(one.case.id for one in golden)]
    for pattern in options.cases:
        if not fnmatch.filter(ids, pattern):
            hint = closest(pattern, ids) or f"there are {len(set(ids))}, such as {', '.join(sorted(ids)[:3])}"
            raise InputError(f"--case {pattern}: no case of the suite has this id; {hint}")


def _is_wanted(case: Case, options: RunOptions) -> bool:
    if options.tags and not set(options.tags) & set(case.tags):
        return False
    return not options.cases or _matches(options.cases, case.id)


def _matches(patterns: Sequence[str], *names: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns for name in names)
