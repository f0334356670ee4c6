"""The Message Batches API: many requests handed over at once, at half price, answered within a day.

Bodies are sent and results are read piece by piece, so that memory does not grow with a batch. Errors are
named as those of single calls are (:mod:`harness.providers.faults`).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from harness.core.errors import ConfigurationError, ProviderError, TransientProviderError
from harness.core.json_text import parse_json
from harness.core.types import Completion, Request
from harness.providers.anthropic import import_sdk, open_poster
from harness.providers.base import FailureKind, ProviderOptions, brief, redact, split_model
from harness.providers.bounds import MAX_BODY_BYTES, RESULTS_SUFFIX
from harness.providers.endpoint import official, read_endpoint
from harness.providers.faults import BodyTooLargeError, failure_of, kind_of_status, named_failure
from harness.providers.messages import Dialect, completion_from, request_body

if TYPE_CHECKING:
    from harness.providers.posting import Poster

__all__ = [
    "MAX_BYTES",
    "MAX_REQUESTS",
    "BatchItem",
    "BatchResult",
    "BatchService",
    "BatchStatus",
    "SubmissionLostError",
    "body_bytes",
    "open_batches",
]

MAX_REQUESTS = 100_000
MAX_BYTES = 256_000_000
"""What the API takes in one batch."""

PAGES = 50
"""Of the server's list of batches; whoever has more than 5,000 in a few minutes cannot be told apart."""

_PATH = "/v1/messages/batches"
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_HEAD, _TAIL = b'{"requests":[', b"]}"
_PAGE = 100
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
T = TypeVar("T")


class SubmissionLostError(TransientProviderError):
    """A batch was sent and its receipt did not come: the server may have it, or not."""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One request of a batch as it is sent: JSON, the comma before it left out."""

    custom_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """Where a batch stands, by the server's word.

    Attributes:
        id: its name.
        ended: whether its results can be fetched.
        available: whether they still exist, once it has ended.
        requests: how many it holds; ``processed`` of them are dealt with, as far as the server tells.
        created: when it was made, in seconds since 1970; ``expires`` when it ends at the latest. 0: not told.
    """

    id: str
    ended: bool
    available: bool
    requests: int
    processed: int
    created: float
    expires: float


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of one request: an answer as the server sent it, or an error in our words."""

    custom_id: str
    message: Any = None
    error: ProviderError | None = None


def open_batches(model: str, options: ProviderOptions) -> BatchService:
    """Open the batches of a model.

    Raises:
        ConfigurationError: it is no model of Anthropic, there is no key, or the address is wrong.
    """
    provider, name = split_model(model)
    if provider != "anthropic" or not name:
        raise ConfigurationError(
            f"--batch with {model}: Message Batches are for anthropic:<model>; leave out --batch"
        )
    return BatchService(name, options)


