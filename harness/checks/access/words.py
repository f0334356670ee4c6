"""What the names of things say, where their code is not shown."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = [
    "DECIDING",
    "IDENTITY_WORDS",
    "ROLE_WORDS",
    "VERIFYING",
    "names_authentication",
    "names_authorisation",
    "names_credential",
    "names_rate_limit",
    "words_of",
]

_MAX_NAME = 80
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ROLE_WORDS = _set(
    "role roles permission permissions permitted permit rbac acl admin admins administrator superuser "
    "staff scope scopes privilege privileges grant grants granted ability abilities capability "
    "capabilities entitlement entitlements policy policies"
)
IDENTITY_WORDS = _set(
    "user auth account session identity principal jwt member membership actor claims caller operator "
    "me decoded admin"
)
# Verbs of a question or a demand about what somebody may do.
DECIDING = _set(
    "has is can cannot may check allowed allows enforce authorize authorise authorized authorised "
    "granted permits"
)
VERIFYING = _set(
    "verify verified jwtverify validate authenticate authenticated introspect introspection unsign "
    "compare safe"
)
_AUTHORISING = ROLE_WORDS | _set(
    "authorize authorise authorization authorisation restrict can cannot allow only"
)
_AUTHENTICATING = _set(
    "auth authenticate authenticated authenticator authentication authed authorize authorise "
    "authorization jwt protect protected passport bearer oauth oidc login signin loggedin signedin "
    "identity apikey"
)
# `requireUser`, `ensureSession`, `verifyToken`: a verb of demand with what is demanded.
_DEMANDS = _set("require requires required ensure verify check validate need needs must is has guard with")
_IDENTITIES = _set("user session token logged signed key account identity credentials owner")
_LIMITING = _set("limiter limiters ratelimit ratelimiter throttle throttler throttling slowdown brute")
_CREDENTIALS = _set("authorization token jwt apikey bearer signature secret")
_HEADER_CREDENTIALS = _set("auth session sid key credential credentials")


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of an identifier in lower case: ``requireAdminRole`` is require, admin, role."""
    return _words_of(name) if len(name) <= _MAX_NAME else _split(name)


# The same names (`req`, `user`, `authenticate`) are asked for again and again.
@lru_cache(maxsize=4096)
def _words_of(name: str) -> tuple[str, ...]:
    return _split(name)


def _split(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _PART.findall(name))


def names_credential(name: str, *, in_header: bool) -> bool:
    """Say whether a field of a request holds what its sender proves their identity with."""
    words = set(words_of(name))
    if words & ROLE_WORDS:
        return False
    return bool(
        words & _CREDENTIALS or {"api", "key"} <= words or (in_header and words & _HEADER_CREDENTIALS)
    )


def names_rate_limit(words: frozenset[str]) -> bool:
    """Say whether a name means a rate limiter."""
    return bool(words & _LIMITING) or {"rate", "limit"} <= words or {"slow", "down"} <= words


def names_authorisation(words: frozenset[str]) -> bool:
    """Say whether a name means a demand for a role or permission."""
    return bool(words & _AUTHORISING)


def names_authentication(words: frozenset[str]) -> bool:
    """Say whether a name means a demand for a known user."""
    return bool(words & _AUTHENTICATING) or bool(words & _DEMANDS and words & _IDENTITIES)
