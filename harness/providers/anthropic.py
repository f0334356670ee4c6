"""``anthropic:<model>``: the official SDK, and through it any server that speaks the Messages API."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from harness.core.errors import PermanentProviderError, ProviderError, TransientProviderError
from harness.core.types import Completion, Request, StopReason, ToolCall, Usage
from harness.providers.base import (
    FailureKind,
    ProviderOptions,
    Traits,
    brief,
    clean_text,
    completion_of,
    redact,
    sent_parameters,
)
from harness.providers.endpoint import Endpoint, read_endpoint
from harness.providers.headers import retry_after_s

if TYPE_CHECKING:
    import anthropic

__all__ = ["ANSWER_TOOL", "AnthropicProvider"]

ANSWER_TOOL = "answer"
"""The tool a model is made to call for a required output schema: every server knows tools."""

STREAM_ABOVE_TOKENS = 8_192
"""Longer answers are streamed: the SDK asks for it on some models from here, on all from 21,334."""

_STOPS = {
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "max_tokens": StopReason.MAX_TOKENS,
    "model_context_window_exceeded": StopReason.MAX_TOKENS,
    "tool_use": StopReason.TOOL_USE,
    "refusal": StopReason.REFUSAL,
}
_KINDS_BY_STATUS = {
    400: FailureKind.BAD_REQUEST,
    401: FailureKind.AUTHENTICATION,
    402: FailureKind.PERMISSION,
    403: FailureKind.PERMISSION,
    404: FailureKind.NOT_FOUND,
    405: FailureKind.NOT_FOUND,
    408: FailureKind.SERVER_ERROR,
    409: FailureKind.SERVER_ERROR,
    413: FailureKind.TOO_LARGE,
    429: FailureKind.RATE_LIMIT,
    504: FailureKind.SERVER_ERROR,
    529: FailureKind.OVERLOADED,
}
# An error inside a stream comes with status 200; its type says what it is.
_KINDS_BY_TYPE = {
    "authentication_error": FailureKind.AUTHENTICATION,
    "billing_error": FailureKind.PERMISSION,
    "not_found_error": FailureKind.NOT_FOUND,
    "overloaded_error": FailureKind.OVERLOADED,
    "permission_error": FailureKind.PERMISSION,
    "rate_limit_error": FailureKind.RATE_LIMIT,
    "request_too_large": FailureKind.TOO_LARGE,
    "timeout_error": FailureKind.SERVER_ERROR,
    "api_error": FailureKind.SERVER_ERROR,
}
_TRANSIENT = {
    FailureKind.TIMEOUT,
    FailureKind.SERVER_ERROR,
    FailureKind.RATE_LIMIT,
    FailureKind.OVERLOADED,
    FailureKind.CONNECTION,
}
_FATAL = {FailureKind.AUTHENTICATION, FailureKind.PERMISSION, FailureKind.NOT_FOUND}
_REMEDIES = {
    FailureKind.AUTHENTICATION: "check ANTHROPIC_API_KEY",
    FailureKind.PERMISSION: "check what the key may do and that the account has credit",
    FailureKind.NOT_FOUND: "check the model's name and ANTHROPIC_BASE_URL",
    FailureKind.TOO_LARGE: "shorten the prompt",
}
# Servers report a prompt beyond the context window as a plain 400; only the words differ.
_TOO_LONG_WORDS = (
    "prompt is too long",
    "context length",
    "context size",
    "context window",
    "maximum context",
)
_NO_CREDIT_WORDS = ("credit balance",)


class AnthropicProvider(Traits):
    """One model behind the Messages API. The SDK is imported at the first call."""

    def __init__(self, model: str, options: ProviderOptions) -> None:
        self._model = model
        self._options = options
        self._endpoint = read_endpoint()
        self._client: anthropic.AsyncAnthropic | None = None
        self._opening = asyncio.Lock()

    @property
    def name(self) -> str:
        """The model as asked for."""
        return f"anthropic:{self._model}"

    async def generate(self, request: Request) -> Completion:
        """Ask once."""
        body = _body(self._model, request)
        client = await self._opened()
        started = time.perf_counter()
        try:
            message = await self._send(client, body)
        except Exception as error:  # noqa: BLE001 - what is no error of the call is raised again
            raise self._failure(error) from None  # the SDK's own error may hold the key among its headers
        return self._completion(message, request, time.perf_counter() - started)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def _opened(self) -> anthropic.AsyncAnthropic:
        async with self._opening:
            if self._client is None:
                sdk = await asyncio.to_thread(_import_sdk)  # takes a second: not on the event loop
                self._client = _client(sdk, self._endpoint, self._options)
        return self._client

    async def _send(self, client: anthropic.AsyncAnthropic, body: dict[str, Any]) -> object:
        if body["max_tokens"] <= STREAM_ABOVE_TOKENS:
            return await client.messages.create(**body)
        async with client.messages.stream(**body) as stream:
            return await stream.get_final_message()

    def _completion(self, message: object, request: Request, latency_s: float) -> Completion:
        text, calls = _content(message)
        stop = _STOPS.get(str(getattr(message, "stop_reason", "")), StopReason.OTHER)
        if request.output_schema and stop is not StopReason.REFUSAL:
            text, calls, stop = _structured(text, calls, stop)
        secrets = self._endpoint.secrets
        return completion_of(
            redact(text, secrets),
            calls,
            stop,
            _usage(getattr(message, "usage", None)),
            (redact(str(getattr(message, "model", "") or self._model), secrets), latency_s),
        )

    def _failure(self, error: Exception) -> ProviderError:
        """Name an error of the SDK in our words; what is not one is a bug and is raised as it is."""
        kind, detail = _classify(error)
        detail = brief(redact(detail, self._endpoint.secrets))
        place = f"{self.name} at {self._endpoint.shown}"
        if kind is FailureKind.CONNECTION:
            return TransientProviderError(kind, f"{place}: the server cannot be reached ({detail})")
        if kind in _TRANSIENT:
            response = getattr(error, "response", None)
            wait = 0.0 if response is None else retry_after_s(response.headers)
            message = f"{place}: {kind.value.replace('_', ' ')} ({detail})"
            return TransientProviderError(kind, message, retry_after_s=wait)
        remedy = _REMEDIES.get(kind)
        message = f"{place}: {kind.value.replace('_', ' ')} ({detail})" + (f"; {remedy}" if remedy else "")
        return PermanentProviderError(kind, message, fatal=kind in _FATAL)


def _import_sdk() -> Any:
    import anthropic

    return anthropic


def _client(sdk: Any, endpoint: Endpoint, options: ProviderOptions) -> anthropic.AsyncAnthropic:
    credential = {"api_key": endpoint.api_key} if endpoint.api_key else {"auth_token": endpoint.auth_token}
    client: anthropic.AsyncAnthropic = sdk.AsyncAnthropic(
        **credential,
        base_url=endpoint.base_url or None,
        timeout=options.timeout_s,
        max_retries=0,  # the run repeats calls, and nobody else: it knows the budget and the other calls
        open_telemetry=False,  # spans that nobody asked for cost a seventh of the time of a call
        # A proxy of the network cannot reach a server of this machine.
        http_client=sdk.DefaultAioHttpClient(timeout=options.timeout_s, trust_env=not endpoint.loopback),
    )
    return client


def _body(model: str, request: Request) -> dict[str, Any]:
    """Build the arguments of ``messages.create``."""
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens,
        "messages": [
            {"role": turn.role.value, "content": clean_text(turn.text)} for turn in request.messages
        ],
    }
    if request.system:
        body["system"] = clean_text(request.system)
    if request.output_schema:
        if request.tools:
            raise PermanentProviderError(
                FailureKind.BAD_REQUEST, "a request cannot carry both tools and a required output schema"
            )
        body["tools"] = [
            {
                "name": ANSWER_TOOL,
                "description": "Give the answer.",
                "input_schema": request.output_schema,
            }
        ]
        body["tool_choice"] = {"type": "tool", "name": ANSWER_TOOL}
    elif request.tools:
        body["tools"] = [
            {"name": tool.name, "description": clean_text(tool.description), "input_schema": tool.schema}
            for tool in request.tools
        ]
        body["tool_choice"] = {"type": "auto"}
    # Sampling parameters are no arguments of the SDK any more; servers that know them still take them.
    parameters = sent_parameters(request)
    if parameters:
        body["extra_body"] = parameters
    return body


def _content(message: object) -> tuple[str, tuple[ToolCall, ...]]:
    """Read text and tool calls; thinking and other blocks are not part of the answer."""
    blocks = getattr(message, "content", None)
    if not isinstance(blocks, list):
        raise PermanentProviderError(
            FailureKind.INVALID_RESPONSE, f"not a message of the Messages API: {brief(repr(message))}"
        )
    texts: list[str] = []
    calls: list[ToolCall] = []
    for block in blocks:
        kind = getattr(block, "type", "")
        if kind == "text":
            texts.append(str(getattr(block, "text", "") or ""))
        elif kind == "tool_use":
            value = getattr(block, "input", None)
            if not isinstance(value, dict):
                raise PermanentProviderError(
                    FailureKind.INVALID_RESPONSE,
                    f"the input of a tool call is no object: {brief(repr(value))}",
                )
            calls.append(ToolCall(clean_text(str(getattr(block, "name", ""))), value))
    return "".join(texts), tuple(calls)


def _structured(
    text: str, calls: tuple[ToolCall, ...], stop: StopReason
) -> tuple[str, tuple[ToolCall, ...], StopReason]:
    """Return the answer to a required schema as JSON text, however the server delivered it."""
    for call in calls:
        if call.name == ANSWER_TOOL:
            ended = StopReason.END if stop is StopReason.TOOL_USE else stop
            return json.dumps(call.input, ensure_ascii=False), (), ended
    try:
        json.loads(text)
    except ValueError:
        if stop is StopReason.MAX_TOKENS:
            return text, (), stop
        raise PermanentProviderError(
            FailureKind.INVALID_RESPONSE,
            f"the server ignored the required output schema and wrote: {brief(text)!r}; use another model",
        ) from None
    return text, (), stop


def _usage(usage: object) -> Usage:
    def count(name: str) -> int:
        value = getattr(usage, name, 0)
        return value if isinstance(value, int) and value > 0 else 0

    cached = count("cache_read_input_tokens")
    written = count("cache_creation_input_tokens")
    whole = count("input_tokens") + cached + written
    return Usage(whole, count("output_tokens"), cached, written)


def _classify(error: Exception) -> tuple[FailureKind, str]:
    """Return the kind of an error the SDK raised and what it said; anything else is raised again."""
    import httpx2

    sdk = _import_sdk()
    # The SDK wraps errors of connecting; those in the middle of a stream come from its HTTP client.
    if isinstance(error, (sdk.APITimeoutError, httpx2.TimeoutException)):
        return FailureKind.TIMEOUT, "no answer in time"
    if isinstance(error, (sdk.APIConnectionError, httpx2.TransportError)):
        return FailureKind.CONNECTION, str(error.__cause__ or error)
    if isinstance(error, sdk.APIStatusError):
        return _classify_status(error)
    if isinstance(error, (sdk.APIError, ValueError, TypeError, AttributeError, KeyError)):
        # The SDK reads what the server sent without checking it first.
        return FailureKind.INVALID_RESPONSE, f"not a message of the Messages API: {error!r}"
    raise error


def _classify_status(error: anthropic.APIStatusError) -> tuple[FailureKind, str]:
    status = error.status_code
    said = error.api_message if isinstance(error.api_message, str) else error.message
    detail = f"HTTP {status}: {said}"
    kind = _KINDS_BY_TYPE.get(str(error.type)) if status < 400 else _KINDS_BY_STATUS.get(status)
    if kind is None:
        kind = FailureKind.SERVER_ERROR if status >= 500 or status < 400 else FailureKind.BAD_REQUEST
    words = said.lower()
    if kind is FailureKind.BAD_REQUEST and any(phrase in words for phrase in _TOO_LONG_WORDS):
        kind = FailureKind.TOO_LARGE
    if kind is FailureKind.BAD_REQUEST and any(phrase in words for phrase in _NO_CREDIT_WORDS):
        kind = FailureKind.PERMISSION
    return kind, detail
