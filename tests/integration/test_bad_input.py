"""Bad input: one clear line that says where, what and what to do, the promised exit code, nothing written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from messages_api import Fault, MessagesApi
from run_project import MODEL, Command, Ran, answer, runs, write_project

pytestmark = pytest.mark.usefixtures("model_server")


@dataclass(frozen=True)
class Bad:
    """What is done to the small project, how it is run, and what the line on standard error holds."""

    words: str
    arguments: tuple[str, ...] = MODEL
    files: dict[str, str | bytes] = field(default_factory=dict)
    code: int = 2


def dataset(text: str) -> dict[str, str | bytes]:
    return {"datasets/tester/compliance.yaml": text}


def config(text: str) -> dict[str, str | bytes]:
    return {"harness.toml": text}


CASE = "  - {id: a, prompt: Write it"
INPUTS = {
    "missing suite": Bad("'nowhere.yaml': no such dataset file or folder", ("nowhere.yaml", *MODEL)),
    "misspelled agent": Bad("did you mean 'tester'?", ("testr", *MODEL)),
    "empty word": Bad("'': no such dataset", ("", *MODEL)),
    "folder without datasets": Bad("agents: the folder holds no dataset", ("agents", *MODEL)),
    "folder without agents": Bad(
        "the roster cannot be used: shared: no agent file there",
        ("datasets", "--agents", "shared", *MODEL),
        {"shared/x.txt": "x"},
    ),
    "no folder of agents": Bad("gone: no such folder", ("datasets", "--agents", "gone", *MODEL)),
    "agent is a folder": Bad("agents: not a regular file", ("--agent", "agents", *MODEL)),
    "agent is missing": Bad("gone.md: no such file", ("--agent", "gone.md", *MODEL)),
    "agent is binary": Bad("NUL", ("--agent", "x.md", *MODEL), {"x.md": b"\x7fELF\x00\x01\x02"}),
    "agent is empty": Bad("x.md: holds neither a prompt", ("--agent", "x.md", *MODEL), {"x.md": ""}),
    "empty variant": Bad("x.md: holds neither a prompt", ("--variant", "x.md", *MODEL), {"x.md": " \n"}),
    "variant twice": Bad(
        "--variant agents/../shorter.md: given twice",
        ("--variant", "shorter.md", "--variant", "agents/../shorter.md", *MODEL),
    ),
    "variant is the base": Bad("is the base file itself", ("--variant", "agents/tester.md", *MODEL)),
    "invalid YAML": Bad("compliance.yaml:2: not valid YAML", files=dataset("agent: [tester\n")),
    "unknown key": Bad(
        "compliance.yaml:3: unknown key 'promt'; did you mean 'prompt'?",
        files=dataset(f"agent: tester\ncases:\n{CASE}, promt: x}}\n"),
    ),
    "misspelt list": Bad(
        "compliance.yaml:2: unknown key 'casess'; did you mean 'cases'?",
        files=dataset(f"agent: tester\ncasess:\n{CASE}}}\n"),
    ),
    "unknown check": Bad(
        "compliance.yaml:3: no check has the id 'logging/no-consol'; did you mean 'logging/no-console'?",
        files=dataset(f"agent: tester\ncases:\n{CASE}, applies: [logging/no-consol]}}\n"),
    ),
    "unknown rule": Bad(
        "compliance.yaml:3: the agent 'tester' has no rule 'no-easy-way'",
        files=dataset(f"agent: tester\ncases:\n{CASE}, applies: [no-easy-way]}}\n"),
    ),
    "hostile id": Bad(
        "compliance.yaml:3: ", files=dataset("agent: tester\ncases:\n  - {id: ../../x, prompt: x}\n")
    ),
    "unknown agent": Bad("has no agent named 'nobody'", files=dataset(f"agent: nobody\ncases:\n{CASE}}}\n")),
    "empty dataset": Bad("compliance.yaml:1: not a dataset", files=dataset("")),
    "two agents": Bad(
        "the suite speaks of 2 agents (painter, tester)",
        files={"datasets/a.yaml": f"agent: painter\ncases:\n{CASE}}}\n"},
    ),
    "unknown provider": Bad("unknown provider 'gpt'", ("--model", "gpt:4")),
    "no provider": Bad("unknown provider 'm'", ("--model", "m")),
    "unknown local model": Bad("local:nothing: cannot be read", ("--model", "local:nothing")),
    "no GGUF": Bad("not a GGUF file", ("--model", "local:x.gguf"), {"x.gguf": "GARBAGE"}),
    "nothing to replay": Bad("nothing to replay", ("--model", "replay:datasets")),
    "no such case": Bad(
        "--case user: no case of the suite has this id; did you mean 'users'?", (*MODEL, "--case", "user")
    ),
    "no such tag": Bad("no case of the suite (datasets) has the tag zzz", (*MODEL, "--tag", "zzz")),
    "nothing but routing": Bad(
        "leave --no-routing out", ("datasets/routing.yaml", "--no-routing", *MODEL)
    ),
    "unknown key in harness.toml": Bad(
        "run.modle: unknown key; did you mean", files=config('[run]\nmodle = "x"\n')
    ),
    "wrong type in harness.toml": Bad(
        "run.trials: input should be a valid integer", files=config('[run]\ntrials = "x"\n')
    ),
    "a text for a list": Bad("suite: input should be a list", files=config('suite = "datasets"\n')),
    "broken harness.toml": Bad("harness.toml: not valid TOML", files=config("run = \n")),
    "suite of harness.toml is gone": Bad(
        "harness.toml: suite: gone does not exist", files=config('suite = ["gone"]\n')
    ),
    "store is no database": Bad(
        "x.db: not a sample store", files={**config('store = "x.db"\n'), "x.db": "text\n" * 99}
    ),
    "store is a folder": Bad("agents: the file cannot be opened", files=config('store = "agents"\n')),
    "reports below a file": Bad(
        "choose another folder with --reports", ("--reports", "shorter.md/x", *MODEL)
    ),
    "zero trials": Bad("--trials", ("--trials", "0", *MODEL)),
    "endless name": Bad("the file name is too long", ("a" * 300, *MODEL)),
    "unknown option": Bad("No such option", ("--modell", "x")),
}  # fmt: skip


@pytest.mark.parametrize("name", INPUTS)
def test_bad_input_is_one_line_with_the_promised_exit_code(
    small_project: Path, model_server: MessagesApi, harness: Command, name: str
) -> None:
    """No traceback, nothing on standard output, no call, no run folder."""
    bad = INPUTS[name]
    for path, content in bad.files.items():
        (small_project / path).parent.mkdir(exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        (small_project / path).write_bytes(data)
    ran = harness("run", *bad.arguments)
    assert (ran.code, ran.out, model_server.seen, runs(small_project)) == (bad.code, "", [], [])
    assert bad.words in ran.err
    said = [line for line in ran.err.splitlines() if " wanted from " not in line and "Usage:" not in line]
    assert len([line for line in said if not line.startswith("Try ")]) == 1 or name in {
        "zero trials",
        "unknown option",
    }


def faulty(server: MessagesApi, harness: Command, fault: Fault) -> Ran:
    server.script = fault
    return harness("run", *MODEL)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(401, "authentication_error", "invalid x-api-key"), "check ANTHROPIC_API_KEY"),
        (Fault(404, "not_found_error", "model: m"), "check the model's name and ANTHROPIC_BASE_URL"),
        (Fault(403, "permission_error", "no"), "check what the key may do"),
    ],
    ids=["401", "404", "403"],
)
def test_a_refusal_ends_the_run_with_exit_code_2_and_no_folder(
    model_server: MessagesApi, small_project: Path, harness: Command, fault: Fault, words: str
) -> None:
    ran = faulty(model_server, harness, fault)
    assert (ran.code, ran.out, words in ran.err, runs(small_project)) == (2, "", True, [])


def test_a_missing_key_is_named(
    monkeypatch: pytest.MonkeyPatch, harness: Command, small_project: Path
) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name)
    ran = harness("run", *MODEL)
    assert (ran.code, "set ANTHROPIC_API_KEY" in ran.err, runs(small_project)) == (2, True, [])


def test_a_base_url_that_ends_in_v1_is_named(
    monkeypatch: pytest.MonkeyPatch, model_server: MessagesApi, harness: Command
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"{model_server.url}/v1")
    ran = harness("run", *MODEL)
    assert (ran.code, "leave out the /v1" in ran.err, model_server.seen) == (2, True, [])


def test_an_unreachable_server_is_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, harness: Command, small_project: Path
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    ran = harness("run", *MODEL)
    assert (ran.code, ran.out, runs(small_project)) == (3, "", [])
    assert "http://127.0.0.1:9: the server cannot be reached" in ran.err


@pytest.mark.parametrize("arguments", [MODEL, (*MODEL, "--case", "users")], ids=["many calls", "one call"])
def test_a_model_that_answers_nothing_leaves_no_report(
    model_server: MessagesApi, small_project: Path, harness: Command, arguments: tuple[str, ...]
) -> None:
    """A report of nothing would only hide that nothing was measured."""
    model_server.script = Fault(400, "invalid_request_error", "not this one")
    ran = harness("run", *arguments)
    assert (ran.code, ran.out, runs(small_project)) == (3, "", [])
    assert "answered (bad_request), such as: anthropic:m at" in ran.err


def test_golden_responses_are_reported_even_if_the_server_is_gone(
    monkeypatch: pytest.MonkeyPatch, harness: Command
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    ran = harness("run", "tester", "datasets/tester/golden", "--no-routing", *MODEL, "--json")
    assert (ran.code, ran.scores()["hand-written"]["n"]) == (3, 1)


def test_a_store_of_a_newer_release_is_left_alone(harness: Command, model_server: MessagesApi) -> None:
    harness("run", *MODEL, "--case", "users")
    with closing(sqlite3.connect(".harness/samples.db")) as connection, connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    ran = harness("run", *MODEL)
    assert (ran.code, "version 99" in ran.err, len(model_server.seen)) == (2, True, 1)


def test_an_empty_folder_gets_a_hint(
    harness: Command, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new user: no harness.toml, no datasets, no agents."""
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    ran = harness("run")
    assert (ran.code, list(Path.cwd().iterdir())) == (2, [])
    assert "go to your project, or give --agent FILE" in ran.err


