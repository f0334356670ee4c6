"""docs/commands.md is made of the help of today, and every example in a help text can be given."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from command_lines import application, problem_of
from documents import ROOT

from harness.cli.app import COMMANDS, main


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("commands_page", ROOT / "benchmarks/commands_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()
LISTED = dict(SCRIPT.commands())


def examples(name: str) -> list[str]:
    """Return the examples of a command, a line each."""
    text = SCRIPT.section(name, LISTED[name])
    (block,) = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)[:1] or [""]
    return [line for line in block.replace("\\\n", " ").splitlines() if line.strip()]


def test_the_page_is_current() -> None:
    """`make docs` writes it anew."""
    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8") == SCRIPT.page()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_help_is_on_the_page(name: str) -> None:
    """A group by each of its commands."""
    assert any(listed == name or listed.startswith(f"{name} ") for listed in LISTED)


@pytest.mark.parametrize("name", LISTED)
def test_a_command_has_an_example(name: str) -> None:
    """One that begins with its own name."""
    assert any(line.startswith(f"harness {name}") for line in examples(name))


@pytest.mark.parametrize("name", LISTED)
def test_an_example_names_commands_and_options_that_exist(name: str) -> None:
    """Parsed by the command itself."""
    assert [problem_of(line) for line in examples(name) if problem_of(line)] == []


@pytest.mark.parametrize("name", LISTED)
def test_a_help_text_shows_its_examples_a_line_each(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrapped examples cannot be copied."""
    main([*name.split(), "--help"])
    shown = capsys.readouterr().out
    assert "\\b" not in shown
    assert re.search(r"^  Examples:\n    harness ", shown, re.MULTILINE)


def test_an_unknown_option_is_noticed() -> None:
    """The parser of these tests is not lenient."""
    assert "--modell" in problem_of("harness run --modell anthropic:m")


def test_an_unknown_command_of_a_group_is_noticed() -> None:
    """Groups are looked into."""
    assert application("samples") is not None
    assert problem_of("harness samples drop") != ""


def test_the_script_writes_where_the_page_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one command of `make docs`."""
    monkeypatch.setattr(SCRIPT, "ROOT", tmp_path)
    monkeypatch.setattr(SCRIPT, "PAGE", tmp_path / "commands.md")
    SCRIPT.main()
    assert (tmp_path / "commands.md").read_text(encoding="utf-8") == SCRIPT.page()
