"""``harness flaky`` on the runs of a small project whose model obeys by the number of the trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from messages_api import Answer, MessagesApi, Seen
from run_project import MODEL, NO_CONSOLE, Command

from harness.store.decided import read_decided, write_decided


@pytest.fixture
def moody(small_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    """A model that breaks the rule against the console in every second answer."""
    asked = 0

    def answer(seen: Seen) -> Answer:
        nonlocal asked
        asked += 1
        return Answer(
            "```js\nconsole.log('made');\n```\n" if asked % 2 else "```js\nexport const a = 1;\n```\n"
        )

    with MessagesApi(answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield server


def run(harness: Command, trials: int) -> Path:
    suite = "datasets/tester/compliance.yaml"
    return harness(
        "run", suite, *MODEL, "--no-routing", "--concurrency", "1", "--trials", str(trials), "--json"
    ).folder


def test_a_moody_rule_is_flaky(moody: MessagesApi, harness: Command) -> None:
    """Some cases pass and fail, and the document says so."""
    run(harness, 6)
    cells = harness("flaky", "--json").document["histories"][0]["cells"]
    assert "flaky" in {one["conclusion"] for one in cells if one["rule"] == NO_CONSOLE}


def test_a_run_out_of_the_store_adds_no_trials(moody: MessagesApi, harness: Command) -> None:
    """Asked again, the answers are the same ones."""
    run(harness, 4)
    run(harness, 4)
    cells = harness("flaky", "--json").document["histories"][0]["cells"]
    assert max(one["n"] for one in cells) == 4


def test_more_trials_of_a_later_run_are_pooled(moody: MessagesApi, harness: Command) -> None:
    """The first four are stored, two are new."""
    run(harness, 4)
    run(harness, 6)
    cells = harness("flaky", "--json").document["histories"][0]["cells"]
    assert max(one["n"] for one in cells) == 6


def test_the_table_says_what_to_do(moody: MessagesApi, harness: Command) -> None:
    """Flaky or not, or how many trials would tell."""
    run(harness, 6)
    assert "word the rule more clearly" in " ".join(harness("flaky").out.split())


def test_runs_of_older_checks_are_decided_again(moody: MessagesApi, harness: Command) -> None:
    """The stored answers are there; no model is asked."""
    folder = run(harness, 2)
    old = read_decided(folder)
    bump = {"verdicts": tuple(_older(one) for one in old.verdicts)}
    write_decided(folder, old.model_copy(update=bump))
    assert any("decided again" in note for note in harness("flaky", "--json").document["notes"])


def _older(verdict: object) -> object:
    from dataclasses import replace

    return replace(verdict, version=0) if verdict.check else verdict  # type: ignore[attr-defined,type-var]


def test_a_damaged_run_is_left_out_and_told(moody: MessagesApi, harness: Command) -> None:
    """One bad folder does not hide the others."""
    folder = run(harness, 2)
    (folder.parent / "broken").mkdir()
    (folder.parent / "broken" / "decided.json").write_text("{")
    found = harness("flaky", "--json").document
    assert (len(found["histories"]), "left out" in found["notes"][0]) == (1, True)


def test_without_any_run_there_is_one_line(harness: Command, small_project: Path) -> None:
    """What is missing, and how to make it."""
    told = harness("flaky")
    assert (told.code, "`harness run` makes one" in told.err) == (2, True)


def test_an_unknown_agent_is_told_with_those_there_are(moody: MessagesApi, harness: Command) -> None:
    """The spelling is easily mended."""
    run(harness, 1)
    told = harness("flaky", "--agent", "testr")
    assert (told.code, "runs of tester" in told.err) == (2, True)
