"""The picture of the heat map in the documentation, from a real run.

    python benchmarks/report_picture.py

The hand-written responses of the repository are decided (no model is asked), and the heat map of the run's
own page is photographed in Debian's Chromium. Nothing in it is made up.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs/images/heat-map.png"
LARGEST = 300_000


def main() -> int:
    """Run, open, photograph."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "harness",
            "run",
            "datasets/backend-architect/golden",
            "--reports",
            folder,
        ]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        (page,) = Path(folder).glob("*/report.html")
        photograph(page)
    size = TARGET.stat().st_size
    print(f"{TARGET.relative_to(ROOT)}: {size:,} bytes")
    return int(size > LARGEST)


def photograph(path: Path) -> None:
    """Take the heat map's upper part."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]")
        page.evaluate("document.querySelector('nav').hidden = true")
        box = page.locator("#heat").bounding_box()
        if box is None:
            raise SystemExit(f"{path}: no heat map is shown")
        clip = {"x": box["x"] - 20, "y": box["y"] - 16, "width": box["width"] + 20, "height": 900}
        page.screenshot(path=TARGET, full_page=True, clip=clip)  # type: ignore[arg-type]
        browser.close()


if __name__ == "__main__":
    raise SystemExit(main())
