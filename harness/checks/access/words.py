"""What the names of things say, where their code is not shown."""

from __future__ import annotations

import re

__all__ = ["ROLE_WORDS", "names_authentication", "names_authorisation", "names_rate_limit", "words_of"]

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

ROLE_WORDS = frozenset(
    (
        "role roles permission permissions permitted permit rbac acl admin admins administrator superuser staff "
        "scope scopes privilege privileges grant grants granted ability abilities capability capabilities "
        "entitlement entitlements policy policies"
    ).split()
)
_AUTHORISING = ROLE_WORDS | frozenset(
    {"authorize", "authorise", "authorization", "restrict", "can", "cannot"}
)
_AUTHENTICATING = frozenset(
    (
        "auth authenticate authenticated authenticator authentication authed authorize authorise authorization "
        "jwt protect protected passport bearer oauth oidc login signin loggedin signedin identity apikey"
    ).split()
)
# `requireUser`, `ensureSession`, `verifyToken`: a verb of demand with what is demanded.
_DEMANDS = frozenset(
    "require requires required ensure verify check validate need needs must is has guard".split()
)
_IDENTITIES = frozenset("user session token logged signed key account identity credentials owner".split())
_LIMITING = frozenset({"limiter", "ratelimit", "ratelimiter", "throttle", "throttler", "slowdown", "brute"})


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of an identifier in lower case: ``requireAdminRole`` is require, admin, role."""
    return tuple(word.lower() for word in _PART.findall(name))


def names_rate_limit(words: frozenset[str]) -> bool:
    """Say whether a name means a rate limiter."""
    return bool(words & _LIMITING) or {"rate", "limit"} <= words or {"slow", "down"} <= words


def names_authorisation(words: frozenset[str]) -> bool:
    """Say whether a name means a demand for a role or permission."""
    return bool(words & _AUTHORISING)


def names_authentication(words: frozenset[str]) -> bool:
    """Say whether a name means a demand for a known user."""
    return bool(words & _AUTHENTICATING) or bool(words & _DEMANDS and words & _IDENTITIES)
