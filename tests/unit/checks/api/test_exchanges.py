"""Requests and responses are found where an answer shows them."""

from __future__ import annotations

import pytest

from harness.checks.api.exchanges import EventKind, events_of
from harness.checks.api.openapi import operations_of
from harness.checks.base import Exchange
from harness.response.parse import parse_response

JSON = '```json\n{"id": 1}\n```\n'


def kinds(markdown: str) -> list[str]:
    return [one.kind.value for one in events_of(Exchange((), (), parse_response(markdown)))]


@pytest.mark.parametrize(
    "lead",
    ["Request:", "**Request body**", "Send this:", "The body of the request:", "### Request", "Variables:"],
)
def test_words_lead_to_a_request(lead: str) -> None:
    """The nearest of them decides."""
    assert kinds(f"{lead}\n\n{JSON}") == [EventKind.REQUEST]


@pytest.mark.parametrize(
    "lead",
    [
        "Response:",
        "**Response body (200)**",
        "It returns:",
        "`201 Created`",
        "On failure:",
        "The answer:",
        "Output:",
    ],
)
def test_words_lead_to_a_response(lead: str) -> None:
    """A status counts as a word."""
    assert kinds(f"{lead}\n\n{JSON}") == [EventKind.RESPONSE]


def test_without_words_a_payload_is_open() -> None:
    """What was shown before decides then."""
    assert kinds(f"`POST /orders`\n\n{JSON}") == [EventKind.ENDPOINT, EventKind.PAYLOAD]


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "shop", "scripts": {"start": "node a.js"}}',
        '{"compilerOptions": {"strict": true}}',
        '{"extends": "eslint:recommended"}',
        '{"type": "object", "properties": {}}',
        '{"level": "info", "msg": "started"}',
        '{"require": {"php": "^8.3"}}',
    ],
)
def test_configuration_is_no_payload(text: str) -> None:
    """It is JSON, and nobody sends it."""
    assert kinds(f"Response:\n\n```json\n{text}\n```\n") == []


def test_a_named_file_is_no_payload() -> None:
    """Whatever it holds."""
    assert kinds('```json\n// tsconfig.json\n{"a": 1}\n```\n') == []


def test_an_object_with_both_is_both() -> None:
    """Some write an example so."""
    assert kinds('```json\n{"request": {"a": 1}, "response": {"b": 2}}\n```') == ["request", "response"]


def test_messages_of_http_are_read() -> None:
    """Request line, body, status, body."""
    text = 'POST /a HTTP/1.1\nHost: x\n\n{"a": 1}\n\nHTTP/1.1 201 Created\n\n{"id": 1}\n'
    assert kinds(f"```http\n{text}```") == ["endpoint", "request", "response"]


def test_an_address_of_curl_is_an_endpoint() -> None:
    """With the body that it sends."""
    assert kinds("```bash\ncurl https://a.b/c -d '{\"a\": 1}'\n```") == ["endpoint", "request"]


def test_a_message_without_content_is_told() -> None:
    """204 needs no example."""
    assert kinds("`DELETE /a/1` answers 204.") == ["endpoint", "empty"]


def test_a_counter_example_shows_nothing() -> None:
    """It is not the contract."""
    assert kinds(f"Never answer like this:\n\n{JSON}") == []


@pytest.mark.parametrize("text", ["{" * 50_000, '{"a":' * 20_000, "POST /" * 20_000, "`{" * 20_000])
def test_hostile_payloads_end(text: str) -> None:
    """Neither depth nor length matters."""
    assert isinstance(kinds(f"{text}\n\n```json\n{text}\n```\n\n```http\n{text}\n```"), list)


def openapi(body: str) -> list[tuple[bool, bool, bool]]:
    text = f"```yaml\nopenapi: 3.1.0\npaths:\n  /a:\n    post:\n{body}```"
    return [(one.takes_body, one.request, one.response) for one in operations_of(parse_response(text))]


def test_examples_of_a_schema_count() -> None:
    """Through references, arrays and properties."""
    body = (
        "      requestBody:\n        content:\n          application/json:\n"
        "            schema: {$ref: '#/components/schemas/A'}\n"
        "      responses:\n        '200':\n          content:\n            application/json:\n"
        "              schema: {type: array, items: {$ref: '#/components/schemas/A'}}\n"
        "components:\n  schemas:\n    A: {type: object, properties: {b: {type: string, example: c}}}\n"
    )
    assert openapi(body) == [(True, True, True)]


def test_a_schema_that_holds_itself_ends() -> None:
    """References may go round in circles."""
    body = (
        "      responses:\n        '200':\n          content:\n            application/json:\n"
        "              schema: {$ref: '#/components/schemas/A'}\n"
        "components:\n  schemas:\n    A: {properties: {a: {$ref: '#/components/schemas/A'}}}\n"
    )
    assert openapi(body) == [(False, False, False)]


def test_an_answer_without_content_needs_no_example() -> None:
    """204 says all."""
    assert openapi("      responses:\n        '204': {description: stored}\n") == [(False, False, True)]
