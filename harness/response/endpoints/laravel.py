"""Endpoints of Laravel: chains of ``Route::``, groups, and what controllers add to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from harness.response.block import Origin
from harness.response.endpoints.laravel_controllers import Controllers
from harness.response.endpoints.model import Passed, PassedKind, ServerEndpoint
from harness.response.endpoints.reading import Reading, is_fragment, joined_path, last_name
from harness.response.flow.expressions import (
    Attribute,
    Call,
    ClassDefinition,
    Expression,
    Function,
    Items,
    Name,
)
from harness.response.flow.statements import Evaluate, If, Loop, Return, Statement, Unit, With
from harness.response.record import record

__all__ = ["laravel_endpoints"]

_VERBS = frozenset("get post put patch delete options any match view redirect livewire".split())
_RESOURCES = {
    "resource": ("index", "create", "store", "show", "edit", "update", "destroy"),
    "apiResource": ("index", "store", "show", "update", "destroy"),
    "singleton": ("show", "update"),
    "apiSingleton": ("show", "update"),
}
_RESOURCE_METHODS = {"store": "post", "update": "put", "destroy": "delete"}
_WITH_ID = frozenset({"show", "edit", "update", "destroy"})
_MAX_LINKS = 60
_ROOTS = frozenset({"Route", "$router"})


@record
class _Context:
    """What the groups around a route say."""

    unit: Unit
    prefix: str = ""
    controller: Expression | None = None
    guards: tuple[Passed, ...] = ()
    removed: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Chain:
    """``Route::middleware(...)->prefix(...)->group(...)``: names with arguments, in order."""

    call: Call
    links: list[tuple[str, Call]] = field(default_factory=list)

    def find(self, *names: str) -> Call | None:
        return next((call for name, call in self.links if name in names), None)


def laravel_endpoints(reading: Reading) -> Iterator[ServerEndpoint]:
    """Yield the endpoints of Laravel."""
    if any("Route" in unit.block.text or "Controller" in unit.block.text for unit in reading.units):
        yield from _Finder(reading).endpoints()


def _chain_of(expression: Expression) -> _Chain | None:
    """Return the chain that a statement is, if it hangs from ``Route``."""
    chain: _Chain | None = None
    links: list[tuple[str, Call]] = []
    here = expression
    while isinstance(here, Call) and isinstance(here.callee, Attribute) and len(links) < _MAX_LINKS:
        chain = chain or _Chain(here)
        links.append((here.callee.name, here))
        here = here.callee.base
    if chain is None or not isinstance(here, Name) or last_name(here) not in _ROOTS:
        return None
    chain.links = links[::-1]
    return chain


class _Finder:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.controllers = Controllers(reading)

    def endpoints(self) -> Iterator[ServerEndpoint]:
        shown = False
        for unit in self.reading.units:
            if "Route" not in unit.block.text:
                continue
            prefix = "api" if unit.block.path.endswith("routes/api.php") else ""
            context = _Context(unit, prefix)
            for found in self._statements(unit.body, context):
                shown = True
                yield found
        if not shown:
            for unit in self.reading.units:
                yield from self._unrouted(unit)

    def _statements(self, body: Sequence[Statement], context: _Context) -> Iterator[ServerEndpoint]:
        for statement in body:
            if isinstance(statement, Evaluate | Return) and statement.value is not None:
                yield from self._expression(statement.value, context)
            elif isinstance(statement, If):
                yield from self._statements((*statement.then, *statement.otherwise), context)
            elif isinstance(statement, With | Loop):
                yield from self._statements(statement.body, context)

    def _expression(self, value: Expression, context: _Context) -> Iterator[ServerEndpoint]:
        if isinstance(value, Function):
            yield from self._statements(value.body, context)
            return
        chain = _chain_of(value)
        if chain is None:
            return
        inner = self._within(chain, context)
        group = chain.find("group")
        if group is not None:
            for one in group.arguments:
                if isinstance(one.value, Function):
                    yield from self._statements(one.value.body, inner)
            return
        yield from self._routes(chain, inner, context)

    def _routes(self, chain: _Chain, inner: _Context, context: _Context) -> Iterator[ServerEndpoint]:
        for name, call in chain.links:
            if name in _VERBS:
                yield from self._route(name, call, chain, inner)
            elif name in _RESOURCES:
                yield from self._resource(name, call, chain, inner)
            elif name in {"resources", "apiResources"}:
                for given in call.arguments[:1]:
                    for path, target in self.reading.entries(given.value, context.unit).items():
                        kind = name.removesuffix("s")
                        yield from self._actions(kind, path, target[0], (call, chain), inner)

    def _within(self, chain: _Chain, context: _Context) -> _Context:
        """Return what holds for a chain: what its links say, behind what its groups say."""
        guards, prefix, controller = list(context.guards), context.prefix, context.controller
        removed = set(context.removed)
        for name, call in chain.links:
            given = [one.value for one in call.arguments]
            if name == "middleware":
                guards += self._middleware(given, context.unit)
            elif name == "withoutMiddleware":
                removed |= {one.name.partition(":")[0] for one in self._middleware(given, context.unit)}
            elif name == "can" and given:
                text = f"can:{self.reading.text(given[0], context.unit)}"
                guards.append(Passed(PassedKind.MIDDLEWARE, text, context.unit, call))
            elif name == "prefix" and given:
                prefix = joined_path(prefix, self.reading.text(given[0], context.unit))
            elif name == "controller" and given:
                controller = given[0]
            elif name == "group" and len(given) > 1:
                said = self.reading.entries(given[0], context.unit)
                if "middleware" in said:
                    guards += self._middleware([said["middleware"][0]], said["middleware"][1])
                if "prefix" in said:
                    prefix = joined_path(prefix, self.reading.text(*said["prefix"]))
        return replace(
            context, guards=tuple(guards), prefix=prefix, controller=controller, removed=frozenset(removed)
        )

    def _middleware(self, given: Sequence[Expression], unit: Unit) -> list[Passed]:
        return [
            self.controllers.middleware(item, where)
            for one in given
            for item, where in self.reading.items(one, unit)
        ]

    def _route(self, name: str, call: Call, chain: _Chain, context: _Context) -> Iterator[ServerEndpoint]:
        given = [one.value for one in call.arguments]
        methods = [name if name not in {"view", "redirect", "livewire"} else "get"]
        if name == "match" and given:
            methods = [
                self.reading.text(item, where).lower()
                for item, where in self.reading.items(given.pop(0), context.unit)
            ]
        elif name == "any":
            methods = ["all"]
        if not given:
            return
        path = self.reading.text(given[0], context.unit)
        action = given[1] if len(given) > 1 else None
        owner, function, home = self._action(action, context)
        for method in methods:
            yield self._endpoint(method, path, chain, context, (owner, function, home))

    def _action(
        self, action: Expression | None, context: _Context
    ) -> tuple[ClassDefinition | None, Function | None, Unit]:
        """Return class, method and unit that a route leads to, as far as they are shown."""
        unit = context.unit
        if action is None:
            return None, None, unit
        if isinstance(action, Items) and len(action.items) == 2:
            return self._method(action.items[0], self.reading.text(action.items[1], unit), unit)
        text = self.reading.text(action, unit)
        if text and "@" in text:
            name, _, method = text.partition("@")
            return self._method(Name(action.node, name.rpartition("\\")[2]), method, unit)
        if text and context.controller is not None:
            return self._method(context.controller, text, unit)
        for function, home in self.reading.functions(action, unit):
            return None, function, home
        return self._method(action, "__invoke", unit)

    def _method(
        self, target: Expression, name: str, unit: Unit
    ) -> tuple[ClassDefinition | None, Function | None, Unit]:
        shown = self.reading.shown_class(target, unit)
        if shown is None:
            return None, None, unit
        found = self.reading.method(shown[0], shown[1], name)
        return (shown[0], None, shown[1]) if found is None else (shown[0], found[0], found[1])

    def _resource(self, name: str, call: Call, chain: _Chain, context: _Context) -> Iterator[ServerEndpoint]:
        if len(call.arguments) >= 2:
            path = self.reading.text(call.arguments[0].value, context.unit)
            yield from self._actions(name, path, call.arguments[1].value, (call, chain), context)

    def _actions(
        self, name: str, path: str, target: Expression, at: tuple[Call, _Chain], context: _Context
    ) -> Iterator[ServerEndpoint]:
        actions = _RESOURCES.get(name, ())
        options = at[0].arguments[2].value if len(at[0].arguments) > 2 else None
        said = self.reading.entries(options, context.unit)
        for limit, keeps in (("only", True), ("except", False)):
            link = at[1].find(limit)
            given = [one.value for one in link.arguments] if link is not None else []
            given += [said[limit][0]] if limit in said else []
            if given:
                chosen = {
                    self.reading.text(item, where)
                    for one in given
                    for item, where in self.reading.items(one, context.unit)
                }
                actions = tuple(one for one in actions if (one in chosen) == keeps)
        for action in actions:
            below = f"{path}/{{id}}" if action in _WITH_ID else path
            place = self._method(target, action, context.unit)
            if place[0] is not None and place[1] is None:
                continue  # a shown controller without the method answers nothing
            yield self._endpoint(_RESOURCE_METHODS.get(action, "get"), below, at[1], context, place, action)

    def _endpoint(
        self,
        method: str,
        path: str,
        chain: _Chain,
        context: _Context,
        place: tuple[ClassDefinition | None, Function | None, Unit],
        action: str = "",
    ) -> ServerEndpoint:
        owner, function, home = place
        guards = [*context.guards]
        is_open = function is None and owner is None and bool(chain.links)
        if owner is not None:
            guards += self.controllers.guards(
                owner, home, action or ("" if function is None else function.name)
            )
        if function is not None:
            guards += self.controllers.of_function(function, home)
        kept = tuple(one for one in guards if one.name.partition(":")[0] not in context.removed)
        supplied = context.unit.block.origin is Origin.SUPPLIED and function is not None
        return ServerEndpoint(
            "Laravel",
            method,
            joined_path(context.prefix, path),
            function if supplied and function is not None else chain.call,
            home if supplied else context.unit,
            function,
            home,
            guards=kept,
            name=action or ("" if function is None else function.name),
            owner=owner,
            limits_open=context.unit.block.path.endswith("routes/api.php") or not context.unit.block.path,
            # Of a controller that is not shown nobody knows what it demands itself; a few lines of routes
            # may stand within a group.
            open=is_open or is_fragment(context.unit),
            hidden=is_open,
        )

    def _unrouted(self, unit: Unit) -> Iterator[ServerEndpoint]:
        """Controllers without routes: what stands before them is not shown."""
        for owner in unit.classes:
            if not owner.name.endswith("Controller") or owner.name == "Controller":
                continue
            for statement in owner.body:
                function = getattr(statement, "value", None)
                if isinstance(function, Function) and _answers(function):
                    guards = self.controllers.guards(owner, unit, function.name)
                    method = _RESOURCE_METHODS.get(function.name) or _guessed(function)
                    yield ServerEndpoint(
                        "Laravel",
                        method,
                        "",
                        function,
                        unit,
                        function,
                        unit,
                        guards=(*guards, *self.controllers.of_function(function, unit)),
                        name=f"{owner.name}.{function.name}",
                        owner=owner,
                        open=True,
                        limits_open=True,
                    )


def _answers(function: Function) -> bool:
    """Say whether a method of a controller is an action: public, no constructor, takes or gives something."""
    head = function.node.text()[:200].partition("(")[0]
    if function.name.startswith("__") and function.name != "__invoke":
        return False
    if "private" in head or "protected" in head:
        return False
    return bool(function.annotation) or any("Request" in one.annotation for one in function.parameters)


def _guessed(function: Function) -> str:
    given = [one.annotation for one in function.parameters]
    return "post" if any(one.endswith("Request") and one != "Request" for one in given) else "get"
