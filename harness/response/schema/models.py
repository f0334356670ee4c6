"""Which blocks hold models or migrations of an ORM, and the readers for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

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

_WORDS = {
    "javascript": re.compile(
        r"\bSchema\s*\(|@Entity\b|\b(?:createTable|alterTable|addIndex|addColumn|addConstraint)\b|\.define\s*\("
        r"|\.init\s*\(|\bknex\b.*\.table\s*\(|\b(?:pg|mysql|sqlite)Table\s*\(|\bEntitySchema\b"
    ),
    "python": re.compile(
        r"\bmodels\.\w+Field\b|\bmodels\.ForeignKey\b|\bmigrations\.\w|__tablename__|\btable=True|\bop\.\w|\bTable\("
    ),
    "php": re.compile(r"\bSchema::(?:create|table)\b"),
    "prisma": re.compile(r"^\s*model\s+\w+\s*\{", re.MULTILINE),
}
# Looking for plain words is far cheaper than the patterns, and most blocks have none of them.
_MARKS = (
    *"Schema Entity Table( addIndex addColumn addConstraint .define( .init( .table( models.".split(),
    *"migrations. __tablename__ table=True op. ORM create_table add_ gorm DbContext table!".split(),
    "migrationBuilder",
    "model ",
)
# Ways to define tables that no reader knows: what they hold is undecided.
_UNREAD = {
    "javascript": (
        re.compile(r"\b(?:pg|mysql|sqlite)Table\s*\(|\bnew\s+(?:EntitySchema|Table|TableIndex)\s*\(\s*\{"),
        "a schema of Drizzle or TypeORM",
    ),
    "php": (re.compile(r"#\[ORM\\|@ORM\\"), "an entity of Doctrine"),
    "java": (re.compile(r"@(?:Entity|Table)\b"), "an entity of JPA"),
    "kotlin": (re.compile(r"@(?:Entity|Table)\b"), "an entity of JPA"),
    "ruby": (re.compile(r"\bcreate_table\b|\badd_(?:index|reference|foreign_key)\b"), "a migration of Rails"),
    "go": (re.compile(r"\bgorm\.Model\b|`[^`]*\bgorm:"), "a model of GORM"),
    "csharp": (re.compile(r"\bDbContext\b|\bmigrationBuilder\b"), "a model of Entity Framework"),
    "rust": (re.compile(r"\bdiesel::table!|\btable!\s*\{"), "a schema of Diesel"),
}


# Queries through models. Where the models are not shown, this is all that can be said of them.
_QUERIES = {
    "javascript": re.compile(
        r"\bprisma\.\w+\.(?:find|create|update|delete|upsert|count|aggregate|groupBy)\w*\("
        r"|\.(?:findAll|findByPk|findAndCountAll|findOneAnd\w+|findById\w*|countDocuments|insertMany|bulkCreate)\("
        r"|\b(?:knex|trx)\(\s*['\"]|\.getRepository\(|\.createQueryBuilder\("
    ),
    "python": re.compile(r"\.objects\.\w+\(|\bsession\.(?:query|scalars?|get|execute)\("),
    "php": re.compile(
        r"\bDB::(?:table|select|update|delete)\(|\b[A-Z]\w+::(?:query|where\w*|find\w*|with)\("
    ),
}
_QUERY_MARKS = (
    "prisma. .find .countDoc .insertMany .bulkCreate knex( trx( Repository( Builder( .objects. session. ::"
).split()


def queries_models(block: Block) -> bool:
    """Say whether a block seems to put queries to models, wherever these are defined."""
    if not any(mark in block.text for mark in _QUERY_MARKS):
        return False
    signs = _QUERIES.get(_family(block))
    return signs is not None and signs.search(block.text) is not None


def has_models(block: Block) -> bool:
    """Say whether a block may define tables in another way than by SQL."""
    if not any(mark in block.text for mark in _MARKS):
        return False
    family = _family(block)
    words, unread = _WORDS.get(family), _UNREAD.get(family)
    text = plain_text(block)
    if words is not None and words.search(text):
        return True
    return unread is not None and unread[0].search(text) is not None


def _family(block: Block) -> str:
    return "javascript" if block.language in JAVASCRIPT_FAMILY else block.language


def read_models(builder: Builder, program: Program, blocks: Sequence[Block]) -> None:
    """Take the models and migrations of all blocks into the schema."""
    for block in blocks:
        if block.language == "prisma":
            from harness.response.schema.prisma import read_prisma

            read_prisma(builder, block)
        elif block.language == "python":
            _read_python(builder, block)
        elif block.language == "php" and "Schema::" in plain_text(block):
            from harness.response.schema.laravel import read_laravel

            read_laravel(builder, block, *tree_of(block))
        unread = _UNREAD.get(_family(block))
        found = None if unread is None else unread[0].search(block.text)
        if unread is not None and found is not None:
            builder.miss(Place(block, block.text.count("\n", 0, found.start())), "", unread[1])
    wanted = {block for block in blocks if block.language in JAVASCRIPT_FAMILY}
    if wanted:
        _read_javascript(builder, program, tuple(unit for unit in program.units if unit.block in wanted))


def _read_python(builder: Builder, block: Block) -> None:
    from harness.response.schema.django import read_django
    from harness.response.schema.sqlalchemy import read_sqlalchemy

    root, _ = tree_of(block)
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
                read_eloquent_queries(builder, block, *tree_of(block))
    if "django" in sources:
        for block in wanted:
            if block.language == "python" and ".objects" in block.text:
                read_django_queries(builder, block, tree_of(block)[0])
