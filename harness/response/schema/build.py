"""From a program to its schema: every reader looks at the blocks of its language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.response.block import Block, BlockRole
from harness.response.schema.builder import Builder
from harness.response.schema.dialects import dialect_of_prose, dialect_of_sql
from harness.response.schema.model import Dialect, Schema

if TYPE_CHECKING:
    from harness.response.program import Program

__all__ = ["schema_of"]

_ROLES = frozenset({BlockRole.CODE, BlockRole.SCRIPT, BlockRole.CONFIG})
_SQL_WORDS = re.compile(r"\b(?:CREATE|ALTER|SELECT|UPDATE|DELETE)\b", re.IGNORECASE)


def schema_of(program: Program) -> Schema:
    """Return the tables and queries of a program; one without a database costs next to nothing."""
    blocks = [block for block in program.blocks if block.role in _ROLES and not block.oversized]
    sql = [block for block in blocks if block.language == "sql" and _SQL_WORDS.search(block.text)]
    if not sql:
        return Schema()
    builder = Builder(_dialect_of(program, sql))
    builder.truncated = any(block.truncated for block in sql)
    _read_sql(builder, sql)
    return builder.schema()


def _dialect_of(program: Program, sql: list[Block]) -> Dialect:
    """The response's database: by the signs of its SQL, then by what its text and code name."""
    found = dialect_of_sql("\n".join(block.text for block in sql))
    if found:
        return found
    whole = program.text or "\n".join(block.text for block in program.blocks)
    return dialect_of_prose(whole[:200_000])


def _read_sql(builder: Builder, blocks: list[Block]) -> None:
    # Importing the parser takes longer than reading most answers.
    from harness.response.schema.sql import SqlReader

    reader = SqlReader(builder)
    for block in blocks:
        reader.read(block.text, block, queries=block.role is not BlockRole.SCRIPT)
    reader.finish()
