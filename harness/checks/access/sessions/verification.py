"""How tokens are read: verified, by a real algorithm, and with their expiry looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.access.sessions.ground import Fault, Ground, Scope
from harness.checks.access.sessions.tokens import TO_THE_END, is_library
from harness.checks.errors.terms import last_name, names_in
from harness.response.flow.expressions import Assignment, Attribute, Call, Expression, Items, Mapping
from harness.response.flow.statements import Unit

__all__ = ["verification_faults"]

_VERIFIES = frozenset(
    (
        "verify jwtVerify verifyAsync jwtDecrypt verify_jwt verifyIdToken verifyToken verify_token "
        "compactVerify verify_id_token verify_signature"
    ).split()
)
_REQUESTS = (["req"], ["request"], ["ctx"], ["g"], ["self"])
_IDENTITY = re.compile(r"user|auth|claims|identity|principal|account|session|tenant", re.IGNORECASE)


def verification_faults(ground: Ground) -> Iterator[Fault]:
    """Yield the tokens that are believed without being verified."""
    for unit in ground.units:
        text = unit.block.text
        if any(word in text for word in ("jwt", "Jwt", "JWT", "jose")):
            for call in unit.calls:
                message = _misread(ground, call, unit)
                if message and ground.counts(unit, call.node):
                    yield Fault(unit, call.node, message)


def _misread(ground: Ground, call: Call, unit: Unit) -> str:
    name = ground.name(call, unit)
    decodes = name in {"decode", "jwtDecode", "jwt_decode", "decodeJwt", "get_unverified_claims"}
    if decodes and _skips_check(ground, call, unit, name):
        return "the token's signature is not verified: anybody writes a token that says who he is"
    if name in {"decode", "verify", "jwtVerify", "verifyAsync", "jwtDecrypt", "sign", "encode"}:
        return _weak_options(ground, call, unit)
    return ""


def _skips_check(ground: Ground, call: Call, unit: Unit, name: str) -> bool:
    if unit.language == "python" and name == "decode":
        options = ground.keywords(call, unit)
        verify = options.entries.get("verify")
        if verify is not None and ground.is_off(verify):
            return _is_trusted(ground, call, unit)
        inner = options.entries.get("options")
        entries = ground.options(*inner, call.node).entries if inner is not None else {}
        signature = entries.get("verify_signature")
        return signature is not None and ground.is_off(signature) and _is_trusted(ground, call, unit)
    if unit.language == "python" and name != "get_unverified_claims":
        return False
    if unit.language == "php" or not (name != "decode" or is_library(ground, call, unit)):
        return False
    return _is_trusted(ground, call, unit)


def _is_trusted(ground: Ground, call: Call, unit: Unit) -> bool:
    """Say whether what a token says is taken for true although nothing verifies it in the same handler."""
    scope = ground.scope_of(call, unit)
    return ground.remembered(("trusted", scope.function or unit), lambda: _believes(ground, scope))


def _believes(ground: Ground, scope: Scope) -> bool:
    trusted = not any(
        isinstance(node, Call) and last_name(node.callee) in _VERIFIES
        for unit in ground.units
        for node in unit.calls
    )
    for node, _ in ground.reach(scope):
        if isinstance(node, Call) and last_name(node.callee) in _VERIFIES:
            return False
        if (
            isinstance(node, Assignment)
            and isinstance(node.target, Attribute)
            and _IDENTITY.search(node.target.name)
        ):
            trusted = trusted or names_in(node.target)[-1:] in _REQUESTS
    return trusted


def _weak_options(ground: Ground, call: Call, unit: Unit) -> str:
    if not is_library(ground, call, unit) and ground.name(call, unit) != "jwtVerify":
        return ""
    for argument in call.arguments:
        named = [(argument.name, argument.value)] if argument.name else []
        for value, where in ground.names.values(argument.value, unit):
            if isinstance(value, Mapping):
                named += [
                    (ground.text(one.key, where), one.value) for one in value.entries if one.key is not None
                ]
        for key, value in named:
            if key in {"algorithm", "algorithms", "alg"} and _has_none(ground, value, unit):
                return "the algorithm 'none' is allowed: anybody writes a token that says who he is"
            if key == "ignoreExpiration" and ground.value(value, unit) is True:
                return f"the expiry of tokens is ignored: {TO_THE_END}"
            if key == "verify_exp" and ground.value(value, unit) is False:
                return f"the expiry of tokens is ignored: {TO_THE_END}"
    return ""


def _has_none(ground: Ground, value: Expression, unit: Unit) -> bool:
    items = value.items if isinstance(value, Items) else (value,)
    found = [ground.value(item, unit) for item in items]
    return any(isinstance(one, str) and one.lower() == "none" for one in found)
