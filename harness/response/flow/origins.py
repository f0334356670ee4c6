"""Where a value comes from: the module and the names below it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.response.flow.definitions import Definition
from harness.response.flow.expressions import (
    Attribute,
    Await,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Index,
    Name,
    Tagged,
)
from harness.response.flow.statements import Import, Return, Unit
from harness.response.flow.walk import walk
from harness.response.record import record

if TYPE_CHECKING:
    from harness.response.flow.names import Names

__all__ = ["GLOBAL", "Origin", "annotated", "class_words", "origin_of", "required", "returned"]

GLOBAL = "global"
_MAX_PATH = 40
_MAX_RETURNS = 6
_GLOBAL_OBJECTS = frozenset({"globalThis", "window", "global", "self"})
# Of an annotation the class that values have: `Promise<User>`, `Optional[User]`, `?User`, `User | null`.
_WORD = re.compile(r"[A-Za-z_$\\][\w$.\\]*")
_WRAPPERS = frozenset(
    (
        "Promise Optional Annotated Readonly Partial Awaitable Coroutine Union "
        "typing.Optional typing.Annotated"
    ).split()
)


@record
class Origin:
    """A module and the names below it; the module ``global`` for what no block declares."""

    module: str
    path: tuple[str, ...] = ()

    @property
    def dotted(self) -> str:
        """The module and the path as one name: ``flask.request.args``; a global without its module."""
        return ".".join(self.path if self.module == GLOBAL else (self.module, *self.path))

    def below(self, name: str) -> Origin:
        """Return the origin of something in this."""
        return self if len(self.path) >= _MAX_PATH else Origin(self.module, (*self.path, name))


def required(call: Call) -> str | None:
    """Return the module that ``require('m')`` or ``import('m')`` loads."""
    callee = call.callee
    is_loader = isinstance(callee, Name) and callee.name in {"require", "import"}
    if not is_loader or not call.arguments:
        return None
    first = call.arguments[0].value
    return first.value if isinstance(first, Constant) and isinstance(first.value, str) else None


def origin_of(names: Names, expression: Expression, unit: Unit) -> Origin | None:
    """Return where a value comes from; calls and constructions stand for what was called."""
    if expression in names.known_origins:
        return names.known_origins[expression]
    if names.depth >= _MAX_PATH:
        return None
    names.known_origins[expression] = None  # what a cycle finds
    names.depth += 1
    try:
        found = None
        for value, where in names.values(expression, unit):
            found = _terminal(names, value, where)
            if found is not None:
                break
    finally:
        names.depth -= 1
    names.known_origins[expression] = found
    return found


def _terminal(names: Names, value: Expression, unit: Unit) -> Origin | None:
    if isinstance(value, Name):
        return _of_name(names, value, unit)
    if isinstance(value, Attribute):
        return _below(names, value.base, unit, value.name)
    if isinstance(value, Index):
        key = None if value.key is None else names.constant(value.key, unit)
        return _below(names, value.base, unit, str(key) if isinstance(key, str | int) else "*")
    if isinstance(value, Call):
        module = required(value)
        return _of_module(module, unit) if module is not None else _of_callee(names, value.callee, unit)
    if isinstance(value, Tagged):
        return origin_of(names, value.tag, unit)
    if isinstance(value, Await):
        return origin_of(names, value.value, unit)
    if isinstance(value, ClassDefinition):
        return _of_bases(names, value, unit)
    return None


def _of_callee(names: Names, callee: Expression, unit: Unit) -> Origin | None:
    """A call of a shown function comes from where what it returns comes from."""
    for value, where in names.values(callee, unit):
        if isinstance(value, Function):
            for result in returned(value)[:_MAX_RETURNS]:
                found = origin_of(names, result, where)
                if found is not None:
                    return found
        else:
            found = origin_of(names, value, where)
            if found is not None:
                return found
    return None


def returned(function: Function) -> list[Expression]:
    """Return the expressions that a function returns, those of inner functions left out."""
    return [
        node.value
        for node in walk(function.body, into_functions=False)
        if isinstance(node, Return) and node.value is not None
    ]


def _below(names: Names, base: Expression, unit: Unit, name: str) -> Origin | None:
    found = origin_of(names, base, unit)
    if found is None:
        found = _inherited(names, base, unit)
    if found is None:
        return None
    if name == "default" and not found.path:
        return found
    if found.module == GLOBAL and len(found.path) == 1 and found.path[0] in _GLOBAL_OBJECTS:
        return Origin(GLOBAL, (name,))
    return found.below(name)


def _inherited(names: Names, base: Expression, unit: Unit) -> Origin | None:
    """An instance of a shown class has what the class inherits from one that is not shown."""
    for owner, where in names.classes(base, unit):
        found = _of_bases(names, owner, where)
        if found is not None:
            return found
    return None


def _of_bases(names: Names, owner: ClassDefinition, unit: Unit) -> Origin | None:
    for base in owner.bases:
        found = origin_of(names, base, unit)
        if found is not None:
            return found
    return None


def _of_name(names: Names, name: Name, unit: Unit) -> Origin | None:
    definitions = names.definitions(name, unit)
    for definition in definitions:
        found = _of_definition(names, definition)
        if found is not None:
            return found
    if definitions or _is_local(name, unit):
        return None
    return _unqualified(name.name)


def _is_local(name: Name, unit: Unit) -> bool:
    """Say whether a name that nothing defines is no global for all that: ``this``, PHP's variables."""
    if unit.language == "php":
        return name.name.startswith("$") and not name.name.startswith("$_") and name.name != "$GLOBALS"
    return name.name in {"this", "super"}


