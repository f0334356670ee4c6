"""``harness init`` as a newcomer runs it: on one agent, on a folder of thirty, on hostile names."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml
from messages_api import MessagesApi
from run_project import AGENT, PAINTER, Command, answer, write_project

from harness.core.config import Config
from harness.pipeline.initialise import WORKFLOW

SHARED = """# Shared rules

## Rules
- NEVER use console.log
- ALWAYS validate input with Joi
"""
HEIR = """---
name: {name}
description: Use this agent for part {number} of the shop.
---
You work on Django.

## Rules
- NEVER say anything about the weather of day {number}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two agents and nothing else; the test runs inside it, with a key and no server."""
    (tmp_path / ".git").mkdir()
    write_project(tmp_path, {"agents/tester.md": AGENT, "agents/painter.md": PAINTER})
    monkeypatch.chdir(tmp_path)
    for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
    return tmp_path


def snapshot(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def thirty(folder: Path) -> None:
    """Thirty agents whose sidecars include the same shared rules."""
    write_project(folder, {"agents/shared/rules.md": SHARED})
    for number in range(28):
        name = f"part-{number:02}"
        write_project(
            folder,
            {
                f"agents/{name}.md": HEIR.format(name=name, number=number),
                f"agents/{name}.harness.yaml": "include: [shared/rules.md]\n",
            },
        )


def test_the_printed_commands_work(project: Path, harness: Command) -> None:
    """The first two ask nothing and are run as they are printed."""
    page = harness("init").out
    lines = [line.split("#")[0].strip() for line in page.partition("Next:")[2].strip().splitlines()]
    assert [harness(*shlex.split(line)[1:]).code for line in lines[:2]] == [0, 0]


def test_the_third_printed_command_runs_on_a_server(
    project: Path, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked, decided, reported: the rules that a check decides have answers that count."""
    last = harness("init", "--json").document["next"][2]["command"]
    with MessagesApi(answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        ran = harness(*shlex.split(last)[1:], "--json")
    checked = {score["check"] for score in ran.document["scores"] if score["check"] and score["n"]}
    assert (ran.code, checked) == (0, {"logging/no-console", "logging/project-logger"})


def test_every_rule_that_a_check_decides_has_cases(project: Path, harness: Command) -> None:
    """An ordinary one and a tempting one for each."""
    harness("init")
    rules = harness("rules", "tester", "--json").document["rules"]
    assert {rule["check"]: rule["cases"] for rule in rules} == {
        "logging/no-console": 2,
        "logging/project-logger": 2,
        "": 0,
    }


def test_the_other_rules_have_drafts(project: Path, harness: Command) -> None:
    """With a message that a person has to write."""
    harness("init")
    (draft,) = yaml.safe_load((project / "drafts/tester-starter.yaml").read_text())["drafts"]
    assert draft["prompt"].startswith("TODO:")


def test_an_unwritten_draft_is_not_accepted(project: Path, harness: Command) -> None:
    """Setting the flag is not writing the message."""
    harness("init")
    path = project / "drafts/tester-starter.yaml"
    path.write_text(path.read_text().replace("accepted: false", "accepted: true"))
    said = harness("draft-cases", "--accept", str(path), "--into", "datasets/tester/drafted.yaml")
    assert (said.code, "TODO" in said.err) == (2, True)


def test_dialogues_become_routing_cases(project: Path, harness: Command) -> None:
    """And a run of them asks each once, beside the messages for nobody."""
    harness("init")
    document = harness("run", "datasets/routing/dialogues.yaml", "--dry-run", "--json").document
    cases = yaml.safe_load((project / "datasets/routing/dialogues.yaml").read_text())["cases"]
    assert ([case["agent"] for case in cases][:2], document["wanted"]) == (["tester", "none"], 12)


def test_a_dialogue_that_a_dataset_asks_is_asked_once(project: Path, harness: Command) -> None:
    """The agent file's own copy of the message is left out."""
    harness("init")
    before = harness("run", "--dry-run", "--json").document["wanted"]
    (project / "datasets/routing/dialogues.yaml").unlink()
    assert before - harness("run", "--dry-run", "--json").document["wanted"] == 9  # those for nobody, thrice


def test_what_is_there_is_kept(project: Path, harness: Command) -> None:
    """Every file is as it was, and all are listed."""
    harness("init")
    (project / "datasets/tester/compliance.yaml").write_text(
        "agent: tester\ncases:\n- {id: own, prompt: Hi}\n"
    )
    before = snapshot(project)
    document = harness("init", "--json").document
    assert (snapshot(project), document["written"]) == (before, [])


def test_force_replaces_all_but_gitignore(project: Path, harness: Command) -> None:
    """What git ignores may be somebody's work of years."""
    harness("init")
    for name in ("harness.toml", ".gitignore"):
        (project / name).write_text("# mine\n")
    harness("init", "--force")
    kept = [name for name in ("harness.toml", ".gitignore") if (project / name).read_text() == "# mine\n"]
    assert kept == [".gitignore"]


def test_a_new_agent_gets_its_files_alone(project: Path, harness: Command) -> None:
    """Run again, the command adds what is missing."""
    harness("init")
    write_project(project, {"agents/third.md": AGENT.replace("tester", "third")})
    written = harness("init", "--json").document["written"]
    assert written == ["datasets/third/compliance.yaml", "drafts/third-starter.yaml"]


def test_dry_run_writes_nothing(project: Path, harness: Command) -> None:
    """And says the same files."""
    before = snapshot(project)
    planned = [file["path"] for file in harness("init", "--dry-run", "--json").document["files"]]
    assert (snapshot(project), planned[0]) == (before, "harness.toml")


def test_one_agent_file(project: Path, harness: Command) -> None:
    """Its colleagues get no dataset, and are the roster."""
    document = harness("init", "agents/tester.md", "--json").document
    assert ([agent["name"] for agent in document["agents"]], harness("route", "--json").code) == (
        ["tester"],
        0,
    )


def test_thirty_agents_with_shared_rules(project: Path, harness: Command) -> None:
    """The rules of the included file have cases in each of the agents that include it."""
    thirty(project)
    harness("init")
    rules = harness("rules", "part-07", "--json").document["rules"]
    assert [(rule["check"], rule["cases"]) for rule in rules if rule["check"]] == [
        ("logging/no-console", 2),
        ("validation/library", 2),
    ]


def test_the_messages_name_what_the_agent_works_with(project: Path, harness: Command) -> None:
    """Django in the prompt is Django in the message."""
    thirty(project)
    harness("init")
    assert "(Django REST framework" in (project / "datasets/part-00/compliance.yaml").read_text()


def test_rules_repeated_in_many_agents_suggest_an_include(project: Path, harness: Command) -> None:
    """Word for word in four agents: one file would do."""
    for number in range(4):
        text = AGENT.replace("tester", f"twin-{number}")
        write_project(project, {f"agents/twin-{number}.md": text})
    notes = harness("init", "--json").document["notes"]
    assert any("include: [shared-rules.md]" in note for note in notes)


@pytest.mark.parametrize(
    "name",
    ["../../evil", "/etc/passwd", "pаinter", "golden", "build", "CON", "a b/c", "画家", "...", "-x --force"],
)
def test_a_hostile_name_gives_safe_files_that_run(project: Path, harness: Command, name: str) -> None:
    """All files stay in the project, under names of plain letters; the datasets are loaded."""
    write_project(project, {"agents/x.md": AGENT.replace("name: tester", f"name: {json.dumps(name)}")})
    document = harness("init", "agents/x.md", "--json").document
    outside = [path for path in document["written"] if not path.isascii() or ".." in path or " " in path]
    ran = harness(*shlex.split(document["next"][1]["command"])[1:], "--json")
    assert (outside, ran.code, ran.err.count("error")) == ([], 0, 0)


def test_two_names_never_share_a_file(project: Path, harness: Command) -> None:
    """A Cyrillic letter that looks Latin is another letter."""
    write_project(project, {"agents/twin.md": AGENT.replace("name: tester", "name: tеster")})
    files = [file["path"] for file in harness("init", "--json").document["files"]]
    assert len(files) == len(set(files))


def test_a_link_out_of_the_project_is_not_followed(project: Path, harness: Command, tmp_path: Path) -> None:
    """Nothing is written, not even beside it."""
    target = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    target.mkdir()
    (project / "datasets").symlink_to(target)
    ran = harness("init")
    assert (ran.code, list(target.iterdir()), (project / "harness.toml").exists()) == (2, [], False)


@pytest.mark.parametrize(
    ("arguments", "files", "said"),
    [
        (("nowhere",), {}, "name an agent file"),
        (("plain.md",), {"plain.md": "# Notes\n"}, "begin it with front matter"),
        (("docs",), {"docs/a.md": "# Notes\n"}, "no agent file there"),
        (("..",), {}, "lies outside"),
        ((), {"agents/twin.md": PAINTER}, "the name 'painter' stands in"),
        ((), {".claude/agents/p.md": PAINTER}, "name the folder that you mean"),
        ((), {"agents/none.md": PAINTER.replace("painter", "none")}, "means no agent at all"),
        ((), {"agents/tester.harness.yaml": "rulez: []\n"}, "rulez"),
        ((), {"harness.toml": "agents = 'other'\n", "other/p.md": "hello"}, "no agent file there"),
        (
            ("agents",),
            {"harness.toml": "agents = 'other'\n", "other/p.md": PAINTER},
            "says that the agents are in",
        ),
        (("--model", "nonsense"), {}, "nonsense"),
    ],
)
def test_what_is_wrong_is_one_line(
    project: Path, harness: Command, arguments: tuple[str, ...], files: dict[str, str], said: str
) -> None:
    """That says what to do; nothing is written."""
    write_project(project, files)
    before = snapshot(project)
    ran = harness("init", *arguments)
    assert (ran.code, said in ran.err, ran.err.count("\n"), snapshot(project)) == (2, True, 1, before)


def test_the_workflow_gates_base_against_head(project: Path, harness: Command) -> None:
    """With the history that the gate needs."""
    harness("init")
    steps = yaml.safe_load((project / WORKFLOW).read_text())["jobs"]["agents"]["steps"]
    (gate,) = [step for step in steps if "harness gate" in step.get("run", "")]
    assert (steps[0]["with"], '--changed-since "$BASE" --against "git:$BASE"' in gate["run"]) == (
        {"fetch-depth": 0},
        True,
    )


def test_the_configuration_is_valid(project: Path, harness: Command) -> None:
    """Whatever the folder is called."""
    folder = 'odd "folder" ü'
    write_project(project, {f"{folder}/a.md": PAINTER})
    harness("init", folder)
    config = Config.model_validate(tomllib.loads((project / "harness.toml").read_text()))
    assert config.agents == folder
