"""What a single condition settles about a request when it holds, and when it does not."""

from __future__ import annotations

from typing import TypeAlias

from ast_grep_py import SgNode

from harness.checks.access.call_natures import is_verification, last_name
from harness.checks.access.kinds import NOTHING, Fact, Nature, NatureSet
from harness.checks.access.natures import Bound, Natures
from harness.checks.access.words import DECIDING, ROLE_WORDS, words_of
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, callee_of, named, string_value, unwrap, walk
from harness.response.javascript.values import ArrayValue, Literal, options_of

__all__ = ["NEITHER", "Settled", "settled_by", "static_truth"]

# Facts that hold where the condition is true, and where it is false.
Settled: TypeAlias = tuple[frozenset[Fact], frozenset[Fact]]

_NONE: frozenset[Fact] = frozenset()
NEITHER: Settled = (_NONE, _NONE)
_FITS = frozenset({Fact.ROLE, Fact.KNOWN})
_KNOWN = frozenset({Fact.KNOWN})
_OWNER = frozenset({Fact.OWNER, Fact.KNOWN})
_EXEMPT = frozenset({Fact.EXEMPT})
# Roles that nobody has to be given: a comparison with one of them shuts its bearers out.
_LOW_ROLES = frozenset(
    (
        "user guest customer viewer visitor anonymous member basic free banned blocked suspended "
        "reader readonly read-only public inactive disabled pending none"
    ).split()
)
_EQUAL = frozenset({"===", "=="})
_UNEQUAL = frozenset({"!==", "!="})
_ORDERED = frozenset({"<", "<=", ">", ">="})
_MEMBERSHIP = frozenset(
    "includes has some every find indexOf findIndex hasOwnProperty hasOwn test equals in get "
    "intersection isSupersetOf".split()
)
# How often an argument may be handed on as the argument of another function.
_MAX_HANDED_ON = 6
_NOTHING_WORDS = frozenset({"null", "undefined", "false", "''", '""', "0"})


def settled_by(natures: Natures, node: SgNode, unit: Unit) -> Settled:
    """Return what a condition without ``!``, ``&&``, ``||`` settles."""
    node = unwrap(node)
    kind = node.kind()
    if kind == "binary_expression":
        return _comparison(natures, node, unit)
    if kind == "call_expression":
        return _call(natures, node, unit)
    if kind in {"true", "false", "string", "number", "null"} or kind.endswith("function"):
        return NEITHER
    return _truth(natures.of(node, unit), last_name(node))


def _swap(settled: Settled) -> Settled:
    return settled[1], settled[0]


def _truth(natures: NatureSet, name: str) -> Settled:
    """A value used as a condition."""
    if natures & {Nature.ROUTE, Nature.ENVIRONMENT}:
        return _EXEMPT, _EXEMPT
    if Nature.FAILURE in natures:
        return _NONE, _KNOWN
    if Nature.DECISION in natures:
        return _FITS, _NONE
    if Nature.ROLE in natures:
        words = words_of(name)
        return (_FITS if words[:1] and words[0] in {"is", "can", "has", "admin"} else _KNOWN), _NONE
    if Nature.OWN in natures:
        return _OWNER, _NONE
    return (_KNOWN, _NONE) if Nature.IDENTITY in natures else NEITHER


# Comparisons.


def _comparison(natures: Natures, node: SgNode, unit: Unit) -> Settled:
    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    if left is None or right is None or operator is None:
        return NEITHER
    left, right, sign = unwrap(left), unwrap(right), operator.text()
    if sign == "in":
        return _equality(natures, (left, right), unit)
    if sign in _ORDERED:
        return _order(natures, (left, right), sign, unit)
    if sign == "&":
        # Permissions as bits: `user.permissions & CAN_WRITE`
        both = natures.of(left, unit) | natures.of(right, unit)
        return (_FITS, _NONE) if Nature.ROLE in both and not _is_claim(both) else NEITHER
    if sign not in _EQUAL | _UNEQUAL:
        return NEITHER
    settled = _equal(natures, left, right, unit)
    return settled if sign in _EQUAL else _swap(settled)


def _equal(natures: Natures, left: SgNode, right: SgNode, unit: Unit) -> Settled:
    for value, constant in ((left, right), (right, left)):
        if constant.text() == "true":
            return settled_by(natures, value, unit)
        if constant.text() in _NOTHING_WORDS:
            # `x === undefined`, `list.length === 0`: the value is not there.
            return _swap(settled_by(natures, _counted(value), unit))
        if constant.text() == "-1":
            return _swap(settled_by(natures, value, unit))
        if value.kind() == "unary_expression":
            return NEITHER  # typeof
    return _equality(natures, (left, right), unit)


