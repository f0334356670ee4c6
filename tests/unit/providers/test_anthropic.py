"""The Messages API through the official SDK, against a server on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from calls import request
from messages_api import Answer, Fault, MessagesApi, Script, echo

from harness.core.errors import PermanentProviderError, ProviderError, TransientProviderError
from harness.core.types import Completion, Message, Request, Role, StopReason, Tool, ToolCall, Usage
from harness.providers.base import ProviderOptions
from harness.providers.registry import open_provider

SCHEMA = {
    "type": "object",
    "properties": {"agent": {"type": "string", "enum": ["writer", "reader"]}},
    "required": ["agent"],
}
TOOL = Tool("Agent", "Start an agent.", {"type": "object", "properties": {"name": {"type": "string"}}})
SECRET = "sk-very-secret-0123456789"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    with MessagesApi() as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
        monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
        yield running


def ask(
    asked: Request, script: Script = echo, server: MessagesApi | None = None, timeout_s: float = 20.0
) -> Completion:
    if server is not None:
        server.script = script

    async def once() -> Completion:
        provider = open_provider(asked.model, ProviderOptions(timeout_s=timeout_s))
        try:
            return await provider.generate(asked)
        finally:
            await provider.close()

    return asyncio.run(once())


def failure(server: MessagesApi, fault: Fault, timeout_s: float = 20.0) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(request("Hello"), fault, server, timeout_s)
    return caught.value


@pytest.mark.usefixtures("server")
def test_the_text_of_an_answer_is_returned() -> None:
    assert ask(request("Hello")).text.endswith("to: Hello")


def test_system_prompt_and_conversation_are_sent_as_they_are(server: MessagesApi) -> None:
    turns = (Message(Role.USER, "One"), Message(Role.ASSISTANT, "Two"), Message(Role.USER, "Three"))
    ask(request("", messages=turns))
    sent = server.seen[0].body
    assert (sent["system"], [(turn["role"], turn["content"]) for turn in sent["messages"]]) == (
        "You are a tester.",
        [("user", "One"), ("assistant", "Two"), ("user", "Three")],
    )


def test_an_empty_system_prompt_is_left_out(server: MessagesApi) -> None:
    ask(request("Hello", system=""))
    assert "system" not in server.seen[0].body


def test_parameters_reach_the_server_and_identity_marks_do_not(server: MessagesApi) -> None:
    ask(request("Hello", parameters={"temperature": 0.5, "@server": "localhost"}))
    sent = server.seen[0].body
    assert (sent.get("temperature"), "@server" in sent) == (0.5, False)


def test_usage_counts_the_whole_prompt_and_what_of_it_was_cached(server: MessagesApi) -> None:
    got = ask(request("Hello"), Answer("x" * 40, cached=7), server)
    plain = len(json.dumps(server.seen[0].body)) // 4
    assert got.usage == Usage(input_tokens=plain + 7, output_tokens=10, cached_tokens=7)


@pytest.mark.usefixtures("server")
def test_the_model_that_served_is_kept() -> None:
    assert ask(request("Hello")).model_served == "test-model-served"


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("end_turn", StopReason.END),
        ("max_tokens", StopReason.MAX_TOKENS),
        ("refusal", StopReason.REFUSAL),
        ("pause_turn", StopReason.OTHER),
    ],
)
def test_stop_reasons(server: MessagesApi, reason: str, stop: StopReason) -> None:
    assert ask(request("Hello"), Answer("text", stop=reason), server).stop is stop


def test_a_refusal_without_a_word_is_an_answer(server: MessagesApi) -> None:
    got = ask(request("Hello"), Answer("", stop="refusal"), server)
    assert (got.text, got.stop) == ("", StopReason.REFUSAL)


def test_a_long_answer_is_streamed_and_the_same(server: MessagesApi) -> None:
    got = ask(request("Hello", max_tokens=30_000))
    assert server.seen[0].body["stream"] is True
    assert (got.text[-9:], got.stop, got.usage.output_tokens > 0) == ("to: Hello", StopReason.END, True)


def test_tools_are_offered_and_their_calls_returned(server: MessagesApi) -> None:
    call = ("Agent", {"name": "writer"})
    got = ask(request("Hi", tools=(TOOL,)), Answer("", "tool_use", call), server)
    assert server.seen[0].body["tool_choice"] == {"type": "auto"}
    assert (got.tool_calls, got.stop) == ((ToolCall("Agent", {"name": "writer"}),), StopReason.TOOL_USE)


@pytest.mark.usefixtures("server")
def test_a_required_schema_is_answered_as_json_text() -> None:
    got = ask(request("Hi", output_schema=SCHEMA))
    assert (json.loads(got.text), got.tool_calls, got.stop) == ({"agent": "writer"}, (), StopReason.END)


def test_json_written_as_text_satisfies_a_required_schema(server: MessagesApi) -> None:
    got = ask(request("Hi", output_schema=SCHEMA), Answer('{"agent": "reader"}'), server)
    assert json.loads(got.text) == {"agent": "reader"}


def test_prose_in_place_of_a_required_schema_is_kept_for_its_reader(server: MessagesApi) -> None:
    got = ask(request("Hi", output_schema=SCHEMA), Answer("I think reader."), server)
    assert got.text == "I think reader."


@pytest.mark.parametrize(
    ("fault", "kind", "transient", "fatal"),
    [
        (Fault(400, "invalid_request_error", "max_tokens: too big"), "bad_request", False, False),
        (Fault(400, "invalid_request_error", "prompt is too long: 9 > 8"), "too_large", False, False),
        (Fault(400, "invalid_request_error", "Your credit balance is too low"), "permission", False, True),
        (Fault(401, "authentication_error"), "authentication", False, True),
        (Fault(402, "billing_error"), "permission", False, True),
        (Fault(403, "permission_error"), "permission", False, True),
        (Fault(404, "not_found_error"), "not_found", False, True),
        (Fault(413, "request_too_large"), "too_large", False, False),
        (Fault(422, "invalid_request_error"), "bad_request", False, False),
    ],
)
def test_what_will_fail_again_is_permanent(
    server: MessagesApi, fault: Fault, kind: str, transient: bool, fatal: bool
) -> None:
    error = failure(server, fault)
    assert (error.kind, error.transient, getattr(error, "fatal", False), len(server.seen)) == (
        kind,
        transient,
        fatal,
        1,
    )


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(429, "rate_limit_error"), "rate_limit"),
        (Fault(500), "server_error"),
        (Fault(502, body="<h1>Bad gateway</h1>", content_type="text/html"), "server_error"),
        (Fault(503), "server_error"),
        (Fault(529, "overloaded_error"), "overloaded"),
        (Fault(408, "timeout_error"), "server_error"),
        (Fault(504, "timeout_error"), "server_error"),
    ],
)
def test_what_may_pass_is_transient(server: MessagesApi, fault: Fault, kind: str) -> None:
    quick = Fault(fault.status, fault.kind, fault.message, {"retry-after-ms": "1"}, body=fault.body)
    error = failure(server, quick)
    assert (type(error), error.kind) == (TransientProviderError, kind)


@pytest.mark.parametrize("headers", [{"retry-after-ms": "7000"}, {"retry-after": "7"}])
def test_how_long_a_server_wants_to_wait_is_passed_on(server: MessagesApi, headers: dict[str, str]) -> None:
    error = failure(server, Fault(429, "rate_limit_error", headers=headers))
    assert (getattr(error, "retry_after_s", None), len(server.seen)) == (7.0, 1)


@pytest.mark.parametrize("act", ["reset", "half"])
def test_a_lost_connection_is_transient(server: MessagesApi, act: str) -> None:
    error = failure(server, Fault(act=act))
    assert (type(error), error.kind) == (TransientProviderError, "connection")


def test_a_stream_cut_short_is_a_lost_connection(server: MessagesApi) -> None:
    server.script = Fault(act="half")
    with pytest.raises(TransientProviderError) as caught:
        ask(request("Hello", max_tokens=30_000))
    assert caught.value.kind == "connection"


def test_an_error_inside_a_stream_keeps_its_kind(server: MessagesApi) -> None:
    event = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    body = f"event: error\ndata: {json.dumps(event)}\n\n"
    fault = Fault(200, body=body, content_type="text/event-stream")
    with pytest.raises(TransientProviderError) as caught:
        ask(request("Hello", max_tokens=30_000), fault, server)
    assert caught.value.kind == "overloaded"


def test_no_answer_in_time_is_a_timeout(server: MessagesApi) -> None:
    error = failure(server, Fault(act="hang"), timeout_s=0.05)
    assert (type(error), error.kind) == (TransientProviderError, "timeout")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(200, body="<h1>Hello</h1>", content_type="text/html"),
        Fault(200, body="{not json"),
        Fault(200, body="[]"),
        Fault(200, body='{"type": "message"}'),
        Fault(200, body='{"content": "text"}'),
        Fault(200, body='{"content": [{"type": "tool_use", "name": "x", "input": 3}]}'),
        Fault(200, body="null"),
    ],
)
def test_what_is_no_message_is_an_invalid_response(server: MessagesApi, fault: Fault) -> None:
    error = failure(server, fault)
    assert (type(error), error.kind) == (TransientProviderError, "invalid_response")


def test_an_empty_answer_is_an_invalid_response(server: MessagesApi) -> None:
    with pytest.raises(PermanentProviderError) as caught:
        ask(request("Hello"), Answer("  \n"), server)
    assert caught.value.kind == "invalid_response"


@pytest.mark.usefixtures("server")
def test_an_unreachable_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(
        TransientProviderError, match=r"at http://127\.0\.0\.1:9: the server cannot be reached"
    ):
        ask(request("Hello"))


@pytest.mark.usefixtures("server")
def test_a_lone_surrogate_does_not_stop_a_call() -> None:
    assert ask(request("broken \ud83d text")).text.endswith("broken \ufffd text")


def test_the_key_that_a_server_echoes_is_taken_out(
    server: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    error = failure(server, Fault(401, "authentication_error", f"invalid key {SECRET}"))
    assert SECRET in str(server.seen[0].headers)
    assert SECRET not in repr(error) + str(error) + repr(error.__cause__)


def test_the_key_is_taken_out_of_an_answer(server: MessagesApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    got = ask(request("Hello"), Answer(f"your key is {SECRET}"), server)
    assert got.text == "your key is [redacted]"


def test_the_key_is_taken_out_of_a_tool_call(server: MessagesApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name, texts at any depth, and keys: what an answer writes through tools is kept and shown too."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    given = {f"x{SECRET}": [{"content": f"KEY={SECRET}"}, 1, None]}
    got = ask(request("Hello"), Answer(stop="tool_use", tool=(f"Write{SECRET}", given)), server)
    told = {"x[redacted]": [{"content": "KEY=[redacted]"}, 1, None]}
    assert [(call.name, call.input) for call in got.tool_calls] == [("Write[redacted]", told)]


def test_a_token_is_sent_as_bearer(server: MessagesApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", SECRET)
    ask(request("Hello"))
    assert server.seen[0].headers["authorization"] == f"Bearer {SECRET}"


def test_a_long_error_is_one_bounded_line(server: MessagesApi) -> None:
    error = failure(server, Fault(400, message="very\nlong " * 10_000))
    assert ("\n" in str(error), len(str(error)) < 600) == (False, True)
