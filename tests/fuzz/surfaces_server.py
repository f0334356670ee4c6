"""What servers and helper programs send: choices of a router, bodies of HTTP, lines of batches, events."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fuzz_core import FaultError, Surface, json_bytes, text_of

from harness.core.errors import HarnessError
from harness.core.types import Completion, Message, Request, Role, Sample, StopReason, ToolCall, Usage

__all__ = ["SURFACES"]

MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [
        {"type": "text", "text": "hi"},
        {"type": "tool_use", "id": "t", "name": "Write", "input": {"file_path": "a"}},
    ],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": 1},
}
EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"role": "assistant", "usage": {"input_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "tool_use", "name": "Agent", "input": {}},
    },
    {"type": "content_block_delta", "index": 1, "delta": {"partial_json": '{"subagent_type": "a"}'}},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]
# The program that sends them runs on the same machine; its odd events end the call as a failure.
_STREAM = (KeyError, TypeError, ValueError, AttributeError)


def router_answer(data: bytes) -> None:
    from harness.routing.route import read_choice

    text = text_of(data)
    calls: tuple[ToolCall, ...] = ()
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(text)
        if isinstance(value, dict):
            calls = (ToolCall("Agent", value),)
    for called in ((), calls):
        completion = Completion(text, called, Usage(1, 1), StopReason.END, "m", 0.1)
        choice = read_choice(Sample("0" * 64, "c", "base", 1, "m", completion), ["tester", "painter"])
        if choice.known and choice.agent not in {"tester", "painter", "none"}:
            raise FaultError("choice-outside-the-roster", repr(choice)[:300])
        if len(choice.agent) + len(choice.note) > 2_000:
            raise FaultError("choice-without-end", repr(choice)[:300])


def server_message(data: bytes) -> None:
    from harness.providers.messages import completion_from
    from harness.store.codec import decode_completion, encode

    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(data)
        for schema in ({}, {"type": "object"}):
            request = Request("anthropic:m", "s", (Message(Role.USER, "q"),), 100, 1, output_schema=schema)
            completion = completion_from(value, request, ("m", 0.1), ("sk-secret",))
            if "sk-secret" in json.dumps(asdict(completion), default=str):
                raise FaultError("secret-kept", repr(completion)[:300])
            decode_completion(encode(completion), "here")


@functools.cache
def _batches() -> Any:
    from unittest import mock

    from harness.providers.base import ProviderOptions
    from harness.providers.batch import open_batches

    with mock.patch.dict(
        "os.environ", {"ANTHROPIC_API_KEY": "sk-secret", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    ):
        return open_batches("anthropic:m", ProviderOptions())


def batch_line(data: bytes) -> None:
    from harness.providers import batch

    service, request = _batches(), Request("anthropic:m", "s", (Message(Role.USER, "q"),), 100, 1)
    with contextlib.suppress(HarnessError):
        batch._guarded(data, lambda line: batch._status(json.loads(line)))
    with contextlib.suppress(HarnessError):
        batch._guarded(data, lambda line: batch._listed(json.loads(line)))
    with contextlib.suppress(*batch._UNREADABLE):
        result = service._result(data)
        if result.error is None:
            _refused_or_read(lambda: service.completion(result, request))
        elif "sk-secret" in str(result.error):
            raise FaultError("secret-kept", str(result.error)[:300])


def _refused_or_read(read: Callable[[], object]) -> None:
    """The suppression of unreadable lines must not hide what reading the message itself raises."""
    try:
        read()
    except HarnessError:
        return
    except Exception as error:
        raise FaultError(f"{type(error).__name__}-completion", repr(error)[:300]) from error


def stream_events(data: bytes) -> None:
    from types import SimpleNamespace

    from harness.providers.claude_stream import Listener

    try:
        events = json.loads(data)
    except (ValueError, RecursionError):
        return
    listener = Listener(("a", "b"))
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict):
            stream_event = type("StreamEvent", (SimpleNamespace,), {})
            listener.hear(stream_event(parent_tool_use_id=None, event=event))
    listener.message()


SURFACES = (
    Surface(
        "router_answer",
        router_answer,
        lambda: [
            b'{"agent": "tester"}',
            b'{"subagent_type": "painter", "prompt": "p"}',
            b"I would call tester.",
        ],
        ("tester", "Tester", "none", "agent", "subagent_type"),
        form="json",
    ),
    Surface(
        "server_message",
        server_message,
        lambda: [json_bytes(MESSAGE)],
        ("content", "text", "tool_use", "sk-secret"),
        form="json",
    ),
    Surface(
        "batch_line",
        batch_line,
        lambda: [
            json_bytes({"custom_id": "a", "result": {"type": "succeeded", "message": MESSAGE}}),
            json_bytes(
                {
                    "custom_id": "a",
                    "result": {"type": "errored", "error": {"error": {"type": "x", "message": "y"}}},
                }
            ),
            json_bytes(
                {
                    "id": "msgbatch_1",
                    "processing_status": "ended",
                    "request_counts": {"processing": 0, "succeeded": 1},
                    "results_url": "x",
                    "created_at": "2026-11-01T00:00:00Z",
                    "expires_at": None,
                }
            ),
            json_bytes({"data": [], "has_more": False}),
        ],
        ("errored", "canceled", "expired", "sk-secret", "ended"),
        form="json",
    ),
    Surface(
        "stream_events",
        stream_events,
        lambda: [json_bytes(EVENTS)],
        ("message_start", "content_block_delta", "index"),
        form="json",
        allowed=_STREAM,
    ),
)
