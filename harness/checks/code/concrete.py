"""G06: what was asked for is written as code that could run, not as pseudo-code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.code.stubs import Stub, stubs_in, written_functions
from harness.checks.errors.terms import judged_units
from harness.checks.question import Scope, asks_to_build, declines, question_text, scope_of
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import Block, BlockRole
from harness.response.flow.statements import Define, Import, Unit
from harness.response.program import Program, finding_at

__all__ = ["Concrete"]

# Blocks that say what should be, and do nothing.
_NO_PROGRAM = frozenset({"", "text", "json", "http", "diff", "xml", "css", "html", "bash"})
_SEEN_AS_CODE = frozenset({BlockRole.CODE, BlockRole.CONFIG, BlockRole.SCRIPT, BlockRole.FRONTEND})
_CODE = re.compile(r"\b(?:code|write|program|script|migration|dockerfile|implementation)\b", re.IGNORECASE)
_CODE_WORD = re.compile(r"\bcode\b")
_IN_ERROR = 0.12  # share of a block that may be in error: an elision, a language the tag does not name


class Concrete(Check):
    """An implementation that was asked for is there: code that parses and whose functions are written.

    Pseudo-code (in whatever fence), diagrams, outlines, types alone, and classes whose methods are mostly
    comments or dots are no implementation. SQL and configuration are, where nothing else is shown. A question
    for an explanation, or one that does without code, is not what the rule speaks of.
    """

    id: ClassVar[str] = "code/concrete"
    version: ClassVar[int] = 1
    of_answers: ClassVar[bool] = True
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "No pseudocode",
        "Actual code rather than pseudocode",
        "Code must be real and runnable, not pseudocode",
        "Never answer with pseudocode",
        "Show specific code that could go to production in place of pseudocode",
        "Real code, no pseudocode",
        "Real code that is ready for production, no pseudocode",
        "Show specific production code in place of pseudocode",
        "Write complete working code, not pseudo code",
        "Never write pseudocode",
        "Working code, no pseudocode",
        "Provide complete, working code",
        "Provide runnable code",
        "Production code instead of pseudocode",
        "Do not answer in pseudocode",
        "Real code instead of pseudocode",
        "Complete code that runs, no pseudocode",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on all blocks that the answer wrote."""
        program = exchange.program
        blocks = [block for block in program.answered if _is_judged(block)]
        cut = exchange.truncated or any(block.truncated for block in program.answered)
        units = judged_units(program)
        fault = _fault(program, blocks, units)
        if fault is None:
            shown = [block for block in blocks if block.language not in _NO_PROGRAM]
            return Decision(Outcome.PASS, f"{len(shown)} blocks of code, written out")
        if cut:
            return Decision(Outcome.UNDECIDED, f"the answer was cut off; until then {fault.message}")
        if not any(block.language not in _NO_PROGRAM for block in blocks) and not _wants_code(exchange):
            return Decision(Outcome.NOT_APPLICABLE, "no implementation was asked for, and none is there")
        return Decision(Outcome.FAIL, fault.message, (fault,))


def _is_judged(block: Block) -> bool:
    return block.role not in {BlockRole.COUNTER_EXAMPLE, BlockRole.TEST} and not block.oversized


def _wants_code(exchange: Exchange) -> bool:
    if declines(exchange, _CODE_WORD):
        return False
    return asks_to_build(exchange) or (
        scope_of(exchange)[0] is not Scope.NARROW and _CODE.search(question_text(exchange)) is not None
    )


def _fault(program: Program, blocks: Sequence[Block], units: Sequence[Unit]) -> Finding | None:
    """Return what keeps the answer from being an implementation; ``None`` where nothing does."""
    programs = [
        block for block in blocks if block.language not in _NO_PROGRAM and block.role in _SEEN_AS_CODE
    ]
    if not programs:
        return _nowhere(program, "an implementation was asked for, and no code is there")
    stubs = stubs_in(program)
    written = written_functions(program)
    pseudo = [unit for unit in units if not unit.block.truncated and _in_error(unit) > _IN_ERROR]
    if pseudo and len(pseudo) * 2 >= len(units):
        unit = pseudo[0]
        place = unit.root.find(kind="ERROR") or unit.root
        return finding_at(unit.block, place, f"this is no {unit.language}: pseudo-code")
    if _mostly_stubs(stubs, written):
        return stubs[0].finding
    others = [block for block in programs if all(unit.block is not block for unit in units)]
    if not others and units and not any(_does_something(unit) for unit in units):
        unit = units[0]
        return finding_at(unit.block, unit.root, "types and declarations alone: nothing is implemented")
    return None


def _nowhere(program: Program, message: str) -> Finding:
    first = program.text.split("\n", 1)[0]
    return Finding(0, 1, 1, 1, max(len(first), 1), message, first[:160])


def _mostly_stubs(stubs: Sequence[Stub], written: int) -> bool:
    return len(stubs) > written


def _in_error(unit: Unit) -> float:
    if not unit.broken:
        return 0.0
    wrong = sum(len(node.text()) for node in unit.root.find_all(kind="ERROR"))
    return wrong / max(1, len(unit.block.text))


def _does_something(unit: Unit) -> bool:
    if unit.calls:
        return True
    if any(function.body for function in unit.functions):
        return True
    return any(not isinstance(one, Define | Import) for one in unit.body)
