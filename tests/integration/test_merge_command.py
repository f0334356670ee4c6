"""``harness run --shard`` and ``harness merge``: several machines write what one would have written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from messages_api import MessagesApi
from run_project import MODEL, Command, answer, write_project
from test_judge_run import JUDGE, is_judge, judged

RUN = ("run", "datasets", *MODEL, "--trials", "2", "--variant", "shorter.md")
SHARDS = 3


@pytest.fixture
def machine(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, model_server: MessagesApi
) -> Callable[[], Path]:
    """Go to a machine with a checkout of the project, and nothing else."""

    def go() -> Path:
        folder = tmp_path_factory.mktemp("machine")
        write_project(folder)
        monkeypatch.chdir(folder)
        return folder

    return go


@pytest.fixture
def shards(machine: Callable[[], Path], harness: Command) -> list[Path]:
    """The run folders of all shards, each made on a machine of its own."""
    found = []
    for number in range(1, SHARDS + 1):
        folder = machine()
        found.append(folder / harness(*RUN, "--shard", f"{number}/{SHARDS}", "--json").folder)
    return found


def decided(folder: Path) -> dict[str, Any]:
    """What was decided, without what names the run and the moment."""
    document = json.loads((folder / "decided.json").read_text(encoding="utf-8"))
    return {key: value for key, value in document.items() if key not in {"run", "created"}}


def scored(folder: Path) -> dict[str, Any]:
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return {key: value for key, value in document.items() if key not in {"run", "usage"}}


def test_merged_shards_are_the_run_of_one_machine(
    shards: list[Path], machine: Callable[[], Path], harness: Command
) -> None:
    """The same verdicts, scores, routing and use, in the same order, whatever order the shards come in."""
    one = machine() / harness(*RUN, "--json").folder
    merged = machine() / harness("merge", *map(str, reversed(shards)), "--json").folder
    asked = [json.loads((x / "results.json").read_text())["usage"]["asked"] for x in (one, merged)]
    assert (decided(merged), scored(merged), asked[0]) == (decided(one), scored(one), asked[1])


def test_merged_shards_that_were_judged_are_the_judged_run_of_one_machine(
    machine: Callable[[], Path], harness: Command, model_server: MessagesApi
) -> None:
    """What the judge said of each part stands in the whole, and nobody is asked again."""
    model_server.script = lambda seen: judged(seen) if is_judge(seen) else answer(seen)
    command = (*RUN, *JUDGE, "--json")
    shards = [machine() / harness(*command, "--shard", f"{number}/2").folder for number in (1, 2)]
    one = machine() / harness(*command).folder
    asked = len(model_server.seen)
    merged = machine() / harness("merge", *map(str, shards), "--json").folder
    assert (decided(merged), scored(merged)) == (decided(one), scored(one))
    assert len(model_server.seen) == asked


def test_a_merged_run_goes_on_without_the_shards(
    shards: list[Path], machine: Callable[[], Path], harness: Command
) -> None:
    """Its answers are in the project's own store."""
    machine()
    merged = harness("merge", *map(str, shards), "--json").folder
    for folder in shards:
        shutil.rmtree(folder.parents[1])
    assert harness("redecide", str(merged), "--json").document["changed"] == []


def test_every_case_is_in_one_shard(
    shards: list[Path], machine: Callable[[], Path], harness: Command
) -> None:
    """None twice, none left out."""
    one = machine() / harness(*RUN, "--json").folder
    parts = [json.loads((folder / "manifest.json").read_text())["samples"] for folder in shards]
    calls = sorted(record["request_sha"] for part in parts for record in part)
    whole = json.loads((one / "manifest.json").read_text())["samples"]
    assert calls == sorted(record["request_sha"] for record in whole)


def _another(manifest: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(manifest.read_text(encoding="utf-8"))
    change(document)
    manifest.write_text(json.dumps(document), encoding="utf-8")


def test_what_does_not_make_one_whole_is_refused_and_named(
    shards: list[Path], machine: Callable[[], Path], harness: Command
) -> None:
    """A gap, an overlap, another model, another check, a run that is no shard: one line each, exit code 2."""
    folder = machine()
    whole = str(folder / harness("run", "datasets", *MODEL, "--json").folder)
    names = [str(one) for one in shards]
    said = [
        harness("merge", *names[:2]),
        harness("merge", *names, names[0]),
        harness("merge", *names[:2], whole),
    ]
    file = shards[2] / "manifest.json"
    before = file.read_bytes()
    _another(file, lambda document: document.update(model_asked="anthropic:other"))
    said.append(harness("merge", *names))
    file.write_bytes(before)
    _another(file, lambda document: document["checks"].update({"logging/no-console": 99}))
    said.append(harness("merge", *names))
    file.write_bytes(before)
    _another(file, lambda document: document["samples"].pop(0))
    said.append(harness("merge", *names))
    wanted = (
        "shard 3/3 is missing",
        "shard 1/3 is given 2 times",
        "is no shard",
        "another model: model (anthropic:m and anthropic:other)",
        "another version of check: logging/no-console",
        "shard 3/3 lacks case",
    )
    assert [
        (one.code, text in one.err, one.err.count("\n")) for one, text in zip(said, wanted, strict=True)
    ] == [(2, True, 1)] * len(wanted)


def test_changed_datasets_are_told(shards: list[Path], machine: Callable[[], Path], harness: Command) -> None:
    """Scores of a suite that nobody ran would be wrong."""
    folder = machine()
    file = folder / "datasets/tester/compliance.yaml"
    file.write_text(file.read_text().replace("tags: [node]", "tags: [deno]"))
    ran = harness("merge", *map(str, shards))
    left = list((folder / "reports").glob("*")) if (folder / "reports").is_dir() else []
    assert (ran.code, "is not what the shards were made with" in ran.err, left) == (2, True, [])


def test_more_shards_than_cases_are_refused(machine: Callable[[], Path], harness: Command) -> None:
    """On every machine alike, so that none has nothing to do and fails alone."""
    machine()
    ran = harness(*RUN, "--shard", "1/99")
    assert (ran.code, "independent cases, which is the most" in ran.err) == (2, True)


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "1/0", "-1/2"])
def test_a_shard_that_makes_no_sense_is_told(text: str, harness: Command, small_project: Path) -> None:
    """One clear line, exit code 2."""
    ran = harness(*RUN, f"--shard={text}")
    assert (ran.code, f"--shard {text}: write part/parts" in ran.err) == (2, True)
