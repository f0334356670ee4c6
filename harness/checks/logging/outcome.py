"""From violations seen to a decision, with regard to blocks that were cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from harness.checks.logging.console import Use
from harness.core.types import Decision, Outcome
from harness.response.javascript.scopes import Unit
from harness.response.program import Program

__all__ = ["MAX_FINDINGS", "Seen", "decided"]

# Nobody reads on after so many; the reason still counts them all.
MAX_FINDINGS = 500

# A violation and the message that tells it.
Seen: TypeAlias = tuple[Use, str]


def decided(program: Program, units: Sequence[Unit], seen: Sequence[Seen]) -> Decision | None:
    """Return a fail for violations in complete blocks, undecided for a block that was cut off, else ``None``.

    A violation in a complete block stands whatever would have followed. In a block that was cut off the
    missing end could still change what a name means, so nothing there is held against the answer.
    """
    whole = [(use, message) for use, message in seen if not use.unit.block.truncated]
    findings = sorted(
        (program.finding(use.unit, use.node, message) for use, message in whole[:MAX_FINDINGS]),
        key=lambda finding: (finding.block, finding.line, finding.column),
    )
    if findings:
        more = f" and {len(whole) - 1} more" if len(whole) > 1 else ""
        return Decision(Outcome.FAIL, findings[0].message + more, tuple(findings))
    if any(unit.block.truncated for unit in units):
        return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
    return None
