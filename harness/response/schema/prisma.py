"""The schema language of Prisma."""

from __future__ import annotations

import re

from harness.response.block import Block
from harness.response.schema.builder import Builder, Draft
from harness.response.schema.model import Column, Dialect, Key, KeyKind, Place, canonical

__all__ = ["read_prisma"]

_PROVIDERS = {
    "postgresql": Dialect.POSTGRES,
    "postgres": Dialect.POSTGRES,
    "cockroachdb": Dialect.OTHER,
    "mysql": Dialect.MYSQL,
    "sqlite": Dialect.SQLITE,
    "sqlserver": Dialect.OTHER,
    "mongodb": Dialect.MONGO,
}
_PROVIDER = re.compile(r"datasource\s+\w+\s*\{[^}]*?\bprovider\s*=\s*\"(\w+)\"")
_EMULATED = re.compile(r"\brelationMode\s*=\s*\"prisma\"")
_MODEL = re.compile(r"^[ \t]*model\s+(\w+)\s*\{(.*)$")
_FIELD = re.compile(r"^\s*(\w+)\s+(\w+)(?:\([^)]*\))?(\[\])?(\?)?(.*)$")
_LIST = re.compile(r"\[([^\]]*)\]")
_NAME = re.compile(r"\w+")
_RELATION = re.compile(r"@relation\(([^)]*)\)")
_MAP = re.compile(r"@@map\(\s*(?:name:\s*)?\"([^\"]+)\"")


def provider_of(text: str) -> Dialect:
    """Return the database that a Prisma schema names."""
    found = _PROVIDER.search(text)
    return Dialect.UNKNOWN if found is None else _PROVIDERS.get(found[1].lower(), Dialect.OTHER)


def read_prisma(builder: Builder, block: Block) -> None:
    """Take the models of a block into the schema."""
    lines = block.text.split("\n")
    models = {match[1] for line in lines if (match := _MODEL.match(line))}
    dialect = provider_of(block.text) or builder.dialect
    if _EMULATED.search(block.text):
        dialect = Dialect.OTHER  # relations are kept by Prisma: no foreign key, and nobody makes an index
    draft: Draft | None = None
    for number, raw in enumerate(lines):
        line = raw.split("//", 1)[0].rstrip()
        opened = _MODEL.match(line)
        if opened is not None:
            draft = builder.table(opened[1], Place(block, number), "prisma", creates=True)
            draft.dialect = dialect
        elif draft is not None and line.strip().startswith("}"):
            draft = None
        elif draft is not None and line.strip() and number + 1 not in block.counter_lines:
            _line(builder, draft, line, Place(block, number), models)


def _line(builder: Builder, draft: Draft, line: str, place: Place, models: set[str]) -> None:
    stripped = line.strip()
    if stripped.startswith("@@"):
        _attribute(builder, draft, stripped, place)
        return
    field = _FIELD.match(line)
    if field is None:
        if "..." in stripped:
            draft.whole = False
        return
    name, kind, many, optional, rest = field.groups()
    relation = _RELATION.search(rest)
    if relation is not None:
        fields = re.search(r"\bfields:\s*\[([^\]]*)\]", relation[1])
        if fields is not None:
            draft.add_foreign_key(tuple(_NAME.findall(fields[1])), kind, place)
        return
    if kind in models or (many and kind[:1].isupper() and kind not in _SCALARS):
        return
    if "@id" in rest:
        draft.add_key(KeyKind.PRIMARY, (name,), place)
    if re.search(r"(?<!@)@unique\b", rest):
        draft.add_key(KeyKind.UNIQUE, (name,), place)
    written = "varchar" if kind == "String" else kind.lower()
    draft.add_column(
        Column(name, written, place, bool(optional), "@default" in rest, bool(many) or kind == "Json")
    )


_SCALARS = frozenset({"String", "Boolean", "Int", "BigInt", "Float", "Decimal", "DateTime", "Json", "Bytes"})


def _attribute(builder: Builder, draft: Draft, line: str, place: Place) -> None:
    mapped = _MAP.match(line)
    if mapped is not None:
        builder.alias(mapped[1], draft.name)
        return
    kinds = {
        "@@id": KeyKind.PRIMARY,
        "@@unique": KeyKind.UNIQUE,
        "@@index": KeyKind.INDEX,
        "@@fulltext": KeyKind.INDEX,
    }
    kind = kinds.get(line.split("(", 1)[0].strip())
    listed = _LIST.search(line)
    if kind is not None and listed is not None:
        # `title(sort: Desc)` is the column title; `ops: raw("...")` belongs to it, too.
        plain = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", listed[1])
        terms = tuple(canonical(name) for name in _NAME.findall(plain))
        unordered = "@@fulltext" in line or re.search(r"type:\s*(?:Gin|Gist|SpGist|Brin)\b", line) is not None
        draft.keys.append(Key(kind, terms, place, covers_any=unordered))
