"""The pages that scripts write are those of today's code and figures."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest
from documents import ROOT


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"benchmarks/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_python_interface_is_that_of_the_code() -> None:
    """`make docs` writes it anew."""
    assert (ROOT / "docs/api.md").read_text(encoding="utf-8") == script("api_page").page()


@pytest.mark.parametrize(
    "name", ["harness.load_run", "harness.checks.base.Exchange", "harness.core.types.Decision"]
)
def test_the_python_interface_has_what_users_import(name: str) -> None:
    """And a heading for each."""
    assert f"### `{name}`\n" in script("api_page").page()


def test_the_sum_in_the_readme_is_that_of_the_figures() -> None:
    """`make figures` writes it anew."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert script("measurements_page").readme(text) == text


def test_a_readme_without_the_row_is_refused() -> None:
    """Else a renamed row would never be mended again."""
    with pytest.raises(SystemExit, match="no row"):
        script("measurements_page").readme("# Title\n")
