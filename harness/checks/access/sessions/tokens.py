"""Tokens: that they expire, can be ended, are verified, and stay out of addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.checks.access.sessions.ground import Fault, Ground, Options
from harness.checks.access.sessions.spans import SECONDS_OF_A_DAY, seconds
from harness.checks.errors.terms import chain_of, last_name, names_in
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Call,
    Constant,
    Expression,
    Index,
    Mapping,
    Name,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node, walk
from harness.response.languages import JAVASCRIPT_FAMILY

__all__ = ["TO_THE_END", "Token", "is_library", "token_faults", "tokens_of"]

MAX_TOKEN_DAYS = 7
_MAX_DEPTH = 5
_MODULES = (
    "jsonwebtoken",
    "jose",
    "@nestjs/jwt",
    "@fastify/jwt",
    "fastify-jwt",
    "jwt",
    "Firebase",
    "authlib",
    "jwt-simple",
)
_EXPIRIES = ("expiresIn", "exp", "expires", "expiresAt")
# Tokens that are none of a session: for one mail, one upload, one machine.
_OTHER = re.compile(
    r"(?:verif\w*|confirm|activat\w*)_?(?:email|mail|account|address)|(?:email|mail)_?(?:verif|confirm|token)|confirm"
    r"|reset|invit|unsubscribe|magic|download|upload|service_?(?:token|account|to_?service|jwt)|machine|internal"
    r"|webhook|m2m|apns|vapid|csrf|client_?assertion|signed_?url|share_?|preview|one_?time",
    re.IGNORECASE,
)
TO_THE_END = "whoever gets hold of one is the user for good"


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is issued; ``life`` in seconds where it is known, ``endless`` where there is none."""

    unit: Unit
    call: Call
    place: Expression | None
    life: float | None
    endless: bool
    refresh: bool


def tokens_of(ground: Ground) -> list[Token]:
    """Return the tokens of sessions that the answer issues."""
    found: list[Token] = []
    for unit in ground.units:
        text = unit.block.text
        if "sign" not in text and "encode" not in text and "Sign" not in text:
            continue
        for call in unit.calls:
            token = _issued(ground, call, unit)
            if token is not None and ground.counts(unit, call.node):
                found.append(token)
    return found


def _issued(ground: Ground, call: Call, unit: Unit) -> Token | None:
    name = last_name(call.callee)
    if name not in {"sign", "signAsync", "encode", "jwtSign"} or not isinstance(
        call.callee, Attribute | Name
    ):
        return None
    chain = dict(chain_of(call))
    jose = next(
        (step for step in ("setExpirationTime", "setProtectedHeader", "setIssuedAt") if step in chain), ""
    )
    if not jose and not is_library(ground, call, unit):
        return None
    if _is_other(ground, call, unit):
        return None
    refresh = _tells_refresh(ground, call, unit)
    if jose:
        step = chain.get("setExpirationTime")
        place = step.arguments[0].value if step is not None and step.arguments else None
        life = None if place is None else seconds(ground, place, unit)
        return Token(unit, call, place, life, step is None, refresh)
    return _signed(ground, call, unit, refresh=refresh)


def is_library(ground: Ground, call: Call, unit: Unit) -> bool:
    """Say whether a call is one of a library for tokens."""
    origin = ground.origin(call.callee, unit)
    if origin.startswith(_MODULES) or origin.partition(".")[0] in {"jwt", "jose"}:
        return True
    ways = names_in(call.callee)[1:]
    if unit.language == "php":
        return any(one.rpartition("\\")[2] == "JWT" for one in ways)
    return any(
        re.fullmatch(r"jwt|jwtService|jwt_service|jsonwebtoken|_?jwt", one, re.IGNORECASE) for one in ways
    ) or (last_name(call.callee) == "jwtSign")


def _is_other(ground: Ground, call: Call, unit: Unit) -> bool:
    scope = ground.scope_of(call, unit)
    around = [one for one in ground.names.path_to(call, unit) if hasattr(one, "name")]
    title = " ".join([scope.title, *[getattr(one, "name", "") for one in around]])
    if _OTHER.search(title):
        return True
    return any(
        _OTHER.search(str(node.value))
        for node in walk([one.value for one in call.arguments])
        if isinstance(node, Constant)
        and isinstance(node.value, str)
        and len(node.value) < 60
        and not re.fullmatch(r"email|username", node.value)
    )


def _tells_refresh(ground: Ground, call: Call, unit: Unit) -> bool:
    parent = ground.names.parent(call, unit)
    target = getattr(parent, "target", None)
    texts = [last_name(target) if isinstance(target, Name | Attribute) else ""]
    around = ground.names.enclosing(call, unit)
    if around is not None:
        texts.append(ground.name_of(around, unit))
    for node in walk([one.value for one in call.arguments]):
        if isinstance(node, Name | Attribute):
            texts.append(node.name)
        elif isinstance(node, Constant) and isinstance(node.value, str):
            texts.append(node.value[:60])
    return any("refresh" in text.lower() for text in texts)


