"""Runs a call in the abstract: ``next()``, promises, shown functions, callbacks, answers, and all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ast_grep_py import SgNode

from harness.checks.access.answers import answer_facts, error_facts
from harness.checks.access.call_natures import is_verification, last_name
from harness.checks.access.expressions import expression
from harness.checks.access.factories import Made, functions_made
from harness.checks.access.kinds import Fact, Nature, NatureSet, States
from harness.checks.access.ownership import reaches_only_own
from harness.checks.access.states import NEVER, having, joined, with_facts
from harness.checks.access.words import ROLE_WORDS, words_of
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    callee_of,
    unwrap,
)
from harness.response.javascript.values import FunctionValue

if TYPE_CHECKING:
    from harness.checks.access.flow import Flow

__all__ = ["call", "run_callback"]

_CHAIN = frozenset({"then", "catch", "finally"})
_REFUSED = frozenset({Fact.REFUSED})
_OWNER = frozenset({Fact.OWNER})
# Verbs of functions that throw when what they ask for is not the case.
_DEMANDING = frozenset(
    "assert ensure require requires demand throw authorize authorise check verify validate "
    "enforce guard must".split()
)
_ACCESS = ROLE_WORDS | {"access", "authorized", "authorised", "allowed", "unless", "can"}
_DATABASE = frozenset({"query", "execute"})
_CHANGING = _DATABASE | {"delete", "remove", "destroy", "insert", "update", "save", "upsert"}
_WORKING = frozenset(
    (
        "create insert update save delete remove destroy write publish send archive upsert patch add "
        "approve cancel ban refund transfer execute query charge"
    ).split()
)
_RECORDING = frozenset("log logger audit winston console metrics event events track".split())


def call(flow: Flow, node: SgNode, states: States, *, is_statement: bool) -> States:
    """Run a call; return the states behind it."""
    callee = callee_of(node)
    if callee is None:
        return states
    callee = unwrap(callee)
    if callee.kind() == "member_expression" and last_name(callee) in _CHAIN:
        return _promise(flow, node, callee, states)
    if callee.kind() in FUNCTION_KINDS:
        return _enter(flow, [(FunctionValue(callee, flow.unit), {})], node, states)
    natures = flow.natures.of(callee, flow.unit)
    if natures & {Nature.NEXT, Nature.RESOLVE, Nature.REJECT}:
        return _continuation(flow, node, natures, states)
    target = callee.field("object")
    inner = callee if callee.kind() == "call_expression" else target
    states = states if inner is None else expression(flow, inner, states)
    for argument in arguments_of(node):
        states = expression(flow, argument, states)
    made = functions_made(flow.natures, callee, flow.unit)
    if made:
        return _enter(flow, made, node, states)
    return _unseen(flow, node, states, is_statement=is_statement)


def _continuation(flow: Flow, node: SgNode, natures: NatureSet, states: States) -> States:
    given = [part for part in arguments_of(node) if part.text() not in {"null", "undefined"}]
    for argument in given:
        states = expression(flow, argument, states)
    if Nature.NEXT in natures and not given:
        if not flow.is_handler:
            flow.passes = joined(flow.passes, states)
        return states
    if Nature.RESOLVE in natures:
        flow.resolved = joined(flow.resolved, states)
        return states
    facts = error_facts(flow, node)
    if Nature.REJECT in natures:
        flow.throw(with_facts(states, facts))
        return states
    flow.refusals = joined(flow.refusals, with_facts(states, facts))
    return with_facts(states, facts)


# Promises.


def _promise(flow: Flow, node: SgNode, callee: SgNode, states: States) -> States:
    """``work().then(a).catch(b)``: ``a`` runs behind the work, ``b`` where it or ``a`` failed."""
    target, method = callee.field("object"), last_name(callee)
    if target is None:
        return states
    flow.thrown.append(NEVER)
    after = expression(flow, target, states)
    failed = flow.thrown.pop()
    arguments = arguments_of(node)
    if method == "catch":
        rescued = run_callback(flow, arguments[0], failed) if arguments else failed
        return joined(after, rescued)
    if method == "finally":
        flow.throw(failed)
        return run_callback(flow, arguments[0], after) if arguments else after
    rescued = NEVER
    if len(arguments) > 1:
        rescued = run_callback(flow, arguments[1], failed)
    else:
        flow.throw(failed)
    return joined(run_callback(flow, arguments[0], after) if arguments else after, rescued)


def run_callback(flow: Flow, argument: SgNode, states: States) -> States:
    """Run a function that something calls back; ``next`` itself is handed an error."""
    natures = flow.natures.of(argument, flow.unit)
    if natures & {Nature.NEXT, Nature.REJECT}:
        flow.refusals = joined(flow.refusals, with_facts(states, _REFUSED))
        return NEVER
    if Nature.RESOLVE in natures:
        flow.resolved = joined(flow.resolved, states)
        return states
    made = functions_made(flow.natures, argument, flow.unit)[:2]
    if not made:
        return states
    after = NEVER
    for function, entries in made:
        with flow.natures.binding(entries):
            after = joined(after, _results(flow, function, states))
    return after


def _results(flow: Flow, function: FunctionValue, states: States) -> States:
    """Run a function and the expressions that it returns."""
    after = NEVER
    for value, reached in flow.enter(function, states):
        if value is None:
            after = joined(after, reached)
            continue
        with flow.within(function.unit):
            after = joined(after, expression(flow, value, reached))
    return after


# Shown functions.


def _enter(flow: Flow, made: list[Made], node: SgNode, states: States) -> States:
    after = NEVER
    for function, entries in made[:3]:
        given = flow.natures.arguments(function, arguments_of(node), flow.unit)
        with flow.natures.binding({**entries, **given}):
            after = joined(after, _results(flow, function, states))
    return after


# Everything else.


def _unseen(flow: Flow, node: SgNode, states: States, *, is_statement: bool) -> States:
    answered = answer_facts(flow, node)
    if answered:
        return with_facts(states, answered)
    flow.throw(states)
    if set(words_of(last_name(callee_of(node) or node))) & _CHANGING and _changes_own(flow, node):
        states = with_facts(states, _OWNER)
    _note_work(flow, node, states)
    arguments = arguments_of(node)
    natures = [flow.natures.of(argument, flow.unit) for argument in arguments]
    by_name = (
        flow.demands(node, flow.unit) if any(Nature.REQUEST in one for one in natures) else frozenset[Fact]()
    )
    callbacks = [argument for argument in arguments if functions_made(flow.natures, argument, flow.unit)]
    if any(Nature.NEXT in one for one in natures):
        flow.asked |= by_name
        if not flow.is_handler and not _has_callback(flow, node):
            flow.passes = joined(flow.passes, with_facts(states, by_name))
        return states
    entry = with_facts(states, by_name)
    back = [run_callback(flow, argument, entry) for argument in callbacks]
    settled = _settled_by_success(flow, node, natures, is_statement=is_statement)
    flow.asked |= settled
    if is_statement and callbacks and not settled:
        return joined(states, *back) if last_name(callee_of(node) or node) == "forEach" else states
    return with_facts(states, settled if not callbacks else ())


def _has_callback(flow: Flow, node: SgNode) -> bool:
    """``passport.authenticate('jwt', callback)(req, res, next)`` leaves it to the callback to go on."""
    made_by = unwrap(callee_of(node) or node)
    if made_by.kind() != "call_expression":
        return False
    return any(functions_made(flow.natures, argument, flow.unit) for argument in arguments_of(made_by))


def _settled_by_success(
    flow: Flow, node: SgNode, given: list[NatureSet], *, is_statement: bool
) -> frozenset[Fact]:
    """What is settled once a call has come back: it would have thrown otherwise."""
    callee = callee_of(node)
    if callee is None:
        return frozenset()
    name = last_name(callee)
    words = set(words_of(name))
    target = unwrap(callee).field("object")
    base = frozenset[Nature]() if target is None else flow.natures.of(target, flow.unit)
    if name == "consume":
        return frozenset({Fact.COUNTED})
    if is_verification(flow.natures, node, flow.unit) and not words & {"compare", "safe", "validate"}:
        return frozenset({Fact.KNOWN})
    demanded = words & _DEMANDING and words & _ACCESS
    known = base.union(*given) if given else base
    if is_statement and demanded and not (Nature.CLIENT in known and Nature.IDENTITY not in known):
        return frozenset({Fact.ROLE, Fact.KNOWN})
    return frozenset()


def _note_work(flow: Flow, node: SgNode, states: States) -> None:
    """A handler that works before it asks, or on after it has refused: the asking stops nothing."""
    if not flow.is_handler:
        return
    callee = callee_of(node)
    words = set(words_of("" if callee is None else callee.text()[:120]))
    if words & _RECORDING:
        return
    if words & _CHANGING and _is_awaited(node) and (words & _DATABASE == set() or _changes_data(node)):
        flow.passes = joined(flow.passes, states)
    elif words & (_WORKING | _CHANGING):
        flow.passes = joined(flow.passes, having(states, Fact.REFUSED))


def _changes_own(flow: Flow, node: SgNode) -> bool:
    text = next((part.text()[1:40].lstrip().lower() for part in arguments_of(node)[:1]), "")
    return not text.startswith(("select", "insert")) and reaches_only_own(flow.natures, node, flow.unit)


def _is_awaited(node: SgNode) -> bool:
    parent = node.parent()
    return parent is not None and parent.kind() == "await_expression"


def _changes_data(node: SgNode) -> bool:
    texts = (part.text()[1:40].lstrip().lower() for part in arguments_of(node)[:1])
    return any(text.startswith(("insert", "update", "delete")) for text in texts)
