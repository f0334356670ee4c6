"""Tokens where others read them: in addresses, and in what the scripts of a page can get at."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from harness.checks.access.sessions.ground import Fault, Ground, Scope
from harness.checks.errors.terms import last_name, names_in
from harness.response.block import BlockRole
from harness.response.flow.expressions import Attribute, Binary, Call, Constant, Expression, Index, Name, Text
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node, walk
from harness.response.languages import JAVASCRIPT_FAMILY

__all__ = ["address_faults", "storage_faults"]

_TOKEN = re.compile(
    r"^(?:access_?|auth_?|session_?|id_?|bearer_?|api_?|user_?)?(?:token|jwt)$|^session_?id$|^sid$",
    re.IGNORECASE,
)
_QUERIES = frozenset({"query", "query_params", "args", "GET", "$_GET", "searchParams", "queryParams"})
# One-time tokens travel by mail, and a handshake of a socket or an event source knows no headers.
_OTHER = re.compile(
    r"verif\w*[_-]?(?:email|mail|account)|email|confirm|reset|invit|unsubscribe|activat|magic|download|upload|link"
    r"|\bws\b|socket|connection"
    r"|upgrade|\bsse\b|stream|event|handshake|share|preview|webhook|csrf|captcha|calendar|feed|ical|image|hub|redeem",
    re.IGNORECASE,
)
_AUTH = re.compile(
    r"auth|log_?-?in|jwt|bearer|current_?user|protect|guard|require|session|token|identity|callback",
    re.IGNORECASE,
)
_PARAMETER = re.compile(
    r"[?&](?:access_?|auth_?|session_?|id_?|refresh_?)?(?:token|jwt|sid|session)=$", re.IGNORECASE
)
_READERS = frozenset({"verify", "jwtVerify", "decode", "verifyAsync"})
_ABOUT_TOKENS = re.compile(r"jwt|jose|token", re.IGNORECASE)
_STORED = re.compile(r"(?:api|auth|session|access)_?token", re.IGNORECASE)
_STORAGES = (["setItem", "localStorage"], ["setItem", "sessionStorage"])
_KEPT = re.compile(
    r"(?:^|[_.:-]|access|auth|refresh|bearer|id)_?-?(?:token|jwt)$|^session_?id$", re.IGNORECASE
)
_KEEPS = "the session's token is kept in the page's storage: any script in the page (XSS) can read it"
_LEAK = "server logs, proxies, the browser's history and referrers tell it to others"
_LEAKS = f"the session's token travels in the address: {_LEAK}"


def address_faults(ground: Ground) -> Iterator[Fault]:
    """Yield the places where the token of a session is taken from, or put into, an address."""
    for unit in ground.units:
        text = unit.block.text
        if "token" not in text.lower() and "jwt" not in text and "sid" not in text:
            continue
        nodes: list[Attribute | Index | Call] = [
            *ground.names.nodes(unit, Attribute),
            *ground.names.nodes(unit, Index),
            *unit.calls,
        ]
        found = [
            node for node in nodes if _is_read(ground, node, unit) and _authenticates(ground, node, unit)
        ]
        found += [call for call in unit.calls if _sends(ground, call, unit)]
        yield from [Fault(unit, node.node, _LEAKS) for node in found if ground.counts(unit, node.node)]


def storage_faults(ground: Ground) -> Iterator[Fault]:
    """Yield where the token of a session is put into the storage of a page."""
    for unit in ground.flow.units_with({BlockRole.CODE, BlockRole.FRONTEND}, JAVASCRIPT_FAMILY):
        if "Storage" not in unit.block.text:
            continue
        for call in unit.calls:
            if names_in(call.callee)[:2] in _STORAGES and len(call.arguments) > 1:
                key = ground.text(call.arguments[0].value, unit)
                if _KEPT.search(key) and ground.counts(unit, call.node):
                    yield Fault(unit, call.node, _KEEPS)


def _sends(ground: Ground, call: Call, unit: Unit) -> bool:
    if last_name(call.callee) not in {"redirect", "RedirectResponse", "header"} or not _carries(call):
        return False
    return _OTHER.search(ground.scope_of(call, unit).title) is None


def _is_read(ground: Ground, node: Node, unit: Unit) -> bool:
    """Say whether an expression is a token of the query: ``req.query.token``, ``args.get('token')``."""
    base: Expression | None = None
    key = ""
    if isinstance(node, Attribute):
        base, key = node.base, node.name
    elif isinstance(node, Index) and node.key is not None:
        base, key = node.base, ground.text(node.key, unit)
    elif isinstance(node, Call) and last_name(node.callee) in {"get", "query"} and node.arguments:
        key = ground.text(node.arguments[0].value, unit)
        base = node.callee.base if isinstance(node.callee, Attribute) else None
        if last_name(node.callee) == "query" and base is not None:
            return _TOKEN.match(key) is not None and last_name(base) in {"$request", "request", "req"}
    if base is None or not _TOKEN.match(key):
        return False
    return last_name(base) in _QUERIES and not isinstance(base, Call)


def _authenticates(ground: Ground, node: Node, unit: Unit) -> bool:
    scope = ground.scope_of(node, unit)
    around = [getattr(one, "name", "") for one in ground.names.path_to(node, unit)]
    title = " ".join([scope.title, *[one for one in around if isinstance(one, str)]])
    if scope.function is None or _OTHER.search(f"{title} {unit.block.path}"):
        return False
    guards = _AUTH.search(title) is not None
    key = ("address", scope.function, guards)
    return ground.remembered(key, lambda: _looks_up(ground, scope, guards=guards))


def _looks_up(ground: Ground, scope: Scope, *, guards: bool) -> bool:
    """Say whether a handler finds out by a token who is calling."""
    for one, _ in ground.reach(scope):
        if not isinstance(one, Call):
            continue
        if last_name(one.callee) in _READERS:
            return guards or any(_ABOUT_TOKENS.search(way) for way in names_in(one.callee))
        if guards and _STORED.search(_given(one)):
            return True
    return False


def _given(call: Call) -> str:
    names = [one.name for one in call.arguments if one.name]
    texts = [
        str(one.value) for one in walk([arg.value for arg in call.arguments]) if isinstance(one, Constant)
    ]
    return " ".join([*names, *texts])[:1_000]


def _carries(call: Call) -> bool:
    """Say whether an address is put together that ends its parameter with a token."""
    for node in walk([one.value for one in call.arguments], into_functions=False):
        parts: tuple[Expression, ...] = ()
        if isinstance(node, Text):
            parts = node.parts
        elif isinstance(node, Binary) and node.operator == "+":
            parts = (_last(node.left), node.right)
        for before, after in itertools.pairwise(parts):
            if isinstance(before, Constant) and _PARAMETER.search(str(before.value)):
                names = [one.name for one in walk([after]) if isinstance(one, Name | Attribute)]
                if any(re.search(r"token|jwt", one, re.IGNORECASE) for one in names):
                    return True
    return False


def _last(expression: Expression) -> Expression:
    while isinstance(expression, Binary) and expression.operator == "+":
        expression = expression.right
    return expression
