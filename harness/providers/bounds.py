"""No server fills the memory: a response is read as far as an answer can be long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from harness.providers.faults import BodyTooLargeError

if TYPE_CHECKING:
    import httpx2

__all__ = ["MAX_BODY_BYTES", "RESULTS_SUFFIX", "bound", "demand_bounded", "most_bytes"]

MAX_BODY_BYTES = 32_000_000
"""More than any answer needs; what is longer is not read to its end."""

MAX_PACKED_BYTES = 256_000
"""The same for a body that is compressed although nobody asked for it: it unfolds a thousandfold."""

RESULTS_SUFFIX = "/results"
"""How the address of many answers at once ends."""


async def bound(response: httpx2.Response) -> None:
    """Bound one response before its body is read; a hook of the HTTP client.

    Raises:
        BodyTooLargeError: it announces more.
    """
    if response.request.url.path.endswith(RESULTS_SUFFIX):
        return  # of a batch: read line by line, each of which is bounded
    response.stream = _bounded_stream()(response.stream, most_bytes(response.headers))


def most_bytes(headers: Mapping[str, str]) -> int:
    """Return how many bytes of a body may be read.

    Raises:
        BodyTooLargeError: the headers announce more.
    """
    packed = headers.get("content-encoding", "identity") != "identity"
    most = MAX_PACKED_BYTES if packed else MAX_BODY_BYTES
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        raise BodyTooLargeError(f"a body of {int(announced):,} bytes; no answer is longer than {most:,}")
    return most


def demand_bounded(size: int, most: int) -> None:
    """Demand that no more than so many bytes came.

    Raises:
        BodyTooLargeError: more did.
    """
    if size > most:
        raise BodyTooLargeError(f"a body of more than {most:,} bytes; no answer is so long")


@cache
def _bounded_stream() -> Any:
    """Make the class once its base is there: importing that takes long."""
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        def __init__(self, source: httpx2.AsyncByteStream, most: int) -> None:
            self._source, self._most = source, most

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for chunk in self._source:
                size += len(chunk)
                demand_bounded(size, self._most)
                yield chunk

        async def aclose(self) -> None:
            await self._source.aclose()

    return Bounded
