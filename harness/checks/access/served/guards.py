"""What each thing that a request passes demands: by its code where that is shown, else by its name."""

from __future__ import annotations

from harness.checks.access.kinds import Guard
from harness.checks.access.served.code import Code, Verdict
from harness.checks.access.served.known import (
    BOTH,
    BY_NAME,
    WRITES_ONLY,
)
from harness.checks.access.served.meaning import ROLES, Meaning
from harness.checks.access.served.naming import Naming
from harness.checks.access.words import (
    names_authentication,
    names_rate_limit,
    words_of,
)
from harness.response.endpoints.fastapi import dependencies_of
from harness.response.endpoints.model import Passed, PassedKind
from harness.response.endpoints.reading import Reading, keyword, last_name
from harness.response.flow.expressions import (
    Call,
    ClassDefinition,
    Conditional,
    Expression,
    Function,
    Parameter,
)
from harness.response.flow.origins import returned
from harness.response.flow.statements import Unit

__all__ = ["Guards"]

_METHODS = {
    PassedKind.PERMISSION: ("has_permission", "has_object_permission", "authorize"),
    PassedKind.THROTTLE: ("allow_request",),
    PassedKind.MIDDLEWARE: (
        "handle",
        "process_request",
        "process_view",
        "__call__",
        "dispatch",
        "use",
        "resolve",
    ),
    PassedKind.DEPENDENCY: ("__call__", "__init__"),
    PassedKind.GUARD: ("canActivate",),
    PassedKind.HOOK: ("handle",),
    PassedKind.DECORATOR: ("__call__",),
    PassedKind.MIXIN: ("dispatch", "test_func"),
}
_PREDICATES = frozenset({"has_permission", "has_object_permission", "authorize", "canActivate", "test_func"})
_MAX_DEPTH = 4


