"""``local:<model>``: llama.cpp inside this process, reached over loopback with a key of its own.

Chat completions are used rather than the Messages API, because only they honour a required output
schema (the grammar then admits nothing else). Calls that begin alike reuse the cached prompt.
"""

from __future__ import annotations

import asyncio
import importlib.util
import secrets
import time
from typing import TYPE_CHECKING, Any

from harness.core.errors import (
    ConfigurationError,
    PermanentProviderError,
    ProviderError,
    TransientProviderError,
)
from harness.core.types import Completion, Request, StopReason, Usage
from harness.providers.base import (
    FailureKind,
    ProviderOptions,
    Traits,
    brief,
    clean_text,
    completion_of,
    sent_parameters,
)
from harness.providers.cores import free_cores
from harness.providers.weights import fetch, weights_path

if TYPE_CHECKING:
    import httpx2

__all__ = ["ChatClient", "LocalProvider"]

_CORES_PER_SLOT = 4
_MOST_SLOTS = 4
_PROMPT_CACHE_MIB = 256
_TOO_LARGE = "exceed_context_size_error"


class LocalProvider(Traits):
    """A GGUF model served by this process. It is loaded at the first call.

    One slot per four cores: the prompt costs more than the answer, and each slot must read a new
    prompt for itself, so few slots that share long prefixes are faster than many.
    """

    def __init__(self, model: str, options: ProviderOptions) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise ConfigurationError(
                f"local:{model}: local models need llama.cpp; run `pip install 'agentfile-harness[local]'`"
            )
        self._model = model
        self._options = options
        self._path = weights_path(model) if options.planning else fetch(model, options.on_fetch)
        self._threads = options.threads or free_cores()
        self._slots = max(1, min(_MOST_SLOTS, self._threads // _CORES_PER_SLOT))
        self._server: Any = None
        self._client: ChatClient | None = None
        self._opening = asyncio.Lock()

    @property
    def name(self) -> str:
        """The model as asked for."""
        return f"local:{self._model}"

    @property
    def supports_tools(self) -> bool:
        """Templates of small models know no tools; ask for a schema instead."""
        return False

    @property
    def max_concurrency(self) -> int:
        """One call per slot; more would only wait inside."""
        return self._slots

    async def generate(self, request: Request) -> Completion:
        """Ask once."""
        async with self._opening:
            if self._client is None:
                key = secrets.token_urlsafe(24)
                self._server = await asyncio.to_thread(self._start, key)
                address = self._server.listening_address
                self._client = ChatClient(self.name, address, key, self._options.timeout_s)
        return await self._client.generate(request)

    async def close(self) -> None:
        """Stop the server and free the model's memory."""
        if self._client is not None:
            await self._client.close()
            self._client = None
            # The server ends when its last reference goes; that waits for its threads.
            server, self._server = [self._server], None
            await asyncio.to_thread(server.clear)

    def _start(self, key: str) -> Any:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.model_alias = {self._path.stem}
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [key]
        params.cors_origins = ""
        params.ui = False
        params.endpoint_slots = False
        params.verbosity = -1
        params.n_parallel = self._slots
        params.n_ctx = self._options.context_tokens * self._slots
        params.cache_ram_mib = _PROMPT_CACHE_MIB
        params.cpuparams.n_threads = self._threads
        params.cpuparams_batch.n_threads = self._threads
        try:
            return xllamacpp.Server(params)
        except Exception as error:
            raise ConfigurationError(
                f"{self.name}: {self._path} cannot be loaded ({brief(str(error))}); use another GGUF file"
            ) from error


class ChatClient:
    """A client of the chat completions of one llama.cpp server."""

    def __init__(self, name: str, address: str, key: str, timeout_s: float) -> None:
        import httpx2

        self._name = name
        self._http: httpx2.AsyncClient = httpx2.AsyncClient(
            base_url=address,
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout_s,
            trust_env=False,  # a proxy of the network cannot reach a server of this process
        )

    async def generate(self, request: Request) -> Completion:
        """Ask once; see ``Provider.generate``."""
        import httpx2

        body = _body(request)
        started = time.perf_counter()
        try:
            response = await self._http.post("/v1/chat/completions", json=body)
        except httpx2.TimeoutException as error:
            raise TransientProviderError(
                FailureKind.TIMEOUT, f"{self._name}: no answer in time; raise timeout_s or ask for less"
            ) from error
        except httpx2.TransportError as error:
            raise TransientProviderError(
                FailureKind.CONNECTION, f"{self._name}: the server cannot be reached ({brief(str(error))})"
            ) from error
        latency_s = time.perf_counter() - started
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if response.status_code != httpx2.codes.OK:
            raise self._failure(response.status_code, answer, response.text)
        return self._completion(answer, latency_s)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _failure(self, status: int, answer: Any, text: str) -> ProviderError:
        error = answer.get("error") if isinstance(answer, dict) else None
        fields = error if isinstance(error, dict) else {}
        said = brief(str(fields.get("message") or text))
        if fields.get("type") == _TOO_LARGE:
            return PermanentProviderError(
                FailureKind.TOO_LARGE,
                f"{self._name}: {said.removesuffix(', try increasing it')}; shorten the prompt",
            )
        message = f"{self._name}: HTTP {status}: {said}"
        if status in {401, 403}:
            return PermanentProviderError(FailureKind.AUTHENTICATION, message, fatal=True)
        if status == 404:
            return PermanentProviderError(FailureKind.NOT_FOUND, message, fatal=True)
        if status == 503:
            return TransientProviderError(FailureKind.OVERLOADED, message)
        if status >= 500:
            return TransientProviderError(FailureKind.SERVER_ERROR, message)
        return PermanentProviderError(FailureKind.BAD_REQUEST, message)

    def _completion(self, answer: Any, latency_s: float) -> Completion:
        try:
            choice = answer["choices"][0]
            text = choice["message"].get("content") or ""
            stop = {"stop": StopReason.END, "length": StopReason.MAX_TOKENS}.get(choice["finish_reason"])
            counted = answer.get("usage") or {}
            cached = (counted.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
            usage = Usage(int(counted["prompt_tokens"]), int(counted["completion_tokens"]), int(cached))
            served = str(answer.get("model") or self._name)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise PermanentProviderError(
                FailureKind.INVALID_RESPONSE, f"{self._name}: not a chat completion: {brief(repr(answer))}"
            ) from error
        return completion_of(str(text), (), stop or StopReason.OTHER, usage, (served, latency_s))


def _body(request: Request) -> dict[str, Any]:
    """Build the body of a chat completion; each trial draws from a seed of its own."""
    if request.tools:
        raise PermanentProviderError(
            FailureKind.BAD_REQUEST, "a local model takes no tools; require an output schema instead"
        )
    system = [{"role": "system", "content": clean_text(request.system)}] if request.system else []
    turns = [{"role": turn.role.value, "content": clean_text(turn.text)} for turn in request.messages]
    parameters = sent_parameters(request)
    seed = (int(parameters.pop("seed", 0)) + request.trial) % 2**32
    body = {"messages": system + turns, "max_tokens": request.max_tokens, "seed": seed, **parameters}
    if request.output_schema:
        schema = {"name": "answer", "strict": True, "schema": request.output_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body
