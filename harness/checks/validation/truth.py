"""Truth of constants, comparisons and logical operators, where some operands are known and some open."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.javascript.syntax import unwrap

__all__ = ["LITERALS", "comparison", "logical", "truth"]

LITERALS = frozenset({"true", "false", "null", "number", "string", "undefined", "array"})


def logical(sign: str, one: bool | None, other: bool | None) -> bool | None:
    """Return the truth of ``&&``, ``||`` or ``??``; ``None`` where it is open."""
    if sign == "??":
        return one
    decisive = sign == "||"
    if decisive in (one, other):
        return decisive
    return None if one is None or other is None else not decisive


def comparison(sign: str, left: SgNode, right: SgNode, one: bool | None, other: bool | None) -> bool | None:
    """Compare what failed with a constant: `error !== undefined`, `errors.length > 0`, `valid === false`."""
    constant, value = (right, one) if _is_constant(right) else (left, other)
    if not _is_constant(constant) or (_is_constant(left) and _is_constant(right)) or value is None:
        return None
    text = unwrap(constant).text().strip("'\"`")
    if text in {"null", "undefined", "false", "0"}:
        equal = not value
    elif text == "true":
        equal = value
    elif text == "1" and sign in {"<", ">="}:
        return value if sign == ">=" else not value
    else:
        return None
    if sign in {"===", "=="}:
        return equal
    if sign in {"!==", "!=", ">"}:
        return not equal
    return None


def _is_constant(node: SgNode) -> bool:
    bare = unwrap(node)
    return bare.kind() in LITERALS - {"array"} or bare.text() == "undefined"


def truth(node: SgNode) -> bool | None:
    """Return the truth of a constant; ``None`` for all else."""
    kind = node.kind()
    if kind in {"true", "false", "null", "undefined"}:
        return kind == "true"
    if kind in {"string", "template_string"}:
        return len(node.text()) > 2
    if kind == "number":
        return node.text().strip("0.") != ""
    return True if kind == "new_expression" else None
