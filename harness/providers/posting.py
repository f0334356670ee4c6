"""Many requests that differ in their body only: the SDK makes the first, and those after it are like it.

What the SDK does for a call before it is sent (options as models, headers merged four times, the address put
together) takes longer than sending it, and is the same each time.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import anthropic
    import httpx2

__all__ = ["Poster"]

_OF_THE_BODY = frozenset({b"content-length", b"transfer-encoding"})


class Poster:
    """Posts JSON as the SDK does, with its address, headers and errors.

    Attributes:
        client: the SDK's client; it repeats nothing and gives every request the same headers.
    """

    def __init__(self, client: anthropic.AsyncAnthropic, http: httpx2.AsyncClient) -> None:
        """Post through a client of the SDK, and the HTTP client it was given."""
        self.client = client
        self._http = http
        self._first: dict[str, httpx2.Request] = {}

    async def post(self, path: str, body: dict[str, Any]) -> httpx2.Response:
        """Post a body to a path of the server.

        Raises:
            anthropic.APIError: no answer, or one with another status than success; as the SDK raises it.
        """
        import httpx2

        first = self._first.get(path)
        if first is None:
            response = await self.client.post(path, cast_to=httpx2.Response, body=body)
            self._first[path] = response.request
            return response
        return await self._sent(_like(first, body))

    @asynccontextmanager
    async def streamed(self, path: str, suffix: str) -> AsyncIterator[httpx2.Response]:
        """Get what lies below a path, to be read piece by piece; the path itself is asked for first.

        Raises:
            anthropic.APIError: no answer, or one with another status than success; as the SDK raises it.
        """
        import httpx2

        first = (await self.client.get(path, cast_to=httpx2.Response)).request
        request = httpx2.Request(
            "GET", f"{first.url}{suffix}", headers=first.headers, extensions=first.extensions
        )
        response = await self._sent(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    async def _sent(self, request: httpx2.Request, *, stream: bool = False) -> httpx2.Response:
        import anthropic
        import httpx2

        try:
            response = await self._http.send(request, stream=stream)
        except httpx2.TimeoutException as error:
            raise anthropic.APITimeoutError(request=request) from error
        except Exception as error:
            raise anthropic.APIConnectionError(request=request) from error
        if not response.is_success:
            if stream:
                await response.aread()
            raise _refusal(response)
        return response


def _like(first: httpx2.Request, body: dict[str, Any]) -> httpx2.Request:
    import httpx2

    return httpx2.Request(
        first.method,
        first.url,
        headers=[pair for pair in first.headers.raw if pair[0].lower() not in _OF_THE_BODY],
        content=json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(),
        extensions=first.extensions,
    )


def _refusal(response: httpx2.Response) -> anthropic.APIStatusError:
    """Return the SDK's error for a response: its words in short, and what the server sent."""
    import anthropic

    said = response.text.strip()
    try:
        body, words = json.loads(said), f"Error code: {response.status_code} - {said}"
    except (ValueError, RecursionError):
        body, words = said, said or f"Error code: {response.status_code}"
    return anthropic.APIStatusError(words, response=response, body=body)
