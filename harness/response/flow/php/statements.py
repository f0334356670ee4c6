"""PHP's statements in the common form."""

from __future__ import annotations

from collections.abc import Iterable

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Assignment,
    Expression,
    Items,
    Opaque,
    Unary,
)
from harness.response.flow.php.arrays import read_match_arms
from harness.response.flow.php.definitions import (
    read_class,
    read_constants,
    read_function,
    read_property,
)
from harness.response.flow.php.expressions import call_named
from harness.response.flow.php.imports import read_trait_use, read_use
from harness.response.flow.reader import Reader, StatementReader
from harness.response.flow.statements import (
    Case,
    Define,
    Evaluate,
    Handler,
    If,
    Jump,
    Loop,
    Raise,
    Return,
    Statement,
    Switch,
    Try,
    With,
)

__all__ = ["SKIPPED", "STATEMENTS"]

SKIPPED = frozenset(
    "comment php_tag php_end_tag text text_interpolation visibility_modifier abstract_modifier "
    "final_modifier readonly_modifier var_modifier reference_modifier".split()
)
_BLOCKS = frozenset({"compound_statement", "colon_block"})
_WORDS = frozenset({"exit", "die"})


def _block(reader: Reader, nodes: Iterable[SgNode]) -> tuple[Statement, ...]:
    """Read bodies: blocks with braces or a colon, and single statements."""
    inner: list[SgNode] = []
    for node in nodes:
        inner += node.named_children() if node.kind() in _BLOCKS else [node]
    return reader.body(inner)


def _read_expression(reader: Reader, node: SgNode) -> Iterable[Statement]:
    parts = reader.named(node)
    if len(parts) != 1:
        return [Evaluate(part, reader.expression(part)) for part in parts]
    kind = parts[0].kind()
    if kind == "throw_expression":
        inner = reader.named(parts[0])
        return (Raise(node, reader.expression(inner[-1]) if inner else None),)
    if kind == "match_expression":
        return (_match(reader, parts[0]),)
    if kind == "name" and parts[0].text().lower() in _WORDS:
        return (Evaluate(node, call_named(reader, node, parts[0].text().lower(), [])),)
    return (Evaluate(node, reader.expression(parts[0])),)


def _match(reader: Reader, node: SgNode) -> Statement:
    subject, arms = read_match_arms(reader, node)
    cases = [Case(arm, tests, reader.body([value])) for arm, tests, value in arms]
    return Switch(node, subject, tuple(cases))


def _read_throw(reader: Reader, node: SgNode) -> Iterable[Statement]:
    inner = reader.named(node)
    return (Raise(node, reader.expression(inner[-1]) if inner else None),)


def _read_echo(reader: Reader, node: SgNode) -> Iterable[Statement]:
    given = reader.named(node)
    if len(given) == 1 and given[0].kind() == "sequence_expression":
        given = reader.named(given[0])
    return (Evaluate(node, call_named(reader, node, "echo", given)),)


def _read_exit(reader: Reader, node: SgNode) -> Iterable[Statement]:
    word = node.children()[0].kind()
    return (Evaluate(node, call_named(reader, node, word, reader.named(node))),)


def _read_return(reader: Reader, node: SgNode) -> Iterable[Statement]:
    parts = reader.named(node)
    return (Return(node, reader.expression(parts[0]) if parts else None),)


# Branches and loops.


