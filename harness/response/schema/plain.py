"""Blocks with the names that their imports have outside: ``from sqlalchemy import Index as Ix`` put back.

The readers of models know decorators, constructors and base classes by the names that the libraries give
them. Names stay on their lines, so that every place holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from ast_grep_py import SgNode, SgRoot

from harness.response.block import Block
from harness.response.javascript.scopes import Unit
from harness.response.languages import JAVASCRIPT_FAMILY

__all__ = ["outside_names_of", "plain_text"]

_ALIASED = {
    "python": re.compile(r"\bimport\b(?:[^\n(]{0,500}|\s{0,10}\([^)]{0,2000})\bas\b"),
    "php": re.compile(r"\buse\s[^;]{0,1000}\sas\s"),
    **dict.fromkeys(JAVASCRIPT_FAMILY, re.compile(r"\bimport\s[^;'\"]{0,2000}\bas\b")),
}
# `const { Schema: Shape } = require('mongoose')`
_REQUIRED = re.compile(r"\}\s{0,9}=\s{0,9}(?:await\s{1,9})?(?:require|import)\s?\(")
_IMPORTS = {
    "python": "aliased_import",
    "php": "namespace_use_clause",
    **dict.fromkeys(JAVASCRIPT_FAMILY, "import_specifier"),
}
_NAMES = {
    "python": ("identifier",),
    "php": ("name",),
    **dict.fromkeys(JAVASCRIPT_FAMILY, ("identifier", "type_identifier")),
    "javascript": ("identifier",),  # its grammar has no types, and an unknown kind is an error
}
# Where a name is that of a member or a keyword, not of what was imported.
_MEMBERS = {"attribute": "attribute", "keyword_argument": "name"} | dict.fromkeys(
    (
        "member_call_expression scoped_call_expression member_access_expression method_declaration "
        "nullsafe_member_call_expression named_argument"
    ).split(),
    "name",
)


def plain_text(block: Block) -> str:
    """Return the text of a block with imported things called what they are called outside."""
    signs, text = _ALIASED.get(block.language), block.text
    if signs is None or block.oversized:
        return text
    is_aliased = " as " in text and signs.search(text) is not None
    if not is_aliased and block.language in JAVASCRIPT_FAMILY and "} =" in text:
        is_aliased = any(
            ":" in text[text.rfind("{", 0, found.start()) : found.start()]
            for found in _REQUIRED.finditer(text)
        )
    return _plain(text, block.language) if is_aliased else text


@lru_cache(maxsize=64)
def _plain(text: str, language: str) -> str:
    opening = "<?php " if language == "php" and "<?" not in text else ""
    root = SgRoot(opening + text, language).root()
    outside = _outside(root.find_all(kind=_IMPORTS[language]))
    if language in JAVASCRIPT_FAMILY:
        outside |= _outside(_required_parts(root))
    if not outside:
        return text
    edits = [
        node.replace(outside[node.text()])
        for kind in _NAMES[language]
        for node in root.find_all(kind=kind)
        if node.text() in outside and not _is_other(node, _IMPORTS[language])
    ]
    return root.commit_edits(edits).removeprefix(opening)


def outside_names_of(unit: Unit) -> dict[str, str]:
    """Return what imports of a unit are called outside, by the names that they have here."""
    imported = [node for made in unit.imports for node in made.find_all(kind="import_specifier")]
    required = _required_parts(unit.root) if _REQUIRED.search(unit.block.text) else ()
    return _outside((*imported, *required))


def _outside(parts: Iterable[SgNode]) -> dict[str, str]:
    return {alias: name for alias, name in map(_pair, parts) if alias != name}


def _required_parts(root: SgNode) -> Iterator[SgNode]:
    for node in root.find_all(kind="pair_pattern"):
        value = node.field("value")
        pattern = node.parent()
        declared = None if pattern is None else pattern.parent()
        made = None if declared is None else declared.field("value")
        if value is None or value.kind() != "identifier" or made is None:
            continue
        if re.match(r"(?:await\s+)?(?:require|import)\s?\(", made.text()[:40]):
            yield node


def _pair(node: SgNode) -> tuple[str, str]:
    name = node.field("name") or node.field("key")
    alias = node.field("alias") or node.field("value")
    parts = [one for one in node.named_children() if one.kind() != "comment"]
    if not parts:
        return "", ""
    first, last = name or parts[0], alias or parts[-1]
    inner = last.named_children()
    outside = first.text() if node.kind() != "namespace_use_clause" else first.text().rpartition("\\")[2]
    return (inner[-1] if inner and last.kind() != "dotted_name" else last).text(), outside


def _is_other(node: SgNode, imported: str) -> bool:
    up = node.parent()
    if up is None:
        return False
    field = _MEMBERS.get(up.kind())
    above = up.parent()
    in_import = up.kind() in {imported, "pair_pattern"} or (above is not None and above.kind() == imported)
    return in_import or (field is not None and up.field(field) == node)
