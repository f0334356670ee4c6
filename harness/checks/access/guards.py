"""Which middleware lets only some requests through: classified by what its code does, else by its name."""

from __future__ import annotations

from enum import Enum

from ast_grep_py import SgNode

from harness.checks.access.rejection import Stop, called_with_request, conditions_of, stops_of
from harness.checks.access.subjects import Subject, positive, subjects_of
from harness.checks.access.words import (
    ROLE_WORDS,
    names_authentication,
    names_authorisation,
    names_rate_limit,
    words_of,
)
from harness.response.javascript.express import Handler
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, callee_of, string_value, unwrap, walk
from harness.response.javascript.values import (
    ArrayValue,
    CallValue,
    FunctionValue,
    Instance,
    Member,
    Module,
    ObjectValue,
    Value,
    options_of,
    origin_of,
)

__all__ = ["Guard", "guards_of", "guards_of_function"]

_MAX_FOLLOWED = 4
_RATE_MODULES = frozenset(
    (
        "express-rate-limit rate-limiter-flexible express-slow-down express-brute express-limiter "
        "@fastify/rate-limit fastify-rate-limit koa-ratelimit @nestjs/throttler"
    ).split()
)
_AUTHENTICATION_MODULES = frozenset(
    (
        "passport express-jwt express-oauth2-jwt-bearer express-openid-connect express-basic-auth "
        "connect-ensure-login keycloak-connect @clerk/express @clerk/clerk-sdk-node supertokens-node"
    ).split()
)
_STRATEGIES = frozenset(
    {"jwt", "local", "bearer", "basic", "google", "github", "session", "oauth2", "saml", "token"}
)
# Middleware that everybody knows and that guards nothing.
_HARMLESS_MODULES = frozenset(
    "cors helmet compression body-parser morgan cookie-parser express express-session multer method-override".split()
)


class Guard(Enum):
    """What a middleware demands of a request before it goes on."""

    AUTHENTICATION = "authentication"
    AUTHORISATION = "authorisation"
    RATE_LIMIT = "rate limit"


def guards_of(resolver: Resolver, handler: Handler, depth: int = 0) -> frozenset[Guard]:
    """Return what a middleware demands. Options of a conditional value must all demand it."""
    found = [_of_value(resolver, option, handler, depth) for option in options_of(handler.value)]
    return frozenset.intersection(*found) if found else frozenset()


def _of_value(resolver: Resolver, value: Value, handler: Handler, depth: int) -> frozenset[Guard]:
    if depth > _MAX_FOLLOWED:
        return frozenset()
    if isinstance(value, FunctionValue):
        return guards_of_function(resolver, value, depth)
    if isinstance(value, (ArrayValue, ObjectValue)):
        return frozenset()
    if isinstance(value, CallValue):
        return _of_factory(resolver, value, handler, depth)
    return _of_unseen(value, handler.node, arguments=())


def _of_factory(resolver: Resolver, value: CallValue, handler: Handler, depth: int) -> frozenset[Guard]:
    """`authorize('admin')`, `asyncHandler(guard)`, `compose(a, b)`, `passport.authenticate('jwt')`."""
    wrapped: frozenset[Guard] = frozenset()
    for argument in arguments_of(value.node):
        inner = resolver.resolve(argument, value.unit)
        for part in options_of(inner):
            if isinstance(part, (FunctionValue, CallValue)) or (
                isinstance(part, Member) and argument.kind() in {"identifier", "member_expression"}
            ):
                wrapped |= _of_value(resolver, part, Handler(part, argument, value.unit), depth + 1)
    shown = [option for option in options_of(value.callee) if isinstance(option, FunctionValue)]
    if not shown:
        return wrapped | _of_unseen(value, value.node, arguments=tuple(arguments_of(value.node)))
    found: frozenset[Guard] = frozenset()
    for factory in shown:
        for returned in options_of(resolver.returned(factory)):
            made = Handler(returned, handler.node, factory.unit)
            found |= _of_value(resolver, returned, made, depth + 1)
    return found | wrapped


# Shown code.


