"""What becomes of a request whose validation fails: is it stopped, or does it go on?

The failing path is walked from the validating call to the end of the handler, through ``if``, ``try``,
loops, callbacks, promise chains and the callers of helper functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ast_grep_py import SgNode

from harness.checks.validation.evaluator import Evaluator
from harness.checks.validation.libraries import Form
from harness.checks.validation.signs import Frame, Signs, shape_of_form
from harness.checks.validation.steps import End, State, Steps
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    callee_of,
    is_async,
    property_name,
)

__all__ = ["Fate", "FateFinder"]

_ITERATING = frozenset({"map", "flatMap", "filter", "find", "some", "every", "reduce"})
_SYNCHRONOUS = _ITERATING | {"forEach", "each"}
_REJECTING = frozenset({Form.REJECTS, Form.REJECTS_FALSE, Form.REJECTS_LIST})


class Fate(Enum):
    """What happens to a request whose input is invalid."""

    STOPPED = "stopped"
    IGNORED = "ignored"
    LOGGED = "logged"
    RUNS_ON = "runs on"


class _Mode(Enum):
    RESULT = "result"
    THROWS = "throws"
    REJECTS = "rejects"


@dataclass
class _Place:
    """Where the failing path stands: after ``node``, in one mode."""

    node: SgNode
    mode: _Mode


class FateFinder:
    """Follows the failing path of validations."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.signs = Signs(evaluator)
        self.steps = Steps(self.signs)

    def of(self, frame: Frame, call: SgNode, form: Form) -> Fate:
        """Return the fate of a request for which a validating call of a frame finds a fault."""
        state = State(origin=call)
        mode = _mode_of(form)
        if mode is _Mode.RESULT or form in {Form.REJECTS_FALSE, Form.REJECTS_LIST}:
            # A promise of `false` or of a list of errors is a result that is waited for.
            mode = _Mode.RESULT
            frame.shapes[call] = shape_of_form(form)
        place = _Place(call, mode)
        callback = _error_callback(call)
        if callback is not None and mode is _Mode.RESULT:
            frame.shapes[callback] = lambda path: True if path[:1] == ("#0",) else None
            end = self.steps.run_body(callback, frame, state)
            if end is End.PASSES or state.handled:
                return self._judged(end, state)
        while True:
            end = self._follow(frame, place, state)
            if end is End.PASSES or frame.parent is None or frame.call is None:
                if frame.only_throws and end is not End.THROWS:
                    end = End.PASSES
                return self._judged(end, state)
            place = self._in_caller(frame, end, state)
            frame = frame.parent

    def _in_caller(self, frame: Frame, end: End, state: State) -> _Place:
        call, parent = frame.call, frame.parent
        if call is None or parent is None:
            raise AssertionError("only frames with a caller are left")
        returned, state.returned, state.origin = state.returned, None, call
        state.branch = 0
        if end is End.THROWS:
            rejects = state.rejects or is_async(frame.function)
            state.rejects = False
            return _Place(call, _Mode.REJECTS if rejects else _Mode.THROWS)
        if returned is not None:
            parent.shapes[call] = lambda path: self.signs.of(returned, frame, path)
        if not state.responded:
            state.looked = state.looked or state.handled
            state.handled = state.worked = False
        return _Place(call, _Mode.RESULT)

    @staticmethod
    def _judged(end: End, state: State) -> Fate:
        if end is End.THROWS:
            return Fate.STOPPED
        if end is not End.PASSES and state.handled and not state.worked:
            return Fate.STOPPED
        if state.responded:
            return Fate.RUNS_ON
        return Fate.LOGGED if state.handled or state.looked else Fate.IGNORED

    # Inside one function.

    def _follow(self, frame: Frame, place: _Place, state: State) -> End:
        """Walk on from a place to the end of the function."""
        while True:
            if place.mode is _Mode.RESULT:
                end, boundary = self._after_result(frame, place.node, state)
            else:
                found = self._after_fault(frame, place, state)
                if isinstance(found, _Place):
                    place = found
                    continue
                end, boundary = found
            if end is End.PASSES or boundary is None or boundary == frame.function:
                return end
            place = self._out_of_callback(frame, boundary, end, state)

    def _after_result(self, frame: Frame, node: SgNode, state: State) -> tuple[End, SgNode | None]:
        """Run the statement around a node and all that follows it, up to the end of its function."""
        here, started = node, False
        for up in node.ancestors():
            kind = up.kind()
            if kind in FUNCTION_KINDS:
                if not started:
                    return self.steps.run_expression_body(here, frame, state), up
                return End.FALLS, up
            if kind in {"statement_block", "program", "switch_case", "switch_default"}:
                end = End.FALLS if started else self.steps.run(here, frame, state)
                started = True
                if end is End.FALLS:
                    end = self.steps.run_after(up, here, frame, state)
                if end is End.THROWS:
                    return self._thrown(frame, up, state)
                if end is not End.FALLS and end is not End.BREAKS:
                    return end, _function_around(up)
            here = up
        return End.FALLS, None

    def _thrown(self, frame: Frame, node: SgNode, state: State) -> tuple[End, SgNode | None]:
        found = self._after_fault(frame, _Place(node, _Mode.THROWS), state)
        while isinstance(found, _Place):
            if found.mode is _Mode.RESULT:
                return self._after_result(frame, found.node, state)
            found = self._after_fault(frame, found, state)
        return found

    def _after_fault(self, frame: Frame, place: _Place, state: State) -> _Place | tuple[End, SgNode | None]:
        """Climb from something that throws or rejects to what catches it."""
        here = place.node
        parent = here.parent()
        if parent is None:
            return End.THROWS, None
        kind = parent.kind()
        if kind in FUNCTION_KINDS:
            state.rejects = place.mode is _Mode.REJECTS
            return End.THROWS, parent
        if place.mode is _Mode.THROWS:
            if kind == "try_statement" and parent.field("body") == here:
                return self._caught(frame, parent, state)
            return _Place(parent, _Mode.THROWS)
        if kind in {"await_expression", "variable_declarator", "assignment_expression"}:
            return _Place(parent, _Mode.THROWS)
        if kind == "return_statement":
            state.rejects = True
            return End.THROWS, _function_around(parent)
        if kind == "member_expression" and parent.field("object") == here:
            chained = self._chained(frame, parent, state)
            if chained is not None:
                return chained
        if kind == "expression_statement":
            # Nobody waits for the promise: what follows runs although the input is invalid.
            state.origin = parent
            return _Place(parent, _Mode.RESULT)
        return _Place(parent, _Mode.REJECTS)

    def _caught(self, frame: Frame, statement: SgNode, state: State) -> _Place | tuple[End, SgNode | None]:
        handler = statement.field("handler")
        if handler is None:
            return _Place(statement, _Mode.THROWS)
        state.handled = True
        state.branch += 1
        body = handler.field("body")
        end = End.FALLS if body is None else self.steps.run(body, frame, state)
        if end is End.THROWS:
            return _Place(statement, _Mode.THROWS)
        if end in {End.FALLS, End.BREAKS}:
            state.branch -= 1
            state.origin = statement
            state.skipped = statement
            return _Place(statement, _Mode.RESULT)
        return end, _function_around(statement)

    def _chained(
        self, frame: Frame, member: SgNode, state: State
    ) -> _Place | tuple[End, SgNode | None] | None:
        """`.then(...)` is passed over, `.catch(...)` runs and settles the promise."""
        call = member.parent()
        if call is None or call.kind() != "call_expression":
            return None
        name = property_name(member.field("property"))
        arguments = arguments_of(call)
        handler = {"catch": arguments[:1], "then": arguments[1:2]}.get(name or "", [])
        if name == "then" and not handler:
            state.handled = True
            return _Place(call, _Mode.REJECTS)
        if not handler:
            return _Place(call, _Mode.REJECTS)
        state.handled = True
        state.branch += 1
        if handler[0].kind() in FUNCTION_KINDS:
            frame.shapes[handler[0]] = lambda path: True if path[:1] == ("#0",) else None
            end = self.steps.run_body(handler[0], frame, state)
        else:
            end = End.LEAVES  # `.catch(next)`
            state.responded = True
        state.branch -= 1
        if end is End.PASSES:
            return end, None
        if end is End.THROWS:
            return _Place(call, _Mode.REJECTS)
        state.origin = call
        return _Place(call, _Mode.RESULT)

    def _out_of_callback(self, frame: Frame, function: SgNode, end: End, state: State) -> _Place:
        """Go on in the function around a callback, with what the callback did."""
        parent = function.parent()
        call = None if parent is None else parent.parent()
        if parent is None or call is None or parent.kind() != "arguments":
            return _Place(function, _Mode.THROWS if end is End.THROWS else _Mode.RESULT)
        callee = callee_of(call)
        name = "" if callee is None else (property_name(callee.field("property")) or callee.text())
        returned, state.returned, state.origin = state.returned, None, call
        state.branch = 0
        if end is End.THROWS:
            synchronous = name in _SYNCHRONOUS and not is_async(function)
            rejects = not synchronous and (is_async(function) or name in {"then", "catch", "Promise"})
            return _Place(call, _Mode.REJECTS if rejects else _Mode.THROWS)
        if returned is not None and name in _ITERATING:
            frame.shapes[call] = lambda path: self.signs.of(
                returned, frame, tuple(step for step in path if not step.startswith("#"))
            )
        return _Place(call, _Mode.RESULT)


def _mode_of(form: Form) -> _Mode:
    if form is Form.THROWS:
        return _Mode.THROWS
    return _Mode.REJECTS if form in _REJECTING else _Mode.RESULT


def _error_callback(call: SgNode) -> SgNode | None:
    """`schema.validate(data, options, (error, value) => ...)`: the result is handed to a callback."""
    arguments = arguments_of(call)
    return arguments[-1] if arguments and arguments[-1].kind() in FUNCTION_KINDS else None


def _function_around(node: SgNode) -> SgNode | None:
    return next((up for up in node.ancestors() if up.kind() in FUNCTION_KINDS), None)
