"""The figures of ``harness route`` as a person sees them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.core.escape import reveal
from harness.report.words import count
from harness.routing.ask import Routed
from harness.routing.metrics import MISSING, AgentFigures, RoutingMetrics, Share
from harness.routing.route import last_message
from harness.routing.trust import Trust

__all__ = ["show"]

_WIDTH = 100
_TOP_CONFUSIONS = 12
_TOP_AGENTS = 60
_EXAMPLES = 2
_HARDEST = 5
_SHOWN_NOTES = 8
_LONGEST_NAME = 34


def show(
    figures: tuple[RoutingMetrics, Trust], routed: Sequence[Routed], title: str, notes: Sequence[str]
) -> None:
    """Print the figures of one measurement to standard output."""
    metrics, trust = figures
    found = Console(highlight=False, markup=False, emoji=False)
    console = Console(width=min(found.width, _WIDTH), highlight=False, markup=False, emoji=False)
    console.print(Text(reveal(f"{title} · {count(len(routed), 'choice')}"), style="bold"))
    console.print(Text(_headline(metrics)))
    for line in (*_details(metrics), *_trust(trust)):
        console.print(Text(line))
    console.print()
    console.print(_agents(metrics))
    if metrics.confusions:
        console.print()
        console.print(_confusions(metrics, routed))
    if trust.hardest:
        console.print()
        console.print(_hardest(trust, routed))
    if metrics.by_tag:
        console.print()
        console.print(_tags(metrics))
    _show_notes(console, notes, routed)


def _headline(metrics: RoutingMetrics) -> str:
    if metrics.accuracy.mean is None:
        return f"no choice was made; {metrics.missing} missing"
    parts = [f"accuracy {_share(metrics.accuracy)}"]
    if metrics.top3 is not None:
        parts.append(f"top-3 {_percent(metrics.top3)}")
    parts.append(f"macro-F1 {_percent(metrics.macro_f1)}")
    parts.append(f"n {metrics.n}")
    parts.append(f"missing {metrics.missing}")
    return " · ".join(parts)


def _details(metrics: RoutingMetrics) -> Iterator[str]:
    none = metrics.agent("none")
    if none.expected or none.predicted:
        yield (
            f'"none": recall {_percent(none.recall)} of {none.expected}, '
            f"precision {_percent(none.precision)} of {none.predicted}"
        )
    if metrics.chance is not None:
        yield f"always the most frequent agent: {_percent(metrics.chance)}"
    if metrics.unknown:
        yield f"{metrics.unknown} choices named an agent that is not in the roster (counted wrong)"


def _trust(trust: Trust) -> Iterator[str]:
    if trust.calibration is not None:
        found = trust.calibration
        yield f"confidence: off by {_percent(found.error)} on average, Brier score {found.brier:.3f}"
    if trust.agreement is not None:
        same = trust.agreement
        kappa = "" if same.kappa is None else f" (κ {same.kappa:.2f})"
        wrong = f"both wrong in {same.both_wrong}"
        yield f"the {trust.beside} router agrees in {_percent(same.same)}{kappa}; {wrong}"


def _hardest(trust: Trust, routed: Sequence[Routed]) -> Table:
    said = {one.case.id: last_message(one.case) for one in routed}
    table = _table("hardest", "expected", "went to", "message")
    for hard in trust.hardest[:_HARDEST]:
        names = (_name(hard.case), _name(hard.expected), _name(", ".join(hard.chosen)))
        table.add_row(*names, Text(" ".join(reveal(said.get(hard.case, "")[:200]).split())))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for column in columns:
        left = column in {"agent", "expected", "went to", "for example", "tag", "hardest", "message"}
        table.add_column(
            column, justify="left" if left else "right", no_wrap=column != "for example", overflow="ellipsis"
        )
    return table


def _agents(metrics: RoutingMetrics) -> Table:
    table = _table("agent", "precision", "recall", "F1", "expected", "predicted")
    ordered = sorted(metrics.agents, key=_weakest_first)
    for figures in ordered[:_TOP_AGENTS]:
        rates = (_percent(figures.precision), _percent(figures.recall), _percent(figures.f1))
        table.add_row(_name(figures.agent), *rates, str(figures.expected), str(figures.predicted))
    if len(ordered) > _TOP_AGENTS:
        table.add_row(Text(f"… {len(ordered) - _TOP_AGENTS} more, see --json", style="dim"))
    return table


def _weakest_first(figures: AgentFigures) -> tuple[bool, float, str]:
    return not figures.expected, figures.f1 or 0.0, figures.agent


def _confusions(metrics: RoutingMetrics, routed: Sequence[Routed]) -> Table:
    examples: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in routed:
        ids = examples[one.row.expected, one.row.predicted]
        if one.case.id not in ids:
            ids.append(one.case.id)
    table = _table("expected", "went to", "times", "for example")
    for cell in metrics.confusions[:_TOP_CONFUSIONS]:
        shown = ", ".join(examples[cell.expected, cell.predicted][:_EXAMPLES])
        table.add_row(_name(cell.expected), _name(cell.predicted), str(cell.count), Text(reveal(shown)))
    left = len(metrics.confusions) - _TOP_CONFUSIONS
    if left > 0:
        table.add_row(Text(f"… {left} more pairs", style="dim"))
    return table


def _tags(metrics: RoutingMetrics) -> Table:
    table = _table("tag", "accuracy", "n")
    for tag, share in metrics.by_tag:
        table.add_row(_name(tag), _share(share), str(share.n))
    return table


def _show_notes(console: Console, notes: Sequence[str], routed: Sequence[Routed]) -> None:
    problems = [
        f"{one.case.id}: {'no choice: ' if one.row.predicted == MISSING else ''}{one.problem}"
        for one in routed
        if one.problem
    ]
    lines = [*notes, *problems]
    if lines:
        console.print()
    for line in lines[:_SHOWN_NOTES]:
        console.print(Text(reveal(line), style="yellow"))
    if len(lines) > _SHOWN_NOTES:
        console.print(Text(f"… {len(lines) - _SHOWN_NOTES} more notes, see --json", style="yellow"))


def _name(name: str) -> Text:
    shown = " ".join(reveal(name).split())
    return Text(shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…")


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.1f} %"


def _share(share: Share) -> str:
    if share.low is None or share.high is None:
        return _percent(share.mean)
    return f"{_percent(share.mean)} ({100 * share.low:.0f}–{100 * share.high:.0f})"
