"""PHP's functions, closures, classes and their members in the common form."""

from __future__ import annotations

from collections.abc import Iterable

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Call,
    ClassDefinition,
    Expression,
    Function,
    Name,
    Opaque,
    Parameter,
)
from harness.response.flow.php.expressions import read_arguments
from harness.response.flow.reader import ExpressionReader, Reader
from harness.response.flow.statements import Define, Evaluate, Return, Statement

__all__ = ["DEFINITIONS", "read_class", "read_constants", "read_function", "read_property"]

_MODIFIERS = frozenset(
    "visibility_modifier static_modifier final_modifier abstract_modifier readonly_modifier var_modifier "
    "reference_modifier".split()
)
_BODIES = frozenset({"declaration_list", "enum_declaration_list"})
_KINDS = {
    "class_declaration": "class",
    "anonymous_class": "class",
    "interface_declaration": "interface",
    "trait_declaration": "trait",
    "enum_declaration": "enum",
}


def read_attribute(reader: Reader, node: SgNode) -> Expression:
    """Read ``#[Name]`` as a name and ``#[Name(x)]`` as a call."""
    name, *rest = reader.named(node) or [node]
    callee = Name(name, name.text())
    return reader.call(node, callee, read_arguments, rest[-1]) if rest else callee


def _attributes(reader: Reader, node: SgNode) -> tuple[Expression, ...]:
    return tuple([read_attribute(reader, one) for group in reader.named(node) for one in reader.named(group)])


# Functions.


def read_function(reader: Reader, node: SgNode) -> Function:
    """Read a function, method, closure or arrow function."""
    kind = node.kind()
    place = len(reader.functions)
    reader.functions.append(None)
    is_method = kind == "method_declaration" or (kind == "function_definition" and reader.in_class)
    outside, reader.in_class = reader.in_class, False
    function = Function(node, "", (), (), is_method=is_method, is_arrow=kind == "arrow_function")
    function.owner = reader.owner if is_method else ""
    function.is_abstract = kind == "method_declaration"
    children = reader.named(node)
    if function.is_arrow and children:
        last = children.pop()
        _read_head(reader, function, children)
        function.body = (Return(last, reader.expression(last)),)
    else:
        _read_head(reader, function, children)
    promoted = _promoted(function)
    if promoted:
        function.body = (*promoted, *function.body)
        reader.assignments += [one.value for one in promoted if isinstance(one.value, Assignment)]
    reader.in_class = outside
    reader.functions[place] = function
    return function


def _read_head(reader: Reader, function: Function, children: list[SgNode]) -> None:
    """Fill in what the parts of a function say, its body included."""
    for child in children:
        kind = child.kind()
        if kind == "name":
            function.name = child.text()
        elif kind == "formal_parameters":
            function.parameters = tuple([_parameter(reader, one) for one in reader.named(child)])
        elif kind == "compound_statement":
            function.is_abstract = False
            function.body += reader.body(child.named_children())
        elif kind == "attribute_list":
            function.decorators = _attributes(reader, child)
        elif kind == "anonymous_function_use_clause":
            function.captures = tuple([one.text().lstrip("& ") for one in reader.named(child)])
        elif kind == "static_modifier":
            function.is_static = True
        elif kind == "ERROR":
            function.body += reader.body([child])
        elif kind not in _MODIFIERS:
            function.annotation = child.text()


def _parameter(reader: Reader, node: SgNode) -> Parameter:
    target: Expression = Opaque(node, ())
    default: Expression | None = None
    annotation = ""
    decorators: tuple[Expression, ...] = ()
    is_named = False
    for child in reader.named(node):
        kind = child.kind()
        if is_named:
            if kind != "property_hook_list":
                default = reader.expression(child)
        elif kind in {"variable_name", "by_ref"}:
            target, is_named = reader.expression(child), True
        elif kind == "attribute_list":
            decorators = _attributes(reader, child)
        elif kind not in _MODIFIERS:
            annotation = child.text()
    rest = node.kind() == "variadic_parameter"
    return Parameter(node, target, default, annotation, rest, decorators)


def _promoted(function: Function) -> list[Evaluate]:
    """Return what a constructor's promoted parameters do: each sets the field of its name."""
    found: list[Evaluate] = []
    for parameter in function.parameters:
        node, target = parameter.node, parameter.target
        if isinstance(target, Name) and node.kind() == "property_promotion_parameter":
            field = Attribute(node, Name(node, "$this"), target.name.lstrip("$"))
            found.append(Evaluate(node, Assignment(node, field, target)))
    return found


# Classes.


