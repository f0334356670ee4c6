"""One answer in the terminal: numbered lines, code in colours, findings marked and explained where they are.

Without colours, what is marked is marked still: a sign stands before the line and carets below the words.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from harness.core.escape import reveal
from harness.core.types import Outcome, Verdict
from harness.report import words
from harness.report.answer_html import findings_of
from harness.report.escape import split_lines
from harness.report.formats.terminal import Screen
from harness.report.lines import Line, Note, mark_lines

__all__ = ["COLOURS", "print_answer"]

_TAB = 8
_AROUND = 2  # lines before and after a marked one that is far down
COLOURS = {
    Outcome.FAIL: "red",
    Outcome.ERROR: "yellow",
    Outcome.UNDECIDED: "yellow",
    Outcome.PASS: "blue",
    Outcome.NOT_APPLICABLE: "dim",
}
_STYLES = {
    "k": "magenta",
    "s": "green",
    "c": "dim italic",
    "m": "cyan",
    "f": "blue",
    "b": "cyan",
    "i": "green",
    "x": "red",
}


def print_answer(screen: Screen, text: str, verdicts: Sequence[Verdict], most: int) -> None:
    """Print an answer with numbered lines, code in colours and findings below the lines they point at.

    Args:
        screen: where to.
        text: the answer, as long and as hostile as it may be.
        verdicts: those whose findings are marked.
        most: lines that are printed at most, those around marks apart; what is left out is counted.
    """
    blocks = mark_lines(text, findings_of(verdicts), colour=bool(screen.console.color_system))
    lines = [line for block in blocks for line in block.lines if line.number]
    kept = _kept(lines, most)
    total = len(split_lines(text))
    digits = len(str(total))
    before = 0
    for line in kept:
        _gap(screen, line.number - before - 1)
        _line(screen, line, digits)
        before = line.number
    _gap(screen, total - before)


def _kept(lines: Sequence[Line], most: int) -> list[Line]:
    """Return the first lines, and those around marks further down."""
    near: set[int] = set()
    for index, line in enumerate(lines):
        if line.notes:
            near.update(range(index - _AROUND, index + _AROUND + 1))
    return [line for index, line in enumerate(lines) if index < most or index in near]


def _gap(screen: Screen, count: int) -> None:
    if count > 0:
        screen.say((f"  … {words.count(count, 'line')} left out", "dim"))


def _line(screen: Screen, line: Line, digits: int) -> None:
    """Print one line; what wraps stays right of the numbers."""
    outcome = line.notes[0].outcome if line.notes else Outcome.FAIL
    sign = (words.SYMBOLS[outcome] if line.notes else "┆") if line.marked else " "
    gutter = screen.text(f"{sign} {line.number:>{digits}} ", COLOURS[outcome] if line.marked else "dim")
    content = Text()
    for piece in line.pieces:
        style = _STYLES.get(piece.style, "")
        content.append_text(
            screen.text(piece.text, f"{style} bold underline".strip() if piece.hit else style)
        )
    content.expand_tabs(_TAB)
    _beside(screen, gutter, content)
    if screen.console.color_system is None:
        carets = _carets(line)
        if carets and cell_len(carets) + digits + 3 <= screen.console.width:
            _beside(screen, Text(" " * (digits + 3)), Text(carets))
    for note in line.notes:
        _note(screen, note, digits)


def _carets(line: Line) -> str:
    """Return carets below what a finding points at; empty where it points at the line as a whole."""
    marks: list[str] = []
    column = 0
    for piece in line.pieces:
        for character in reveal(piece.text):
            tab = character == "\t"
            width = _TAB - column % _TAB if tab else cell_len(character)
            marks.append(("^" if piece.hit and not tab else " ") * width)
            column += width
    return "".join(marks).rstrip()


def _note(screen: Screen, note: Note, digits: int) -> None:
    said = Text.assemble(
        screen.text(f"{note.rule}: ", f"bold {COLOURS[note.outcome]}"), screen.text(note.message)
    )
    _beside(screen, Text(" " * (digits + 1) + "↳ ", style="dim"), said)


def _beside(screen: Screen, gutter: Text, content: Text) -> None:
    grid = Table.grid(padding=0)
    grid.add_column(no_wrap=True, width=cell_len(gutter.plain))
    grid.add_column(overflow="fold")
    grid.add_row(gutter, content)
    screen.console.print(grid)
