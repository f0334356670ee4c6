"""The example notebook runs as it is committed: without a key, without a network, and from anywhere."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "first-look.ipynb"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """A copy of the notebook, executed in an empty folder that is not the repository."""
    place = tmp_path_factory.mktemp("notebook")
    copy = Path(shutil.copy(NOTEBOOK, place))
    notebook = nbformat.read(copy, as_version=4)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's machinery; the cells run in another process
        patch.delenv("ANTHROPIC_API_KEY", raising=False)
        patch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
        patch.setenv("TMPDIR", str(place))
        patch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        client = NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(place)}}
        )
        client.execute()
    return notebook


def outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [one for cell in notebook.cells if cell.cell_type == "code" for one in cell.outputs]


def test_the_committed_notebook_has_no_outputs() -> None:
    """Results of somebody's machine do not belong into a diff."""
    committed = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in committed.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)


def test_it_draws_the_rules(executed: nbformat.NotebookNode) -> None:
    assert any("image/png" in one.get("data", {}) for one in outputs(executed))


def test_no_cell_warns(executed: nbformat.NotebookNode) -> None:
    """Whatever a cell writes to standard error is a warning to the reader."""
    assert [one.text for one in outputs(executed) if one.get("name") == "stderr"] == []


@pytest.mark.parametrize("name", ["scores", "findings", "answers"])
def test_every_frame_is_exported_both_ways(executed: nbformat.NotebookNode, name: str) -> None:
    (shown,) = (one.data["text/plain"] for one in outputs(executed) if "answers.csv" in str(one.get("data")))
    assert f"{name}.csv" in shown
    assert f"{name}.parquet" in shown


def test_the_broken_line_is_shown(executed: nbformat.NotebookNode) -> None:
    """The last step of the walk ends at the line that broke the rule."""
    assert any(
        "console.log('listed')" in row and "True" in row
        for one in outputs(executed)
        for row in str(one.get("data", {}).get("text/plain", "")).splitlines()
    )
