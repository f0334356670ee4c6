"""The pictures of a finding, the heat map and a report in the documentation, from real runs.

    python benchmarks/report_picture.py            # finding.png, heat-map.png
    python benchmarks/report_picture.py --quick    # report.png too: asks the embedded model (minutes)

The hand-written responses of the repository are decided (no model is asked), and the run's own page is
photographed in Debian's Chromium. The whole report is that of ``harness run --quick``. Nothing is made up.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs/images"
SHOWN = "ajv-schema-and-limiter-imported-but-unused"  # the response with the finding that is shown
LARGEST = 300_000


def main() -> int:
    """Run, open, photograph; return 1 where a picture is too large for a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="ask the embedded model for report.png")
    quick = parser.parse_args().quick
    written = photographed(
        "datasets/backend-architect/golden", {"heat-map.png": heat_map, "finding.png": finding}
    )
    written += photographed("--quick", {"report.png": summary}) if quick else []
    for path in written:
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")
    return int(any(path.stat().st_size > LARGEST for path in written))


def photographed(suite: str, pictures: dict[str, Callable[[Page, Path], None]]) -> list[Path]:
    """Run a suite, and take pictures of its report."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [sys.executable, "-m", "harness", "run", suite, "--reports", folder]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        (report,) = Path(folder).glob("*/report.html")
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, take in pictures.items():
            page = browser.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
            page.goto(report.as_uri())
            page.wait_for_selector("html[data-ready]")
            take(page, IMAGES / name)
            page.close()
        browser.close()
    return [IMAGES / name for name in pictures]


def heat_map(page: Page, target: Path) -> None:
    """Take the heat map's upper part."""
    page.evaluate("document.querySelector('nav').hidden = true")
    box = page.locator("#heat").bounding_box()
    if box is None:
        raise SystemExit("no heat map is shown")
    clip = {"x": box["x"] - 20, "y": box["y"] - 16, "width": box["width"] + 20, "height": 900}
    page.screenshot(path=target, full_page=True, clip=clip)  # type: ignore[arg-type]


def finding(page: Page, target: Path) -> None:
    """Take the first marked lines of a response."""
    page.set_viewport_size({"width": 1000, "height": 520})
    box = page.locator(f"[id^='hand-written-golden-{SHOWN}-']")
    page.evaluate("name => location.hash = name", box.get_attribute("id"))
    first = box.locator(".ln.hit[data-n='65']")
    first.wait_for()
    page.evaluate("document.querySelector('nav').hidden = true")
    first.evaluate("line => scrollBy(0, line.getBoundingClientRect().top - 130)")
    page.screenshot(path=target)


def summary(page: Page, target: Path) -> None:
    """Take the first screen, with what was found in plain words."""
    page.set_viewport_size({"width": 1000, "height": 1180})
    page.screenshot(path=target)


if __name__ == "__main__":
    raise SystemExit(main())
