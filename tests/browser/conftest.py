"""A real browser for the tests: Debian's Chromium, which ``install.sh`` beside this file installs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

# The example run belongs to the unit tests of the report; both look at the same one.
sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "report"))


# One browser per file: while Playwright lives, its event loop runs, and no other test may start one.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return the browser. Without it the tests fail: they are never skipped."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=["--headless", *QUIET, "--disable-sync"]
        )
        yield browser
        browser.close()