def _counted(node: SgNode) -> SgNode:
    inner = (
        node.field("object") if node.kind() == "member_expression" and last_name(node) == "length" else None
    )
    return node if inner is None else inner


def _equality(natures: Natures, sides: tuple[SgNode, SgNode], unit: Unit) -> Settled:
    first, second = (natures.of(side, unit) for side in sides)
    both = first | second
    if both & {Nature.ROUTE, Nature.ENVIRONMENT} and not both & {Nature.CREDENTIAL, Nature.ROLE}:
        return _EXEMPT, _EXEMPT
    for mine, other, node in ((first, second, sides[1]), (second, first, sides[0])):
        if Nature.ROLE in mine and not _is_claim(other):
            return (_NONE, _FITS) if _is_low(natures, node, unit) else (_FITS, _NONE)
        if Nature.CREDENTIAL in mine and not other & {Nature.CLIENT, Nature.CREDENTIAL}:
            return (
                (_KNOWN, _NONE) if node.kind() not in {"string", "number"} or node.text()[1:-1] else NEITHER
            )
        if (
            Nature.IDENTITY in mine
            and Nature.IDENTITY not in other
            and node.kind() not in {"string", "number"}
        ):
            return _OWNER, _NONE
    return NEITHER


def _is_claim(natures: NatureSet) -> bool:
    return Nature.CLIENT in natures and not natures & {Nature.IDENTITY, Nature.RELATED, Nature.ROLE}


def _is_low(natures: Natures, node: SgNode, unit: Unit) -> bool:
    """Say whether only roles without rights are named: `role === 'guest'`."""
    value = natures.resolver.resolve(node, unit)
    if isinstance(value, ArrayValue):
        inner = named(value.node)
        return bool(inner) and all(_is_low(natures, part, value.unit) for part in inner)
    return isinstance(value, Literal) and isinstance(value.value, str) and value.value.lower() in _LOW_ROLES


def _order(natures: Natures, sides: tuple[SgNode, SgNode], sign: str, unit: Unit) -> Settled:
    if any(side.text() in {"0", "-1"} for side in sides):
        # `roles.indexOf(role) < 0`, `matches.length > 0`
        value, zero = sides if sides[1].text() in {"0", "-1"} else sides[::-1]
        settled = settled_by(natures, _counted(value), unit)
        return settled if sign.startswith(">") == (zero == sides[1]) else _swap(settled)
    first, second = (natures.of(side, unit) for side in sides)
    if Nature.ROLE in first and Nature.CLIENT not in second:
        return (_FITS, _NONE) if sign.startswith(">") else (_NONE, _FITS)
    if Nature.ROLE in second and Nature.CLIENT not in first:
        return (_FITS, _NONE) if sign.startswith("<") else (_NONE, _FITS)
    return NEITHER


# Calls.


def _call(natures: Natures, call: SgNode, unit: Unit) -> Settled:
    callee = callee_of(call)
    if callee is None:
        return NEITHER
    name = last_name(callee)
    target = unwrap(callee).field("object")
    base = NOTHING if target is None else natures.of(target, unit)
    given = [natures.of(argument, unit) for argument in arguments_of(call)]
    given += [_inside(natures, argument, unit) for argument in arguments_of(call)]
    together = base.union(*given)
    if name in _MEMBERSHIP and target is not None:
        return _membership(natures, call, target, unit, together)
    if Nature.REQUEST in base:
        return _truth(natures.of(call, unit), name)
    if is_verification(natures, call, unit):
        return _KNOWN, _NONE
    words = set(words_of(name))
    if words & DECIDING and (words & ROLE_WORDS or words <= DECIDING or Nature.ROLE in together):
        # `hasRole(req.body.role, 'admin')` asks about whoever the client says it is.
        if _is_claim(together) and (Nature.CLAIM in together or (given and _is_claim(given[0]))):
            return NEITHER
        return (_NONE, _FITS) if "cannot" in words else (_FITS, _NONE)
    if Nature.ROUTE in together and not together & {Nature.ROLE, Nature.IDENTITY, Nature.CREDENTIAL}:
        return _EXEMPT, _EXEMPT
    return _truth(natures.of(call, unit), name)


