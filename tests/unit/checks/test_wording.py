"""The words of a rule: stems, compounds, and what is negated."""

from __future__ import annotations

import pytest

from harness.checks.wording import clauses_of, masked
from harness.core.types import Polarity


def words(text: str, polarity: Polarity = Polarity.SHOULD) -> set[str]:
    return set(clauses_of(text, polarity)[0].words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Never use console", {"-consol"}),
        ("Use winston, not console", {"+winston", "-consol"}),
        ("Use winston instead of console", {"+winston", "-consol"}),
        ("Prefer winston over console", {"+winston", "-consol"}),
        ("Replace console with winston", {"-consol", "+winston"}),
        ("console is strictly forbidden, use winston", {"-consol", "+winston"}),
        ("console must never appear", {"-consol"}),
        ("No endpoint without authentication", {"-endpoint", "+authenticat"}),
        ("Without authentication or without encryption", {"-authenticat", "-encrypt"}),
        ("Never console; always winston", {"-consol", "+winston"}),
        ("Not only winston", {"+winston"}),
    ],
)
def test_a_word_carries_the_sign_of_what_is_wanted(text: str, expected: set[str]) -> None:
    """Minus for what must be absent, plus for what must be there."""
    assert words(text) == expected


def test_a_never_rule_negates_words_that_do_not_forbid_themselves() -> None:
    """A ❌ before "Use console" says what "Never use console" says."""
    assert words("Use console", Polarity.NEVER) == words("Never use console", Polarity.NEVER) == {"-consol"}


def test_only_the_first_clause_of_a_never_rule_is_negated() -> None:
    """What follows the dash is the way out."""
    assert words("Use console - use winston", Polarity.NEVER) == {"-consol", "+winston"}


@pytest.mark.parametrize(
    "forms",
    [
        ("validate", "validates", "validated", "validating", "validation", "validator", "validators"),
        ("authorise", "authorize", "authorised", "authorization", "authorisation"),
        ("log", "logs", "logging", "logged"),
        ("encrypt", "encrypted", "encryption", "encrypting"),
        ("role-based access control", "RBAC", "role based access"),
        ("rate limiting", "rate-limited", "rate limiter", "throttling", "ratelimits"),
        ("API endpoints", "routes", "APIs", "end-points"),
    ],
)
def test_the_forms_of_a_word_are_one(forms: tuple[str, ...]) -> None:
    """Grammar and spelling do not keep alike rules apart."""
    assert len({clauses_of(form)[0].words for form in forms}) == 1


def test_clauses_follow_the_whole() -> None:
    """A rule that explains itself after a dash is compared with and without the explanation."""
    assert [clause.text for clause in clauses_of("Use winston; it rotates")][1:] == [
        "use winston",
        "it rotates",
    ]


def test_a_text_without_content_has_no_clause() -> None:
    """Nothing can be like it."""
    assert clauses_of("--- of the !!!") == ()


def test_masking_replaces_whole_values_only() -> None:
    """The value of a parameter becomes its name, wherever it stands as a word."""
    assert masked("Joi schemas, joined", {"library": "joi"}).split() == ["<library>", "schemas,", "joined"]


@pytest.mark.parametrize(
    "forms",
    [
        ("parameterized queries", "prepared statements", "bound parameters", "parameterised SQL statements"),
        ("user input", "request data", "payloads", "client-supplied data", "req.body"),
        ("TLS", "SSL", "HTTPS"),
        ("known vulnerabilities", "CVEs", "security flaws"),
        ("exception handling", "handle errors", "error handler"),
        ("foreign keys", "foreign-key"),
        ("docker-compose.yml", "compose file", "docker compose"),
        ("audit log", "audit trails", "audit logging"),
    ],
)
def test_different_words_for_one_thing_are_one(forms: tuple[str, ...]) -> None:
    """People call a thing by many names; a phrase holds for all of them."""
    assert len({clauses_of(form)[0].words for form in forms}) == 1


@pytest.mark.parametrize(
    "text", ["Robust encryption", "Implement proper encryption", "Encryption is consistently enforced"]
)
def test_praise_and_verbs_of_doing_say_nothing(text: str) -> None:
    """What is demanded is encryption, however it is praised."""
    assert words(text) == {"+encrypt"}


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("Consider performance", {"consider"}),
        ("Security considerations", {"consider"}),
        ("Document the endpoints", {"document"}),
        ("Optimize performance", set()),
    ],
)
def test_talking_about_a_thing_is_not_doing_it(text: str, mode: set[str]) -> None:
    """To discuss performance and to optimise it are different rules."""
    assert clauses_of(text)[0].mode == mode


def test_a_label_is_no_clause_of_its_own() -> None:
    """A rule about error handling does not ask for error handling as such."""
    assert len(clauses_of("Error handling: use Result types")) == 1


@pytest.mark.parametrize(
    ("hasty", "plain"),
    [
        ("Hash passwords w/ salt", "Hash passwords with salt"),
        ("No secrets in the code, no exceptions", "No secrets in the code"),
        ("Validate everything that comes in", "Validate input"),
        ("Check input before you use it", "Check input"),
        ("5xx for failures", "Status codes for failures"),
        ("No vulnerable deps", "No vulnerable dependencies"),
    ],
)
def test_what_is_written_in_a_hurry_says_the_same(hasty: str, plain: str) -> None:
    assert words(hasty) == words(plain)


def test_a_demand_behind_a_comma_is_a_clause() -> None:
    """Each may be what a check decides; the whole holds both."""
    clauses = clauses_of("Encrypt sensitive data, use short names")
    assert [clause.words for clause in clauses[1:]] == [{"+encrypt", "+sensitiv"}, {"+short", "+nam"}]


def test_a_list_is_one_clause() -> None:
    assert len(clauses_of("Validate names, dates, amounts")) == 1


def test_what_stands_in_brackets_may_be_left_out() -> None:
    assert (
        clauses_of("Encrypt backups (nightly, offsite)")[-1].words == clauses_of("Encrypt backups")[0].words
    )
