"""``anthropic:<model>``: the official SDK, and through it any server that speaks the Messages API.

Short answers are taken as the server sent them, without the SDK's models around every field: that is a
third of the processor time of a call. Long ones are streamed, as a connection that is silent for minutes is
cut by networks. The SDK repeats nothing; :mod:`harness.run.asking` does.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.core.errors import TransientProviderError
from harness.core.json_text import parse_json
from harness.core.types import Completion, Request
from harness.providers.base import FailureKind, ProviderOptions, Traits, brief
from harness.providers.bounds import bound
from harness.providers.endpoint import Endpoint, official, read_endpoint
from harness.providers.faults import failure_of, refuses
from harness.providers.headers import pause_s
from harness.providers.messages import Dialect, completion_from, counting_body, request_body
from harness.providers.posting import Poster

if TYPE_CHECKING:
    import anthropic

__all__ = ["AnthropicProvider", "import_sdk", "open_poster"]

STREAM_FROM_TOKENS = 21_334
"""From here on an answer may take longer than ten minutes; the SDK demands streaming too."""

CONNECT_S = 30.0


class AnthropicProvider(Traits):
    """One model behind the Messages API. The SDK is imported at the first call."""

    def __init__(self, model: str, options: ProviderOptions) -> None:
        self._model = model
        self._options = options
        self._endpoint = read_endpoint(planning=options.planning)
        cached = options.prompt_cache == "on" or (options.prompt_cache == "auto" and official())
        self._dialect = Dialect(cached_prompt=cached)
        self._poster: Poster | None = None
        self._opening = asyncio.Lock()
        self._resume_at = 0.0

    @property
    def name(self) -> str:
        """The model as asked for."""
        return f"anthropic:{self._model}"

    @property
    def wait_s(self) -> float:
        """Seconds until a limit of the server that is used up is full again."""
        return max(0.0, self._resume_at - time.monotonic()) if self._resume_at else 0.0

    async def generate(self, request: Request) -> Completion:
        """Ask once."""
        poster = self._poster or await self._opened()
        started = time.perf_counter()
        try:
            message = await self._negotiated(poster, request)
            asked = (self._model, time.perf_counter() - started)
            return completion_from(message, request, asked, self._endpoint.secrets)
        except Exception as error:  # noqa: BLE001 - what is no error of the call is raised again
            raise self._failure(error) from None  # the SDK's own error may hold the key among its headers

    async def count_tokens(self, request: Request) -> int:
        """Ask the server how many tokens a prompt has; that costs nothing."""
        poster = self._poster or await self._opened()
        body = counting_body(self._model, request, self._dialect)
        try:
            counted = (await self._post(poster, "/v1/messages/count_tokens", body))["input_tokens"]
            return int(counted)
        except Exception as error:  # noqa: BLE001 - as above
            raise self._failure(error) from None

    async def close(self) -> None:
        """Close the connections."""
        if self._poster is not None:
            await self._poster.client.close()

    async def _opened(self) -> Poster:
        async with self._opening:
            if self._poster is None:
                sdk = await asyncio.to_thread(import_sdk)  # takes a second: not on the event loop
                self._poster = open_poster(sdk, self._endpoint, self._options)
        return self._poster

    async def _negotiated(self, poster: Poster, request: Request) -> Any:
        """Send; where the server does not know one of the two things we can do without, leave that out."""
        dialect = self._dialect
        try:
            return await self._send(poster, request_body(self._model, request, dialect))
        except Exception as error:
            plainer = dialect
            if dialect.cached_prompt and refuses(error, "cache_control"):
                plainer = dataclasses.replace(dialect, cached_prompt=False)
            elif request.output_schema and dialect.forced_tool and refuses(error, "tool_choice"):
                plainer = dataclasses.replace(dialect, forced_tool=False)
            if plainer is dialect:
                raise
            self._dialect = plainer
        return await self._send(poster, request_body(self._model, request, plainer))

    async def _send(self, poster: Poster, body: dict[str, Any]) -> Any:
        if body["max_tokens"] < STREAM_FROM_TOKENS:
            return await self._post(poster, "/v1/messages", body)
        arguments = {name: body.pop(name) for name in _ARGUMENTS if name in body}
        async with poster.client.messages.stream(**arguments, extra_body=body) as stream:
            message = await stream.get_final_message()
            self._heed(stream.response.headers)
            return message.to_dict()

    async def _post(self, poster: Poster, path: str, body: dict[str, Any]) -> Any:
        response = await poster.post(path, body)
        self._heed(response.headers)
        try:
            return parse_json(response.body)
        except ValueError:
            said = brief(repr(response.body[:1_000].decode(errors="replace")))
            raise TransientProviderError(
                FailureKind.INVALID_RESPONSE, f"not a message of the Messages API: {said}"
            ) from None

    def _heed(self, headers: Mapping[str, str]) -> None:
        pause = pause_s(headers)
        if pause:
            self._resume_at = time.monotonic() + pause

    def _failure(self, error: Exception) -> Exception:
        return failure_of(error, f"{self.name} at {self._endpoint.shown}", self._endpoint.secrets)


_ARGUMENTS = ("model", "max_tokens", "messages", "system", "tools", "tool_choice", "output_config")


def import_sdk() -> Any:
    """Return the SDK; the first time that takes a second."""
    import anthropic

    return anthropic


def open_poster(sdk: Any, endpoint: Endpoint, options: ProviderOptions) -> Poster:
    """Return what posts to a server: it repeats nothing, and reads no further than an answer can be long."""
    import httpx2

    credential = {"api_key": endpoint.api_key} if endpoint.api_key else {"auth_token": endpoint.auth_token}
    timeout = httpx2.Timeout(options.timeout_s, connect=min(CONNECT_S, options.timeout_s))
    http = sdk.DefaultAioHttpClient(
        timeout=timeout,
        trust_env=not endpoint.loopback,  # a proxy of the network cannot reach a server of this machine
        event_hooks={"response": [bound]},
    )
    client: anthropic.AsyncAnthropic = sdk.AsyncAnthropic(
        **credential,
        base_url=endpoint.base_url or None,
        timeout=timeout,
        max_retries=0,  # the run repeats calls, and nobody else: it knows the budget and the other calls
        open_telemetry=False,  # spans that nobody asked for cost a seventh of the time of a call
        default_headers={
            "Accept-Encoding": "identity"
        },  # answers are short, and what is packed can be a bomb
        http_client=http,
    )
    return Poster(client, http)
