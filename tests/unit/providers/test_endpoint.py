"""Where the Messages API is reached: the environment, read strictly."""

from __future__ import annotations

import pytest

from harness.core.errors import ConfigurationError
from harness.providers.endpoint import identity, read_endpoint
from harness.providers.registry import default_parameters, open_provider

SECRET = "sk-very-secret-0123456789"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_key_the_variable_is_named_and_the_exit_code_is_2() -> None:
    with pytest.raises(ConfigurationError, match="ANTHROPIC_API_KEY") as caught:
        open_provider("anthropic:some-model")
    assert caught.value.exit_code == 2


def test_an_empty_key_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "  ")
    with pytest.raises(ConfigurationError, match="ANTHROPIC_API_KEY"):
        read_endpoint()


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:1234", "[::1]:99", "127.9.9.9"])
def test_a_server_on_this_machine_needs_no_key(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://{host}")
    endpoint = read_endpoint()
    assert (endpoint.loopback, bool(endpoint.api_key), endpoint.secrets) == (True, True, ())


@pytest.mark.parametrize(
    "host", ["example.com", "localhost.example.com", "10.0.0.1", "127.0.0.1.example.com"]
)
def test_a_server_elsewhere_needs_a_key(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://{host}")
    with pytest.raises(ConfigurationError, match="no key"):
        read_endpoint()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/v1", "https://example.com/api/v1/", "http://[::1]:5/v1"]
)
def test_an_address_that_ends_in_v1_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
    with pytest.raises(ConfigurationError, match="leave out the /v1"):
        read_endpoint()


@pytest.mark.parametrize(
    "url", ["localhost:8080", "ftp://example.com", "http://", "http://x:99999999", "nonsense"]
)
def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
    with pytest.raises(ConfigurationError, match="not an address"):
        read_endpoint()


def test_the_password_of_an_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"https://user:{SECRET}@example.com/v1")
    with pytest.raises(ConfigurationError) as caught:
        read_endpoint()
    assert SECRET not in str(caught.value)


def test_a_key_is_not_in_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    assert SECRET not in repr(read_endpoint())


def test_the_key_wins_over_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "other")
    assert (read_endpoint().api_key, read_endpoint().auth_token) == (SECRET, "")


def test_a_key_with_a_line_break_inside_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-first\nsk-second")
    with pytest.raises(ConfigurationError, match="ANTHROPIC_API_KEY") as caught:
        read_endpoint()
    assert "sk-first" not in str(caught.value)


def test_the_official_server_has_no_mark_in_the_key_of_a_sample() -> None:
    assert identity() == {}


def test_servers_on_two_hosts_do_not_share_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://example.com:444/api")
    assert default_parameters("anthropic:some-model") == {"@server": "example.com"}


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:2", "http://[::1]:3"])
def test_a_local_server_on_another_port_is_the_same_server(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
    assert identity() == {"@server": "localhost"}


@pytest.mark.parametrize("model", ["gpt", "openai:gpt", "", ":", "local:", "anthropic:"])
def test_an_unknown_provider_or_an_empty_name_is_refused(model: str) -> None:
    with pytest.raises(ConfigurationError, match="use one of"):
        open_provider(model)
