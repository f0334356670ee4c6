"""Endpoints of FastAPI: dependencies of the application, its routers, the route and the parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.response.endpoints.model import Input, Passed, PassedKind, ServerEndpoint, Through
from harness.response.endpoints.reading import Reading, argument, joined_path, keyword, last_name
from harness.response.flow.expressions import (
    Attribute,
    Call,
    Expression,
    Function,
    Index,
    Items,
    Name,
    Parameter,
)
from harness.response.flow.origins import class_words
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk

__all__ = ["dependencies_of", "fastapi_endpoints"]

_METHODS = frozenset("get post put patch delete head options websocket".split())
_ROUTERS = frozenset({"FastAPI", "APIRouter"})
_MAX_MOUNTS = 6
_MAX_WAYS = 16
# Parameters that FastAPI fills without reading input that could be wrong.
_OWN_TYPES = frozenset(
    "Request Response BackgroundTasks WebSocket HTTPConnection SecurityScopes AsyncSession Session".split()
)


@dataclass(eq=False)
class _Router:
    """An application or router: the call that makes it."""

    call: Call
    unit: Unit
    is_app: bool
    prefix: str = ""
    guards: list[Passed] = field(default_factory=list)
    mounts: list[tuple[_Router, str, list[Passed]]] = field(default_factory=list)


def fastapi_endpoints(reading: Reading) -> Iterator[ServerEndpoint]:
    """Yield the endpoints of FastAPI."""
    if any("fastapi" in unit.block.text.lower() for unit in reading.units):
        yield from _Finder(reading).endpoints()


class _Finder:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.routers: dict[Call, _Router] = {}
        for unit in reading.units:
            for call in unit.calls:
                made = last_name(call.callee)
                if made not in _ROUTERS:
                    continue
                origin = reading.names.origin(call.callee, unit)
                if origin is not None and origin.module.split(".")[0] in {"fastapi", "global"}:
                    self.routers[call] = self._router(call, unit, is_app=made == "FastAPI")
        for unit in reading.units:
            for call in unit.calls:
                self._connect(call, unit)
            for function in unit.functions:
                self._hook(function, unit)

    def _router(self, call: Call, unit: Unit, *, is_app: bool) -> _Router:
        prefix = self.reading.text(keyword(call, "prefix"), unit)
        return _Router(call, unit, is_app, prefix, self._dependencies(keyword(call, "dependencies"), unit))

    def _dependencies(self, given: Expression | None, unit: Unit) -> list[Passed]:
        found: list[Passed] = []
        for item, where in self.reading.items(given, unit):
            passed = self._dependency(item, where)
            if passed is not None:
                found.append(passed)
        return found

    def _dependency(self, expression: Expression, unit: Unit) -> Passed | None:
        """Return what ``Depends(x)`` or ``Security(x)`` stands for."""
        for value, where in self.reading.names.values(expression, unit):
            if isinstance(value, Call) and last_name(value) in {"Depends", "Security"}:
                given = argument(value, 0, "dependency")
                if given is None:
                    return None
                return self.reading.passed(PassedKind.DEPENDENCY, given, where)
        return None

    def _at(self, expression: Expression, unit: Unit) -> list[_Router]:
        return [
            self.routers[value]
            for value, _ in self.reading.names.values(expression, unit)
            if isinstance(value, Call) and value in self.routers
        ]

    def _connect(self, call: Call, unit: Unit) -> None:
        """Read ``include_router``, ``add_middleware`` and ``@app.middleware``."""
        callee = call.callee
        if not isinstance(callee, Attribute):
            return
        if callee.name == "include_router":
            given = argument(call, 0, "router")
            prefix = self.reading.text(keyword(call, "prefix"), unit)
            guards = self._dependencies(keyword(call, "dependencies"), unit)
            for parent in self._at(callee.base, unit):
                for child in [] if given is None else self._at(given, unit):
                    child.mounts.append((parent, prefix, guards))
        elif callee.name == "add_middleware" and call.arguments:
            passed = self.reading.passed(PassedKind.MIDDLEWARE, call.arguments[0].value, unit)
            for app in self._at(callee.base, unit):
                app.guards.append(passed)

    def _hook(self, function: Function, unit: Unit) -> None:
        """Read ``@app.middleware("http")``."""
        for decorator in function.decorators:
            callee = decorator.callee if isinstance(decorator, Call) else None
            if isinstance(callee, Attribute) and callee.name == "middleware":
                for app in self._at(callee.base, unit):
                    app.guards.append(Passed(PassedKind.MIDDLEWARE, function.name, unit, function))

    def endpoints(self) -> Iterator[ServerEndpoint]:
        for unit in self.reading.units:
            for function in unit.functions:
                for position, decorator in enumerate(function.decorators):
                    if isinstance(decorator, Call) and isinstance(decorator.callee, Attribute):
                        yield from self._routed(function, decorator, position, unit)

    def _routed(
        self, function: Function, decorator: Call, position: int, unit: Unit
    ) -> Iterator[ServerEndpoint]:
        callee = decorator.callee
        if not isinstance(callee, Attribute):
            return
        methods = self._methods(callee.name, decorator, unit)
        routers = self._at(callee.base, unit)
        if not methods or (not routers and not self._looks_like_router(callee.base, unit)):
            return
        path = self.reading.text(argument(decorator, 0, "path"), unit)
        own = [
            self.reading.passed(PassedKind.DECORATOR, other, unit)
            for other in function.decorators[position + 1 :]
        ]
        own += self._dependencies(keyword(decorator, "dependencies"), unit)
        own += self._of_parameters(function, unit)
        inputs = tuple(self._inputs(function, unit))
        for prefix, guards, is_open in self._ways(routers):
            for method in methods:
                yield ServerEndpoint(
                    "FastAPI",
                    method,
                    joined_path(prefix, path),
                    decorator,
                    unit,
                    function,
                    unit,
                    guards=(*guards, *own),
                    inputs=inputs,
                    name=function.name,
                    open=is_open,
                )

    def _methods(self, name: str, decorator: Call, unit: Unit) -> list[str]:
        if name in _METHODS:
            return [name] if name != "websocket" else ["get"]
        if name not in {"api_route", "route"}:
            return []
        given = self.reading.items(keyword(decorator, "methods"), unit)
        return [self.reading.text(item, where).lower() for item, where in given] or ["get"]

    def _looks_like_router(self, base: Expression, unit: Unit) -> bool:
        """A router that is imported from where it is not shown."""
        name = last_name(base).lower()
        imports = any(one.module.split(".")[0] == "fastapi" for one in unit.imports)
        return imports and (name in {"app", "api"} or name.endswith("router"))

    def _ways(self, routers: list[_Router]) -> list[tuple[str, list[Passed], bool]]:
        if not routers:
            return [("", [], True)]
        return [way for router in routers for way in self._above(router, 0)][:_MAX_WAYS]

    def _above(self, router: _Router, depth: int) -> list[tuple[str, list[Passed], bool]]:
        if router.is_app or depth > _MAX_MOUNTS:
            return [("", router.guards, False)]
        ways = [
            (joined_path(prefix, at, router.prefix), [*guards, *added, *router.guards], is_open)
            for parent, at, added in router.mounts
            for prefix, guards, is_open in self._above(parent, depth + 1)
        ]
        return ways or [(router.prefix, router.guards, True)]

    def _of_parameters(self, function: Function, unit: Unit) -> Iterator[Passed]:
        for parameter in function.parameters:
            for given in dependencies_of(self.reading, parameter, unit):
                passed = self._dependency(given[0], given[1])
                if passed is not None:
                    yield passed

    def _inputs(self, function: Function, unit: Unit) -> Iterator[Input]:
        for parameter in function.parameters:
            if any(
                self._dependency(*given) is not None
                for given in dependencies_of(self.reading, parameter, unit)
            ):
                continue
            words = [word.rpartition(".")[2] for word in class_words(parameter.annotation)]
            if not words or set(words) & _OWN_TYPES:
                if "Request" in words and _reads_raw(function, parameter):
                    yield Input(Through.RAW, "request", parameter, unit)
                continue
            plain = words[0] in {"dict", "Dict", "Any"} or words[0] == "Mapping"
            through = Through.RAW if plain else Through.SCHEMA
            yield Input(through, words[0], parameter, unit, "" if plain else "pydantic")


def dependencies_of(reading: Reading, parameter: Parameter, unit: Unit) -> Iterator[tuple[Expression, Unit]]:
    """Yield what may be a dependency: the default, the metadata of ``Annotated``, those of its alias."""
    if parameter.default is not None:
        yield parameter.default, unit
    for one in parameter.decorators:
        yield one, unit
    for word in class_words(parameter.annotation):
        if "." in word:
            continue
        for definition in reading.names.named(word, unit):
            value = definition.value
            if isinstance(value, Index) and last_name(value.base) == "Annotated":
                for item in value.key.items[1:] if isinstance(value.key, Items) else ():
                    yield item, definition.unit


def _reads_raw(function: Function, parameter: Parameter) -> bool:
    """Say whether a handler reads the request itself: ``await request.json()``."""
    name = last_name(parameter.target)
    return any(
        isinstance(node, Attribute)
        and isinstance(node.base, Name)
        and node.base.name == name
        and node.name in {"json", "form", "body", "query_params", "path_params"}
        for node in walk(function.body)
    )
