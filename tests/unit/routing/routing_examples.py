"""Small agents, cases and answers for tests of routing."""

from __future__ import annotations

from harness.core.types import (
    Agent,
    Case,
    CaseKind,
    Completion,
    Dialogue,
    Message,
    Role,
    Sample,
    Span,
    StopReason,
    ToolCall,
    Turn,
    Usage,
)


def dialogue(user: str, context: str = "", commentary: str = "", agent: str = "") -> Dialogue:
    """Make an example dialogue with one user turn."""
    return Dialogue(context, (Turn(Role.USER, user),), commentary, agent, Span(3, 1, 3, 2))


def agent(name: str, description: str = "", body: str = "", *dialogues: Dialogue, path: str = "") -> Agent:
    """Make an agent; its listing shows the dialogues' user turns after the description."""
    listing = description + "".join(f" <example>{one.user}</example>" for one in dialogues)
    return Agent(
        name=name,
        description=description,
        listing=listing,
        prompt=body,
        model="",
        tools=(),
        dialogues=dialogues,
        rules=(),
        path=path or f"{name}.md",
        sha="",
    )


def case(name: str, *messages: Message, expected: str = "none") -> Case:
    """Make a routing case."""
    return Case(
        name, CaseKind.ROUTING, "", messages, (), (), (), expected, (), "", f"t:{name}", f"sha-{name}"
    )


def user(text: str) -> Message:
    """Make a user turn."""
    return Message(Role.USER, text)


def answer(text: str = "", *calls: ToolCall, stop: StopReason = StopReason.END) -> Sample:
    """Make the sample of a model that said ``text`` and called tools."""
    completion = Completion(text, calls, Usage(1, 1), stop, "served", 0.1)
    return Sample("sha", "c", "base", 0, "anthropic:m", completion)


def delegate(to: object, tool: str = "Agent") -> ToolCall:
    """Make the call that hands work to an agent."""
    return ToolCall(tool, {"description": "do it", "prompt": "please", "subagent_type": to})
