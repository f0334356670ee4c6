"""A Messages API server that costs as little as it can, in a process of its own.

    python benchmarks/overhead/server.py [--delay SECONDS] [--tokens N]

prints its address on a line and serves until its input ends. It speaks just enough HTTP/1.1 for the SDKs of
Python and JavaScript: keep-alive, ``Content-Length`` and chunked bodies, JSON answers and event streams.
Each answer is of the same length and names its request's number, so that no two are equal.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import json
import sys
from pathlib import Path
from typing import cast

TEXT = Path(__file__).with_name("answer.md")
_MORE = "Every layer says what it needs and nothing else, so that each can be tested alone. "


def answer_text(tokens: int) -> str:
    """Return an answer of so many tokens of four characters: prose around code, as models write it."""
    text = TEXT.read_text(encoding="utf-8")
    length = tokens * 4
    return (text + _MORE * (max(0, length - len(text)) // len(_MORE) + 1))[: max(length, len(text))]


class Answers:
    """Ready-made bytes; only the number of the request is put in."""

    def __init__(self, tokens: int) -> None:
        self._text = answer_text(tokens)
        self._tokens = tokens
        self._numbers = itertools.count()

    def next(self, *, stream: bool) -> bytes:
        """Return one whole HTTP response."""
        text = f"Answer {next(self._numbers)}. {self._text}"
        body = self._events(text) if stream else json.dumps(self._message(text)).encode()
        kind = "text/event-stream" if stream else "application/json"
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def _message(self, text: str) -> dict[str, object]:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "bench-served",
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1_600, "output_tokens": self._tokens},
        }

    def _events(self, text: str) -> bytes:
        start = self._message(text) | {"content": [], "stop_reason": None}
        block = {"type": "text", "text": ""}
        end = {"stop_reason": "end_turn", "stop_sequence": None}
        events: list[dict[str, object]] = [
            {"type": "message_start", "message": start},
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": end, "usage": {"output_tokens": self._tokens}},
            {"type": "message_stop"},
        ]
        return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in events)


class Connection(asyncio.Protocol):
    """One client: requests come one after another, each is answered after the delay."""

    def __init__(self, answers: Answers, delay: float) -> None:
        self._answers = answers
        self._delay = delay
        self._received = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete, each after the delay."""
        self._received += data
        while (size := _size_of_request(self._received)) > 0:
            stream = b'"stream":true' in self._received[:size].replace(b" ", b"")
            del self._received[:size]
            loop = asyncio.get_running_loop()
            loop.call_later(self._delay, self._answer, stream)

    def _answer(self, stream: bool) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._answers.next(stream=stream))


def _size_of_request(data: bytearray) -> int:
    """Return the number of bytes of the first request, or 0 while it is not all there."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = bytes(data[:end]).lower()
    if b"transfer-encoding: chunked" in head:
        last = data.find(b"\r\n0\r\n\r\n", end)
        return 0 if last < 0 else last + 7
    length = 0
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line[15:])
    size = end + 4 + length
    return size if len(data) >= size else 0


async def serve(delay: float, tokens: int) -> None:
    """Serve until the standard input ends."""
    loop = asyncio.get_running_loop()
    answers = Answers(tokens)
    server = await loop.create_server(lambda: Connection(answers, delay), "127.0.0.1", 0, backlog=1_024)
    gc.freeze()
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds before each answer")
    parser.add_argument("--tokens", type=int, default=600, help="length of each answer")
    options = parser.parse_args()
    asyncio.run(serve(options.delay, options.tokens))


if __name__ == "__main__":
    main()
