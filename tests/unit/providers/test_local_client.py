"""The client of a local model, against a chat completions server on loopback that follows a script."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from calls import request

from harness.core.errors import PermanentProviderError, ProviderError, TransientProviderError
from harness.core.types import Completion, Message, Request, Role, StopReason, Tool, Usage
from harness.providers.local import ChatClient

KEY = "loopback-key"


def chat(text: str = "Hello.", finish: str = "stop") -> dict[str, Any]:
    return {
        "choices": [{"finish_reason": finish, "message": {"role": "assistant", "content": text}}],
        "model": "tiny",
        "usage": {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 5}},
    }


class Handler(BaseHTTPRequestHandler):
    """Answers with the class's status and body, and keeps what it got."""

    status: ClassVar[int] = 200
    answer: ClassVar[Any] = {}
    seen: ClassVar[list[tuple[str | None, dict[str, Any]]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.headers["Authorization"], body))
        data = self.answer.encode() if isinstance(self.answer, str) else json.dumps(self.answer).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def address() -> Iterator[str]:
    Handler.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(address: str, asked: Request, answer: object = None, status: int = 200) -> Completion:
    Handler.answer, Handler.status = chat() if answer is None else answer, status

    async def once() -> Completion:
        client = ChatClient("local:tiny", address, KEY, 20.0)
        try:
            return await client.generate(asked)
        finally:
            await client.close()

    return asyncio.run(once())


def failure(address: str, answer: object, status: int) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(address, request("Hello"), answer, status)
    return caught.value


def test_text_usage_and_model_are_read(address: str) -> None:
    got = ask(address, request("Hello"))
    assert (got.text, got.usage, got.stop) == ("Hello.", Usage(12, 3, 5), StopReason.END)
    assert got.model_served == "tiny"


def test_a_cut_off_answer_says_so(address: str) -> None:
    assert ask(address, request("Hello"), chat(finish="length")).stop is StopReason.MAX_TOKENS


def test_the_key_is_sent(address: str) -> None:
    ask(address, request("Hello"))
    assert Handler.seen[0][0] == f"Bearer {KEY}"


def test_system_prompt_and_conversation_are_sent_in_order(address: str) -> None:
    turns = (Message(Role.USER, "One"), Message(Role.ASSISTANT, "Two"), Message(Role.USER, "Three"))
    ask(address, request("", messages=turns))
    assert [turn["role"] for turn in Handler.seen[0][1]["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
    ]


def test_each_trial_has_a_seed_of_its_own(address: str) -> None:
    for trial in (1, 2):
        ask(address, request("Hello", trial, parameters={"seed": 40}))
    assert [body["seed"] for _, body in Handler.seen] == [41, 42]


def test_parameters_are_sent_and_identity_marks_are_not(address: str) -> None:
    ask(address, request("Hello", parameters={"temperature": 0.3, "@weights": "abc"}))
    body = Handler.seen[0][1]
    assert (body["temperature"], "@weights" in body) == (0.3, False)


def test_a_required_schema_becomes_a_response_format(address: str) -> None:
    schema = {"type": "object"}
    ask(address, request("Hello", output_schema=schema))
    assert Handler.seen[0][1]["response_format"]["json_schema"]["schema"] == schema


def test_tools_are_refused_rather_than_dropped(address: str) -> None:
    with pytest.raises(PermanentProviderError, match="no tools"):
        ask(address, request("Hello", tools=(Tool("t", "d", {}),)))


@pytest.mark.parametrize(
    ("status", "answer", "kind", "transient"),
    [
        (400, {"error": {"type": "exceed_context_size_error", "message": "9 > 8"}}, "too_large", False),
        (400, {"error": {"type": "invalid_request_error", "message": "no"}}, "bad_request", False),
        (401, {"error": {"message": "Invalid API Key"}}, "authentication", False),
        (404, {"error": {"message": "no such path"}}, "not_found", False),
        (500, "oops", "server_error", True),
        (503, {"error": {"message": "Loading model"}}, "overloaded", True),
        (200, "not json", "invalid_response", False),
        (200, {"choices": []}, "invalid_response", False),
        (200, [1, 2], "invalid_response", False),
        (200, {"choices": [{"message": None}]}, "invalid_response", False),
    ],
)
def test_failures_have_their_kind(
    address: str, status: int, answer: object, kind: str, transient: bool
) -> None:
    error = failure(address, answer, status)
    assert (error.kind, error.transient) == (kind, transient)


def test_an_empty_answer_is_an_invalid_response(address: str) -> None:
    with pytest.raises(PermanentProviderError, match="the answer is empty"):
        ask(address, request("Hello"), chat(""))


def test_a_server_that_is_gone_is_a_lost_connection() -> None:
    with pytest.raises(TransientProviderError) as caught:
        ask("http://127.0.0.1:9", request("Hello"))
    assert caught.value.kind == "connection"
