"""How code answers a request or refuses it: the status that a call, a ``throw`` or ``next(error)`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ast_grep_py import SgNode

from harness.checks.access.call_natures import last_name
from harness.checks.access.kinds import Fact, Nature
from harness.checks.access.words import words_of
from harness.response.javascript.syntax import arguments_of, callee_of, string_value, unwrap, walk
from harness.response.javascript.values import Literal, Member, options_of

if TYPE_CHECKING:
    from harness.checks.access.flow import Flow

__all__ = ["answer_facts", "error_facts", "status_facts"]

_REFUSED = frozenset({Fact.REFUSED})
_REFUSED_429 = frozenset({Fact.REFUSED, Fact.REFUSED_429})
_ANSWERED = frozenset({Fact.ANSWERED})
_STATUS_METHODS = frozenset({"status", "sendStatus", "writeHead", "code"})
_SENDING = frozenset({"json", "send", "end", "render", "jsonp", "sendFile", "pipe", "download", "attachment"})
_FINE = frozenset({"ok", "created", "accepted", "no", "success", "found", "moved", "modified", "partial"})
_REFUSING = frozenset(
    "error errors fail failed failure forbidden unauthorized unauthorised denied deny reject "
    "refuse abort problem unauthenticated".split()
)
_WAY_OUT = frozenset("login signin unauthorized forbidden denied 401 403 auth".split())


def answer_facts(flow: Flow, call: SgNode) -> frozenset[Fact]:
    """Return what a call on the response, or one that is handed the response, does to the request."""
    callee = callee_of(call)
    if callee is None:
        return frozenset()
    callee, name = unwrap(callee), last_name(callee)
    target = callee.field("object")
    arguments = arguments_of(call)
    if target is not None and Nature.RESPONSE in flow.natures.of(target, flow.unit):
        if name in _STATUS_METHODS:
            return status_facts(flow, arguments[0]) if arguments else frozenset()
        if name == "redirect":
            words = {word for part in arguments for word in words_of(string_value(part) or "")}
            return _REFUSED if words & _WAY_OUT else _ANSWERED
        if name in _SENDING:
            return _ANSWERED
        return _REFUSED if set(words_of(name)) & _REFUSING else frozenset()
    if any(Nature.RESPONSE in flow.natures.of(argument, flow.unit) for argument in arguments):
        named_so = set(words_of(name)) & _REFUSING
        return error_facts(flow, call) if named_so or _statuses(flow, call) else frozenset()
    return frozenset()


def status_facts(flow: Flow, node: SgNode) -> frozenset[Fact]:
    """Return what an answer with a status does: an error status turns the request away."""
    for option in options_of(flow.natures.resolver.resolve(node, flow.unit)):
        if isinstance(option, Literal) and isinstance(option.value, float):
            if option.value == 429:
                return _REFUSED_429
            return _REFUSED if option.value >= 400 else _ANSWERED
        if isinstance(option, Member):
            words = set(words_of(option.name)) | set(option.name.lower().split("_"))
            if {"too", "many"} <= words:
                return _REFUSED_429
            return _ANSWERED if words & _FINE and "not" not in words else _REFUSED
    return _REFUSED


def error_facts(flow: Flow, node: SgNode) -> frozenset[Fact]:
    """Return what an error does that is thrown, handed to ``next`` or to a helper."""
    text = node.text()
    limited = "TooMany" in text or "TOO_MANY" in text or "RateLimit" in text or 429 in _statuses(flow, node)
    return _REFUSED_429 if limited else _REFUSED


def _statuses(flow: Flow, node: SgNode) -> set[int]:
    found: set[int] = set()
    for part in walk(node, into_functions=False):
        if part.kind() not in {"number", "identifier"}:
            continue
        value = flow.natures.resolver.resolve(part, flow.unit)
        if isinstance(value, Literal) and isinstance(value.value, float) and 400 <= value.value < 600:
            found.add(int(value.value))
    return found
