"""Cases out of an agent file itself: its example dialogues say what should be asked of whom."""

from __future__ import annotations

import re

from harness.core.types import Agent, Case, CaseKind, Dialogue, Message, Role
from harness.suite.cases import sealed
from harness.suite.leaks import NAMES_AGENT, names_agent

__all__ = ["DERIVED", "NAMES_AGENT", "derive_cases"]

DERIVED = "derived"  # tag of every derived case

_SEPARATORS = re.compile(r"[\s_-]+")


def derive_cases(agent: Agent) -> tuple[Case, ...]:
    """Return the cases that the dialogues of an agent file make, in their order.

    Each dialogue with a user turn gives a routing case and, when it is this agent that should get the
    message, a compliance case; both have the id ``<agent>/dialogue-<number>``, numbers counted from 1
    over all dialogues of the file. Only what the user says is asked: the context, the commentary and
    the assistant's turns usually name the agent. A message that names it nevertheless is tagged
    ``names-agent``. No rule is claimed to apply: that is left to the checks' own idea.
    """
    cases: list[Case] = []
    for number, dialogue in enumerate(agent.dialogues, start=1):
        text = "\n\n".join(
            turn.text for turn in dialogue.turns if turn.role is Role.USER and turn.text.strip()
        )
        if not text:
            continue
        expected = dialogue.expected_agent or agent.name
        cases.append(_case(agent, (number, dialogue), text, expected))
        if _folded(expected) == _folded(agent.name):
            cases.append(_case(agent, (number, dialogue), text, ""))
    return tuple(cases)


def _case(agent: Agent, numbered: tuple[int, Dialogue], text: str, expected: str) -> Case:
    """Make one case: for routing when an agent is expected, else for compliance."""
    number, dialogue = numbered
    leaks = names_agent(text, expected or agent.name)
    return sealed(
        Case(
            id=f"{agent.name}/dialogue-{number}",
            kind=CaseKind.ROUTING if expected else CaseKind.COMPLIANCE,
            agent="" if expected else agent.name,
            messages=(Message(Role.USER, text),),
            files=(),
            applies=(),
            not_applicable=(),
            expected_agent=expected,
            tags=(DERIVED, NAMES_AGENT) if leaks else (DERIVED,),
            cluster="",
            provenance=f"{agent.path}:{dialogue.span.line}",
            sha="",
        )
    )


def _folded(name: str) -> str:
    return _SEPARATORS.sub("-", name.strip()).casefold()
