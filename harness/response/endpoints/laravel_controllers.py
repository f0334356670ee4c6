"""What Laravel's controllers, aliases and form requests put before a route."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.response.endpoints.model import Passed, PassedKind
from harness.response.endpoints.reading import Reading, last_name
from harness.response.flow.expressions import (
    Attribute,
    Call,
    ClassDefinition,
    Expression,
    Function,
    Name,
)
from harness.response.flow.origins import class_words, returned
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk

__all__ = ["Controllers"]

_ALIASES = re.compile(r"\b[aA]lias|[mM]iddlewareAliases|routeMiddleware")
_ALIAS_FIELDS = frozenset({"$routeMiddleware", "$middlewareAliases"})


class Controllers:
    """Reads controllers; knows which class an alias of middleware stands for."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.aliases: dict[str, tuple[Expression, Unit]] = {}
        for unit in reading.units:
            if (
                "alias" in unit.block.text
                or "outeMiddleware" in unit.block.text
                or "iddlewareAliases" in unit.block.text
            ):
                self._read_aliases(unit)

    def _read_aliases(self, unit: Unit) -> None:
        for call in unit.calls:
            if isinstance(call.callee, Attribute) and call.callee.name in {"alias", "aliasMiddleware"}:
                given = [one.value for one in call.arguments]
                if len(given) == 2:
                    self.aliases[self.reading.text(given[0], unit)] = (given[1], unit)
                elif given:
                    self.aliases.update(self.reading.entries(given[0], unit))
        for assignment in unit.assignments:
            if isinstance(assignment.target, Name) and assignment.target.name in _ALIAS_FIELDS:
                self.aliases.update(self.reading.entries(assignment.value, unit))

    def middleware(self, item: Expression, unit: Unit) -> Passed:
        """Return what one middleware is: ``'role:admin'``, ``EnsureRole::class``."""
        text = self.reading.text(item, unit)
        name, _, rest = text.partition(":")
        if not text:
            shown = self.reading.shown_class(item, unit)
            if shown is not None:
                return Passed(PassedKind.MIDDLEWARE, shown[0].name, shown[1], shown[0])
            return self.reading.passed(PassedKind.MIDDLEWARE, item, unit)
        alias = self.aliases.get(name)
        shown = None if alias is None else self.reading.shown_class(*alias)
        if shown is None and "\\" in name:
            shown = self.reading.shown_class(Name(item.node, name.rpartition("\\")[2]), unit)
        if shown is not None:
            return Passed(PassedKind.MIDDLEWARE, text, shown[1], shown[0])
        if alias is not None:
            word = last_name(alias[0])
            return Passed(PassedKind.MIDDLEWARE, f"{word}:{rest}" if rest else word, unit, item)
        return Passed(PassedKind.MIDDLEWARE, text, unit, item)

    def guards(self, owner: ClassDefinition, unit: Unit, action: str) -> list[Passed]:
        """Return what a controller demands for an action, outside of the action itself."""
        found = [self.reading.passed(PassedKind.DECORATOR, one, unit) for one in owner.decorators]
        constructor = self.reading.method(owner, unit, "__construct")
        if constructor is not None:
            found += self._of_constructor(constructor, action)
        static = self.reading.method(owner, unit, "middleware")
        if static is not None and static[0].is_static:
            for value in returned(static[0]):
                for item, where in self.reading.items(value, static[1]):
                    found += self._of_item(item, where, action)
        return found

    def _of_constructor(self, constructor: tuple[Function, Unit], action: str) -> Iterator[Passed]:
        function, unit = constructor
        for node in walk(function.body, into_functions=False):
            if not isinstance(node, Call) or not isinstance(node.callee, Attribute):
                continue
            if node.callee.name == "authorizeResource":
                yield Passed(PassedKind.MIDDLEWARE, "can:resource", unit, node)
            if node.callee.name != "middleware" or last_name(node.callee.base) != "$this":
                continue
            if self._applies(self._limits(node, function, unit), action):
                for one in node.arguments:
                    for item, where in self.reading.items(one.value, unit):
                        yield self.middleware(item, where)

    def _limits(self, call: Call, function: Function, unit: Unit) -> tuple[set[str], set[str]]:
        """Return what ``->only(...)`` and ``->except(...)`` behind a call say."""
        only: set[str] = set()
        excluded: set[str] = set()
        for node in walk(function.body, into_functions=False):
            if isinstance(node, Call) and isinstance(node.callee, Attribute) and node.callee.base is call:
                named = {
                    self.reading.text(item, where)
                    for one in node.arguments
                    for item, where in self.reading.items(one.value, unit)
                }
                only |= named if node.callee.name == "only" else set()
                excluded |= named if node.callee.name == "except" else set()
        return only, excluded

    @staticmethod
    def _applies(limits: tuple[set[str], set[str]], action: str) -> bool:
        only, excluded = limits
        return (not only or action in only) and action not in excluded

    def _of_item(self, item: Expression, unit: Unit, action: str) -> Iterator[Passed]:
        """`new Middleware('auth', only: ['store'])`, or the middleware itself."""
        if not isinstance(item, Call) or last_name(item) != "Middleware":
            yield self.middleware(item, unit)
            return
        sets: dict[str, set[str]] = {"only": set(), "except": set()}
        for one in item.arguments:
            if one.name in sets:
                sets[one.name] |= {self.reading.text(*each) for each in self.reading.items(one.value, unit)}
        if item.arguments and self._applies((sets["only"], sets["except"]), action):
            for each, where in self.reading.items(item.arguments[0].value, unit):
                yield self.middleware(each, where)

    def of_function(self, function: Function, unit: Unit) -> Iterator[Passed]:
        """Yield what an action demands: its attributes, and form requests that ask ``authorize()``."""
        for decorator in function.decorators:
            yield self.reading.passed(PassedKind.DECORATOR, decorator, unit)
        for parameter in function.parameters:
            for word in class_words(parameter.annotation)[:1]:
                shown = self.reading.shown_class(Name(parameter.node, word), unit)
                if shown is None:
                    continue
                method = self.reading.method(shown[0], shown[1], "authorize")
                if method is not None and any(
                    name == "FormRequest" for name, _ in self.reading.bases(*shown)
                ):
                    yield Passed(PassedKind.PERMISSION, "authorize", method[1], method[0])
