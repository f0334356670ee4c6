"""What becomes of each kind of statement."""

from __future__ import annotations

from collections.abc import Mapping as Table

from ast_grep_py import SgNode

from harness.response.flow.expressions import Assignment, Await, Constant, Expression, Name, Opaque
from harness.response.flow.javascript.functions import class_of, enum_of, function_of
from harness.response.flow.javascript.lowering import Lowering, MakeStatement
from harness.response.flow.javascript.modules import export_statement, import_statement
from harness.response.flow.javascript.patterns import annotation_of, pattern_of
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

__all__ = ["STATEMENTS"]

_MANY_BRANCHES = 50


def _evaluate(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    inner = node.child(0)
    if inner is None:
        return
    kind = inner.kind()
    if kind == "internal_module":
        _module(low, inner, out)
    elif kind == "comment":
        out += [Evaluate(node, one) for one in low.opaque(node).parts]
    else:
        out.append(Evaluate(node, low.expression(inner, kind)))


def _module(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    out.append(With(node, (), low.block(node.field("body"))))


def _declaration(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    parts = node.children()
    word = parts[0].kind() if parts else "var"
    for part in parts:
        if part.kind() != "variable_declarator":
            continue
        target, value, typed = part.field("name"), part.field("value"), part.field("type")
        made = Assignment(part, Opaque(part, ()), None, declares=word)
        if typed is not None:
            made.annotation = annotation_of(typed)
        low.assignments.append(made)
        if target is not None:
            made.target = pattern_of(low, target)
        made.value = None if value is None else low.expression(value)
        out.append(Evaluate(part, made))


def _function(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    out.append(Define(node, function_of(low, node)))


def _class(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    out.append(Define(node, class_of(low, node)))


def _enum(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    out.append(Define(node, enum_of(low, node)))


def _block(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    out.append(With(node, (), low.block(node)))


def _if(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    """Read a chain of ``else if`` in a loop: each is one level deeper than the last.

    A chain of very many is the ``switch (true)`` that it amounts to.
    """
    chain: list[If] = []
    here: SgNode | None = node
    rest: tuple[Statement, ...] = ()
    while here is not None:
        test, following = here.field("condition"), here.field("alternative")
        then = low.block(here.field("consequence"))
        chain.append(If(here, _value(low, test, here), then))
        here = None
        otherwise = None if following is None else _last_named(following)
        if otherwise is not None and otherwise.kind() == "if_statement":
            here = otherwise
        else:
            rest = low.block(otherwise)
    if len(chain) > _MANY_BRANCHES:
        cases = [Case(one.node, (one.test,), one.then) for one in chain]
        out.append(Switch(node, Constant(node, True), (*cases, Case(node, (), rest))))
        return
    for one in reversed(chain):
        one.otherwise = rest
        rest = (one,)
    out.append(chain[0])


def _last_named(node: SgNode) -> SgNode | None:
    parts = [part for part in node.named_children() if part.kind() != "comment"]
    return parts[-1] if parts else None


def _value(low: Lowering, node: SgNode | None, around: SgNode) -> Expression:
    return Opaque(around, ()) if node is None else low.expression(node)


def _for(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    start, test, step = node.field("initializer"), node.field("condition"), node.field("increment")
    before: list[Statement] = []
    if start is not None and start.kind() != "empty_statement":
        before += low.body([start])
    subject = None
    if test is not None and test.kind() != "empty_statement":
        subject = low.opaque(test).parts[0] if test.kind() == "expression_statement" else low.expression(test)
    body = low.block(node.field("body"))
    if step is not None:
        body = (*body, Evaluate(step, low.expression(step)))
    loop = Loop(node, "count", None, subject, body)
    out.append(With(node, (), (*before, loop)) if before else loop)


def _for_in(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    left, right, sign = node.field("left"), node.field("right"), node.field("operator")
    target = None if left is None else pattern_of(low, left)
    subject = _value(low, right, node)
    if any(part.kind() == "await" for part in node.children()[:3]):
        subject = Await(node, subject)
    kind = "keys" if sign is not None and sign.kind() == "in" else "each"
    out.append(Loop(node, kind, target, subject, low.block(node.field("body"))))


def _while(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    kind = "do" if node.kind() == "do_statement" else "while"
    subject = _value(low, node.field("condition"), node)
    out.append(Loop(node, kind, None, subject, low.block(node.field("body"))))


def _try(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    made = Try(node, low.block(node.field("body")), ())
    handler, final = node.field("handler"), node.field("finalizer")
    if handler is not None:
        made.handlers = (_handler(low, handler),)
    if final is not None:
        made.final = low.block(final.field("body"))
    out.append(made)


def _handler(low: Lowering, node: SgNode) -> Handler:
    name = ""
    before: tuple[Statement, ...] = ()
    parameter = node.field("parameter")
    if parameter is not None:
        target = pattern_of(low, parameter)
        if isinstance(target, Name):
            name = target.name
        else:
            made = Assignment(parameter, target, None, declares="let")
            low.assignments.append(made)
            before = (Evaluate(parameter, made),)
    return Handler(node, (), name, (*before, *low.block(node.field("body"))))


def _switch(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    subject = _value(low, node.field("value"), node)
    body = node.field("body")
    cases: list[Case] = []
    for part in [] if body is None else body.named_children():
        kind = part.kind()
        if kind not in {"switch_case", "switch_default"}:
            continue
        statements = [one for one in part.named_children() if one.kind() != "comment"]
        tests: tuple[Expression, ...] = ()
        if kind == "switch_case" and statements:
            tests = (low.expression(statements.pop(0)),)
        # Braces around all of a case are no block of their own.
        whole = statements[0] if len(statements) == 1 and statements[0].kind() == "statement_block" else None
        cases.append(Case(part, tests, low.body(statements) if whole is None else low.block(whole)))
    out.append(Switch(node, subject, tuple(cases)))


def _return(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    out.append(Return(node, _only(low, node)))


def _throw(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    out.append(Raise(node, _only(low, node)))


def _only(low: Lowering, node: SgNode) -> Expression | None:
    parts = [part for part in node.named_children() if part.kind() != "comment"]
    return low.expression(parts[0]) if parts else None


def _labelled(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    body = node.field("body")
    out += () if body is None else low.body([body])


def _with(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    out.append(With(node, (_value(low, node.field("object"), node),), low.block(node.field("body"))))


def _jump(_: Lowering, node: SgNode, out: list[Statement]) -> None:
    out.append(Jump(node, node.kind().partition("_")[0]))


def _error(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    """What stands in an error is often whole statements."""
    low.broken = True
    out += low.block(node) if node.kind() == "statement_block" else low.body(node.named_children())


STATEMENTS: Table[str, MakeStatement] = {
    "expression_statement": _evaluate,
    "lexical_declaration": _declaration,
    "variable_declaration": _declaration,
    "function_declaration": _function,
    "generator_function_declaration": _function,
    "class_declaration": _class,
    "abstract_class_declaration": _class,
    "enum_declaration": _enum,
    "internal_module": _module,
    "module": _module,
    "statement_block": _block,
    "if_statement": _if,
    "for_statement": _for,
    "for_in_statement": _for_in,
    "while_statement": _while,
    "do_statement": _while,
    "try_statement": _try,
    "switch_statement": _switch,
    "return_statement": _return,
    "throw_statement": _throw,
    "labeled_statement": _labelled,
    "with_statement": _with,
    "break_statement": _jump,
    "continue_statement": _jump,
    "debugger_statement": _jump,
    "empty_statement": _jump,
    "import_statement": import_statement,
    "export_statement": export_statement,
    "ERROR": _error,
}
