"""The house keeps its order: imports run one way, and nothing grows too large to be read."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "harness"

# A folder imports only from folders above it. `cli` comes last; modules beside the folders count as `cli`.
ORDER = (
    "core agentfile response checks suite store providers run judge routing stats calibration compare tune "
    "scale report pipeline viewer cli"
).split()

# Each third-party package has one home; what is imported in more places says why.
HOMES = {
    "anthropic": {"providers"},
    "claude_agent_sdk": {"providers"},
    "ast_grep_py": {"response", "checks", "calibration"},  # checks name nodes; mutants edit trees
    "dask": {"scale"},
    "distributed": {"scale"},
    "jinja2": {"report", "judge", "tune"},
    "markdown_it": {"response", "agentfile"},
    "markupsafe": {"report"},
    "gepa": {"tune"},
    "matplotlib": {"report"},
    "numpy": {"routing", "stats"},
    "pandas": {"report"},
    "pyarrow": {"scale", "report"},
    "pygments": {"report"},
    "rich": {"cli", "report"},
    "safetensors": {"routing"},
    "scipy": {"stats", "routing"},
    "sklearn": {"routing", "stats"},
    "sqlglot": {"response"},
    "starlette": {"viewer"},
    "tokenizers": {"routing"},
    "typer": {"cli"},
    "uvicorn": {"viewer"},
    "xllamacpp": {"providers"},
}

FILES = sorted(PACKAGE.rglob("*.py"))
SOURCES = [*FILES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]


def folder_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else "cli"


def imported_modules(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_come_from_folders_above(path: Path) -> None:
    """A module imports only from its own folder and from folders above it in the line."""
    here = ORDER.index(folder_of(path))
    own = {module.split(".")[1] for module in imported_modules(path) if module.startswith("harness.")}
    wrong = {name for name in own & set(ORDER) if ORDER.index(name) > here}
    assert not wrong


def test_every_folder_has_a_place_in_the_line() -> None:
    """A folder that the order does not know could import anything."""
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= set(ORDER)


def test_each_package_is_imported_in_its_home() -> None:
    """A third-party package is used in the folder that needs it, so that it can be replaced there."""
    users: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        for module in imported_modules(path):
            users[module.split(".")[0]].add(folder_of(path))
    strays = {name: users[name] - homes for name, homes in HOMES.items() if users[name] - homes}
    assert not strays


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_are_short_enough_to_be_read(path: Path) -> None:
    """A file has at most 350 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_functions_are_short_enough_to_be_read(path: Path) -> None:
    """A function has at most 50 lines, not counting its docstring and its signature."""
    long = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body and (node.end_lineno or 0) - body[0].lineno + 1 > 50:
                long.append(node.name)
    assert not long


def test_help_imports_nothing_heavy() -> None:
    """`harness --help` must not pay for pandas, scikit-learn, the SDK or the parser."""
    import subprocess
    import sys

    code = (
        "import sys; from harness.cli.app import main; main(['--help']); "
        "heavy = {'pandas', 'sklearn', 'scipy', 'anthropic', 'numpy', 'ast_grep_py', 'sqlglot', 'jinja2'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"
