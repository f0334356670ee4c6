"""Which names promise a secret, and which texts can be one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checks.config.secrets.judge import Setting, is_fallback_secret, is_secret, is_secret_header
from harness.checks.config.secrets.values import is_label, is_placeholder, names_itself, nothing_secret
from harness.checks.config.secrets.words import Sense, sense_of, words_of


@pytest.mark.parametrize(
    "name",
    "password DB_PASSWORD dbPassword db_password_2 $passwd rootPass apiKey API_KEY api-key apikey secretKey "
    "JWT_SECRET_KEY client_secret privateKey signing_key spring.datasource.password requirepass "
    "secretOrKey".split(),
)
def test_names_of_secrets(name: str) -> None:
    """However a name is spelled, its last noun decides."""
    assert sense_of(name) is Sense.SECRET


@pytest.mark.parametrize(
    "name",
    "passwordResetUrl TOKEN_TYPE secretName password_hash PASSWORD_MIN_LENGTH INVALID_TOKEN "
    "resetPassword publicKey primaryKey cacheKey next_token csrfToken password_file passwordField isPassword "
    "bypass compass keyboard MYSQL_RANDOM_ROOT_PASSWORD MYSQL_ALLOW_EMPTY_PASSWORD eos_token".split(),
)
def test_names_that_only_sound_so(name: str) -> None:
    """A kind, a file, an error or an action is no secret."""
    assert sense_of(name) is Sense.NONE


def test_a_name_falls_into_its_words() -> None:
    """Capitals, underscores and words that are written together end a word."""
    assert words_of("dbpassword_HTTPKey2") == ("db", "password", "http", "key", "2")


@pytest.mark.parametrize(
    "value",
    [
        *("", "null", "${DB_PASSWORD}", "{{ token }}", "%(password)s", "$DB_PASSWORD", "https://example.org"),
        *("/run/secrets/x", "15m", "^[a-z]+$", "required|string|min:12", "$2b$12$abcdefghijklmnopqrstuv"),
        "keys/private.pem",
    ],
)
def test_texts_that_hold_nothing_secret(value: str) -> None:
    """References, addresses, paths, rules, patterns and hashes are none, whatever their name."""
    assert nothing_secret(value)


@pytest.mark.parametrize(
    "value", ["<your-key>", "YOUR_API_KEY", "xxxx-xxxx", "********", "...", "insert-token-here"]
)
def test_placeholders(value: str) -> None:
    """A text that asks to be replaced is a gap."""
    assert is_placeholder(value)


@pytest.mark.parametrize("value", ["hunter2", "changeme", "dev-secret", "root", "winter is coming"])
def test_weak_passwords_are_no_placeholders(value: str) -> None:
    """They open the door until somebody changes them."""
    assert not is_placeholder(value)


@pytest.mark.parametrize(
    "value", ["Enter your password", "Forgot password?", "The token has expired.", "API key"]
)
def test_captions(value: str) -> None:
    """What is written for people is no secret."""
    assert is_label(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSWORD", "password"),
        ("apiKey", "api_key"),
        ("ENV_API_KEY", "ANTHROPIC_API_KEY"),
        ("token", "access_token"),
    ],
)
def test_a_text_that_repeats_its_name(name: str, value: str) -> None:
    """It says what something is called, not what it is."""
    assert names_itself(name, value)


@pytest.mark.parametrize(
    ("name", "value", "where", "expected"),
    [
        ("password", "hunter2", Setting.WRITTEN, True),
        ("password", "Passwort", Setting.WRITTEN, False),
        ("POSTGRES_PASSWORD", "postgres", Setting.DEPLOYED, True),
        ("DB_PASSWORD", "123456", Setting.DEPLOYED, True),
        ("token", "EOF", Setting.WRITTEN, False),
        ("token", "svc-0a9b8c7d6e", Setting.WRITTEN, True),
        ("cache_key", "users42abc", Setting.WRITTEN, False),
        ("PROVIDER_KEY", "fk_live_93hd72hs81", Setting.WRITTEN, True),
        ("STORAGE_KEY", "app-theme-v2", Setting.WRITTEN, False),
        ("salt", "x9$Lm2!vQ8", Setting.WRITTEN, True),
    ],
)
def test_name_and_text_together(name: str, value: str, where: Setting, expected: bool) -> None:
    """The weaker the name, the more its text has to look like a secret."""
    assert is_secret(name, value, where) is expected


def test_what_the_program_makes_up_is_a_secret_even_if_it_asks_to_be_replaced() -> None:
    """Tokens are signed with "your-secret-key" as well as with any other text."""
    assert is_fallback_secret("JWT_SECRET", "your-secret-key")


def test_what_others_hand_out_is_a_gap_if_it_asks_to_be_replaced() -> None:
    """No service accepts "your-api-key"."""
    assert not is_fallback_secret("STRIPE_API_KEY", "your-api-key")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Bearer 7d1f0c3b9aef", True),
        ("Basic YWRtaW46c2VjcmV0", True),
        ("Bearer ${token}", False),
        ("Bearer", False),
    ],
)
def test_authorization_headers(value: str, expected: bool) -> None:
    """A scheme alone, or with a reference, sends nothing that is written out."""
    assert is_secret_header("Authorization", value) is expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_name_and_no_text_raises(name: str, value: str) -> None:
    """Names and texts come from strangers."""
    for where in Setting:
        assert is_secret(name, value, where) in {True, False}
