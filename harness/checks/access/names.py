"""What a middleware demands whose code is not shown: by its module, its name and its arguments."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.checks.access.kinds import Guard
from harness.checks.access.words import (
    ROLE_WORDS,
    names_authentication,
    names_authorisation,
    names_rate_limit,
    words_of,
)
from harness.response.javascript.syntax import string_value, unwrap, walk, written_names
from harness.response.javascript.values import Module, Value, names_towards, origin_of

__all__ = ["demanded_by_name"]

_RATE_MODULES = frozenset(
    (
        "express-rate-limit rate-limiter-flexible express-slow-down express-brute express-limiter "
        "@fastify/rate-limit fastify-rate-limit koa-ratelimit @nestjs/throttler @upstash/ratelimit"
    ).split()
)
_AUTHENTICATION_MODULES = frozenset(
    (
        "passport express-jwt express-oauth2-jwt-bearer express-openid-connect express-basic-auth "
        "connect-ensure-login keycloak-connect @clerk/express @clerk/clerk-sdk-node supertokens-node "
        "express-bearer-token @okta/jwt-verifier"
    ).split()
)
_STRATEGIES = frozenset(
    {"jwt", "local", "bearer", "basic", "google", "github", "session", "oauth2", "saml", "token", "cookie"}
)
# Middleware that everybody knows and that guards nothing.
_HARMLESS_MODULES = frozenset(
    (
        "cors helmet compression body-parser morgan cookie-parser express express-session multer "
        "method-override joi celebrate express-validator zod csurf connect-redis express-fileupload "
        "serve-static swagger-ui-express"
    ).split()
)
# Functions that only look something up: a name such as `getAuthHeader` demands nothing.
_LOOKING = frozenset(
    "get extract parse read log find load attach set decode is has can to from create make".split()
)


def demanded_by_name(
    value: Value, node: SgNode, arguments: tuple[SgNode, ...], *, is_call: bool = False
) -> frozenset[Guard]:
    """Return what a middleware demands by its name.

    Args:
        value: what the program knows about the middleware.
        node: the expression that it is written as.
        arguments: what it is configured with: ``'admin'`` in ``authorize('admin')``.
        is_call: it is called inside another function, where many names only look something up.
    """
    origin = origin_of(value)
    module = "" if origin is None else origin[0]
    if module in _RATE_MODULES:
        return frozenset({Guard.RATE_LIMIT})
    if module in _HARMLESS_MODULES:
        return frozenset()
    words, first = _words(value, node)
    if is_call and first in _LOOKING:
        return frozenset()
    if names_rate_limit(words):
        return frozenset({Guard.RATE_LIMIT})
    demands_role = _role_arguments(arguments)
    by_name = names_authorisation(words)
    authenticates = module in _AUTHENTICATION_MODULES or names_authentication(words)
    # `auth('manageUsers')` demands a right; `passport.authenticate('jwt')` names a strategy.
    if (by_name and (demands_role or words & ROLE_WORDS)) or (authenticates and demands_role):
        return frozenset({Guard.AUTHORISATION, Guard.AUTHENTICATION})
    return frozenset({Guard.AUTHENTICATION}) if authenticates or by_name else frozenset()


def _words(value: Value, node: SgNode) -> tuple[frozenset[str], str]:
    """The words of the names that lead to a middleware, and the first word of the last name.

    Of a default import the name of its file counts too.
    """
    names, root = names_towards(value)
    if isinstance(root, Module) and not names:
        names.append(root.specifier.rsplit("/", 1)[-1])
    written = written_names(node)
    last = words_of(written[-1] if written else "")
    found = frozenset(word for name in names + written for word in (*words_of(name), name.lower()))
    return found, last[0] if last else ""


def _role_arguments(arguments: tuple[SgNode, ...]) -> bool:
    """Say whether a guard is given a role or permission to demand."""
    for argument in map(unwrap, arguments):
        text = string_value(argument)
        if text is not None:
            if text.lower() not in _STRATEGIES:
                return True
        elif argument.kind() in {"array", "member_expression", "identifier"}:
            words = {word for part in walk(argument) for word in words_of(part.text()[:80])}
            if argument.kind() == "array" or words & ROLE_WORDS or argument.text().isupper():
                return True
    return False