def _unqualified(name: str) -> Origin:
    r"""Return the origin of a global; ``\A\B`` in PHP is the class it says."""
    if "\\" not in name:
        return Origin(GLOBAL, (name,))
    whole = name.strip("\\")
    return Origin(whole) if "\\" in whole else Origin(GLOBAL, (whole,))


def _of_definition(names: Names, definition: Definition) -> Origin | None:
    node, unit = definition.node, definition.unit
    if isinstance(node, Import):
        return _of_import(definition)
    if definition.kind == "parameter" and definition.function is not None and not definition.path:
        parameter = definition.function.parameters[definition.position]
        return None if not parameter.annotation else annotated(names, parameter.annotation, unit)
    return None


def _of_import(definition: Definition) -> Origin | None:
    node, unit, imported = definition.node, definition.unit, definition.imported
    if not isinstance(node, Import) or imported is None:
        return None
    if unit.language == "php":
        return _unqualified(f"\\{node.module}\\{imported.name}".replace("\\\\", "\\"))
    if not imported.name and "." in imported.alias:
        return Origin(node.module.partition(".")[0])
    found = _of_module(node.module, unit)
    return found if imported.name in {"", "default"} else found.below(imported.name)


def _of_module(module: str, unit: Unit) -> Origin:
    module = module.removeprefix("node:")
    if unit.language not in {"python", "php"} and module in {"console", "process"}:
        return Origin(GLOBAL, (module,))
    return Origin(module)


def annotated(names: Names, annotation: str, unit: Unit) -> Origin | None:
    """Return where the class of an annotation comes from."""
    for word in class_words(annotation):
        head, *rest = word.split(".") if "\\" not in word else [word]
        definitions = names.named(head, unit)
        for definition in definitions:
            found = _of_definition(names, definition)
            if found is None and isinstance(definition.node, ClassDefinition):
                found = _of_bases(names, definition.node, definition.unit)
            if found is not None:
                for name in rest:
                    found = found.below(name)
                return found
        if not definitions and "\\" in head:
            return _unqualified(head)
    return None


def class_words(annotation: str) -> list[str]:
    """Return the names of classes in an annotation, those that only wrap others left out."""
    return [word for word in _WORD.findall(annotation[:200]) if word not in _WRAPPERS][:4]
