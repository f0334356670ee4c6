"""JSON of a block as a tree with places; comments, trailing commas and elisions are put up with."""

from __future__ import annotations

from ast_grep_py import SgNode, SgRoot

from harness.core.json_text import is_json, parse_json
from harness.core.tree import Entry, Mapping, Scalar, Sequence, Tree

__all__ = ["json_trees"]

MAX_DEPTH = 60
MAX_BRACKETS = 20_000
MAX_TEXT = 2_000
MAX_LINE = 20_000  # finding a column takes longer the longer the line is
MAX_BROKEN = 20_000  # the parser mends what is broken, and takes its time over it

_VALUES = frozenset({"object", "array", "string", "number", "true", "false", "null"})


def json_trees(text: str) -> tuple[tuple[Tree, ...], str]:
    """Return the documents of a text, and what is wrong with it (empty where nothing is)."""
    if text.count("{") + text.count("[") > MAX_BRACKETS or (len(text) > MAX_BROKEN and not is_json(text)):
        return (), "too large or too deeply nested"
    if len(text) > MAX_LINE and any(len(line) > MAX_LINE for line in text.split("\n")):
        return (), "minified"
    # An excerpt without the braces around it: the one put before it takes the place of no line.
    is_excerpt = text.lstrip()[:1] == '"'
    root = SgRoot(f"{{\n{text}\n}}" if is_excerpt else text, "json").root()
    wrong = "not all of it is JSON" if is_excerpt or root.find(kind="ERROR") is not None else ""
    reader = _Reader(-1 if is_excerpt else 0)
    trees = [reader.tree(node, MAX_DEPTH) for node in root.children() if node.kind() in _VALUES]
    return tuple(trees), wrong


class _Reader:
    """Makes trees of nodes; ``shift`` is added to their lines."""

    def __init__(self, shift: int) -> None:
        self.shift = shift

    def tree(self, node: SgNode, depth: int) -> Tree:
        kind = node.kind()
        line, column = self.start(node)
        if kind == "object" and depth:
            pairs = (child for child in node.children() if child.kind() == "pair")
            return Mapping(tuple(self.entry(pair, depth - 1) for pair in pairs), line, column)
        if kind == "array" and depth:
            items = (child for child in node.children() if child.kind() in _VALUES)
            return Sequence(tuple(self.tree(item, depth - 1) for item in items), line, column)
        return self.scalar(node)

    def entry(self, pair: SgNode, depth: int) -> Entry:
        key, value = pair.field("key"), pair.field("value")
        line, column = self.start(pair)
        nothing = Scalar("", line, column, 0, plain=True)
        return Entry(
            nothing if key is None else self.scalar(key),
            nothing if value is None else self.tree(value, depth),
        )

    def scalar(self, node: SgNode) -> Scalar:
        text = node.text()
        line, column = self.start(node)
        if node.kind() != "string":
            return Scalar(text[:MAX_TEXT], line, column, len(text.split("\n", 1)[0]), plain=True)
        try:
            value = parse_json(text)
        except ValueError:
            value = text[1:-1]
        return Scalar(str(value), line, column, len(text))

    def start(self, node: SgNode) -> tuple[int, int]:
        start = node.range().start
        return max(start.line + self.shift, 0), start.column