def _membership(natures: Natures, call: SgNode, target: SgNode, unit: Unit, together: NatureSet) -> Settled:
    if Nature.ROLE in together:
        if _denies(call):
            # No role is the demanded one; that some role is another says nothing.
            return (_NONE, _FITS) if last_name(callee_of(call) or call) == "every" else NEITHER
        return (_NONE, _FITS) if _is_low(natures, target, unit) else (_FITS, _NONE)
    if together & {Nature.ROUTE, Nature.ENVIRONMENT}:
        return _EXEMPT, _EXEMPT
    if Nature.CREDENTIAL in together and last_name(callee_of(call) or call) in {
        "includes",
        "has",
        "some",
        "find",
    }:
        # A list of keys that the server knows holds the one that was sent.
        return (
            NEITHER
            if string_value(arguments_of(call)[0] if arguments_of(call) else None)
            else (_KNOWN, _NONE)
        )
    return _truth(natures.of(call, unit), "")


def _denies(call: SgNode) -> bool:
    """Say whether the callback of a search holds for what is *not* looked for: ``(r) => r !== 'admin'``."""
    argument = next(iter(arguments_of(call)), None)
    body = None if argument is None else argument.field("body")
    if body is None or argument is None or argument.kind() != "arrow_function":
        return False
    body = unwrap(body)
    operator = body.field("operator")
    return operator is not None and operator.text() in {"!==", "!=", "!"}


def _inside(natures: Natures, argument: SgNode, unit: Unit) -> NatureSet:
    """What a callback looks at: ``roles.some((role) => req.user.roles.includes(role))``."""
    if argument.kind() not in {"arrow_function", "function_expression"}:
        return NOTHING
    body = argument.field("body")
    found: NatureSet = NOTHING
    for part in walk(body) if body is not None else ():
        if part.kind() in {"member_expression", "identifier"}:
            found |= natures.of(part, unit) & {Nature.ROLE, Nature.IDENTITY, Nature.ROUTE, Nature.CREDENTIAL}
    return found


# What the arguments of a factory settle in advance.


def static_truth(natures: Natures, node: SgNode, unit: Unit) -> bool | None:
    """Return whether an expression is true for all requests: ``roles.length`` in ``authorize('admin')``."""
    node = unwrap(node)
    if node.kind() in {"true", "false"}:
        return node.kind() == "true"
    if node.kind() == "binary_expression":
        return _static_comparison(natures, node, unit)
    if node.kind() == "call_expression":
        return _static_search(natures, node, unit)
    of_length = node.kind() == "member_expression" and last_name(node) == "length"
    target = node.field("object") if of_length else node
    bound = None if target is None else _bound(natures, target, unit)
    if bound is None or bound.given is None or bound.natures:
        return None
    if bound.is_rest:
        return bool(bound.given) if of_length else True
    return _given_truth(natures, bound)


def _static_search(natures: Natures, call: SgNode, unit: Unit) -> bool | None:
    """Of no demanded rights at all, every one is granted and none is."""
    callee = callee_of(call)
    target = None if callee is None else unwrap(callee).field("object")
    outcome = {"every": True, "some": False, "includes": False}.get(
        "" if callee is None else last_name(callee)
    )
    bound = None if target is None or outcome is None else _bound(natures, target, unit)
    if bound is None or bound.given is None or bound.natures:
        return None
    empty = not bound.given if bound.is_rest else _given_truth(natures, bound) is False
    return outcome if empty else None


def _static_comparison(natures: Natures, node: SgNode, unit: Unit) -> bool | None:
    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    if left is None or right is None or operator is None or right.text() != "0":
        return None
    truth = static_truth(natures, left, unit)
    if truth is None:
        return None
    return {">": truth, "!==": truth, "!=": truth, "===": not truth, "==": not truth}.get(operator.text())


def _bound(natures: Natures, node: SgNode, unit: Unit) -> Bound | None:
    for option in options_of(natures.resolver.resolve(node, unit)):
        bound = natures.bound_to(option)
        if bound is not None:
            return bound
    return None


def _given_truth(natures: Natures, bound: Bound, depth: int = 0) -> bool | None:
    given = bound.given[0] if bound.given else bound.default
    if given is None:
        return False
    for option in options_of(natures.resolver.resolve(given, bound.unit)):
        if isinstance(option, ArrayValue):
            return bool(named(option.node))
        if isinstance(option, Literal):
            return bool(option.value)
        outer = natures.bound_to(option)
        if outer is not None and outer.given is not None and depth < _MAX_HANDED_ON:
            return bool(outer.given) if outer.is_rest else _given_truth(natures, outer, depth + 1)
    return True if natures.functions(given, bound.unit) else None
