"""Statements: order, branches that join, loops, early exits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness.response.flow.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Function,
    Items,
    Name,
    Opaque,
)
from harness.response.flow.statements import (
    Case,
    Define,
    Evaluate,
    If,
    Import,
    Jump,
    Loop,
    Raise,
    Return,
    Statement,
    Switch,
    Try,
    With,
)
from harness.response.flow.taint.environment import Environment, path_of
from harness.response.flow.taint.guards import refine
from harness.response.flow.taint.values import CLEAN, UNSEEN, Value, element_of, keys_of

if TYPE_CHECKING:
    from harness.response.flow.taint.walker import Walker

__all__ = ["execute"]

_EXITS = frozenset({"exit", "die", "abort", "_exit", "quit", "wp_die", "dd", "redirect_and_exit", "notFound"})
_ASSERTIONS = frozenset({"assert", "invariant", "ok", "abort_unless", "throw_unless", "ensure", "isTrue"})
_REFUSALS = frozenset({"abort_if", "throw_if"})


def execute(walker: Walker, statement: Statement) -> bool:
    """Follow one statement; say whether what comes behind it is reached."""
    analysis = walker.analysis
    if not analysis.room_for(statement):
        return True
    analysis.depth += 1
    reached = _STATEMENTS[type(statement)](walker, statement)
    analysis.depth -= 1
    return reached


def _evaluate(walker: Walker, statement: Evaluate) -> bool:
    value = statement.value
    walker.evaluate(value)
    if not isinstance(value, Call):
        if isinstance(value, Opaque) and value.parts and value.node.kind() == "assert_statement":
            refine(walker, value.parts[0], truth=True)
        return True
    callee = value.callee
    name = callee.name if isinstance(callee, Name | Attribute) else ""
    if name in _EXITS and not (isinstance(callee, Attribute) and name == "abort" and _is_controller(callee)):
        return False
    if name in _ASSERTIONS and value.arguments:
        refine(walker, value.arguments[0].value, truth=True)
    elif name in _REFUSALS and value.arguments:
        refine(walker, value.arguments[0].value, truth=False)
    elif name:
        # `validateColumn(sort)` as a statement: it throws, or the value is fine.
        refine(walker, value, truth=True)
    return True


def _is_controller(callee: Attribute) -> bool:
    return isinstance(callee.base, Name) and "controller" in callee.base.name.lower()


def _return(walker: Walker, statement: Return) -> bool:
    if statement.value is not None:
        walker.frame.returned.append(walker.evaluate(statement.value))
    walker.frame.exits.append(walker.here)
    return False


def _raise(walker: Walker, statement: Raise) -> bool:
    value = statement.value
    if value is not None:
        found = walker.evaluate(value)
        walker.analysis.observer.thrown(found)
    return False


def _fork(
    walker: Walker, run: Callable[[], bool], *, below: Environment | None = None
) -> tuple[Environment, bool]:
    layer = (below or walker.here).fork()
    back = walker.branch(layer)
    reached = run()
    back()
    return layer, reached


def _if(walker: Walker, statement: If) -> bool:
    walker.evaluate(statement.test)

    def arm(body: tuple[Statement, ...], truth: bool) -> Callable[[], bool]:
        def run() -> bool:
            refine(walker, statement.test, truth=truth)
            return walker.walk(body)

        return run

    arms = [
        _fork(walker, arm(statement.then, True)),
        _fork(walker, arm(statement.otherwise, False)),
    ]
    reached = [layer for layer, through in arms if through]
    walker.merge(reached)
    return bool(reached)


def _loop(walker: Walker, statement: Loop) -> bool:
    subject = UNSEEN
    if statement.kind in {"each", "keys"}:
        subject = walker.evaluate(statement.subject)
    for _ in range(2):
        layer = walker.here.fork()
        jumps: list[Environment] = []
        walker.frame.loops.append((layer, jumps))
        back = walker.branch(layer)
        _enter(walker, statement, subject)
        reached = walker.walk(statement.body)
        back()
        walker.frame.loops.pop()
        ends = [*([layer] if reached else []), *jumps]
        cleared = _cleared(statement, layer, subject) if reached and not jumps else ""
        walker.merge([walker.here.fork(), *ends])
        if cleared:
            walker.here.refine(cleared, Value(element=CLEAN))
    return True


def _enter(walker: Walker, statement: Loop, subject: Value) -> None:
    if statement.target is not None:
        walker.assign(statement.target, _item_of(statement, subject))
    elif statement.subject is not None:
        walker.evaluate(statement.subject)
        if statement.kind != "do":
            refine(walker, statement.subject, truth=True)


def _item_of(statement: Loop, subject: Value) -> Value:
    if statement.kind == "keys":
        return keys_of(subject)
    target = statement.target
    element = element_of(subject)
    if isinstance(target, Items) and target.node.kind() == "pair":
        return Value(fields=(("0", keys_of(subject)), ("1", element)))
    if subject.keys is not None and not subject.pieces and statement.node.kind() == "for_statement":
        return keys_of(subject)  # Python goes over the keys
    return element


def _cleared(statement: Loop, layer: Environment, subject: Value) -> str:
    """A loop that leaves the function at the first bad element has tested the whole list."""
    if statement.kind != "each" or not isinstance(statement.target, Name):
        return ""
    target = layer.get(statement.target.name)
    path = "" if statement.subject is None else path_of(statement.subject)
    if target is CLEAN and path and element_of(subject) is not CLEAN:
        return path
    return ""


def _try(walker: Walker, statement: Try) -> bool:
    def body() -> bool:
        return walker.walk(statement.body) and walker.walk(statement.otherwise)

    done, through = _fork(walker, body)
    # What a handler meets: anything between the start and the end of the body.
    middle = walker.here.fork()
    back = walker.branch(middle)
    middle.merge([done.rebased(middle), middle.fork()], walker.read)
    back()
    reached = [done] if through else []
    for handler in statement.handlers:

        def run(handler: Any = handler) -> bool:
            if handler.name:
                walker.here.set(handler.name, UNSEEN)
            return walker.walk(handler.body)

        layer, handled = _fork(walker, run, below=middle)
        if handled:
            reached.append(layer.flattened(walker.here))
    walker.merge(reached)
    if not statement.handlers and not reached:
        walker.walk(statement.final)
        return False
    return walker.walk(statement.final) and bool(reached)


def _switch(walker: Walker, statement: Switch) -> bool:
    walker.evaluate(statement.subject)
    path = path_of(statement.subject)
    ends: list[Environment] = []
    waiting: list[Expression] = []
    has_default = False
    for case in statement.cases:
        waiting += case.tests
        is_default = not case.tests or any(_is_wildcard(test) for test in case.tests)
        has_default = has_default or is_default
        if not case.body:
            continue
        ends += _case(walker, case, path if waiting and not is_default else "", waiting)
        waiting = []
    if not has_default:
        ends.append(walker.here.fork())
    walker.merge(ends)
    return bool(ends)


def _is_wildcard(test: Expression) -> bool:
    return isinstance(test, Name) and (test.name == "_" or test.name[:1].islower())


def _case(walker: Walker, case: Case, path: str, tests: list[Expression]) -> list[Environment]:
    layer = walker.here.fork()
    jumps: list[Environment] = []
    walker.frame.loops.append((layer, jumps))
    back = walker.branch(layer)
    for test in tests:
        walker.evaluate(test)
    if path and all(isinstance(test, Constant | Attribute) for test in tests):
        layer.refine(path, CLEAN)
    elif len(tests) == 1 and not path:
        for test in tests:
            refine(walker, test, truth=True)  # `switch (true)`
    reached = walker.walk(case.body)
    back()
    walker.frame.loops.pop()
    return [*([layer] if reached else []), *jumps]


def _with(walker: Walker, statement: With) -> bool:
    for item in statement.items:
        walker.evaluate(item)
    return walker.walk(statement.body)


def _define(walker: Walker, statement: Define) -> bool:
    value = statement.value
    if isinstance(value, Function):
        walker.analysis.defer(walker, value)
        if value.name and not value.is_method:
            walker.here.set(value.name, Value(functions=(value,)))
            walker.frame.declared.add(value.name)
    else:
        walker.analysis.enter_class(walker, value)
    return True


def _import(_: Walker, __: Import) -> bool:
    return True


def _jump(walker: Walker, statement: Jump) -> bool:
    if statement.kind not in {"break", "continue"}:
        return True
    if walker.frame.loops:
        layer, jumps = walker.frame.loops[-1]
        if len(jumps) < 12:
            jumps.append(walker.here.flattened_to(layer))
    return False


_STATEMENTS: dict[type[Any], Callable[[Walker, Any], bool]] = {
    Evaluate: _evaluate,
    Return: _return,
    Raise: _raise,
    If: _if,
    Loop: _loop,
    Try: _try,
    Switch: _switch,
    With: _with,
    Define: _define,
    Import: _import,
    Jump: _jump,
}
