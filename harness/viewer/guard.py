"""What stands before every page: only this machine, only who has the link, only requests of our own pages.

A server on loopback is reachable by every page that the user's browser shows. So the host name is checked
(a name that another site points at 127.0.0.1 is refused), a secret from the link is demanded and kept in a
cookie that no other site's request carries, and what changes a file must come from a page of ours.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["LONGEST_BODY", "POLICY", "Door", "Guard"]

LONGEST_BODY = 64 * 1024
"""Bytes of a request; a label with its note takes less than three thousand."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
# A redirect would still count as coming from the site that held the link, and the cookie would stay behind;
# a page that leads on by itself is ours.
_LEAD_ON = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/">'
    '<title>harness view</title><link rel="icon" href="data:,"><p><a href="/">Go on to the viewer</a></p>'
)
_NO_KEY = "This viewer needs its link: copy the whole address that `harness view` has printed.\n"
_WRONG_HOST = "This viewer answers at 127.0.0.1 only.\n"
_WRONG_ORIGIN = "Only the viewer's own pages may change anything.\n"
_TOO_LONG = "This is longer than any label.\n"
_WRONG_METHOD = "Only GET and POST are known here.\n"


@dataclass(frozen=True, slots=True)
class Door:
    """The way in: a port on loopback, the secret of the link, and that of the cookie."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def url(self) -> str:
        """The link that lets a person in."""
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    @property
    def hosts(self) -> frozenset[str]:
        """What the browser may call this server; a bare name is what it says for port 80."""
        names = ("127.0.0.1", "localhost")
        bare = names if self.port == 80 else ()
        return frozenset({*(f"{name}:{self.port}" for name in names), *bare})

    @property
    def cookie_name(self) -> str:
        """The name of the cookie; cookies know no ports, so two viewers need two names."""
        return f"harness-view-{self.port}"


class Guard:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        if scope["method"] == "POST":
            body = await _whole(receive)
            if body is None:
                await PlainTextResponse(_TOO_LONG, 413)(scope, receive, guarded)
                return
            receive = _again(body)
        await self._app(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if host not in self._door.hosts:
            return PlainTextResponse(_WRONG_HOST, 421)
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return PlainTextResponse(_WRONG_METHOD, 405)
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if token and scope["path"] == "/" and scope["method"] == "GET" and _same(token, self._door.token):
            return self._welcome()
        cookie = cookie_parser(headers.get("cookie", "")).get(self._door.cookie_name, "")
        if not _same(cookie, self._door.cookie):
            return PlainTextResponse(_NO_KEY, 403)
        if scope["method"] == "POST" and not _is_own(headers, host):
            return PlainTextResponse(_WRONG_ORIGIN, 403)
        return None

    def _welcome(self) -> Response:
        response = HTMLResponse(_LEAD_ON)
        response.set_cookie(
            self._door.cookie_name, self._door.cookie, path="/", httponly=True, samesite="strict"
        )
        return response


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _is_own(headers: Headers, host: str) -> bool:
    """Tell whether a change comes from a page of ours: from its origin, and as no form could send it."""
    return (
        headers.get("origin", "").lower() == f"http://{host}"
        and headers.get("sec-fetch-site", "same-origin") == "same-origin"
        and headers.get("content-type", "").split(";")[0].strip().lower() == "application/json"
    )


async def _whole(receive: Receive) -> bytes | None:
    """Return the body of a request, or nothing where it is too long; the rest of that is not read."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message: dict[str, Any] = dict(await receive())
        if message["type"] != "http.request":
            return b""
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LONGEST_BODY:
            return None
        more = message.get("more_body", False)
    return b"".join(parts)


def _again(body: bytes) -> Receive:
    """Return a source of one request's body that has been read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
