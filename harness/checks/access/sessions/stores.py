"""How a session is set up in code: the middleware of Express, Koa and Fastify, and of Starlette."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.checks.access.sessions.cookies import Defaults, flag_faults, life_faults
from harness.checks.access.sessions.ground import Fault, Ground, Options
from harness.checks.errors.terms import last_name
from harness.response.flow.expressions import Call, Expression, Name
from harness.response.flow.statements import Unit
from harness.response.languages import JAVASCRIPT_FAMILY

__all__ = ["CLIENT_SIDE", "Setup", "setup_faults", "setups_of"]

# Sessions that lie in the cookie itself: nothing on the server has an identity that could be fixed.
CLIENT_SIDE = frozenset({"cookie-session", "iron-session", "@fastify/secure-session", "next-auth"})
_MEMORY = "sessions are kept in the memory of one process: they grow without bound and get lost at a restart"


@dataclass(frozen=True, slots=True)
class _Library:
    """``nested``: the flags stand under ``cookie``. ``store``: without one the memory is used."""

    nested: bool
    store: bool
    defaults: Defaults


_LIBRARIES = {
    "express-session": _Library(nested=True, store=True, defaults=Defaults(http_only=True)),
    "@fastify/session": _Library(nested=True, store=True, defaults=Defaults(http_only=True, secure=True)),
    "fastify-session": _Library(nested=True, store=True, defaults=Defaults(http_only=True, secure=True)),
    "cookie-session": _Library(nested=False, store=False, defaults=Defaults(http_only=True, secure=True)),
    "koa-session": _Library(nested=False, store=False, defaults=Defaults(http_only=True, secure=True)),
    "koa-generic-session": _Library(nested=True, store=True, defaults=Defaults(http_only=True, secure=True)),
}


@dataclass(frozen=True, slots=True)
class Setup:
    """One place where sessions are set up; ``library`` is a module, or ``starlette``."""

    library: str
    call: Call
    unit: Unit
    given: Expression | None


# What the function of a library is called nearly everywhere, where an answer leaves the import out.
_NOT_SHOWN = "global"
_USUAL = {
    "expressSession": "express-session",
    "session": "express-session",
    "fastifySession": "@fastify/session",
    "cookieSession": "cookie-session",
}
# Options that tell a set-up of sessions from anything else that is called "session".
_TELLING = frozenset({"secret", "keys", "resave", "saveUninitialized"})


def setups_of(ground: Ground) -> list[Setup]:
    """Return where the answer sets up sessions."""
    found: list[Setup] = []
    for unit in ground.units:
        if "ession" not in unit.block.text:
            continue
        for call in unit.calls:
            setup = (
                _in_javascript(ground, call, unit)
                if unit.language in JAVASCRIPT_FAMILY
                else _starlette(call, unit)
            )
            if setup is not None and ground.counts(unit, call.node):
                found.append(setup)
    return found


def _in_javascript(ground: Ground, call: Call, unit: Unit) -> Setup | None:
    library = _library(ground, call.callee, unit)
    if library in _LIBRARIES:
        given = call.arguments[0].value if call.arguments else None
        if given is not None and library == "express-session" and _is_other(ground, given, unit):
            return None
        origin = ground.names.origin(call.callee, unit)
        if origin is not None and origin.module == _NOT_SHOWN:
            shown = set() if given is None else ground.options(given, unit, call.node).entries.keys()
            if not shown & _TELLING:
                return None
        return Setup(library, call, unit, given)
    if last_name(call.callee) == "register" and call.arguments:
        library = _library(ground, call.arguments[0].value, unit)
        if library in _LIBRARIES:
            return Setup(library, call, unit, call.arguments[1].value if len(call.arguments) > 1 else None)
    return None


def _library(ground: Ground, expression: Expression, unit: Unit) -> str:
    """Return the module of the function itself: ``session.Store`` is another thing."""
    origin = ground.names.origin(expression, unit)
    if origin is None:
        return ""
    if origin.module == _NOT_SHOWN:
        return _USUAL.get(expression.name, "") if isinstance(expression, Name) else ""
    return origin.module if origin.path in {(), ("default",)} else ""


def _is_other(ground: Ground, given: Expression, unit: Unit) -> bool:
    """``connect(session)`` gets the module, ``session(options)`` its options."""
    return _library(ground, given, unit) != ""


def _starlette(call: Call, unit: Unit) -> Setup | None:
    if unit.language != "python":
        return None
    first = call.arguments[0].value if call.arguments and not call.arguments[0].name else None
    adds = last_name(call.callee) in {"add_middleware", "Middleware"}
    if adds and first is not None and last_name(first) == "SessionMiddleware":
        return Setup("starlette", call, unit, None)
    return None


def setup_faults(ground: Ground, setups: list[Setup]) -> Iterator[Fault]:
    """Yield what is wrong with how sessions are set up."""
    for setup in setups:
        if setup.library == "starlette":
            yield from _of_starlette(ground, setup)
        elif not ground.is_local(setup.unit):
            yield from _of_middleware(ground, setup)


def _of_middleware(ground: Ground, setup: Setup) -> Iterator[Fault]:
    library = _LIBRARIES[setup.library]
    options = ground.options(setup.given, setup.unit, setup.call.node)
    if library.store:
        yield from _store(ground, options)
    flags = options
    if library.nested:
        inner = options.entries.get("cookie")
        if inner is None:
            flags = Options(
                setup.call.node, setup.unit, whole=options.whole and "cookie" not in ground.assigned
            )
        else:
            flags = ground.options(*inner, inner[0].node)
            flags.unit = inner[1]
    yield from flag_faults(ground, flags, library.defaults, "the session's cookie")
    for entry in (flags.entries.get("maxAge"), options.entries.get("maxAge")):
        if entry is not None:
            yield from life_faults(ground, entry, "the session", 0.001)
            break


def _store(ground: Ground, options: Options) -> Iterator[Fault]:
    entry = options.entries.get("store")
    if entry is None:
        if options.whole and "store" not in ground.assigned:
            yield Fault(
                options.unit,
                options.node,
                f"no store is configured, {_MEMORY}, and none can be ended elsewhere",
            )
        return
    made = [value for value, _ in ground.names.values(*entry)]
    in_memory = made and all(isinstance(one, Call) and last_name(one.callee) == "MemoryStore" for one in made)
    if in_memory and "memorystore" not in ground.modules:
        yield Fault(entry[1], entry[0].node, _MEMORY)


def _of_starlette(ground: Ground, setup: Setup) -> Iterator[Fault]:
    options = ground.keywords(setup.call, setup.unit)
    renamed = Options(options.node, options.unit, dict(options.entries), options.whole)
    if "https_only" in options.entries:
        renamed.entries["secure"] = options.entries["https_only"]
    if "same_site" in options.entries:
        renamed.entries["sameSite"] = options.entries["same_site"]
    yield from flag_faults(ground, renamed, Defaults(http_only=True, same_site=True), "the session's cookie")
    if "max_age" in options.entries:
        yield from life_faults(ground, options.entries["max_age"], "the session", 1)