def _signed(ground: Ground, call: Call, unit: Unit, *, refresh: bool) -> Token | None:
    given = [one for one in call.arguments if not one.spread]
    plain = [one.value for one in given if not one.name]
    payload = next(
        (one.value for one in given if one.name in {"payload", "claims"}), plain[0] if plain else None
    )
    if payload is None or len(given) != len(call.arguments):
        return None
    claims = _claims(ground, payload, call, unit)
    options: Options | None = None
    if unit.language in JAVASCRIPT_FAMILY:
        at = 2 if _takes_key(call) else 1
        options = ground.options(plain[at] if len(plain) > at else None, unit, call.node)
        if at == 1 and not options.entries:
            registered = _registered(ground)
            if registered is None:
                return Token(unit, call, None, None, endless=False, refresh=refresh)
            options = registered
    for source in (options, claims):
        for key in _EXPIRIES if source is not None else ():
            entry = source.entries.get(key) if source is not None else None
            if entry is not None:
                if ground.value(*entry) is None:
                    return Token(unit, call, entry[0], None, endless=True, refresh=refresh)
                return Token(
                    entry[1], call, entry[0], seconds(ground, *entry), endless=False, refresh=refresh
                )
    whole = claims.whole and (options is None or options.whole)
    return Token(unit, call, None, None, endless=whole, refresh=refresh)


def _takes_key(call: Call) -> bool:
    """NestJS and Fastify know the key already: ``jwtService.sign(payload, options)``."""
    ways = names_in(call.callee)
    return (
        ways[0] == "sign"
        and not any(one.lower().endswith("jwtservice") or one == "server" for one in ways)
        and not (len(ways) > 2 and ways[1] == "jwt")
    )


def _registered(ground: Ground) -> Options | None:
    """Return the options that a module for tokens was registered with; ``None`` where that is not shown."""
    for unit in ground.flow.units:
        for call in unit.calls:
            ways = names_in(call.callee)
            given: Expression | None = None
            if ways[:2] == ["register", "JwtModule"] and call.arguments:
                given = call.arguments[0].value
            elif (
                ways[:1] == ["register"]
                and len(call.arguments) > 1
                and ("jwt" in ground.origin(call.arguments[0].value, unit).lower())
            ):
                given = call.arguments[1].value
            if given is None:
                continue
            options = ground.options(given, unit, call.node)
            inner = options.entries.get("signOptions") or options.entries.get("sign")
            found = (
                ground.options(None, unit, call.node) if inner is None else ground.options(*inner, call.node)
            )
            found.whole = found.whole and options.whole
            return found
    return None


def _claims(ground: Ground, payload: Expression, call: Call, unit: Unit) -> Options:
    """Return the claims of a token; those that are added to the mapping later as well."""
    found = ground.options(payload, unit, call.node)
    if not found.whole and not found.entries:
        found.whole = _lacks_expiry(ground, payload, unit, 0)
    around = ground.names.enclosing(call, unit)
    if around is not None:
        set_later = ground.remembered(
            ("exp", around), lambda: [value for node in walk(around.body) for value in _expiries(node)]
        )
        for value in set_later[:1]:
            found.entries.setdefault("exp", (value, unit))
    return found


def _expiries(node: Node) -> list[Expression]:
    """Return what a node sets ``exp`` to, in whatever way."""
    if isinstance(node, Assignment) and node.value is not None and isinstance(node.target, Index | Attribute):
        key = node.target.name if isinstance(node.target, Attribute) else _text(node.target.key)
        return [node.value] if key == "exp" else []
    if isinstance(node, Mapping):
        return [entry.value for entry in node.entries if _text(entry.key) == "exp"]
    return [one.value for one in node.arguments if one.name == "exp"] if isinstance(node, Call) else []


def _lacks_expiry(ground: Ground, payload: Expression, unit: Unit, depth: int) -> bool:
    """Say whether claims that come from elsewhere have no expiry for certain.

    A row or an object of the program has none; what a function is given has none where no caller gives one.
    """
    values = ground.names.values(payload, unit)
    return depth < _MAX_DEPTH and all(_is_without(ground, value, where, depth) for value, where in values)


def _is_without(ground: Ground, value: Expression, unit: Unit, depth: int) -> bool:
    if isinstance(value, Mapping):
        found = ground.options(value, unit, value.node)
        return found.whole and not any(key in found.entries for key in _EXPIRIES)
    if isinstance(value, Call):
        name = last_name(value.callee)
        if name == "copy" and isinstance(value.callee, Attribute) and not value.arguments:
            return _lacks_expiry(ground, value.callee.base, unit, depth + 1)
        if name == "dict" and len(value.arguments) == 1:
            return _lacks_expiry(ground, value.arguments[0].value, unit, depth + 1)
        return name in {"toJSON", "toObject", "model_dump"}
    if not isinstance(value, Name):
        return False
    given: list[tuple[Expression, Unit]] = []
    for definition in ground.names.definitions(value, unit):
        function = definition.function
        if function is None or definition.path:
            return False
        parameter = function.parameters[definition.position]
        for call, where in ground.names.callers(function):
            pairs = ground.names.arguments(call, function)
            given += [
                (one.value, where) for one in pairs if one.parameter is parameter and one.value is not None
            ]
    return bool(given) and all(_lacks_expiry(ground, one, where, depth + 1) for one, where in given)


def _text(expression: Expression | None) -> str:
    return str(expression.value) if isinstance(expression, Constant) else ""


def token_faults(ground: Ground, tokens: list[Token]) -> Iterator[Fault]:
    """Yield the tokens that never expire, or live long and cannot be ended."""
    for token in tokens:
        what = "the refresh token" if token.refresh else "the token"
        place = token.call.node if token.place is None else token.place.node
        if token.endless:
            yield Fault(token.unit, place, f"{what} never expires: {TO_THE_END}")
        elif token.life is not None and not ground.can_end:
            days = token.life / SECONDS_OF_A_DAY
            if days > MAX_TOKEN_DAYS:
                said = f"{what} lives for {days:.0f} days and nothing can end it before"
                yield Fault(token.unit, place, f"{said}: a stolen one works as long")
