"""Later requests are like the first, which the SDK made, and fail as it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace

import httpx2
import pytest
from calls import request
from messages_api import Answer, Fault, MessagesApi, Seen

from harness.core.errors import ProviderError
from harness.core.types import Completion
from harness.providers import posting
from harness.providers.base import ProviderOptions
from harness.providers.registry import open_provider

FAULTS = {
    "refused": Fault(400, "invalid_request_error", "temperature: no such thing"),
    "too long": Fault(400, "invalid_request_error", "prompt is too long: 9 tokens"),
    "no key": Fault(401, "authentication_error", "invalid x-api-key"),
    "forbidden": Fault(403, "permission_error", "not yours"),
    "nothing there": Fault(404, "not_found_error", "model: nobody"),
    "too large": Fault(413, "request_too_large", "too large"),
    "slow down": Fault(429, "rate_limit_error", "slow down", headers={"retry-after": "7"}),
    "broken": Fault(500, "api_error", "broken"),
    "a proxy": Fault(502, body="<html>Bad gateway</html>", content_type="text/html"),
    "no words": Fault(503, body="", content_type="text/plain"),
    "moved": Fault(302, body="elsewhere"),
    "overloaded": Fault(529, "overloaded_error", "overloaded"),
    "reset": Fault(act="reset"),
    "half": Fault(act="half"),
    "hang": Fault(act="hang"),
    "huge": Fault(act="huge"),
    "bomb": Fault(act="bomb"),
    "endless": Fault(act="endless"),
    "no json": Fault(200, body="{", content_type="application/json"),
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    with MessagesApi() as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-key-of-the-test")
        yield running


def asked(*questions: str, timeout_s: float = 20) -> list[Completion | ProviderError]:
    async def work() -> list[Completion | ProviderError]:
        provider = open_provider(request("").model, ProviderOptions(timeout_s=timeout_s))
        came: list[Completion | ProviderError] = []
        try:
            for question in questions:
                try:
                    came.append(await provider.generate(request(question)))
                except ProviderError as error:
                    came.append(error)
        finally:
            await provider.close()
        return came

    return asyncio.run(work())


def test_a_later_request_has_the_headers_of_the_first(server: MessagesApi) -> None:
    asked("the first", "a second one")
    first, second = ({**one.headers, "content-length": ""} for one in server.seen)
    assert first == second


def test_a_later_request_has_a_body_of_its_own(server: MessagesApi) -> None:
    asked("the first", "a second one – ¿qué?")
    assert [one.question for one in server.seen] == ["the first", "a second one – ¿qué?"]


def test_the_length_of_a_later_request_is_its_own(server: MessagesApi) -> None:
    asked("the first", "a second one that is longer")
    first, second = (int(one.headers["content-length"]) for one in server.seen)
    assert second - first == len("a second one that is longer") - len("the first")


@pytest.mark.parametrize("name", FAULTS)
def test_a_later_request_fails_as_the_first_does(server: MessagesApi, name: str) -> None:
    def script(seen: Seen) -> Answer | Fault:
        return FAULTS[name] if seen.question == "fails" else Answer("fine")

    server.script = script
    # Only what never answers may run into the limit: a busy machine takes its time to unpack the others.
    limit = 0.3 if name == "hang" else 20
    first = asked("fails", timeout_s=limit)[0]
    later = asked("answered", "fails", timeout_s=limit)[1]
    told = [(type(one), getattr(one, "kind", ""), getattr(one, "retry_after_s", 0)) for one in (first, later)]
    assert (isinstance(first, ProviderError), told[0]) == (True, told[1])


def test_later_requests_go_the_short_way(server: MessagesApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """An SDK in which the open session is somewhere else would make every call dear again."""
    sent: list[str] = []
    send = httpx2.AsyncClient.send

    async def counted(client: httpx2.AsyncClient, one: httpx2.Request, **options: object) -> httpx2.Response:
        sent.append(str(one.url))
        return await send(client, one, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(httpx2.AsyncClient, "send", counted)
    asked("the first", "a second one", "a third one")
    assert (len(sent), len(server.seen)) == (1, 3)


def test_behind_a_proxy_every_request_goes_the_way_of_the_sdk() -> None:
    class Proxied:
        def __init__(self) -> None:
            self.proxy, self.client = "http://proxy.example", object()

    http = SimpleNamespace(_transport_for_url=lambda url: Proxied())
    assert posting._session_of(http, httpx2.URL("https://model.example")) is None  # type: ignore[arg-type]
