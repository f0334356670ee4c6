"""What is personal, what takes the person out of it, and how it gets into a log."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks.base import Exchange
from harness.checks.examples import load_examples
from harness.checks.logging.no_pii import NoPii
from harness.checks.logging.pii.personal import is_masking, is_personal, is_whole_person
from harness.core.types import Decision, Outcome
from harness.response.parse import parse_response, parse_source


def decided(text: str, path: str = "app.js") -> Decision:
    return NoPii().decide(Exchange((), (), parse_source(text, path)))


@pytest.mark.parametrize(
    "name", "email userEmail phone_number ssn accessToken cardNumber IBAN firstName cvv".split()
)
def test_names_of_personal_data(name: str) -> None:
    """However a name is spelled, its last noun decides."""
    assert is_personal(name)


@pytest.mark.parametrize(
    "name",
    "emailId email_sent tokenType totalTokens nextToken csrfToken emailVerified username".split(),
)
def test_names_that_only_sound_so(name: str) -> None:
    """Ids, flags, kinds and counts tell nothing about a person."""
    assert not is_personal(name)


def test_a_user_is_a_person_and_his_id_is_not() -> None:
    """A record of a person holds all of it."""
    assert (is_whole_person("currentUser"), is_whole_person("userId")) == (True, False)


@pytest.mark.parametrize("name", ["maskEmail", "redact", "hashToken", "pick", "omit", "sha256", "isset"])
def test_functions_that_take_the_person_out(name: str) -> None:
    """What they give back may be logged."""
    assert is_masking(name)


@pytest.mark.parametrize(
    "text",
    [
        "const data = req.body; logger.info('got', data);",
        "const { email: e } = req.body; logger.info(`got ${e}`);",
        "const line = 'mail ' + user.email; logger.info(line);",
        "logger.info('x', { ...req.body });",
        "logger[level]('x', user.email);",
        "const { log } = console; log(user.email);",
        "function out(x) { logger.info(x); } out(user.email);",
        "const describe = (u) => `${u.id} ${u.email}`; logger.info(describe(user));",
        "logger.child({ a: 1 }).info(user.phone);",
    ],
)
def test_ways_into_a_log(text: str) -> None:
    """Variables, patterns, texts, spreads, aliases and helpers are followed."""
    assert decided(text).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    "text",
    [
        "const email = mask(user.email); logger.info(email);",
        "logger.info('x', { email: !!user.email, n: user.email.length });",
        "logger.info('user ' + user);",
        "logger.info(`sent to ${user.id}`);",
        "const { id } = req.body; logger.info('x', { id });",
        "logger.info('email', 'password', 'token');",
        "save(user.email); logger.info('saved');",
    ],
)
def test_what_is_fine(text: str) -> None:
    """Masks, flags, lengths, ids and words about data are no data."""
    assert decided(text).outcome is Outcome.PASS


def test_a_shown_class_says_what_a_parameter_holds() -> None:
    """The type of a parameter is a record with an address."""
    text = "interface Form { email: string }\nfunction f(input: Form) { logger.info('x', input); }\n"
    assert decided(text, "a.ts").outcome is Outcome.FAIL


def test_what_stands_in_public_runs_on_the_server_in_php() -> None:
    """The folder is the browser's only for scripts."""
    assert decided("<?php error_log($user->email);", "public/index.php").outcome is Outcome.FAIL


def test_the_caller_is_told_where_a_helper_logs() -> None:
    """The line to mend is the one that hands the address over."""
    text = "function audit(a, details) {\n  logger.info(a, details);\n}\naudit('x', { mail: user.email });\n"
    assert [one.line for one in decided(text).findings] == [4]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_answers_are_decided(data: st.DataObject) -> None:
    """Nothing that is cut out of an answer makes the check raise."""
    text = data.draw(st.sampled_from([one.response for one in load_examples(NoPii())]))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    program = parse_response(text[:start] + data.draw(st.text(max_size=12)) + text[end:])
    assert NoPii().decide(Exchange((), (), program)).outcome is not Outcome.ERROR
