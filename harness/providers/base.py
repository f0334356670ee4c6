"""What every provider promises, and the helpers that keep their promises alike.

A provider turns a ``Request`` into a ``Completion`` or raises ``TransientProviderError`` or
``PermanentProviderError``, with one of the kinds in ``FailureKind``. Nothing else leaves ``generate``
(save a cancellation). A refusal is not an error: it is a stop reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

from harness.core.errors import PermanentProviderError
from harness.core.escape import clean_text
from harness.core.types import Completion, Request, StopReason, ToolCall, Usage

__all__ = [
    "IDENTITY_MARK",
    "UNLIMITED",
    "FailureKind",
    "Provider",
    "ProviderOptions",
    "Traits",
    "brief",
    "clean_text",
    "completion_of",
    "no_watch",
    "redact",
    "sent_parameters",
    "split_model",
]

UNLIMITED = 1_000_000
"""``max_concurrency`` of a provider that leaves the limit to the run."""

MAX_ANSWER_CHARACTERS = 8_000_000
"""More than any model writes in one answer; a server that sends more is not answering."""

IDENTITY_MARK = "@"
"""Parameters that begin so tell models of one name apart (``@weights``, ``@server``); never sent."""

_MAX_DETAIL = 300


class FailureKind(StrEnum):
    """Why a call gave no answer: the ``kind`` of a provider error, stable across providers."""

    BAD_REQUEST = "bad_request"
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    NOT_FOUND = "not_found"
    TOO_LARGE = "too_large"
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    INVALID_RESPONSE = "invalid_response"
    NOT_STORED = "not_stored"
    EXPIRED = "expired"
    CANCELED = "canceled"
    NO_RESULT = "no_result"
    IN_DOUBT = "in_doubt"


def no_watch(done: int, total: int) -> None:
    """Watch a download without a word."""


@dataclass(frozen=True, slots=True)
class ProviderOptions:
    """How to reach a model; nothing here alters an answer, so nothing here is part of a request.

    Attributes:
        timeout_s: seconds one HTTP attempt may take before it counts as timed out.
        context_tokens: length of the context that a local model serves, in tokens.
        prompt_cache: whether a server is asked to keep the system prompt for calls that share it: ``auto``
            asks Anthropic's own servers, ``on`` any, ``off`` none.
        threads: threads of a local model; 0: one per core this process may use.
        on_fetch: told (bytes so far, bytes in all) while weights are fetched.
        planning: nothing will be asked, so neither a key nor weights have to be there.
    """

    timeout_s: float = 600.0
    context_tokens: int = 8_192
    threads: int = 0
    prompt_cache: Literal["auto", "on", "off"] = "auto"
    on_fetch: Callable[[int, int], None] = no_watch
    planning: bool = False


@runtime_checkable
class Provider(Protocol):
    """A way to reach one model."""

    @property
    def name(self) -> str:
        """The model as asked for, ``provider:name``."""

    @property
    def supports_tools(self) -> bool:
        """Whether ``Request.tools`` are honoured."""

    @property
    def supports_schema(self) -> bool:
        """Whether ``Request.output_schema`` is honoured."""

    @property
    def lists_agents(self) -> bool:
        """Whether it shows agents to the model itself; the system prompt is then a roster document."""

    @property
    def max_concurrency(self) -> int:
        """How many calls it can serve at once; a run never has more in flight."""

    @property
    def wait_s(self) -> float:
        """Seconds until the server takes another call, by what it said with its last answer; mostly 0."""

    async def generate(self, request: Request) -> Completion:
        """Ask once.

        Raises:
            TransientProviderError: the same call may succeed later.
            PermanentProviderError: the same call will fail again; ``fatal`` when every call will.
        """

    async def count_tokens(self, request: Request) -> int:
        """Return the tokens of a prompt, as the server counts them before it answers.

        Raises:
            ProviderError: it cannot be asked, or does not count.
        """

    async def close(self) -> None:
        """Give back connections, threads and memory. The provider is not used afterwards."""


class Traits:
    """What a provider is unless it says otherwise: it takes all there is, as many at once as one likes."""

    @property
    def supports_tools(self) -> bool:
        """Whether requests may carry tools."""
        return True

    @property
    def supports_schema(self) -> bool:
        """Whether requests may require a schema."""
        return True

    @property
    def lists_agents(self) -> bool:
        """Whoever asks lists the agents."""
        return False

    @property
    def max_concurrency(self) -> int:
        """No limit of its own."""
        return UNLIMITED

    @property
    def wait_s(self) -> float:
        """Nobody asks to wait."""
        return 0.0

    async def count_tokens(self, request: Request) -> int:
        """Refuse: only some servers count."""
        raise PermanentProviderError(FailureKind.NOT_FOUND, f"{request.model} counts no tokens beforehand")


def split_model(model: str) -> tuple[str, str]:
    """Split ``provider:name`` at the first colon; without a colon the name is empty."""
    provider, _, name = model.partition(":")
    return provider, name


def sent_parameters(request: Request) -> dict[str, Any]:
    """Return the parameters that a server gets: those that only identify the model are left out."""
    return {key: value for key, value in request.parameters.items() if not key.startswith(IDENTITY_MARK)}


def redact(text: str, secrets: Iterable[str]) -> str:
    """Take secrets out of a text that came from outside."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[redacted]")
    return text


def brief(text: str) -> str:
    """Make one bounded line of a text that came from outside, for an error message."""
    line = " ".join(clean_text(text[: 20 * _MAX_DETAIL]).split())
    return line if len(line) <= _MAX_DETAIL else f"{line[:_MAX_DETAIL]}…"


def completion_of(
    text: str,
    tool_calls: tuple[ToolCall, ...],
    stop: StopReason,
    usage: Usage,
    served: tuple[str, float | None],
) -> Completion:
    """Build the completion that every provider returns, refusing an answer that is none.

    Args:
        text: what the model wrote.
        tool_calls: the tools it called, inputs parsed.
        stop: why it ended.
        usage: tokens; ``input_tokens`` counts the whole prompt, cached or not.
        served: the model that the server says it used, and the seconds the call took.

    Raises:
        PermanentProviderError: ``invalid_response``: the answer is empty or absurdly long.
    """
    if len(text) > MAX_ANSWER_CHARACTERS:
        raise PermanentProviderError(
            FailureKind.INVALID_RESPONSE,
            f"the answer is {len(text):,} characters long; no model writes that much: check the server",
        )
    if not text.strip() and not tool_calls and stop is not StopReason.REFUSAL:
        hint = "raise max_tokens" if stop is StopReason.MAX_TOKENS else "look at the server's log"
        raise PermanentProviderError(
            FailureKind.INVALID_RESPONSE, f"the answer is empty (stop reason {stop.value}); {hint}"
        )
    model, latency_s = served
    return Completion(
        text=clean_text(text),
        tool_calls=tool_calls,
        usage=usage,
        stop=stop,
        model_served=clean_text(model)[:200],
        latency_s=latency_s,
    )
