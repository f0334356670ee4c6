"""Texts with holes as SQL: do they look like a statement, and where in it is a hole?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.response.flow.taint.values import Hole, Value, text_of

__all__ = [
    "has_fixed_text",
    "in_quotes",
    "is_condition",
    "is_identifier",
    "is_sql",
    "is_statement",
    "shape_of",
]

HOLE = "\ue000"
_MAX_SHAPE = 6_000
_MAX_COMMENTS = 20
_NAME = r"[\w\"'`\[\].$\\{}:\ue000-]+"
# A whole statement, beyond doubt: prose has no second keyword in the right place.
_STATEMENT = re.compile(
    rf"""(?:EXPLAIN\s+(?:ANALYZE\s+)?)?(?:
      SELECT\b(?=.{{0,1500}}?\bFROM\b)
    | SELECT\s+(?:\*|COUNT\s*\(|EXISTS\s*\(|\w+\s*\(|\d|@@|DISTINCT\b|TOP\b)
    | INSERT\s+(?:LOW_PRIORITY\s+|DELAYED\s+|IGNORE\s+|OR\s+\w+\s+)*INTO\s+{_NAME}
    | REPLACE\s+INTO\s+{_NAME}
    | UPDATE\s+(?:ONLY\s+|IGNORE\s+)?{_NAME}(?:\s+(?:AS\s+)?\w+)?\s+SET\b
    | DELETE\s+(?:\w+\s+)?FROM\s+{_NAME}
    | MERGE\s+INTO\s | UPSERT\s+INTO\s
    | (?:CREATE|DROP|ALTER)\s+(?:OR\s+REPLACE\s+|TEMP(?:ORARY)?\s+|UNIQUE\s+|MATERIALIZED\s+|GLOBAL\s+)*
      (?:TABLE|DATABASE|SCHEMA|USER|ROLE|INDEX|VIEW|SEQUENCE|TRIGGER|FUNCTION|PROCEDURE|EXTENSION|LOGIN|TYPE)\s
    | TRUNCATE\s+(?:TABLE\s+)?{_NAME}\s*(?:;|\Z|CASCADE|RESTART)
    | WITH\s+(?:RECURSIVE\s+)?{_NAME}\s*(?:\([^)]{{0,200}}\)\s*)?AS\s*\(
    | (?:GRANT|REVOKE)\s+[\w,\s]{{1,80}}\s(?:ON|TO|FROM)\s
    | CALL\s+{_NAME}\s*\( | EXEC(?:UTE)?\s+{_NAME}\s
    | LOCK\s+TABLES?\s | PRAGMA\s+\w+ | ATTACH\s+DATABASE\s | COPY\s+{_NAME}\s+(?:FROM|TO)\s
    | SET\s+(?:SESSION\s+|LOCAL\s+|search_path|ROLE|@)\s* | USE\s+{_NAME}\s*;?\s*\Z
    | SHOW\s+(?:TABLES|COLUMNS|INDEX|CREATE)\b
    | KILL\s+(?:QUERY\s+)?{HOLE} | LISTEN\s+{_NAME} | NOTIFY\s+{_NAME} | VACUUM\s | ANALYZE\s+{_NAME}
    | MATCH\s*\([^)]*\).{{0,800}}?\b(?:RETURN|SET|DELETE|CREATE)\b
    )""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CORE = re.compile(
    r"(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|DROP|ALTER|TRUNCATE|REPLACE|MERGE|EXPLAIN)\b", re.IGNORECASE
)
_SENTENCE = re.compile(
    r"(?:Select|Insert|Update|Delete|Create|Drop|Alter|Truncate|Call|Execute|Copy|Use|Set|Show|With|Merge|Match)\s"
)
# What parts of statements hold: keywords as they are written in capitals, and pairs that prose does not have.
_CAPITALS = re.compile(
    r"""\b(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WHERE|FROM|ORDER[ ]BY|GROUP[ ]BY|HAVING|VALUES|JOIN|LIMIT
    |UNION|CREATE
    |DROP|ALTER
    |TRUNCATE|CALL|EXEC|EXECUTE|PRAGMA|GRANT|REVOKE|DESCRIBE|EXPLAIN|DECLARE|COPY|VACUUM
    |ATTACH|MERGE|ANALYZE|REFRESH|NOTIFY|LISTEN
    |LIKE|ILIKE|BETWEEN|KILL|MATCH|SET[ ]\w+|USE[ ]\S|SHOW[ ]\w+|LOCK[ ]TABLES?
    |(?:AND|OR)[ ][\w."`]+[ ]*(?:[=<>]|LIKE|IN\b|IS\b))""",
    re.VERBOSE,
)
_PAIRS = re.compile(
    r"""\b(?:select\s.{1,300}?\sfrom|select\s+[\w.*`"()]+|insert\s+into|delete\s+from|update\s+\S+\s+set|order\s+by
    |group\s+by|union\s+(?:all\s+)?select
    |values\s*\(|(?:drop|create|alter|truncate)\s+(?:table|database|schema|index|view|user|role)
    |exec\s+\w+|call\s+\w+\s*\(
    |(?:where|and|or)\s+[\w.`"]+\s*(?:=|<|>|!=|like\b|in\b|is\b|between\b)|from\s+[\w.`"]+\s+(?:where|join|order)|pragma\s+\w+|limit\s+)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(
    r"(?:<>|!=|[<>=]|\b(?:LIKE|ILIKE|IN|BETWEEN|IS|REGEXP|RLIKE|MATCH|AND|OR|NOT)\b)", re.IGNORECASE
)
_BEFORE_IDENTIFIER = re.compile(
    r"""(?:\b(?:FROM|JOIN|INTO|UPDATE|TABLE|TABLES|INDEX|VIEW|DATABASE|SCHEMA|ON|BY|EXISTS|TRUNCATE|USE|ONLY|COLUMN|ROLE|USER
    |SELECT|DISTINCT|ASC|DESC|ADD|TO|SEQUENCE|IGNORE|DESCRIBE|AS|COPY|ANALYZE|VACUUM|REFERENCES|LISTEN|NOTIFY|TRIGGER)\s+
    |[`\[.]|["`\]]\.["`\[]?|(?:FROM|JOIN|INTO|UPDATE|TABLE|EXISTS)\s+["'`\[]?[\w.]*["`\[]?|\bINSERT\s+INTO\s+[\w.]+\s*\(
    |\b(?:SELECT|BY)\s[^=<>()']{0,200},\s*|\w\()["\[`]?\Z""",
    re.VERBOSE | re.IGNORECASE,
)


def shape_of(value: Value) -> str:
    """Return a value as text, each hole one character."""
    return _shape(text_of(value))


def _shape(pieces: Iterable[str | Hole]) -> str:
    text = "".join(piece if isinstance(piece, str) else HOLE for piece in pieces)
    return text if len(text) <= _MAX_SHAPE else text[:_MAX_SHAPE]


def has_fixed_text(value: Value) -> bool:
    """Say whether more than holes and blanks is in a text."""
    return any(isinstance(piece, str) and piece.strip() for piece in text_of(value))


def _begin(shape: str) -> str:
    """Return a text without the blanks, brackets and comments before it."""
    for _ in range(_MAX_COMMENTS):
        shape = shape.lstrip(" \t\r\n(")
        if shape.startswith("--"):
            shape = shape.partition("\n")[2]
        elif shape.startswith("/*"):
            shape = shape.partition("*/")[2]
        else:
            break
    return shape


def is_statement(shape: str) -> bool:
    """Say whether a text is a statement beyond doubt, and no sentence for people."""
    shape = _begin(shape)
    if _STATEMENT.match(shape) is None:
        return False
    if not _SENTENCE.match(shape):
        return True
    # "Select an item from the list" against "Select * From users where id = 1".
    return (
        re.search(r"\*|=|\bwhere\b.{0,200}=|\bvalues\s*\(|\(\s*\*", shape, re.IGNORECASE | re.DOTALL)
        is not None
    )


def is_core_statement(shape: str) -> bool:
    """Say whether a text is a statement of a kind that nothing else looks like."""
    return _CORE.match(_begin(shape)) is not None and is_statement(shape)


def is_sql(shape: str) -> bool:
    """Say whether a text that a database gets is made of SQL."""
    return _CAPITALS.search(shape) is not None or _PAIRS.search(shape) is not None


def is_condition(shape: str) -> bool:
    """Say whether a text compares something."""
    return _CONDITION.search(shape) is not None


def in_quotes(before: str) -> bool:
    """Say whether what stands behind a text is within quotes."""
    inside = ""
    position = 0
    while position < len(before):
        character = before[position]
        if character == "\\" and inside:
            position += 1
        elif inside:
            inside = "" if character == inside else inside
        elif character in "'\"":
            inside = character
        position += 1
    return bool(inside)


def is_identifier(before: str) -> bool:
    """Say whether a name (of a table or column) stands behind a text, where no placeholder can."""
    return _BEFORE_IDENTIFIER.search(before[-300:]) is not None and not before.rstrip().endswith("'")
