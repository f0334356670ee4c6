"""The outline of a prompt: list items, marker lines and table rows under their headings and labels.

The structure comes from markdown-it; code, HTML comments and headings never become units. Lines are
those of the file: the caller says on which line the body starts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from harness.agentfile.fences import prepare
from harness.agentfile.inline import plain_text
from harness.agentfile.lines import (
    CHECKBOX,
    DEMAND,
    LINE_BULLET,
    XML_LINE,
    is_listed,
    is_title,
    label_of,
    logical_lines,
    split_marker,
    title_of,
)  # fmt: skip

__all__ = ["Outline", "Unit", "UnitKind", "outline"]

_MAX_DEMAND = 300  # characters; a longer line is a paragraph of prose
_ONLY_LINK = re.compile(r"!?\[[^\]]{0,300}\]\([^()]{0,300}\)\W{0,3}\Z")  # where to read on, no rule
_NO_LIST = -1
_LIST_OPENINGS = frozenset({"bullet_list_open", "ordered_list_open", "table_open"})


class UnitKind(Enum):
    """How a unit is written."""

    BULLET = "bullet"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    LINE = "line"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Unit:
    """One candidate for a rule.

    ``text`` has emphasis taken off; ``marker`` is ``never``, ``always`` or empty, as a leading emoji says;
    ``trail`` holds the headings, tags and labels above, outermost first; units of one list share ``group``;
    ``cells`` are the cells of a table row and ``header`` those of its head.
    """

    kind: UnitKind
    text: str
    marker: str
    trail: tuple[str, ...]
    line: int
    end_line: int
    depth: int = 0
    group: int = _NO_LIST
    is_title: bool = False
    has_children: bool = False
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


@dataclass(slots=True)
class Outline:
    """What was read: units in the order of the file, code blocks as pairs of first and last line.

    Lines count from 1 in the file; ``first_line`` is where the prompt starts, ``nested_fence`` the first
    fence inside a fence, 0 where there is none.
    """

    first_line: int
    units: list[Unit] = field(default_factory=list)
    code: list[tuple[int, int]] = field(default_factory=list)
    nested_fence: int = 0


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    # Tags in prompts (<rules>) are structure for the model, not HTML; inline parsing is done per unit.
    parser.disable(["html_block", "reference"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def outline(lines: list[str], first_line: int) -> Outline:
    """Read the outline of a body.

    Args:
        lines: the body.
        first_line: number of its first line in the file, from 1.
    """
    prepared, nested = prepare(lines)
    result = Outline(first_line, nested_fence=nested + first_line - 1 if nested else 0)
    _Walk(result, first_line, prepared).walk(_parser().parse("\n".join(prepared)))
    return result


@dataclass(slots=True)
class _Item:
    """A list item that is being read; ``unit`` is its index among the units once it has text."""

    kind: UnitKind
    group: int
    trail: tuple[str, ...]
    unit: int = -1
    seen_text: bool = False


class _Walk:
    """One pass over the block tokens, keeping what stands above the current line."""

    def __init__(self, result: Outline, first_line: int, lines: list[str]) -> None:
        self._result = result
        self._lines = lines
        self._first_line = first_line
        self._headings: list[tuple[int, str]] = []  # level and text
        self._label = ""
        self._label_used = False
        self._items: list[_Item] = []
        self._lists: list[tuple[bool, int]] = []
        self._groups = 0
        self._announces = False  # a list follows the current paragraph

    def walk(self, tokens: list[Token]) -> None:
        """Read all tokens."""
        position = 0
        while position < len(tokens):
            token = tokens[position]
            if token.type == "table_open":
                position = self._table(tokens, position)
            elif token.type == "inline":
                following = tokens[position + 2].type if position + 2 < len(tokens) else ""
                self._announces = following in _LIST_OPENINGS
                self._inline(tokens[position - 1], token)
            else:
                self._structure(token)
            position += 1

    def _structure(self, token: Token) -> None:
        if token.type in {"fence", "code_block"} and token.map:
            self._result.code.append((self._first_line + token.map[0], self._first_line + token.map[1] - 1))
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            self._groups += 1
            self._lists.append((token.type == "ordered_list_open", self._groups))
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            self._lists.pop()
            self._label_used = self._label_used or not self._lists
        elif token.type == "list_item_open":
            ordered, group = self._lists[-1]
            kind = UnitKind.NUMBER if ordered else UnitKind.BULLET
            self._items.append(_Item(kind, group, self._trail()))
        elif token.type == "list_item_close":
            self._items.pop()

    def _trail(self) -> tuple[str, ...]:
        """Headings, label and enclosing item labels, outermost first."""
        if self._items:
            parent = self._items[-1]
            unit = self._result.units[parent.unit] if parent.unit >= 0 else None
            return (*parent.trail, title_of(unit.text)) if unit and unit.is_title else parent.trail
        # The title of the whole file says nothing about one list in it, unless nothing else stands above.
        inner = [text for level, text in self._headings if level > 1]
        above = tuple(inner or [text for _, text in self._headings[-1:]])
        return (*above, self._label) if self._label else above

    def _inline(self, opening: Token, token: Token) -> None:
        if opening.type == "heading_open":
            level = int(opening.tag[1])
            self._headings = [item for item in self._headings if item[0] < level]
            self._headings.append((level, title_of(token.content)))
            self._label, self._label_used = "", False
        elif token.map:
            self._paragraph(token.content.split("\n"), self._first_line + token.map[0])

    def _paragraph(self, lines: list[str], first: int) -> None:
        if self._items and not self._items[-1].seen_text:
            taken = self._item_text(lines, first)
            lines, first = lines[taken:], first + taken
        for start, end in logical_lines(lines):
            announces = self._announces if end == len(lines) else is_listed(lines[end])
            self._line(lines[start:end], first + start, announces=announces)

    def _item_text(self, lines: list[str], first: int) -> int:
        """Take the text of a list item; return how many lines it covers."""
        item = self._items[-1]
        item.seen_text = True
        end = next(
            (index for index in range(1, len(lines)) if self._ends_item(lines[index], first + index)),
            len(lines),
        )
        source = " ".join(line.strip() for line in lines[:end])
        box = CHECKBOX.match(source)
        if box:
            source = source[box.end() :]
        marker, text = ("", "") if _ONLY_LINK.match(source) else split_marker(source)
        self._mark_parent()
        item.unit = len(self._result.units)
        kind = UnitKind.CHECKBOX if box else item.kind
        self._result.units.append(
            Unit(
                kind,
                text,
                marker,
                item.trail,
                first,
                first + end - 1,
                self._depth(),
                item.group,
                is_title=is_title(source, text),
            )
        )
        return end

    def _ends_item(self, line: str, number: int) -> bool:
        """Tell whether a line after an item's first one starts something else, though markdown joins them."""
        if is_listed(line) or XML_LINE.match(line):
            return True
        return self._at_margin(number) and bool(label_of(line) or DEMAND.match(line))

    def _at_margin(self, number: int) -> bool:
        """Tell whether a line is not indented, so that it can only by accident belong to an item."""
        return not self._lines[number - self._first_line][:1].isspace()

    def _depth(self) -> int:
        """Depth of the current item; items that are titles of their list do not count."""
        units = self._result.units
        return 1 + sum(item.unit >= 0 and not units[item.unit].is_title for item in self._items[:-1])

    def _mark_parent(self) -> None:
        parent = self._items[-2].unit if len(self._items) > 1 else -1
        if parent >= 0 and not self._result.units[parent].has_children:
            self._result.units[parent] = replace(self._result.units[parent], has_children=True)

    def _line(self, lines: list[str], first: int, *, announces: bool) -> None:
        """Read one logical line of a paragraph: a tag, a label, a unit, or prose."""
        source = " ".join(line.strip() for line in lines)
        tag = XML_LINE.match(source)
        if tag:
            if not self._items or self._at_margin(first):
                self._tag(tag)
            return
        label = "" if self._items and not self._at_margin(first) else label_of(source)
        if (
            label
            and (announces or source.rstrip("*_ ").endswith((":", "：")))
            and not LINE_BULLET.match(source)
        ):
            self._groups += 1
            self._label, self._label_used = label, False
            return
        unit = self._line_unit(source, first, first + len(lines) - 1)
        if unit:
            self._result.units.append(unit)
        elif label:
            self._groups += 1
            self._label, self._label_used = label, False
        elif self._label_used:
            self._label = ""

    def _line_unit(self, source: str, first: int, last: int) -> Unit | None:
        """Return the unit that a line outside a list is: marked, bulleted, or a demand of its own."""
        bullet = LINE_BULLET.match(source)
        rest = source[bullet.end() :] if bullet else source
        box = CHECKBOX.match(rest)
        marker, text = split_marker(rest[box.end() :] if box else rest)
        demands = len(source) <= _MAX_DEMAND and DEMAND.match(source) is not None
        if not (marker or bullet or box or demands):
            return None
        kind = UnitKind.CHECKBOX if box else UnitKind.LINE
        if bullet and not marker and not box:
            kind = UnitKind.NUMBER if bullet.group("bullet")[0].isdigit() else UnitKind.BULLET
        group = self._groups if bullet else _NO_LIST
        return Unit(kind, text, marker, self._trail(), first, last, len(self._items), group)

    def _tag(self, tag: re.Match[str]) -> None:
        self._label = "" if tag.group("close") else re.sub("[_-]", " ", tag.group("name"))
        self._label_used = False

    def _table(self, tokens: list[Token], position: int) -> int:
        """Read a table; return the position of its last token."""
        header: tuple[str, ...] = ()
        cells: list[str] = []
        self._groups += 1
        while tokens[position].type != "table_close":
            token = tokens[position]
            if token.type == "tr_open":
                cells = []
            elif token.type == "inline":
                cells.append(token.content)
            elif token.type == "thead_close":
                header = tuple(plain_text(cell) for cell in cells)
            elif token.type == "tr_close" and header:
                self._row(tokens, position, cells, header)
            position += 1
        return position

    def _row(self, tokens: list[Token], position: int, cells: list[str], header: tuple[str, ...]) -> None:
        opening = next(tokens[index] for index in range(position, -1, -1) if tokens[index].type == "tr_open")
        line = self._first_line + (opening.map[0] if opening.map else 0)
        self._result.units.append(
            Unit(
                UnitKind.ROW, "", "", self._trail(), line, line, len(self._items), self._groups,
                cells=tuple(cells), header=header,
            )
        )  # fmt: skip
