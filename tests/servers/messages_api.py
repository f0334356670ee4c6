"""A Messages API server on loopback for tests: scripted answers, scripted faults, a log of requests.

It answers deterministically: equal requests get equal answers, on every machine. Use it as a context
manager in a test (it runs in a thread of its own), or as a program for tests of the command line::

    with MessagesApi() as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)

    python tests/servers/messages_api.py --port 8765 --delay 0.05
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from floods import flood

__all__ = ["Answer", "Fault", "MessagesApi", "Seen", "echo", "message_of"]


@dataclass(frozen=True)
class Answer:
    """What the model says. ``tool``, (name, input), is a tool call below the text, ``more`` others."""

    text: str = ""
    stop: str = "end_turn"
    tool: tuple[str, dict[str, Any]] | None = None
    cached: int = 0
    written: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    more: tuple[tuple[str, dict[str, Any]], ...] = ()


@dataclass(frozen=True)
class Fault:
    """A way to fail: an HTTP error, or what happens to the connection.

    ``act``: ``status`` (answer with ``status`` and ``body``), ``reset`` (close without a word), ``half``
    (close in the middle of the body), ``hang`` (never answer), ``drip`` (a byte now and then, for ever),
    ``endless`` (as fast as it goes, for ever), ``huge`` (an announced body of 100 MB), ``bomb`` (a small
    compressed body that unfolds to 100 MB).
    """

    status: int = 500
    kind: str = "api_error"
    message: str = "scripted fault"
    headers: dict[str, str] = field(default_factory=dict)
    act: str = "status"
    body: str = ""
    content_type: str = "application/json"


@dataclass(frozen=True)
class Seen:
    """The ``number``-th request (from 0) as it arrived.

    Names of headers are in lower case; ``at`` is in seconds of the monotonic clock.
    """

    number: int
    body: dict[str, Any]
    headers: dict[str, str]
    path: str
    at: float

    @property
    def question(self) -> str:
        """The text of the last user turn."""
        content = self.body["messages"][-1]["content"]
        return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


Script = Answer | Fault | Callable[[Seen], Answer | Fault]
"""What happens to every request, or a function that says so for each."""


def echo(seen: Seen) -> Answer:
    """Answer with the question and the sha of the request; a forced tool gets the first of each enum."""
    sha = hashlib.sha256(json.dumps(seen.body, sort_keys=True).encode()).hexdigest()[:12]
    choice = seen.body.get("tool_choice", {})
    if choice.get("type") == "tool":
        tool = next(tool for tool in seen.body["tools"] if tool["name"] == choice["name"])
        return Answer(stop="tool_use", tool=(tool["name"], _filled(tool["input_schema"])))
    return Answer(f"Answer {sha} to: {seen.question}")


def _filled(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: (part.get("enum") or ["text"])[0] for name, part in schema.get("properties", {}).items()}


class MessagesApi:
    """The server. ``seen`` is its log, in the order of arrival."""

    def __init__(self, script: Script = echo, *, delay_s: float = 0.0, port: int = 0) -> None:
        self.script = script
        self.delay_s = delay_s
        self.seen: list[Seen] = []
        self.most_in_flight = 0
        self.counted = 0
        self.packed = False
        self._in_flight = 0
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """The address for ``ANTHROPIC_BASE_URL``."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(10):
            raise RuntimeError("the test server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/messages", self._messages)
        app.router.add_post("/v1/messages/count_tokens", self._count)
        self.add_routes(app)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        assert runner.addresses
        self._port = runner.addresses[0][1]
        self._stop = asyncio.Event()
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    def add_routes(self, app: web.Application) -> None:
        """Serve more than messages, in a server that is one of these and more."""

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.json()
        seen = Seen(len(self.seen), body, headers, request.path, time.monotonic())
        self.seen.append(seen)
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            result = self.script(seen) if callable(self.script) else self.script
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            if isinstance(result, Fault):
                return await self._fail(request, result)
            if seen.body.get("stream"):
                return await self._stream(request, message_of(seen, result))
            response = web.json_response(message_of(seen, result), headers=result.headers)
            if self.packed:
                response.enable_compression(web.ContentCoding.gzip)
            return response
        finally:
            self._in_flight -= 1

    async def _count(self, request: web.Request) -> web.StreamResponse:
        """Count the tokens of a prompt: as many as the answer's usage would say."""
        self.counted += 1
        return web.json_response({"input_tokens": len(json.dumps(await request.json())) // 4})

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.act == "hang":
            await asyncio.sleep(3600)
        if fault.act == "half":
            response = web.StreamResponse(
                headers={"Content-Length": "1000", "Content-Type": "application/json"}
            )
            await response.prepare(request)
            await response.write(b'{"id": "msg_1", "type": "mess')
        if fault.act in {"drip", "endless", "huge", "bomb"}:
            return await flood(request, fault.act)
        if fault.act in {"half", "reset"}:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        body = fault.body or json.dumps(
            {"type": "error", "error": {"type": fault.kind, "message": fault.message}}
        )
        return web.Response(
            status=fault.status, text=body, headers=fault.headers, content_type=fault.content_type
        )

    async def _stream(self, request: web.Request, message: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event in _events(message):
            text = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
            await response.write(text.encode())
        return response


def message_of(seen: Seen, answer: Answer) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if answer.text:
        content.append({"type": "text", "text": answer.text})
    called = (answer.tool, *answer.more) if answer.tool is not None else ()
    for number, (name, given) in enumerate(called, start=1):
        content.append({"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": given})
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": f"{seen.body['model']}-served",
        "content": content,
        "stop_reason": answer.stop,
        "stop_sequence": None,
        "usage": {
            "input_tokens": len(json.dumps(seen.body)) // 4,
            "output_tokens": max(1, len(answer.text) // 4),
            "cache_read_input_tokens": answer.cached,
            "cache_creation_input_tokens": answer.written,
        },
    }


def _events(message: dict[str, Any]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    ]
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            empty, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            text = json.dumps(block["input"])
            empty, delta = {**block, "input": {}}, {"type": "input_json_delta", "partial_json": text}
        events.append({"type": "content_block_start", "index": index, "content_block": empty})
        events.append({"type": "content_block_delta", "index": index, "delta": delta})
        events.append({"type": "content_block_stop", "index": index})
    usage = {"output_tokens": message["usage"]["output_tokens"]}
    delta = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    events.append({"type": "message_delta", "delta": delta, "usage": usage})
    events.append({"type": "message_stop"})
    return events


def main() -> None:
    """Serve until the input ends or the program is stopped; the address is printed on a line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    with MessagesApi(delay_s=options.delay, port=options.port) as server:
        print(server.url, flush=True)  # noqa: T201 - the one who started the program waits for it
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
