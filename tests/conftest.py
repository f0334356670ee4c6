"""What every test shares: no key of the user's, no network but loopback, its own cache folder's weights."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _without_the_users_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that needs a key or a server sets its own; none ever reaches a paid service."""
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
