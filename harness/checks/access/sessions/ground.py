"""What all parts of the check of sessions share: the code, its handlers by name, options and their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from ast_grep_py import SgNode

from harness.checks.errors.terms import judged_units, last_name, names_in
from harness.response.endpoints.build import server_endpoints
from harness.response.endpoints.reading import Reading
from harness.response.flow.build import LANGUAGES
from harness.response.flow.constants import NOT_CONSTANT
from harness.response.flow.expressions import (
    Attribute,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Mapping,
    Name,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node, walk
from harness.response.program import Program

__all__ = ["Fault", "Ground", "Options", "Scope"]

_Fact = TypeVar("_Fact")
_MAX_REACH = 40
_MAX_DEPTH = 4
_MAX_WORD = 2_000
_REGISTERING = frozenset(
    (
        "get post put patch delete del all use route match any add_url_rule add_api_route path re_path "
        "url register head on once"
    ).split()
)
_LOCAL = re.compile(
    r"(?:^|[/_.-])(?:dev|development|local|test|testing|example|sample)s?(?=[/_.-]|$)", re.IGNORECASE
)
_CSRF = re.compile(r"csrf|xsrf|csurf|double_?submit", re.IGNORECASE)
_ENDS = re.compile(
    r"revok|deny_?list|black_?list|block_?list|(?:token|session|auth)_?(?:version|epoch|generation)|\bjti\b|jwtid"
    r"|logged_?out_?at|password_?changed_?at|valid_?(?:after|since)|not_?before_?(?:time|at)|invalidate"
    r"|(?:delete|destroy|end|close|remove|drop)_?(?:all_?)?(?:\w{0,12}_?)?(?:sessions?|tokens?)\b"
    r"|(?:from|into|update)\s+\w{0,20}(?:sessions?|tokens?)\b|\bsessions\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at a place; the message says what it gives to an attacker."""

    unit: Unit
    node: SgNode
    message: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What runs as one: an outermost function, or a script. ``title`` is all it is called."""

    unit: Unit
    function: Function | None
    title: str

    @property
    def body(self) -> Sequence[Node]:
        """The statements."""
        return self.unit.body if self.function is None else (self.function,)


@dataclass(slots=True)
class Options:
    """Named options. ``whole`` says that all there are were seen, so that a missing one is missing."""

    node: SgNode
    unit: Unit
    entries: dict[str, tuple[Expression, Unit]] = field(default_factory=dict)
    whole: bool = True


class Ground:
    """An answer as the parts of the check look at it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.flow = program.flow
        self.names = program.flow.names
        self.reading = Reading(program, tuple(LANGUAGES))
        self.units = tuple(judged_units(program))
        # What parts of a check found out about a node.
        self.memory: dict[object, object] = {}

    def remembered(self, key: object, find: Callable[[], _Fact]) -> _Fact:
        """Return what was found out before under a key; found out now where it was not."""
        if key not in self.memory:
            self.memory[key] = find()
        return cast("_Fact", self.memory[key])

    # Values.

    def value(self, expression: Expression, unit: Unit) -> object:
        """Return the constant that an expression always is, or ``NOT_CONSTANT``."""
        return self.names.constant(expression, unit)

    def text(self, expression: Expression | None, unit: Unit) -> str:
        """Return the text that an expression always is, or empty."""
        return self.reading.text(expression, unit)

    def options(self, expression: Expression | None, unit: Unit, node: SgNode) -> Options:
        """Read a mapping of options; no expression is a mapping without entries."""
        found = Options(node, unit)
        if expression is None:
            return found
        values = self.names.values(expression, unit)
        mappings = [(value, where) for value, where in values if isinstance(value, Mapping)]
        if len(mappings) != 1 or len(values) != 1:
            found.whole = False
        for value, where in mappings:
            self._read(value, where, found, 0)
        return found

    def _read(self, mapping: Mapping, unit: Unit, found: Options, depth: int) -> None:
        for entry in mapping.entries:
            key = "" if entry.key is None else self.text(entry.key, unit)
            if key:
                found.entries[key] = (entry.value, unit)
                continue
            inner = self.names.values(entry.value, unit) if entry.key is None and depth < _MAX_DEPTH else ()
            spread = [(one, where) for one, where in inner if isinstance(one, Mapping)]
            if not spread:
                found.whole = False
            for one, where in spread:
                self._read(one, where, found, depth + 1)

    def keywords(self, call: Call, unit: Unit) -> Options:
        """Return the keyword arguments of a call."""
        found = Options(call.node, unit)
        for argument in call.arguments:
            if argument.spread:
                spread = self.options(argument.value, unit, call.node)
                found.entries.update(spread.entries)
                found.whole &= spread.whole and bool(spread.entries)
            elif argument.name:
                found.entries[argument.name] = (argument.value, unit)
        return found

    def origin(self, expression: Expression, unit: Unit) -> str:
        """Return the module that something comes from with the names below it, or empty."""
        found = self.names.origin(expression, unit)
        return "" if found is None else found.dotted

    def name(self, call: Call, unit: Unit) -> str:
        """Return what a call is called by, aliases of imports undone."""
        callee = call.callee
        if isinstance(callee, Name):
            for definition in self.names.definitions(callee, unit):
                imported = definition.imported
                if imported is not None and imported.name not in {"", "default"}:
                    return imported.name
        return last_name(callee)

    # What the answer as a whole has.

    @cached_property
    def words(self) -> str:
        """All names and texts of the code, supplied files included; comments and prose are none of them."""
        found: dict[str, None] = {}
        for unit in self.flow.units:
            for name in self.names.nodes(unit, Name):
                found[name.name] = None
            for attribute in self.names.nodes(unit, Attribute):
                found[attribute.name] = None
            for constant in self.names.nodes(unit, Constant):
                if isinstance(constant.value, str):
                    found[constant.value[:_MAX_WORD]] = None
            for function in unit.functions:
                found[function.name] = None
        found.update(
            (block.text, None) for block in self.program.blocks if block.language in {"sql", "prisma"}
        )
        return "\n".join(found)

    @cached_property
    def guards_forgery(self) -> bool:
        """Whether requests of other sites are refused by a token."""
        return _CSRF.search(self.words) is not None

    @cached_property
    def can_end(self) -> bool:
        """Whether something is there by which a token or session is ended before its time."""
        return _ENDS.search(self.words) is not None

    @cached_property
    def modules(self) -> frozenset[str]:
        """What is imported anywhere, supplied files included."""
        found = {one.module for unit in self.flow.units for one in unit.imports}
        for unit in self.flow.units:
            if "require" in unit.block.text:
                found.update(
                    str(call.arguments[0].value.value)
                    for call in unit.calls
                    if isinstance(call.callee, Name) and call.callee.name == "require" and call.arguments
                    if isinstance(call.arguments[0].value, Constant)
                )
        return frozenset(found)

    @cached_property
    def assigned(self) -> frozenset[str]:
        """Options that are set later: ``secure`` for ``options.cookie.secure = true``, ``store`` as well."""
        return frozenset(
            one.target.name
            for unit in self.flow.units
            for one in unit.assignments
            if isinstance(one.target, Attribute)
            and (
                any("cookie" in name.lower() for name in names_in(one.target)[1:])
                or one.target.name == "store"
            )
        )

    # Handlers.

    @cached_property
    def titles(self) -> dict[Function, str]:
        """What functions are called and served as."""
        found: dict[Function, str] = {}
        for endpoint in server_endpoints(self.program):
            if endpoint.handler is not None:
                found[endpoint.handler] = f"{found.get(endpoint.handler, '')} {endpoint.path} {endpoint.name}"
        for unit in self.units:
            for call in unit.calls:
                if len(call.arguments) > 1 and last_name(call.callee) in _REGISTERING:
                    self._registered(call, unit, found)
        return found

    def _registered(self, call: Call, unit: Unit, found: dict[Function, str]) -> None:
        path = self.text(call.arguments[0].value, unit)
        if not path:
            return
        for argument in call.arguments[1:]:
            for function, _ in self.functions(argument.value, unit):
                found[function] = f"{found.get(function, '')} {path}"

    def functions(self, expression: Expression, unit: Unit) -> list[tuple[Function, Unit]]:
        """Return the functions that an expression is, or that a wrapper such as ``asyncHandler`` is given."""
        found = self.reading.functions(expression, unit)
        if not found and isinstance(expression, Call):
            for argument in expression.arguments:
                found += self.reading.functions(argument.value, unit)
        return found

    def scope_of(self, node: Node, unit: Unit) -> Scope:
        """Return the outermost function around a node, with all it is called; the script without one."""
        around = self.names.path_to(node, unit)
        functions = [one for one in around if isinstance(one, Function)]
        classes = [one for one in around if isinstance(one, ClassDefinition)]
        if not functions:
            return Scope(unit, None, unit.block.path)
        served = next((one for one in reversed(functions) if one in self.titles), None)
        outer = served or functions[-1]
        owner = classes[0].name if classes else ""
        return Scope(unit, outer, " ".join((self.titles.get(outer, ""), self.name_of(outer, unit), owner)))

    def name_of(self, function: Function, unit: Unit) -> str:
        """Return the name of a function, or of what it is assigned to."""
        if function.name:
            return function.name
        parent = self.names.parent(function, unit)
        target = getattr(parent, "target", None)
        return last_name(target) if isinstance(target, Name | Attribute) else ""

    def reach(self, scope: Scope) -> Iterator[tuple[Node, Unit]]:
        """Yield all nodes of a scope and of the shown functions that it calls."""
        entered: set[Function] = set()
        waiting: list[tuple[Sequence[Node], Unit, int]] = [(scope.body, scope.unit, 0)]
        while waiting and len(entered) < _MAX_REACH:
            body, unit, depth = waiting.pop()
            for node in walk(body):
                yield node, unit
                if not isinstance(node, Call) or depth >= _MAX_DEPTH:
                    continue
                for function, where in self.names.callees(node, unit):
                    if function not in entered:
                        entered.add(function)
                        waiting.append((function.body, where, depth + 1))

    # Judgement.

    def counts(self, unit: Unit, node: SgNode) -> bool:
        """Say whether a place is held against the answer."""
        return not self.flow.is_counter_example(unit, node)

    @staticmethod
    def is_local(unit: Unit) -> bool:
        """Say whether a file is one of development or tests only."""
        return _LOCAL.search(unit.block.path) is not None

    def is_off(self, entry: tuple[Expression, Unit]) -> bool:
        """Say whether an option is switched off for certain."""
        found = self.value(*entry)
        return found is not NOT_CONSTANT and not found
