"""SQL text cut into statements; only those that speak of tables, indexes or rows are kept."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from harness.response.lazy import lazy
from harness.response.record import record

__all__ = ["SqlText", "Statement", "blanked", "statements_of"]

MAX_STATEMENT = 40_000
MAX_NESTING = 60
MAX_STATEMENTS = 2_000

_BREAK = re.compile("\n")
_SIGN = re.compile(
    r"--|/\*|^[ \t]*#|^[ \t]*\\|['\"`;()]|\$(?:[A-Za-z_]\w*)?\$|^(?=(?:CREATE|ALTER\s+TABLE)\s)",
    re.MULTILINE | re.IGNORECASE,
)
_STRING_ENDS = {
    "'": re.compile(r"(?:[^'\\]|''|\\.)*'", re.DOTALL),
    '"': re.compile(r'[^"]*"'),
    "`": re.compile(r"[^`]*`"),
}
_WANTED = re.compile(
    r"""(?P<schema>CREATE\s+(?:OR\s+REPLACE\s+)?(?:GLOBAL\s+|LOCAL\s+)?(?:TEMP(?:ORARY)?\s+|UNLOGGED\s+)?
        (?:TABLE|(?:UNIQUE\s+|FULLTEXT\s+|SPATIAL\s+|CLUSTERED\s+|NONCLUSTERED\s+)*INDEX)\b
      |ALTER\s+TABLE\b(?=[^;]{0,2000}?\b(?:ADD|MODIFY|CHANGE|ALTER)\b))
    |(?P<query>(?:EXPLAIN\b[\s\w(),]*?)?\b(?:SELECT|WITH|UPDATE|DELETE)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|^[ \t]*#[^\n]*", re.DOTALL | re.MULTILINE)
_EXPLAIN = re.compile(
    r"EXPLAIN\b(?:\s*\([^)]*\)|\s+(?:ANALYZE|VERBOSE|QUERY\s+PLAN|FORMAT\s*=\s*\w+))*\s*", re.IGNORECASE
)
_ELISION = re.compile(r"^[ \t]*(?:\.\.\.|…|\[\.\.\.\])[^\n]*$", re.MULTILINE)


class SqlText:
    """A SQL text with the line (from 0) of the block on which each of its pieces begins."""

    def __init__(self, pieces: Sequence[tuple[str, int]]) -> None:
        self.text = "".join(text for text, _ in pieces)
        self._lines = [line for _, line in pieces]
        self._starts: list[int] = []
        at = 0
        for text, _ in pieces:
            self._starts.append(at)
            at += len(text)

    def line_at(self, offset: int) -> int:
        """Return the line (from 0) of the block on which a character of the text stands."""
        number = max(bisect_right(self._starts, offset) - 1, 0)
        before = bisect_left(self._breaks, self._starts[number])
        return self._lines[number] + bisect_left(self._breaks, offset) - before

    @lazy
    def _breaks(self) -> list[int]:
        return [found.start() for found in _BREAK.finditer(self.text)]


def blanked(pattern: re.Pattern[str], text: str, mark: str = "") -> str:
    """Put blanks, after a mark, in place of what a pattern finds; everything else keeps its offset."""
    return pattern.sub(lambda found: mark + re.sub(r"[^\n]", " ", found[0][len(mark) :]), text)


@record
class Statement:
    """One statement: its text without comments before it, and the offset at which it begins.

    ``defines`` says that it creates or alters a table or an index, else it is a query. ``ended`` says that a
    semicolon closes it, ``elided`` that the writer left something out with three dots.
    """

    text: str
    start: int
    defines: bool
    ended: bool
    elided: bool
    too_large: bool


def statements_of(text: str) -> list[Statement]:
    """Return the statements of a SQL text that define tables or read rows, at most ``MAX_STATEMENTS``."""
    found: list[Statement] = []
    for start, end, ended, depth in _cuts(text):
        body = text[start:end]
        blank = _leading(body)
        body = body[blank:]
        wanted = _WANTED.match(body)
        if wanted is None:
            continue
        shift = _EXPLAIN.match(body)
        skip = shift.end() if shift else 0
        elided = _ELISION.search(body) is not None
        found.append(
            Statement(
                text=blanked(_ELISION, body[skip:]) if elided else body[skip:],
                start=start + blank + skip,
                defines=wanted["schema"] is not None,
                ended=ended,
                elided=elided,
                too_large=len(body) > MAX_STATEMENT or depth > MAX_NESTING,
            )
        )
        if len(found) >= MAX_STATEMENTS:
            break
    return found


def _leading(body: str) -> int:
    """Return how much of a statement is blanks and comments before its first word."""
    at = 0
    while True:
        while at < len(body) and body[at].isspace():
            at += 1
        comment = _COMMENT.match(body, at)
        if comment is None or comment.end() == at:
            return at
        at = comment.end()


def _cuts(text: str) -> Iterator[tuple[int, int, bool, int]]:
    """Yield start, end, whether a semicolon ended it, and the deepest nesting of each statement."""
    start = at = depth = deepest = 0
    size = len(text)
    while at < size:
        sign = _SIGN.search(text, at)
        if sign is None:
            break
        mark = sign[0].strip()
        at = max(sign.end(), at)
        if mark == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif mark == ")":
            depth = max(depth - 1, 0)
        elif mark == ";" or (not mark and depth == 0):
            end = sign.start()
            if text[start:end].strip():
                yield start, end, mark == ";", deepest
            start, depth, deepest = (at if mark else end), 0, 0
            at += not mark
        elif mark == "\\":
            start = at = _line_end(text, at)
        elif mark:
            at = _closed(text, at, mark)
        else:
            at += 1
    if text[start:].strip():
        yield start, size, False, deepest


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _closed(text: str, at: int, mark: str) -> int:
    """Return where a string, comment or quoted name ends; the end of the text if nothing closes it."""
    if mark in {"--", "#"}:
        return _line_end(text, at)
    pattern = _STRING_ENDS.get(mark)
    if pattern is not None:
        found = pattern.match(text, at)
        return len(text) if found is None else found.end()
    end = text.find("*/" if mark == "/*" else mark, at)
    return len(text) if end < 0 else end + max(len(mark), 2)
