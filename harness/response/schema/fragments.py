"""Conditions that code collects in a list and joins: ``where.push('city = $1')``, ``where.join(' AND ')``."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

__all__ = ["HOLE", "Fragments", "Pieces"]

HOLE = "__hole__"  # stands for what is put into a text at run time

# A text piece by piece, each with the line (from 0) on which it stands.
Pieces = list[tuple[str, int]]

_STRINGS = frozenset({"string", "template_string", "encapsed_string"})
_CALLS = {"javascript": "call_expression", "python": "call", "php": "assignment_expression"}
_ADDS = re.compile(r"(?P<target>[\w$.>-]+?)(?:\.(?:push|append)|\[\])$")
_CONDITION = re.compile(
    r"""^\s*(?:AND\s+|OR\s+)?\(?\s*[\w."`]+(?:\([\w."`]+\))?\s*(?:=|<=?|>=?|I?LIKE\b|IN\b|BETWEEN\b|@>|@@|%\s)""",
    re.IGNORECASE | re.VERBOSE,
)
_JOINS = re.compile(r"\bjoin\s*\(|\bimplode\s*\(")
_MAX_TEXT = 400


class Fragments:
    """The conditions of one tree, by the variable that collects them."""

    def __init__(self, root: SgNode, language: str) -> None:
        self._collected: dict[str, Pieces] = {}
        for node in root.find_all(kind=_CALLS[language]):
            self._collect(node)
        self._variables = self._joined_in(root, language) if self._collected else {}

    def of(self, node: SgNode) -> Pieces:
        """Return the conditions that an expression joins, as the text that they make."""
        if not self._collected:
            return []
        text = node.text()[:_MAX_TEXT]
        text = self._variables.get(text.strip(), text)
        if not _JOINS.search(text):
            return []
        for name, pieces in self._collected.items():
            if re.search(rf"(?<![\w$]){re.escape(name)}(?!\w)", text):
                keyword = "WHERE " if re.search(r"""['"`]\s*WHERE\b""", text, re.IGNORECASE) else ""
                return [(keyword, pieces[0][1]), *pieces]
        return []

    def _collect(self, node: SgNode) -> None:
        callee = node.field("function") or node.field("left")
        match = None if callee is None else _ADDS.match(callee.text()[:120])
        given = node.field("arguments") or node.field("right")
        if match is None or given is None:
            return
        parts = [given] if given.kind() in _STRINGS else given.named_children()[:1]
        for part in parts:
            text = _text_of(part)
            if part.kind() in _STRINGS and _CONDITION.match(text):
                pieces = self._collected.setdefault(match["target"], [])
                line = part.range().start.line
                text = re.sub(r"^\s*(?:AND|OR)\s+", "", text, flags=re.IGNORECASE)
                pieces.append((f" AND ({text})" if pieces else f"({text})", line))

    @staticmethod
    def _joined_in(root: SgNode, language: str) -> dict[str, str]:
        """Return the variables that hold joined conditions, with the expression that joins them."""
        kind = {"javascript": "variable_declarator", "python": "assignment"}.get(
            language, "assignment_expression"
        )
        found: dict[str, str] = {}
        for node in root.find_all(kind=kind):
            name = node.field("name") or node.field("left")
            value = node.field("value") or node.field("right")
            if name is not None and value is not None:
                text = value.text()[:_MAX_TEXT]
                if _JOINS.search(text):
                    found[name.text()] = text
        return found


def _text_of(string: SgNode) -> str:
    """Return a string with a hole for whatever is put in."""
    texts = {"string_fragment", "string_content", "escape_sequence"}
    pieces = [child.text() if child.kind() in texts else HOLE for child in string.named_children()]
    return "".join(pieces).replace(f"${HOLE}", f" {HOLE}")
