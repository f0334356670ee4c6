"""Endpoints of Flask: routes of the application and its blueprints, hooks before them, default limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.response.endpoints.model import Passed, PassedKind, ServerEndpoint
from harness.response.endpoints.reading import Reading, argument, joined_path, keyword, last_name
from harness.response.flow.expressions import (
    Attribute,
    Call,
    ClassDefinition,
    Expression,
    Function,
)
from harness.response.flow.statements import Unit

__all__ = ["flask_endpoints"]

_VERBS = frozenset("get post put patch delete".split())
_MAKERS = frozenset({"Flask", "Blueprint", "APIFlask", "APIBlueprint", "Namespace", "Api"})
_MODULES = frozenset("flask global flask_restful flask_restx flask_smorest apiflask flask_openapi3".split())

_BEFORE = frozenset({"before_request", "before_app_request"})
_MAX_DEPTH = 6


@dataclass(eq=False)
class _Place:
    """An application or blueprint: the call that makes it."""

    call: Call
    unit: Unit
    is_app: bool
    prefix: str = ""
    guards: list[Passed] = field(default_factory=list)
    mounts: list[tuple[_Place, str]] = field(default_factory=list)


def flask_endpoints(reading: Reading) -> Iterator[ServerEndpoint]:
    """Yield the endpoints of Flask."""
    if any("flask" in unit.block.text.lower() for unit in reading.units):
        yield from _Finder(reading).endpoints()


class _Finder:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.places: dict[Call, _Place] = {}
        # What every endpoint of every application passes: default limits, `before_app_request`.
        self.everywhere: list[Passed] = []
        for unit in reading.units:
            for call in unit.calls:
                self._make(call, unit)
        for unit in reading.units:
            for call in unit.calls:
                self._connect(call, unit)
            for function in unit.functions:
                self._hook(function, unit)

    def _make(self, call: Call, unit: Unit) -> None:
        made = last_name(call.callee)
        if made == "Limiter":
            limits = argument(call, 99, "default_limits", "application_limits")
            if any(True for _ in self.reading.items(limits, unit)):
                self.everywhere.append(Passed(PassedKind.MIDDLEWARE, "Limiter", unit, call))
            return
        if made not in _MAKERS:
            return
        origin = self.reading.names.origin(call.callee, unit)
        if origin is not None and origin.module.split(".")[0] in _MODULES:
            prefix = self.reading.text(keyword(call, "url_prefix"), unit)
            self.places[call] = _Place(call, unit, made in {"Flask", "APIFlask"}, prefix)

    def _at(self, expression: Expression, unit: Unit) -> list[_Place]:
        return [
            self.places[value]
            for value, _ in self.reading.names.values(expression, unit)
            if isinstance(value, Call) and value in self.places
        ]

    def _connect(self, call: Call, unit: Unit) -> None:
        callee = call.callee
        if call in self.places and not self.places[call].is_app and call.arguments:
            # `Api(app)`
            for parent in self._at(call.arguments[0].value, unit):
                self.places[call].mounts.append((parent, self.places[call].prefix))
        if isinstance(callee, Attribute) and callee.name in {"register_blueprint", "add_namespace"}:
            given = argument(call, 0, "blueprint")
            prefix = self.reading.text(argument(call, 1, "url_prefix", "path"), unit)
            for parent in self._at(callee.base, unit):
                for child in [] if given is None else self._at(given, unit):
                    child.mounts.append((parent, prefix or child.prefix))
        elif isinstance(callee, Attribute) and callee.name in _BEFORE and call.arguments:
            # `bp.before_request(require_login)`
            given = call.arguments[0].value
            self._add(callee, self.reading.passed(PassedKind.HOOK, given, unit), unit)
        elif isinstance(callee, Call) and call.arguments:
            # `limiter.limit("5/minute")(blueprint)`
            for place in self._at(call.arguments[0].value, unit):
                place.guards.append(self.reading.passed(PassedKind.DECORATOR, callee, unit))

    def _hook(self, function: Function, unit: Unit) -> None:
        for decorator in function.decorators:
            if isinstance(decorator, Attribute) and decorator.name in _BEFORE:
                self._add(decorator, Passed(PassedKind.HOOK, function.name, unit, function), unit)

    def _add(self, target: Attribute, passed: Passed, unit: Unit) -> None:
        if target.name == "before_app_request":
            self.everywhere.append(passed)
            return
        for place in self._at(target.base, unit):
            place.guards.append(passed)

    def endpoints(self) -> Iterator[ServerEndpoint]:
        for unit in self.reading.units:
            for function in unit.functions:
                for position, decorator in enumerate(function.decorators):
                    if isinstance(decorator, Call) and isinstance(decorator.callee, Attribute):
                        yield from self._routed(function, decorator, position, unit)
            for call in unit.calls:
                yield from self._added(call, unit)
            for owner in unit.classes:
                yield from self._decorated_class(owner, unit)

    def _routed(
        self, function: Function, decorator: Call, position: int, unit: Unit
    ) -> Iterator[ServerEndpoint]:
        callee = decorator.callee
        if not isinstance(callee, Attribute) or function.is_method:
            return
        methods = self._methods(callee.name, decorator, unit)
        places = self._at(callee.base, unit)
        if not methods or (not places and not self._looks_like_place(callee.base, unit)):
            return
        path = self.reading.text(argument(decorator, 0, "rule"), unit)
        # A decorator above the route's own is not part of what is registered.
        own = [
            self.reading.passed(PassedKind.DECORATOR, other, unit)
            for other in function.decorators[position + 1 :]
        ]
        yield from self._made(methods, path, (decorator, unit), (function, unit), own, places)

    def _methods(self, name: str, call: Call, unit: Unit) -> list[str]:
        if name in _VERBS:
            return [name]
        if name not in {"route", "add_url_rule"}:
            return []
        given = self.reading.items(keyword(call, "methods"), unit)
        return [self.reading.text(item, where).lower() for item, where in given] or ["get"]

    def _looks_like_place(self, base: Expression, unit: Unit) -> bool:
        name = last_name(base).lower()
        imports = any(one.module.split(".")[0].startswith("flask") for one in unit.imports)
        return imports and (name in {"app", "bp", "api"} or name.endswith(("blueprint", "bp")))

    def _made(
        self,
        methods: list[str],
        path: str,
        place: tuple[Call | ClassDefinition, Unit],
        handler: tuple[Function | None, Unit],
        own: list[Passed],
        places: list[_Place],
    ) -> Iterator[ServerEndpoint]:
        for prefix, guards, is_open in self._ways(places):
            for method in methods:
                yield ServerEndpoint(
                    "Flask",
                    method,
                    joined_path(prefix, path),
                    place[0],
                    place[1],
                    handler[0],
                    handler[1],
                    guards=(*self.everywhere, *guards, *own),
                    name="" if handler[0] is None else handler[0].name,
                    open=is_open,
                )

    def _ways(self, places: list[_Place]) -> list[tuple[str, list[Passed], bool]]:
        return [way for place in places for way in self._above(place, 0)] or [("", [], True)]

    def _above(self, place: _Place, depth: int) -> list[tuple[str, list[Passed], bool]]:
        if place.is_app or depth > _MAX_DEPTH:
            return [("", place.guards, False)]
        ways = [
            (joined_path(prefix, at), [*guards, *place.guards], is_open)
            for parent, at in place.mounts
            for prefix, guards, is_open in self._above(parent, depth + 1)
        ]
        return ways or [(place.prefix, place.guards, True)]

    # Views that are classes.

    def _added(self, call: Call, unit: Unit) -> Iterator[ServerEndpoint]:
        """`app.add_url_rule("/x", view_func=V.as_view("x"))` and `api.add_resource(V, "/x")`."""
        callee = call.callee
        if not isinstance(callee, Attribute) or callee.name not in {"add_url_rule", "add_resource"}:
            return
        places = self._at(callee.base, unit)
        is_rule = callee.name == "add_url_rule"
        path = self.reading.text(argument(call, 0 if is_rule else 1, "rule"), unit)
        view = argument(call, 2 if is_rule else 0, "view_func")
        own: list[Passed] = []
        while isinstance(view, Call) and last_name(view) != "as_view" and view.arguments:
            own.append(self.reading.passed(PassedKind.DECORATOR, view.callee, unit))
            view = view.arguments[0].value
        if isinstance(view, Call) and isinstance(view.callee, Attribute):
            view = view.callee.base
        shown = self.reading.shown_class(view, unit)
        if shown is not None:
            yield from self._of_class(shown, path, (call, unit), own, places)
        else:
            for function, home in self.reading.functions(view, unit):
                methods = self._methods(callee.name, call, unit)
                given = [self.reading.passed(PassedKind.DECORATOR, one, home) for one in function.decorators]
                yield from self._made(methods, path, (call, unit), (function, home), own + given, places)

    def _decorated_class(self, owner: ClassDefinition, unit: Unit) -> Iterator[ServerEndpoint]:
        """`@blueprint.route("/x") class V(MethodView)`."""
        for decorator in owner.decorators:
            callee = decorator.callee if isinstance(decorator, Call) else None
            if isinstance(decorator, Call) and isinstance(callee, Attribute) and callee.name == "route":
                path = self.reading.text(argument(decorator, 0, "rule"), unit)
                yield from self._of_class((owner, unit), path, (owner, unit), [], self._at(callee.base, unit))

    def _of_class(
        self,
        shown: tuple[ClassDefinition, Unit],
        path: str,
        place: tuple[Call | ClassDefinition, Unit],
        own: list[Passed],
        places: list[_Place],
    ) -> Iterator[ServerEndpoint]:
        owner, home = shown
        above = list(own)
        for name in ("decorators", "method_decorators", "init_every_request"):
            said = self.reading.member(owner, home, name)
            for item, where in () if said is None else self.reading.items(said[0], said[1]):
                above.append(self.reading.passed(PassedKind.DECORATOR, item, where))
        for method in sorted(_VERBS):
            found = self.reading.method(owner, home, method)
            if found is not None:
                given = [
                    self.reading.passed(PassedKind.DECORATOR, one, found[1]) for one in found[0].decorators
                ]
                yield from self._made([method], path, place, found, above + given, places)