class BatchService:
    """The batches of one model on one server. The SDK is imported at the first call."""

    def __init__(self, model: str, options: ProviderOptions) -> None:
        self._model = model
        self._options = options
        self._endpoint = read_endpoint(planning=options.planning)
        cached = options.prompt_cache == "on" or (options.prompt_cache == "auto" and official())
        self._dialect = Dialect(cached_prompt=cached)
        self._poster: Poster | None = None

    @property
    def server(self) -> str:
        """What tells this server from others; without user, password or key."""
        return self._endpoint.shown

    def item(self, custom_id: str, request: Request) -> BatchItem:
        """Return a request as it is sent.

        Raises:
            PermanentProviderError: tools and a required schema exclude each other.
        """
        params = request_body(self._model, request, self._dialect)
        value = {"custom_id": custom_id, "params": params}
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return BatchItem(custom_id, text.encode())

    async def submit(self, items: Iterable[BatchItem], size: int) -> BatchStatus:
        """Hand over a batch.

        Args:
            items: what it holds; taken one by one.
            size: of the whole body, in bytes; see :func:`body_bytes`.

        Raises:
            SubmissionLostError: nobody knows whether the server has it.
            ProviderError: the server does not have it.
        """
        poster = await self._opened()
        begun: list[bool] = []
        headers = {"Content-Type": "application/json", "Content-Length": str(size)}
        try:
            answer = await poster.client.post(
                _PATH, cast_to=_response_class(), content=_pieces(items, begun), options={"headers": headers}
            )
            return _status(parse_json(answer.content))
        except Exception as error:  # noqa: BLE001 - what is no error of the call is raised again
            failure = self._failure(error)
            if isinstance(failure, ProviderError) and begun and not _refused(error):
                raise SubmissionLostError(failure.kind, str(failure)) from None
            raise failure from None

    async def status(self, batch_id: str) -> BatchStatus:
        """Ask where a batch stands."""
        return _guarded(await self._get(f"{_PATH}/{_checked(batch_id)}"), _status)

    async def since(self, moment: float) -> list[BatchStatus]:
        """Return the batches that were made since a moment, newest first.

        Raises:
            TransientProviderError: the list is longer than anybody reads.
        """
        found: list[BatchStatus] = []
        after = ""
        for _ in range(PAGES):
            query = f"?limit={_PAGE}" + (f"&after_id={after}" if after else "")
            page = await self._get(_PATH + query)
            batches, more = _guarded(page, _listed)
            found += [one for one in batches if one.created >= moment]
            if not more or not batches or batches[-1].created < moment:
                return found
            after = _checked(batches[-1].id)
        raise TransientProviderError(
            FailureKind.INVALID_RESPONSE, f"{self.server} lists more than {PAGES * _PAGE} batches"
        )

    async def results(self, batch_id: str) -> AsyncGenerator[BatchResult, None]:
        """Yield what came of each request of a batch that has ended, in whatever order the server has.

        Raises:
            ProviderError: the results cannot be fetched to their end.
        """
        poster = await self._opened()
        path = f"{_PATH}/{_checked(batch_id)}"
        try:
            async with poster.streamed(path, RESULTS_SUFFIX) as answer:
                async for line in _lines(answer.aiter_bytes()):
                    try:
                        result = self._result(line)
                    except _UNREADABLE:
                        continue  # whoever asked finds that a request has no result
                    yield result
        except Exception as error:  # noqa: BLE001 - what is no error of the call is raised again
            raise self._failure(error) from None

    def completion(self, result: BatchResult, request: Request) -> Completion:
        """Read an answer; how long it took, nobody tells.

        Raises:
            ProviderError: it is no message, or empty.
        """
        return completion_from(result.message, request, (self._model, None), self._endpoint.secrets)

    async def close(self) -> None:
        """Close the connections."""
        if self._poster is not None:
            await self._poster.client.close()

    # --- inside ----------------------------------------------------------------------------------

    async def _opened(self) -> Poster:
        if self._poster is None:
            sdk = await asyncio.to_thread(import_sdk)
            self._poster = open_poster(sdk, self._endpoint, self._options)
        return self._poster

    async def _get(self, path: str) -> Any:
        poster = await self._opened()
        try:
            answer = await poster.client.get(path, cast_to=_response_class())
            return parse_json(answer.content)
        except Exception as error:  # noqa: BLE001 - as above
            raise self._failure(error) from None

    def _result(self, line: bytes) -> BatchResult:
        value = parse_json(line)
        custom_id, result = str(value["custom_id"]), value["result"]
        kind = result["type"]
        if kind == "succeeded":
            return BatchResult(custom_id, message=result["message"])
        return BatchResult(custom_id, error=self._error_of(str(kind), result))

    def _error_of(self, kind: str, result: dict[str, Any]) -> ProviderError:
        place = f"anthropic:{self._model} in a batch at {self.server}"
        if kind == "expired":
            return named_failure(FailureKind.EXPIRED, "not answered before the batch ended", place)
        if kind == "canceled":
            return named_failure(FailureKind.CANCELED, "somebody canceled the batch", place)
        told = result.get("error", {})
        error = told.get("error", told) if isinstance(told, dict) else {}
        said = redact(str(error.get("message", "no reason given")), self._endpoint.secrets)
        return named_failure(kind_of_status(200, said, str(error.get("type", ""))), brief(said), place)

    def _failure(self, error: Exception) -> Exception:
        place = f"batches of anthropic:{self._model} at {self.server}"
        return failure_of(error, place, self._endpoint.secrets)


def body_bytes(items: int, characters: int) -> int:
    """Return how long the body of a batch is.

    Args:
        items: how many it holds.
        characters: bytes of all of them together.
    """
    return len(_HEAD) + characters + max(0, items - 1) + len(_TAIL)


async def _pieces(items: Iterable[BatchItem], begun: list[bool]) -> AsyncIterator[bytes]:
    begun.append(True)  # until here there is no connection, and nothing was sent
    yield _HEAD
    for number, item in enumerate(items):
        yield b"," + item.body if number else item.body
    yield _TAIL


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Split what arrives into lines, none longer than an answer can be."""
    rest = bytearray()
    async for chunk in chunks:
        *whole, last = chunk.split(b"\n")
        for part in whole:
            rest += part
            if rest.strip():
                yield bytes(rest)
            rest.clear()
        rest += last
        if len(rest) > MAX_BODY_BYTES:
            raise BodyTooLargeError(f"a result of more than {MAX_BODY_BYTES:,} bytes; no answer is so long")
    if rest.strip():
        yield bytes(rest)


def _guarded(value: Any, read: Callable[[Any], T]) -> T:
    try:
        return read(value)
    except _UNREADABLE as error:
        raise TransientProviderError(
            FailureKind.INVALID_RESPONSE, f"not an answer of the Message Batches API: {brief(repr(error))}"
        ) from None


def _status(value: Any) -> BatchStatus:
    counts = {name: int(number) for name, number in value["request_counts"].items()}
    total = sum(counts.values())
    ended = value["processing_status"] == "ended"
    return BatchStatus(
        id=_checked(str(value["id"])),
        ended=ended,
        available=bool(value.get("results_url")) and not value.get("archived_at"),
        requests=total,
        processed=total - counts.get("processing", 0),
        created=_moment(value.get("created_at")),
        expires=_moment(value.get("expires_at")),
    )


def _listed(page: Any) -> tuple[list[BatchStatus], bool]:
    return [_status(one) for one in page["data"]], bool(page.get("has_more"))


def _moment(text: Any) -> float:
    return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else 0.0


def _checked(batch_id: str) -> str:
    if not _ID.fullmatch(batch_id):
        raise ValueError(f"not the id of a batch: {brief(repr(batch_id))}")
    return batch_id


def _refused(error: Exception) -> bool:
    """Tell whether a server certainly did not take what was sent: it says so itself."""
    import anthropic

    return isinstance(error, anthropic.APIStatusError) and (
        error.status_code < 500 or error.status_code == 529
    )


def _response_class() -> Any:
    import httpx2

    return httpx2.Response
