"""Calls to a model: the request, the answer, and what is kept of both.

Part of the vocabulary (see :mod:`harness.core.types`, which offers these types too).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = [
    "Completion",
    "Message",
    "Request",
    "Role",
    "Sample",
    "SampleFailure",
    "StopReason",
    "Tool",
    "ToolCall",
    "Usage",
]


class Role(StrEnum):
    """Who speaks in a conversation."""

    USER = "user"
    ASSISTANT = "assistant"


class StopReason(StrEnum):
    """Why a model stopped writing."""

    END = "end"
    MAX_TOKENS = "max_tokens"
    TOOL_USE = "tool_use"
    REFUSAL = "refusal"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation that is sent to a model."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that a model may call; ``schema`` is the JSON Schema of its input."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that alters an answer. Two equal requests have equal shas and share a sample.

    ``model`` reads ``provider:name``. ``output_schema`` is a JSON Schema the answer must satisfy,
    empty for free text. ``parameters`` are sampling parameters as the provider names them.
    """

    model: str
    system: str
    messages: tuple[Message, ...]
    max_tokens: int
    trial: int
    tools: tuple[Tool, ...] = ()
    output_schema: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call in an answer, its input parsed from JSON."""

    name: str
    input: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counted them; zero where it did not say.

    ``input_tokens`` counts the whole prompt: what was read from the server's prompt cache
    (``cached_tokens``) and what was written to it (``cache_written_tokens``) included.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    cache_written_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """What a provider returns for one request; ``latency_s`` is ``None`` where nobody knows it."""

    text: str
    tool_calls: tuple[ToolCall, ...]
    usage: Usage
    stop: StopReason
    model_served: str
    latency_s: float | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A completion kept in the store, with the sha of the request that it answers."""

    request_sha: str
    case: str
    variant: str
    trial: int
    model_asked: str
    completion: Completion


@dataclass(frozen=True, slots=True)
class SampleFailure:
    """A call that gave no answer. It counts as missing, never as a score."""

    request_sha: str
    case: str
    variant: str
    trial: int
    kind: str
    message: str
    transient: bool
