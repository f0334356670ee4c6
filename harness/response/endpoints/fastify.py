"""Endpoints of Fastify: hooks of the instance and of the plugins around a route, options of the route."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.response.endpoints.model import Input, Passed, PassedKind, ServerEndpoint, Through
from harness.response.endpoints.reading import Reading, joined_path, last_name
from harness.response.flow.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Function,
    Name,
)
from harness.response.flow.origins import GLOBAL, Origin
from harness.response.flow.statements import Unit

__all__ = ["fastify_endpoints"]

_VERBS = frozenset("get post put patch delete all".split())
_HOOKS = ("onRequest", "preParsing", "preValidation", "preHandler")
_LIMITS = frozenset({"@fastify/rate-limit", "fastify-rate-limit"})
_INSTANCES = frozenset("fastify app instance server api scope".split())
_SCHEMA_PARTS = frozenset({"body", "querystring", "query", "params"})
# Plugins that guard nothing of themselves.
_HARMLESS = ("@fastify/", "fastify-", "@prisma", "@sinclair")
_MAX_DEPTH = 6
_GLOBAL_NAMES = (("fastify",), ("Fastify",))
_UNDECLARED = (("app",), ("server",), ("fastify",))
_SIGNS = (".setErrorHandler(", ".addHook(", ".jwtVerify(", "reply.code(", "reply.send(")
# Plugins by the names they are given where their import is left out.
_NAMED_LIMITS = frozenset({"ratelimit", "fastifyratelimit", "ratelimiter"})
_NAMED_HARMLESS = frozenset(
    "cookie cors formbody helmet jwt multipart postgres redis sensible session static swagger".split()
)


@dataclass(eq=False)
class _Scope:
    """An instance: the application, or a plugin with what it is registered in."""

    key: Call | Function | str
    is_app: bool
    guards: list[Passed] = field(default_factory=list)
    mounts: list[tuple[_Scope, str]] = field(default_factory=list)
    # Something is registered that is not shown and may add hooks.
    is_open: bool = False
    # Made with fastify-plugin: its hooks are those of its parent.
    shares: bool = False


def fastify_endpoints(reading: Reading) -> Iterator[ServerEndpoint]:
    """Yield the endpoints of Fastify."""
    if any("fastify" in unit.block.text.lower() or _has_signs(unit) for unit in reading.units):
        yield from _Finder(reading).endpoints()


def _is_fastify(origin: Origin | None) -> bool:
    """Say whether this is Fastify; answers leave the import out."""
    if origin is None:
        return False
    return origin.module == "fastify" or (origin.module == GLOBAL and origin.path[:1] in _GLOBAL_NAMES)


def _named(origin: Origin) -> str:
    """Return the name of what is used without being imported, in small letters."""
    return origin.path[-1].lower() if origin.module == GLOBAL and origin.path else ""


def _is_harmless(origin: Origin | None) -> bool:
    if origin is None:
        return False
    return origin.module.startswith(_HARMLESS) or _named(origin).removeprefix("fastify") in _NAMED_HARMLESS


def _is_undeclared(origin: Origin | None) -> bool:
    return origin is not None and origin.module == GLOBAL and origin.path in _UNDECLARED


def _has_signs(unit: Unit) -> bool:
    """Say whether a block is written for Fastify though it does not say so: what only an instance has."""
    return any(sign in unit.block.text for sign in _SIGNS)


class _Finder:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.scopes: dict[Call | Function | str, _Scope] = {}
        self.decorated: dict[str, tuple[Expression, Unit]] = {}
        for unit in reading.units:
            for call in unit.calls:
                self._decorate(call, unit)
        for unit in reading.units:
            for call in unit.calls:
                self._connect(call, unit)
        for scope in list(self.scopes.values()):
            for parent, _ in scope.mounts if scope.shares else ():
                parent.guards += scope.guards

    def _decorate(self, call: Call, unit: Unit) -> None:
        """`app.decorate('authenticate', async (request) => ...)`."""
        if last_name(call.callee) == "decorate" and len(call.arguments) > 1:
            name = self.reading.text(call.arguments[0].value, unit)
            if name:
                self.decorated[name] = (call.arguments[1].value, unit)

    def _scope(self, expression: Expression, unit: Unit) -> _Scope | None:
        """Return the instance that an expression is: the result of `fastify()`, or a plugin's parameter."""
        for value, where in self.reading.names.values(expression, unit):
            if isinstance(value, Call):
                origin = self.reading.names.origin(value, where)
                if _is_fastify(origin):
                    return self.scopes.setdefault(value, _Scope(value, is_app=True))
            elif isinstance(value, Name):
                if _is_undeclared(self.reading.names.origin(value, where)) and _has_signs(where):
                    key = f"{where.block.number} {value.name}"
                    return self.scopes.setdefault(key, _Scope(key, is_app=False))
                for definition in self.reading.names.definitions(value, where):
                    function = definition.function
                    is_first = definition.kind == "parameter" and definition.position == 0
                    if is_first and function is not None and value.name.lower() in _INSTANCES:
                        return self.scopes.setdefault(function, _Scope(function, is_app=False))
        return None

    def _connect(self, call: Call, unit: Unit) -> None:
        callee = call.callee
        if not isinstance(callee, Attribute) or callee.name not in {"register", "addHook"}:
            return
        scope = self._scope(callee.base, unit)
        given = [one.value for one in call.arguments]
        if scope is None or not given:
            return
        if callee.name == "addHook":
            if self.reading.text(given[0], unit) in _HOOKS and len(given) > 1:
                scope.guards.append(self._passed(given[1], unit))
            return
        options = self.reading.entries(given[1], unit) if len(given) > 1 else {}
        self._register(scope, given[0], options, unit)

    def _register(
        self, scope: _Scope, plugin: Expression, options: dict[str, tuple[Expression, Unit]], unit: Unit
    ) -> None:
        origin = self.reading.names.origin(plugin, unit)
        if origin is not None and (origin.module in _LIMITS or _named(origin) in _NAMED_LIMITS):
            if "global" not in options or self.reading.truth(*options["global"]) is not False:
                scope.guards.append(Passed(PassedKind.MIDDLEWARE, "RateLimiter", unit, plugin, origin))
            return
        shared = False
        for value, where in self.reading.names.values(plugin, unit):
            if (
                isinstance(value, Call)
                and value.arguments
                and last_name(value) in {"fp", "fastifyPlugin", "default"}
            ):
                shared, plugin, unit = True, value.arguments[0].value, where
        prefix = self.reading.text(*options["prefix"]) if "prefix" in options else ""
        functions = self.reading.functions(plugin, unit)
        for function, _ in functions:
            child = self.scopes.setdefault(function, _Scope(function, is_app=False))
            child.mounts.append((scope, prefix))
            child.shares = child.shares or shared
        if not functions and not _is_harmless(origin):
            scope.is_open = True

    def _passed(self, value: Expression, unit: Unit) -> Passed:
        name = last_name(value)
        if isinstance(value, Attribute) and name in self.decorated:
            value, unit = self.decorated[name]
        if isinstance(value, Function):
            return Passed(PassedKind.HOOK, value.name or name, unit, value)
        return self.reading.passed(PassedKind.HOOK, value, unit)

    def endpoints(self) -> Iterator[ServerEndpoint]:
        for unit in self.reading.units:
            for call in unit.calls:
                callee = call.callee
                if not isinstance(callee, Attribute) or not call.arguments:
                    continue
                if callee.name in _VERBS or callee.name == "route":
                    scope = self._scope(callee.base, unit)
                    if scope is not None:
                        yield from self._route(call, callee.name, scope, unit)

    def _route(self, call: Call, name: str, scope: _Scope, unit: Unit) -> Iterator[ServerEndpoint]:
        given = [one.value for one in call.arguments]
        if name == "route":
            options = self.reading.entries(given[0], unit)
            methods = [
                self.reading.text(*item).lower()
                for item in self.reading.items(*options.get("method", (None, unit)))
            ]
            path = self.reading.text(*options["url"]) if "url" in options else ""
            handler = options.get("handler")
        else:
            options = self.reading.entries(given[1], unit) if len(given) > 2 else {}
            methods, path = [name], self.reading.text(given[0], unit)
            handler = (given[-1], unit) if len(given) > 1 else None
        functions = [] if handler is None else self.reading.functions(*handler)
        function, home = functions[0] if functions else (None, unit)
        own = [
            self._passed(item, where)
            for hook in _HOOKS
            if hook in options
            for item, where in self.reading.items(*options[hook])
        ]
        own += self._own_limit(options)
        inputs = tuple(self._inputs(options))
        for prefix, guards, is_open in self._above(scope, 0):
            for method in methods:
                yield ServerEndpoint(
                    "Fastify",
                    method,
                    joined_path(prefix, path),
                    call,
                    unit,
                    function,
                    home,
                    guards=(*guards, *own),
                    inputs=inputs,
                    name=last_name(given[-1]) if function is None else function.name,
                    open=is_open,
                    hidden=function is None,
                )

    def _own_limit(self, options: dict[str, tuple[Expression, Unit]]) -> Iterator[Passed]:
        """`config: { rateLimit: { max: 5 } }`."""
        config = options.get("config")
        said = {} if config is None else self.reading.entries(*config)
        limit = said.get("rateLimit")
        if limit is not None and self.reading.truth(*limit) is not False:
            yield Passed(PassedKind.MIDDLEWARE, "RateLimiter", limit[1], limit[0])

    def _inputs(self, options: dict[str, tuple[Expression, Unit]]) -> Iterator[Input]:
        schema = options.get("schema")
        for name, (value, where) in ({} if schema is None else self.reading.entries(*schema)).items():
            if name in _SCHEMA_PARTS and not isinstance(value, Constant):
                yield Input(Through.SCHEMA, name, value, where, "ajv")

    def _above(self, scope: _Scope, depth: int) -> list[tuple[str, list[Passed], bool]]:
        if scope.is_app or depth > _MAX_DEPTH:
            return [("", scope.guards, scope.is_open)]
        ways = [
            (joined_path(prefix, at), [*guards, *scope.guards], is_open or scope.is_open)
            for parent, at in scope.mounts
            for prefix, guards, is_open in self._above(parent, depth + 1)
        ]
        return ways or [("", scope.guards, True)]
