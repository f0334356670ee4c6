"""SQL in string literals and templates of JavaScript, TypeScript, Python and PHP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ast_grep_py import SgNode

from harness.response.javascript.syntax import unescaped
from harness.response.lazy import lazy
from harness.response.schema.fragments import HOLE, Fragments, Pieces
from harness.response.schema.statements import SqlText

__all__ = ["HOLE", "has_sql", "sql_strings"]

_STRINGS = {
    "javascript": ("string", "template_string"),
    "python": ("string",),
    "php": ("string", "encapsed_string", "heredoc", "nowdoc"),
}
_JOINED = frozenset({"binary_expression", "binary_operator", "concatenated_string"})
_WRAPPING = frozenset({"parenthesized_expression"})
_BODIES = frozenset({"heredoc_body", "nowdoc_body"})
_TEXTS = frozenset({"string_fragment", "string_content", "nowdoc_string", "string_value"})
_MARKS = frozenset(
    {'"', "'", "`", "{", "}", "string_start", "string_end", "<<<", "heredoc_start", "heredoc_end"}
)
_SQL = re.compile(
    r"""\s*(?:--[^\n]*\n\s*)*(?:
      (?:EXPLAIN\s+(?:\([^)]*\)\s*|ANALYZE\s+)?)?(?:SELECT\s[\s\S]*?\bFROM\b|WITH\s+(?:RECURSIVE\s+)?\w+[\s\S]*?\bAS\s*\()
      |UPDATE\s+(?:ONLY\s+)?\S+\s+(?:AS\s+)?(?:\w+\s+)?SET\b|DELETE\s+FROM\s
      |CREATE\s+(?:\w+\s+){0,3}(?:TABLE|INDEX)\b|ALTER\s+TABLE\s
      |CREATE\s+(?:EXTENSION|TYPE)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_SUBSTITUTIONS = frozenset({"template_substitution", "interpolation"})
_MENTIONED = re.compile(
    r"\b(?:SELECT|DELETE\s+FROM|UPDATE\s+[^\s=.(]+\s+SET|CREATE\s+(?:\w+\s+){0,3}(?:TABLE|INDEX)|ALTER\s+TABLE)\s",
    re.IGNORECASE,
)
# Looking for plain words is far cheaper than the pattern, and most blocks have none of them.
_VERBS = ("select ", "select\n", "delete ", "update ", "create ", "alter ")
_LOGS = re.compile(r"(?:^|\.|->)(?:log|logger|logging|console|Log|debug|info|warn|warning|error)\b[.:>\w]*$")
_MAX_PIECES = 400
_MAX_STRINGS = 4_000


def has_sql(text: str) -> bool:
    """Say whether a block may hold SQL in its strings."""
    small = text.lower()
    return any(verb in small for verb in _VERBS) and _MENTIONED.search(text) is not None


def sql_strings(
    root: SgNode, language: str, constant: Callable[[SgNode], str | None] | None = None, shift: int = 0
) -> Iterator[SqlText]:
    """Yield the strings of a tree that are SQL, concatenations and later additions as one text.

    Args:
        root: the tree of a block.
        language: ``javascript``, ``python`` or ``php``.
        constant: gives the text of an expression whose value is known.
        shift: by how many lines the tree runs ahead of its block.
    """
    reader = _Reader(root, language, constant)
    for pieces in reader.statements():
        yield SqlText([(text, line - shift) for text, line in pieces])


class _Reader:
    """The strings of one tree."""

    def __init__(self, root: SgNode, language: str, constant: Callable[[SgNode], str | None] | None) -> None:
        self.root = root
        self.language = language
        self.constant = constant

    @lazy
    def fragments(self) -> Fragments:
        """The conditions that the code collects in lists."""
        return Fragments(self.root, self.language)

    @lazy
    def additions(self) -> dict[str, list[SgNode]]:
        """What is added to each variable by ``+=`` or ``.=``, in order."""
        return _additions(self.root, self.language)

    def statements(self) -> Iterator[Pieces]:
        seen: set[SgNode] = set()
        for kind in _STRINGS[self.language]:
            for node in self.root.find_all(kind=kind):
                top = _top(node)
                if top in seen or len(seen) > _MAX_STRINGS:
                    continue
                seen.add(top)
                pieces = self.text(top)
                if _SQL.match("".join(text for text, _ in pieces)) and not _is_logged(top):
                    yield pieces + self._added(top)

    def _added(self, top: SgNode) -> Pieces:
        name, found = _name_of(top), Pieces()
        for added in self.additions.get(name, ()) if name else ():
            if added.range().start.line >= top.range().end.line:
                found += [(" ", added.range().start.line), *self.text(added)]
        return found

    def text(self, top: SgNode) -> Pieces:
        """Return the text that a string or a concatenation makes, piece by piece."""
        pieces = Pieces()
        stack = [top]
        while stack and len(pieces) < _MAX_PIECES:
            node = stack.pop()
            kind = node.kind()
            if kind in _JOINED and _joins(node):
                inner = node.named_children()
                operator = node.field("operator")
                # `"..." % values`: the values are no part of the text.
                stack += inner[:1] if operator is not None and operator.text() == "%" else reversed(inner)
            elif kind in _WRAPPING:
                stack += reversed(node.named_children())
            elif kind in _BODIES or any(kind in kinds for kinds in _STRINGS.values()):
                pieces += self._pieces(node)
            else:
                pieces += self._hole(node)
        return pieces

    def _hole(self, node: SgNode) -> Pieces:
        """Return what an expression puts into a text: a constant, collected conditions, or something."""
        known = None if self.constant is None else self.constant(node)
        if known is not None:
            return Pieces([(known, node.range().start.line)])
        collected = self.fragments.of(node)
        if collected:
            return Pieces(collected)
        return Pieces([(HOLE, node.range().start.line)])

    def _pieces(self, string: SgNode) -> Iterator[tuple[str, int]]:
        for child in string.children():
            kind, line = child.kind(), child.range().start.line
            if kind in _BODIES:
                yield from self._pieces(child)
            elif kind in _TEXTS:
                text = child.text()
                yield unescaped(text) if child.children() else text, line
            elif kind == "escape_sequence":
                yield unescaped(child.text()).replace("\n", " "), line
            elif kind not in _MARKS:
                inner = child.named_children()
                yield from self._hole(inner[0] if inner and kind in _SUBSTITUTIONS else child)


def _name_of(top: SgNode) -> str:
    """Return the variable that a text is given to, or nothing."""
    up = top.parent()
    if up is None or up.kind() not in {"variable_declarator", "assignment", "assignment_expression"}:
        return ""
    left = up.field("name") or up.field("left")
    return "" if left is None else left.text()


def _additions(root: SgNode, language: str) -> dict[str, list[SgNode]]:
    """Return what is added to each variable by ``+=`` or ``.=``, in order."""
    found: dict[str, list[SgNode]] = {}
    kind = "augmented_assignment" if language == "python" else "augmented_assignment_expression"
    for node in root.find_all(kind=kind):
        left, right, operator = node.field("left"), node.field("right"), node.field("operator")
        added = operator is None or operator.text() in {"+=", ".="}
        if left is not None and right is not None and added:
            found.setdefault(left.text(), []).append(right)
    return found


def _top(node: SgNode) -> SgNode:
    """Return the concatenation that a string is part of."""
    top = node
    up = node.parent()
    while up is not None and (up.kind() in _JOINED or up.kind() in _WRAPPING):
        if up.kind() in _JOINED:
            if not _joins(up):
                break
            top = up
        up = up.parent()
    return top


def _joins(node: SgNode) -> bool:
    if node.kind() == "concatenated_string":
        return True
    operator = node.field("operator")
    return operator is not None and operator.text() in {"+", ".", "%"}


def _is_logged(node: SgNode) -> bool:
    """Say whether a text is only written to a log."""
    up = node.parent()
    while up is not None and up.kind() in {"arguments", "argument_list", "argument"}:
        up = up.parent()
    if up is None:
        return False
    callee = up.field("function")
    return callee is not None and _LOGS.search(callee.text()[-60:]) is not None
