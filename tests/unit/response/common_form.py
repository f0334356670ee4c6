"""Writes the common form as short text, for tests to compare with."""

from __future__ import annotations

import importlib
from dataclasses import fields

from harness.response.block import Block, BlockRole
from harness.response.flow.statements import Unit

_SAID = frozenset(
    "default annotation rest spread decorators owner is_method is_async is_static is_abstract is_arrow "
    "captures "
    "declares accessor is_new kind otherwise final".split()
)


def unit_of(text: str, language: str) -> Unit:
    """Read a text in a language."""
    module = importlib.import_module(f"harness.response.flow.{language}")
    block = Block(1, language, BlockRole.CODE, text, 1)
    unit: Unit = module.lower(block, module.parse(block))
    return unit


def form_of(text: str, language: str) -> str:
    """Read a text and write the statements one after the other."""
    return " ".join(written(statement) for statement in unit_of(text, language).body)


def written(part: object) -> str:
    """Write one part; what is empty or false is left out."""
    if isinstance(part, tuple):
        return f"({' '.join(written(one) for one in part)})"
    if isinstance(part, str | int | float) or part is None:
        return repr(part)
    kind = type(part).__name__
    if kind in {"Name", "Constant"}:
        return part.name if kind == "Name" else repr(part.value)  # type: ignore[attr-defined]
    said = [
        f"{one.name}={written(value)}" if one.name in _SAID else written(value)
        for one in fields(part)  # type: ignore[arg-type]
        if one.name != "node" and (value := getattr(part, one.name)) not in ("", (), False, None)
    ]
    return f"{kind}[{', '.join(said)}]"
