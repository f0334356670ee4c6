"""Sessions that an answer keeps by itself, without a library: where they lie, how long, under which id."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.access.sessions.cookies import life_faults
from harness.checks.access.sessions.ground import Fault, Ground
from harness.checks.errors.terms import last_name, names_in
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Call,
    Constant,
    Expression,
    Index,
    Mapping,
    Name,
    Text,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk

__all__ = ["own_faults", "stores_sessions"]

_LOGIN = re.compile(r"log_?-?in|sign_?-?in|authenticat", re.IGNORECASE)
# Sessions of sockets and of protocols lie where their connection does.
_CONNECTED = re.compile(r"socket|websocket|\bws\b|transport|\bsse\b", re.IGNORECASE)
_HOLDERS = re.compile(r"^\$?_*(?:active_?|user_?|auth_?)?sessions(?:_?(?:store|map|by_?id))?$", re.IGNORECASE)
_IDS = re.compile(
    r"^\$?(?:sid|session_?(?:id|token|key)|(?:auth|access|refresh|remember|login)_?token)$", re.IGNORECASE
)
_KEYED = re.compile(r"^(?:user[:_-]?)?sess(?:ions?)?[:_-]", re.IGNORECASE)
_CACHES = re.compile(r"redis|cache|client|store|\bkv\b", re.IGNORECASE)
_EXPIRES = re.compile(r"\b(?:p?expire(?:at|_at)?|setex|set_ex|psetex)\b", re.IGNORECASE)
_GUESSED = frozenset(
    "Math.random random.random random.randint random.choice random.choices rand mt_rand uniqid".split()
)
_MEMORY = "sessions lie in the memory of the process: a restart ends them all, a second server knows none"
_FOREVER = "the session is stored without an end: whoever gets hold of its id is the user for good"
_GUESSABLE = "what a session is known by can be guessed: its generator is made for games, not for secrets"


def own_faults(ground: Ground) -> Iterator[Fault]:
    """Yield what is wrong with sessions that are kept by hand."""
    for unit in ground.units:
        text = unit.block.text
        if "ess" not in text and "oken" not in text and "sid" not in text:
            continue
        for place, message in _of_unit(ground, unit):
            if ground.counts(unit, place.node):
                yield Fault(unit, place.node, message)
        for one in unit.assignments:
            if last_name(one.target) == "permanent_session_lifetime" and one.value is not None:
                yield from life_faults(ground, (one.value, unit), "the session", 1)


def stores_sessions(ground: Ground) -> bool:
    """Say whether sessions are stored by hand under a key that says so."""
    return any(_stores_session(ground, call, unit) for unit in ground.units for call in unit.calls)


def _of_unit(ground: Ground, unit: Unit) -> Iterator[tuple[Assignment | Call, str]]:
    by_hand = _LOGIN.search(unit.block.text) is not None and _CONNECTED.search(unit.block.text) is None
    for one in unit.assignments:
        if by_hand and isinstance(one.target, Index) and _lies_in_memory(ground, one.target.base, unit):
            yield one, _MEMORY
        elif one.value is not None and _IDS.match(last_name(one.target)) and _is_guessed(one.value):
            yield one, _GUESSABLE
    for call in unit.calls:
        callee = call.callee
        if not isinstance(callee, Attribute) or callee.name != "set" or not call.arguments:
            continue
        if by_hand and _lies_in_memory(ground, callee.base, unit):
            yield call, _MEMORY
        elif _stores_session(ground, call, unit) and _lasts(call, unit):
            yield call, _FOREVER


def _lies_in_memory(ground: Ground, holder: Expression, unit: Unit) -> bool:
    """Tell whether something is an object that stands empty at the top of a module, to hold all sessions."""
    if not isinstance(holder, Name) or not _HOLDERS.match(holder.name):
        return False
    for value, where in ground.names.values(holder, unit):
        made = isinstance(value, Call) and last_name(value.callee) in {"Map", "dict", "defaultdict"}
        empty = isinstance(value, Mapping) and not value.entries
        if (made or empty) and ground.names.enclosing(value, where) is None:
            return True
    return False


def _is_guessed(value: Expression) -> bool:
    return any(
        isinstance(node, Call) and ".".join(reversed(names_in(node.callee))) in _GUESSED
        for node in walk([value])
    )


def _stores_session(ground: Ground, call: Call, unit: Unit) -> bool:
    callee = call.callee
    if not isinstance(callee, Attribute) or callee.name not in {"set", "setex", "setEx", "hset", "hSet"}:
        return False
    if not call.arguments or not any(_CACHES.search(name) for name in names_in(callee.base)):
        return False
    return _KEYED.match(_head(ground, call.arguments[0].value, unit)) is not None


def _head(ground: Ground, key: Expression, unit: Unit) -> str:
    """Return how a key begins, as far as it is written out."""
    first = key.parts[0] if isinstance(key, Text) and key.parts else key
    return str(first.value) if isinstance(first, Constant) else ground.text(key, unit)


def _lasts(call: Call, unit: Unit) -> bool:
    """Tell whether nothing ever ends what is stored: no term beside it, no call that sets one."""
    return len(call.arguments) == 2 and _EXPIRES.search(unit.block.text) is None
