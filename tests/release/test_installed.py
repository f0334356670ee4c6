"""The tests and the extras against installed releases, in a fresh environment of each accepted Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13")
EXTRAS = "embedding,fast,scale,tune,viewer"  # what the unit tests import; the others start programs or models
TOOLS = ("aiohttp", "hypothesis", "jsonschema", "junitparser", "pytest", "pytest-xdist")

# The tests of what each extra is for; they have to hold with no other extra there.
USES = {
    "claude-code": ["tests/integration/test_claude_code.py", "tests/unit/providers/test_claude_stream.py"],
    "embedding": ["tests/unit/routing/test_routing_embedding.py"],
    "fast": ["tests/unit/response/test_sql_fuzz.py", "tests/unit/checks/database"],
    "local": ["tests/unit/providers/test_weights.py", "tests/integration/test_models_command.py"],
    "scale": ["tests/integration/test_redecide_engines.py"],
    "tune": ["tests/unit/tune/test_optimise.py", "tests/integration/test_tune_command.py"],
    "viewer": ["tests/integration/test_view_command.py"],
}
# What needs it when it is not there: one line, which names what pip has to be told.
WITHOUT = {
    "claude-code": ["route", "--router", "claude-code", "--agents", "agents", "--cases", "routing.yaml"],
    "embedding": ["route", "--router", "embedding", "--agents", "agents", "--cases", "routing.yaml"],
    "local": ["run", "--model", "local:smollm2", "backend-architect"],
    "tune": ["tune", "agents/backend-architect.md", "suite.yaml", "--model", "replay:answers"],
    "viewer": ["view"],
}

pytestmark = pytest.mark.full


def interpreter(version: str) -> str:
    """Return a Python of the version, from the path or beside the one that runs, or skip."""
    places = [os.environ.get("PATH", ""), *map(str, Path(sys.base_prefix).parent.glob(f"{version}.*/bin"))]
    for place in places:
        found = shutil.which(f"python{version}", path=place)
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    pytest.skip(f"no Python {version} here")


def fresh(folder: Path, python: str, *requirements: str) -> Path:
    """Return the interpreter of a new environment with the requirements."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    inside = folder / "bin" / "python"
    pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *requirements], check=True, capture_output=True)
    return inside


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What the tests read, without the package: what they import can only be what is installed."""
    folder = tmp_path / "tree"
    folder.mkdir()
    for name in ("tests", "agents", "datasets", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "harness.toml", "README.md"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def run_tests(python: Path, tree: Path, *paths: str) -> str:
    """Return the end of what pytest says, empty when all hold."""
    command = [str(python), "-P", "-m", "pytest", *paths, "-q", "-n", "2", "-m", "not full"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.parametrize(
    ("version", "kind"), [*((version, "wheel") for version in VERSIONS), ("3.11", "sdist")]
)
def test_the_unit_tests_hold_for_what_is_installed(distributions, tree, tmp_path, version, kind):
    """A file that was left out, or a name that a Python lacks, is seen here and not by users."""
    release = getattr(distributions, kind)
    python = fresh(tmp_path / "environment", interpreter(version), f"{release}[{EXTRAS}]", *TOOLS)
    assert run_tests(python, tree, "tests/unit") == ""


@pytest.mark.parametrize("extra", USES)
def test_an_extra_alone_is_enough_for_its_feature(distributions, tree, tmp_path, extra):
    """Nothing leans on what only another extra brings."""
    python = fresh(tmp_path / "environment", sys.executable, f"{distributions.wheel}[{extra}]", *TOOLS)
    assert run_tests(python, tree, *USES[extra]) == ""


@pytest.fixture(scope="module")
def bare(distributions, tmp_path_factory) -> Path:
    """The interpreter of an environment with the release and no extra."""
    return fresh(tmp_path_factory.mktemp("bare") / "environment", sys.executable, str(distributions.wheel))


@pytest.mark.parametrize("extra", WITHOUT)
def test_a_missing_extra_is_one_line_that_names_it(bare, tmp_path, extra):
    """Exit code 2, and what to tell pip."""
    shutil.copytree(ROOT / "agents", tmp_path / "agents")
    shutil.copy(ROOT / "datasets" / "routing" / "core.yaml", tmp_path / "routing.yaml")
    shutil.copy(ROOT / "datasets" / "backend-architect" / "compliance.yaml", tmp_path / "suite.yaml")
    (tmp_path / "answers").mkdir()
    command = [str(bare), "-P", "-m", "harness", *WITHOUT[extra]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines()
    named = f"pip install 'agentfile-harness[{extra}]'" in said[-1]
    assert (done.returncode, len(said), named) == (2, 1, True), done.stderr


def test_every_extra_for_users_has_its_test() -> None:
    """A new extra is tried alone, too."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    notebook = {"plots"}  # no code of the package needs it; tests/integration/test_notebook.py does
    assert set(extras) - {"dev"} - notebook == set(USES)
