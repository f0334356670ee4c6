"""Words by which code admits that it only pretends."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.checks.errors.terms import judged_units
from harness.core.types import Finding
from harness.response.program import Program

__all__ = ["PRETENDS", "pretending_remarks"]

PRETENDS = re.compile(
    r"^(?:_*)(?:fake|mock|dummy|simulat(?:e|ed|ion)|pretend|stub)(?=[A-Z_\d]|$)|(?:Fake|Mock|Dummy|Simulated)(?=[A-Z]|$)"
    r"|_(?:fake|mock|dummy)(?:_|$)"
)
# A first look, in small letters: ignoring case costs ten times as much.
_SIGN = re.compile(
    r"simulat|pretend|fake|dummy|mock|hard-?coded|made[ -]up|for demo|real|in production|enough|until|till"
)
_SAYS = re.compile(
    r"""^\W*(?:simulates?|simulated|simulating|pretend(?:s|ing)?|fake[sd]?|mock(?:ed|s)?|dummy)\b
    |\b(?:fake|dummy|mock(?:ed)?|made-up|sample)\s+(?:data|responses?|results?|values?|implementation|users?|list|answer)\b
    |\bhard-?coded?\s+(?:for\s+now|for\s+the\s+demo|results?|response)
    |\bin\s+(?:a\s+)?(?:real|actual|production)(?:-world|-life)?\s+(?:system|app(?:lication)?|implementation|setup|world
        |service|code|life)\b[^.\n]{0,60}\b(?:would|will|should|must|comes?|call|use)
    |\bin\s+production,?\s+(?:this|that|we|you|it)\s+(?:would|should|will|must|has\s+to|needs?\s+to)\b
    |\b(?:this|it|here\s+we)\s+(?:just\s+|only\s+)?(?:simulates?|pretends?|fakes?)\b
    |\b(?:good|close)\s+enough\s+(?:until|for\s+(?:now|the\s+demo|testing))\b
    |\b(?:until|till)\s+(?:we|you|there)\s+(?:have|has|is|get|add|connect)\s+(?:an?|the)\s+(?:real\s+)?
        (?:provider|integration|api|backend|service|model|database|gateway)\b
    |\breplace\s+(?:this\s+|it\s+)?with\s+(?:an?\s+|the\s+|your\s+)?(?:real|actual|call)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def pretending_remarks(program: Program) -> tuple[Finding, ...]:
    """Return the comments in server code that call what stands there a simulation."""
    return program.once(_remarks)


def _remarks(program: Program) -> tuple[Finding, ...]:
    found = []
    for unit in judged_units(program):
        if not _SIGN.search(unit.block.text.lower()):
            continue
        for node in unit.root.find_all(kind="comment"):
            words = node.text()[:400].strip("/*#<!->\t \n")
            if _SAYS.search(words) and not program.flow.is_counter_example(unit, node):
                finding = program.flow.finding(unit, node, "")
                message = f"a comment says that this is made up: {' '.join(words.split())[:80]}"
                found.append(replace(finding, message=message))
    return tuple(found)
