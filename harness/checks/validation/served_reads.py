"""Where a handler in Python or PHP reads what a client sends."""

from __future__ import annotations

from collections.abc import Iterator

from harness.response.endpoints.model import ServerEndpoint
from harness.response.endpoints.reading import Reading, argument, last_name
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Binary,
    Call,
    Constant,
    Expression,
    Function,
    Index,
    Name,
    Unary,
)
from harness.response.flow.statements import If, Statement, Unit
from harness.response.flow.walk import Node, walk
from harness.response.record import entity

__all__ = ["Read", "Reads"]

# Of a request object, what its sender writes. Headers and cookies are the business of other rules.
_PARTS = frozenset(
    "GET POST FILES body data json get_json form args values files query_params stream input query post all "
    "get only except_ json_body string str collect file".split()
)
_CALLED_PARTS = frozenset("input query post all get only json file string str collect get_json".split())
_SUPERGLOBALS = frozenset({"$_GET", "$_POST", "$_REQUEST", "$_FILES"})
_CONVERSIONS = frozenset(
    "int float bool UUID Decimal intval floatval boolval parse_date fromisoformat abs".split()
)
_CASTS = frozenset({"(int)", "(float)", "(bool)"})
# Questions that say more than whether something is there.
_EXAMINING = frozenset(
    "isinstance is_string is_int is_numeric is_array ctype_digit ctype_alnum strlen mb_strlen len preg_match "
    "match fullmatch search in_array array_key_exists checkdate is_valid validate filter_var isdigit "
    "isalnum issubset all any".split()
)
_ORDERED = frozenset({"<", ">", "<=", ">=", "in", "!in"})
_MAX_DEPTH = 2
# Each read is looked for in all tests of its handler.
_MAX_READS = 40


@entity
class Read:
    """One place where input is read; ``by_hand`` says that code examines it before it goes on."""

    what: str
    node: Node
    unit: Unit
    by_hand: bool = False


