"""Routing by a model: what it is asked, and what it chose.

A provider that honours tools is given the Agent tool and chooses by calling it, as Claude Code's model does;
any other that honours a schema must answer with one of the names or ``none``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from harness.core.errors import ConfigurationError, InputError
from harness.core.json_text import parse_json
from harness.core.types import Agent, Case, Completion, Request, Role, Sample, StopReason, Tool
from harness.providers.base import Provider
from harness.routing.metrics import NONE
from harness.routing.names import name_key, same_names
from harness.run.plan import PlannedCall, planned_call
from harness.run.settings import Settings
from harness.suite.roster import Listing, RosterForm, agent_tool, fit_listing, router_prompt
from harness.suite.roster_files import roster_document

__all__ = ["Choice", "last_message", "plan_routing", "read_choice", "roster_listing"]

SCHEMA_ROUTER_BUDGET = 5_000
"""Tokens of roster that a router without tools is shown: such models are local ones with short contexts."""

_TOOL_NAMES = frozenset({"agent", "task"})  # Task is what Claude Code called the tool before
_LONGEST_NAME = 200  # of an unknown name that is kept


@dataclass(frozen=True, slots=True)
class Choice:
    """What a model chose.

    Attributes:
        agent: a name of the roster, ``none``, a name that is not in the roster (then ``known`` is false),
            or empty when the answer was cut off before a choice or cannot be read: missing, not wrong.
        known: whether ``agent`` is in the roster or ``none``.
        note: what else should be known about the answer; mostly empty.
    """

    agent: str
    known: bool
    note: str = ""


def roster_listing(
    agents: Sequence[Agent],
    provider: Provider,
    budget: int = 0,
    form: RosterForm = RosterForm.CURRENT,
) -> Listing:
    """Return the roster as this provider's router sees it.

    Args:
        agents: the roster.
        provider: who will be asked.
        budget: most tokens the roster may have; 0 takes no limit where the model chooses by tool and
            ``SCHEMA_ROUTER_BUDGET`` where it answers in JSON.
        form: how a model with tools sees it.

    Raises:
        ConfigurationError: the provider honours neither tools nor a schema, or lists the agents itself and
            cannot be told how.
        InputError: not even the names fit the budget.
    """
    if provider.lists_agents:
        if budget or form is not RosterForm.CURRENT:
            raise ConfigurationError(
                f"{provider.name} lists the agents itself; leave out --roster-tokens and --roster-form"
            )
        return fit_listing(agents)
    if provider.supports_tools:
        return fit_listing(agents, budget, form)
    if not provider.supports_schema:
        raise ConfigurationError(
            f"{provider.name}: cannot route: it honours neither tools nor a schema; use another model"
        )
    return fit_listing(agents, budget or SCHEMA_ROUTER_BUDGET)


def plan_routing(
    cases: Sequence[Case],
    rosters: Mapping[str, Sequence[Agent]],
    provider: Provider,
    settings: Settings,
    shown: tuple[RosterForm, int] = (RosterForm.CURRENT, 0),
) -> tuple[PlannedCall, ...]:
    """Plan cases x rosters x trials.

    Args:
        cases: routing cases; their messages are sent as they are.
        rosters: name of the variant -> its agents.
        provider: decides between tool call and JSON.
        settings: model, trials, most tokens of the answer, parameters.
        shown: how a roster is shown to a model with tools, and its budget as for :func:`roster_listing`.

    Raises:
        ConfigurationError: the provider cannot route, or the model is not known.
        InputError: a roster is empty, holds a name twice or is too large.
    """
    parameters = settings.request_parameters()
    calls: list[PlannedCall] = []
    for variant, agents in rosters.items():
        _check_names(agents)
        form, budget = shown
        listing = roster_listing(agents, provider, budget, form).text
        system, tools, schema = _shown(agents, listing, provider, form)
        for trial in range(settings.first_trial, settings.first_trial + settings.trials):
            for case in cases:
                request = Request(
                    model=settings.model,
                    system=system,
                    messages=case.messages,
                    max_tokens=settings.max_tokens,
                    trial=trial,
                    tools=tools,
                    output_schema=schema,
                    parameters=parameters,
                )
                calls.append(planned_call(request, case, variant))
    if settings.interleaved:  # the variants answer each case in turns
        places = {case.id: place for place, case in enumerate(cases)}
        calls.sort(key=lambda call: (call.request.trial, places[call.case.id]))
    return tuple(calls)


def read_choice(sample: Sample, names: Sequence[str]) -> Choice:
    """Read which agent a model chose.

    Names are matched as Claude Code does, without regard to case and separators; an exact match wins.

    Args:
        sample: the answer.
        names: the roster.
    """
    completion = sample.completion
    called = [call.input for call in completion.tool_calls if call.name.lower() in _TOOL_NAMES]
    if called:
        return _read_calls(called, names)
    answer = _json_answer(completion.text)
    if answer is not None:
        return _match(answer, names)
    if completion.stop is StopReason.MAX_TOKENS:
        return Choice("", known=False, note="cut off before a choice")
    if completion.text.lstrip().startswith("{"):
        return Choice("", known=False, note="the answer is not the JSON that was asked for")
    return Choice(NONE, known=True, note=_why_none(completion))


def last_message(case: Case) -> str:
    """Return the user's last message: what a router without memory goes by."""
    return next((message.text for message in reversed(case.messages) if message.role is Role.USER), "")


