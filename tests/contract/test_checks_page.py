"""The committed page of the checks is the one that their classes and examples make."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from harness.checks.registry import built_in_checks

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/checks.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def checks_page() -> ModuleType:
    """The script that writes the page."""
    spec = importlib.util.spec_from_file_location("checks_page", ROOT / "benchmarks/checks_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(checks_page: ModuleType) -> None:
    """Apart from the figures, which are measured; `make docs` writes it anew."""
    wanted = checks_page.page_of(built_in_checks(), {})
    assert checks_page.without_figures(PAGE) == checks_page.without_figures(wanted)


@pytest.mark.parametrize("name", built_in_checks())
def test_a_check_has_figures_or_the_page_says_that_it_has_none(name: str) -> None:
    """A check whose figures are bad or missing is listed like any other: once for each part."""
    assert PAGE.count(f"| [`{name}`](#") == 2
