"""What a page shows of one router: confusions, a heat map whose cells lead to cases, overlap, trust."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.report.model import RouterKind, RouterResult, RunResults
from harness.routing.metrics import MISSING, NONE, AgentFigures, RoutingMetrics, RoutingRow, routing_metrics
from harness.routing.overlap import Overlap, find_overlap
from harness.routing.route import last_message
from harness.routing.trust import Trust, trust_in
from harness.stats.interval import estimate

__all__ = ["MOST_AGENTS", "MeasuredRouter", "RouterView", "router_view", "views_of_run"]

MOST_AGENTS = 40
"""Rows and columns of the heat map at most; with more agents those with most confusions stand in it."""

_SHADES = 5
_MOST_GROUPS = 400
_MOST_ROUTERS = 4


@dataclass(frozen=True, slots=True)
class MeasuredRouter:
    """One router's choices and what was measured from them.

    Attributes:
        rows: one per choice that was wanted.
        messages: id of the case -> the user's message; may be hostile.
        metrics, trust, overlap: what was measured.
    """

    rows: Sequence[RoutingRow]
    messages: Mapping[str, str]
    metrics: RoutingMetrics
    trust: Trust
    overlap: Overlap


@dataclass(frozen=True, slots=True)
class Group:
    """The choices of one cell of the confusion matrix.

    ``id`` is its anchor; ``cases`` are (id, message, times).
    """

    id: str
    expected: str
    predicted: str
    count: int
    cases: tuple[tuple[str, str, int], ...]

    @property
    def right(self) -> bool:
        """Whether the choice is the label."""
        return self.expected == self.predicted


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One label: per column the group of choices (``None`` where there is none) and its shade from 0 to 5."""

    name: str
    cells: tuple[tuple[Group | None, int], ...]


@dataclass(frozen=True, slots=True)
class RouterView:
    """A router as the templates show it.

    Attributes:
        key: begins each anchor, so that several routers can stand on one page.
        router: what was measured.
        groups: the cells of the confusion matrix with their cases, wrong ones first, the largest first.
        confusions: the wrong ones.
        columns: the names of the heat map.
        heat: its rows.
        left_out: agents that are not in the heat map.
        left_alone: the figures of messages that no agent should get.
        ids: (expected, predicted) -> anchor of its cases.
        expected: label -> how many choices should have named it.
    """

    key: str
    router: MeasuredRouter
    groups: tuple[Group, ...]
    confusions: tuple[Group, ...]
    columns: tuple[str, ...]
    heat: tuple[HeatRow, ...]
    left_out: int
    left_alone: AgentFigures
    ids: Mapping[tuple[str, str], str]
    expected: Mapping[str, int]


def router_view(router: MeasuredRouter, key: str = "") -> RouterView:
    """Return what a page shows of a router; ``key`` keeps the anchors of several apart."""
    metrics = router.metrics
    ordered = sorted(
        _groups(router, key).values(),
        key=lambda group: (group.right, -group.count, group.expected, group.predicted),
    )
    shown = {(group.expected, group.predicted): group for group in ordered[:_MOST_GROUPS]}
    columns = _columns(metrics)
    return RouterView(
        key=key,
        router=router,
        groups=tuple(shown.values()),
        confusions=tuple(group for group in shown.values() if not group.right),
        columns=tuple(columns),
        heat=tuple(_heat(columns, shown)),
        left_out=len(metrics.agents) - len(columns),
        left_alone=metrics.agent(NONE),
        ids={pair: group.id for pair, group in shown.items()},
        expected={figures.agent: figures.expected for figures in metrics.agents},
    )


def views_of_run(results: RunResults) -> tuple[tuple[RouterResult, RouterView], ...]:
    """Return the routers of a run that a model made, each with its view; the lexical one stands beside."""
    routing = results.routing
    beside = next((one for one in routing.routers if one.kind is RouterKind.BASELINE and one.choices), None)
    models = [one for one in routing.routers if one.kind is RouterKind.MODEL and one.choices]
    found = []
    for number, result in enumerate(models[:_MOST_ROUTERS], start=1):
        rows = [one.row for one in result.choices]
        others = (beside.router, [one.row for one in beside.choices]) if beside else ("", [])
        roster = routing.rosters.get(result.variant, ())
        measured = MeasuredRouter(
            rows=rows,
            messages={one.case.id: last_message(one.case) for one in result.choices},
            metrics=routing_metrics(rows, estimate),
            trust=trust_in(rows, others),
            overlap=find_overlap(roster, roster, rows),
        )
        found.append((result, router_view(measured, f"router-{number}-")))
    return tuple(found)


def _groups(page: MeasuredRouter, key: str) -> dict[tuple[str, str], Group]:
    cases: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in page.rows:
        if row.predicted != MISSING:
            cases[row.expected, row.predicted][row.case] += 1
    return {
        pair: Group(
            id=f"{key}cell-{number}",
            expected=pair[0],
            predicted=pair[1],
            count=sum(found.values()),
            cases=tuple((case, page.messages.get(case, ""), times) for case, times in found.items()),
        )
        for number, (pair, found) in enumerate(sorted(cases.items()), start=1)
    }


def _columns(metrics: RoutingMetrics) -> list[str]:
    """Return the names in the heat map: all, or those with most confusions."""
    names = [figures.agent for figures in metrics.agents]
    if len(names) <= MOST_AGENTS:
        return names
    wrong: Counter[str] = Counter()
    for cell in metrics.confusions:
        wrong[cell.expected] += cell.count
        wrong[cell.predicted] += cell.count
    kept = {name for name, _ in sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:MOST_AGENTS]}
    return [name for name in names if name in kept]


def _heat(columns: Sequence[str], groups: Mapping[tuple[str, str], Group]) -> list[HeatRow]:
    rows = []
    for name in columns:
        found = [groups.get((name, column)) for column in columns]
        total = sum(group.count for group in found if group)
        if total:
            cells = tuple((group, -(-_SHADES * group.count // total) if group else 0) for group in found)
            rows.append(HeatRow(name, cells))
    return rows