def _shown(
    agents: Sequence[Agent], listing: str, provider: Provider, form: RosterForm
) -> tuple[str, tuple[Tool, ...], dict[str, Any]]:
    """Return system prompt, tools and schema of the question."""
    if provider.lists_agents:
        return roster_document(agents), (), {}
    system = router_prompt(listing, provider.supports_tools, form)
    if provider.supports_tools:
        return system, (agent_tool(form, listing),), {}
    return system, (), _choice_schema([agent.name for agent in sorted(agents, key=lambda one: one.name)])


def _check_names(agents: Sequence[Agent]) -> None:
    names = sorted(agent.name for agent in agents)
    if not names:
        raise InputError("the roster is empty; a router needs at least one agent to choose from")
    twice = next((name for name, following in pairwise(names) if name == following), "")
    if twice:
        raise InputError(f"the roster names {twice!r} twice; rename one of the two agents")


def _choice_schema(names: Sequence[str]) -> dict[str, Any]:
    choices = [*names, *([] if NONE in names else [NONE])]
    return {
        "type": "object",
        "properties": {"agent": {"type": "string", "enum": choices}},
        "required": ["agent"],
        "additionalProperties": False,
    }


def _read_calls(calls: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Choice:
    asked = calls[0].get("subagent_type")
    if not isinstance(asked, str) or not asked.strip():
        return Choice(NONE, known=True, note="the tool was called without naming an agent")
    choice = _match(asked, names)
    if len(calls) == 1:
        return choice
    note = f"{len(calls)} agents were called; the first counts"
    return Choice(choice.agent, choice.known, f"{choice.note}; {note}" if choice.note else note)


def _match(asked: str, names: Sequence[str]) -> Choice:
    asked = asked.strip()
    same = same_names(asked, names)
    if same:
        note = f"{asked[:_LONGEST_NAME]!r} may mean {' or '.join(same)}" if len(same) > 1 else ""
        return Choice(same[0], known=True, note=note)
    if name_key(asked) == NONE:
        return Choice(NONE, known=True)
    return Choice(asked[:_LONGEST_NAME], known=False, note="not in the roster")


def _json_answer(text: str) -> str | None:
    """Return the agent that a JSON answer names; ``None`` when the text is no such answer."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or text[:start].strip(" \n`json"):
        return None
    try:
        answer = parse_json(text[start : end + 1])
    except ValueError:
        return None
    agent = answer.get("agent") if isinstance(answer, dict) else None
    return agent if isinstance(agent, str) and agent.strip() else None


def _why_none(completion: Completion) -> str:
    if completion.stop is StopReason.REFUSAL:
        return "the model refused to answer"
    if completion.tool_calls:
        return f"another tool was called: {completion.tool_calls[0].name[:_LONGEST_NAME]}"
    return ""
