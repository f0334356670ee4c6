"""SQL of a response, from its blocks and from strings in code, parsed by sqlglot statement by statement."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from harness.response.block import Block
from harness.response.record import record
from harness.response.schema.builder import Builder
from harness.response.schema.ddl import DefinitionReader
from harness.response.schema.dialects import dialect_of_sql
from harness.response.schema.fragments import HOLE
from harness.response.schema.model import Dialect
from harness.response.schema.queries import read_query
from harness.response.schema.statements import SqlText, Statement, blanked, statements_of

__all__ = ["SqlReader"]

# sqlglot tells what it does not know on its logger, with the statement in it: no business of terminal or log.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_DIALECTS = {
    Dialect.POSTGRES: "postgres",
    Dialect.MYSQL: "mysql",
    Dialect.SQLITE: "sqlite",
    Dialect.OTHER: "tsql",
}
# What stands for a value that is put in later, in the ways of drivers and of documentation.
_MARKS = re.compile(r"%\(\w+\)s|%s|%d|\{\{?\s*\w*\s*\}?\}|<\w+>(?=\s*(?:[;,)]|$))")
_MARKED = re.compile(r"[%{<]")
_LAST_COMMA = re.compile(r",(?=\s*(?:--[^\n]*\s*)*\))")
# A whole clause that is put in later, where a value would need an operator before it.
_LOOSE_HOLE = re.compile(
    rf"""(?<![(,=<>+*/|%])(?<!\bSELECT)(?<!\bFROM)(?<!\bWHERE)(?<!\bAND)(?<!\bOR)(?<!\bBY)(?<!\bLIMIT)(?<!\bOFFSET)
    (?<!\bIN)(?<!\bJOIN)(?<!\bSET)(?<!\bLIKE)(?<!\bON)\s+{HOLE}\b""",
    re.IGNORECASE | re.VERBOSE,
)
_FULLTEXT = re.compile(r"\b(?:FULLTEXT|SPATIAL|CLUSTERED|NONCLUSTERED)\s+(?=INDEX\b)", re.IGNORECASE)


@record
class _Pending:
    reader: DefinitionReader
    tree: exp.Expression


class SqlReader:
    """Reads SQL texts into a builder. Queries are resolved last, when all tables are known."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self._pending: list[_Pending] = []

    def read(self, source: SqlText, block: Block, *, queries: bool = True) -> None:
        """Read a SQL text of a block.

        Args:
            source: the statements, with their lines.
            block: where they stand.
            queries: queries count; those of a migration run once and need no index.
        """
        dialect = dialect_of_sql(source.text) or self.builder.dialect
        statements = statements_of(source.text)
        for number, statement in enumerate(statements):
            if not statement.defines and not queries:
                continue
            if source.line_at(statement.start) + 1 in block.counter_lines:
                continue
            if block.truncated and number == len(statements) - 1 and not statement.ended:
                continue
            self._statement(
                DefinitionReader(
                    self.builder, block, source, statement.start, dialect, elided=statement.elided
                ),
                statement,
            )

    def _statement(self, reader: DefinitionReader, statement: Statement) -> None:
        what = "a definition" if statement.defines else "a query"
        try:
            tree = None if statement.too_large else parsed(statement.text, reader.dialect)
            if tree is not None and not statement.defines:
                self._pending.append(_Pending(reader, tree))
                return
            if tree is None or not reader.read(tree):
                self.builder.miss(reader.place(None), statement.text, what)
        except RecursionError:
            self.builder.miss(reader.place(None), statement.text, what)

    def finish(self) -> None:
        """Resolve the queries."""
        for pending in self._pending:
            try:
                read_query(pending.reader, pending.tree)
            except RecursionError:
                self.builder.miss(pending.reader.place(None), "", "a query")
        self._pending.clear()


def _attempts(text: str) -> Iterator[str]:
    """Yield a text as it is, and then without what the parser may have stumbled over."""
    yield text
    for pattern in (_LAST_COMMA, _LOOSE_HOLE):
        mended = blanked(pattern, text)
        if mended != text:
            yield mended


def parsed(text: str, dialect: Dialect) -> exp.Expression | None:
    """Parse one statement, in its dialect first, then in the others; ``None`` where none can.

    Offsets in the tree are those of the text.
    """
    text = blanked(_MARKS, text, "?") if _MARKED.search(text) else text
    text = blanked(_FULLTEXT, text)
    text = text.replace("??", "_H").replace(f"${HOLE}", f" {HOLE}")
    for attempt in _attempts(text):
        for name in dict.fromkeys((_DIALECTS.get(dialect, "postgres"), "postgres", "mysql", "sqlite")):
            try:
                found = sqlglot.parse_one(attempt, dialect=name)
            except (SqlglotError, ValueError, TypeError, AttributeError, IndexError, KeyError):
                # The parser's own slips on broken input are no more than "cannot be parsed".
                continue
            if isinstance(found, exp.Expression) and not isinstance(found, exp.Command):
                return found
    return None
