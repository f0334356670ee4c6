"""How much a question asks for, and what its user does without."""

from __future__ import annotations

import re

import pytest

from harness.checks.base import Exchange
from harness.checks.question import Scope, asks_to_build, declines, question_text, raises, scope_of
from harness.core.types import Message, Role, SuppliedFile
from harness.response.parse import parse_response

TESTS = re.compile(r"\btest(?:s|ing)?\b", re.IGNORECASE)


def exchange(*turns: str, files: tuple[SuppliedFile, ...] = ()) -> Exchange:
    roles = (Role.USER, Role.ASSISTANT) * len(turns)
    messages = tuple(Message(role, text) for role, text in zip(roles, turns, strict=False))
    return Exchange(messages, files, parse_response("Fine."))


@pytest.mark.parametrize(
    "text",
    [
        "Just the query please.",
        "Only show me the function.",
        "I need the SQL only.",
        "Code only, I read no prose.",
        "Express handler for /me, no explanations.",
        "Is that right? In one sentence.",
        "Why does this regex match an empty line?",
        "Which index do I need for this query?",
        "Fix the typo: ```sql\nSELEC 1\n```",
        "Show me the route file only.",
    ],
)
def test_a_narrow_question(text: str) -> None:
    """One thing is wanted, and nothing around it."""
    assert scope_of(exchange(text))[0] is Scope.NARROW


@pytest.mark.parametrize(
    "text",
    [
        "Build the orders API of our shop.",
        "Simple login with sessions please, no framework.",
        "I need a quick CRUD API for users. Keep it short please.",
        "How should I handle communication between my order service and inventory service?",
        "We run two servers, users are logged out at random. What should we set?",
        "Users may only change their own avatar. Create a service for uploads.",
        "Refactor the payment module, files attached.",
    ],
)
def test_a_whole_is_asked_for(text: str) -> None:
    """What the words leave open is a whole: short is not narrow, and "only" may be part of the matter."""
    assert scope_of(exchange(text))[0] is Scope.WHOLE


@pytest.mark.parametrize(
    "text", ["Write a reusable Joi validation middleware.", "I need an Express middleware requireRole."]
)
def test_one_piece_is_asked_for(text: str) -> None:
    """A function has an inside to test, but nothing to deploy."""
    assert scope_of(exchange(text))[0] is Scope.PIECE


def test_the_last_turn_decides_the_scope() -> None:
    """The conversation may narrow down."""
    assert scope_of(exchange("Build our API.", "Here it is.", "Now just the query."))[0] is Scope.NARROW


def test_a_fix_of_supplied_code_is_narrow() -> None:
    """The code need not stand in the question."""
    files = (SuppliedFile("a.js", "x"),)
    assert scope_of(exchange("Please correct this.", files=files))[0] is Scope.NARROW


def test_without_a_question_everything_is_open() -> None:
    """A source file is checked without any."""
    assert scope_of(exchange()) == (Scope.WHOLE, "")


@pytest.mark.parametrize(
    "text",
    [
        "Write the service. No tests.",
        "Write it without any tests please.",
        "I don't need tests.",
        "Skip the documentation and tests.",
    ],
)
def test_what_the_user_does_without(text: str) -> None:
    """He says so."""
    assert declines(exchange(text), TESTS)


@pytest.mark.parametrize("text", ["With tests, please.", "No framework. Write tests.", "How do we test it?"])
def test_what_the_user_wants_is_not_declined(text: str) -> None:
    """A "no" of another sentence means another thing."""
    assert not declines(exchange(text), TESTS)


def test_a_question_that_declines_a_topic_does_not_raise_it() -> None:
    """The word is there, and not meant."""
    found = raises(exchange("No tests."), TESTS), raises(exchange("Add tests."), TESTS)
    assert found == (False, True)


def test_code_in_a_question_is_no_words() -> None:
    """A block may hold any word."""
    assert question_text(exchange("Why?\n\n```js\ntest();\n```\nHm.")).split() == ["Why?", "Hm."]


@pytest.mark.parametrize(
    ("text", "builds"), [("Design the booking service.", True), ("What is a JWT?", False)]
)
def test_something_is_to_be_built(text: str, builds: bool) -> None:
    """Or only explained."""
    assert asks_to_build(exchange(text)) is builds


@pytest.mark.parametrize(
    "text", ["no " * 20_000, "just the " * 10_000, "how " * 20_000 + "?", "```" * 20_000]
)
def test_hostile_questions_end(text: str) -> None:
    """No pattern runs away."""
    asked = exchange(text)
    assert (scope_of(asked), declines(asked, TESTS)) is not None
