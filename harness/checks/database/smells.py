"""Signs that tables are not related or a fact has no place of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.database.lookups import reference_of
from harness.checks.database.outcome import Seen, doubt_about
from harness.response.block import Origin
from harness.response.schema.model import Column, KeyKind, Schema, Table, canonical, singular

__all__ = ["lists", "missing_foreign_keys", "missing_primary_keys", "numbered_columns", "references"]

# What only records may outlive what it names, and is often written without keys.
_RECORDS = re.compile(
    r"(?:^|_)(?:audits?|logs?|history|histories|outbox|inbox|archives?|snapshots?|staging|streams?|metrics"
    r"|[a-z]+_events)(?:_|$)|^event_(?:log|store)",
)
_TEXT_KINDS = frozenset(
    {"text", "varchar", "char", "nvarchar", "nchar", "longtext", "mediumtext", "tinytext", "string"}
)
_LISTED = re.compile(
    r"\b(?:comma|semicolon|pipe|space)[\s-]*(?:separated|delimited)|\bseparated\s+by\s+(?:commas?|semicolons?|pipes?)"
    r"|\bcsv\b",
    re.IGNORECASE,
)
_IDS = re.compile(r"(?P<stem>.+?)_?[iI](?:ds|DS)$")
_ID = re.compile(r"(?P<stem>.+?)(?:_id|Id|ID)$")
_KEY_KINDS = frozenset({"int", "integer", "bigint", "smallint", "ubigint", "uint", "uuid"})
# Ids of what is no table.
_NO_TABLES = frozenset(
    "request trace correlation session external device transaction message event span".split()
)
_NUMBERED = re.compile(r"(?P<base>.*?[A-Za-z])_?(?P<number>[1-9]\d?)$")
# Parts of an address are lines, not values of one kind.
_LINES = frozenset({"line", "addressline", "address", "street", "addr", "sha", "md", "iso", "utf", "ipv"})
_LEAST = 3


def _judged(schema: Schema) -> Iterator[Table]:
    for table in schema.written:
        if table.created and not table.derived:
            yield table


def _is_record(table: Table) -> bool:
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", table.name).lower()
    return _RECORDS.search(snake) is not None


def missing_foreign_keys(schema: Schema) -> Iterator[Seen]:
    """Yield the columns that name a shown table and are no foreign key."""
    shared = _one_database(schema)
    for table in _judged(schema):
        if _is_record(table):
            continue
        keyed = {column for key in table.foreign_keys for column in key.columns}
        for column in table.columns:
            target = reference_of(schema, table, column.name)
            if target is None or column.key in keyed or column.is_list:
                continue
            doubt = doubt_about(schema, table)
            blocks = table.place.block, target.place.block
            if not doubt and blocks[0] is not blocks[1] and not (shared or target.supplied):
                doubt = "the two tables may belong to different databases"
            message = f"{table.name}.{column.name} refers to {target.name} without a foreign key"
            yield Seen(column.place, message, doubt)


def references(schema: Schema) -> Iterator[Seen]:
    """Yield the columns that seem to refer to tables that are not shown and are no foreign keys."""
    for table in _judged(schema):
        for column in table.columns:
            match = _ID.fullmatch(column.name)
            if match is None or _is_record(table) or column.kind not in _KEY_KINDS:
                continue
            if (
                canonical(match["stem"]) not in _NO_TABLES
                and reference_of(schema, table, column.name) is None
            ):
                message = f"{table.name}.{column.name} is named like a reference and is no foreign key"
                yield Seen(column.place, message, "the table that it may refer to is not shown")


def _one_database(schema: Schema) -> bool:
    """Say whether a foreign key leads from one block to another, so that the blocks share a database."""
    for table in schema.written:
        for key in table.foreign_keys:
            target = schema.table(key.target)
            if target is not None and target.created and target.place.block is not table.place.block:
                return True
    return any(table.place.block.origin in {Origin.FILE, Origin.TOOL_CALL} for table in schema.tables)


def missing_primary_keys(schema: Schema, text: str) -> Iterator[Seen]:
    """Yield the tables that neither a primary key nor a unique key tells the rows of apart."""
    if "create_hypertable" in text:
        return
    for table in _judged(schema):
        unique = any(key.kind in {KeyKind.PRIMARY, KeyKind.UNIQUE} for key in table.keys)
        if unique or table.implicit_primary or table.embedded or _is_record(table) or not table.columns:
            continue
        yield Seen(table.place, f"the table {table.name} has no primary key", doubt_about(schema, table))


def lists(schema: Schema) -> Iterator[Seen]:
    """Yield the columns that hold several values in one text, by their names, comments or queries."""
    told: set[tuple[str, str]] = set()
    for table in _judged(schema):
        for column in table.columns:
            ids = _IDS.fullmatch(column.name)
            if column.kind in _TEXT_KINDS and (ids is not None or _says_list(column)):
                told.add((table.key, column.key))
                yield Seen(column.place, f"{table.name}.{column.name} holds a list in a text")
            elif ids is not None and column.is_list and _names_table(schema, ids["stem"]):
                doubt = "whether that is meant is for a judge"
                yield Seen(column.place, f"{table.name}.{column.name} holds a list of references", doubt)
    for split in schema.splits:
        found = schema.table(split.table)
        if found is not None and not found.supplied and (found.key, canonical(split.column)) not in told:
            yield Seen(split.place, f"{found.name}.{split.column} is taken apart as a list")


def _says_list(column: Column) -> bool:
    lines = column.place.block.text.split("\n")
    line = lines[column.place.line] if column.place.line < len(lines) else ""
    return _LISTED.search(line) is not None


def _names_table(schema: Schema, stem: str) -> bool:
    return singular(canonical(stem)) in schema.by_key


def numbered_columns(schema: Schema) -> Iterator[Seen]:
    """Yield the first of three or more columns that differ in a number only."""
    for table in _judged(schema):
        groups: dict[tuple[str, str], list[Column]] = {}
        for column in table.columns:
            match = _NUMBERED.fullmatch(column.name)
            if match is not None and not any(canonical(match["base"]).endswith(word) for word in _LINES):
                groups.setdefault((canonical(match["base"]), column.kind), []).append(column)
        for columns in groups.values():
            if len(columns) >= _LEAST:
                names = f"{columns[0].name} to {columns[-1].name}"
                yield Seen(columns[0].place, f"{table.name} numbers values of one kind: {names}")
