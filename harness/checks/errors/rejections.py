"""Which functions may reject, and promises that nobody waits for (JavaScript)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.errors.terms import Seen, chain_of, is_guarded, judged_units, last_name, names_in
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Await,
    Call,
    Expression,
    Function,
    Name,
    Unary,
)
from harness.response.flow.statements import Evaluate, Handler, Raise, Return, Try, Unit
from harness.response.flow.walk import Node, walk
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program

__all__ = ["Rejections", "floating", "ignored_callbacks"]

_NEVER = frozenset({"catch", "allSettled"})
# What gives no promise, wherever it is returned.
_SYNCHRONOUS = frozenset(
    (
        "res response reply next _res JSON Object Number String Array Math Boolean Date Buffer Symbol BigInt "
        "parseInt parseFloat logger log console structuredClone encodeURIComponent"
    ).split()
)
_OF_VALUES = frozenset(
    (
        "map filter reduce slice join sort includes some every flatMap toJSON toString trim split keys "
        "entries at concat toSorted replace padStart toFixed toISOString digest match flat fill reverse"
    ).split()
)
_TIMERS = frozenset({"sleep", "delay", "wait", "setTimeout", "pause"})
_RESULT_METHODS = frozenset(
    {"match", "isErr", "isOk", "mapErr", "unwrapOr", "isLeft", "isRight", "isFailure"}
)
_MAX_DEPTH = 6
# What runs a callback and does not look at the promise that it gives.
_RUNNERS = frozenset({"setInterval", "setTimeout", "setImmediate", "nextTick", "schedule", "forEach"})
_EMITTERS = frozenset({"on", "once", "addListener", "addEventListener"})
_ERRORS = frozenset({"err", "error"})
_RUN_BY_OTHERS = _RUNNERS | _EMITTERS
# Calls whose callback takes an error that is dealt with elsewhere, or that is no error of theirs.
_OTHERS = frozenset(
    "catch then on once use filter map forEach some every find reduce finally addListener onError".split()
)


class Rejections:
    """Remembers which functions may reject."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._known: dict[Function, bool] = {}
        # A call of a function that is not shown, or that waits for nothing, leaves no promise alone.
        self.has_shown_async = any(
            function.is_async and (function.name or function.is_arrow)
            for unit in flow.units
            for function in unit.functions
        )
        self._depth = 0

    def may_reject(self, function: Function, unit: Unit) -> bool:
        """Say whether a failure can leave an async function, or a promise that it returns."""
        known = self._known.get(function)
        if known is not None:
            return known
        if self._depth >= _MAX_DEPTH:
            return True
        self._known[function] = True  # what a cycle finds
        self._depth += 1
        try:
            result = any(True for _ in self.ways_out(function, unit))
        finally:
            self._depth -= 1
        self._known[function] = result
        return result

    def ways_out(self, function: Function, unit: Unit) -> Iterator[Expression | Raise]:
        """Yield the places at which a failure leaves a function as a rejection."""
        names = self.flow.names
        if function.is_async:
            results = self._results(function, unit)
            for wait in names.inside(function, unit, Await):
                if not self.can_fail(wait.value, unit) or self._cleans_up(wait, unit):
                    continue
                if results and self._is_one_of(wait, unit, results):
                    continue
                if not is_guarded(self.flow, wait, unit):
                    yield wait
            for thrown in names.inside(function, unit, Raise):
                if not is_guarded(self.flow, thrown, unit):
                    yield thrown
        for given in names.inside(function, unit, Return):
            if isinstance(given.value, Call) and self._escapes(function, given.value, unit):
                yield given.value

    def _results(self, function: Function, unit: Unit) -> set[str]:
        """Return the names that hold a result which says itself whether it failed: ``result.isErr()``."""
        if not any(f".{name}(" in unit.block.text for name in _RESULT_METHODS):
            return set()
        attributes = self.flow.names.inside(function, unit, Attribute)
        return {
            one.base.name for one in attributes if one.name in _RESULT_METHODS and isinstance(one.base, Name)
        }

    def _is_one_of(self, wait: Await, unit: Unit, results: set[str]) -> bool:
        around = self.flow.names.parent(wait, unit)
        return (
            isinstance(around, Assignment)
            and isinstance(around.target, Name)
            and around.target.name in results
        )

    def _cleans_up(self, wait: Expression, unit: Unit) -> bool:
        """Say whether something stands in a ``catch`` or ``finally``: what fails there failed already."""
        child: Node = wait
        for node in self.flow.names.path_to(wait, unit):
            if isinstance(node, Function):
                return False
            if isinstance(node, Handler) or (isinstance(node, Try) and child in node.final):
                return True
            child = node
        return False

    def _escapes(self, function: Function, call: Call, unit: Unit) -> bool:
        """A promise that is returned carries its rejection to whoever called."""
        names = names_in(call.callee)
        if "then" not in names and _tells_by_callback(call):
            return False
        if function.is_async and names and names[-1] not in _SYNCHRONOUS and names[0] not in _OF_VALUES:
            return names[-1] not in self._results(function, unit) and self.can_fail(call, unit)
        return "then" in names and self.can_fail(call, unit)

    def can_fail(self, value: Expression, unit: Unit) -> bool:
        """Say whether waiting for a value can throw."""
        if not isinstance(value, Call):
            return not isinstance(value, Name)
        for name, call in chain_of(value):
            if name in _NEVER or (name == "then" and len(call.arguments) > 1):
                return False
        names = names_in(value.callee)
        if names and names[0] in _TIMERS:
            return False
        shown = self.flow.names.callees(value, unit)
        return not shown or any(self.may_reject(function, where) for function, where in shown)


