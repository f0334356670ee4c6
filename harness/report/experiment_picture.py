"""The picture of an experiment: how much is obeyed against how long the prompt is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.words import count, percent
from harness.stats.interval import NO_NUMBER
from harness.tune.leaderboard_model import Entry, Leaderboard, is_contestant

__all__ = ["Picture", "Point", "Tick", "numbered", "picture_of"]

WIDTH, HEIGHT = 640.0, 340.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 18.0, 16.0, 46.0
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid: where it is, and what stands beside it."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Point:
    """One variant; coordinates in the picture. ``kind``: ``ranked``, ``front``, ``evading``, ``control``."""

    number: int
    name: str
    kind: str
    x: float
    y: float
    low: float
    high: float
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything to draw; ``front`` is the path of the Pareto front, ``words`` say what is to be seen."""

    points: tuple[Point, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    front: str
    words: str
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


def numbered(board: Leaderboard) -> tuple[tuple[int, Entry], ...]:
    """Return the variants with the numbers that they have in the table and in the picture."""
    return tuple(enumerate(board.entries, start=1))


def picture_of(board: Leaderboard) -> Picture | None:
    """Lay the picture out; ``None`` where fewer than two variants have a rate."""
    shown = [(number, one) for number, one in numbered(board) if one.score.mean is not NO_NUMBER]
    if len(shown) < 2:
        return None
    step = _step(max(one.facts.prompt_tokens for _, one in shown) / _TICKS)
    most = step * math.ceil(max(1, *(one.facts.prompt_tokens for _, one in shown)) * 1.02 / step)
    floor = _floor([float(one.score.low) for _, one in shown if one.score.low is not NO_NUMBER])

    def x(tokens: float) -> float:
        return LEFT + tokens / most * (WIDTH - LEFT - RIGHT)

    def y(rate: float) -> float:
        return TOP + (1 - rate) / (1 - floor) * (HEIGHT - TOP - BOTTOM)

    points: list[Point] = []
    for number, one in shown:
        score = one.score
        if score.mean is NO_NUMBER or score.low is NO_NUMBER or score.high is NO_NUMBER:
            continue
        place = x(one.facts.prompt_tokens), y(score.mean)
        points.append(
            Point(number, one.name, _kind(one), *place, y(score.low), y(score.high), *_label(place, points))
        )
    return Picture(
        points=tuple(points),
        across=tuple(Tick(x(at), f"{at:,}") for at in range(0, most + 1, step)),
        up=tuple(Tick(y(at / 100), f"{at}%") for at in range(100, round(100 * floor) - 1, -_grid(floor))),
        front=_stairs([one for one in points if one.kind == "front"]),
        words=_words(board),
    )


def _kind(entry: Entry) -> str:
    if entry.control:
        return "control"
    if not is_contestant(entry):
        return "evading"
    return "front" if entry.front else "ranked"


def _step(rough: float) -> int:
    """Return a round number that is not below ``rough``."""
    size = 10 ** math.floor(math.log10(max(rough, 1.0)))
    return next(int(factor * size) for factor in (1, 2, 5, 10) if factor * size >= max(rough, 1.0))


def _floor(lows: Sequence[float]) -> float:
    """Return where the axis begins: at 0, or, where all is far above, at a round number below."""
    lowest = min(lows, default=0.0)
    return 0.0 if lowest < 0.35 else math.floor((lowest - 0.05) * 10) / 10


def _grid(floor: float) -> int:
    return 20 if floor < 0.4 else 10


def _label(place: tuple[float, float], before: Sequence[Point]) -> tuple[float, float]:
    """Put the number beside its point, where no earlier number stands."""
    x, y = place
    spots = [
        (x + 9, y + 4),
        (x - 15, y + 4),
        (x + 9, y - 8),
        (x - 15, y - 8),
        (x + 9, y + 16),
        (x - 15, y + 16),
    ]
    for spot in spots:
        near = any(abs(spot[0] - one.label_x) < 13 and abs(spot[1] - one.label_y) < 11 for one in before)
        if not near and LEFT < spot[0] < WIDTH - 14:
            return spot
    return spots[0]


def _stairs(front: Sequence[Point]) -> str:
    """Return the path along which no longer prompt obeys more: steps from the shortest to the best."""
    ordered = sorted(front, key=lambda one: one.x)
    if not ordered:
        return ""
    path = f"M{ordered[0].x:.1f} {ordered[0].y:.1f}"
    return path + "".join(f"H{one.x:.1f}V{one.y:.1f}" for one in ordered[1:])


def _words(board: Leaderboard) -> str:
    """Say in words what the picture shows, for those who do not see it."""
    front = [one for one in board.ranked if one.front]
    said = "; ".join(
        f"{one.name}: {percent(one.score.mean)} at about {one.facts.prompt_tokens:,} tokens"
        for one in sorted(front, key=lambda one: one.facts.prompt_tokens)[:8]
    )
    return (
        "Share of rules obeyed against the length of the prompt, for "
        f"{count(len(board.entries), 'variant')}. "
        f"Not beaten in both (Pareto front): {said or 'none'}. The table has every number."
    )
