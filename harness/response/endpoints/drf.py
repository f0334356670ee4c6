"""View classes of Django and its REST framework: their methods, and what stands before each."""

from __future__ import annotations

from collections.abc import Iterator

from harness.response.endpoints.django_settings import Settings, named
from harness.response.endpoints.drf_actions import by_action, common, returned_for
from harness.response.endpoints.model import Passed, PassedKind
from harness.response.endpoints.reading import Reading, keyword, last_name
from harness.response.flow.expressions import (
    Binary,
    Call,
    ClassDefinition,
    Expression,
    Function,
    Opaque,
    Unary,
)
from harness.response.flow.statements import Unit

__all__ = ["REST_BASES", "VIEW_BASES", "Action", "ViewClasses"]

_LIST, _CREATE = ("list", "get", False), ("create", "post", False)
_RETRIEVE, _UPDATE = ("retrieve", "get", True), ("update", "put", True)
_PARTIAL, _DESTROY = ("partial_update", "patch", True), ("destroy", "delete", True)
_BY_BASE = {
    "ModelViewSet": (_LIST, _CREATE, _RETRIEVE, _UPDATE, _PARTIAL, _DESTROY),
    "ReadOnlyModelViewSet": (_LIST, _RETRIEVE),
    "ListModelMixin": (_LIST,),
    "CreateModelMixin": (_CREATE,),
    "RetrieveModelMixin": (_RETRIEVE,),
    "UpdateModelMixin": (_UPDATE, _PARTIAL),
    "DestroyModelMixin": (_DESTROY,),
    "ListAPIView": (_LIST,),
    "CreateAPIView": (_CREATE,),
    "RetrieveAPIView": (_RETRIEVE,),
    "UpdateAPIView": (_UPDATE, _PARTIAL),
    "DestroyAPIView": (_DESTROY,),
    "ListCreateAPIView": (_LIST, _CREATE),
    "RetrieveUpdateAPIView": (_RETRIEVE, _UPDATE, _PARTIAL),
    "RetrieveDestroyAPIView": (_RETRIEVE, _DESTROY),
    "RetrieveUpdateDestroyAPIView": (_RETRIEVE, _UPDATE, _PARTIAL, _DESTROY),
    "FormView": (("post", "post", False),),
    "CreateView": (("post", "post", False),),
    "UpdateView": (("post", "post", True),),
    "DeleteView": (("post", "post", True),),
    "ListView": (("get", "get", False),),
    "DetailView": (("get", "get", True),),
    "TemplateView": (("get", "get", False),),
}
REST_BASES = frozenset(name for name in _BY_BASE if name.endswith(("ViewSet", "Mixin", "APIView"))) | {
    "APIView",
    "GenericAPIView",
    "ViewSet",
    "GenericViewSet",
}
VIEW_BASES = REST_BASES | frozenset(_BY_BASE) | {"View"}
_VERBS = ("get", "post", "put", "patch", "delete")
_NAMED = {one[0]: one for ones in _BY_BASE.values() for one in ones}
_MIXINS = frozenset(
    "LoginRequiredMixin PermissionRequiredMixin UserPassesTestMixin AccessMixin StaffuserRequiredMixin "
    "SuperuserRequiredMixin GroupRequiredMixin".split()
)

Action = tuple[str, str, str, Function | None, Unit, Call | None]