def guards_of_function(resolver: Resolver, function: FunctionValue, depth: int = 0) -> frozenset[Guard]:
    """Return what a shown function demands: by the conditions on which it turns requests away."""
    found: set[Guard] = set()
    for stop in stops_of(resolver, function.node, function.unit):
        found |= _demanded(resolver, stop, function)
    if depth <= _MAX_FOLLOWED:
        for call in called_with_request(resolver, function.node, function.unit):
            found |= _delegated(resolver, call, function.unit, depth)
    return frozenset(found)


def _demanded(resolver: Resolver, stop: Stop, function: FunctionValue) -> set[Guard]:
    if stop.status == 429:
        return {Guard.RATE_LIMIT}
    found: set[Guard] = set()
    for condition, needed in conditions_of(stop, function.node):
        subjects = subjects_of(resolver, condition, function.unit)
        if Subject.LIMIT in subjects and stop.status in {0, 503}:
            found.add(Guard.RATE_LIMIT)
        if stop.status not in {0, 401, 403, 404}:
            continue
        if Subject.ROLE in subjects and stop.status != 401:
            inverted = needed is not None and positive(resolver, condition, function.unit) is needed
            if not inverted:
                found |= {Guard.AUTHORISATION, Guard.AUTHENTICATION}
        if subjects & {Subject.IDENTITY, Subject.VERIFICATION} and stop.status != 404:
            found.add(Guard.AUTHENTICATION)
    return found


def _delegated(resolver: Resolver, call: SgNode, unit: Unit, depth: int) -> frozenset[Guard]:
    callee = callee_of(call)
    if callee is None:
        return frozenset()
    value = resolver.resolve(callee, unit)
    shown = [option for option in options_of(value) if isinstance(option, (FunctionValue, CallValue))]
    if not shown:
        return frozenset()
    return guards_of(resolver, Handler(value, callee, unit), depth + 1)


# Code that is not shown.


def _of_unseen(value: Value, node: SgNode, arguments: tuple[SgNode, ...]) -> frozenset[Guard]:
    origin = origin_of(value)
    module = "" if origin is None else origin[0]
    if module in _RATE_MODULES:
        return frozenset({Guard.RATE_LIMIT})
    if module in _HARMLESS_MODULES:
        return frozenset()
    words = _words(value, node)
    roles = _role_arguments(arguments)
    if names_rate_limit(words):
        return frozenset({Guard.RATE_LIMIT})
    by_name = names_authorisation(words)
    authenticates = module in _AUTHENTICATION_MODULES or names_authentication(words)
    if by_name and (roles or words & ROLE_WORDS):
        return frozenset({Guard.AUTHORISATION, Guard.AUTHENTICATION})
    if roles and authenticates:
        # `auth('manageUsers')` demands a right; `passport.authenticate('jwt')` names a strategy.
        return frozenset({Guard.AUTHORISATION, Guard.AUTHENTICATION})
    return frozenset({Guard.AUTHENTICATION}) if authenticates or by_name else frozenset()


def _words(value: Value, node: SgNode) -> frozenset[str]:
    """The words of the names that lead to a middleware; of a default import also those of its file."""
    names: list[str] = []
    here: Value = value
    while isinstance(here, (Member, CallValue, Instance)):
        if isinstance(here, Member):
            names.append(here.name)
            here = here.base
        else:
            here = here.callee
    if isinstance(here, Module) and not names:
        names.append(here.specifier.rsplit("/", 1)[-1])
    text = unwrap(node)
    while text.kind() == "call_expression":
        inner = callee_of(text)
        if inner is None:
            break
        text = unwrap(inner)
    names += [part for part in text.text().replace("?.", ".").split(".")[-2:] if part.isidentifier()]
    return frozenset(word for name in names for word in (*words_of(name), name.lower()))


def _role_arguments(arguments: tuple[SgNode, ...]) -> bool:
    """Say whether a guard is given a role or permission to demand."""
    for argument in arguments:
        argument = unwrap(argument)
        text = string_value(argument)
        if text is not None:
            if text.lower() not in _STRATEGIES:
                return True
        elif argument.kind() in {"array", "member_expression", "identifier"}:
            words = {word for part in walk(argument) for word in words_of(part.text()[:80])}
            if argument.kind() == "array" or words & ROLE_WORDS or argument.text().isupper():
                return True
    return False


def attempts_of(resolver: Resolver, handler: Handler) -> frozenset[Guard]:
    """Return what a shown middleware looks at without demanding it."""
    del resolver, handler
    return frozenset()
