"""Small charts as SVG: axes, lines, dots, bars, a legend. No library: pictures are part of the repository.

Colours are those of Okabe and Ito, which people with any colour vision tell apart; lines differ in their
dashes too. A white ground is drawn, so that the picture reads on a dark page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

__all__ = ["BLUE", "GREEN", "GREY", "ORANGE", "RED", "Chart"]

BLUE, ORANGE, GREEN, RED, GREY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#8a8a8a"
_FONT = "font-family='system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif'"
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 60, 64
_INK = "fill='#222'"
_BOLD = f"{_INK} font-weight='600'"
_ROOM = 40  # a bar at least so high has its note inside


@dataclass
class Chart:
    """One picture: give the axes, then draw; :meth:`text` returns the file."""

    title: str
    x: tuple[float, float]
    y: tuple[float, float]
    width: int = 760
    height: int = 400
    _parts: list[str] = field(default_factory=list)
    _legend: list[tuple[str, str, str]] = field(default_factory=list)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place of a point in pixels."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        wide, high = self.width - _LEFT - _RIGHT, self.height - _TOP - _BOTTOM
        return _LEFT + across * wide, self.height - _BOTTOM - up * high

    def axes(
        self,
        labels: tuple[str, str],
        ticks: tuple[Sequence[float], Sequence[float]],
        show: Callable[[float], str] = "{:g}".format,
    ) -> None:
        """Draw ticks with light lines across, and what the axes are."""
        bottom, left = self.height - _BOTTOM, _LEFT
        for value in ticks[0]:
            x, _ = self.at(value, self.y[0])
            self._write(x, bottom + 18, f"{value:g}", anchor="middle")
        for value in ticks[1]:
            _, y = self.at(self.x[0], value)
            self._line((left, y), (self.width - _RIGHT, y), "#e4e4e4", 1)
            self._write(left - 8, y + 4, show(value), anchor="end")
        self._line((left, bottom), (self.width - _RIGHT, bottom), "#444", 1)
        self._write((left + self.width - _RIGHT) / 2, bottom + 42, labels[0], anchor="middle", style=_BOLD)
        self._write(12, _TOP - 12, labels[1], style=_BOLD)

    def line(self, points: Sequence[Sequence[float]], colour: str, name: str = "", dash: str = "") -> None:
        """Draw a line through points, cut at the edges."""
        inside = [(x, y) for x, y in points if self.x[0] <= x <= self.x[1]]
        places = " ".join("{:.1f},{:.1f}".format(*self.at(x, y)) for x, y in inside)
        dashed = f" stroke-dasharray='{dash}'" if dash else ""
        self._parts.append(
            f"<polyline points='{places}' fill='none' stroke='{colour}' stroke-width='2.5'{dashed}/>"
        )
        if name:
            self._legend.append((name, colour, dash))

    def dot(self, x: float, y: float, colour: str, *, hollow: bool = False) -> None:
        """Draw a dot."""
        across, up = self.at(x, y)
        fill = "#fff" if hollow else colour
        self._parts.append(
            f"<circle cx='{across:.1f}' cy='{up:.1f}' r='4.5' fill='{fill}' stroke='{colour}' "
            "stroke-width='2'/>"
        )

    def bar(self, x: float, y: float, width: float, colour: str, note: str = "") -> None:
        """Draw a bar from the bottom to y, centred at x, with a note above it."""
        left, top = self.at(x - width / 2, y)
        right, bottom = self.at(x + width / 2, self.y[0])
        self._parts.append(
            f"<rect x='{left:.1f}' y='{top:.1f}' width='{right - left:.1f}' height='{bottom - top:.1f}' "
            f"fill='{colour}'/>"
        )
        inside = bottom - top > _ROOM
        ink = "#fff" if inside else "#222"
        self._write(
            (left + right) / 2,
            top + 16 if inside else top - 6,
            note,
            anchor="middle",
            size=12,
            style=f"fill='{ink}'",
        )

    def rule(self, y: float, note: str) -> None:
        """Draw a dashed line across at y, and say what it is."""
        left, up = self.at(self.x[0], y)
        right, _ = self.at(self.x[1], y)
        self._parts.append(
            f"<line x1='{left:.1f}' y1='{up:.1f}' x2='{right:.1f}' y2='{up:.1f}' stroke='#333' "
            "stroke-width='1.5' stroke-dasharray='5 4'/>"
        )
        self._write(left + 4, up - 6, note, size=12)

    def name(self, x: float, text: str, row: int = 0) -> None:
        """Write a name below the axis, in place of a tick."""
        across, _ = self.at(x, self.y[0])
        self._write(across, self.height - _BOTTOM + 18 + 15 * row, text, anchor="middle", size=12)

    def legend(self, name: str, colour: str, dash: str = "") -> None:
        """Add a name to the legend."""
        self._legend.append((name, colour, dash))

    def text(self) -> str:
        """Return the picture."""
        self._write(12, 22, self.title, size=16, style=_BOLD)
        x = float(_LEFT + 130)
        for name, colour, dash in self._legend:
            dashed = f" stroke-dasharray='{dash}'" if dash else ""
            self._parts.append(
                f"<line x1='{x:.0f}' y1='{_TOP - 16}' x2='{x + 24:.0f}' y2='{_TOP - 16}' stroke='{colour}' "
                f"stroke-width='4'{dashed}/>"
            )
            self._write(x + 30, _TOP - 12, name, size=12)
            x += 46 + 6.6 * len(name)
        size = f"width='{self.width}' height='{self.height}' viewBox='0 0 {self.width} {self.height}'"
        head = f"<svg xmlns='http://www.w3.org/2000/svg' {size} role='img' aria-label='{escape(self.title)}'>"
        ground = f"<rect width='{self.width}' height='{self.height}' fill='#fff'/>"
        return "\n".join([head, ground, *self._parts, "</svg>", ""])

    def _line(self, start: tuple[float, float], end: tuple[float, float], colour: str, width: float) -> None:
        self._parts.append(
            f"<line x1='{start[0]:.1f}' y1='{start[1]:.1f}' x2='{end[0]:.1f}' y2='{end[1]:.1f}' "
            f"stroke='{colour}' stroke-width='{width}'/>"
        )

    def _write(
        self, x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, style: str = _INK
    ) -> None:
        self._parts.append(
            f"<text x='{x:.1f}' y='{y:.1f}' {_FONT} font-size='{size}' text-anchor='{anchor}' {style}>"
            f"{escape(text)}</text>"
        )
