"""Functions, methods and classes."""

from __future__ import annotations

from collections.abc import Sequence

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Name,
    Opaque,
    Parameter,
)
from harness.response.flow.javascript.lowering import Lowering
from harness.response.flow.javascript.patterns import annotation_of, key_of, parameters_of, pattern_of
from harness.response.flow.statements import Define, Evaluate, Return, Statement, With
from harness.response.javascript.syntax import property_name

__all__ = ["class_of", "enum_of", "function_of"]

_NAMES = frozenset(
    {
        "identifier",
        "property_identifier",
        "private_property_identifier",
        "computed_property_name",
        "string",
        "number",
    }
)
_WORDS = frozenset({"async", "static", "get", "set"})
_FIELDS = frozenset({"field_definition", "public_field_definition"})
_METHODS = frozenset({"method_definition", "abstract_method_signature"})


def function_of(
    low: Lowering,
    node: SgNode,
    *,
    is_method: bool = False,
    owner: str = "",
    decorators: tuple[Expression, ...] = (),
) -> Function:
    """Return a function, arrow function or method."""
    made = Function(node, "", (), (), decorators, is_method=is_method, owner=owner)
    low.functions.append(made)
    kind = node.kind()
    made.is_arrow = kind == "arrow_function"
    made.is_abstract = kind == "abstract_method_signature"
    body = _signature(low, node, made)
    if body is not None:
        if body.kind() == "statement_block":
            made.body = (*_parameter_properties(made), *low.block(body))
        else:
            made.body = (Return(body, low.expression(body)),)
    return made


def _signature(low: Lowering, node: SgNode, made: Function) -> SgNode | None:
    """Read all but the body, which is returned."""
    words: set[str] = set()
    body: SgNode | None = None
    arrow = False
    for part in node.children():
        kind = part.kind()
        if kind == "formal_parameters":
            made.parameters = parameters_of(low, part)
        elif kind == "=>":
            arrow = True
        elif kind == "statement_block" or (arrow and kind != "comment"):
            body = part
        elif kind == "type_annotation":
            made.annotation = annotation_of(part)
        elif kind in _NAMES:
            if made.is_arrow:
                made.parameters = (Parameter(part, pattern_of(low, part, kind)),)
            else:
                made.name = property_name(part) or ""
        elif kind in _WORDS:
            words.add(kind)
    made.is_async, made.is_static = "async" in words, "static" in words
    made.accessor = "get" if "get" in words else "set" if "set" in words else ""
    return body


def _parameter_properties(made: Function) -> list[Statement]:
    """``constructor(private users: Users)`` assigns ``this.users``."""
    if made.name != "constructor":
        return []
    found: list[Statement] = []
    for parameter in made.parameters:
        node = parameter.node
        if isinstance(parameter.target, Name) and any(
            part.kind() in {"accessibility_modifier", "readonly"} for part in node.children()
        ):
            target = Attribute(node, Name(node, "this"), parameter.target.name)
            value = Name(parameter.target.node, parameter.target.name)
            found.append(Evaluate(node, Assignment(node, target, value, annotation=parameter.annotation)))
    return found


def class_of(low: Lowering, node: SgNode, decorators: tuple[Expression, ...] = ()) -> ClassDefinition:
    """Return a class; ``decorators`` are those that stand before ``export``."""
    made = ClassDefinition(node, "", (), ())
    low.classes.append(made)
    found = list(decorators)
    for part in node.named_children():
        kind = part.kind()
        if kind == "decorator":
            found += low.opaque(part).parts
        elif kind in {"identifier", "type_identifier"}:
            made.name = part.text()
        elif kind == "class_heritage":
            made.bases = tuple(_bases(low, part))
        elif kind == "class_body":
            made.body = _members(low, part.named_children(), made.name)
    made.decorators = tuple(found)
    return made


def _bases(low: Lowering, heritage: SgNode) -> list[Expression]:
    found: list[Expression] = []
    for part in heritage.named_children():
        kind = part.kind()
        if kind == "extends_clause":
            value = part.field("value")
            found += [] if value is None else [low.expression(value)]
        elif kind == "implements_clause":
            names = [one.text().split("<", 1)[0].strip() for one in part.named_children()]
            found += [Name(part, name) for name in names]
        elif kind != "comment":
            found.append(low.expression(part, kind))
    return found


def _members(low: Lowering, parts: Sequence[SgNode], owner: str) -> tuple[Statement, ...]:
    found: list[Statement] = []
    waiting: list[Expression] = []
    for part in parts:
        kind = part.kind()
        if kind == "decorator":
            waiting += low.opaque(part).parts
            continue
        if kind in _METHODS:
            made = function_of(low, part, is_method=True, owner=owner, decorators=tuple(waiting))
            found.append(Define(part, made))
        elif kind in _FIELDS:
            found.append(Evaluate(part, _field(low, part, waiting)))
        elif kind == "class_static_block":
            blocks = [inner for inner in part.named_children() if inner.kind() == "statement_block"]
            found += [With(part, (), low.block(inner)) for inner in blocks]
        elif kind == "ERROR":
            found.append(Evaluate(part, low.error(part)))
        elif kind == "comment":
            continue
        waiting = []
    return tuple(found)


def _field(low: Lowering, node: SgNode, waiting: Sequence[Expression]) -> Expression:
    key = node.field("name") or node.field("property")
    value, declares = node.field("value"), "field"
    decorators = list(waiting)
    for part in node.children():
        kind = part.kind()
        if kind == "static":
            declares = "static"
        elif kind == "decorator":
            decorators += low.opaque(part).parts
    made = Assignment(node, Opaque(node, ()), None, declares=declares, decorators=tuple(decorators))
    low.assignments.append(made)
    if key is not None:
        name = property_name(key)
        made.target = Name(key, name) if name is not None else key_of(low, key)
    made.annotation = annotation_of(node.field("type"))
    made.value = None if value is None else low.expression(value)
    return made


def enum_of(low: Lowering, node: SgNode) -> ClassDefinition:
    """Return an enum; members without a value count up as they do in TypeScript."""
    name, body = node.field("name"), node.field("body")
    made = ClassDefinition(node, "" if name is None else name.text(), (), (), kind="enum")
    low.classes.append(made)
    members: list[Statement] = []
    following: int | None = 0
    for part in [] if body is None else body.named_children():
        kind = part.kind()
        if kind == "comment":
            continue
        key = part.field("name") if kind == "enum_assignment" else part
        given = part.field("value") if kind == "enum_assignment" else None
        value = low.expression(given) if given is not None else None
        if value is None and following is not None:
            value = Constant(part, following)
        number = value.value if isinstance(value, Constant) else None
        following = number + 1 if isinstance(number, int) else None
        if key is not None:
            member = Assignment(part, Name(key, property_name(key) or key.text()), value, declares="static")
            low.assignments.append(member)
            members.append(Evaluate(part, member))
    made.body = tuple(members)
    return made
