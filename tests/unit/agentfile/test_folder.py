"""A folder of agents."""

from pathlib import Path

import pytest

from harness.agentfile.folder import read_folder
from harness.core.errors import AgentFileError, InputError


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_agents_come_sorted_by_name_from_all_levels(tmp_path: Path) -> None:
    write(tmp_path / "z.md", "---\nname: alpha\ndescription: d\n---\n")
    write(tmp_path / "deep" / "a.md", "---\nname: beta\ndescription: d\n---\n")
    assert [agent.name for agent in read_folder(tmp_path)] == ["alpha", "beta"]


def test_other_markdown_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "a.md", "---\nname: a\ndescription: d\n---\n")
    write(tmp_path / "README.md", "# Agents\n\n- Never read me as an agent\n")
    assert [agent.name for agent in read_folder(tmp_path)] == ["a"]


def test_an_agent_without_name_has_that_of_its_file(tmp_path: Path) -> None:
    write(tmp_path / "helper.md", "---\ndescription: d\n---\n")
    assert [agent.name for agent in read_folder(tmp_path)] == ["helper"]


def test_two_agents_of_one_name_are_an_error_that_names_both(tmp_path: Path) -> None:
    write(tmp_path / "one.md", "---\nname: a\ndescription: d\n---\n")
    write(tmp_path / "two.md", "---\nname: a\ndescription: d\n---\n")
    with pytest.raises(AgentFileError, match=r"two\.md.*'a'.*one\.md"):
        read_folder(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="absent"):
        read_folder(tmp_path / "absent")