def test_a_folder_with_agents_only_names_them(harness: Command, small_project: Path) -> None:
    (small_project / "datasets").rename("elsewhere")
    assert "name an agent to run the example dialogues of its own file: painter, tester" in harness("run").err


def test_reports_that_cannot_be_written_do_not_hide_the_results(
    harness: Command, model_server: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was paid for is shown, and stored for the next run."""

    def refuse(path: Path, text: str) -> None:
        from harness.core.errors import IncompleteError

        raise IncompleteError(f"{path}: cannot be written (No space left on device); free some space")

    monkeypatch.setattr("harness.report.write.write_atomic", refuse)
    ran = harness("run", *MODEL, "--json")
    assert (ran.code, ran.scores()["base"]["n"], "No space left" in ran.err) == (3, 2, True)


@pytest.fixture
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of 400 kB."""
    folder = tmp_path_factory.mktemp("disk")
    if os.geteuid() or os.system(f"mount -t tmpfs -o size=400k tmpfs {folder} 2>/dev/null"):  # noqa: S605
        pytest.skip("mounting a small file system needs root")
    yield folder
    os.system(f"umount -l {folder}")  # noqa: S605


def test_a_full_disk_keeps_what_fits_and_is_exit_code_3(
    small_disk: Path, model_server: MessagesApi, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers fill the disk; what was committed before is there for the next run."""
    from messages_api import Answer

    monkeypatch.chdir(small_disk)
    write_project(small_disk)
    cases = "".join(f"  - {{id: c{number}, prompt: Write number {number}}}\n" for number in range(30))
    (small_disk / "many.yaml").write_text(f"agent: tester\ncases:\n{cases}", encoding="utf-8")
    model_server.script = Answer("word " * 6_000)
    ran = harness("run", "many.yaml", *MODEL, "--concurrency", "1")  # each answer is a commit of its own
    assert (ran.code, "Traceback" in ran.err, "the disk is full" in ran.err) == (3, False, True)
    with closing(sqlite3.connect(small_disk / ".harness/samples.db")) as connection, connection:
        stored = connection.execute("SELECT count(*) FROM samples").fetchone()[0]
    connection.close()
    assert 0 < stored < 30


def test_a_read_only_project_is_exit_code_2(
    small_disk: Path, model_server: MessagesApi, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(small_disk)
    monkeypatch.chdir(small_disk)
    assert os.system(f"mount -o remount,ro {small_disk}") == 0  # noqa: S605
    ran = harness("run", *MODEL)
    assert (ran.code, "Traceback" in ran.err, model_server.seen) == (2, False, [])


def test_the_answer_is_stored_under_a_hostile_agent_name(harness: Command, small_project: Path) -> None:
    """The run's folder stays inside the reports folder."""
    agent = (
        "---\nname: ../../../evil\x1b[31m\ndescription: Use it.\n---\nYou test.\n\n- NEVER use console.log\n"
    )
    (small_project / "evil.md").write_text(agent, encoding="utf-8")
    ran = harness("run", "datasets/tester", *MODEL, "--agent", "evil.md")
    (folder,) = runs(small_project)
    assert (ran.code, "\x1b" in ran.out, ".." in folder.name) == (0, False, False)


def test_two_golden_responses_of_one_name_are_refused(harness: Command, small_project: Path) -> None:
    text = (small_project / "datasets/tester/golden/console.md").read_text(encoding="utf-8")
    (small_project / "datasets/tester/golden/more").mkdir()
    (small_project / "datasets/tester/golden/more/console.md").write_text(text, encoding="utf-8")
    ran = harness("run", "datasets/tester/golden")
    assert (ran.code, "rename one of them" in ran.err) == (2, True)


def test_all_is_well_without_a_fault(harness: Command, model_server: MessagesApi) -> None:
    """The project that the tests spoil runs as it is."""
    model_server.script = answer
    assert harness("run", *MODEL).code == 0
