"""Whether a decided run hangs together: what one part names must stand in another.

A run is written whole; one whose parts do not fit was damaged or changed by hand. To say so when it is read
spares every reader of it the question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from harness.store.decided import DecidedRun

__all__ = ["incoherence"]

_MOST_TRIALS = 1_000_000
_FLAGS = {"", "omitted", "vacuous"}


class _Told(Protocol):
    """What came of one trial of a case: a verdict, a choice, a missing answer."""

    @property
    def case(self) -> str: ...

    @property
    def variant(self) -> str: ...

    @property
    def trial(self) -> int: ...


def incoherence(run: DecidedRun) -> str:
    """Return what does not fit in a run, or an empty text."""
    routing = run.routing
    routed = {case.id for case in routing.cases}
    cases = {case.id for case in run.cases}
    variants = {name for name, _ in run.variants}
    rosters = {sha for roster in routing.rosters.values() for sha in roster.values()}
    return next(
        filter(
            None,
            (
                _twice("variants", [name for name, _ in run.variants]),
                _twice("rules", [rule.id for rule in run.rules]),
                _twice("cases", [case.id for case in run.cases]),
                _twice("routing.cases", [case.id for case in routing.cases]),
                _absent("answers", variants - run.answers.keys()),
                _absent("routing.lines", rosters - routing.lines.keys() if routing.lines else ()),
                _strangers("verdicts", run.verdicts, cases, variants),
                _strangers("missing", run.missing, cases, variants),
                _strangers("routing.choices", routing.choices, routed, variants),
                _strangers("routing.missing", routing.missing, routed, variants),
                _flags(run),
            ),
        ),
        "",
    )


def _twice(part: str, names: Sequence[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return f"{part}: {name[:60]!r} stands there twice"
        seen.add(name)
    return ""


def _absent(part: str, names: Iterable[str]) -> str:
    return next((f"{part}: nothing for {name[:60]!r}" for name in sorted(names)), "")


def _strangers(part: str, told: Iterable[_Told], cases: Collection[str], variants: Collection[str]) -> str:
    for index, one in enumerate(told):
        if one.case not in cases:
            return f"{part}.{index}: case {one.case[:60]!r} is not one of the run"
        if one.variant not in variants:
            return f"{part}.{index}: variant {one.variant[:60]!r} is not one of the run"
        if not 1 <= one.trial <= _MOST_TRIALS:
            return f"{part}.{index}: {one.trial} is not the number of a trial"
    return ""


def _flags(run: DecidedRun) -> str:
    for index, verdict in enumerate(run.verdicts):
        if verdict.flag not in _FLAGS:
            return f"verdicts.{index}: unknown flag {verdict.flag[:60]!r}"
    return ""
