"""Notebooks that an answer writes or edits cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.core.json_text import parse_json

__all__ = ["Cell", "edited_cells", "is_notebook", "new_cell", "read_cells"]

_MOST_CELLS = 1_000


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a notebook. ``own`` says that the answer wrote it."""

    name: str
    text: str
    code: bool = True
    own: bool = field(default=True, compare=False)


def is_notebook(path: str) -> bool:
    """Say whether a file is a notebook, by its name."""
    return path.lower().endswith(".ipynb")


def read_cells(text: str, *, own: bool) -> list[Cell] | None:
    """Read the cells of a notebook; ``None`` if it is none."""
    try:
        value = parse_json(text)
    except ValueError:
        return None
    cells = value.get("cells") if isinstance(value, dict) else None
    if not isinstance(cells, list):
        return None
    found = []
    for number, cell in enumerate(cells[:_MOST_CELLS]):
        if not isinstance(cell, dict):
            return None
        source = cell.get("source", "")
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        name = str(cell.get("id") or f"cell-{number}")
        found.append(Cell(name, source, cell.get("cell_type") == "code", own))
    return found


def new_cell(call: Mapping[str, Any]) -> Cell:
    """Return the cell that a ``NotebookEdit`` writes, whatever the notebook."""
    source = call.get("new_source")
    name = _name_of(call)
    return Cell(name or "cell-0", source if isinstance(source, str) else "", _is_code(call))


def edited_cells(cells: list[Cell] | None, call: Mapping[str, Any]) -> list[Cell] | str:
    """Return the cells after a ``NotebookEdit``, or why it cannot be carried out.

    Args:
        cells: those of the notebook; ``None`` where it is not known: then the new cell is all that is.
        call: input of the call: ``new_source``, ``cell_id`` or ``cell_number``, ``cell_type``, ``edit_mode``.
    """
    mode, name, new = call.get("edit_mode", "replace"), _name_of(call), new_cell(call)
    if cells is None:
        return [] if mode == "delete" else [new]
    place = _place(cells, name)
    if place is None and (name or mode != "insert"):
        return f"there is no cell {name[:80]!r}"
    if mode == "insert":
        at = 0 if place is None else place + 1
        return [*cells[:at], replace(new, name=f"{name}-next" if name else "cell-first"), *cells[at:]]
    if place is None or mode == "delete":
        return [one for at, one in enumerate(cells) if at != place]
    kept = cells[place]
    changed = replace(new, name=kept.name, code=new.code if "cell_type" in call else kept.code)
    return [*cells[:place], changed, *cells[place + 1 :]]


def _name_of(call: Mapping[str, Any]) -> str:
    named = call.get("cell_id", call.get("cell_number"))
    return str(named)[:200] if isinstance(named, (str, int)) and not isinstance(named, bool) else ""


def _is_code(call: Mapping[str, Any]) -> bool:
    return bool(call.get("cell_type", "code") != "markdown")


def _place(cells: list[Cell], name: str) -> int | None:
    for place, cell in enumerate(cells):
        if cell.name == name:
            return place
    number = name.removeprefix("cell-")
    if number.isascii() and number.isdigit() and len(number) < 6 and int(number) < len(cells):
        return int(number)
    return None
