"""A check, a provider and a report format are added in one folder each: done in a copy of the package."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/writing-checks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
PARROT = '''"""Says the question again."""

from harness.core.types import Completion, Request, StopReason, Usage
from harness.providers.base import Traits, completion_of


class Parrot(Traits):
    name = "parrot:grey"

    async def generate(self, request: Request) -> Completion:
        said = f"Thank you. {request.messages[-1].text}"
        return completion_of(said, (), StopReason.END, Usage(1, 1), ("grey", 0.0))

    async def close(self) -> None:
        pass
'''
OPENING = """    if provider == "parrot":
        from harness.providers.parrot import Parrot

        return Parrot()
"""
COUNT = '''"""How many verdicts there are."""

from harness.report.model import RunResults


def render_count(results: RunResults) -> str:
    return f"{len(results.verdicts)} verdicts"
'''
AGENT = """---
name: writer
description: Writes.
---
## Rules
- Never thank the user
"""
CASES = "agent: writer\ncases:\n  - {id: one, prompt: Say something.}\n"


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def add_check(package: Path) -> None:
    """The class and the examples of the page on writing checks."""
    folder = package / "checks/courtesy"
    put(folder / "__init__.py", '"""Manners."""\n')
    put(folder / "polite.py", next(text for language, text in BLOCKS if language == "python"))
    put(folder / "polite.yaml", next(text for _, text in BLOCKS if text.startswith("good:")))


def add_provider(package: Path) -> None:
    """A module, its name in the list, and its line where providers are opened."""
    put(package / "providers/parrot.py", PARROT)
    registry = package / "providers/registry.py"
    replace(registry, "OTHER_MODELS = (\n", 'OTHER_MODELS = (\n    ("parrot:<bird>", "says it again"),\n')
    replace(
        registry,
        '    if provider == "anthropic":\n        from harness.providers.anthropic',
        OPENING + ('    if provider == "anthropic":\n        from harness.providers.anthropic'),
    )


def add_format(package: Path) -> None:
    """A module, and its line where reports are written."""
    put(package / "report/formats/count.py", COUNT)
    write = package / "report/write.py"
    replace(
        write,
        "from harness.report.formats.csv",
        "from harness.report.formats.count import render_count\nfrom harness.report.formats.csv",
    )
    replace(
        write,
        "    write_atomic(page,",
        '    write_atomic(results.folder / "count.txt", render_count(results))\n    write_atomic(page,',
    )


def snapshot(package: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in package.rglob("*") if path.is_file()}


ADDED = {"checks": add_check, "providers": add_provider, "report": add_format}


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, set[str]]]:
    """A copy of the package with all three, and the folders that each of them touched."""
    root = tmp_path_factory.mktemp("extended")
    package = root / "harness"
    shutil.copytree(ROOT / "harness", package, ignore=shutil.ignore_patterns("__pycache__"))
    touched = {}
    for name, add in ADDED.items():
        before = snapshot(package)
        add(package)
        changed = [path for path, data in snapshot(package).items() if before.get(path) != data]
        touched[name] = {path.relative_to(package).parts[0] for path in changed}
    return root, touched


@pytest.fixture(scope="module")
def run(extended: tuple[Path, dict[str, set[str]]]) -> Path:
    """A run of the copy that uses all three; returns its folder."""
    root, _ = extended
    project = root / "project"
    put(project / "agents/writer.md", AGENT)
    put(project / "datasets/writer.yaml", CASES)
    command = [sys.executable, "-m", "harness", "run", "--model", "parrot:grey", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return project / str(json.loads(done.stdout)["run"])


@pytest.mark.parametrize("name", ADDED)
def test_one_folder_is_touched(extended: tuple[Path, dict[str, set[str]]], name: str) -> None:
    """That of its kind."""
    assert extended[1][name] == {name}


def test_the_check_decides(run: Path) -> None:
    """By the words of the agent's rule, without a line anywhere else."""
    scores = json.loads((run / "results.json").read_text(encoding="utf-8"))["scores"]
    assert [one["mean"] for one in scores if one["check"] == "team/polite"] == [0.0]


def test_the_format_is_written(run: Path) -> None:
    """Beside the others."""
    assert (run / "count.txt").read_text(encoding="utf-8") == "1 verdicts"
