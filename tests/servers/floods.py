"""Responses that would fill the memory or the patience of who reads them."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from functools import cache

from aiohttp import web

__all__ = ["flood"]

SIZE = 100_000_000
_CHUNK = b'{"id": "msg_1", "type": "message", "content": [' + b" " * 100_000


async def flood(request: web.Request, act: str) -> web.StreamResponse:
    """Send ``drip``, ``endless``, ``huge`` or ``bomb`` until the client goes away."""
    headers = {"Content-Type": "application/json"}
    if act == "bomb":
        return web.Response(body=_bomb(), headers=headers | {"Content-Encoding": "gzip"})
    if act == "huge":
        headers["Content-Length"] = str(SIZE)
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    sent = 0
    with contextlib.suppress(ConnectionError):
        while act != "huge" or sent + len(_CHUNK) <= SIZE:
            await response.write(b" " if act == "drip" else _CHUNK)
            sent += len(_CHUNK)
            await asyncio.sleep(0.02 if act == "drip" else 0)
    return response


@cache
def _bomb() -> bytes:
    """Make a body that is a thousand times longer when unpacked, three times over what may be read packed."""
    return gzip.compress(b" " * SIZE, 1) + b"\0" * 800_000
