"""What expressions are about: the caller, their role, something that the client only claims."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.access.words import ROLE_WORDS, words_of
from harness.response.endpoints.reading import Reading
from harness.response.flow.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Function,
    Index,
    Name,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node, parts_of

__all__ = ["ROLES", "Meaning"]

ROLES = ROLE_WORDS | frozenset("perm perms group groups gate can cannot may allowed ability".split()) - {
    "scope"
}
_IDENTITIES = frozenset(
    "user auth session identity principal jwt claims caller actor member account staff me payload "
    "token".split()
)
# Of a request, what its sender writes; `user` and `session` are the server's own knowledge.
_CLIENT_PARTS = frozenset(
    "headers header args json get_json form data query_params path_params GET POST FILES META COOKIES "
    "cookies input query post all body params values files validated validated_data only".split()
)
_REQUESTS = frozenset({"request", "req", "$request", "$this->request"})
_GLOBALS = frozenset("$_GET $_POST $_REQUEST $_COOKIE $_FILES $_SERVER".split())
_OWNERS = frozenset("owner user author customer member account creator seller patient employee donor".split())
_MAX_NODES = 400
_MAX_FOLLOWED = 3


class Meaning:
    """Answers what an expression speaks of."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def words(self, expression: Node, unit: Unit, depth: int = 0) -> frozenset[str]:
        """Return the words of all names in an expression; what the client says is left out."""
        found: set[str] = set()
        for node in self._own(expression):
            if isinstance(node, Name):
                found |= self._of_name(node, unit, depth)
            elif isinstance(node, Attribute):
                found |= set(words_of(node.name))
            elif isinstance(node, Index) and isinstance(node.key, Constant):
                found |= set(words_of(str(node.key.value)))
            elif isinstance(node, Constant) and isinstance(node.value, str) and len(node.value) <= 60:
                found |= {f"'{word}" for word in words_of(node.value)}
        return frozenset(found)

    def _of_name(self, name: Name, unit: Unit, depth: int) -> set[str]:
        own = set(words_of(name.meant))
        if depth >= _MAX_FOLLOWED:
            return own
        values = [
            (value, where)
            for value, where in self.reading.names.values(name, unit)
            if not isinstance(value, Name | Function)
        ]
        if values and all(self.is_client(value) for value, _ in values):
            return set()
        for value, where in values[:4]:
            own |= self.words(value, where, depth + 1)
        return own

    def _own(self, expression: Node) -> Iterator[Node]:
        """Yield the nodes of an expression, those of functions and of what the client says left out."""
        work, visits = [expression], 0
        while work and visits < _MAX_NODES:
            visits += 1
            node = work.pop()
            if isinstance(node, Attribute | Index | Call | Name) and self.is_client(node):
                continue
            yield node
            if not isinstance(node, Function):
                work += parts_of(node)

    def is_client(self, expression: Node) -> bool:
        """Say whether a chain reads what the client writes: ``request.headers["X"]``, ``$_POST['a']``."""
        names: set[str] = set()
        here: Node = expression
        while isinstance(here, Attribute | Index | Call):
            if isinstance(here, Attribute):
                names.add(here.name)
            here = here.callee if isinstance(here, Call) else here.base
            if isinstance(here, Call) and isinstance(here.callee, Name) and here.callee.meant == "request":
                return bool(names & _CLIENT_PARTS) or not names & {"user"}
        if not isinstance(here, Name):
            return False
        if here.name in _GLOBALS:
            return True
        return (here.meant in _REQUESTS or "request" in names) and bool(names & _CLIENT_PARTS)

    def is_role(self, expression: Node, unit: Unit) -> bool:
        """Say whether an expression asks for a role or permission that the server knows."""
        words = self.words(expression, unit)
        return bool({word for word in words if not word.startswith("'")} & ROLES)

    def is_identity(self, expression: Node, unit: Unit) -> bool:
        """Say whether an expression is about who calls."""
        return bool(self.words(expression, unit) & _IDENTITIES)

    def is_callers(self, expression: Expression, unit: Unit) -> bool:
        """Say whether an expression is the caller or an attribute of theirs: ``current_user.id``."""
        words = {word for word in self.words(expression, unit) if not word.startswith("'")}
        return bool(words & _IDENTITIES) and not words & {"service", "repository", "model"}

    @staticmethod
    def names_owner(name: str) -> bool:
        """Say whether a column or key holds whose something is: ``owner_id``, ``user``."""
        return bool(set(words_of(name)) & _OWNERS)
