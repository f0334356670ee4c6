"""Many requests that differ in their body only: the SDK makes the first, and those after it are like it.

What the SDK and its HTTP client do for a call before it is sent and after it came (options as models, headers
merged four times, the address put together, a response around a response) takes longer than sending it, and
is the same each time. So later requests go through the same open session with the headers of the first.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.core.json_text import parse_json
from harness.providers.bounds import demand_bounded, most_bytes
from harness.providers.faults import BodyTooLargeError

if TYPE_CHECKING:
    import aiohttp
    import anthropic
    import httpx2

__all__ = ["Posted", "Poster"]

_OF_THE_BODY = frozenset({"content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Posted:
    """What a server answered with success.

    Attributes:
        headers: names in any case.
        body: unpacked.
    """

    headers: Mapping[str, str]
    body: bytes


class Poster:
    """Posts JSON as the SDK does, with its address, headers and errors.

    Attributes:
        client: the SDK's client; it repeats nothing and gives every request the same headers.
    """

    def __init__(self, client: anthropic.AsyncAnthropic, http: httpx2.AsyncClient) -> None:
        """Post through a client of the SDK, and the HTTP client it was given."""
        self.client = client
        self._http = http
        self._later: dict[str, _Later] = {}

    async def post(self, path: str, body: dict[str, Any]) -> Posted:
        """Post a body to a path of the server.

        Raises:
            anthropic.APIError: no answer, or one with another status than success; as the SDK raises it.
        """
        import httpx2

        later = self._later.get(path)
        if later is not None:
            return await later.post(_packed(body))
        response = await self.client.post(path, cast_to=httpx2.Response, body=body)
        session = _session_of(self._http, response.request.url)
        if session is not None:
            self._later[path] = _Later(session, response.request)
        return Posted(response.headers, response.content)

    @asynccontextmanager
    async def streamed(self, path: str, suffix: str) -> AsyncIterator[httpx2.Response]:
        """Get what lies below a path, to be read piece by piece; the path itself is asked for first.

        Raises:
            anthropic.APIError: no answer, or one with another status than success; as the SDK raises it.
        """
        import anthropic
        import httpx2

        first = (await self.client.get(path, cast_to=httpx2.Response)).request
        request = httpx2.Request(
            "GET", f"{first.url}{suffix}", headers=first.headers, extensions=first.extensions
        )
        try:
            response = await self._http.send(request, stream=True)
        except httpx2.TimeoutException as error:
            raise anthropic.APITimeoutError(request=request) from error
        except Exception as error:
            raise anthropic.APIConnectionError(request=request) from error
        try:
            if not response.is_success:
                await response.aread()
                raise _refusal(response)
            yield response
        finally:
            await response.aclose()


class _Later:
    """Requests to one address, after the first."""

    def __init__(self, session: aiohttp.ClientSession, first: httpx2.Request) -> None:
        import aiohttp

        self._session = session
        self._first = first
        self._url = str(first.url)
        self._headers = {
            name: value for name, value in first.headers.items() if name.lower() not in _OF_THE_BODY
        }
        seconds = first.extensions.get("timeout", {})
        self._timeout = aiohttp.ClientTimeout(
            sock_connect=seconds.get("connect"), sock_read=seconds.get("read"), connect=seconds.get("pool")
        )

    async def post(self, body: bytes) -> Posted:
        import aiohttp
        import anthropic
        import httpx2

        try:
            answer, came = await self._sent(body)
        except aiohttp.ConnectionTimeoutError as error:
            raise anthropic.APITimeoutError(request=self._first) from httpx2.ConnectTimeout(str(error))
        except TimeoutError as error:
            raise anthropic.APITimeoutError(request=self._first) from error
        except (aiohttp.ClientError, BodyTooLargeError, OSError) as error:
            raise anthropic.APIConnectionError(request=self._first) from error
        if 200 <= answer.status < 300 and "content-encoding" not in answer.headers:
            return Posted(answer.headers, came)
        return self._read(answer, came)

    async def _sent(self, body: bytes) -> tuple[aiohttp.ClientResponse, bytes]:
        async with self._session.request(
            self._first.method,
            self._url,
            data=body,
            headers=self._headers,
            timeout=self._timeout,
            allow_redirects=False,
            auto_decompress=False,
        ) as answer:
            most = most_bytes(answer.headers)
            if "content-length" in answer.headers:
                return answer, await answer.read()
            pieces, size = [], 0
            async for piece in answer.content.iter_any():
                size += len(piece)
                demand_bounded(size, most)
                pieces.append(piece)
            return answer, b"".join(pieces)

    def _read(self, answer: aiohttp.ClientResponse, came: bytes) -> Posted:
        """Read what is packed, or refuses, as the SDK's own HTTP client would."""
        import anthropic
        import httpx2

        try:
            response = httpx2.Response(
                answer.status, headers=list(answer.raw_headers), content=came, request=self._first
            )
        except httpx2.DecodingError as error:
            raise anthropic.APIConnectionError(request=self._first) from error
        if not response.is_success:
            raise _refusal(response)
        return Posted(response.headers, response.content)


def _session_of(http: httpx2.AsyncClient, url: httpx2.URL) -> aiohttp.ClientSession | None:
    """Return the session through which the SDK's client sends to an address.

    None where it has none, as behind a proxy: then every request goes the SDK's own way.
    """
    import aiohttp

    transport = http._transport_for_url(url)  # noqa: SLF001 - the session is nowhere else to be had
    session = getattr(transport, "client", None)
    behind_proxy = getattr(transport, "proxy", None) is not None
    return session if isinstance(session, aiohttp.ClientSession) and not behind_proxy else None


def _packed(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _refusal(response: httpx2.Response) -> anthropic.APIStatusError:
    """Return the SDK's error for a response: its words in short, and what the server sent."""
    import anthropic

    said = response.text.strip()
    try:
        body, words = parse_json(said), f"Error code: {response.status_code} - {said}"
    except ValueError:
        body, words = said, said or f"Error code: {response.status_code}"
    return anthropic.APIStatusError(words, response=response, body=body)
