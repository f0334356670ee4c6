"""Which database a response is written for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from harness.response.schema.model import Dialect

__all__ = ["dialect_of_prose", "dialect_of_sql"]

# Words that only one database knows. Looking words up is far cheaper than searching for patterns.
_WORDS = {
    Dialect.MYSQL: frozenset(
        (
            "AUTO_INCREMENT UNSIGNED TINYINT MEDIUMINT MEDIUMTEXT LONGTEXT DATETIME CHARSET VARBINARY INNODB "
            "UTF8MB4 FIND_IN_SET"
        ).split()
    ),
    Dialect.POSTGRES: frozenset(
        (
            "SERIAL BIGSERIAL SMALLSERIAL TIMESTAMPTZ JSONB GEN_RANDOM_UUID UUID_GENERATE_V4 UUIDV7 UUID "
            "BYTEA EXTENSION PLPGSQL CONCURRENTLY GIN GIST BRIN ILIKE CITEXT INET EXCLUDE RETURNING "
            "DEFERRABLE TSVECTOR TSTZRANGE TSRANGE DATERANGE INT4RANGE TO_TSVECTOR GIN_TRGM_OPS LATERAL"
        ).split()
    ),
    Dialect.SQLITE: frozenset("AUTOINCREMENT ROWID PRAGMA STRFTIME".split()),
    Dialect.OTHER: frozenset("NVARCHAR UNIQUEIDENTIFIER VARCHAR2 DATETIME2 NONCLUSTERED NVARCHAR2".split()),
}
_PHRASES = {
    Dialect.MYSQL: ("`", "ON UPDATE CURRENT_TIMESTAMP", "DUPLICATE KEY", "ENGINE=", "ENGINE =", "ENUM("),
    Dialect.POSTGRES: (
        "::", "$1", "[]", "DOUBLE PRECISION", "TIMESTAMP WITH", "INTERVAL '", "PARTITION OF", "TABLE ONLY",
        "AS IDENTITY", "INDEX ON ", "CREATE TYPE",
    ),
    Dialect.SQLITE: (") STRICT",),
    Dialect.OTHER: ("IDENTITY(",),
}  # fmt: skip
_INLINE_KEY = re.compile(r"^\s*(?:UNIQUE\s+|FULLTEXT\s+|ADD\s+)?(?:KEY|INDEX)\s+`?\w+`?\s*\(", re.MULTILINE)
_PARTIAL = re.compile(r"\bINDEX\b[^;]{0,300}?\)\s*WHERE\b")
_WORD = re.compile(r"\w+")
# Each with plain words of which a text that has any sign has at least one.
_PROSE_SIGNS: tuple[tuple[Dialect, str, re.Pattern[str]], ...] = (
    (
        Dialect.MYSQL,
        "maria mysql innodb percona",
        re.compile(r"\b(?:maria\s?db|mysql2?|innodb|percona)\b", re.IGNORECASE),
    ),
    (
        Dialect.POSTGRES,
        "postgres pg psql supabase timescaledb",
        re.compile(
            r"\b(?:postgres(?:ql)?|psycopg\w*|asyncpg|pg|pg_\w+|psql|supabase|timescaledb)\b", re.IGNORECASE
        ),
    ),
    (Dialect.SQLITE, "sqlite", re.compile(r"\b(?:sqlite3?|better-sqlite3)\b", re.IGNORECASE)),
    (
        Dialect.OTHER,
        "oracle sql cockroachdb",
        re.compile(r"\b(?:oracle|sql\s?server|mssql|cockroachdb)\b", re.IGNORECASE),
    ),
)


@lru_cache(maxsize=256)
def dialect_of_sql(text: str) -> Dialect:
    """Return the database that a SQL text is written for, or unknown where it has no sign of one."""
    upper = text.upper()
    words = set(_WORD.findall(upper))
    counts = {
        dialect: len(words & signs) + sum(phrase in upper for phrase in _PHRASES[dialect])
        for dialect, signs in _WORDS.items()
    }
    counts[Dialect.MYSQL] += _INLINE_KEY.search(upper) is not None
    counts[Dialect.POSTGRES] += "WHERE" in words and "INDEX" in words and _PARTIAL.search(upper) is not None
    return _most(counts.items())


def dialect_of_prose(text: str) -> Dialect:
    """Return the database that a text names most often, or unknown."""
    small = text.lower()
    return _most(
        (dialect, len(signs.findall(text)))
        for dialect, words, signs in _PROSE_SIGNS
        if any(word in small for word in words.split())
    )


def _most(counted: Iterable[tuple[Dialect, int]]) -> Dialect:
    best, most = Dialect.UNKNOWN, 0
    for dialect, count in counted:
        if count > most:
            best, most = dialect, count
    return best
