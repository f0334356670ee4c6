"""What stands for a validation library of Node in answers without JavaScript."""

from __future__ import annotations

from harness.checks.base import Exchange
from harness.checks.validation.served import Standing, Validated, served_inputs
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import BlockRole
from harness.response.program import Program

__all__ = ["analogue_decision"]

_LACKING = frozenset({Standing.RAW, Standing.BY_HAND, Standing.IGNORED})


def analogue_decision(exchange: Exchange) -> Decision | None:
    """Decide on the endpoints in Python and PHP; ``None`` where none of them reads input."""
    program = exchange.program
    found = [one for one in served_inputs(program) if one.standing is not Standing.NO_INPUT]
    if not found:
        return None
    code = [block for block in program.answered if block.role is BlockRole.CODE]
    if exchange.truncated or any(block.truncated for block in code):
        return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
    lacking = [one for one in found if one.standing in _LACKING]
    if lacking:
        findings = tuple(
            sorted(
                {(one.unit.block.number, _of(program, one)) for one in lacking},
                key=lambda pair: (pair[0], pair[1].line, pair[1].column, pair[1].message),
            )
        )
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        return Decision(
            Outcome.FAIL, f"{findings[0][1].message}{more}", tuple([finding for _, finding in findings])
        )
    unseen = [one for one in found if one.standing is Standing.UNSEEN]
    if unseen:
        title = unseen[0].endpoint.title
        return Decision(Outcome.UNDECIDED, f"the code that answers {title} is not shown")
    return Decision(Outcome.PASS, f"a schema validates the input of all {len(found)} endpoints that take any")


def _of(program: Program, one: Validated) -> Finding:
    title = one.endpoint.title
    message = {
        Standing.RAW: f"{title} reads {one.what} without a schema",
        Standing.BY_HAND: f"{title} examines {one.what} by hand, without a schema",
    }.get(one.standing, f"{title}: whether the input is valid is asked, and the answer ignored")
    return program.flow.finding(one.unit, one.node.node, message)
