"""Triggers that write an audit trail, as far as they are attached to a table."""

from __future__ import annotations

import re

from harness.checks.audit.terms import AUDIT, TRAILS
from harness.core.types import Finding
from harness.response.block import Origin
from harness.response.flow.expressions import Constant, Text
from harness.response.program import Program
from harness.response.schema.model import Place

__all__ = ["attached_triggers", "loose_function"]

MAX_SQL = 60_000
_SQL = frozenset({"sql", "plpgsql", "mysql", "postgresql"})
_RETURNS = re.compile(r"\breturns\s+trigger\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.{0,4000}?\*/", re.DOTALL)
_TRIGGER = re.compile(
    r"\bcreate\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger\s+([\w.\"`]{1,100})", re.IGNORECASE
)
_RUNS = re.compile(r"\bexecute\s+(?:function|procedure)\s+([\w.\"]{1,100})", re.IGNORECASE)
_FUNCTION = re.compile(
    r"\bcreate\s+(?:or\s+replace\s+)?(?:function|procedure)\s+([\w.\"]{1,100})", re.IGNORECASE
)
_INSERT = re.compile(r"\binsert\s+into\s+([\w.\"`]{1,100})", re.IGNORECASE)
_OTHER = re.compile(
    r"pgaudit\.log|create\s+extension[^;]{0,40}pgaudit|with\s*\(?\s*system_versioning|add\s+system\s+versioning",
    re.IGNORECASE,
)


def attached_triggers(program: Program) -> bool:
    """Say whether a trigger that records changes is created on a table."""
    whole = program.once(_sql)
    small = whole.lower()
    versioned = ("pgaudit" in small or "versioning" in small) and _OTHER.search(whole) is not None
    return versioned or ("trigger" in small and _records(whole))


def loose_function(program: Program) -> Finding | None:
    """Return the function of a trigger that would record changes, where no trigger runs it."""
    if _TRIGGER.search(program.once(_sql)):
        return None
    for block in program.blocks:
        if block.language not in _SQL or block.origin is Origin.SUPPLIED:
            continue
        if "trigger" not in block.text.lower():
            continue  # what returns one is its function
        for match in _FUNCTION.finditer(block.text[:MAX_SQL]):
            body = block.text[match.end() : match.end() + 4_000]
            if _RETURNS.search(body) and _writes(body):
                name = _plain(match[1])
                message = (
                    f"the function {name[:60]} records changes, and no trigger runs it: nothing is recorded"
                )
                return Place(block, block.text.count("\n", 0, match.start())).finding(message)
    return None


def _sql(program: Program) -> str:
    """Return all SQL of an answer without its comments, that in code included."""
    texts = [block.text for block in program.blocks if block.language in _SQL]
    for unit in program.flow.units:
        if "trigger" in unit.block.text.lower():
            texts += [
                str(one.value)
                for one in program.flow.names.nodes(unit, Constant)
                if isinstance(one.value, str)
            ]
            for text in program.flow.names.nodes(unit, Text):
                texts.append(
                    "".join(str(one.value) if isinstance(one, Constant) else "x" for one in text.parts)
                )
    return _COMMENT.sub(" ", "\n".join(texts)[:MAX_SQL])


def _records(sql: str) -> bool:
    writing = set()
    for match in _FUNCTION.finditer(sql):
        following = _FUNCTION.search(sql, match.end())
        body = sql[match.end() : following.start() if following else len(sql)]
        if _writes(body):
            writing.add(_plain(match[1]))
    defined = {_plain(match[1]) for match in _FUNCTION.finditer(sql)}
    for match in _TRIGGER.finditer(sql):
        following = _TRIGGER.search(sql, match.end())
        body = sql[match.end() : following.start() if following else len(sql)]
        runs = _RUNS.search(body)
        if runs is None:
            if _writes(body):
                return True
        elif _plain(runs[1]) in writing or (_plain(runs[1]) not in defined and AUDIT.search(runs[1])):
            return True
    return False


def _writes(body: str) -> bool:
    return any(TRAILS.search(_plain(match[1])) for match in _INSERT.finditer(body))


def _plain(name: str) -> str:
    return name.replace('"', "").replace("`", "").rpartition(".")[2]
