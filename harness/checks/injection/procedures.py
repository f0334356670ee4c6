"""Statements that SQL itself puts together: EXECUTE in PL/pgSQL, PREPARE in MySQL and MariaDB."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.response.block import Block
from harness.response.record import record

__all__ = ["DynamicStatement", "dynamic_statements"]

_MAX_BLOCK = 200_000
_MAX_EXPRESSION = 4_000
_MENTION = re.compile(r"\b(?:EXECUTE|PREPARE)\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_EXECUTE = re.compile(
    r"\bEXECUTE\s+(?!FUNCTION\b|PROCEDURE\b|ON\b|IMMEDIATE\s+@|\w+\s*\(\s*\)\s*;)(?:IMMEDIATE\s+)?(?P<what>(?:(?>'(?:[^']|'')*')|[^;'])+?)"
    r"(?=\s*(?:;|\bUSING\b|\bINTO\b|\bLOOP\b))",
    re.IGNORECASE,
)
_PREPARE = re.compile(r"\bPREPARE\s+\w+\s+FROM\s+(?P<what>@?\w+)", re.IGNORECASE)
_ASSIGNED = r"(?:\bSET\s+)?{name}\s*:?=\s*(?P<what>(?:(?>'(?:[^']|'')*')|[^;'])+?);"
_OPERAND = re.compile(r"'(?:[^']|'')*'|[\w@.\"]+\s*\(|::\s*\w+|\|\||[(),+]|[\w@.\"]+")
_QUOTING = frozenset({"quote_ident", "quote_literal", "quote_nullable", "quote", "quotename", "format"})
_PLAIN_TYPE = re.compile(
    r"(?i)\s*(?:IN\s+|OUT\s+)?(?:small|big|medium|tiny)?(?:int\w*|serial)\b"
    r"|\s*(?:numeric|decimal|real|double|float|bool\w*|uuid|date|timestamp\w*|reg\w+|interval|oid)\b"
)
_WORDS = frozenset(
    "and or not null true false case when then else end as from select where in is cast concat "
    "concat_ws coalesce "
    "lower upper trim text varchar char current_schema current_user now array_to_string string_agg".split()
)


@record
class DynamicStatement:
    """A statement that SQL runs from a text: its line (from 1), and what is joined to it unquoted."""

    line: int
    joined: str


def dynamic_statements(block: Block) -> Iterator[DynamicStatement]:
    """Yield statements that a block of SQL runs from a text; ``joined`` is empty where they are safe."""
    if block.language != "sql" or len(block.text) > _MAX_BLOCK or _MENTION.search(block.text) is None:
        return
    text = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), block.text)
    for pattern in (_EXECUTE, _PREPARE):
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield DynamicStatement(line, _joined(text, found["what"], 0))


def _joined(text: str, what: str, depth: int) -> str:
    """Return the first operand that is put into a statement as it is."""
    what = what[:_MAX_EXPRESSION]
    bare = what.strip().strip("()").strip()
    if re.fullmatch(r"@?\w+", bare):
        if depth > 3:
            return ""
        pattern = re.compile(_ASSIGNED.format(name=re.escape(bare)), re.IGNORECASE)
        return next(
            (bad for one in pattern.finditer(text) if (bad := _joined(text, one["what"], depth + 1))), ""
        )
    if re.match(r"(?i)format\s*\(", what.strip()):
        return _formatted(text, what)
    if "||" not in what and "concat" not in what.lower():
        return ""
    return _unquoted(text, what)


def _formatted(text: str, what: str) -> str:
    template = re.search(r"'((?:[^']|'')*)'", what)
    if template is None:
        return ""
    kinds = re.findall(r"%(?:\d+\$)?([sIL])", template[1])
    arguments = [part.strip() for part in what[template.end() :].strip(" ,)\n").split(",")]
    for kind, argument in zip(kinds, arguments, strict=False):
        if kind == "s" and re.fullmatch(r"[\w@.]+", argument) and not _is_plain(text, argument):
            return argument
    return ""


def _unquoted(text: str, what: str) -> str:
    quoting = 0
    depth = 0
    levels: list[int] = []
    operands = [found[0] for found in _OPERAND.finditer(what)]
    for place, operand in enumerate(operands):
        if operand.endswith("("):
            depth += 1
            if operand[:-1].strip().lower() in _QUOTING:
                levels.append(depth)
                quoting += 1
        elif operand == ")":
            if levels and levels[-1] == depth:
                levels.pop()
                quoting -= 1
            depth -= 1
        elif not quoting and re.fullmatch(r"@?[A-Za-z_][\w.]*", operand) and operand.lower() not in _WORDS:
            cast = operands[place + 1] if place + 1 < len(operands) else ""
            if not (cast.startswith("::") and _PLAIN_TYPE.match(cast[2:])) and not _is_plain(text, operand):
                return operand
    return ""


def _is_plain(text: str, name: str) -> bool:
    """Say whether a variable is declared with a type that leaves no room for SQL, or is a constant."""
    if name.upper().startswith("TG_"):
        return True
    pattern = re.compile(rf"(?i)(?<![\w.@]){re.escape(name)}\s+((?:CONSTANT\s+)?\w[\w ]*)")
    for found in pattern.finditer(text):
        if _PLAIN_TYPE.match(found[1]):
            return True
    constant = re.compile(rf"(?i)\b{re.escape(name)}\s+(?:CONSTANT\s+)?\w+\s*:?=\s*'(?:[^']|'')*'\s*;")
    loop = re.compile(rf"(?i)\bFOR(?:EACH)?\s+{re.escape(name)}\s+IN\b|\bFOREACH\s+{re.escape(name)}\s")
    return constant.search(text) is not None or loop.search(text) is not None or "." in name