def _read_if(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read ``if`` with all its ``elseif`` and ``else if`` in one loop."""
    branches: list[tuple[SgNode, Expression, tuple[Statement, ...]]] = []
    otherwise: tuple[Statement, ...] = ()
    following: SgNode | None = node
    while following is not None:
        here, following = following, None
        parts = reader.named(here)
        for clause in [here, *[part for part in parts if part.kind() == "else_if_clause"]]:
            test, *rest = reader.named(clause) or [clause]
            if test is not clause:
                branches.append((clause, reader.expression(test), _block(reader, _bodies(rest))))
        for part in parts:
            if part.kind() == "else_clause":
                inner = reader.named(part)
                if len(inner) == 1 and inner[0].kind() == "if_statement":
                    following = inner[0]
                else:
                    otherwise = _block(reader, inner)
    room = max(1, reader.room() // 2)
    if len(branches) > room:
        reader.limited = True
    for whole, condition, body in reversed(branches[:room]):
        otherwise = (If(whole, condition, body, otherwise),)
    return otherwise


def _bodies(nodes: Iterable[SgNode]) -> list[SgNode]:
    return [node for node in nodes if node.kind() not in {"else_if_clause", "else_clause"}]


def _read_foreach(reader: Reader, node: SgNode) -> Iterable[Statement]:
    parts = reader.named(node)
    if len(parts) < 2:
        return reader.body(parts)
    subject = reader.expression(parts[0])
    if parts[1].kind() == "pair":
        # Key and value, as in a loop over the entries.
        target: Expression = Items(parts[1], reader.expressions(reader.named(parts[1])))
    else:
        target = reader.expression(parts[1])
    return (Loop(node, "each", target, subject, _block(reader, parts[2:])),)


def _read_for(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read ``for (start; test; step)``: the start stands before the loop, the step last in its body."""
    heads: list[list[SgNode]] = [[]]
    bodies: list[SgNode] = []
    is_body = False
    for child in reader.children(node):
        kind = child.kind()
        if is_body:
            bodies += [child] if child.is_named() else []
        elif kind == ")":
            is_body = True
        elif kind == ";":
            heads.append([])
        elif child.is_named():
            heads[-1] += reader.named(child) if kind == "sequence_expression" else [child]
    start, test, step = (*heads, [], [])[:3]
    before = [Evaluate(one, reader.expression(one)) for one in start]
    condition = reader.expression(test[-1]) if test else None
    body = _block(reader, bodies)
    after = [Evaluate(one, reader.expression(one)) for one in step]
    return (With(node, (), (*before, Loop(node, "count", None, condition, (*body, *after)))),)


def _read_while(reader: Reader, node: SgNode) -> Iterable[Statement]:
    parts = reader.named(node)
    if not parts:
        return ()
    if node.kind() == "do_statement":
        body = _block(reader, parts[:-1])
        return (Loop(node, "do", None, reader.expression(parts[-1]), body),)
    return (Loop(node, "while", None, reader.expression(parts[0]), _block(reader, parts[1:])),)


def _read_switch(reader: Reader, node: SgNode) -> Iterable[Statement]:
    subject: Expression = Opaque(node, ())
    cases: list[Case] = []
    for child in reader.named(node):
        if child.kind() != "switch_block":
            subject = reader.expression(child)
            continue
        for part in reader.named(child):
            inner = reader.named(part)
            if part.kind() == "case_statement" and inner:
                cases.append(Case(part, (reader.expression(inner[0]),), reader.body(inner[1:])))
            else:
                cases.append(Case(part, (), reader.body(inner)))
    return (Switch(node, subject, tuple(cases)),)


def _read_try(reader: Reader, node: SgNode) -> Iterable[Statement]:
    body: tuple[Statement, ...] = ()
    final: tuple[Statement, ...] = ()
    handlers: list[Handler] = []
    for part in reader.named(node):
        kind = part.kind()
        if kind == "catch_clause":
            handlers.append(_handler(reader, part))
        elif kind == "finally_clause":
            final = _block(reader, reader.named(part))
        else:
            body += _block(reader, [part])
    return (Try(node, body, tuple(handlers), (), final),)


def _handler(reader: Reader, node: SgNode) -> Handler:
    types: tuple[Expression, ...] = ()
    name = ""
    bodies: list[SgNode] = []
    for part in reader.named(node):
        kind = part.kind()
        if kind == "type_list":
            types = reader.expressions(reader.named(part))
        elif kind == "variable_name":
            name = part.text()
        else:
            bodies.append(part)
    return Handler(node, types, name, _block(reader, bodies))


# The rest.


def _read_unset(reader: Reader, node: SgNode) -> Iterable[Statement]:
    return [Evaluate(node, Unary(node, "delete", one)) for one in reader.expressions(reader.named(node))]


def _read_static(reader: Reader, node: SgNode) -> Iterable[Statement]:
    for one in reader.named(node):
        parts = reader.named(one)
        if parts:
            value = reader.expression(parts[1]) if len(parts) > 1 else None
            assignment = Assignment(one, reader.expression(parts[0]), value, declares="static")
            yield Evaluate(one, reader.assign(assignment))


def _read_namespace(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read ``namespace A;`` as ``Opaque`` with the name, and one with braces as a block behind it."""
    for part in reader.named(node):
        if part.kind() in _BLOCKS:
            yield With(node, (), _block(reader, [part]))
        else:
            yield Evaluate(node, Opaque(node, (reader.expression(part),)))


def _read_jump(_: Reader, node: SgNode) -> Iterable[Statement]:
    return (Jump(node, node.kind().removesuffix("_statement")),)


def _read_declare(reader: Reader, node: SgNode) -> Iterable[Statement]:
    return _block(reader, [part for part in reader.named(node) if part.kind() != "declare_directive"])


def _define_function(reader: Reader, node: SgNode) -> Iterable[Statement]:
    return (Define(node, read_function(reader, node)),)


def _define_class(reader: Reader, node: SgNode) -> Iterable[Statement]:
    return (Define(node, read_class(reader, node)),)


def _read_bare(reader: Reader, node: SgNode) -> Iterable[Statement]:
    return (With(node, (), _block(reader, [node])),)


STATEMENTS: dict[str, StatementReader] = {
    "expression_statement": _read_expression,
    "throw_expression": _read_throw,
    "echo_statement": _read_echo,
    "exit_statement": _read_exit,
    "return_statement": _read_return,
    "if_statement": _read_if,
    "foreach_statement": _read_foreach,
    "for_statement": _read_for,
    "while_statement": _read_while,
    "do_statement": _read_while,
    "switch_statement": _read_switch,
    "try_statement": _read_try,
    "unset_statement": _read_unset,
    "function_static_declaration": _read_static,
    "const_declaration": read_constants,
    "enum_case": read_constants,
    "property_declaration": read_property,
    "use_declaration": read_trait_use,
    "namespace_definition": _read_namespace,
    "namespace_use_declaration": read_use,
    "function_definition": _define_function,
    "method_declaration": _define_function,
    **dict.fromkeys(
        ("class_declaration", "interface_declaration", "trait_declaration", "enum_declaration"), _define_class
    ),
    **dict.fromkeys(
        ("break_statement", "continue_statement", "empty_statement", "goto_statement"), _read_jump
    ),
    "named_label_statement": _read_jump,
    "declare_statement": _read_declare,
    "compound_statement": _read_bare,
    "colon_block": _read_bare,
}
