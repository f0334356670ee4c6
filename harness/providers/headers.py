"""What a server says about its limits: how long to leave it alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["pause_s", "retry_after_s"]

LONGEST_PAUSE_S = 60.0
"""A limit is full again after so long at most; a clock that runs differently must not stop a run."""

_KINDS = ("requests", "tokens", "input-tokens", "output-tokens")


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Return the seconds a server asks to wait after a failure; 0: it says nothing that can be read.

    ``retry-after`` holds seconds or a date (RFC 9110, 10.2.3); ``retry-after-ms`` is more exact.
    """
    exact = _number(headers.get("retry-after-ms"))
    if exact is not None:
        return exact / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        then = parsedate_to_datetime(text or "")
    except ValueError:
        return 0.0
    return max(0.0, then.timestamp() - time.time())


def pause_s(headers: Mapping[str, str]) -> float:
    """Return the seconds until a call can succeed, by the limits that came with an answer; mostly 0.

    A limit of which nothing remains (``anthropic-ratelimit-*-remaining``) is waited for until it is full
    again (``-reset``, RFC 3339): the next call would only be refused.
    """
    return max((_reset_s(headers, kind) for kind in _KINDS if _used_up(headers, kind)), default=0.0)


def _used_up(headers: Mapping[str, str], kind: str) -> bool:
    return _number(headers.get(f"anthropic-ratelimit-{kind}-remaining")) == 0


def _number(text: str | None) -> float | None:
    """Read a number of seconds or calls; what is none, or is below 0 or endless, says nothing."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None


def _reset_s(headers: Mapping[str, str], kind: str) -> float:
    try:
        then = datetime.fromisoformat(headers.get(f"anthropic-ratelimit-{kind}-reset") or "")
    except ValueError:
        return 0.0
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return min(LONGEST_PAUSE_S, max(0.0, then.timestamp() - time.time()))
