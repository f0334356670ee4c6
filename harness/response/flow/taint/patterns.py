"""Which regular expressions let only harmless text through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.response.flow.expressions import Attribute, Call, Constant, Expression, Name, Opaque

if TYPE_CHECKING:
    from harness.response.flow.taint.walker import Walker

__all__ = ["delimited", "keeps_only_plain", "lets_only_plain_through", "pattern_of", "regular_expression"]

_MAX_PATTERN = 400
_ESCAPES = re.compile(r"\\(?:[dwDWsSbB]|u\{?[0-9a-fA-F]+\}?|x[0-9a-fA-F]{2}|p\{[^}]*\}|.)", re.DOTALL)
_CLASS = re.compile(r"\[(\^?)((?:\\.|[^\]\\])*)\]", re.DOTALL)
_DELIMITED = re.compile(r"\s*([/#~@!%|+])(.*)\1([a-zA-Z]*)\s*\Z", re.DOTALL)
# What could end a literal or begin another part of a statement.
_HARMFUL = frozenset("'\"`;\\")
_WIDE = frozenset({"\\D", "\\W", "\\S"})


def pattern_of(expression: Expression) -> tuple[str, str] | None:
    """Return the source and flags of a regular expression that is written out, else ``None``."""
    if isinstance(expression, Opaque) and expression.node.kind() == "regex":
        text = expression.node.text()
        end = text.rfind("/")
        return text[1:end][:_MAX_PATTERN], text[end + 1 :]
    if isinstance(expression, Constant) and isinstance(expression.value, str):
        return expression.value[:_MAX_PATTERN], ""
    return None


def delimited(pattern: str) -> str:
    """Return a pattern of PHP without its delimiters."""
    found = _DELIMITED.match(pattern)
    return pattern if found is None else found[2]


def lets_only_plain_through(pattern: str, *, whole: bool = False, from_start: bool = False) -> bool:
    """Say whether a text that matches holds nothing that could change a statement.

    Args:
        pattern: the regular expression, without delimiters.
        whole: the match is of the whole text, whatever the pattern says (``fullmatch``).
        from_start: the match begins at the start of the text (``re.match``).
    """
    body = pattern
    starts = whole or from_start or body.startswith(("^", "\\A"))
    ends = whole or (body.endswith("$") and not body.endswith("\\$")) or body.endswith(("\\Z", "\\z"))
    if not (starts and ends):
        return False
    body = body.removeprefix("^").removeprefix("\\A")
    body = body.removesuffix("$").removesuffix("\\Z").removesuffix("\\z")
    # `^a|b$` is anchored on one side of each alternative only.
    depth = 0
    for character in _ESCAPES.sub("", _CLASS.sub("", body)):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and depth <= 0:
            return False
    return _only_plain(body)


def _only_plain(body: str) -> bool:
    for negated, inside in _CLASS.findall(body):
        if negated or not _plain_class(inside):
            return False
    rest = _CLASS.sub("", body)
    escapes = set(_ESCAPES.findall(rest))
    if escapes & _WIDE or {"\\'", '\\"', "\\;", "\\\\", "\\`"} & escapes:
        return False
    plain = _ESCAPES.sub("", rest)
    return "." not in plain and not _HARMFUL & set(plain)


def _plain_class(inside: str) -> bool:
    escapes = set(_ESCAPES.findall(inside))
    if escapes & _WIDE or {"\\'", '\\"', "\\\\", "\\`", "\\;"} & escapes:
        return False
    rest = _ESCAPES.sub("", inside)
    if _HARMFUL & set(rest):
        return False
    # `[ -~]` and `[!-~]` span quotes.
    return not any(low < "'" < high for low, high in re.findall(r"(.)-(.)", rest))


def keeps_only_plain(pattern: str) -> bool:
    r"""Say whether replacing all matches by nothing leaves only harmless text: ``[^a-z0-9_]``, ``\\W``."""
    body = pattern.removesuffix("+").removesuffix("*")
    if body in {"\\W", "\\D"}:
        return True
    found = _CLASS.fullmatch(body)
    if found is None:
        return False
    negated, inside = found.groups()
    if not negated:
        return inside in {"\\W", "\\D"}
    return _plain_class(inside)


def regular_expression(walker: Walker, expression: Expression) -> tuple[str, str] | None:
    """Return a regular expression as written: in place, by a name, compiled or constructed."""
    found = pattern_of(expression)
    if found is not None:
        return found
    if isinstance(expression, Call) and expression.arguments:
        name = expression.callee.name if isinstance(expression.callee, Name | Attribute) else ""
        return pattern_of(expression.arguments[0].value) if name in {"compile", "RegExp", "regex"} else None
    if isinstance(expression, Name | Attribute):
        written = walker.analysis.written(walker, expression)
        if written is not None and written is not expression and not isinstance(written, Name | Attribute):
            return regular_expression(walker, written)
    return None