def _tells_by_callback(call: Call) -> bool:
    """Say whether a call tells its failure to a callback: what it returns is no promise then."""
    callback = call.arguments[-1].value if call.arguments else None
    if not isinstance(callback, Function) or not callback.parameters:
        return False
    first = callback.parameters[0].target
    return isinstance(first, Name) and first.name in _ERRORS


def floating(program: Program) -> list[Seen]:
    """Return promises whose rejection reaches nobody."""
    flow = program.flow
    found: list[Seen] = []
    rejections = Rejections(flow)
    units = [unit for unit in judged_units(program) if unit.language in JAVASCRIPT_FAMILY]
    if any("unhandledRejection" in unit.block.text for unit in units):
        return []
    for unit in units:
        if re.search(r"\.then\s*\(|\basync\b", unit.block.text):
            found += _floating_in(flow, unit, rejections)
    return found


def _floating_in(flow: Flow, unit: Unit, rejections: Rejections) -> Iterator[Seen]:
    for node in flow.names.nodes(unit, Evaluate):
        value = node.value.value if isinstance(node.value, Unary) else node.value
        message = _left_alone(value, unit, rejections) if isinstance(value, Call) else ""
        if message and not flow.is_counter_example(unit, value.node):
            yield Seen(flow.finding(unit, value.node, message))
    for call in unit.calls:
        callback = _run_by_others(call)
        if callback is None or flow.is_counter_example(unit, callback.node):
            continue
        if rejections.may_reject(callback, unit):
            yield Seen(flow.finding(unit, callback.node, "a rejection of this callback reaches nobody"))


def _left_alone(call: Call, unit: Unit, rejections: Rejections) -> str:
    chain = chain_of(call)
    methods = {name for name, _ in chain}
    if "then" in methods:
        return "" if not rejections.can_fail(call, unit) else "nobody catches the rejection of this promise"
    if chain and chain[0][0] in _NEVER | {"finally"}:
        return ""
    if not rejections.has_shown_async:
        return ""
    for function, where in rejections.flow.names.callees(call, unit):
        if function.is_async and rejections.may_reject(function, where):
            if "NestFactory" in where.block.text:
                return ""  # it ends the process itself
            name = function.name or last_name(call.callee) or "this function"
            return f"nobody waits for {name}, and nobody catches its rejection"
    return ""


def _run_by_others(call: Call) -> Function | None:
    if last_name(call.callee) not in _RUN_BY_OTHERS or names_in(call.callee)[-1] == "process":
        return None
    for argument in call.arguments[:3]:
        if isinstance(argument.value, Function) and argument.value.is_async:
            return argument.value
    return None


def ignored_callbacks(program: Program) -> list[Seen]:
    """Return callbacks that are handed an error and never look at it, or throw it where nobody can catch."""
    flow = program.flow
    found: list[Seen] = []
    for unit in judged_units(program):
        if unit.language not in JAVASCRIPT_FAMILY or not re.search(r"\berr(?:or)?\b", unit.block.text):
            continue
        for call in unit.calls:
            for message, function in _ignored(call):
                if not flow.is_counter_example(unit, function.node):
                    found.append(Seen(flow.finding(unit, function.node, message)))
    return found


def _ignored(call: Call) -> Iterator[tuple[str, Function]]:
    for argument in call.arguments[-1:]:
        function = argument.value
        if not isinstance(function, Function) or not 1 < len(function.parameters) < 4:
            continue
        if last_name(call.callee) in _OTHERS:
            continue
        first = function.parameters[0].target
        if not isinstance(first, Name) or first.name not in _ERRORS:
            continue
        used = [node for node in walk(function.body) if isinstance(node, Name) and node.name == first.name]
        if not used:
            yield f"the callback never looks at {first.name}", function
        elif any(
            isinstance(node, Raise) and isinstance(node.value, Name) and node.value.name == first.name
            for node in walk(function.body, into_functions=False)
        ):
            yield f"{first.name} is thrown in a callback, where nobody can catch it", function
