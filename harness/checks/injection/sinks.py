"""The table of calls that hand a text to a database, read once."""

from __future__ import annotations

import re
from functools import cache

from harness.checks.tables import table_beside
from harness.response.record import record

__all__ = ["DATABASE", "Sinks", "sinks_of"]

_FAMILY = {"typescript": "javascript", "tsx": "javascript"}
# How people call what they send statements to.
DATABASE = re.compile(
    r"(?i)(?:cur|cursor|conn|connection|db|dbh|database|pool|client|session|engine|tx|trx|transaction|knex|sequelize|pdo"
    r"|mysqli|link|sql|pg|postgres|mysql|sqlite|oracle|mssql|stmt|repo|repository|manager|em|data_?source|query_?runner"
    r"|wpdb|prisma|orm|dao|store|handle|adapter|spark|duckdb|bq|bigquery|snowflake|c|con|request|req)\w{0,12}\Z"
)


@record
class Sinks:
    """Names of calls; a statement's value is the place of the argument."""

    statements: dict[str, int]
    fragments: dict[str, int]
    conditions: frozenset[str]
    clauses: frozenset[str]
    composers: frozenset[str]
    common: frozenset[str]
    keywords: frozenset[str]
    harmless: frozenset[str]


@cache
def sinks_of(language: str) -> Sinks:
    """Return the calls that matter in a language."""
    loaded = table_beside(__file__, "sinks.yaml")
    family = _FAMILY.get(language, language)

    def words(kind: str) -> list[str]:
        return [word for part in ("all", family) for word in loaded.get(part, {}).get(kind, "").split()]

    statements, fragments = _placed(words("statements")), _placed(words("fragments"))
    return Sinks(
        statements,
        fragments,
        frozenset(words("conditions")),
        frozenset(words("clauses")),
        frozenset(words("composers")),
        frozenset(words("common")),
        frozenset(loaded["keywords"].split()),
        frozenset(loaded["harmless"].split()),
    )


def _placed(words: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        name, _, place = word.partition(":")
        found[name] = int(place or 0)
    return found
