"""Every function of statistics says where its formula comes from."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import harness.stats

FOLDER = Path(harness.stats.__file__).parent
# A year of a publication, or the function of ours that has it.
SOURCE = re.compile(r"\b(19|20)\d\d\b|arXiv|:func:|:class:")


def public_functions() -> list[tuple[str, str, str]]:
    """Return file, name, and what is said of each public function (its docstring, then its module's)."""
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = ast.get_docstring(tree) or ""
        found += [
            (path.name, node.name, f"{ast.get_docstring(node)}\n{module}")
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        ]
    return found


@pytest.mark.parametrize(("file", "name", "said"), public_functions(), ids=lambda part: part[:40])
def test_a_function_names_its_source(file: str, name: str, said: str) -> None:
    """A formula that nobody can look up cannot be checked."""
    assert SOURCE.search(said), f"{file}: {name} names no source"
