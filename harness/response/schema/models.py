"""Which blocks hold models or migrations of an ORM, and the readers for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from harness.response.block import Block, BlockRole
from harness.response.javascript.scopes import Unit
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.schema.builder import Builder
from harness.response.schema.model import Place
from harness.response.schema.plain import plain_text
from harness.response.schema.trees import tree_of

if TYPE_CHECKING:
    from harness.response.program import Program

__all__ = ["has_models", "queries_models", "read_model_queries", "read_models"]

# A plain word, and the pattern to look for where it stands: looking for words is far cheaper.
_Sign: TypeAlias = tuple[str, re.Pattern[str]]


def _signs(*pairs: tuple[str, str]) -> tuple[_Sign, ...]:
    return tuple((word, re.compile(pattern, re.MULTILINE)) for word, pattern in pairs)


_MODELS = {
    "javascript": _signs(
        ("Schema", r"\bSchema\s*\(|\bEntitySchema\b"),
        ("@Entity", r"@Entity\b"),
        ("Table", r"\b(?:createTable|alterTable)\b|\b(?:pg|mysql|sqlite)Table\s*\("),
        (".table", r"\bknex\b.*\.table\s*\("),
        ("add", r"\badd(?:Index|Column|Constraint)\b"),
        (".define", r"\.define\s*\("),
        (".init", r"\.init\s*\("),
    ),
    "python": _signs(
        ("models.", r"\bmodels\.(?:\w+Field|ForeignKey)\b"),
        ("migrations.", r"\bmigrations\.\w"),
        ("__tablename__", r"__tablename__"),
        ("table=True", r"\btable=True"),
        ("op.", r"\bop\.\w"),
        ("Table(", r"\bTable\("),
    ),
    "php": _signs(("Schema::", r"\bSchema::(?:create|table)\b")),
    "prisma": _signs(("model ", r"^\s*model\s+\w+\s*\{")),
}
# Ways to define tables that no reader knows: what they hold is undecided.
_UNREAD: dict[str, tuple[tuple[_Sign, ...], str]] = {
    "javascript": (
        _signs(
            ("Table", r"\b(?:pg|mysql|sqlite)Table\s*\(|\bnew\s+Table(?:Index)?\s*\(\s*\{"),
            ("EntitySchema", r"\bnew\s+EntitySchema\s*\(\s*\{"),
        ),
        "a schema of Drizzle or TypeORM",
    ),
    "php": (_signs(("ORM", r"#\[ORM\\|@ORM\\")), "an entity of Doctrine"),
    "java": (_signs(("@", r"@(?:Entity|Table)\b")), "an entity of JPA"),
    "kotlin": (_signs(("@", r"@(?:Entity|Table)\b")), "an entity of JPA"),
    "ruby": (
        _signs(("_", r"\bcreate_table\b|\badd_(?:index|reference|foreign_key)\b")),
        "a migration of Rails",
    ),
    "go": (_signs(("gorm", r"\bgorm\.Model\b|`[^`]*\bgorm:")), "a model of GORM"),
    "csharp": (
        _signs(("DbContext", r"\bDbContext\b"), ("migrationBuilder", r"\bmigrationBuilder\b")),
        "a model of Entity Framework",
    ),
    "rust": (_signs(("table!", r"\bdiesel::table!|\btable!\s*\{")), "a schema of Diesel"),
}


# Queries through models. Where the models are not shown, this is all that can be said of them.
_QUERIES = {
    "javascript": _signs(
        ("prisma.", r"\bprisma\.\w+\.(?:find|create|update|delete|upsert|count|aggregate|groupBy)\w*\("),
        (".find", r"\.find(?:All|ByPk|AndCountAll|OneAnd\w+|ById\w*)\("),
        (".countDocuments(", r"\.countDocuments\("),
        (".insertMany(", r"\.insertMany\("),
        (".bulkCreate(", r"\.bulkCreate\("),
        ("knex(", r"\bknex\(\s*['\"]"),
        ("trx(", r"\btrx\(\s*['\"]"),
        ("Repository(", r"\.getRepository\("),
        ("Builder(", r"\.createQueryBuilder\("),
    ),
    "python": _signs(
        (".objects.", r"\.objects\.\w+\("),
        ("session.", r"\bsession\.(?:query|scalars?|get|execute)\("),
    ),
    "php": _signs(
        ("DB::", r"\bDB::(?:table|select|update|delete)\("),
        ("::", r"\b[A-Z]\w+::(?:query|where\w*|find\w*|with)\("),
    ),
}


def _shows(signs: Sequence[_Sign], text: str) -> bool:
    return any(word in text and pattern.search(text) is not None for word, pattern in signs)


def queries_models(block: Block) -> bool:
    """Say whether a block seems to put queries to models, wherever these are defined."""
    return _shows(_QUERIES.get(_family(block), ()), block.text)


def has_models(block: Block) -> bool:
    """Say whether a block may define tables in another way than by SQL."""
    family = _family(block)
    signs, unread = _MODELS.get(family, ()), _UNREAD.get(family)
    if not signs and unread is None:
        return False
    text = plain_text(block)
    return _shows(signs, text) or (unread is not None and _shows(unread[0], text))


def _family(block: Block) -> str:
    return "javascript" if block.language in JAVASCRIPT_FAMILY else block.language


def read_models(builder: Builder, program: Program, blocks: Sequence[Block]) -> None:
    """Take the models and migrations of all blocks into the schema."""
    for block in blocks:
        if block.language == "prisma":
            from harness.response.schema.prisma import read_prisma

            read_prisma(builder, block)
        elif block.language == "python":
            _read_python(builder, program, block)
        elif block.language == "php" and "Schema::" in plain_text(block):
            from harness.response.schema.laravel import read_laravel

            read_laravel(builder, block, *tree_of(program, block))
        _note_unread(builder, block)
    wanted = {block for block in blocks if block.language in JAVASCRIPT_FAMILY}
    if wanted:
        _read_javascript(builder, program, tuple(unit for unit in program.units if unit.block in wanted))


def _note_unread(builder: Builder, block: Block) -> None:
    signs, what = _UNREAD.get(_family(block), ((), ""))
    text = block.text
    found = [match for word, sign in signs if word in text and (match := sign.search(text)) is not None]
    if found:
        first = min(match.start() for match in found)
        builder.miss(Place(block, text.count("\n", 0, first)), "", what)


def _read_python(builder: Builder, program: Program, block: Block) -> None:
    from harness.response.schema.django import read_django
    from harness.response.schema.sqlalchemy import read_sqlalchemy

    root, _ = tree_of(program, block)
    text = plain_text(block)
    if "models." in text or "migrations." in text:
        read_django(builder, block, root)
    read_sqlalchemy(builder, block, root)


def _read_javascript(builder: Builder, program: Program, units: tuple[Unit, ...]) -> None:
    from harness.response.schema.knex import read_knex
    from harness.response.schema.mongoose import MongooseReader
    from harness.response.schema.sequelize import SequelizeReader
    from harness.response.schema.typeorm import read_entities

    resolver = program.resolver
    if any("Schema" in unit.block.text for unit in units):
        MongooseReader(builder, resolver).read(units)
    sequelize = SequelizeReader(builder, resolver)
    for unit in units:
        if "@Entity" in plain_text(unit.block):
            read_entities(builder, resolver, unit)
        read_knex(builder, resolver, unit)
        sequelize.read(unit)


def read_model_queries(builder: Builder, program: Program, blocks: Sequence[Block]) -> None:
    """Take the queries that are put to models into the schema, when all models are known."""
    from harness.response.schema.orm_queries import OrmQueryReader
    from harness.response.schema.python_queries import read_django_queries

    sources = {draft.source for draft in builder.drafts.values()}
    wanted = {block for block in blocks if block.role is not BlockRole.SCRIPT}
    if sources & {"mongoose", "sequelize", "prisma", "knex"}:
        reader = OrmQueryReader(builder, program.resolver)
        for unit in program.units:
            if unit.block in wanted:
                reader.read(unit)
    if "laravel" in sources:
        from harness.response.schema.eloquent import read_eloquent_queries

        for block in wanted:
            if block.language == "php" and "::" in block.text:
                read_eloquent_queries(builder, block, *tree_of(program, block))
    if "django" in sources:
        for block in wanted:
            if block.language == "python" and ".objects" in block.text:
                read_django_queries(builder, block, tree_of(program, block)[0])
