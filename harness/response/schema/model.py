"""The schema of a response: one frozen model for DDL, migrations, ORM models and queries."""

from __future__ import annotations

import re
from dataclasses import field
from enum import StrEnum
from functools import lru_cache

from harness.core.types import Finding
from harness.response.block import Block, Origin
from harness.response.program import MAX_QUOTE
from harness.response.record import record

__all__ = [
    "Column",
    "Condition",
    "Dialect",
    "ForeignKey",
    "Join",
    "Key",
    "KeyKind",
    "Place",
    "Query",
    "Schema",
    "Split",
    "Table",
    "TableUse",
    "Unread",
    "canonical",
    "singular",
    "table_key",
]


class Dialect(StrEnum):
    """The database a statement is written for, as far as the response shows it."""

    UNKNOWN = ""
    POSTGRES = "postgres"
    MYSQL = "mysql"
    SQLITE = "sqlite"
    MONGO = "mongo"
    OTHER = "other"


class KeyKind(StrEnum):
    """What an index is besides an index."""

    PRIMARY = "primary"
    UNIQUE = "unique"
    INDEX = "index"


@record
class Place:
    """A line (from 0) of a block, and the words that stand there."""

    block: Block
    line: int
    text: str = ""

    def finding(self, message: str) -> Finding:
        """Make a finding at this line of the response."""
        lines = self.block.text.split("\n")
        line = min(self.line, len(lines) - 1)
        whole = lines[line]
        code = whole.strip()
        start = self.block.line + line
        column = len(whole) - len(whole.lstrip()) + self.block.indent_of(line) + 1
        return Finding(
            block=self.block.number,
            line=start,
            column=column,
            end_line=start,
            end_column=column + max(len(code), 1),
            message=message,
            quote=code if len(code) <= MAX_QUOTE else code[: MAX_QUOTE - 1] + "…",
            file=self.block.path if self.block.origin in {Origin.FILE, Origin.TOOL_CALL} else "",
        )


@record
class Column:
    """A column; ``kind`` is its type in small letters as written, empty where it is not told."""

    name: str
    kind: str
    place: Place
    nullable: bool = True
    default: bool = False
    is_list: bool = False

    @property
    def key(self) -> str:
        """The name by which this column is compared."""
        return canonical(self.name)


@record
class Key:
    """A primary key, unique constraint or index.

    ``terms`` are its columns in order, in canonical form; an expression is its text without blanks.
    ``condition`` are the columns that the predicate of a partial index speaks of.
    """

    kind: KeyKind
    terms: tuple[str, ...]
    place: Place
    condition: frozenset[str] = frozenset()
    covers_any: bool = False


@record
class ForeignKey:
    """A relation to another table. ``indexed`` says that the database or the ORM adds the index itself."""

    columns: tuple[str, ...]
    target: str
    place: Place
    indexed: bool = False
    enforced: bool = True


@record
class Table:
    """A table or collection.

    ``created`` says that its definition is shown (and not merely an index or column added to it),
    ``whole`` that nothing of the definition stayed unread. ``supplied`` tables are the user's: context,
    never held against the answer. ``derived`` tables take their columns from elsewhere (a partition, a
    copy, the result of a query, a temporary table).
    """

    name: str
    place: Place
    source: str
    dialect: Dialect
    columns: tuple[Column, ...]
    keys: tuple[Key, ...]
    foreign_keys: tuple[ForeignKey, ...]
    checks: int = 0
    created: bool = True
    whole: bool = True
    supplied: bool = False
    derived: bool = False
    embedded: bool = False
    implicit_primary: bool = False

    @property
    def key(self) -> str:
        """The name by which this table is compared."""
        return table_key(self.name)

    def column(self, key: str) -> Column | None:
        """Return the column with a canonical name."""
        return next((column for column in self.columns if column.key == key), None)

    def serves(self, term: str) -> bool:
        """Say whether an index begins with a term, or holds just the rows that it selects."""
        return any(
            key.terms[:1] == (term,) or term in key.condition or (key.covers_any and term in key.terms)
            for key in self.keys
        )


@record
class Condition:
    """One condition that a query puts to a table.

    An index helps when every one of ``branches`` (those of an OR; most conditions have one) has a term that
    is indexed. ``names`` are the columns as written. ``exact`` says that it asks for certain values and not
    for a range of them.
    """

    branches: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    place: Place
    exact: bool = True

    def served_by(self, table: Table) -> bool:
        """Say whether some index of a table helps."""
        return all(any(table.serves(term) for term in branch) for branch in self.branches)


@record
class TableUse:
    """A table in a query, with what the query filters and orders it by."""

    table: str
    filters: tuple[Condition, ...] = ()
    order: Condition | None = None


@record
class Join:
    """Two tables of a query (by position) and the terms that are compared."""

    left: int
    left_term: str
    right: int
    right_term: str
    place: Place


@record
class Query:
    """One query, or one part of it with its own FROM."""

    uses: tuple[TableUse, ...]
    joins: tuple[Join, ...]
    limited: bool
    place: Place
    supplied: bool = False


@record
class Split:
    """A query that takes a column apart as a list."""

    table: str
    column: str
    place: Place


@record
class Unread:
    """Something about the database that could not be read; ``text`` is what it says, bounded."""

    place: Place
    text: str
    what: str


@record
class Schema:
    """All that a response and the files beside it say about the database.

    ``through_models`` says that the answer queries models, of which some may not be shown.
    """

    tables: tuple[Table, ...] = ()
    queries: tuple[Query, ...] = ()
    unread: tuple[Unread, ...] = ()
    splits: tuple[Split, ...] = ()
    dialect: Dialect = Dialect.UNKNOWN
    truncated: bool = False
    through_models: bool = False
    by_key: dict[str, Table] = field(default_factory=dict)

    def table(self, name: str) -> Table | None:
        """Find a table by a name in any of its spellings."""
        key = table_key(name)
        found = self.by_key.get(key)
        if found is None and "_" in name:
            # Django puts the application before the name of the model.
            found = self.by_key.get(table_key(name.split("_", 1)[1]))
            found = found if found is not None and found.source == "django" else None
        return found

    @property
    def written(self) -> tuple[Table, ...]:
        """The tables that the answer itself defines or alters."""
        return tuple(table for table in self.tables if not table.supplied)


def canonical(name: str) -> str:
    """Return a name without case, quotes and underscores: ``userId`` and ``user_id`` are one column."""
    return name.strip('"`[]').lower().replace("_", "")


_UNCHANGED = ("us", "is", "ss")
_SIBILANTS = ("ses", "xes", "ches", "shes", "zes")


@lru_cache(maxsize=4096)
def singular(word: str) -> str:
    """Return the singular of an English plural, near enough to compare names of tables."""
    if word.endswith("people"):
        return f"{word[:-6]}person"
    if word.endswith("children"):
        return word[:-3]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(_SIBILANTS):
        stem = word[:-2]
        # "houses" and "purchases" lose an s, "addresses" and "statuses" lose es.
        whole = stem.endswith(("ss", "us", "x", "ch", "sh", "is")) and not stem.endswith("ous")
        return stem if whole else word[:-1]
    if word.endswith("s") and not word.endswith(_UNCHANGED):
        return word[:-1]
    return word


def table_key(name: str) -> str:
    """Return the name by which tables are compared: without schema, case, underscores and plural."""
    return singular(canonical(re.split(r"[.]", name)[-1]))