def read_class(reader: Reader, node: SgNode) -> ClassDefinition:
    """Read a class, interface, trait or enum; traits that it uses stand behind its bases."""
    place = len(reader.classes)
    reader.classes.append(None)
    name = ""
    bases: list[Expression] = []
    body: tuple[Statement, ...] = ()
    decorators: tuple[Expression, ...] = ()
    for child in reader.named(node):
        kind = child.kind()
        if kind == "name":
            name = child.text()
        elif kind in {"base_clause", "class_interface_clause"}:
            bases += reader.expressions(reader.named(child))
        elif kind == "attribute_list":
            decorators = _attributes(reader, child)
        elif kind in _BODIES:
            outside = reader.owner, reader.in_class
            reader.owner, reader.in_class = name, True
            members = reader.named(child)
            bases += [trait for member in members for trait in _traits(reader, member)]
            body = reader.body(members)
            body += _promoted_fields(reader, body)
            reader.owner, reader.in_class = outside
    definition = ClassDefinition(node, name, tuple(bases), body, decorators, _KINDS.get(node.kind(), "class"))
    reader.classes[place] = definition
    return definition


def _traits(reader: Reader, node: SgNode) -> Iterable[Expression]:
    if node.kind() != "use_declaration":
        return ()
    return [reader.expression(one) for one in reader.named(node) if one.kind() != "use_list"]


def _promoted_fields(reader: Reader, body: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Return the fields that a constructor's parameters declare."""
    return tuple(
        [
            Evaluate(parameter.node, reader.assign(_field_of(parameter)))
            for member in body
            if isinstance(member, Define) and isinstance(member.value, Function)
            for parameter in member.value.parameters
            if parameter.node.kind() == "property_promotion_parameter"
        ]
    )


def _field_of(parameter: Parameter) -> Assignment:
    return Assignment(
        parameter.node,
        parameter.target,
        None,
        declares="field",
        annotation=parameter.annotation,
        decorators=parameter.decorators,
    )


def read_property(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read the fields of a class; their hooks are accessors."""
    annotation = ""
    decorators: tuple[Expression, ...] = ()
    declares = "field"
    for child in reader.named(node):
        kind = child.kind()
        if kind == "property_element":
            yield _declaration(reader, child, declares, annotation, decorators)
        elif kind == "property_hook_list":
            name = next((one.text() for one in node.find_all(kind="variable_name")), "")
            for hook in reader.named(child):
                yield Define(hook, _hook(reader, hook, name.lstrip("$")))
        elif kind == "attribute_list":
            decorators = _attributes(reader, child)
        elif kind == "static_modifier":
            declares = "static"
        elif kind not in _MODIFIERS:
            annotation = child.text()


def _declaration(
    reader: Reader, node: SgNode, declares: str, annotation: str, decorators: tuple[Expression, ...] = ()
) -> Statement:
    parts = reader.named(node)
    if not parts:
        return Evaluate(node, Opaque(node, ()))
    target = reader.expression(parts[0])
    value = reader.expression(parts[-1]) if len(parts) > 1 else None
    assignment = Assignment(
        node, target, value, declares=declares, annotation=annotation, decorators=decorators
    )
    return Evaluate(node, reader.assign(assignment))


def _hook(reader: Reader, node: SgNode, name: str) -> Function:
    """Read ``get => x`` or ``set { ... }`` of a property."""
    place = len(reader.functions)
    reader.functions.append(None)
    outside, reader.in_class = reader.in_class, False
    function = Function(node, name, (), (), is_method=True, owner=reader.owner)
    for child in reader.named(node):
        kind = child.kind()
        if kind == "name":
            function.accessor = child.text()
        elif kind == "formal_parameters":
            function.parameters = tuple([_parameter(reader, one) for one in reader.named(child)])
        elif kind == "compound_statement":
            function.body = reader.body(child.named_children())
        elif kind not in _MODIFIERS:
            function.body = (Return(child, reader.expression(child)),)
    reader.in_class = outside
    reader.functions[place] = function
    return function


def read_constants(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read ``const A = 1, B = 2`` and ``case A = 1``: within a class they belong to the class itself."""
    declares = "static" if reader.in_class else "const"
    if node.kind() == "enum_case":
        yield _declaration(reader, node, declares, "")
        return
    annotation = ""
    for child in reader.named(node):
        kind = child.kind()
        if kind == "const_element":
            yield _declaration(reader, child, declares, annotation)
        elif kind not in _MODIFIERS and kind != "attribute_list":
            annotation = child.text()


def _read_new(reader: Reader, node: SgNode) -> Expression:
    """Read ``new A(x)``, and ``new class(x) { ... }``, whose callee is the class."""
    parts = reader.named(node)
    given = next((part for part in parts if part.kind() == "arguments"), None)
    classes = [part for part in parts if part.kind() not in {"arguments", "attribute_list"}]
    if not classes:
        return reader.opaque(node)
    if classes[0].kind() == "anonymous_class":
        given = next((part for part in reader.named(classes[0]) if part.kind() == "arguments"), None)
    callee = reader.expression(classes[0])
    call: Call = reader.call(node, callee, read_arguments, given)
    call.is_new = True
    return call


DEFINITIONS: dict[str, ExpressionReader] = {
    "function_definition": read_function,
    "method_declaration": read_function,
    "anonymous_function": read_function,
    "arrow_function": read_function,
    "object_creation_expression": _read_new,
    "attribute": read_attribute,
    **dict.fromkeys(_KINDS, read_class),
}
