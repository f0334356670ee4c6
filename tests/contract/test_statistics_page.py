"""docs/statistics.md says what was simulated: its tables and pictures are those of the kept figures."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pictures() -> ModuleType:
    """The script that draws and writes."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return importlib.import_module("statistics_pictures")
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture(scope="module")
def figures() -> dict[str, object]:
    """What was simulated."""
    return dict(json.loads((ROOT / "benchmarks/data/statistics.json").read_text(encoding="utf-8")))


def test_the_tables_are_those_of_the_figures(pictures: ModuleType, figures: dict[str, object]) -> None:
    """`python benchmarks/statistics_pictures.py` writes them anew."""
    assert pictures.with_tables(PAGE, figures) == PAGE


@pytest.mark.parametrize("name", ["coverage", "power", "eager", "gate", "judge"])
def test_a_picture_is_that_of_the_figures(
    pictures: ModuleType, figures: dict[str, object], name: str
) -> None:
    """Drawn again, it is the same file; and the page shows it."""
    drawn = pictures.PICTURES[name](figures).text()
    assert (ROOT / f"docs/images/statistics-{name}.svg").read_text(encoding="utf-8") == drawn
    assert f"images/statistics-{name}.svg" in PAGE


def test_the_simulated_coverage_keeps_the_promise(figures: dict[str, object]) -> None:
    """.91 or more, but for ten clusters near an end, which the page admits."""
    rows = [row for row in figures["coverage"] if "10 clusters" not in row["suite"]]  # type: ignore[attr-defined]
    assert min(row["ours"] for row in rows) >= 0.91


def test_the_gate_stays_within_its_budget(figures: dict[str, dict[str, float]]) -> None:
    """All three ways together."""
    assert figures["gate"]["any"] <= 0.05
