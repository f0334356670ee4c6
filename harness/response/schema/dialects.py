"""Which database a response is written for."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.response.schema.model import Dialect

__all__ = ["dialect_of_prose", "dialect_of_sql"]

_SQL_SIGNS: tuple[tuple[Dialect, re.Pattern[str]], ...] = (
    (
        Dialect.MYSQL,
        re.compile(
            r"""\bAUTO_INCREMENT\b|\bENGINE\s*=|\bUNSIGNED\b|`\w+`|\bTINYINT\b|\bMEDIUM(?:INT|TEXT)\b|\bLONGTEXT\b
            |\bDATETIME\b|\bON\s+UPDATE\s+CURRENT_TIMESTAMP|^\s*(?:UNIQUE\s+|FULLTEXT\s+)?(?:KEY|INDEX)\s+\w+\s*\(
            |\bADD\s+(?:UNIQUE\s+)?(?:KEY|INDEX)\b|\bCHARSET\b|\bENUM\s*\(|\bVARBINARY\b|\bDUPLICATE\s+KEY\b""",
            re.IGNORECASE | re.VERBOSE | re.MULTILINE,
        ),
    ),
    (
        Dialect.POSTGRES,
        re.compile(
            r"""\b(?:BIG|SMALL)?SERIAL\b|\bTIMESTAMPTZ\b|\bJSONB\b|\bgen_random_uuid\b|\buuid_generate_v\d
            |\bUUID\b|\bBYTEA\b|\bCREATE\s+(?:EXTENSION|TYPE)\b|\bplpgsql\b|\bCONCURRENTLY\b|\bGENERATED\s+\w+(?:\s+DEFAULT)?
            \s+AS\s+IDENTITY|\bUSING\s+(?:gin|gist|brin|btree|hash)\b|\w\[\]|\bILIKE\b|::\w|\$\d\b|\bCITEXT\b|\bINET\b
            |\bEXCLUDE\s+USING\b|\bALTER\s+TABLE\s+ONLY\b|\bRETURNING\b|\bTIMESTAMP\s+WITH(?:OUT)?\s+TIME\b
            |\bCREATE\s+(?:UNIQUE\s+)?INDEX\b[^;]{0,300}?\)\s*WHERE\b|\bDOUBLE\s+PRECISION\b|\bDEFERRABLE\b
            |\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+ON\b|\bINTERVAL\s+'|\bvarchar\s*[,\n]|\bPARTITION\s+OF\b""",
            re.IGNORECASE | re.VERBOSE,
        ),
    ),
    (
        Dialect.SQLITE,
        re.compile(
            r"\bAUTOINCREMENT\b|\bWITHOUT\s+ROWID\b|\bPRAGMA\b|\)\s*STRICT\b|\bstrftime\(", re.IGNORECASE
        ),
    ),
    (
        Dialect.OTHER,
        re.compile(
            r"\bIDENTITY\s*\(|\bNVARCHAR\b|\bUNIQUEIDENTIFIER\b|\bVARCHAR2\b"
            r"|\bNUMBER\s*\(|\bDATETIME2\b|\bNONCLUSTERED\b",
            re.IGNORECASE,
        ),
    ),
)
_PROSE_SIGNS: tuple[tuple[Dialect, re.Pattern[str]], ...] = (
    (Dialect.MYSQL, re.compile(r"\b(?:maria\s?db|mysql2?|innodb|percona)\b", re.IGNORECASE)),
    (
        Dialect.POSTGRES,
        re.compile(
            r"\b(?:postgres(?:ql)?|psycopg\w*|asyncpg|pg|pg_\w+|psql|supabase|timescaledb)\b", re.IGNORECASE
        ),
    ),
    (Dialect.SQLITE, re.compile(r"\b(?:sqlite3?|better-sqlite3)\b", re.IGNORECASE)),
    (Dialect.OTHER, re.compile(r"\b(?:oracle|sql\s?server|mssql|cockroachdb)\b", re.IGNORECASE)),
)


def dialect_of_sql(text: str) -> Dialect:
    """Return the database that a SQL text is written for, or unknown where it has no sign of one."""
    return _most((dialect, len(signs.findall(text))) for dialect, signs in _SQL_SIGNS)


def dialect_of_prose(text: str) -> Dialect:
    """Return the database that a text names most often, or unknown."""
    return _most((dialect, len(signs.findall(text))) for dialect, signs in _PROSE_SIGNS)


def _most(counted: Iterable[tuple[Dialect, int]]) -> Dialect:
    best, most = Dialect.UNKNOWN, 0
    for dialect, count in counted:
        if count > most:
            best, most = dialect, count
    return best
