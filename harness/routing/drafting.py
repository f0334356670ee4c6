"""Asking a model for drafts of cases: messages per rule of an agent, or at the border of two descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core.types import Agent, Case, CaseKind, Completion, Message, Request, Role, Rule, Tool
from harness.providers.base import Provider
from harness.run.execute import Execution
from harness.run.plan import PlannedCall, planned_call
from harness.run.settings import Settings
from harness.suite.cases import sealed
from harness.suite.drafts import Draft, DraftKind, draft_prompt, read_proposals

__all__ = ["Task", "border_task", "drafts_of", "plan_drafts", "rule_task"]

_TOOL = "propose_cases"
_FENCE = "-" * 40
_MATERIAL = 6_000  # characters of a description that a model is shown
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "cases": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("kind", "prompt", "why")},
                "required": ["kind", "prompt"],
            },
        }
    },
    "required": ["cases"],
}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to ask for.

    Attributes:
        name: start of the ids of its drafts.
        targets: kind as the model says it -> (kind of the draft, rule or agent that it is for).
        question: what the model is shown.
        forbidden: names that no message may hold.
    """

    name: str
    targets: tuple[tuple[str, DraftKind, str], ...]
    question: str
    forbidden: tuple[str, ...]


def rule_task(agent: Agent, rule: Rule) -> Task:
    """Ask for ordinary and tempting messages for a rule."""
    question = f"The assistant: {agent.description[:_MATERIAL]}\n{_FENCE}\nThe rule: {rule.text}\n{_FENCE}"
    kinds = (DraftKind.ORDINARY, DraftKind.TEMPTING)
    return Task(rule.id, tuple((kind.value, kind, rule.id) for kind in kinds), question, (agent.name,))


def border_task(first: Agent, second: Agent) -> Task:
    """Ask for messages near the border of two agents."""
    shown = "\n".join(f"{_FENCE}\n{agent.name}: {agent.description[:_MATERIAL]}" for agent in (first, second))
    names = (first.name, second.name)
    return Task(
        _slug("-".join(names)),
        tuple((name, DraftKind.BORDER, name) for name in names),
        f"{shown}\n{_FENCE}",
        names,
    )


def plan_drafts(
    tasks: Sequence[Task], provider: Provider, settings: Settings, count: int
) -> tuple[PlannedCall, ...]:
    """Plan one call per task; the answer comes by schema or by tool where the provider has either."""
    tools = (Tool(_TOOL, "Hand in the messages.", _SCHEMA),) if provider.supports_tools else ()
    schema = _SCHEMA if provider.supports_schema and not tools else {}
    calls = []
    for task in tasks:
        request = Request(
            model=settings.model,
            system=draft_prompt(task.targets[0][1], count),
            messages=(Message(Role.USER, task.question),),
            max_tokens=settings.max_tokens,
            trial=settings.first_trial,
            tools=tools,
            output_schema=schema,
            parameters=settings.request_parameters(),
        )
        calls.append(planned_call(request, _case(task), "drafts"))
    return tuple(calls)


def drafts_of(
    tasks: Sequence[Task], calls: Sequence[PlannedCall], execution: Execution
) -> tuple[tuple[Draft, ...], tuple[str, ...]]:
    """Return the drafts in the order of the tasks, and a line for each proposal that was left out."""
    drafts: list[Draft] = []
    notes: list[str] = []
    for task, call in zip(tasks, calls, strict=True):
        sample = execution.samples.get(call.sha)
        if sample is None:
            notes.append(f"{task.name}: no answer")
            continue
        kinds = {said: (kind, target) for said, kind, target in task.targets}
        proposals, problems = read_proposals(_answer(sample.completion), kinds, task.forbidden)
        notes.extend(f"{task.name}: {problem}" for problem in problems)
        drafts.extend(_numbered(task, proposals, kinds))
    return tuple(drafts), tuple(notes)


def _numbered(
    task: Task, proposals: Sequence[dict[str, str]], kinds: dict[str, tuple[DraftKind, str]]
) -> Iterator[Draft]:
    for number, proposal in enumerate(proposals, start=1):
        kind, target = kinds[proposal["kind"]]
        name = f"{_slug(task.name)[:90]}-{kind}-{number}"
        yield Draft(id=name, kind=kind, target=target, prompt=proposal["prompt"], why=proposal["why"])


def _answer(completion: Completion) -> str | dict[str, Any]:
    called = next((call.input for call in completion.tool_calls if call.name == _TOOL), None)
    return completion.text if called is None else called


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "case"


def _case(task: Task) -> Case:
    messages = (Message(Role.USER, task.question),)
    return sealed(
        Case(f"draft/{task.name}", CaseKind.COMPLIANCE, "", messages, (), (), (), "", (), "", "drafts", "")
    )
