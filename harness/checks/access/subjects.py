"""What a condition asks about: who the user is, which role they have, or only what the client claims."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from ast_grep_py import SgNode

from harness.checks.access.words import ROLE_WORDS, words_of
from harness.response.javascript.members import returns_of
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    arguments_of,
    callee_of,
    named,
    parameters_of_function,
    string_value,
    unwrap,
    walk,
)
from harness.response.javascript.values import (
    CallValue,
    FunctionValue,
    Instance,
    Member,
    Parameter,
    Value,
    options_of,
    origin_of,
)

__all__ = ["Subject", "positive", "subjects_of"]

_MAX_FOLLOWED = 3
_CLIENT = frozenset({"body", "query", "params", "headers", "header", "cookies"})
_IDENTITY = frozenset(
    (
        "user auth account session token currentUser identity principal jwt userId isAuthenticated member decoded "
        "payload locals state claims me actor admin apiKey authInfo signedCookies"
    ).split()
)
_CREDENTIAL_WORDS = frozenset(
    {"authorization", "token", "jwt", "key", "apikey", "auth", "session", "sid", "bearer"}
)
_VERIFYING = frozenset(
    {"verify", "authenticate", "introspect", "authenticated", "jwtverify", "validate", "consume"}
)
_DECIDING = ROLE_WORDS | frozenset(
    {"can", "cannot", "enforce", "authorize", "authorise", "allowed", "allows"}
)


class Subject(Enum):
    """What a part of a condition is about."""

    IDENTITY = "identity"
    ROLE = "role"
    VERIFICATION = "verification"
    LIMIT = "limit"


def subjects_of(resolver: Resolver, node: SgNode, unit: Unit, depth: int = 0) -> set[Subject]:
    """Return the subjects of an expression; of a block of statements only what it verifies."""
    if node.kind() in {"statement_block"} or depth > _MAX_FOLLOWED:
        return _verified(resolver, node, unit)
    found: set[Subject] = set()
    for part in walk(node):
        kind = part.kind()
        if kind in {"call_expression", "await_expression"}:
            found |= _of_call(resolver, unwrap(part), unit, depth)
        elif kind in {"member_expression", "subscript_expression", "identifier"} and _is_value(part):
            for option in options_of(resolver.resolve(part, unit)):
                found |= _of_value(option)
            if kind == "identifier":
                found |= _of_definitions(resolver, part, unit, depth)
    return found


def _verified(resolver: Resolver, node: SgNode, unit: Unit) -> set[Subject]:
    found: set[Subject] = set()
    for part in walk(node):
        if part.kind() == "call_expression":
            found |= _of_call(resolver, part, unit, _MAX_FOLLOWED) - {Subject.ROLE, Subject.IDENTITY}
    return found


def _is_value(node: SgNode) -> bool:
    parent = node.parent()
    return parent is None or parent.kind() != "member_expression" or parent.field("property") != node


def _of_definitions(resolver: Resolver, identifier: SgNode, unit: Unit, depth: int) -> set[Subject]:
    """What a local variable was computed from: the role that chose an entry of a table, say."""
    binding = resolver.scope_of(identifier, unit).lookup(identifier.text())
    found: set[Subject] = set()
    for definition in binding.definitions if binding is not None else ():
        if definition.kind == "value" and definition.value is not None:
            found |= subjects_of(resolver, definition.value, unit, depth + 1) - {Subject.IDENTITY}
        elif definition.kind == "parameter" and definition.value is not None:
            found |= _of_callback(resolver, definition.value, unit, depth)
    return found


def _of_callback(resolver: Resolver, function: SgNode, unit: Unit, depth: int) -> set[Subject]:
    """`jwt.verify(token, key, (error, user) => ...)`: the parameter speaks for the call."""
    parent = function.parent()
    call = None if parent is None else parent.parent()
    if parent is None or call is None or parent.kind() != "arguments" or call.kind() != "call_expression":
        return set()
    return _of_call(resolver, call, unit, depth + 1) - {Subject.IDENTITY}


def _of_call(resolver: Resolver, call: SgNode, unit: Unit, depth: int) -> set[Subject]:
    callee = callee_of(call) if call.kind() == "call_expression" else None
    if callee is None:
        return set()
    value = resolver.resolve(callee, unit)
    words = set(_name_words(value, callee))
    if "consume" in words or {"rate", "limit"} <= words or "limiter" in words:
        return {Subject.LIMIT}
    if _only_claimed(resolver, call, unit):
        return set()
    if words & _VERIFYING and "schema" not in words:
        origin = origin_of(value)
        checks_token = origin is not None and origin[0] in {"jsonwebtoken", "jose", "passport", "express-jwt"}
        speaks = checks_token or any(_speaks_of_credential(argument) for argument in arguments_of(call))
        return {Subject.VERIFICATION} if speaks or "authenticated" in words else set()
    if words & _DECIDING:
        return {Subject.ROLE}
    found: set[Subject] = set()
    for option in options_of(value):
        if isinstance(option, FunctionValue) and depth < _MAX_FOLLOWED:
            for returned in returns_of(option.node):
                found |= subjects_of(resolver, returned, option.unit, depth + 1)
    return found


def _name_words(value: Value, callee: SgNode) -> Iterator[str]:
    """The words of the last two names of a callee: ``ability.can``, ``req.user.hasRole``."""
    names = [part for part in unwrap(callee).text().replace("?.", ".").split(".") if part.isidentifier()][-2:]
    if isinstance(value, Member):
        names.append(value.name)
    for name in names:
        yield from words_of(name)
        yield name.lower()


def _speaks_of_credential(argument: SgNode) -> bool:
    return bool(_CREDENTIAL_WORDS & {word for word in words_of(argument.text()[:200])})


def _only_claimed(resolver: Resolver, call: SgNode, unit: Unit) -> bool:
    """`hasRole(req.body.role, 'admin')` asks the client for permission to be let in."""
    claimed = False
    for argument in arguments_of(call):
        for part in walk(argument):
            if part.kind() not in {"member_expression", "identifier"}:
                continue
            for option in options_of(resolver.resolve(part, unit)):
                root, names = _flatten(option)
                if _is_request(root) and names[:1] and names[0] in _CLIENT and _role_named(names):
                    claimed = True
                elif _is_request(root) and names[:1] and names[0] in _IDENTITY:
                    return False
    return claimed


def _of_value(value: Value) -> set[Subject]:
    root, names = _flatten(value)
    if _is_request(root):
        if not names:
            return set()
        if names[0] in _CLIENT:
            return {Subject.IDENTITY} if _is_credential(root, names, value) else set()
        if _role_named(names):
            return {Subject.ROLE}
        return {Subject.IDENTITY} if names[0] in _IDENTITY or words_of(names[0])[-1:] == ("id",) else set()
    if isinstance(root, (CallValue, Instance)):
        inner_root, inner = _flatten(root.callee)
        if _is_request(inner_root) and inner[:1] and inner[0] in {"get", "header"}:
            # `req.get('authorization')` is a credential, `req.get('x-role')` a claim.
            literals = [string_value(argument) or "" for argument in arguments_of(root.node)]
            return {Subject.IDENTITY} if any(_credential_words(text) for text in literals) else set()
    return {Subject.ROLE} if _role_named(names) else set()


def _is_credential(root: Value, names: list[str], value: Value) -> bool:
    del root, value
    return names[0] in {"headers", "header", "cookies"} and any(_credential_words(name) for name in names[1:])


def _credential_words(name: str) -> bool:
    return bool(set(words_of(name)) & _CREDENTIAL_WORDS)


def _role_named(names: list[str]) -> bool:
    return any(set(words_of(name)) & ROLE_WORDS for name in names)


def _flatten(value: Value) -> tuple[Value, list[str]]:
    names: list[str] = []
    while isinstance(value, Member):
        names.append(value.name)
        value = value.base
    return value, names[::-1]


def _is_request(value: Value) -> bool:
    if not isinstance(value, Parameter):
        return False
    parameters = parameters_of_function(value.function)
    name = parameters[value.index].text().split(":")[0].strip() if value.index < len(parameters) else ""
    if name in {"req", "request", "ctx", "context", "_req"}:
        return True
    # `({ user }, res, next)`: the first parameter of a handler, taken apart.
    return (
        value.index == 0
        and len(parameters) >= 2
        and parameters[1].text().split(":")[0] in {"res", "response"}
    )


def positive(resolver: Resolver, node: SgNode, unit: Unit, depth: int = 0) -> bool | None:
    """Say whether a condition about a role holds for those who have it; ``None`` where that is unclear."""
    node = unwrap(node)
    kind = node.kind()
    if kind == "unary_expression":
        argument, operator = node.field("argument"), node.field("operator")
        if argument is None or operator is None or operator.text() != "!":
            return None
        inner = positive(resolver, argument, unit, depth)
        return None if inner is None else not inner
    if kind == "binary_expression":
        operator = node.field("operator")
        sign = "" if operator is None else operator.text()
        if sign in {"===", "=="}:
            return not any(part.text() in {"false", "null", "undefined"} for part in named(node))
        if sign in {"!==", "!="}:
            return any(part.text() in {"false", "null", "undefined"} for part in named(node))
        if sign in {"&&", "||", "??"}:
            about = [part for part in named(node) if Subject.ROLE in subjects_of(resolver, part, unit)]
            signs = {positive(resolver, part, unit, depth) for part in about}
            return signs.pop() if len(signs) == 1 else None
        if sign in {"<", "<=", ">", ">="} and "indexOf" in node.text():
            return sign.startswith(">")
        return None
    if kind == "identifier" and depth < _MAX_FOLLOWED:
        binding = resolver.scope_of(node, unit).lookup(node.text())
        values = [d.value for d in binding.definitions if d.kind == "value" and not d.path] if binding else []
        if len(values) == 1 and values[0] is not None:
            return positive(resolver, values[0], unit, depth + 1)
        return True
    return True if kind in {"call_expression", "member_expression", "identifier"} else None