class Reads:
    """Finds what endpoints read."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def of(self, endpoint: ServerEndpoint) -> Iterator[Read]:
        """Yield the reads of an endpoint, those of functions that it calls included."""
        bodies: list[tuple[tuple[Statement, ...], Unit]] = [(endpoint.body, endpoint.home)]
        seen: set[Function] = set()
        if endpoint.owner is not None and endpoint.framework == "Django":
            writes = endpoint.method in {"post", "put", "patch"}
            for name in ("perform_create", "perform_update") if writes else ("get_queryset",):
                found = self.reading.method(endpoint.owner, endpoint.home, name)
                if found is not None and (writes or endpoint.method == "get"):
                    bodies.append((found[0].body, found[1]))
        for depth in range(_MAX_DEPTH):
            following: list[tuple[tuple[Statement, ...], Unit]] = []
            for body, unit in bodies:
                yield from self._in_body(body, unit)
                following += self._called(body, unit, seen) if depth + 1 < _MAX_DEPTH else []
            bodies = following

    def _called(
        self, body: tuple[Statement, ...], unit: Unit, seen: set[Function]
    ) -> Iterator[tuple[tuple[Statement, ...], Unit]]:
        for node in walk(body):
            if isinstance(node, Call):
                for function, where in self.reading.names.callees(node, unit)[:2]:
                    if function not in seen:
                        seen.add(function)
                        yield function.body, where

    def _in_body(self, body: tuple[Statement, ...], unit: Unit) -> Iterator[Read]:
        parents = self.reading.names.index(unit).parents
        found = 0
        facts: _Facts | None = None
        for node in walk(body):
            if found >= _MAX_READS:
                return
            if not isinstance(node, Attribute | Index | Call | Name):
                continue
            what = self._what(node)
            if not what or self._is_inner(node, parents) or self._is_converted(node, parents):
                continue
            found += 1
            facts = facts or _Facts(body)
            yield Read(what, node, unit, by_hand=self._is_examined(node, parents, facts))

    def _what(self, node: Node) -> str:
        """Return what a node reads of the request, or empty."""
        if isinstance(node, Name):
            return node.name if node.name in _SUPERGLOBALS else ""
        if isinstance(node, Call):
            return self._of_call(node)
        if isinstance(node, Attribute) and node.name in _PARTS and _is_request(node.base):
            is_method = node.name in _CALLED_PARTS and node.name != "json"
            return "" if is_method else f"request.{node.name}"
        return ""

    def _of_call(self, call: Call) -> str:
        callee = call.callee
        if isinstance(callee, Attribute) and callee.name in _CALLED_PARTS and _is_request(callee.base):
            owner = last_name(callee.base)
            return f"{owner}->{callee.name}()" if owner.startswith("$") else f"request.{callee.name}()"
        if isinstance(callee, Name) and callee.name in {"request", "filter_input"} and call.arguments:
            return "" if callee.name == "filter_input" and _filters(call) else f"{callee.name}()"
        if isinstance(callee, Name) and callee.name == "file_get_contents" and call.arguments:
            first = call.arguments[0].value
            if isinstance(first, Constant) and first.value == "php://input":
                return "php://input"
        return ""

    def _is_inner(self, node: Node, parents: dict[Node, Node | None]) -> bool:
        """Say whether a longer chain is meant: of ``request.data.get("x")`` the parts are one read."""
        up = parents.get(node)
        return isinstance(up, Attribute | Call) and bool(self._what(up)) if up is not None else False

    def _is_converted(self, node: Node, parents: dict[Node, Node | None], *, texts: bool = False) -> bool:
        """`int(request.args["page"])`, `(int) $_GET['page']`, `request.args.get("page", type=int)`."""
        here: Node | None = node
        for _ in range(6):
            up = None if here is None else parents.get(here)
            if isinstance(up, Unary) and up.operator in _CASTS:
                return True
            if isinstance(up, Call) and last_name(up.callee) in _CONVERSIONS and up.callee is not here:
                return True
            if texts and isinstance(up, Call) and last_name(up.callee) in {"str", "strval"}:
                return True
            if isinstance(up, Call) and any(one.name == "type" for one in up.arguments):
                return True
            if isinstance(up, Call) and isinstance(up.callee, Name) and up.callee.name in {"isset", "empty"}:
                return True
            if isinstance(up, Binary) and up.operator in {"===", "==", "!==", "!="}:
                return True  # compared with something known
            if not isinstance(up, Attribute | Index | Call | Binary):
                return False
            here = up
        return False

    def _is_examined(self, node: Node, parents: dict[Node, Node | None], facts: _Facts) -> bool:
        """Say whether the name that a read goes into is tested for more than its presence, or converted."""
        names: set[str] = set()
        here: Node | None = node
        for _ in range(8):
            here = None if here is None else parents.get(here)
            if isinstance(here, Assignment):
                names = {one.name for one in walk([here.target]) if isinstance(one, Name)}
                break
        if not names or here is None:
            return False
        uses = [use for name in names for use in facts.uses.get(name, ()) if parents.get(use) is not here]
        if uses and all(self._is_converted(one, parents, texts=True) for one in uses):
            return True
        for targets, mentioned in facts.assigned:
            # `article = body["article"]`: what is taken out is examined in its stead.
            if not names.isdisjoint(mentioned):
                names |= targets
        return any(not names.isdisjoint(mentioned) for mentioned in facts.examined)


class _Facts:
    """What a handler does with names: where they are used, what they go into, which are examined."""

    def __init__(self, body: tuple[Statement, ...]) -> None:
        self.uses: dict[str, list[Name]] = {}
        self.assigned: list[tuple[set[str], set[str]]] = []
        self.examined: list[set[str]] = []
        for node in walk(body):
            if isinstance(node, Name):
                self.uses.setdefault(node.name, []).append(node)
            elif isinstance(node, Assignment) and node.value is not None:
                self.assigned.append((_mentioned(node.target), _mentioned(node.value)))
            elif isinstance(node, If) and _examines(node.test):
                self.examined.append(_mentioned(node.test))


def _mentioned(expression: Expression) -> set[str]:
    return {one.name for one in walk([expression]) if isinstance(one, Name)}


def _examines(test: Expression) -> bool:
    for node in walk([test]):
        if isinstance(node, Call) and last_name(node.callee) in _EXAMINING:
            return True
        if isinstance(node, Binary) and node.operator in _ORDERED and not isinstance(node.left, Constant):
            return True
    return False


def _is_request(base: Expression) -> bool:
    if isinstance(base, Call):
        # Laravel's `request()`.
        return isinstance(base.callee, Name) and base.callee.name == "request" and not base.arguments
    name = last_name(base)
    return name in {"request", "req", "$request"}


def _filters(call: Call) -> bool:
    """`filter_input(INPUT_GET, 'page', FILTER_VALIDATE_INT)`."""
    given = argument(call, 2, "filter")
    return given is not None and "VALIDATE" in last_name(given)
