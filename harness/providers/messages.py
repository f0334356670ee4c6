"""The Messages API as values: the body of a request, and a completion out of a message. No network here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from harness.core.errors import PermanentProviderError, TransientProviderError
from harness.core.types import Completion, Request, Role, StopReason, ToolCall, Usage
from harness.providers.base import FailureKind, brief, clean_text, completion_of, redact, sent_parameters

__all__ = ["ANSWER_TOOL", "Dialect", "completion_from", "counting_body", "request_body"]

ANSWER_TOOL = "answer"
"""The tool a model is made to call for a required output schema: nearly every server knows tools."""

CACHE_FROM_CHARACTERS = 2_048
"""Shorter prompts are not marked for caching: no model caches less than 512 tokens."""

_STOPS = {
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "max_tokens": StopReason.MAX_TOKENS,
    "model_context_window_exceeded": StopReason.MAX_TOKENS,
    "tool_use": StopReason.TOOL_USE,
    "refusal": StopReason.REFUSAL,
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server wants to be spoken to; nothing here alters what is asked.

    Attributes:
        cached_prompt: mark the system prompt, so that the server keeps it for the calls that share it.
        forced_tool: a required schema is a tool the model must call; else the output format itself.
    """

    cached_prompt: bool
    forced_tool: bool = True


def request_body(model: str, request: Request, dialect: Dialect) -> dict[str, Any]:
    """Build the body of a call.

    Raises:
        PermanentProviderError: tools and a required schema exclude each other.
    """
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens,
        "messages": _messages(request, dialect),
    }
    if request.system:
        body["system"] = _system(clean_text(request.system), dialect)
    if request.output_schema:
        if request.tools:
            raise PermanentProviderError(
                FailureKind.BAD_REQUEST, "a request cannot carry both tools and a required output schema"
            )
        body |= _schema(request.output_schema, dialect)
    elif request.tools:
        body["tools"] = [
            {"name": tool.name, "description": clean_text(tool.description), "input_schema": tool.schema}
            for tool in request.tools
        ]
        body["tool_choice"] = {"type": "auto"}
    # Sampling parameters are no arguments of the SDK any more; servers that know them still take them.
    return body | sent_parameters(request)


def counting_body(model: str, request: Request, dialect: Dialect) -> dict[str, Any]:
    """Build the body that asks how many tokens a prompt has."""
    body = request_body(model, request, dialect)
    names = {"model", "messages", "system", "tools", "tool_choice", "output_config"}
    return {name: value for name, value in body.items() if name in names}


def _messages(request: Request, dialect: Dialect) -> list[dict[str, Any]]:
    """Return the turns; of several user turns in a row, the first ones are what calls share."""
    turns: list[dict[str, Any]] = [
        {"role": turn.role.value, "content": clean_text(turn.text)} for turn in request.messages
    ]
    for turn, following in pairwise(turns):
        shared = turn["role"] == following["role"] == Role.USER.value
        if shared and dialect.cached_prompt and len(turn["content"]) >= CACHE_FROM_CHARACTERS:
            turn["content"] = _marked(turn["content"])
            break
    return turns


def _system(prompt: str, dialect: Dialect) -> str | list[dict[str, Any]]:
    if not dialect.cached_prompt or len(prompt) < CACHE_FROM_CHARACTERS:
        return prompt
    return _marked(prompt)


def _marked(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]


def _schema(schema: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    if not dialect.forced_tool:
        return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    tool = {"name": ANSWER_TOOL, "description": "Give the answer.", "input_schema": schema}
    return {"tools": [tool], "tool_choice": {"type": "tool", "name": ANSWER_TOOL}}


def completion_from(
    message: Any, request: Request, asked: tuple[str, float | None], secrets: tuple[str, ...] = ()
) -> Completion:
    """Read a message.

    Args:
        message: what the server sent, parsed from JSON.
        request: what it answers.
        asked: the model that was asked, where the server names none, and the seconds the call took, if known.
        secrets: what a server may have echoed and nobody may keep.

    Raises:
        TransientProviderError: ``invalid_response``: what was sent is no message of the Messages API.
        PermanentProviderError: ``invalid_response``: the model wrote nothing.
    """
    text, calls = _content(message)
    stop = _STOPS.get(str(message.get("stop_reason") or ""), StopReason.OTHER)
    if request.output_schema and stop is not StopReason.REFUSAL:
        text, calls, stop = _structured(text, calls, stop)
    model, latency_s = asked
    served = redact(str(message.get("model") or model), secrets)
    told = tuple(ToolCall(redact(call.name, secrets), _redacted(call.input, secrets)) for call in calls)
    return completion_of(redact(text, secrets), told, stop, _usage(message.get("usage")), (served, latency_s))


def _redacted(value: Any, secrets: tuple[str, ...]) -> Any:
    """Take secrets out of every text within a value of JSON, keys included."""
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, dict):
        return {redact(key, secrets): _redacted(part, secrets) for key, part in value.items()}
    return [_redacted(part, secrets) for part in value] if isinstance(value, list) else value


def _content(message: Any) -> tuple[str, tuple[ToolCall, ...]]:
    """Read text and tool calls; thinking and other blocks are not part of the answer."""
    blocks = message.get("content") if isinstance(message, dict) else None
    if not isinstance(blocks, list):
        raise TransientProviderError(
            FailureKind.INVALID_RESPONSE, f"not a message of the Messages API: {brief(repr(message))}"
        )
    texts: list[str] = []
    calls: list[ToolCall] = []
    for block in blocks:
        kind = block.get("type") if isinstance(block, dict) else None
        if kind == "text":
            texts.append(str(block.get("text") or ""))
        elif kind == "tool_use":
            value = block.get("input")
            if not isinstance(value, dict):
                raise TransientProviderError(
                    FailureKind.INVALID_RESPONSE,
                    f"the input of a tool call is no object: {brief(repr(value))}",
                )
            calls.append(ToolCall(clean_text(str(block.get("name") or "")), value))
    return "".join(texts), tuple(calls)


def _structured(
    text: str, calls: tuple[ToolCall, ...], stop: StopReason
) -> tuple[str, tuple[ToolCall, ...], StopReason]:
    """Return the answer to a required schema as JSON text, however the server delivered it."""
    answers = [json.dumps(call.input, ensure_ascii=False) for call in calls if call.name == ANSWER_TOOL]
    if answers:
        # Two answers are no answer: put together they are no JSON, and whoever reads them says so.
        return "\n".join(answers), (), StopReason.END if stop is StopReason.TOOL_USE else stop
    # Prose is kept as it is: whoever demanded the schema reads it, says that it does not fit, and asks again.
    return text, (), stop


def _usage(usage: Any) -> Usage:
    counts = usage if isinstance(usage, dict) else {}

    def count(name: str) -> int:
        value = counts.get(name, 0)
        return value if isinstance(value, int) and value > 0 else 0

    cached, written = count("cache_read_input_tokens"), count("cache_creation_input_tokens")
    return Usage(count("input_tokens") + cached + written, count("output_tokens"), cached, written)
