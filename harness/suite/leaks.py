"""Messages that give their label away: a router that knows names is right without understanding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.core.types import Case, CaseKind

__all__ = ["NAMES_AGENT", "leak_notes", "names_agent"]

NAMES_AGENT = "names-agent"
"""Tag of a derived case whose message gives the answer away."""

_SEPARATORS = re.compile(r"[\s_-]+")
_SHOWN = 3


def names_agent(text: str, agent: str) -> bool:
    """Tell whether a text names an agent, however it is spelled: backend-architect, Backend Architect."""
    words = [re.escape(word) for word in _SEPARATORS.split(agent) if word]
    if not words:
        return False
    return re.search(rf"(?<!\w){'[ _-]?'.join(words)}(?!\w)", text, re.IGNORECASE) is not None


def leak_notes(cases: Sequence[Case]) -> Iterator[str]:
    """Yield a line about the routing cases whose messages name the right agent, if there are any.

    Every turn counts, the assistant's too: a router sees them all.
    """
    leaks = [
        case.id
        for case in cases
        if case.kind is CaseKind.ROUTING
        and any(names_agent(message.text, case.expected_agent) for message in case.messages)
        and case.expected_agent != "none"
    ]
    if leaks:
        shown = ", ".join(leaks[:_SHOWN]) + (
            f" and {len(leaks) - _SHOWN} more" if len(leaks) > _SHOWN else ""
        )
        yield f"{len(leaks)} of {len(cases)} messages name the agent that should get them: {shown}"
