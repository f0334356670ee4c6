"""Runs a middleware or handler in the abstract: what is settled about a request wherever it passes on?

All paths are followed at once. A state holds what the conditions on the way have settled; the states at each
``next()`` say what a middleware demands, since a request that fits none of them is turned away or left alone.
Loops run once, calls of shown functions are entered, others may throw. Depth and work are bounded: beyond
them a function counts as one that settles nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ast_grep_py import SgNode

from harness.checks.access.conditions import condition, declared
from harness.checks.access.expressions import expression, thrown_facts
from harness.checks.access.kinds import Fact, Nature, States
from harness.checks.access.natures import Bound, Natures
from harness.checks.access.states import NEVER, START, having, joined, with_facts
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import FUNCTION_KINDS, named, string_value
from harness.response.javascript.values import FunctionValue

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Flow"]

_MAX_NESTING = 60
_MAX_STEPS = 1_500
_MAX_CALLS = 8


class Flow:
    """One abstract run. ``passes`` are the states in which a request goes on, ``asked`` all that was tested.

    ``is_handler``: the function answers itself, so the request "goes on" where it does its work. ``refusals``
    are the states of requests that were turned away. ``exhausted``: the run was too long to be believed.
    """

    def __init__(self, natures: Natures, *, is_handler: bool = False) -> None:
        self.natures = natures
        self.is_handler = is_handler
        self.passes: States = NEVER
        self.resolved: States = NEVER
        self.refusals: States = NEVER
        self.asked: set[Fact] = set()
        self.demands: Callable[[SgNode, Unit], frozenset[Fact]] = lambda _node, _unit: frozenset()
        self.steps = 0
        self.exhausted = False
        self.unit: Unit
        self.nesting = 0
        self.thrown: list[States] = [NEVER]
        self.returns: list[list[tuple[SgNode | None, States]]] = []
        self.breaks: list[States] = []
        self.active: list[FunctionValue] = []

    # Whole functions.

    def run(self, function: FunctionValue, roles: Mapping[int, Nature]) -> None:
        """Run the middleware or handler; ``roles`` says which parameter is the request and so on."""
        entries = {
            (function, index): Bound(None, function.unit, frozenset({role})) for index, role in roles.items()
        }
        with self.natures.binding(entries), self.within(function.unit):
            ends = [
                states if value is None else expression(self, value, states)
                for value, states in self.enter(function, START)
                if value is None or not self._goes_on(value, states)
            ]
        self.refusals = joined(self.refusals, self.thrown[-1])
        for states in ends:
            self.refusals = joined(self.refusals, having(states, Fact.REFUSED))
            if self.is_handler:
                # Its work is done wherever it ends without having turned the request away.
                self.passes = joined(self.passes, states - having(states, Fact.REFUSED))

    def _goes_on(self, value: SgNode, states: States) -> bool:
        """Routers for promises also go on where a middleware returns ``'next'``."""
        if self.is_handler or string_value(value) != "next":
            return False
        self.passes = joined(self.passes, states)
        return True

    def enter(self, function: FunctionValue, states: States) -> list[tuple[SgNode | None, States]]:
        """Run the body of a function whose parameters are bound; return its results with their states."""
        body = function.node.field("body")
        if body is None or not states or function in self.active or len(self.active) >= _MAX_CALLS:
            return [(None, states)]
        self.active.append(function)
        with self.within(function.unit):
            self.returns.append([])
            if body.kind() == "statement_block":
                end = self.statement(body, states)
            else:
                # An arrow function without braces returns its expression.
                self.returns[-1].append((body, states))
                end = NEVER
            found = self.returns.pop()
        self.active.pop()
        if end:
            found.append((None, end))
        return found

    @contextmanager
    def within(self, unit: Unit) -> Iterator[None]:
        """Look at the nodes of another block while the body of the ``with`` runs."""
        before = getattr(self, "unit", unit)
        self.unit = unit
        try:
            yield
        finally:
            self.unit = before

    def throw(self, states: States) -> None:
        """Something may throw here."""
        self.thrown[-1] = joined(self.thrown[-1], states)

    def step(self) -> bool:
        """Count a step of work; say whether there may be more."""
        self.steps += 1
        if self.steps > _MAX_STEPS or self.nesting > _MAX_NESTING:
            self.exhausted = True
        return not self.exhausted

    # Statements.

    def statement(self, node: SgNode, states: States) -> States:
        """Run a statement; return the states in which control goes on behind it."""
        if not states or not self.step():
            return states
        handler = _STATEMENTS.get(node.kind())
        self.nesting += 1
        try:
            if handler is not None:
                return handler(self, node, states)
            if node.kind() in FUNCTION_KINDS or node.kind().startswith(
                ("class", "type", "interface", "import")
            ):
                return states
            return expression(self, node, states)
        finally:
            self.nesting -= 1

    def block(self, node: SgNode, states: States) -> States:
        """Run statements one after the other."""
        for part in named(node):
            states = self.statement(part, states)
            if not states:
                break
        return states


def _expression_statement(flow: Flow, node: SgNode, states: States) -> States:
    for part in named(node):
        states = expression(flow, part, states, is_statement=True)
    return states


def _declaration(flow: Flow, node: SgNode, states: States) -> States:
    for declarator in named(node):
        value = declarator.field("value")
        if value is not None:
            states = declared(flow, declarator.field("name"), value, states)
    return states


def _return(flow: Flow, node: SgNode, states: States) -> States:
    value = next(iter(named(node)), None)
    if value is None and flow.is_handler and len(flow.active) == 1:
        # `return;` without an answer: the request was dropped.
        states = frozenset(state if Fact.ANSWERED in state else state | {Fact.REFUSED} for state in states)
    flow.returns[-1].append((value, states))
    return NEVER


def _throw(flow: Flow, node: SgNode, states: States) -> States:
    flow.throw(with_facts(states, thrown_facts(flow, node)))
    return NEVER


def _if(flow: Flow, node: SgNode, states: States) -> States:
    test, then, otherwise = node.field("condition"), node.field("consequence"), node.field("alternative")
    if test is None or then is None:
        return states
    true, false = condition(flow, test, states)
    after = flow.statement(then, true)
    return joined(after, false if otherwise is None else flow.statement(otherwise, false))


def _loop(flow: Flow, node: SgNode, states: States) -> States:
    body = node.field("body")
    for part in (node.field("condition"), node.field("right")):
        if part is not None:
            states = expression(flow, part, states)
    flow.breaks.append(NEVER)
    after = states if body is None else flow.statement(body, states)
    return joined(states, after, flow.breaks.pop())


def _leave(flow: Flow, _: SgNode, states: States) -> States:
    if flow.breaks:
        flow.breaks[-1] = joined(flow.breaks[-1], states)
    return NEVER


def _try(flow: Flow, node: SgNode, states: States) -> States:
    body, handler, finalizer = node.field("body"), node.field("handler"), node.field("finalizer")
    flow.thrown.append(NEVER)
    after = states if body is None else flow.statement(body, states)
    caught = flow.thrown.pop()
    rescue = None if handler is None else handler.field("body")
    if rescue is None:
        flow.throw(caught)
    else:
        after = joined(after, flow.statement(rescue, caught))
    last = None if finalizer is None else finalizer.field("body")
    return after if last is None else flow.statement(last, after or states) if after else NEVER


def _switch(flow: Flow, node: SgNode, states: States) -> States:
    value, body = node.field("value"), node.field("body")
    if value is None or body is None:
        return states
    flow.breaks.append(NEVER)
    natures = flow.natures.of(value, flow.unit)
    facts, remaining, after = _case_facts(natures), states, NEVER
    for case in named(body):
        label = case.field("value")
        entry = remaining
        if label is not None and value.text().strip("() ") == "true":
            entry, remaining = condition(flow, label, remaining)
        elif label is not None:
            entry = with_facts(remaining, facts)
        after = joined(after, entry)
        for statement in named(case)[0 if label is None else 1 :]:
            after = flow.statement(statement, after)
    has_default = any(case.kind() == "switch_default" for case in named(body))
    return joined(after, flow.breaks.pop(), NEVER if has_default else remaining)


def _case_facts(natures: frozenset[Nature]) -> frozenset[Fact]:
    if Nature.ROLE in natures:
        return frozenset({Fact.ROLE, Fact.KNOWN})
    return frozenset({Fact.EXEMPT}) if Nature.ROUTE in natures else frozenset()


_STATEMENTS: dict[str, Callable[[Flow, SgNode, States], States]] = {
    "statement_block": Flow.block,
    "else_clause": Flow.block,
    "expression_statement": _expression_statement,
    "lexical_declaration": _declaration,
    "variable_declaration": _declaration,
    "return_statement": _return,
    "throw_statement": _throw,
    "if_statement": _if,
    "for_statement": _loop,
    "for_in_statement": _loop,
    "while_statement": _loop,
    "do_statement": _loop,
    "break_statement": _leave,
    "continue_statement": _leave,
    "labeled_statement": lambda flow, node, states: flow.block(node, states),
    "try_statement": _try,
    "switch_statement": _switch,
}
