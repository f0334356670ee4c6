"""Python's functions, lambdas and classes in the common form."""

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
    Index,
    Items,
    Name,
    Opaque,
    Parameter,
)
from harness.response.flow.reader import ExpressionReader, Reader
from harness.response.flow.statements import Define, Evaluate, Return, Statement

__all__ = ["DEFINITIONS", "read_class", "read_decorated", "read_function"]

_SEPARATORS = frozenset({"keyword_separator", "positional_separator"})
_RESTS = frozenset({"list_splat_pattern", "dictionary_splat_pattern"})
_ABSTRACT = frozenset({"abstractmethod", "overload", "abstractproperty"})


def read_function(reader: Reader, node: SgNode, decorators: tuple[Expression, ...] = ()) -> Function:
    """Read ``def``; within a class it is a method of it."""
    place = len(reader.functions)
    reader.functions.append(None)
    owner, is_method = reader.owner, reader.in_class
    reader.in_class = False
    name, annotation = "", ""
    inner: list[SgNode] = []
    parameters: tuple[Parameter, ...] = ()
    children = reader.children(node)
    for child in children:
        kind = child.kind()
        if kind == "identifier":
            name = name or child.text()
        elif kind == "parameters":
            parameters = _parameters(reader, child)
        elif kind == "type":
            annotation = child.text()
        elif kind in {"block", "ERROR"}:
            inner += child.named_children() if kind == "block" else [child]
    body = reader.body(inner)
    reader.in_class = is_method
    names = {_last_name(decorator) for decorator in decorators}
    function = Function(
        node,
        name,
        parameters,
        body,
        decorators,
        is_async=bool(children) and children[0].kind() == "async",
        is_method=is_method,
        is_static="staticmethod" in names,
        is_abstract=not names.isdisjoint(_ABSTRACT) or _is_stub(body),
        owner=owner if is_method else "",
        annotation=annotation,
    )
    reader.functions[place] = function
    return function


def _last_name(decorator: Expression) -> str:
    if isinstance(decorator, Call):
        decorator = decorator.callee
    return decorator.name if isinstance(decorator, Name | Attribute) else ""


def _is_stub(body: tuple[Statement, ...]) -> bool:
    """Say whether ``...`` stands for the body."""
    return bool(body) and all(
        isinstance(statement, Evaluate)
        and isinstance(statement.value, Opaque)
        and statement.value.node.kind() == "ellipsis"
        for statement in body
    )


def _parameters(reader: Reader, node: SgNode) -> tuple[Parameter, ...]:
    return tuple(
        [_parameter(reader, child) for child in reader.named(node) if child.kind() not in _SEPARATORS]
    )


def _parameter(reader: Reader, node: SgNode) -> Parameter:
    kind = node.kind()
    if kind == "identifier":
        return Parameter(node, Name(node, node.text()))
    if kind in _RESTS:
        return Parameter(node, _target(reader, node), rest=True)
    if kind not in {"default_parameter", "typed_parameter", "typed_default_parameter"}:
        return Parameter(node, reader.expression(node))
    target, *others = reader.named(node) or [node]
    annotation, default = "", None
    said: tuple[Expression, ...] = ()
    for other in others:
        if other.kind() == "type":
            annotation = other.text()
            said = _said(reader, other, annotation)
        else:
            default = reader.expression(other)
    return Parameter(node, _target(reader, target), default, annotation, target.kind() in _RESTS, said)


def _said(reader: Reader, node: SgNode, annotation: str) -> tuple[Expression, ...]:
    """Return the calls in an annotation: what ``Annotated`` says of a type stands above it, as it were."""
    if "(" not in annotation:
        return ()
    read = reader.expression(node)
    if isinstance(read, Index) and isinstance(read.key, Items) and _last_name(read.base) == "Annotated":
        return read.key.items[1:]
    return (read,)


