"""What guards demand whose code is not shown: by their names and arguments."""

from __future__ import annotations

from harness.checks.access.kinds import Guard
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
)
from harness.checks.access.served.meaning import ROLES
from harness.checks.access.words import (
    names_authentication,
    names_authorisation,
    names_rate_limit,
    words_of,
)
from harness.response.endpoints.model import Passed, PassedKind
from harness.response.endpoints.reading import Reading, keyword, last_name
from harness.response.flow.expressions import Attribute, Call, Constant, Expression, Items, Name
from harness.response.flow.statements import Unit

__all__ = ["Naming"]


class Naming:
    """Reads names."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def of_call(self, call: Call, unit: Unit) -> frozenset[Guard]:
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

    def by_name(self, passed: Passed, name: str) -> frozenset[Guard]:
        """Return what something that a request passes demands by its name."""
        may_be_optional = name in {"jwt_required", "ratelimit"} and self._is_optional(passed)
        if name in BY_NAME and not may_be_optional:
            found = BY_NAME[name]
            return BOTH if found == KNOWN and self._roles(passed) else found
        origin = passed.origin
        if origin is not None and origin.module.startswith(PRESENCE):
            return frozenset()
        if self._is_optional(passed):
            return frozenset()
        text, _, rest = passed.name.partition(":")
        words = frozenset(words_of(text))
        if set(words_of(rest)) & OPTIONAL:
            return frozenset()  # `auth.api:optional`
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
