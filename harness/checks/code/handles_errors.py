"""S01: the code is concrete, and somewhere in it errors are handled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from ast_grep_py import SgNode

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.code.stubs import stubs_in, written_functions
from harness.checks.errors.catches import tries_in
from harness.checks.errors.statuses import all_statuses
from harness.checks.errors.terms import judged_units, last_name, looks_at_errors
from harness.checks.question import asks_to_build, question_text
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import BlockRole
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Await, Call, Expression, Name
from harness.response.flow.statements import Raise, Unit
from harness.response.flow.walk import walk
from harness.response.languages import UNREAD_LANGUAGES
from harness.response.program import Program

__all__ = ["HandlesErrors"]

_UNWRITTEN = re.compile(r"not.?(?:yet.?)?implemented|todo|implement me", re.IGNORECASE)
_CODE = re.compile(r"\b(?:code|write|program|script)\b", re.IGNORECASE)
# What other answers consist of: schemas, contracts, configuration.
_OTHER_CODE = frozenset(
    (
        "sql yaml json prisma dockerfile nginx env toml ini hcl xml html css go java ruby rust kotlin csharp"
    ).split()
)
_TAKES_UP = frozenset(
    (
        "catch errorHandler set_exception_handler errorhandler exception_handler setErrorHandler "
        "asyncHandler abort get_object_or_404 findOrFail firstOrFail first_or_404 get_or_404 "
        "catchAsync wrapAsync suppress rollback report rescue reject fail"
    ).split()
)


class HandlesErrors(Check):
    """The code is concrete, and in at least one block of it errors are handled.

    A catch, a wrapper or handler of errors, an error that is thrown on purpose, or an answer with an error
    status is handling enough; how good it is, ``errors/handled`` decides. Functions that consist of comments,
    dots or "not implemented" are no code. Where an implementation was asked for and none is there, the rule
    is broken; it does not speak of schemas, contracts and explanations.
    """

    id: ClassVar[str] = "code/handles-errors"
    version: ClassVar[int] = 1
    of_answers: ClassVar[bool] = True
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Code samples must include error handling",
        "Every example shows error handling",
        "Snippets include proper error handling",
        "Examples contain error handling",
        "Show implementations together with error handling",
        "Give concrete code that handles its errors",
        "Concrete implementation code includes error handling",
        "Implementation examples with error handling",
        "Code examples include error handling",
        "Show error handling in examples",
        "Every code sample handles errors",
        "Concrete code together with its error handling",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on all blocks that the answer wrote."""
        program = exchange.program
        units = [*judged_units(program), *program.flow.units_with({BlockRole.SCRIPT})]
        stubs, written = stubs_in(program), written_functions(program)
        cut = exchange.truncated or any(block.truncated for block in program.answered)
        if len(stubs) > written and not cut:
            return _failed(stubs[0].finding)
        if not written and not any(unit.calls for unit in units):
            return _without_code(exchange)
        handling = [unit for unit in units if _handles(program.flow, unit)] or _answering(program)
        if handling:
            return Decision(Outcome.PASS, f"errors are handled in {len(handling)} of {len(units)} blocks")
        if cut:
            return Decision(Outcome.UNDECIDED, "the answer was cut off before its code was complete")
        place = next(_may_fail(units), None)
        if place is None:
            return Decision(Outcome.NOT_APPLICABLE, "no code that could fail")
        unit, node = place
        return _failed(program.flow.finding(unit, node, "nothing in the code handles an error"))


def _failed(finding: Finding) -> Decision:
    return Decision(Outcome.FAIL, finding.message, (finding,))


def _without_code(exchange: Exchange) -> Decision:
    program = exchange.program
    if exchange.truncated or any(block.truncated for block in program.answered):
        return Decision(Outcome.UNDECIDED, "the answer was cut off before any code")
    languages = {block.language for block in program.answered if block.role is not BlockRole.TEST}
    if not languages.isdisjoint(UNREAD_LANGUAGES):
        return Decision(Outcome.UNDECIDED, "code in this language is not read")
    if languages & _OTHER_CODE or not _asks_for_code(exchange):
        return Decision(Outcome.NOT_APPLICABLE, "no program was asked for, and none is there")
    message = "an implementation was asked for, and no code is there"
    return _failed(Finding(0, 1, 1, 1, 1, message, program.text.split("\n", 1)[0][:160]))


def _asks_for_code(exchange: Exchange) -> bool:
    return asks_to_build(exchange) or _CODE.search(question_text(exchange)) is not None


def _handles(flow: Flow, unit: Unit) -> bool:
    if any(one.handlers for one in tries_in(flow, unit)):
        return True
    if looks_at_errors(flow, unit) or any(last_name(call.callee) in _TAKES_UP for call in unit.calls):
        return True
    if any(len(one.parameters) == 4 and _is_error(one.parameters[0].target) for one in unit.functions):
        return True
    for raised in flow.names.nodes(unit, Raise):
        if raised.value is not None and _UNWRITTEN.search(raised.value.node.text()[:200]) is None:
            return True
    return False


def _is_error(target: Expression) -> bool:
    """Say whether the first of four parameters makes a function error middleware."""
    return (
        isinstance(target, Name)
        and re.match(r"_?(?:e|err|error|exc|ex)$|\w*(?:Err|Error)$", target.name) is not None
    )


def _answering(program: Program) -> list[Unit]:
    """Return the units that answer a failure of the server."""
    statuses = program.once(all_statuses)
    return [unit for unit, found in statuses.items() if any(one >= 500 for one in found)]


def _may_fail(units: Sequence[Unit]) -> Iterator[tuple[Unit, SgNode]]:
    """Yield the functions that call something, and the calls outside of any."""
    for unit in units:
        for function in unit.functions:
            if any(isinstance(node, Await | Call) for node in walk(function.body)):
                yield unit, function.node
    for unit in units:
        if unit.calls and not unit.functions:
            yield unit, unit.calls[0].node
