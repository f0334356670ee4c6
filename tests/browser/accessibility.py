"""What axe finds on a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

__all__ = ["serious_faults"]


def serious_faults(page: Page) -> list[tuple[str, str]]:
    """Return the rule and the first element of each violation that axe calls serious or critical."""
    return [
        (one["id"], one["nodes"][0]["html"][:160])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
