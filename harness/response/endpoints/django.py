"""Endpoints of Django: what its URLs lead to, and views that are shown without them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.response.block import BlockRole, Origin
from harness.response.endpoints.django_settings import settings_of
from harness.response.endpoints.drf import VIEW_BASES, ViewClasses
from harness.response.endpoints.model import Passed, PassedKind, ServerEndpoint
from harness.response.endpoints.reading import Reading, argument, joined_path, last_name
from harness.response.flow.expressions import (
    Attribute,
    Binary,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Name,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk

__all__ = ["django_endpoints"]

_ROUTING = frozenset({"path", "re_path", "url"})
_DJANGO = re.compile(r"\b(?:django|rest_framework|ninja)\b|\burlpatterns\b")
_METHODS_BY_DECORATOR = {"require_POST": ("post",), "require_GET": ("get",), "require_safe": ("get",)}
_NAMED_METHODS = frozenset({"require_http_methods", "api_view"})
_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")


def django_endpoints(reading: Reading) -> Iterator[ServerEndpoint]:
    """Yield the endpoints of Django and its REST framework."""
    if any(_DJANGO.search(unit.block.text) for unit in reading.units):
        yield from _Finder(reading).endpoints()


class _Finder:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.settings = settings_of(reading)
        self.classes = ViewClasses(reading, self.settings)
        self.seen: set[Function | ClassDefinition] = set()
        # Where the URLs of a unit, or of a router, are included.
        self.prefixes: dict[Unit | Expression, str] = {}
        for unit in reading.units:
            if "include" in unit.block.text:
                for call in unit.calls:
                    self._include(call, unit)

    def _include(self, call: Call, unit: Unit) -> None:
        """Read ``path("api/", include("shop.urls"))`` and ``path("api/", include(router.urls))``."""
        given = argument(call, 1, "view")
        if last_name(call.callee) not in _ROUTING or not isinstance(given, Call) or not given.arguments:
            return
        if last_name(given) != "include":
            return
        prefix = _plain(self.reading.text(argument(call, 0, "route", "regex"), unit))
        for target, where in self.reading.items(given.arguments[0].value, unit):
            module = self.reading.text(target, where)
            shown = self.reading.names.module(module, where) if module else None
            if shown is not None:
                self.prefixes[shown] = prefix
            elif isinstance(target, Attribute) and target.name == "urls":
                for router, _ in self.reading.names.values(target.base, where):
                    self.prefixes[router] = prefix

    def _prefix(self, unit: Unit, router: Expression | None = None) -> str:
        """Return what stands before the URLs of a unit; those of a router may be included by themselves."""
        for value, _ in () if router is None else self.reading.names.values(router, unit):
            if value in self.prefixes:
                return joined_path(self.prefixes.get(unit, ""), self.prefixes[value])
        return self.prefixes.get(unit, "")

    def endpoints(self) -> Iterator[ServerEndpoint]:
        for unit in self.reading.units:
            if "path" in unit.block.text or "url" in unit.block.text or "register" in unit.block.text:
                for call in unit.calls:
                    yield from self._routed(call, unit)
        for unit in self.reading.units:
            if unit.block.origin is not Origin.SUPPLIED and unit.block.role is BlockRole.CODE:
                yield from self._loose(unit)

    def _routed(self, call: Call, unit: Unit) -> Iterator[ServerEndpoint]:
        name = last_name(call.callee)
        if name in _ROUTING and isinstance(call.callee, Name | Attribute):
            path = self.reading.text(argument(call, 0, "route", "regex"), unit)
            view = argument(call, 1, "view")
            if view is not None and last_name(view) != "include":
                yield from self._view(view, joined_path(self._prefix(unit), _plain(path)), call, unit, [])
        elif name == "register" and isinstance(call.callee, Attribute) and len(call.arguments) >= 2:
            prefix = self.reading.text(call.arguments[0].value, unit)
            shown = self.reading.shown_class(call.arguments[1].value, unit)
            if shown is not None and prefix and self._is_view(*shown):
                whole = joined_path(self._prefix(unit, call.callee.base), _plain(prefix))
                yield from self._class(shown, whole, call, unit, [])

    def _view(
        self, view: Expression, path: str, place: Call, unit: Unit, own: list[Passed]
    ) -> Iterator[ServerEndpoint]:
        if isinstance(view, Call):
            if isinstance(view.callee, Attribute) and view.callee.name == "as_view":
                shown = self.reading.shown_class(view.callee.base, unit)
                if shown is not None:
                    yield from self._class(shown, path, place, unit, own)
            elif view.arguments:
                # `login_required(view)`
                guard = self.reading.passed(PassedKind.DECORATOR, view.callee, unit)
                yield from self._view(view.arguments[0].value, path, place, unit, [*own, guard])
            return
        for function, home in self.reading.functions(view, unit):
            yield from self._function(function, home, path, place, unit, own)

    def _loose(self, unit: Unit) -> Iterator[ServerEndpoint]:
        """Views whose URLs are not shown: Django's URLs demand nothing, so what stands there is all."""
        for owner in unit.classes:
            if owner not in self.seen and self._is_view(owner, unit) and not self._is_base(owner):
                yield from self._class((owner, unit), "", owner, unit, [])
        for function in unit.functions:
            if function in self.seen or function.is_method or not function.parameters:
                continue
            if _request_name(function) and (self._is_decorated_view(function) or "views" in unit.block.path):
                yield from self._function(function, unit, "", function, unit, [])

    def _is_base(self, owner: ClassDefinition) -> bool:
        return bool(self.reading.names.implementers(owner))

    def _is_view(self, owner: ClassDefinition, unit: Unit) -> bool:
        return bool(self.classes.bases(owner, unit) & VIEW_BASES)

    @staticmethod
    def _is_decorated_view(function: Function) -> bool:
        names = {last_name(one) for one in function.decorators}
        return bool(names & (_NAMED_METHODS | set(_METHODS_BY_DECORATOR) | {"login_required", "csrf_exempt"}))

    def _class(
        self,
        shown: tuple[ClassDefinition, Unit],
        path: str,
        place: Call | ClassDefinition,
        unit: Unit,
        own: list[Passed],
    ) -> Iterator[ServerEndpoint]:
        owner, home = shown
        self.seen.add(owner)
        for action in self.classes.actions(owner, home):
            name, method, below, function, where, _ = action
            guards, users_open, limits_open = self.classes.guards(owner, home, action)
            if function is not None:
                self.seen.add(function)
            yield ServerEndpoint(
                "Django",
                method,
                joined_path(path, below) if path else "",
                place if unit.block.origin is not Origin.SUPPLIED else owner,
                unit if unit.block.origin is not Origin.SUPPLIED else home,
                function,
                where,
                guards=(*self.settings.middleware, *own, *guards),
                name=f"{owner.name}.{name}",
                owner=owner,
                users_open=users_open,
                limits_open=limits_open,
            )

    def _function(
        self,
        function: Function,
        home: Unit,
        path: str,
        place: Call | Function,
        unit: Unit,
        own: list[Passed],
    ) -> Iterator[ServerEndpoint]:
        self.seen.add(function)
        guards = [*self.settings.middleware, *own]
        said: dict[str, list[Passed]] = {}
        is_rest = any(last_name(one) == "api_view" for one in function.decorators)
        for decorator in function.decorators:
            name = last_name(decorator)
            if name in {"permission_classes", "throttle_classes"} and isinstance(decorator, Call):
                kind = PassedKind.PERMISSION if name == "permission_classes" else PassedKind.THROTTLE
                given = decorator.arguments[0].value if decorator.arguments else None
                said[name] = [] if given is None else self.classes.listed(kind, given, home)
            else:
                guards.append(self.reading.passed(PassedKind.DECORATOR, decorator, home))
        opened = {"permission": False, "throttle": False}
        for what in opened if is_rest else ():
            listed = said.get(f"{what}_classes")
            if listed is None:
                listed, opened[what] = self.classes.default(what)
            guards += listed
        supplied = unit.block.origin is Origin.SUPPLIED
        for method in self._methods(function, home):
            yield ServerEndpoint(
                "Django",
                method,
                joined_path(path) if path else "",
                function if supplied else place,
                home if supplied else unit,
                function,
                home,
                guards=tuple(guards),
                name=function.name,
                users_open=opened["permission"],
                limits_open=opened["throttle"],
            )

    def _methods(self, function: Function, unit: Unit) -> list[str]:
        for decorator in function.decorators:
            name = last_name(decorator)
            if name in _METHODS_BY_DECORATOR:
                return list(_METHODS_BY_DECORATOR[name])
            if name in _NAMED_METHODS:
                given = argument(decorator, 0, "http_method_names") if isinstance(decorator, Call) else None
                found = [
                    self.reading.text(item, where).lower() for item, where in self.reading.items(given, unit)
                ]
                return [one for one in found if one] or ["get"]
        return ["post"] if _takes_posts(function) else ["get"]


def _request_name(function: Function) -> bool:
    return last_name(function.parameters[0].target) == "request"


def _takes_posts(function: Function) -> bool:
    """Say whether a view without a declared method answers POST."""
    for node in walk(function.body):
        if isinstance(node, Attribute) and node.name in {"POST", "FILES"}:
            return True
        if isinstance(node, Binary) and last_name(node.left) == "method":
            return isinstance(node.right, Constant) and node.right.value in {"POST", "PUT", "DELETE", "PATCH"}
    return False


def _plain(path: str) -> str:
    """Return a route with its parameters in braces, regular expressions made plain."""
    found = _GROUP.sub(lambda match: "{" + (match.group(1) or match.group(2)) + "}", path[:400])
    return found.replace("^", "").replace("$", "").replace("\\", "")
