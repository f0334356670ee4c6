"""``harness samples``: what is stored travels without secrets, is served again, can be made smaller."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from messages_api import Answer, MessagesApi, Seen
from run_project import MODEL, Command, answer, manifest, runs

RUN = ("run", "datasets/tester/compliance.yaml", "--no-routing", "--json")
ASK = (*RUN, *MODEL)


@pytest.fixture
def ran(harness: Command, model_server: MessagesApi, small_project: Path) -> Path:
    """A run that ended; returns its folder."""
    return harness(*ASK).folder


def outcomes(folder: Path) -> list[tuple[str, str, str]]:
    """Case, rule and outcome of every verdict."""
    verdicts = json.loads((folder / "decided.json").read_text(encoding="utf-8"))["verdicts"]
    return sorted((v["case"], v["rule"], v["decision"]["outcome"]) for v in verdicts)


def test_list_counts_the_answers_of_each_model(harness: Command, ran: Path) -> None:
    (held,) = harness("samples", "list", "--json").document["models"]
    assert (held["model"], held["answers"]) == ("anthropic:m", 3)


def test_a_replayed_bundle_gives_the_verdicts_of_the_run(harness: Command, ran: Path) -> None:
    harness("samples", "export", str(ran), "-o", "b.jsonl.gz")
    replayed = harness(*RUN, "--model", "replay:b.jsonl.gz").folder
    assert outcomes(replayed) == outcomes(ran)


def test_a_replayed_bundle_asks_no_server(harness: Command, ran: Path, model_server: MessagesApi) -> None:
    harness("samples", "export", str(ran), "-o", "b.jsonl.gz")
    before = len(model_server.seen)
    harness(*RUN, "--model", "replay:b.jsonl.gz")
    assert len(model_server.seen) == before


def test_what_was_imported_is_not_asked_again(
    harness: Command, ran: Path, model_server: MessagesApi, small_project: Path
) -> None:
    harness("samples", "export", "-o", "b.jsonl.gz")
    (small_project / ".harness" / "samples.db").unlink()
    harness("samples", "import", "b.jsonl.gz")
    before = len(model_server.seen)
    harness(*ASK)
    assert len(model_server.seen) == before


def test_a_bundle_of_an_earlier_run_holds_the_answers_that_run_rests_on(
    harness: Command, model_server: MessagesApi, small_project: Path
) -> None:
    model_server.script = lambda seen: Answer("cut of", "max_tokens")
    first = harness(*ASK).folder
    model_server.script = answer
    harness(*ASK)
    harness("samples", "export", str(first), "-o", "b.jsonl.gz")
    replayed = harness(*RUN, "--model", "replay:b.jsonl.gz").folder
    assert outcomes(replayed) == outcomes(first)


@pytest.mark.parametrize("stop", ["refusal", "max_tokens"])
def test_what_was_refused_or_cut_off_is_asked_again(
    harness: Command, model_server: MessagesApi, stop: str
) -> None:
    def script(seen: Seen) -> Answer:
        return Answer("I", stop) if "users" in seen.question else answer(seen)

    model_server.script = script
    harness(*ASK)
    before = len(model_server.seen)
    harness(*ASK)
    assert [seen.question for seen in model_server.seen[before:]] == ["Write an endpoint for users"]


def test_a_run_says_what_it_asks_again(harness: Command, model_server: MessagesApi) -> None:
    model_server.script = lambda seen: Answer("I", "refusal")
    harness(*ASK)
    assert "3 refused or cut off before and asked for again" in harness(*ASK).err


def test_a_run_names_the_answers_it_rests_on(harness: Command, ran: Path) -> None:
    assert all(len(record["answer"]) == 32 for record in manifest(ran)["samples"])


def test_prune_removes_nothing_unless_told_to(harness: Command, ran: Path) -> None:
    harness("samples", "prune", "--older-than", "0h")
    (held,) = harness("samples", "list", "--json").document["models"]
    assert held["answers"] == 3


def test_prune_says_what_would_go(harness: Command, ran: Path) -> None:
    assert harness("samples", "prune", "--older-than", "0h").out.startswith("would go: 3 answers")


def test_prune_removes_what_was_named(harness: Command, ran: Path) -> None:
    harness("samples", "prune", "--older-than", "0h", "--yes")
    assert harness("samples", "list", "--json").document["models"] == []


def test_prune_keeps_what_a_run_rests_on(harness: Command, ran: Path) -> None:
    document = harness("samples", "prune", "--older-than", "0h", "--keep", str(ran), "--json").document
    assert document["answers"] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("prune",), "nothing says what goes"),
        (("prune", "--older-than", "soon"), "neither an age"),
        (("prune", "--max-size", "big"), "not a size"),
        (("prune", "--older-than", "1d", "--store", "none.db"), "no such sample store"),
        (("list", "--store", "none.db"), "no such sample store"),
        (("export", "nowhere"), "name the folder of a run"),
        (("import", "nowhere"), "cannot be read as a bundle"),
        (("import", "shorter.md"), "cannot be read as a bundle"),
    ],
)
def test_wrong_input_is_one_line(
    harness: Command, small_project: Path, arguments: tuple[str, ...], words: str
) -> None:
    ran = harness("samples", *arguments)
    assert (ran.code, words in ran.err, ran.err.count("\n")) == (2, True, 1)


def test_a_wrong_bundle_leaves_no_empty_store(harness: Command, small_project: Path) -> None:
    harness("samples", "import", "shorter.md")
    assert not (small_project / ".harness").exists()


def test_runs_are_left_alone(harness: Command, ran: Path, small_project: Path) -> None:
    harness("samples", "prune", "--older-than", "0h", "--yes")
    assert runs(small_project) == [ran.absolute()]


def test_a_fresh_run_asks_for_what_is_stored(harness: Command, ran: Path, model_server: MessagesApi) -> None:
    before = len(model_server.seen)
    harness(*ASK, "--fresh")
    assert len(model_server.seen) - before == 3


def test_after_a_fresh_run_its_answers_are_served(
    harness: Command, ran: Path, model_server: MessagesApi
) -> None:
    model_server.script = lambda seen: Answer("Anew.")
    anew = harness(*ASK, "--fresh").folder
    assert outcomes(harness(*ASK).folder) == outcomes(anew)
