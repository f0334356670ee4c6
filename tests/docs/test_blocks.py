"""Every code block of every page is held against the real thing: commands, configuration, datasets, data."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_lines import problem_of
from documents import SHELL, Block, blocks, commands
from pydantic import BaseModel

from harness.agentfile.sidecar import read_sidecar
from harness.core.config import Config
from harness.judge.rubric import Rubric
from harness.suite.schema import ComplianceFile, LabelsFile, RoutingFile

LANGUAGES = {*SHELL, "yaml", "toml", "json", "python", "markdown", "jinja", "text", "js"}
# Pages whose blocks are written out and executed by tests of their own.
EXECUTED = {"docs/experiments.md", "docs/writing-checks.md"}


def of(*languages: str) -> list[Block]:
    return [block for block in blocks() if block.language in languages and block.page not in EXECUTED]


SHELL_LINES = [
    (block.name, line) for block in blocks() if block.language in SHELL for line in commands(block)
]
YAML = [(block.name, value) for block in of("yaml") for value in yaml.safe_load_all(block.text) if value]


def model_of(value: dict[str, Any]) -> type[BaseModel] | None:
    """Return what reads a YAML file with these keys; nothing for workflows and sidecars."""
    if "annotator" in value:
        return LabelsFile
    if "obeys" in value:
        return Rubric
    if "cases" in value:
        return ComplianceFile if "agent" in value else RoutingFile
    return None


def scripts_of(value: Any) -> Iterator[str]:
    """Yield the shell lines of a workflow: `run:` of GitHub, `script:` of GitLab."""
    if isinstance(value, dict):
        for key, inner in value.items():
            lines = inner if isinstance(inner, list) else [inner]
            if key in {"run", "script"} and all(isinstance(line, str) for line in lines):
                yield from lines
            else:
                yield from scripts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scripts_of(inner)


WORKFLOWS = [(name, line) for name, value in YAML for line in scripts_of(value)]
SIDECARS = [(name, value) for name, value in YAML if isinstance(value, dict) and "rules" in value]


def test_blocks_are_found() -> None:
    """Else the tests below would hold of nothing."""
    assert (len(SHELL_LINES) > 80, len(YAML) > 5, len(WORKFLOWS) > 3, len(SIDECARS)) == (True, True, True, 1)


@pytest.mark.parametrize("block", blocks(), ids=lambda block: block.name)
def test_a_block_says_its_language(block: Block) -> None:
    """Without one nobody could tell how to hold it to its word."""
    assert block.language in LANGUAGES


@pytest.mark.parametrize(("name", "line"), SHELL_LINES)
def test_a_command_and_its_options_exist(name: str, line: str) -> None:
    """The command's own parser reads it."""
    assert problem_of(line) == ""


@pytest.mark.parametrize(("name", "line"), WORKFLOWS)
def test_a_command_of_a_workflow_exists(name: str, line: str) -> None:
    """What the runner would execute; its own variables are filled in."""
    assert problem_of(line.replace("${{ matrix.shard }}", "1")) == ""


@pytest.mark.parametrize("block", of("toml"), ids=lambda block: block.name)
def test_a_configuration_is_read(block: Block) -> None:
    """By what reads harness.toml, which refuses unknown keys and wrong values."""
    read = tomllib.loads(block.text)
    assert Config.model_validate(read).model_dump(include=set(read)).keys() == read.keys()


@pytest.mark.parametrize(("name", "value"), YAML, ids=[name for name, _ in YAML])
def test_a_file_of_datasets_is_read(name: str, value: Any) -> None:
    """By the model of that file; other YAML is a workflow with commands, or a sidecar."""
    model = model_of(value)
    if model:
        model.model_validate(value)
    assert model or list(scripts_of(value)) or "rules" in value or "on" in value or True in value


def test_the_sidecar_is_read(tmp_path: Path) -> None:
    """Beside an agent file with the rules that it names."""
    (block,) = [block for block in of("yaml") if block.name == SIDECARS[0][0]]
    named = "".join(f"- {entry['match']} in this project\n" for entry in SIDECARS[0][1]["rules"])
    agent = tmp_path / "writer.md"
    agent.write_text(f"---\nname: writer\ndescription: Writes.\n---\n## Rules\n{named}", encoding="utf-8")
    (tmp_path / "shared-rules.md").write_text("## Rules\n- NEVER push to main\n", encoding="utf-8")
    (tmp_path / "writer.harness.yaml").write_text(block.text, encoding="utf-8")
    assert len(read_sidecar(agent).overrides) == len(SIDECARS[0][1]["rules"])


@pytest.mark.parametrize("block", of("json"), ids=lambda block: block.name)
def test_json_is_json(block: Block) -> None:
    """One document, or a line each."""
    try:
        found = [json.loads(block.text)]
    except ValueError:
        found = [json.loads(line) for line in block.text.strip().splitlines()]
    assert found


@pytest.mark.parametrize("block", of("python"), ids=lambda block: block.name)
def test_python_can_be_compiled(block: Block) -> None:
    """Without a warning either."""
    compile(block.text, block.name, "exec")


def test_a_command_that_does_not_exist_is_noticed() -> None:
    """The tests above can fail."""
    assert problem_of("harness gate --aginst git:main") != ""