class ViewClasses:
    """Reads view classes."""

    def __init__(self, reading: Reading, settings: Settings) -> None:
        self.reading = reading
        self.settings = settings

    def bases(self, owner: ClassDefinition, unit: Unit) -> set[str]:
        """Return the names of all bases of a class."""
        return {name for name, _ in self.reading.bases(owner, unit)}

    def actions(self, owner: ClassDefinition, unit: Unit) -> Iterator[Action]:
        """Yield name, method, path below the view, function, its unit and ``@action`` of all it answers."""
        bases = self.bases(owner, unit)
        is_set = any(name.endswith("ViewSet") for name in bases)
        known = {one[0]: one for base in sorted(bases) for one in _BY_BASE.get(base, ())}
        names = [*known]
        for statement in owner.body:
            function = getattr(statement, "value", None)
            if not isinstance(function, Function):
                continue
            if function.name in (_NAMED if is_set else _VERBS) and function.name not in names:
                names.append(function.name)
            extra = next((one for one in function.decorators if last_name(one) == "action"), None)
            if isinstance(extra, Call):
                yield from self._extra(function, extra, unit)
        allowed = self._allowed(owner, unit)
        for name in names:
            _, method, has_id = known.get(name) or _NAMED.get(name) or (name, name, False)
            found = self.reading.method(owner, unit, name) or self.reading.method(owner, unit, method)
            found = found or self.reading.method(owner, unit, f"perform_{name}")
            if not allowed or method in allowed:
                function, home = found if found is not None else (None, unit)
                yield name, method, ("{id}" if has_id and is_set else ""), function, home, None

    def _allowed(self, owner: ClassDefinition, unit: Unit) -> set[str]:
        said = self.reading.member(owner, unit, "http_method_names")
        if said is None:
            return set()
        return {self.reading.text(item, where).lower() for item, where in self.reading.items(*said)}

    def _extra(self, function: Function, action: Call, unit: Unit) -> Iterator[Action]:
        given = self.reading.items(keyword(action, "methods"), unit)
        methods = [self.reading.text(item, where).lower() for item, where in given] or ["get"]
        path = self.reading.text(keyword(action, "url_path"), unit) or function.name
        detail = self.reading.truth(keyword(action, "detail"), unit)
        for method in methods:
            yield function.name, method, f"{'{id}/' if detail else ''}{path}", function, unit, action

    # What stands before.

    def guards(self, owner: ClassDefinition, unit: Unit, action: Action) -> tuple[list[Passed], bool, bool]:
        """Return what an action passes, and whether authentication and limits may be set elsewhere."""
        reading = self.reading
        found = list(self._mixins(owner, unit))
        for decorators, where in (
            (owner.decorators, unit),
            ((), unit) if action[3] is None else (action[3].decorators, action[4]),
        ):
            for decorator in decorators:
                given = _method_decorator(decorator)
                if given is not None:
                    found += [
                        reading.passed(PassedKind.DECORATOR, one, at)
                        for one, at in reading.items(given, where)
                    ]
                elif last_name(decorator) not in {"action", "extend_schema", "extend_schema_view"}:
                    found.append(reading.passed(PassedKind.DECORATOR, decorator, where))
        found += self._inherited_tests(owner, unit)
        if not self.bases(owner, unit) & REST_BASES:
            return found, False, False
        permissions, users_open = self._classes(owner, unit, action, "permission")
        throttles, limits_open = self._classes(owner, unit, action, "throttle")
        return [*throttles, *found, *permissions], users_open, limits_open

    def _mixins(self, owner: ClassDefinition, unit: Unit, depth: int = 6) -> Iterator[Passed]:
        """Yield the mixins that guard a class, those that its shown bases inherit included."""
        for base in owner.bases:
            shown = self.reading.shown_class(base, unit)
            if last_name(base) in _MIXINS:
                yield self.reading.passed(PassedKind.MIXIN, base, unit)
            elif shown is not None and shown[0] is not owner and depth:
                yield from self._mixins(*shown, depth - 1)

    def _decorator(self, decorator: Expression, unit: Unit) -> Iterator[Passed]:
        given = _method_decorator(decorator)
        if given is not None:
            for one, where in self.reading.items(given, unit):
                yield self.reading.passed(PassedKind.DECORATOR, one, where)
        elif last_name(decorator) not in {"action", "extend_schema", "extend_schema_view"}:
            yield self.reading.passed(PassedKind.DECORATOR, decorator, unit)

    def _inherited_tests(self, owner: ClassDefinition, unit: Unit) -> list[Passed]:
        """`dispatch` and DRF's `initial` run before the method."""
        found: list[Passed] = []
        for name in ("dispatch", "initial", "test_func"):
            method = self.reading.method(owner, unit, name)
            if method is not None:
                found.append(Passed(PassedKind.HOOK, name, method[1], method[0]))
        return found

    def _classes(
        self, owner: ClassDefinition, unit: Unit, action: Action, what: str
    ) -> tuple[list[Passed], bool]:
        """Return the classes that a request must be let through by, and whether they are set elsewhere."""
        kind = PassedKind.PERMISSION if what == "permission" else PassedKind.THROTTLE
        own = keyword(action[5], f"{what}_classes") if action[5] is not None else None
        if own is not None:
            return self.listed(kind, own, action[4]), False
        method = self.reading.method(owner, unit, f"get_{what}s")
        if method is None:
            return self._of_class(owner, unit, what)
        returned = returned_for(method[0].body, action[0], action[1])
        if returned is None:
            return [], True
        listed: list[list[Passed]] = []
        is_open = False
        for one in by_action(self.reading, returned, method[1], action[0]):
            if last_name(one) in {f"get_{what}s", f"{what}_classes"}:
                # `return super().get_permissions()`, `for permission in self.permission_classes`
                found, is_unknown = self._of_class(owner, unit, what)
                is_open = is_open or is_unknown
            else:
                found = self.listed(kind, one, method[1])
            listed.append(found)
        return common(listed), is_open

    def _of_class(self, owner: ClassDefinition, unit: Unit, what: str) -> tuple[list[Passed], bool]:
        """Return what a field of the class says, else what the settings say for all."""
        said = self.reading.member(owner, unit, f"{what}_classes")
        if said is not None and said[0] is not None:
            kind = PassedKind.PERMISSION if what == "permission" else PassedKind.THROTTLE
            return self.listed(kind, said[0], said[1]), False
        return self.default(what)

    def default(self, what: str) -> tuple[list[Passed], bool]:
        """Return what the settings say for all views."""
        kind = PassedKind.PERMISSION if what == "permission" else PassedKind.THROTTLE
        said = self.settings.rest.get(f"DEFAULT_{what.upper()}_CLASSES")
        if said is None:
            return [], not self.settings.shown
        return [named(self.reading, kind, item, where) for item, where in self.reading.items(*said)], False

    def listed(self, kind: PassedKind, value: Expression, unit: Unit) -> list[Passed]:
        """Read a list of classes; ``A | B`` is passed by either, ``A & B`` by both."""
        found: list[Passed] = []
        for item, where in self.reading.items(value, unit):
            found += self._combined(kind, item, where)
        return found

    def _combined(self, kind: PassedKind, item: Expression, unit: Unit) -> list[Passed]:
        if isinstance(item, Opaque) and len(item.parts) >= 3:
            # `[permission() for permission in classes]`
            return self.listed(kind, item.parts[1], unit)
        if isinstance(item, Binary) and item.operator == "&":
            return [*self._combined(kind, item.left, unit), *self._combined(kind, item.right, unit)]
        if isinstance(item, Binary) and item.operator == "|":
            both = (*self._combined(kind, item.left, unit), *self._combined(kind, item.right, unit))
            return [Passed(kind, "|", unit, item, any_of=both)]
        return [] if isinstance(item, Unary) else [self.reading.passed(kind, item, unit)]


def _method_decorator(decorator: Expression) -> Expression | None:
    """Return what ``@method_decorator(x, name="dispatch")`` puts on the methods."""
    if isinstance(decorator, Call) and last_name(decorator) == "method_decorator" and decorator.arguments:
        return decorator.arguments[0].value
    return None