def _target(reader: Reader, node: SgNode) -> Expression:
    """Return the name that ``*name`` binds, else the target as it is."""
    inner = reader.named(node) if node.kind() in _RESTS else []
    return reader.expression(inner[-1] if inner else node)


def read_lambda(reader: Reader, node: SgNode) -> Expression:
    """Read ``lambda``: its expression is what it returns."""
    place = len(reader.functions)
    reader.functions.append(None)
    outside, reader.in_class = reader.in_class, False
    parameters: tuple[Parameter, ...] = ()
    body: tuple[Statement, ...] = ()
    for child in reader.named(node):
        if child.kind() == "lambda_parameters":
            parameters = _parameters(reader, child)
        else:
            body = (Return(child, reader.expression(child)),)
    reader.in_class = outside
    function = Function(node, "", parameters, body, is_arrow=True)
    reader.functions[place] = function
    return function


def read_class(reader: Reader, node: SgNode, decorators: tuple[Expression, ...] = ()) -> ClassDefinition:
    """Read ``class``; its keyword arguments (``metaclass=M``) stand among the bases as assignments."""
    place = len(reader.classes)
    reader.classes.append(None)
    name = ""
    bases: tuple[Expression, ...] = ()
    body: tuple[Statement, ...] = ()
    for child in reader.named(node):
        kind = child.kind()
        if kind == "identifier":
            name = name or child.text()
        elif kind == "argument_list":
            bases = tuple([_base(reader, base) for base in reader.named(child)])
        elif kind == "block":
            outside = reader.owner, reader.in_class
            reader.owner, reader.in_class = name, True
            body = reader.body(child.named_children())
            reader.owner, reader.in_class = outside
    definition = ClassDefinition(node, name, bases, body, decorators)
    reader.classes[place] = definition
    return definition


def _base(reader: Reader, node: SgNode) -> Expression:
    parts = reader.named(node) if node.kind() == "keyword_argument" else []
    if len(parts) != 2:
        return reader.expression(node)
    return Assignment(node, reader.expression(parts[0]), reader.expression(parts[1]))


def read_decorated(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read a definition with decorators above it."""
    decorators: list[Expression] = []
    for child in reader.named(node):
        kind = child.kind()
        if kind == "decorator":
            decorators += reader.expressions(reader.named(child))
        elif kind == "function_definition":
            yield Define(node, read_function(reader, child, tuple(decorators)))
        elif kind == "class_definition":
            yield Define(node, read_class(reader, child, tuple(decorators)))
        else:
            yield from reader.body([child])


def read_assignment(reader: Reader, node: SgNode) -> Expression:
    """Read ``a = b``, ``a: T = b`` and ``a: T``; ``a = b = c`` is an assignment of an assignment."""
    target, *others = reader.named(node) or [node]
    annotation = ""
    place = len(reader.assignments)
    reader.assignments.append(None)
    said: tuple[Expression, ...] = ()
    if others and others[0].kind() == "type":
        annotation = others[0].text()
        said = _said(reader, others.pop(0), annotation)
    assignment = Assignment(
        node,
        reader.expression(target) if target is not node else Items(node, ()),
        reader.expression(others[-1]) if others else None,
        declares="field" if reader.in_class else "",
        annotation=annotation,
        decorators=said,
    )
    reader.assignments[place] = assignment
    return assignment


def read_augmented(reader: Reader, node: SgNode) -> Expression:
    """Read ``a += b``."""
    parts = reader.children(node)
    if len(parts) != 3:
        return reader.opaque(node)
    target, operator, value = parts
    place = len(reader.assignments)
    reader.assignments.append(None)
    assignment = Assignment(node, reader.expression(target), reader.expression(value), operator.kind())
    reader.assignments[place] = assignment
    return assignment


DEFINITIONS: dict[str, ExpressionReader] = {
    "function_definition": read_function,
    "class_definition": read_class,
    "lambda": read_lambda,
    "assignment": read_assignment,
    "augmented_assignment": read_augmented,
}
