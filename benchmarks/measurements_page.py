"""Write the sum of what the checks agree with into the README, from the last measurement.

    python benchmarks/measurements_page.py

``harness calibrate --checks`` (``benchmarks/checks_page.py``) measured ``benchmarks/data/check_figures.json``
and wrote docs/checks.md from it; the row of the README must not say anything else. Nothing is measured here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from harness.core.jsonl import write_atomic

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "benchmarks" / "data" / "check_figures.json"
README = ROOT / "README.md"
_SUM = re.compile(r"^\| checks on hand-written responses .*\|$", re.MULTILINE)


def main() -> None:
    """Write the README."""
    write_atomic(README, readme(README.read_text(encoding="utf-8")))
    print(README.relative_to(ROOT))


def readme(text: str) -> str:
    """Return the README with the row as it has to be.

    Raises:
        SystemExit: it has no such row.
    """
    if not _SUM.search(text):
        raise SystemExit(f"{README}: no row `| checks on hand-written responses …` to put the figures into")
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    held, looked = (_total(figures[part]) for part in ("held-back", "development"))
    row = (
        f"| checks on hand-written responses that their authors could not see | {held} labels decided as "
        f"labelled; of those looked at {looked} | `harness calibrate --checks --held-back` |"
    )
    return _SUM.sub(lambda _: row, text)


def _total(part: dict[str, Any]) -> str:
    hits, n = (sum(one["agreed"][key] for one in part.values()) for key in ("hits", "n"))
    return f"{hits:,} of {n:,} ({hits / n:.0%})"


if __name__ == "__main__":
    main()
