"""Gathers what the readers find, over all blocks, and freezes it into a schema."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.response.block import Origin
from harness.response.schema.model import (
    Column,
    Dialect,
    ForeignKey,
    Key,
    KeyKind,
    Place,
    Query,
    Schema,
    Split,
    Table,
    Unread,
    canonical,
    table_key,
)

__all__ = ["Builder", "Draft"]

MAX_TABLES = 2_000
_MAX_UNREAD = 400


@dataclass(slots=True)
class Draft:
    """A table while it is being read."""

    name: str
    place: Place
    source: str
    dialect: Dialect = Dialect.UNKNOWN
    columns: dict[str, Column] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    checks: int = 0
    created: bool = False
    whole: bool = True
    supplied: bool = True
    derived: bool = False
    embedded: bool = False
    implicit_primary: bool = False

    def add_column(self, column: Column) -> None:
        """Add a column; of two definitions the later one stands."""
        self.columns[column.key] = column

    def add_key(
        self, kind: KeyKind, columns: tuple[str, ...], place: Place, condition: frozenset[str] = frozenset()
    ) -> None:
        """Add an index over columns, by their names."""
        terms = tuple(canonical(name) for name in columns)
        if terms:
            self.keys.append(Key(kind, terms, place, condition))

    def add_foreign_key(
        self, columns: tuple[str, ...], target: str, place: Place, *, indexed: bool = False
    ) -> None:
        """Add a relation from columns, by their names, to another table; a repeated one is left out."""
        keys = tuple(canonical(name) for name in columns)
        known = next((one for one in self.foreign_keys if one.columns == keys), None)
        if known is None:
            self.foreign_keys.append(ForeignKey(keys, target, place, indexed))

    def frozen(self, default: Dialect) -> Table:
        """Return the table as it stands; ``default`` is the database where its own text does not tell."""
        return Table(
            name=self.name,
            place=self.place,
            source=self.source,
            dialect=self.dialect or default,
            columns=tuple(self.columns.values()),
            keys=tuple(self.keys),
            foreign_keys=tuple(self.foreign_keys),
            checks=self.checks,
            created=self.created,
            whole=self.whole,
            supplied=self.supplied,
            derived=self.derived,
            embedded=self.embedded,
            implicit_primary=self.implicit_primary,
        )


class Builder:
    """The schema while the blocks are being read. ``dialect`` is what the response as a whole speaks of."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.drafts: dict[str, Draft] = {}
        self.queries: list[Query] = []
        self.unread: list[Unread] = []
        self.splits: list[Split] = []
        self.aliases: dict[str, str] = {}
        self.truncated = False
        self.through_models = False

    def table(self, name: str, place: Place, source: str, *, creates: bool = False) -> Draft:
        """Return the draft of a table, made where it is first spoken of.

        A table is the user's only as long as nothing but supplied files speaks of it.
        """
        key = table_key(name)
        key = self.aliases.get(key, key)
        draft = self.drafts.get(key)
        if draft is None:
            draft = Draft(name, place, source)
            if len(self.drafts) < MAX_TABLES:
                self.drafts[key] = draft
            else:
                self.miss(place, "", "more tables than are read")
        supplied = place.block.origin is Origin.SUPPLIED
        if creates and (not draft.created or (draft.supplied and not supplied)):
            draft.created, draft.place, draft.source = True, place, source
            draft.supplied = supplied
        elif not supplied and not draft.created:
            draft.supplied = False
        return draft

    def known(self, name: str) -> Draft | None:
        """Return the draft of a table that was spoken of already."""
        key = table_key(name)
        return self.drafts.get(self.aliases.get(key, key))

    def alias(self, other: str, name: str) -> None:
        """Let a table be found by another name, too."""
        if table_key(other) != table_key(name):
            self.aliases[table_key(other)] = table_key(name)

    def miss(self, place: Place, text: str, what: str) -> None:
        """Note something that could not be read."""
        if len(self.unread) < _MAX_UNREAD:
            self.unread.append(Unread(place, text[:4_000], what))

    def schema(self) -> Schema:
        """Return all that was found."""
        tables = {key: draft.frozen(self.dialect) for key, draft in self.drafts.items()}
        return Schema(
            tables=tuple(tables.values()),
            queries=tuple(self.queries),
            unread=tuple(self.unread),
            splits=tuple(self.splits),
            dialect=self.dialect,
            truncated=self.truncated,
            through_models=self.through_models,
            by_key={**tables, **{alias: tables[key] for alias, key in self.aliases.items() if key in tables}},
        )
