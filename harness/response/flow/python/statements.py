"""Python's statements in the common form."""

from __future__ import annotations

from collections.abc import Iterable

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Argument,
    Assignment,
    Await,
    Binary,
    Call,
    Constant,
    Expression,
    Items,
    Name,
    Opaque,
    Unary,
)
from harness.response.flow.python.definitions import (
    DEFINITIONS,
    read_class,
    read_decorated,
    read_function,
)
from harness.response.flow.python.expressions import read_one_or_more
from harness.response.flow.reader import Reader, StatementReader
from harness.response.flow.statements import (
    Case,
    Define,
    Evaluate,
    Handler,
    If,
    Import,
    ImportedName,
    Jump,
    Loop,
    Raise,
    Return,
    Statement,
    Switch,
    Try,
    With,
)

__all__ = ["DEFINITIONS", "SKIPPED", "STATEMENTS"]

SKIPPED = frozenset({"comment", "line_continuation"})


def _block(reader: Reader, nodes: Iterable[SgNode]) -> tuple[Statement, ...]:
    """Read the blocks among some nodes, and what stands where a block could not be parsed."""
    inner: list[SgNode] = []
    for node in nodes:
        kind = node.kind()
        if kind in {"block", "ERROR"}:
            inner += node.named_children() if kind == "block" else [node]
    return reader.body(inner)


def _read_expression(reader: Reader, node: SgNode) -> Iterable[Statement]:
    value = read_one_or_more(reader, reader.named(node), node)
    return () if value is None else (Evaluate(node, value),)


def _read_return(reader: Reader, node: SgNode) -> Iterable[Statement]:
    return (Return(node, read_one_or_more(reader, reader.named(node), node)),)


