"""Calls that reach only what belongs to the caller: ``find({ id, ownerId: req.user.id })``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ast_grep_py import SgNode

from harness.checks.access.kinds import Nature
from harness.checks.access.words import words_of
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, property_name, walk

if TYPE_CHECKING:
    from harness.checks.access.natures import Natures

__all__ = ["reaches_only_own"]

_OWNERS = frozenset({"owner", "user", "author", "customer", "member", "account", "creator", "seller"})
# Below these keys stands what is written, not what is asked for.
_WRITTEN = frozenset({"data", "$set", "create", "update", "values", "set"})
_OWNED_ROWS = re.compile(
    r"\bwhere\b[^;]*\b(?:owner|user|author|customer|member|account|creator|seller)_?id\s*=\s*(?:\$|\?|:|@)",
    re.IGNORECASE | re.DOTALL,
)
_MAX_TEXT = 2_000


def reaches_only_own(natures: Natures, call: SgNode, unit: Unit) -> bool:
    """Say whether a call asks for rows or records by their owner, who is the caller."""
    arguments = arguments_of(call)
    if not arguments:
        return False
    if arguments[0].kind() in {"string", "template_string"}:
        of_caller = any(Nature.IDENTITY in natures.of(argument, unit) for argument in arguments[1:])
        return of_caller and bool(_OWNED_ROWS.search(arguments[0].text()[:_MAX_TEXT]))
    if arguments[0].kind() != "object":
        return False
    return any(_is_owner(natures, part, call, unit) for part in walk(arguments[0], into_functions=False))


def _is_owner(natures: Natures, part: SgNode, call: SgNode, unit: Unit) -> bool:
    if part.kind() != "pair" or not set(words_of(property_name(part.field("key")) or "")) & _OWNERS:
        return False
    value = part.field("value")
    if value is None or Nature.IDENTITY not in natures.of(value, unit):
        return False
    for up in part.ancestors():
        if up == call:
            break
        if up.kind() == "pair" and property_name(up.field("key")) in _WRITTEN:
            return False
    return True
