"""Tables that are built by chains of calls in a callback: Knex in JavaScript, Laravel in PHP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from harness.response.record import record
from harness.response.schema.builder import Draft
from harness.response.schema.model import Column, KeyKind, Place

__all__ = ["Link", "read_chain"]

# An argument: a text, a list of texts, or something else that is written there.
Argument: TypeAlias = "str | tuple[str, ...] | None"


@record
class Link:
    """One call of a chain: its name, its arguments and where it stands."""

    name: str
    arguments: tuple[Argument, ...]
    place: Place


_PRIMARY = frozenset(
    "increments bigIncrements id uuidPrimary mediumIncrements smallIncrements tinyIncrements".split()
)
_INDEXES = {
    "index": KeyKind.INDEX,
    "unique": KeyKind.UNIQUE,
    "primary": KeyKind.PRIMARY,
    "fullText": KeyKind.INDEX,
    "fulltext": KeyKind.INDEX,
    "spatialIndex": KeyKind.INDEX,
}
_NO_COLUMNS = frozenset(
    (
        "dropColumn dropForeign dropIndex dropUnique dropPrimary dropTimestamps renameColumn comment engine "
        "charset collate inherits queryContext softDeletes softDeletesTz rememberToken setNullable "
        "dropNullable dropIfExists dropConstrainedForeignId dropSoftDeletes"
    ).split()
)
_MORPHS = frozenset("morphs nullableMorphs uuidMorphs nullableUuidMorphs ulidMorphs".split())
_FOREIGN = frozenset("foreignId foreignUuid foreignUlid".split())
_STAMPS = frozenset({"timestamps", "timestampsTz", "nullableTimestamps"})
_LISTS = frozenset({"json", "jsonb", "specificType"})
_KINDS = {"string": "varchar", "integer": "int"}


def read_chain(draft: Draft, chain: Sequence[Link], *, nullable: bool) -> None:
    """Take one statement of the callback into a table; ``nullable`` is the default of the builder."""
    if not chain:
        return
    first, rest = chain[0], chain[1:]
    names = _names(first)
    if first.name in _INDEXES:
        draft.add_key(_INDEXES[first.name], names, first.place)
    elif first.name == "foreign":
        draft.add_foreign_key(names, _target(rest, names), first.place)
    elif first.name in _STAMPS:
        for stamp in ("created_at", "updated_at"):
            draft.add_column(Column(stamp, "timestamp", first.place))
    elif first.name in _MORPHS and names:
        pair = (f"{names[0]}_type", f"{names[0]}_id")
        for name in pair:
            draft.add_column(Column(name, "", first.place))
        draft.add_key(KeyKind.INDEX, pair, first.place)
    elif first.name.startswith("check"):
        draft.checks += 1
    elif first.name not in _NO_COLUMNS:
        _column(draft, first, rest, nullable=nullable)


def _names(link: Link) -> tuple[str, ...]:
    if not link.arguments:
        return ()
    first = link.arguments[0]
    return first if isinstance(first, tuple) else (first,) if first else ()


def _column(draft: Draft, first: Link, rest: Sequence[Link], *, nullable: bool) -> None:
    names = _names(first)
    if not names and first.name in _PRIMARY | {"uuid"}:
        names = ("id",)
    if not names:
        return
    name = names[0]
    words = {link.name for link in rest}
    primary = first.name in _PRIMARY or "primary" in words
    may_be_null = (nullable and "notNullable" not in words) or (not nullable and "nullable" in words)
    kind = _KINDS.get(first.name, first.name.lower())
    default = bool(words & {"defaultTo", "default", "useCurrent"})
    draft.add_column(Column(name, kind, first.place, may_be_null and not primary, default, kind in _LISTS))
    if primary:
        draft.add_key(KeyKind.PRIMARY, (name,), first.place)
    for word, kind_of_key in (("unique", KeyKind.UNIQUE), ("index", KeyKind.INDEX)):
        if word in words:
            draft.add_key(kind_of_key, (name,), first.place)
    draft.checks += sum(word.startswith("check") for word in words) + (first.name in {"enum", "enu"})
    if words & {"references", "constrained", "inTable"} or first.name == "foreignIdFor":
        draft.add_foreign_key((name,), _target(rest, names), first.place)


def _target(rest: Sequence[Link], names: tuple[str, ...]) -> str:
    """Return the table that a chain refers to: named by a call, in ``table.column``, or by the column."""
    for link in rest:
        given = _names(link)
        if link.name in {"inTable", "on", "constrained"} and given:
            return given[0]
        if link.name == "references" and given and "." in given[0]:
            return given[0].rsplit(".", 1)[0]
    return names[0].rsplit("_", 1)[0] if names else ""
