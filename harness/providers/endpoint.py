"""Where the Messages API is reached, and with which credential: read from the environment only."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from harness.core.errors import ConfigurationError

__all__ = [
    "KEY_VARIABLE",
    "TOKEN_VARIABLE",
    "Endpoint",
    "identity",
    "official",
    "reached_address",
    "read_endpoint",
]

URL_VARIABLE = "ANTHROPIC_BASE_URL"
KEY_VARIABLE = "ANTHROPIC_API_KEY"
TOKEN_VARIABLE = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105 - the name of a variable, not a token
OFFICIAL_HOST = "api.anthropic.com"
_PLACEHOLDER = "no-key-needed"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server and the credential for it. ``base_url`` is empty for the official address."""

    base_url: str
    loopback: bool
    api_key: str = field(default="", repr=False)
    auth_token: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never reach a message, a log or the store."""
        return tuple(
            secret for secret in (self.api_key, self.auth_token) if secret != _PLACEHOLDER and secret
        )

    @property
    def shown(self) -> str:
        """The server's name for messages; never its user or password."""
        return _origin(self.base_url) if self.base_url else "the official API"


def read_endpoint(*, planning: bool = False) -> Endpoint:
    """Read the environment: address, then key, then token; on loopback neither is needed.

    Args:
        planning: nothing will be sent, so a credential may be missing.

    Raises:
        ConfigurationError: the address is no address or ends in ``/v1``, or there is no credential.
    """
    base_url, loopback = reached_address()
    api_key = os.environ.get(KEY_VARIABLE, "").strip()
    auth_token = "" if api_key else os.environ.get(TOKEN_VARIABLE, "").strip()
    if not api_key and not auth_token:
        if not (loopback or planning):
            raise ConfigurationError(
                f"no key: set {KEY_VARIABLE} in the environment (a server on this machine, named by"
                f" {URL_VARIABLE}, needs none); without any key use --model local:smollm2"
            )
        api_key = _PLACEHOLDER
    for name, secret in ((KEY_VARIABLE, api_key), (TOKEN_VARIABLE, auth_token)):
        if not (secret.isascii() and (not secret or secret.isprintable())):
            raise ConfigurationError(f"{name} holds characters that no key has; set it again")
    return Endpoint(base_url, loopback, api_key, auth_token)


def reached_address() -> tuple[str, bool]:
    """Return the address that the environment names, empty for the official one, and whether it is loopback.

    Raises:
        ConfigurationError: it is no address or ends in ``/v1``.
    """
    base_url = _base_url()
    return base_url, bool(base_url) and _is_loopback(base_url)


def identity() -> dict[str, str]:
    """Tell servers apart that use the same name for a model: the host, for any but the official one.

    The port is left out: a local server that comes back on another port is still the same.
    """
    base_url = _base_url()
    if official():
        return {}
    host = "localhost" if _is_loopback(base_url) else (urlsplit(base_url).hostname or "")
    return {"@server": host}


def official() -> bool:
    """Tell whether calls go to the provider's own servers, whose prices and features are known.

    Raises:
        ConfigurationError: the address is no address.
    """
    base_url = _base_url()
    return not base_url or (urlsplit(base_url).hostname or "") == OFFICIAL_HOST


def _base_url() -> str:
    value = os.environ.get(URL_VARIABLE, "").strip().rstrip("/")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(
            f"{URL_VARIABLE} is not an address such as http://127.0.0.1:8080; correct it, or unset it"
        )
    if parts.path.endswith("/v1"):
        raise ConfigurationError(
            f"{URL_VARIABLE} is {_origin(value)}{parts.path}: leave out the /v1 at its end, each call adds it"
        )
    return value


def _origin(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
