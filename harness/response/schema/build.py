"""From a program to its schema: every reader looks at the blocks of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from ast_grep_py import SgNode

from harness.response.block import Block, BlockRole, Origin
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.values import Literal
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.schema.builder import Builder
from harness.response.schema.dialects import dialect_of_prose, dialect_of_sql
from harness.response.schema.embedded import has_sql, sql_strings
from harness.response.schema.model import Dialect, Schema
from harness.response.schema.models import has_models, queries_models, read_model_queries, read_models
from harness.response.schema.statements import SqlText
from harness.response.schema.trees import tree_of

if TYPE_CHECKING:
    from harness.response.program import Program

__all__ = ["schema_of"]

_ROLES = frozenset({BlockRole.CODE, BlockRole.SCRIPT, BlockRole.CONFIG})
_SQL_WORDS = re.compile(r"\b(?:CREATE|ALTER|SELECT|UPDATE|DELETE)\b", re.IGNORECASE)


def schema_of(program: Program) -> Schema:
    """Return the tables and queries of a program; one without a database costs next to nothing."""
    blocks = [block for block in program.blocks if _counts(block)]
    sources = [*_sql_blocks(blocks), *_strings_of_units(program, blocks), *_strings_of_trees(program, blocks)]
    models = [block for block in blocks if has_models(block)]
    through_models = any(queries_models(block) for block in blocks if block.origin is not Origin.SUPPLIED)
    if not sources and not models:
        return Schema(through_models=through_models)
    builder = Builder(_dialect_of(program, sources))
    builder.through_models = through_models
    defining = {block for block, text in sources if block.language == "sql" or "create" in text.text.lower()}
    builder.truncated = any(block.truncated for block in defining | set(models))
    read_models(builder, program, models)
    read_model_queries(builder, program, blocks)
    if sources:
        _read_sql(builder, sources)
    return builder.schema()


def _counts(block: Block) -> bool:
    return block.role in _ROLES and not block.oversized


# A block and a SQL text in it.
_Source: TypeAlias = tuple[Block, SqlText]


def _sql_blocks(blocks: Sequence[Block]) -> Iterator[_Source]:
    for block in blocks:
        if block.language == "sql" and _SQL_WORDS.search(block.text):
            yield block, SqlText([(block.text, 0)])


def _strings_of_units(program: Program, blocks: Sequence[Block]) -> Iterator[_Source]:
    """Yield the SQL in strings of JavaScript and TypeScript, constants put in."""
    wanted = {block for block in blocks if block.language in JAVASCRIPT_FAMILY and has_sql(block.text)}
    if not wanted:
        return
    for unit in program.units:
        if unit.block in wanted:
            constant = partial(_constant, program.resolver, unit)
            for text in sql_strings(unit.root, "javascript", constant):
                yield unit.block, text


def _strings_of_trees(program: Program, blocks: Sequence[Block]) -> Iterator[_Source]:
    for block in blocks:
        if block.language in {"python", "php"} and has_sql(block.text):
            root, shift = tree_of(program, block)
            for text in sql_strings(root, block.language, shift=shift):
                yield block, text


def _constant(resolver: Resolver, unit: Unit, node: SgNode) -> str | None:
    value = resolver.resolve(node, unit)
    return value.value if isinstance(value, Literal) and isinstance(value.value, str) else None


def _dialect_of(program: Program, sources: Sequence[_Source]) -> Dialect:
    """The response's database: by the signs of its definitions, by what it names, by those of its queries."""
    texts = [source.text for _, source in sources]
    definitions = "\n".join(text for text in texts if "create" in text.lower())
    whole = program.text or "\n".join(block.text for block in program.blocks)
    return (
        dialect_of_sql(definitions) or dialect_of_prose(whole[:200_000]) or dialect_of_sql("\n".join(texts))
    )


def _read_sql(builder: Builder, sources: Sequence[_Source]) -> None:
    # Importing the parser takes longer than reading most answers.
    from harness.response.schema.sql import SqlReader

    reader = SqlReader(builder)
    for block, source in sources:
        reader.read(source, block, queries=block.role is not BlockRole.SCRIPT)
    reader.finish()
