"""The history of a prompt as a page: one picture that people look at, and the table behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from harness import __version__
from harness.report.experiment import points
from harness.report.history import History, Measurement, Version, history_words
from harness.report.template import asset, make_environment, source_hash
from harness.report.words import percent
from harness.stats.interval import NO_NUMBER

__all__ = ["render_history"]

WIDTH, HEIGHT = 760.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 20.0, 14.0, 58.0
_MOST_LABELS = 14


@dataclass(frozen=True, slots=True)
class Mark:
    """One version in the picture; without a score it stands on the axis, hollow."""

    x: float
    y: float
    low: float
    high: float
    kind: str
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Trend:
    """The picture: marks from the oldest to the newest, and the line through those that were measured."""

    marks: tuple[Mark, ...]
    line: str
    up: tuple[tuple[float, str], ...]
    words: str
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    bottom: float = HEIGHT - BOTTOM


def render_history(history: History) -> str:
    """Return the page as one self-contained HTML document; every text of others is escaped."""
    style = asset("style.css") + asset("experiment.css")
    context: dict[str, Any] = {
        "history": history,
        "trend": _trend(tuple(reversed(history.versions))),
        "said": history_words(history),
        "version": __version__,
        "style": Markup(style),  # noqa: S704 - our own files
        "style_hash": Markup(source_hash(style)),  # noqa: S704 - base64
    }
    environment = make_environment()
    environment.filters["change"] = change_words
    return environment.get_template("experiment_history.html.j2").render(context)


def change_words(measured: Measurement) -> str:
    """Return the change with its interval: ``+12 (+3 to +21)``, or a dash."""
    if measured.change is None or measured.change.difference.delta is NO_NUMBER:
        return "–"
    found = measured.change.difference
    return f"{points(found.delta)} ({points(found.low)} to {points(found.high)})"


def _trend(versions: Sequence[Version]) -> Trend:
    gap = (WIDTH - LEFT - RIGHT) / max(1, len(versions))
    every = -(-len(versions) // _MOST_LABELS)

    def y(rate: float) -> float:
        return TOP + (1 - rate) * (HEIGHT - TOP - BOTTOM)

    marks: list[Mark] = []
    for index, version in enumerate(versions):
        x = LEFT + gap * (index + 0.5)
        label = version.name if index % every == 0 or index == len(versions) - 1 else ""
        score = None if version.measured is None else version.measured.score
        if score is None or score.mean is NO_NUMBER or score.low is NO_NUMBER or score.high is NO_NUMBER:
            marks.append(Mark(x, y(0), y(0), y(0), "control", label, f"{version.name}: not measured"))
            continue
        said = f"{version.name}: {percent(score.mean)}, {version.subject[:80]}"
        kind = "ranked" if version.measured and version.measured.outdated else "front"
        marks.append(Mark(x, y(score.mean), y(score.low), y(score.high), kind, label, said))
    shown = [mark for mark in marks if mark.kind != "control"]
    return Trend(
        marks=tuple(marks),
        line="M" + "L".join(f"{mark.x:.1f} {mark.y:.1f}" for mark in shown) if len(shown) > 1 else "",
        up=tuple((y(at / 100), f"{at}%") for at in (0, 25, 50, 75, 100)),
        words="From the oldest to the newest version: " + "; ".join(mark.title for mark in marks[-20:]),
    )
