"""The page of one routing measurement: confusions, a heat map whose cells lead to cases, overlap, agents."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from harness import __version__
from harness.report.template import asset, make_environment, source_hash
from harness.report.words import percent
from harness.routing.metrics import MISSING, NONE, RoutingMetrics, RoutingRow
from harness.routing.overlap import Overlap
from harness.routing.trust import Trust
from harness.stats.interval import NO_NUMBER

__all__ = ["RoutingPage", "render_routing"]

MOST_AGENTS = 40
"""Rows and columns of the heat map at most; with more agents those with most confusions stand in it."""

_SHADES = 5


@dataclass(frozen=True, slots=True)
class RoutingPage:
    """What the page shows.

    Attributes:
        title: who routed, over how many agents.
        rows: one per choice that was wanted.
        messages: id of the case -> the user's message; may be hostile.
        metrics, trust, overlap: what was measured from them.
        notes: further things a reader must know.
    """

    title: str
    rows: Sequence[RoutingRow]
    messages: Mapping[str, str]
    metrics: RoutingMetrics
    trust: Trust
    overlap: Overlap
    notes: Sequence[str]


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


def render_routing(page: RoutingPage) -> str:
    """Return the page as one self-contained HTML document; every text of others is escaped."""
    groups = _groups(page)
    columns = _columns(page.metrics)
    style = asset("style.css") + asset("routing.css")
    context: dict[str, Any] = {
        "page": page,
        "version": __version__,
        "style": Markup(style),  # noqa: S704 - our own files
        "style_hash": Markup(source_hash(style)),  # noqa: S704 - base64
        "confusions": [groups[cell.expected, cell.predicted] for cell in page.metrics.confusions],
        "groups": sorted(groups.values(), key=lambda group: (group.right, -group.count, group.id)),
        "columns": columns,
        "heat": _heat(columns, groups),
        "left_out": len(page.metrics.agents) - len(columns),
        "left_alone": page.metrics.agent(NONE),
        "ids": {(group.expected, group.predicted): group.id for group in groups.values()},
    }
    environment = make_environment()
    environment.filters["rate"] = lambda value: percent(NO_NUMBER if value is None else value)
    return environment.get_template("routing_page.html.j2").render(context)


def _groups(page: RoutingPage) -> dict[tuple[str, str], Group]:
    cases: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in page.rows:
        if row.predicted != MISSING:
            cases[row.expected, row.predicted][row.case] += 1
    return {
        pair: Group(
            id=f"cell-{number}",
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
