"""Whether an answer keeps data, and where that shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.core.types import Finding
from harness.response.block import Block, BlockRole, Origin
from harness.response.config.model import Place
from harness.response.config.packages import named_packages
from harness.response.flow import expressions as e
from harness.response.flow.build import Flow
from harness.response.flow.statements import Import
from harness.response.flow.walk import walk
from harness.response.program import Program
from harness.response.prose.read import prose_of
from harness.response.prose.sentences import Sentence

__all__ = ["first_persistence"]

_IMAGES = re.compile(
    r"(?:^|/)(?:postgres|postgis|mysql|mariadb|mongo|timescaledb|cockroach|mssql|couchdb|cassandra|influxdb|percona)\b"
)
_MODULES = re.compile(
    r"""^(?:pg|pg-promise|postgres|mysql2?(?:/promise)?|mariadb|mongodb|mongoose|sequelize|typeorm|knex|objection
    |better-sqlite3|sqlite3|@prisma/client|drizzle-orm.*|mikro-orm.*|@nestjs/(?:typeorm|mongoose|sequelize)
    |psycopg2?(?:\..*)?|asyncpg|aiomysql|pymysql|MySQLdb|mysql\.connector|pymongo|motor(?:\..*)?|sqlalchemy(?:\..*)?
    |sqlmodel|flask_sqlalchemy|peewee|tortoise(?:\..*)?|django\.db(?:\..*)?|django\.contrib\.auth\.models
    |Illuminate\\(?:Support\\Facades\\(?:DB|Schema)|Database\\.*)|App\\Models\\.*|Doctrine\\.*)$
    |(?:^|[./\\])(?:db|database|pool|models?|repositor(?:y|ies)|prisma|entities)(?:$|[./\\])""",
    re.VERBOSE,
)
_DRIVERS = re.compile(
    r"^(?:pg|mysql2?|mongoose|mongodb|sequelize|typeorm|knex|better-sqlite3|sqlite3|@prisma/client|psycopg2?(?:-binary)?"
    r"|asyncpg|aiomysql|pymysql|mysqlclient|pymongo|motor|sqlalchemy|sqlmodel|peewee|doctrine/orm|mongodb/mongodb)$"
)
_CONSTRUCTED = frozenset(
    {"PDO", "mysqli", "SQLite3", "Pool", "PrismaClient", "Sequelize", "DataSource", "MongoClient"}
)
# Both are asked in small letters, the words first: a pattern that may begin anywhere is slow.
_HINT_WORDS = (
    "pg mysql maria mongo sequelize typeorm knex sqlite prisma drizzle psycopg asyncpg sqlalchemy sqlmodel "
    "peewee tortoise doctrine pdo django.db illuminate model db database repositor pool"
).split()
_HINT = re.compile(
    r"\b(?:pg|mysql|mysqli|maria|mongo|sequelize|typeorm|knex|sqlite|prisma|drizzle|psycopg|asyncpg|sqlalchemy|"
    r"sqlmodel|peewee|tortoise|doctrine|pdo)|django\.db|illuminate|models?\b|\bdb\b|database|repositor|pool\b"
)
_PRODUCT = re.compile(
    r"(?<!no )(?<!without a )\b(?:PostgreSQL|Postgres|MySQL|MariaDB|MongoDB|SQLite|SQL\s+Server|Oracle|"
    r"Cassandra|DynamoDB|CockroachDB|databases?)\b",
    re.IGNORECASE,
)
_KEPT = frozenset({BlockRole.CODE, BlockRole.SCRIPT, BlockRole.CONFIG, BlockRole.DATA})
_ROLES = frozenset({BlockRole.CODE, BlockRole.SCRIPT})


def first_persistence(program: Program) -> Finding | None:
    """Return the first place at which the answer has a database, or ``None``."""
    return next(_places(program), None)


def _places(program: Program) -> Iterator[Finding]:
    """Yield places, the cheap ones to find first."""
    message = "no backup and no recovery are told for this database"
    for block in program.answered:
        if block.language in {"sql", "prisma"} and block.role in _KEPT and not block.oversized:
            line = _first_line(block)
            if line is not None:
                yield Place(block, line).finding(message)
    for compose in program.config.compose:
        for service in compose.services:
            if not compose.supplied and not service.place.shown_as_wrong and _IMAGES.search(service.image):
                yield service.place.finding(message)
    yield from _in_code(program, message)
    yield from _in_packages(program, message)
    schema = program.schema
    shown = [table.place for table in schema.written]
    shown += [query.place for query in schema.queries if not query.supplied]
    yield from (one.finding(message) for one in shown if one.block.role is not BlockRole.TEST)
    if not any(block.role is BlockRole.CODE for block in program.answered):
        yield from (one.finding(message) for one in _sentences(program) if _PRODUCT.search(one.text))


def _sentences(program: Program) -> tuple[Sentence, ...]:
    return program.once(prose_of).sentences


def _first_line(block: Block) -> int | None:
    """Return the first line that is neither blank nor a comment nor shown as wrong."""
    for number, line in enumerate(block.text.split("\n")[:400]):
        text = line.strip()
        if (
            text
            and not text.startswith(("--", "//", "/*", "*", "#"))
            and number + 1 not in block.counter_lines
        ):
            return number
    return None


def _in_packages(program: Program, message: str) -> Iterator[Finding]:
    for package in named_packages(program.config):
        if not package.place.supplied and not package.place.shown_as_wrong and _DRIVERS.search(package.name):
            yield package.place.finding(message)


def _in_code(program: Program, message: str) -> Iterator[Finding]:
    flow = program.flow
    for block in program.answered:
        if block.role not in _ROLES or block.origin is Origin.SUPPLIED or not _is_hinted(block.text.lower()):
            continue
        unit = flow.unit(block)
        if unit is None:
            continue
        for node in walk(unit.body):
            if _opens(node) and not flow.is_counter_example(unit, node.node):
                yield Flow.finding(unit, node.node, message)


def _is_hinted(lowered: str) -> bool:
    return any(word in lowered for word in _HINT_WORDS) and _HINT.search(lowered) is not None


def _opens(node: object) -> bool:
    """Say whether a node brings a database in."""
    if isinstance(node, Import):
        return any(
            _MODULES.search(name)
            for name in (node.module, *(f"{node.module}\\{one.name}" for one in node.names))
        )
    if isinstance(node, e.Assignment):
        return isinstance(node.target, e.Name) and node.target.name in {
            "DATABASES",
            "SQLALCHEMY_DATABASE_URI",
        }
    if not isinstance(node, e.Call):
        return False
    callee = node.callee
    name = callee.name if isinstance(callee, e.Name | e.Attribute) else ""
    if name in {"require", "import"} and node.arguments:
        first = node.arguments[0].value
        return isinstance(first, e.Constant) and _MODULES.search(str(first.value)) is not None
    return name.lstrip("\\") in _CONSTRUCTED
