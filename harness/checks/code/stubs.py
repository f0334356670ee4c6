"""Functions that are declared and not written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.checks.errors.terms import is_nothing, judged_units, last_name
from harness.core.types import Finding
from harness.response.flow.expressions import (
    Attribute,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Items,
    Mapping,
    Name,
)
from harness.response.flow.statements import Evaluate, Raise, Return, Statement, Unit
from harness.response.flow.walk import walk
from harness.response.program import Program

__all__ = ["Stub", "stubs_in", "written_functions"]

_NOT_IMPLEMENTED = re.compile(
    r"not\W{0,3}(?:yet\W)?(?:been\W)?implemented|notimplemented|unimplemented|to\s?do\b|implement\s+me",
    re.IGNORECASE,
)
_ABSTRACT = frozenset({"abstractmethod", "overload", "abstractproperty"})
_INTERFACES = frozenset({"Protocol", "ABC", "ABCMeta", "Interface"})
_DELIBERATE = re.compile(
    r"^_*(?:no_?op|noop|nothing|ignore|empty|null|void|down|rollback|reverse)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Stub:
    """A function (or class) without a body of its own, and why it counts as one."""

    finding: Finding
    function: Function | ClassDefinition
    unit: Unit


def stubs_in(program: Program) -> tuple[Stub, ...]:
    """Return the functions of the answer's server code that are not written."""
    return program.once(_stubs)


def written_functions(program: Program) -> int:
    """Return how many functions of the answer's server code are written."""
    stubs = {stub.function for stub in stubs_in(program)}
    return sum(
        1
        for unit in judged_units(program)
        for function in unit.functions
        if not _only_declares(function, unit) and function not in stubs
    )


def _only_declares(function: Function, unit: Unit) -> bool:
    """A declaration without a body; in Python dots are one, and what they mean depends on the class."""
    return function.is_abstract and unit.language != "python"


def _stubs(program: Program) -> tuple[Stub, ...]:
    flow = program.flow
    units = judged_units(program)
    extended = {last_name(base) for unit in units for one in unit.classes for base in one.bases}
    found = []
    for unit in units:
        for function in unit.functions:
            if flow.is_counter_example(unit, function.node) or _only_declares(function, unit):
                continue
            owner = flow.names.index(unit).class_around(function) if function.is_method else None
            why = "" if _is_interface(function, owner, extended) else _why(function, owner)
            if why:
                found.append(Stub(flow.finding(unit, function.node, why), function, unit))
        found += _empty_classes(program, unit)
    return tuple(found)


def _empty_classes(program: Program, unit: Unit) -> Iterator[Stub]:
    """A class that holds nothing but a comment; one that only extends another is complete."""
    for one in unit.classes:
        empty = one.kind == "class" and not one.bases and all(is_nothing(part) for part in one.body)
        said = empty and one.node.find(kind="comment") is not None
        if said and not program.flow.is_counter_example(unit, one.node):
            message = f"the class {one.name} has no body"
            yield Stub(program.flow.finding(unit, one.node, message), one, unit)


def _is_interface(function: Function, owner: ClassDefinition | None, extended: Iterable[str]) -> bool:
    """What only says which methods others have: interfaces, protocols, bases that shown classes extend."""
    if any(last_name(one) in _ABSTRACT for one in function.decorators):
        return True
    if owner is None:
        return False
    return (
        owner.kind in {"interface", "trait"}
        or owner.name in extended
        or owner.node.kind() == "abstract_class_declaration"
        or any(last_name(base) in _INTERFACES for base in owner.bases)
    )


def _why(function: Function, owner: ClassDefinition | None) -> str:
    name = f"{function.name}()" if function.name else "a function"
    body = [one for one in function.body if not _is_docstring(one)]
    real = [one for one in body if not is_nothing(one)]
    if not real:
        if _may_be_empty(function, owner, dots=len(body)):
            return ""
        return f"{name} has no body"
    if len(real) > 1:
        return ""
    if _says_unwritten(real[0]):
        return f"{name} only says that it is not implemented"
    if _is_empty_answer(real[0]) and _comments(function):
        return f"{name} answers with nothing, and a comment says what it should do"
    return ""


def _is_docstring(statement: Statement) -> bool:
    value = statement.value if isinstance(statement, Evaluate) else None
    return isinstance(value, Constant) and isinstance(value.value, str)


def _may_be_empty(function: Function, owner: ClassDefinition | None, *, dots: int) -> bool:
    """A body may be empty on purpose: a callback that ignores, a constructor that only takes its fields."""
    if dots or _comments(function):
        return False
    if not function.name or function.is_arrow:
        return True
    if function.name in {"constructor", "__construct", "__init__"}:
        return True
    if _DELIBERATE.search(function.name):
        return True
    # A method that a framework calls, in a class that overrides what it inherits.
    return owner is not None and bool(owner.bases) and function.name.startswith("on")


def _comments(function: Function) -> list[str]:
    return [node.text()[:200] for node in function.node.find_all(kind="comment")]


def _says_unwritten(statement: Statement) -> bool:
    if isinstance(statement, Raise) and statement.value is not None:
        return _NOT_IMPLEMENTED.search(statement.value.node.text()[:200]) is not None
    if isinstance(statement, Return) and isinstance(statement.value, Call):
        # Promise.reject(new Error('not implemented')), res.status(501).json({ error: 'Not implemented' })
        return _NOT_IMPLEMENTED.search(statement.value.node.text()[:200]) is not None
    value = statement.value if isinstance(statement, Evaluate) else None
    return isinstance(value, Call) and any(_unwritten_text(one.value) for one in value.arguments[-1:])


def _unwritten_text(value: Expression) -> bool:
    texts: Iterator[object] = (
        node.value for node in walk([value], into_functions=False) if isinstance(node, Constant)
    )
    return any(isinstance(text, str) and _NOT_IMPLEMENTED.search(text) is not None for text in texts)


def _is_empty_answer(statement: Statement) -> bool:
    return isinstance(statement, Return) and _is_blank(statement.value)


def _is_blank(value: Expression | None) -> bool:
    if value is None or isinstance(value, Constant):
        return True
    if isinstance(value, Mapping):
        return all(_is_blank(entry.value) for entry in value.entries)
    if isinstance(value, Items):
        return not value.items
    return isinstance(value, Name | Attribute) and last_name(value) in {"undefined", "None", "null"}
