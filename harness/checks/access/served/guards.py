"""What each thing that a request passes demands: by its code where that is shown, else by its name."""

from __future__ import annotations

from harness.checks.access.kinds import Guard
from harness.checks.access.served.code import Code, Verdict
from harness.checks.access.served.known import (
    BOTH,
    BY_NAME,
    CALLERS,
    KNOWN,
    LIMIT_WORDS,
    LIMITED,
    LOOKING,
    OPTIONAL,
    PRESENCE,
    WRITES_ONLY,
)
from harness.checks.access.served.meaning import ROLES, Meaning
from harness.checks.access.words import (
    names_authentication,
    names_authorisation,
    names_rate_limit,
    words_of,
)
from harness.response.endpoints.model import Passed, PassedKind
from harness.response.endpoints.reading import Reading, keyword, last_name
from harness.response.flow.expressions import (
    Attribute,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Items,
    Name,
    Parameter,
)
from harness.response.flow.statements import Unit

__all__ = ["Guards"]

_METHODS = {
    PassedKind.PERMISSION: ("has_permission", "has_object_permission", "authorize"),
    PassedKind.THROTTLE: ("allow_request",),
    PassedKind.MIDDLEWARE: ("handle", "process_request", "process_view", "__call__", "dispatch", "use"),
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
        return Verdict(set(self._by_name(passed, name)))

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
            return self.function(function, unit, method, depth)
        owner = self.reading.shown_class(value, passed.unit) or self._instance(value, passed.unit)
        return None if owner is None else self._class(passed, owner[0], owner[1], method, depth)

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
        given = [parameter.default] if parameter.default is not None else []
        for one in (*given, *parameter.decorators):
            for value, where in self.reading.names.values(one, unit):
                if (
                    isinstance(value, Call)
                    and last_name(value) in {"Depends", "Security"}
                    and value.arguments
                ):
                    wanted = value.arguments[0].value
                    passed = self.reading.passed(PassedKind.DEPENDENCY, wanted, where)
                    made = self.reading.names.origin(wanted, where)
                    verdict.machine = verdict.machine or (made is not None and "APIKey" in made.dotted)
                    verdict.add(self.read(passed, method, depth + 1))
        return verdict

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
                verdict.guards |= self._of_call(call, unit)
        return verdict

    def _of_call(self, call: Call, unit: Unit) -> frozenset[Guard]:
        """Return what a call demands that is not shown, by its name: ``require_login()``."""
        name = last_name(call.callee)
        words = frozenset(words_of(name))
        first = words_of(name)[:1]
        base = last_name(call.callee.base) if isinstance(call.callee, Attribute) else ""
        if name == "denyAccessUnlessGranted":
            return BOTH
        if name == "authorize" and base in {"$this", "Gate", "self"}:
            return BOTH
        if name in {"verify_jwt_in_request", "jwtVerify", "check_object_permissions", "check_permissions"}:
            return KNOWN
        if ("limit" in words and words & LIMIT_WORDS) or names_rate_limit(words):
            return LIMITED
        if base not in {"", "$this", "self", "auth", "Auth"} or not first or first[0] in LOOKING:
            return frozenset()
        if first[0] in {"require", "ensure", "check", "verify", "assert", "authorize", "enforce", "demand"}:
            return self._demanded(words, [one.value for one in call.arguments], unit)
        return frozenset()

    # Names.

    def _by_name(self, passed: Passed, name: str) -> frozenset[Guard]:
        if name in BY_NAME and not (name == "jwt_required" and self._is_optional(passed)):
            found = BY_NAME[name]
            return BOTH if found == KNOWN and self._roles(passed) else found
        origin = passed.origin
        if origin is not None and origin.module.startswith(PRESENCE):
            return frozenset()
        if self._is_optional(passed):
            return frozenset()
        text, _, rest = passed.name.partition(":")
        words = frozenset(words_of(text))
        if origin is not None and not self._is_text(passed):
            words |= {word for part in origin.path[-2:] for word in words_of(part)}
        if names_rate_limit(words) or "throttle" in words:
            return LIMITED
        if passed.kind is PassedKind.DEPENDENCY:
            return self._of_dependency(words, passed)
        if "scheme" in words or words & OPTIONAL:
            return frozenset()
        arguments = [*passed.arguments]
        if rest and passed.value is not None and (words & ROLES or text == "can"):
            return BOTH
        return self._demanded(words, arguments, passed.unit)

    @staticmethod
    def _is_text(passed: Passed) -> bool:
        return isinstance(passed.value, Constant)

    def _of_dependency(self, words: frozenset[str], passed: Passed) -> frozenset[Guard]:
        if words & OPTIONAL or "scheme" in words:
            return frozenset()
        if words & (ROLES - {"can", "may"}):
            return BOTH
        known = words & CALLERS or names_authentication(words)
        if known and any(self._role_argument(one, passed.unit) for one in passed.arguments):
            return BOTH
        return KNOWN if known else frozenset()

    def _demanded(self, words: frozenset[str], arguments: list[Expression], unit: Unit) -> frozenset[Guard]:
        has_role = any(self._role_argument(one, unit) for one in arguments)
        by_name = names_authorisation(words)
        known = names_authentication(words)
        if (by_name and (has_role or words & ROLES)) or (known and has_role):
            return BOTH
        return KNOWN if known or by_name else frozenset()

    def _role_argument(self, argument: Expression, unit: Unit) -> bool:
        text = self.reading.text(argument, unit)
        if text:
            return (
                not text.startswith("/")
                and " " not in text
                and text.lower() not in {"jwt", "session", "local"}
            )
        if isinstance(argument, Items):
            return bool(argument.items)
        return isinstance(argument, Name | Attribute) and (
            argument.name.isupper()
            or bool(frozenset(words_of(last_name(argument))) & ROLES)
            or "Role" in _base(argument)
        )

    def _roles(self, passed: Passed) -> bool:
        """`@auth.login_required(role="admin")`."""
        value = passed.value
        return isinstance(value, Call) and any(
            (one := keyword(value, name)) is not None and self._role_argument(one, passed.unit)
            for name in ("role", "roles", "permission", "permissions")
        )

    def _is_optional(self, passed: Passed) -> bool:
        value = passed.value
        if not isinstance(value, Call):
            return False
        optional = keyword(value, "optional")
        blocks = keyword(value, "block")
        return (
            self.reading.truth(optional, passed.unit) is True
            or self.reading.truth(blocks, passed.unit) is False
        )


def _base(attribute: Expression) -> str:
    return last_name(attribute.base) if isinstance(attribute, Attribute) else ""


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
