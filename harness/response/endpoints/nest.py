"""Endpoints of NestJS: guards of the application, of the controller and of the method, in this order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from harness.response.endpoints.model import Passed, PassedKind, ServerEndpoint
from harness.response.endpoints.reading import Reading, joined_path, last_name
from harness.response.flow.expressions import (
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Mapping,
    Name,
)
from harness.response.flow.origins import returned
from harness.response.flow.statements import Unit

__all__ = ["nest_endpoints"]

_VERBS = {"Get": "get", "Post": "post", "Put": "put", "Patch": "patch", "Delete": "delete", "All": "all"}
_GRAPHQL = {"Query": "get", "Mutation": "post", "Subscription": "get"}
# Decorators that a guard reads: alone they demand nothing.
_METADATA = frozenset(
    "Roles Role Permissions Permission RequirePermissions RequiredPermissions RequireRoles HasRoles Scopes "
    "CheckPolicies CheckAbilities Policies Authorize".split()
)
# Decorators that projects put together of guards and metadata, where they are not shown.
_COMPOSED = frozenset("Auth Authenticated RequireAuth JwtAuth AdminOnly Admin Secured Protected".split())
_SKIPS = {"SkipThrottle": "throttl", "Public": "auth", "IsPublic": "auth", "AllowAnonymous": "auth"}
_MAX_GUARDS = 30
# A decorator may be imported under another name.
_SIGNS = ("@Controller", "@Resolver", "@nestjs/common", "@nestjs/graphql")


def nest_endpoints(reading: Reading) -> Iterator[ServerEndpoint]:
    """Yield the endpoints of NestJS, those of its resolvers included."""
    units = [one for one in reading.units if any(sign in one.block.text for sign in _SIGNS)]
    if units:
        yield from _Finder(reading).endpoints(units)


class _Finder:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.everywhere: list[Passed] = []
        # What modules put before routes: middleware, the class or path that it is for, the method.
        self.applied: list[tuple[Passed, str, str, str]] = []
        self.prefix = ""
        created: set[str] = set()
        for unit in reading.units:
            for call in unit.calls:
                name = last_name(call.callee)
                if name == "useGlobalGuards":
                    self.everywhere += [self._guard(one.value, unit) for one in call.arguments]
                elif name == "forRoutes":
                    self._apply(call, unit)
                elif name == "setGlobalPrefix" and call.arguments:
                    self.prefix = reading.text(call.arguments[0].value, unit)
                elif name == "create" and last_name(getattr(call.callee, "base", None)) == "NestFactory":
                    created |= {last_name(one.value) for one in call.arguments[:1]}
            for owner in unit.classes:
                self._module(owner, unit)
        modules = {owner.name for unit in reading.units for owner in unit.classes}
        # Global guards stand in the entry point or in a module; both must be shown to know of all.
        self.is_open = not created or not created <= modules

    def _apply(self, call: Call, unit: Unit) -> None:
        """Read ``consumer.apply(Auth).forRoutes(Controller, { path, method }, 'path')``."""
        base = getattr(call.callee, "base", None)
        while isinstance(base, Call) and last_name(base.callee) != "apply":
            base = getattr(base.callee, "base", None)
        if not isinstance(base, Call):
            return
        for argument in base.arguments:
            passed = self.reading.passed(PassedKind.MIDDLEWARE, argument.value, unit)
            for one in call.arguments:
                for item, where in self.reading.items(one.value, unit):
                    said = _named(item) or {}
                    path = self.reading.text(said.get("path", item), where).strip("/")
                    method = last_name(said.get("method")).lower().replace("all", "")
                    self.applied.append((passed, "" if path else last_name(item), path, method))

    def _before(self, owner: str, verb: str, path: str) -> list[Passed]:
        """Return the middleware of modules that a request to a route passes."""
        found: list[Passed] = []
        for passed, name, pattern, method in self.applied:
            plain = re.escape(pattern).replace(r"\*", ".*")
            # For all methods a path stands for everything below it.
            below = "" if method else "(?:/.*)?"
            matches = name == owner if name else re.fullmatch(plain + below, path.strip("/")) is not None
            if matches and method in {"", verb}:
                found.append(passed)
        return found

    def _module(self, owner: ClassDefinition, unit: Unit) -> None:
        """`{ provide: APP_GUARD, useClass: RolesGuard }`."""
        for decorator in owner.decorators:
            if last_name(decorator) != "Module" or not isinstance(decorator, Call) or not decorator.arguments:
                continue
            providers = self.reading.entries(decorator.arguments[0].value, unit).get("providers")
            for item, where in () if providers is None else self.reading.items(*providers):
                said = _named(item)
                if said is not None and last_name(said.get("provide")) == "APP_GUARD":
                    guard = said.get("useClass") or said.get("useExisting") or said.get("useValue")
                    if guard is not None:
                        self.everywhere.append(self._guard(guard, where))

    def _guard(self, value: Expression, unit: Unit) -> Passed:
        return self.reading.passed(PassedKind.GUARD, value, unit)

    def endpoints(self, units: list[Unit]) -> Iterator[ServerEndpoint]:
        for unit in units:
            for owner in unit.classes:
                above = list(self._decorators(owner.decorators, unit))
                kind = next((one for one in above if last_name(one[0]) in {"Controller", "Resolver"}), None)
                if kind is not None:
                    path = self._path(kind[0], kind[1]) if last_name(kind[0]) == "Controller" else ""
                    yield from self._methods(owner, unit, path, above)

    def _decorators(
        self, decorators: tuple[Expression, ...], unit: Unit, depth: int = 0
    ) -> Iterator[tuple[Expression, Unit]]:
        """Yield decorators; those that a shown function puts together are taken apart."""
        for decorator in decorators[:_MAX_GUARDS]:
            shown = self.reading.functions(decorator.callee, unit) if isinstance(decorator, Call) else []
            inner = [
                (tuple(argument.value for argument in value.arguments), where)
                for function, where in shown
                for value in returned(function)
                if isinstance(value, Call) and last_name(value) == "applyDecorators"
            ]
            if inner and depth < 3:
                for given, where in inner:
                    yield from self._decorators(given, where, depth + 1)
            else:
                yield decorator, unit

    def _path(self, decorator: Expression, unit: Unit) -> str:
        given = decorator.arguments if isinstance(decorator, Call) else ()
        if not given:
            return ""
        said = self.reading.entries(given[0].value, unit).get("path")
        return self.reading.text(given[0].value, unit) or ("" if said is None else self.reading.text(*said))

    def _methods(
        self, owner: ClassDefinition, unit: Unit, path: str, above: list[tuple[Expression, Unit]]
    ) -> Iterator[ServerEndpoint]:
        for statement in owner.body:
            function = getattr(statement, "value", None)
            if not isinstance(function, Function):
                continue
            own = list(self._decorators(function.decorators, unit))
            for decorator, where in own:
                name = last_name(decorator)
                verb = _VERBS.get(name) or _GRAPHQL.get(name)
                if verb is None:
                    continue
                is_graph = name in _GRAPHQL
                below = f"{name}/{function.name}" if is_graph else self._path(decorator, where)
                yield ServerEndpoint(
                    "NestJS",
                    verb,
                    joined_path(self.prefix, path, below),
                    function,
                    unit,
                    function,
                    unit,
                    guards=(
                        *self._before(owner.name, verb, joined_path(path, below)),
                        *self._guards([*above, *own]),
                    ),
                    name=function.name,
                    owner=owner,
                    open=self.is_open,
                )

    def _guards(self, decorators: list[tuple[Expression, Unit]]) -> Iterator[Passed]:
        names = {last_name(one) for one, _ in decorators}
        skipped = [_SKIPS[name] for name in names if name in _SKIPS]
        metadata = [one for one in decorators if last_name(one[0]) in _METADATA]
        guards = [*self.everywhere]
        for decorator, unit in decorators:
            if last_name(decorator) == "UseGuards" and isinstance(decorator, Call):
                guards += [
                    self._guard(item, where)
                    for one in decorator.arguments
                    for item, where in self.reading.items(one.value, unit)
                ]
        guards += [
            self.reading.passed(PassedKind.DECORATOR, decorator, unit)
            for decorator, unit in decorators
            if last_name(decorator) in _COMPOSED
        ]
        asked = False
        for guard in guards:
            name = guard.name.lower()
            if any(word in name for word in skipped):
                continue
            if self._reads_metadata(guard):
                if not metadata:
                    # Without the decorator such a guard lets everybody pass.
                    continue
                asked = True
                given = tuple(self._arguments(metadata))
                yield replace(guard, arguments=(*guard.arguments, *given))
            else:
                yield guard
        if metadata and not asked:
            decorator, unit = metadata[0]
            yield Passed(PassedKind.METADATA, last_name(decorator), unit, decorator)

    @staticmethod
    def _arguments(metadata: list[tuple[Expression, Unit]]) -> Iterator[Expression]:
        for decorator, _ in metadata:
            if isinstance(decorator, Call):
                yield from [one.value for one in decorator.arguments]

    def _reads_metadata(self, guard: Passed) -> bool:
        """Say whether a guard asks what stands above the handler, by its code or else by its name."""
        value = guard.value
        if isinstance(value, Call) and value.arguments and not value.is_new:
            return False  # `RoleGuard('admin')`
        shown = None if value is None else self.reading.shown_class(value, guard.unit)
        if shown is not None:
            text = shown[0].node.text()
            return "eflector" in text and not any(
                one in guard.name for one in ("Throttl", "Jwt", "AuthGuard")
            )
        words = guard.name.lower()
        return any(word in words for word in ("role", "permission", "polic", "abilit", "scope"))


def _named(item: Expression) -> dict[str, Expression] | None:
    if not isinstance(item, Mapping):
        return None
    return {
        (str(entry.key.value) if isinstance(entry.key, Constant) else last_name(entry.key)): entry.value
        for entry in item.entries
        if isinstance(entry.key, Constant | Name)
    }
