"""Files as they were at a commit: followed through links and includes, never out of the repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.agentfile.parse import read_agent
from harness.core.errors import InputError
from harness.pipeline.changed import agents_changed
from harness.pipeline.git import commit_of, export_agent, was_there

AGENT = "---\nname: a\ndescription: d\n---\n- NEVER use goto\n"
ODD = "odd [x] *.txt"


def git(folder: Path, *arguments: str) -> None:
    person = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(("git", "-C", str(folder), *person, *arguments), check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An agent that is a link to a shared file, and includes another with an odd name."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/real.md").write_text(AGENT)
    (tmp_path / "shared" / ODD).write_text("- NEVER use eval\n")
    (tmp_path / "agents/a.md").symlink_to("../shared/real.md")
    (tmp_path / "agents/a.harness.yaml").write_text(f'include: ["../shared/{ODD}"]\n')
    (tmp_path / ".gitattributes").write_text("agents export-ignore\nshared export-ignore\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def exported(target: Path) -> tuple[str, ...]:
    """The rules of the agent as it was."""
    place = export_agent("HEAD", Path("agents/a.md"), target)
    assert place is not None
    return tuple(rule.text for rule in read_agent(place).rules)


def test_links_and_includes_lead_where_they_led(repository: Path, tmp_path: Path) -> None:
    """Today's files say something else, and archives leave them out."""
    (repository / "shared/real.md").write_text(AGENT.replace("goto", "with"))
    (repository / "shared" / ODD).write_text("- NEVER use exec\n")
    assert exported(tmp_path / "as-it-was") == ("NEVER use goto", "NEVER use eval")


@pytest.mark.parametrize("name", ["shared/real.md", f"shared/{ODD}", "agents/a.harness.yaml"])
def test_an_agent_changes_with_every_file_it_is_made_of(repository: Path, name: str) -> None:
    """The target of its link, what its sidecar includes, the sidecar."""
    file = repository / name
    file.write_text(file.read_text(encoding="utf-8") + "\n# more\n", encoding="utf-8")
    assert agents_changed("HEAD", Path("agents")) == ((Path("agents/a.md"),), ())


def test_another_file_changes_no_agent(repository: Path) -> None:
    """A pattern in the name of an included file is no pattern."""
    (repository / "shared/odd x y.txt").write_text("- NEVER use exec\n")
    assert agents_changed("HEAD", Path("agents")) == ((), ())


def test_a_new_agent_is_told_apart(repository: Path) -> None:
    """There is nothing to hold it against."""
    (repository / "agents/b.md").write_text(AGENT)
    assert agents_changed("HEAD", Path("agents")) == ((), (Path("agents/b.md"),))


def test_a_broken_sidecar_of_one_agent_stops_no_other(repository: Path) -> None:
    """It is an error of its own gate."""
    (repository / "agents/b.md").write_text(AGENT)
    (repository / "agents/b.harness.yaml").write_text("include: [\n")
    (repository / "shared/real.md").write_text(AGENT + "- NEVER use with\n")
    assert agents_changed("HEAD", Path("agents"))[0] == (Path("agents/a.md"),)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/etc/hostname", "leads out of the repository"),
        ("b.md", "lead in a circle"),
        ("../../x.md", "leads out"),
    ],
    ids=["absolute", "circle", "above"],
)
def test_a_link_that_cannot_be_followed_is_told(repository: Path, target: str, said: str) -> None:
    """How the file was cannot be known."""
    (repository / "agents/b.md").symlink_to(target)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "link")
    with pytest.raises(InputError, match=said):
        export_agent("HEAD", Path("agents/b.md"), repository / "out")


def test_an_include_that_leads_out_of_the_repository_is_told(repository: Path) -> None:
    """The sidecar names a file that git does not keep."""
    (repository / "agents/a.harness.yaml").write_text('include: ["../../rules.md"]\n')
    git(repository, "commit", "-q", "-am", "include")
    with pytest.raises(
        InputError, match=r"sidecar of HEAD leads out of the repository \(\.\./\.\./rules\.md\)"
    ):
        export_agent("HEAD", Path("agents/a.md"), repository / "out")


def test_what_was_not_there_is_nothing(repository: Path) -> None:
    """Neither a file nor a folder of that name."""
    (repository / "agents/b.md").write_text(AGENT)
    assert (
        export_agent("HEAD", Path("agents/b.md"), repository / "out"),
        was_there("HEAD", Path("shared")),
    ) == (
        None,
        False,
    )


@pytest.mark.parametrize("ref", ["", "--help", "nowhere", "HEAD~9"])
def test_a_name_of_no_commit_is_told(repository: Path, ref: str) -> None:
    """One line; nothing is taken for an option of git."""
    with pytest.raises(InputError, match=r"not the name of a commit|no such commit here"):
        commit_of(ref, repository)
