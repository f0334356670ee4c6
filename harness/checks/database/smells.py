"""Signs that tables are not related or a fact has no place of its own."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from functools import lru_cache

from harness.checks.database.lookups import KEY_KINDS, reference_of
from harness.checks.database.outcome import Seen, doubt_about
from harness.response.block import Origin
from harness.response.schema.model import Column, KeyKind, Schema, Table, canonical, singular

__all__ = [
    "lists",
    "missing_foreign_keys",
    "missing_primary_keys",
    "numbered_columns",
    "references",
    "unrelated_parents",
    "whole_records",
]

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
# Ids of what is no table.
_NO_TABLES = frozenset(
    "request trace correlation session external device transaction message event span".split()
)
_NUMBERED = re.compile(r"(?P<base>.*?[A-Za-z])_?(?P<number>[1-9]\d?)$")
_TECHNICAL = re.compile(r"id|uuid|version|created(?:at|on)?|updated(?:at|on)?|deletedat|timestamp|date")
_WHOLE = re.compile(r"data|details?|info|attributes|content|blob|document|doc|record|body|json|fields")
_DOCUMENTS = re.compile(
    r"document|setting|config|cache|session|job|queue|webhook|message|event|draft|template|state|feature|flag|"
    r"preference|raw|import|response|request|idempot"
)
# Texts of such a name hold several things.
_PLURALS = frozenset(
    (
        "tags categories keywords skills emails phones phonenumbers participants attendees items products "
        "ingredients genres roles permissions interests hobbies features members"
    ).split()
)
_SEVERAL = re.compile(
    r"micro-?services?|(?:own|separate|different|another|several|other)\s+(?:databases?|services?|schemas?)|"
    r"(?:databases?|schemas?)\s+(?:per|of\s+(?:each|another|the\s+\w+))\s*service|bounded\s+context|"
    r"without\s+(?:a\s+)?foreign\s+keys?|\bshard|"
    r"(?:lives?|belongs?|kept|managed|owned)\s+(?:in|to|by)\s+(?:the|an?)\s+[\w-]+\s+service",
    re.IGNORECASE,
)
_SERVICE_HEADING = re.compile(r"^#{1,6} [^\n]{0,80}\bservices?\b", re.IGNORECASE | re.MULTILINE)
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


def missing_foreign_keys(schema: Schema, text: str) -> Iterator[Seen]:
    """Yield the columns that name a shown table and are no foreign key.

    Args:
        schema: the schema of the answer.
        text: the answer, which may say that its tables lie in several databases.
    """
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
            apart = blocks[0] is not blocks[1] and not (shared or target.supplied)
            if not doubt and apart and _speaks_of_several(text):
                doubt = "the two tables may belong to different databases"
            message = f"{table.name}.{column.name} refers to {target.name} without a foreign key"
            yield Seen(column.place, message, doubt)


@lru_cache(maxsize=8)
def _speaks_of_several(text: str) -> bool:
    """Say whether an answer is about more than one service or database."""
    return _SEVERAL.search(text) is not None or len(_SERVICE_HEADING.findall(text)) > 1


def references(schema: Schema, text: str) -> Iterator[Seen]:
    """Yield the columns that seem to refer to tables that are not shown and are no foreign keys.

    One may name something of another system. Two in a table that has no foreign key at all are relations
    that were not made, unless the answer speaks of several services or databases.
    """
    for table in _judged(schema):
        found = list(_references_of(schema, table))
        firm = len(found) > 1 and not table.foreign_keys and not doubt_about(schema, table)
        for one in found:
            yield dataclasses.replace(one, doubt="") if firm and not _speaks_of_several(text) else one


def _references_of(schema: Schema, table: Table) -> Iterator[Seen]:
    own = {column for key in table.foreign_keys for column in key.columns}
    own |= {key.terms[0] for key in table.keys if key.kind is KeyKind.PRIMARY and len(key.terms) == 1}
    for column in table.columns:
        match = _ID.fullmatch(column.name)
        if match is None or _is_record(table) or column.kind not in KEY_KINDS:
            continue
        if column.key in own or "references" in _line_of(column).lower():
            continue
        if canonical(match["stem"]) not in _NO_TABLES and reference_of(schema, table, column.name) is None:
            message = f"{table.name}.{column.name} is named like a reference and is no foreign key"
            yield Seen(column.place, message, "the table that it may refer to is not shown")


def unrelated_parents(schema: Schema) -> Iterator[Seen]:
    """Yield the columns that name another row of their own table and are no foreign key."""
    for table in _judged(schema):
        keyed = {column for key in table.foreign_keys for column in key.columns}
        for column in table.columns:
            is_parent = canonical(column.name) in {"parentid", f"parent{table.key}id"}
            if is_parent and column.kind in KEY_KINDS and column.key not in keyed and not _is_record(table):
                message = f"{table.name}.{column.name} refers to its own table without a foreign key"
                yield Seen(column.place, message, doubt_about(schema, table))


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
            if column.kind in _TEXT_KINDS and (ids is not None or _says_list(column) or _is_plural(column)):
                told.add((table.key, column.key))
                yield Seen(column.place, f"{table.name}.{column.name} holds a list in a text")
            elif ids is not None and column.is_list and _names_table(schema, ids["stem"]):
                doubt = "" if "json" in column.kind else "whether that is meant is for a judge"
                yield Seen(column.place, f"{table.name}.{column.name} holds a list of references", doubt)
    for split in schema.splits:
        found = schema.table(split.table)
        if found is not None and not found.supplied and (found.key, canonical(split.column)) not in told:
            yield Seen(split.place, f"{found.name}.{split.column} is taken apart as a list")


def _is_plural(column: Column) -> bool:
    return canonical(column.name) in _PLURALS


def _says_list(column: Column) -> bool:
    return _LISTED.search(_line_of(column)) is not None


@lru_cache(maxsize=8)
def _lines(text: str) -> list[str]:
    return text.split("\n")


def _line_of(column: Column) -> str:
    lines = _lines(column.place.block.text)
    return lines[column.place.line] if column.place.line < len(lines) else ""


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


def whole_records(schema: Schema) -> Iterator[Seen]:
    """Yield the tables that keep whole records in one document: no column but that one says anything."""
    for table in _judged(schema):
        if _is_record(table) or table.foreign_keys or _DOCUMENTS.search(canonical(table.name)):
            continue
        telling = [one for one in table.columns if not _TECHNICAL.fullmatch(canonical(one.name))]
        if len(telling) == 1 and "json" in telling[0].kind and _WHOLE.fullmatch(canonical(telling[0].name)):
            message = f"{table.name} keeps whole records in {telling[0].name}, where nothing can be related"
            yield Seen(telling[0].place, message, doubt_about(schema, table))