def _read_raise(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read ``raise``; a cause that is more than a name is kept beside the exception."""
    parts = reader.expressions(reader.named(node))
    if len(parts) > 1 and not isinstance(parts[1], Name | Constant):
        return (Raise(node, Opaque(node, parts)),)
    return (Raise(node, parts[0] if parts else None),)


def _read_if(reader: Reader, node: SgNode) -> Iterable[Statement]:
    test, *rest = reader.named(node) or [node]
    if test is node:
        return ()
    branches = [(node, reader.expression(test), _block(reader, rest))]
    otherwise: tuple[Statement, ...] = ()
    for child in rest:
        kind = child.kind()
        if kind == "elif_clause":
            parts = reader.named(child)
            if parts:
                branches.append((child, reader.expression(parts[0]), _block(reader, parts[1:])))
        elif kind == "else_clause":
            otherwise = _block(reader, child.named_children())
    room = max(1, reader.room() // 2)
    if len(branches) > room:
        reader.limited = True
    for whole, condition, body in reversed(branches[:room]):
        otherwise = (If(whole, condition, body, otherwise),)
    return otherwise


def _read_for(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read ``for``; what stands in its ``else`` follows the loop."""
    parts = reader.named(node)
    if len(parts) < 2:
        return reader.body(parts)
    target, subject = reader.expression(parts[0]), reader.expression(parts[1])
    if node.children()[0].kind() == "async":
        subject = Await(parts[1], subject)
    loop = Loop(node, "each", target, subject, _block(reader, parts[2:]))
    return (loop, *_otherwise(reader, parts))


def _read_while(reader: Reader, node: SgNode) -> Iterable[Statement]:
    parts = reader.named(node)
    if not parts:
        return ()
    loop = Loop(node, "while", None, reader.expression(parts[0]), _block(reader, parts[1:]))
    return (loop, *_otherwise(reader, parts))


def _otherwise(reader: Reader, parts: Iterable[SgNode]) -> tuple[Statement, ...]:
    clauses = [part for part in parts if part.kind() == "else_clause"]
    return _block(reader, [inner for clause in clauses for inner in clause.named_children()])


def _read_try(reader: Reader, node: SgNode) -> Iterable[Statement]:
    parts = reader.named(node)
    body = _block(reader, parts)
    handlers: list[Handler] = []
    final: tuple[Statement, ...] = ()
    for part in parts:
        kind = part.kind()
        if kind in {"except_clause", "except_group_clause"}:
            handlers.append(_handler(reader, part))
        elif kind == "finally_clause":
            final = _block(reader, part.named_children())
    return (Try(node, body, tuple(handlers), _otherwise(reader, parts), final),)


def _handler(reader: Reader, node: SgNode) -> Handler:
    types: list[Expression] = []
    name = ""
    parts = reader.named(node)
    for part in parts:
        kind = part.kind()
        if kind == "block":
            continue
        caught = part
        if kind == "as_pattern":
            caught, *targets = reader.named(part) or [part]
            name = targets[0].text() if targets else ""
        read = reader.expression(caught)
        types += read.items if isinstance(read, Items) else [read]
    return Handler(node, tuple(types), name, _block(reader, parts))


def _read_with(reader: Reader, node: SgNode) -> Iterable[Statement]:
    items: list[Expression] = []
    parts = reader.named(node)
    for part in parts:
        if part.kind() != "with_clause":
            continue
        for item in reader.named(part):
            read = reader.expression(item)
            # `with (a as b, c as d):` may be read as one tuple.
            items += read.items if isinstance(read, Items) else [read]
    return (With(node, tuple(items), _block(reader, parts)),)


# match


def _read_match(reader: Reader, node: SgNode) -> Iterable[Statement]:
    subjects = [part for part in reader.named(node) if part.kind() != "block"]
    subject = read_one_or_more(reader, subjects, node) or Opaque(node, ())
    cases = [
        _case(reader, clause, subject)
        for block in node.named_children()
        if block.kind() == "block"
        for clause in block.named_children()
        if clause.kind() == "case_clause"
    ]
    return (Switch(node, subject, tuple(cases)),)


def _case(reader: Reader, node: SgNode, subject: Expression) -> Case:
    tests: list[Expression] = []
    guard: Expression | None = None
    bound: tuple[Statement, ...] = ()
    parts = reader.named(node)
    patterns = [part for part in parts if part.kind() == "case_pattern"]
    if len(patterns) > 1:
        tests = [Items(node, reader.expressions(patterns))]
    elif patterns:
        tests, bound = _tests(reader, patterns[0], subject)
    for part in parts:
        if part.kind() == "if_clause":
            guard = read_one_or_more(reader, reader.named(part), part)
    if guard is not None:
        tests = [Binary(node, "&&", test, guard) for test in tests] or [guard]
    return Case(node, tuple(tests), bound + _block(reader, parts))


def _tests(
    reader: Reader, pattern: SgNode, subject: Expression
) -> tuple[list[Expression], tuple[Statement, ...]]:
    """Return what a pattern compares with; a bare name takes everything and binds it."""
    inner = reader.named(pattern)
    if not inner:
        return ([] if pattern.text() == "_" else [reader.opaque(pattern)]), ()
    kind = inner[0].kind()
    if kind == "union_pattern":
        marks = {child.kind() for child in inner[0].children() if not child.is_named()}
        if marks <= {"|"}:
            return list(reader.expressions(reader.named(inner[0]))), ()
    if kind == "as_pattern" and len(parts := reader.named(inner[0])) == 2:
        binding = reader.assign(Assignment(pattern, reader.expression(parts[1]), subject))
        return [reader.expression(parts[0])], (Evaluate(pattern, binding),)
    read = reader.expression(pattern)
    if isinstance(read, Name):
        binding = reader.assign(Assignment(pattern, read, subject))
        return [], (Evaluate(pattern, binding),)
    return [read], ()


# Names from elsewhere.


def _read_import(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read ``import a.b`` (known as ``a.b`` here) and ``import a.b as c``."""
    found: list[Import] = []
    for child in reader.named(node):
        module, alias = _aliased(reader, child)
        found.append(Import(node, module, (ImportedName("", alias),)))
    reader.imports += found
    return found


def _read_from(reader: Reader, node: SgNode) -> Iterable[Statement]:
    parts = reader.named(node)
    module = "__future__" if node.kind() == "future_import_statement" else ""
    if not module:
        if not parts:
            return ()
        module = parts.pop(0).text().replace(" ", "")
    names = [
        ImportedName("*", "*") if part.kind() == "wildcard_import" else ImportedName(*_aliased(reader, part))
        for part in parts
    ]
    found = Import(node, module, tuple(names))
    reader.imports.append(found)
    return (found,)


def _aliased(reader: Reader, node: SgNode) -> tuple[str, str]:
    parts = reader.named(node) if node.kind() == "aliased_import" else [node]
    name = parts[0].text() if parts else ""
    return name, parts[-1].text() if parts else name


# The rest.


def _read_delete(reader: Reader, node: SgNode) -> Iterable[Statement]:
    for child in reader.named(node):
        read = reader.expression(child)
        for item in read.items if isinstance(read, Items) else [read]:
            yield Evaluate(node, Unary(node, "delete", item))


def _read_old_call(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read ``print x`` and ``exec x`` of Python 2 as calls."""
    word = node.kind().removesuffix("_statement")
    place = len(reader.calls)
    reader.calls.append(None)
    given = tuple([Argument(value) for value in reader.expressions(reader.named(node))])
    call = Call(node, Name(node, word), given)
    reader.calls[place] = call
    return (Evaluate(node, call),)


def _read_jump(_: Reader, node: SgNode) -> Iterable[Statement]:
    return (Jump(node, node.kind().removesuffix("_statement")),)


def _read_alias(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read ``type X = Y``."""
    parts = reader.expressions(reader.named(node))
    if len(parts) != 2:
        return (Evaluate(node, Opaque(node, parts)),)
    return (Evaluate(node, reader.assign(Assignment(node, parts[0], parts[1]))),)


STATEMENTS: dict[str, StatementReader] = {
    "expression_statement": _read_expression,
    "return_statement": _read_return,
    "raise_statement": _read_raise,
    "if_statement": _read_if,
    "for_statement": _read_for,
    "while_statement": _read_while,
    "try_statement": _read_try,
    "with_statement": _read_with,
    "match_statement": _read_match,
    "function_definition": lambda reader, node: (Define(node, read_function(reader, node)),),
    "class_definition": lambda reader, node: (Define(node, read_class(reader, node)),),
    "decorated_definition": read_decorated,
    "import_statement": _read_import,
    "import_from_statement": _read_from,
    "future_import_statement": _read_from,
    "delete_statement": _read_delete,
    "print_statement": _read_old_call,
    "exec_statement": _read_old_call,
    "pass_statement": _read_jump,
    "break_statement": _read_jump,
    "continue_statement": _read_jump,
    "type_alias_statement": _read_alias,
    "block": lambda reader, node: reader.body(node.named_children()),
}
