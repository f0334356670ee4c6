"""Runs statements on the path of a failed validation, as far as it matters for the request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from ast_grep_py import SgNode

from harness.checks.validation.chains import calls_of_chain, root_of
from harness.checks.validation.signs import Frame, Signs
from harness.checks.validation.terms import Bound
from harness.checks.validation.truth import LITERALS
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    callee_of,
    named,
    property_name,
    unwrap,
)
from harness.response.javascript.values import FunctionValue

__all__ = ["End", "State", "Steps"]

_MAX_DEPTH = 40
_MAX_HELPERS = 5
_LOOPS = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement"})
_BLOCKS = frozenset({"statement_block", "else_clause", "switch_case", "switch_default", "labeled_statement"})
_ANSWERS = frozenset(
    {"json", "send", "end", "sendStatus", "render", "redirect", "jsonp", "sendFile", "writeHead"}
)
_RESPONSES = frozenset({"res", "response", "resp", "reply", "ctx", "h"})
_LOGGING = frozenset({"console", "logger", "log", "winston", "pino", "debug", "metrics", "audit"})
_NEXT = frozenset({"next", "done"})


class End(Enum):
    """How a statement ends. ``PASSES``: the request is handed to the next handler."""

    FALLS = "falls"
    LEAVES = "leaves"
    BREAKS = "breaks"
    THROWS = "throws"
    PASSES = "passes"


@dataclass
class State:
    """What has happened on the path.

    ``handled``: the failure was looked at (``looked``: in a function that was left since). ``responded``:
    an answer or an error was sent. ``worked``: more was done after that, outside of the branch for
    failures. ``branch`` counts those branches. ``origin`` is the validating call, whose own statement is
    not held to be work.
    """

    origin: SgNode
    handled: bool = False
    looked: bool = False
    responded: bool = False
    worked: bool = False
    branch: int = 0
    rejects: bool = False
    returned: SgNode | None = None
    skipped: SgNode | None = None


class Steps:
    """Runs statements under the assumption that the validation has failed."""

    def __init__(self, signs: Signs) -> None:
        self.signs = signs
        self._depth = 0

    def run_body(self, function: SgNode, frame: Frame, state: State) -> End:
        """Run the body of a callback."""
        body = function.field("body")
        if body is None:
            return End.FALLS
        if body.kind() == "statement_block":
            return self.run(body, frame, state)
        return self.run_expression_body(body, frame, state)

    def run_expression_body(self, body: SgNode, frame: Frame, state: State) -> End:
        """Run the body of an arrow function that is an expression: its value is returned."""
        end = self._expression(body, frame, state)
        state.returned = body
        return end if end is not End.FALLS else End.LEAVES

    def run_after(self, block: SgNode, child: SgNode, frame: Frame, state: State) -> End:
        """Run the statements of a block that follow one of them."""
        reached = False
        for statement in named(block):
            if reached:
                end = self.run(statement, frame, state)
                if end is not End.FALLS:
                    return end
            elif statement == child:
                reached = True
        return End.FALLS

    def run(self, node: SgNode, frame: Frame, state: State) -> End:
        """Run one statement."""
        if self._depth >= _MAX_DEPTH:
            return End.FALLS
        if state.skipped is not None and node == state.skipped:
            state.skipped = None
            return End.FALLS
        self._depth += 1
        try:
            return self._statement(node, frame, state)
        finally:
            self._depth -= 1

    def _statement(self, node: SgNode, frame: Frame, state: State) -> End:
        kind = node.kind()
        if kind == "if_statement":
            return self._if(node, frame, state)
        if kind == "return_statement":
            return self._return(node, frame, state)
        if kind == "throw_statement":
            return End.THROWS
        if kind in {"break_statement", "continue_statement"}:
            return End.BREAKS
        if kind in _BLOCKS:
            return self._block(node, frame, state)
        if kind in _LOOPS:
            body = node.field("body")
            end = End.FALLS if body is None else self.run(body, frame, state)
            return End.FALLS if end is End.BREAKS else end
        if kind == "try_statement":
            return self._try(node, frame, state)
        if kind == "switch_statement":
            return self._switch(node, frame, state)
        if kind in FUNCTION_KINDS or (kind.endswith("_declaration") and not kind.startswith(("lex", "var"))):
            return End.FALLS
        return self._expression(node, frame, state)

    def _block(self, node: SgNode, frame: Frame, state: State) -> End:
        for statement in named(node):
            end = self.run(statement, frame, state)
            if end is not End.FALLS:
                return end
        return End.FALLS

    def _if(self, node: SgNode, frame: Frame, state: State) -> End:
        condition = node.field("condition")
        consequence, alternative = node.field("consequence"), node.field("alternative")
        sign = None if condition is None else self.signs.of(condition, frame)
        if sign is not None:
            return self._decided(consequence if sign else alternative, consequence, frame, state, sign=sign)
        if condition is not None and self._expression(condition, frame, state) is End.PASSES:
            return End.PASSES
        related = condition is not None and self.signs.speaks_of_failure(condition, frame)
        paths = []
        for part in (consequence, alternative):
            path = replace(state, handled=state.handled or related)
            paths.append((self._branch(part, frame, path, failing=related), path))
        return _merged(paths, state, related=related)

    def _branch(self, part: SgNode | None, frame: Frame, state: State, *, failing: bool) -> End:
        if part is None:
            return End.FALLS
        state.branch += int(failing)
        end = self.run(part, frame, state)
        state.branch -= int(failing)
        return end

    def _decided(
        self, taken: SgNode | None, consequence: SgNode | None, frame: Frame, state: State, *, sign: bool
    ) -> End:
        """Only one branch is taken. After `if (valid) return next();` the rest is the failing branch."""
        state.handled = True
        state.worked = False
        if taken is not None:
            return self._branch(taken, frame, state, failing=True)
        if not sign and consequence is not None and _always_leaves(consequence):
            state.branch += 1
        return End.FALLS

    def _try(self, node: SgNode, frame: Frame, state: State) -> End:
        body, handler = node.field("body"), node.field("handler")
        end = End.FALLS if body is None else self.run(body, frame, state)
        if end is End.THROWS and handler is not None:
            inner = handler.field("body")
            state.handled = True
            return End.FALLS if inner is None else self._branch(inner, frame, state, failing=True)
        return end

    def _switch(self, node: SgNode, frame: Frame, state: State) -> End:
        """`switch (true)` is a chain of conditions; of any other each case may be taken."""
        body, value = node.field("body"), node.field("value")
        chain = value is not None and unwrap(value).kind() == "true"
        paths: list[tuple[End, State]] = []
        for case in named(body) if body is not None else ():
            label = case.field("value") if chain else None
            sign = None if label is None else self.signs.of(label, frame)
            if sign is False:
                continue
            path = state if sign else replace(state)
            paths.append((self._branch(case, frame, path, failing=bool(sign)), path))
            if sign:
                state.handled = True
                return End.FALLS if paths[-1][0] is End.BREAKS else paths[-1][0]
        end = _merged(paths, state, related=False) if paths else End.FALLS
        return End.FALLS if end is End.BREAKS else end

    def _return(self, node: SgNode, frame: Frame, state: State) -> End:
        for value in named(node)[:1]:
            end = self._expression(value, frame, state)
            state.returned = value
            if end is not End.FALLS:
                return end
        if state.branch:
            state.worked = False
        return End.LEAVES

    # Expressions.

    def _expression(self, node: SgNode, frame: Frame, state: State) -> End:
        """Look for what an expression does to the request; functions that it only defines are left out."""
        end = End.FALLS
        stack = [node]
        while stack:
            here = stack.pop()
            kind = here.kind()
            if kind in FUNCTION_KINDS:
                continue
            if kind in {"ternary_expression", "binary_expression"}:
                chosen = self._chosen(here, frame)
                if chosen is not None:
                    state.handled = True
                    state.branch += 1
                    inner = End.FALLS if chosen == here else self._expression(chosen, frame, state)
                    state.branch -= 1
                    end = inner if inner is not End.FALLS else end
                    continue
            if kind == "call_expression":
                inner = self._call(here, frame, state)
                if inner is not End.FALLS:
                    return inner
            stack.extend(reversed(here.named_children()))
        return end

    def _chosen(self, node: SgNode, frame: Frame) -> SgNode | None:
        """Return the part that runs when a condition is known; the node itself where none of it runs."""
        condition = node.field("condition")
        if condition is not None:
            sign = self.signs.of(condition, frame)
            return None if sign is None else node.field("consequence" if sign else "alternative")
        operator, left = node.field("operator"), node.field("left")
        if operator is None or left is None or operator.text() not in {"&&", "||"}:
            return None
        sign = self.signs.of(left, frame)
        if sign is None:
            return None
        return node.field("right") if sign is (operator.text() == "&&") else node

    def _call(self, call: SgNode, frame: Frame, state: State) -> End:
        callee = callee_of(call)
        if callee is None or call in frame.shapes:
            return End.FALLS
        if callee.kind() == "identifier" and callee.text() not in _NEXT:
            inner = self._helper(call, callee, frame, state)
            if inner is not End.FALLS:
                return inner
        if self._throws_itself(callee, frame):
            return End.THROWS
        root = root_of(callee)
        if callee.kind() == "identifier" and callee.text() in _NEXT:
            if not arguments_of(call):
                return End.PASSES
            state.responded = state.handled = True
            return End.FALLS
        answers = root in _RESPONSES and property_name(callee.field("property")) in _ANSWERS
        if answers and state.branch:
            state.responded = True
        if state.branch or not state.handled or root in _LOGGING or (root in _RESPONSES and not answers):
            return End.FALLS
        inside = call == state.origin or any(up == state.origin for up in call.ancestors())
        around = any(part == state.origin for part in calls_of_chain(call))
        if not inside and not around:
            state.worked = True
        return End.FALLS

    def _throws_itself(self, callee: SgNode, frame: Frame) -> bool:
        """`validationResult(req).throw()`: what was collected is thrown if there is any."""
        collected = callee.field("object")
        if collected is None or property_name(callee.field("property")) != "throw":
            return False
        return self.signs.of(collected, frame, ("throw",)) is True

    def _helper(self, call: SgNode, callee: SgNode, frame: Frame, state: State) -> End:
        """Run a shown function that is told of the failure: `throwIfInvalid(error)`."""
        if frame.depth >= _MAX_HELPERS or not self._is_told(call, frame, state):
            return End.FALLS
        for term in self.signs.evaluator.evaluate(callee, frame.unit, frame.bound.env):
            if isinstance(term, Bound) and isinstance(term.value, FunctionValue):
                function = term.value
                inner = Frame(function.node, function.unit, term, frame, call, {}, frame.depth + 1)
                before = state.returned
                end = self.run_body(function.node, inner, state)
                state.returned = before
                if end in {End.PASSES, End.THROWS}:
                    return end
        return End.FALLS

    def _is_told(self, call: SgNode, frame: Frame, state: State) -> bool:
        """Say whether a call is given what failed or, where the failure is dealt with, the response."""
        return any(
            (state.branch and argument.text() in _RESPONSES)
            or (self.signs.of(argument, frame) is not None and argument.kind() not in LITERALS)
            for argument in arguments_of(call)
        )


def _merged(paths: list[tuple[End, State]], state: State, *, related: bool) -> End:
    """Join two branches, of which either may be taken; ``state`` becomes that of the one that counts.

    Where the condition has to do with the failure in a way that is not understood, the branch that stops
    the request counts; else the one that goes on does.
    """
    order = (End.LEAVES, End.THROWS, End.FALLS, End.BREAKS, End.PASSES)
    if not related:
        order = (End.PASSES, End.FALLS, End.BREAKS, End.THROWS, End.LEAVES)
    end = min((end for end, _ in paths), key=order.index)
    counting = [path for found, path in paths if found is end]
    state.handled = all(path.handled for path in counting)
    state.responded = (any if related else all)(path.responded for path in counting)
    state.worked = any(path.worked for path in counting)
    state.returned = counting[0].returned
    return end


def _always_leaves(node: SgNode) -> bool:
    last = node
    if node.kind() == "statement_block":
        parts = named(node)
        if not parts:
            return False
        last = parts[-1]
    return last.kind() in {"return_statement", "throw_statement"}
