"""SQL of a response, from its blocks and from strings in code, parsed by sqlglot statement by statement."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from harness.response.block import Block
from harness.response.schema.builder import Builder
from harness.response.schema.ddl import DefinitionReader
from harness.response.schema.dialects import dialect_of_sql
from harness.response.schema.model import Dialect, Place
from harness.response.schema.queries import read_query
from harness.response.schema.statements import Statement, statements_of

__all__ = ["SqlReader"]

# sqlglot tells what it does not know on its logger, with the statement in it: no business of the terminal.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())
logging.getLogger("sqlglot").propagate = False

_DIALECTS = {
    Dialect.POSTGRES: "postgres",
    Dialect.MYSQL: "mysql",
    Dialect.SQLITE: "sqlite",
    Dialect.OTHER: "tsql",
}
_MARKS = re.compile(r"%\(\w+\)s|%s|%d|\{\{?\s*\w+\s*\}?\}|<\w+>(?=\s*(?:[;,)]|$))")
_LAST_COMMA = re.compile(r",(\s*(?:--[^\n]*\s*)*\))")
_FULLTEXT = re.compile(r"\b(?:FULLTEXT|SPATIAL|CLUSTERED|NONCLUSTERED)\s+(?=INDEX\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Pending:
    reader: DefinitionReader
    tree: exp.Expression


class SqlReader:
    """Reads SQL texts into a builder. Queries are resolved last, when all tables are known."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self._pending: list[_Pending] = []

    def read(
        self, text: str, block: Block, line: int = 0, *, per_line: bool = True, queries: bool = True
    ) -> None:
        """Read a SQL text that begins at a line (from 0) of a block.

        Args:
            text: the statements.
            block: where they stand.
            line: the line of the block on which the text begins.
            per_line: the lines of the text are those of the block; a concatenated string has none.
            queries: queries count; those of a migration run once and need no index.
        """
        dialect = dialect_of_sql(text) or self.builder.dialect
        statements = statements_of(text)
        for number, statement in enumerate(statements):
            start = line + (statement.line if per_line else 0)
            if start + 1 in block.counter_lines or (not statement.defines and not queries):
                continue
            if block.truncated and number == len(statements) - 1 and not statement.ended:
                continue
            reader = DefinitionReader(
                self.builder, block, start, dialect, elided=statement.elided, per_line=per_line
            )
            self._statement(reader, statement)

    def _statement(self, reader: DefinitionReader, statement: Statement) -> None:
        place = Place(reader.block, reader.line)
        what = "a definition" if statement.defines else "a query"
        try:
            reader.text, tree = ("", None) if statement.too_large else parsed(statement.text, reader.dialect)
            if tree is not None and not statement.defines:
                self._pending.append(_Pending(reader, tree))
                return
            if tree is None or not reader.read(tree):
                self.builder.miss(place, statement.text, what)
        except RecursionError:
            self.builder.miss(place, statement.text, what)

    def finish(self) -> None:
        """Resolve the queries."""
        for pending in self._pending:
            try:
                read_query(pending.reader, pending.tree)
            except RecursionError:
                self.builder.miss(Place(pending.reader.block, pending.reader.line), "", "a query")
        self._pending.clear()


def parsed(text: str, dialect: Dialect) -> tuple[str, exp.Expression | None]:
    """Parse one statement, in its dialect first, then in the others; ``None`` where none can.

    With the tree comes the text that it was made of: places in the tree are offsets into it.
    """
    text = _FULLTEXT.sub("", _MARKS.sub("NULL", text) if "%" in text or "{" in text or "<" in text else text)
    for attempt in (text, _LAST_COMMA.sub(r"\1", text)):
        for name in dict.fromkeys((_DIALECTS.get(dialect, "postgres"), "postgres", "mysql", "sqlite")):
            try:
                found = sqlglot.parse_one(attempt, dialect=name)
            except (SqlglotError, ValueError, TypeError, AttributeError, IndexError, KeyError):
                # The parser's own slips on broken input are no more than "cannot be parsed".
                continue
            if isinstance(found, exp.Expression) and not isinstance(found, exp.Command):
                return attempt, found
        if attempt == text and "," not in text:
            break
    return text, None