class Guards:
    """Reads guards of one language; each question is asked with the method of the request."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.meaning = Meaning(reading)
        self.code = Code(reading, self.meaning)
        self.naming = Naming(reading)
        self._known: dict[object, Verdict] = {}

    def passed(self, passed: Passed, method: str) -> Verdict:
        """Return what something that a request passes on its way demands: the same for all who pass it."""
        if passed.any_of:
            return self.read(passed, method)
        key = (passed.kind, passed.name, passed.unit, passed.value, passed.origin, passed.arguments, method)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self.read(passed, method)
        return known

    def read(self, passed: Passed, method: str, depth: int = 0) -> Verdict:
        """Return what something that a request passes demands of it."""
        if passed.any_of:
            return self._any(passed, method, depth)
        if passed.kind is PassedKind.METADATA:
            return Verdict(attempted={Guard.AUTHORISATION})
        name = passed.name.partition(":")[0] if passed.value is not None else passed.name
        if name in WRITES_ONLY:
            return Verdict(set(WRITES_ONLY[name]) if method not in {"get", "head", "options"} else set())
        if depth > _MAX_DEPTH:
            return Verdict()
        shown = self._shown(passed, method, depth)
        if shown is not None:
            return shown
        return Verdict(set(self.naming.by_name(passed, name)))

    def _any(self, passed: Passed, method: str, depth: int) -> Verdict:
        each = [self.read(one, method, depth + 1) for one in passed.any_of]
        whole = Verdict(set.intersection(*[one.guards for one in each]))
        # Whose role fits or whose the thing is: either is a reason that the server knows.
        if any(Guard.AUTHORISATION in one.guards for one in each) and all(
            Guard.AUTHORISATION in one.guards or one.owner for one in each
        ):
            whole.guards |= BOTH
        whole.owner = all(one.owner for one in each)
        return whole

    # Shown code.

    def _shown(self, passed: Passed, method: str, depth: int) -> Verdict | None:
        value = passed.value
        if isinstance(value, Function):
            predicate = passed.kind is PassedKind.PERMISSION or value.name in _PREDICATES
            return self.function(value, passed.unit, method, depth, predicate=predicate)
        if isinstance(value, ClassDefinition):
            return self._class(passed, value, passed.unit, method, depth)
        if value is None:
            return None
        if last_name(value) == "user_passes_test" and passed.arguments:
            for function, unit in self.reading.functions(passed.arguments[0], passed.unit):
                return self.function(function, unit, method, depth, predicate=True)
        target = value.callee if isinstance(value, Call) else value
        for function, unit in self.reading.functions(target, passed.unit):
            verdict = self.function(function, unit, method, depth)
            for made, where in self._made_by(value, function, unit):
                verdict.add(self.function(made, where, method, depth + 1))
            verdict.attempted -= verdict.guards
            return verdict
        owner = self.reading.shown_class(value, passed.unit) or self._instance(value, passed.unit)
        return None if owner is None else self._class(passed, owner[0], owner[1], method, depth)

    def _made_by(self, value: Expression, factory: Function, unit: Unit) -> list[tuple[Function, Unit]]:
        """Return what a factory gives back: of ``strict if required else lenient`` what its argument says."""
        if not isinstance(value, Call):
            return []
        given = {
            last_name(one.parameter.target): one.value for one in self.reading.names.arguments(value, factory)
        }
        found: list[tuple[Function, Unit]] = []
        for result in returned(factory):
            chosen = result
            if isinstance(result, Conditional) and last_name(result.test) in given:
                truth = self.reading.truth(given[last_name(result.test)], unit)
                chosen = result.then if truth else result.otherwise if truth is False else result
            found += [one for one in self.reading.functions(chosen, unit) if one[0] is not factory]
        inner = set(_functions_in(factory))
        return [one for one in found if one[0] not in inner]

    def _instance(self, value: Expression, unit: Unit) -> tuple[ClassDefinition, Unit] | None:
        """`admin_only = RoleChecker("admin")` used as `Depends(admin_only)`."""
        for one, where in self.reading.names.values(value, unit):
            if isinstance(one, Call):
                shown = self.reading.shown_class(one, where)
                if shown is not None:
                    return shown
        return None

    def _class(
        self, passed: Passed, owner: ClassDefinition, unit: Unit, method: str, depth: int
    ) -> Verdict | None:
        verdict = Verdict()
        found = False
        for name in _METHODS[passed.kind]:
            method_found = self.reading.method(owner, unit, name)
            if method_found is not None and not method_found[0].is_abstract:
                found = True
                function, where = method_found
                verdict.add(self.function(function, where, method, depth, predicate=name in _PREDICATES))
        bases = {name for name, _ in self.reading.bases(owner, unit)}
        for base in bases:
            verdict.guards |= BY_NAME.get(base, frozenset())
        if passed.kind is PassedKind.THROTTLE and any(
            names_rate_limit(frozenset(words_of(one))) for one in bases
        ):
            return Verdict({Guard.RATE_LIMIT})
        words = frozenset(words_of(owner.name))
        if found and not verdict.guards and passed.kind is not PassedKind.DEPENDENCY:
            verdict.attempted |= self._meant(words) if owner.name != "FormRequest" else set()
        if not found and not verdict.guards:
            # The class is shown, what it inherits is not.
            known = bases - {"BasePermission", "object"}
            return None if known else verdict
        return verdict

    @staticmethod
    def _meant(words: frozenset[str]) -> set[Guard]:
        if names_rate_limit(words):
            return {Guard.RATE_LIMIT}
        if words & ROLES:
            return {Guard.AUTHORISATION, Guard.AUTHENTICATION}
        return {Guard.AUTHENTICATION} if names_authentication(words) else set()

    def function(
        self, function: Function, unit: Unit, method: str, depth: int = 0, *, predicate: bool = False
    ) -> Verdict:
        """Return what a shown function demands, with what it depends on and calls."""
        verdict, calls = self.code.of_function(
            function, unit, predicate=predicate, method=method, depth=depth
        )
        for parameter in function.parameters:
            verdict.add(self._depends(parameter, unit, method, depth))
        verdict.add(self.called(calls, unit, method, depth + 1))
        for inner in _functions_in(function):
            for decorator in inner.decorators:
                if last_name(decorator) != "wraps" and inner is not function:
                    passed = self.reading.passed(PassedKind.DECORATOR, decorator, unit)
                    verdict.add(self.read(passed, method, depth + 1))
        if not verdict.guards and function.name != "authorize":
            verdict.attempted |= self._meant(frozenset(words_of(function.name)))
        verdict.attempted -= verdict.guards
        return verdict

    def _depends(self, parameter: Parameter, unit: Unit, method: str, depth: int) -> Verdict:
        verdict = Verdict()
        for one, there in dependencies_of(self.reading, parameter, unit):
            for value, where in self.reading.names.values(one, there):
                if (
                    isinstance(value, Call)
                    and last_name(value) in {"Depends", "Security"}
                    and value.arguments
                ):
                    wanted = value.arguments[0].value
                    passed = self.reading.passed(PassedKind.DEPENDENCY, wanted, where)
                    verdict.machine = verdict.machine or self._is_key(wanted, where)
                    verdict.add(self.read(passed, method, depth + 1))
        return verdict

    def _is_key(self, wanted: Expression, unit: Unit) -> bool:
        """Say whether a dependency takes the key of a program: ``APIKeyHeader(name="X-API-Key")``."""
        for value, where in self.reading.names.values(wanted, unit):
            named = keyword(value, "name") if isinstance(value, Call) else None
            made = self.reading.names.origin(value, where)
            if named is not None and made is not None and "APIKey" in made.dotted:
                return "key" in self.reading.text(named, where).lower()
        return False

    def called(self, calls: list[Call], unit: Unit, method: str, depth: int) -> Verdict:
        """Return what calls demand that are always made: shown functions, and names that say so."""
        verdict = Verdict()
        if depth > _MAX_DEPTH:
            return verdict
        for call in calls:
            shown = self.reading.names.callees(call, unit)
            for function, where in shown[:2]:
                inner, further = self.code.of_function(function, where, method=method, depth=depth)
                inner.attempted.clear()
                verdict.add(inner)
                verdict.add(self.called(further, where, method, depth + 1))
            if not shown:
                verdict.guards |= self.naming.of_call(call, unit)
        return verdict


def _functions_in(function: Function) -> list[Function]:
    """Return the functions that a decorator makes: two levels at most."""
    found: list[Function] = [function]
    for _ in range(3):
        for one in list(found):
            for statement in one.body:
                value = getattr(statement, "value", None)
                if isinstance(value, Function) and value not in found:
                    found.append(value)
    return found[:8]
