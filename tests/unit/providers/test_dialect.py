"""How a server wants to be spoken to: caching, required schemas, counting; what it refuses is left out."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from calls import request
from messages_api import Answer, Fault, MessagesApi, Seen, echo

from harness.core.errors import PermanentProviderError
from harness.core.types import Completion, Message, Request, Role
from harness.providers.anthropic import AnthropicProvider
from harness.providers.base import ProviderOptions
from harness.providers.messages import Dialect, request_body
from harness.providers.replay import GoldenReplay

LONG = "You are a careful tester. " * 100
SCHEMA = {"type": "object", "properties": {"agent": {"type": "string", "enum": ["writer"]}}}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    with MessagesApi() as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        yield running


def ask(requests: list[Request], prompt_cache: str = "auto") -> list[Completion]:
    async def work() -> list[Completion]:
        provider = AnthropicProvider("m", ProviderOptions(prompt_cache=prompt_cache))  # type: ignore[arg-type]
        try:
            return [await provider.generate(one) for one in requests]
        finally:
            await provider.close()

    return asyncio.run(work())


def refusing(word: str) -> Callable[[Seen], Answer | Fault]:
    fault = Fault(400, "invalid_request_error", f"{word}: extra inputs are not permitted")
    return lambda seen: fault if word in json.dumps(seen.body) else echo(seen)


def test_a_long_prompt_is_marked_for_the_cache() -> None:
    body = request_body("m", request("Hi", system=LONG), Dialect(cached_prompt=True))
    assert body["system"] == [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]


@pytest.mark.parametrize(("system", "cached"), [("Short.", True), (LONG, False)])
def test_other_prompts_are_plain_text(system: str, cached: bool) -> None:
    assert request_body("m", request("Hi", system=system), Dialect(cached_prompt=cached))["system"] == system


@pytest.mark.parametrize(
    ("url", "setting", "cached"),
    [
        ("", "auto", True),
        ("https://api.anthropic.com", "auto", True),
        ("https://gateway.example", "auto", False),
        ("https://gateway.example", "on", True),
        ("", "off", False),
    ],
)
def test_only_a_server_that_knows_caching_is_asked_for_it(
    monkeypatch: pytest.MonkeyPatch, url: str, setting: str, cached: bool
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
    provider = AnthropicProvider("m", ProviderOptions(prompt_cache=setting))  # type: ignore[arg-type]
    assert provider._dialect.cached_prompt is cached


def test_a_server_that_refuses_caching_is_asked_without_from_then_on(server: MessagesApi) -> None:
    server.script = refusing("cache_control")
    ask([request("One", system=LONG), request("Two", system=LONG)], "on")
    assert ["cache_control" in json.dumps(seen.body) for seen in server.seen] == [True, False, False]


def test_written_and_read_tokens_of_the_cache_are_told_apart(server: MessagesApi) -> None:
    server.script = Answer("Hello.", cached=30, written=500)
    usage = ask([request("One")])[0].usage
    assert (usage.cached_tokens, usage.cache_written_tokens, usage.input_tokens > 530) == (30, 500, True)


def test_where_a_tool_cannot_be_forced_the_schema_is_the_output_format(server: MessagesApi) -> None:
    server.script = lambda seen: (
        Fault(400, "invalid_request_error", "tool_choice: forced tool use is not supported")
        if "tool_choice" in seen.body
        else Answer('{"agent": "writer"}')
    )
    answers = ask([request("One", output_schema=SCHEMA), request("Two", output_schema=SCHEMA)])
    sent = [seen.body.get("output_config", {}).get("format", {}).get("schema") for seen in server.seen]
    assert (sent, [answer.text for answer in answers]) == (
        [None, SCHEMA, SCHEMA],
        ['{"agent": "writer"}'] * 2,
    )


def test_a_refusal_for_another_reason_is_not_negotiated(server: MessagesApi) -> None:
    server.script = Fault(400, "invalid_request_error", "max_tokens: too large")
    with pytest.raises(PermanentProviderError):
        ask([request("One", system=LONG)], "on")
    assert len(server.seen) == 1


def test_the_server_counts_the_tokens_of_a_prompt(server: MessagesApi) -> None:
    async def work() -> int:
        provider = AnthropicProvider("m", ProviderOptions())
        try:
            return await provider.count_tokens(request("One"))
        finally:
            await provider.close()

    assert (asyncio.run(work()) > 10, server.counted, server.seen) == (True, 1, [])


def test_who_cannot_count_says_so() -> None:
    with pytest.raises(PermanentProviderError, match="counts no tokens"):
        asyncio.run(GoldenReplay(__file__, {}).count_tokens(request("One")))  # type: ignore[arg-type]


def test_a_limit_that_an_answer_used_up_is_waited_for(server: MessagesApi) -> None:
    reset = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    limits = {"anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": reset}
    server.script = Answer("Hello.", headers=limits)

    async def work() -> tuple[float, float]:
        provider = AnthropicProvider("m", ProviderOptions())
        try:
            before = provider.wait_s
            await provider.generate(request("One"))
            return before, provider.wait_s
        finally:
            await provider.close()

    before, after = asyncio.run(work())
    assert (before, 20 < after <= 30) == (0.0, True)


def test_a_packed_answer_is_read(server: MessagesApi) -> None:
    """A proxy may compress although nobody asked for it."""
    server.packed = True
    assert ask([request("One")])[0].text.endswith("to: One")


def test_what_several_calls_share_before_their_question_is_marked_too() -> None:
    """A judge is asked about many rules of one answer: two user turns, of which only the second differs."""
    asked = dataclasses.replace(
        request("", system=LONG), messages=(Message(Role.USER, LONG), Message(Role.USER, "Decide this."))
    )
    shared, own = request_body("m", asked, Dialect(cached_prompt=True))["messages"]
    assert ("cache_control" in json.dumps(shared), own["content"]) == (True, "Decide this.")


def test_a_conversation_is_not_marked() -> None:
    turns = (Message(Role.USER, LONG), Message(Role.ASSISTANT, "Yes."), Message(Role.USER, "Go on."))
    asked = dataclasses.replace(request(""), messages=turns)
    assert "cache_control" not in json.dumps(request_body("m", asked, Dialect(cached_prompt=True)))
