"""``harness compare`` and ``harness redecide`` on runs of a small project with a stochastic model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from messages_api import Answer, MessagesApi, Seen
from run_project import MODEL, NO_CONSOLE, Command

from harness.store.decided import read_decided, write_decided

OBEYING = "Here:\n\n```js\nimport logger from './utils/logger.js';\nlogger.info('made');\n```\n"
VIOLATING = "Here:\n\n```js\nconsole.log('made');\n```\n"


def _share(text: str, number: int) -> bool:
    """Obey in nine of ten answers with the rule in the prompt, in two of ten without."""
    return number % 10 < (9 if "console.log" in text else 2)


@pytest.fixture
def obedient(small_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    """A model that obeys the rule against the console mostly where its prompt has it."""
    cases = "\n".join(f"  - {{id: c{n}, prompt: Write service {n}, tags: [node]}}" for n in range(24))
    (small_project / "datasets/tester/compliance.yaml").write_text(f"agent: tester\ncases:\n{cases}\n")
    agent = (small_project / "agents/tester.md").read_text(encoding="utf-8")
    without = "\n".join(line for line in agent.splitlines() if "console.log" not in line)
    (small_project / "without.md").write_text(without)

    def answer(seen: Seen) -> Answer:
        digits = [int(one) for one in "".join(c if c.isdigit() else " " for c in seen.question).split()]
        return Answer(OBEYING if _share(str(seen.body.get("system", "")), sum(digits)) else VIOLATING)

    with MessagesApi(answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield server


@pytest.fixture
def ran(harness: Command, obedient: MessagesApi) -> Callable[..., str]:
    """Run the small suite; return the folder of the run."""

    def run(*more: str) -> str:
        made = harness("run", "datasets/tester/compliance.yaml", *MODEL, "--no-routing", *more, "--json")
        return str(made.document["run"])

    return run


def test_a_removed_line_is_found_and_its_rule_named(ran: Callable[..., str], harness: Command) -> None:
    """The variant lost the rule against the console; nothing else changed."""
    compared = harness("compare", ran("--variant", "without.md"), "--json").document
    regressed = [one["rule"] for one in compared["rules"] if one["decision"] == "regressed"]
    assert NO_CONSOLE in regressed


def test_a_regression_is_exit_code_1(ran: Callable[..., str], harness: Command) -> None:
    """So that a shell script can stop."""
    assert harness("compare", ran("--variant", "without.md")).code == 1


def test_a_page_shows_both_answers_and_both_prompts(ran: Callable[..., str], harness: Command) -> None:
    """The answers come from the store, and the prompt from the files that the run names."""
    harness("compare", ran("--variant", "without.md"), "--html", "comparison.html")
    words = re.sub("<[^>]+>", "", Path("comparison.html").read_text(encoding="utf-8"))
    wanted = ("The later side is worse", "console.log(", "logger.info(", "❌ NEVER use console.log")
    assert [one for one in wanted if one not in words] == []


def test_the_same_answers_are_not_a_regression(ran: Callable[..., str], harness: Command) -> None:
    """Two runs of one prompt share their answers."""
    assert harness("compare", ran(), ran()).code == 0


def test_the_page_of_the_terminal_names_the_line_of_the_rule(
    ran: Callable[..., str], harness: Command
) -> None:
    """The author looks for the line."""
    shown = " ".join(harness("compare", ran("--variant", "without.md")).out.split())
    assert "the rule stands in line 16" in shown


def test_one_run_with_one_variant_has_nothing_to_be_compared_with(
    ran: Callable[..., str], harness: Command
) -> None:
    """One clear line, exit code 2."""
    assert "name a second run" in harness("compare", ran()).err


def test_a_folder_without_a_run_is_told(harness: Command, small_project: Path) -> None:
    """One clear line, exit code 2."""
    (small_project / "empty").mkdir()
    said = harness("compare", "empty", "empty")
    assert (said.code, "holds no decided run" in said.err) == (2, True)


def test_damaged_verdicts_are_told_with_their_place(ran: Callable[..., str], harness: Command) -> None:
    """A hand-edited file is no traceback."""
    file = Path(ran()) / "decided.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"trial":1', '"trial":"one"'), encoding="utf-8")
    assert "verdicts.0.trial" in harness("compare", str(file), str(file)).err


def test_deciding_again_with_the_same_checks_changes_nothing(
    ran: Callable[..., str], harness: Command
) -> None:
    """Verdicts depend on answers and checks alone."""
    assert harness("redecide", ran(), "--json").document["changed"] == []


def _spoiled(folder: Path) -> None:
    """As an older check might have decided: every fail was a pass."""
    text = (
        (folder / "decided.json").read_text(encoding="utf-8").replace('"outcome":"fail"', '"outcome":"pass"')
    )
    (folder / "decided.json").write_text(text, encoding="utf-8")


def test_verdicts_that_differ_today_are_shown(ran: Callable[..., str], harness: Command) -> None:
    """Each with what it was and what it is."""
    folder = Path(ran())
    _spoiled(folder)
    changed = harness("redecide", str(folder), "--json").document["changed"]
    assert {(one["before"]["outcome"], one["after"]["outcome"]) for one in changed} == {("pass", "fail")}


def test_deciding_again_writes_nothing_unasked(ran: Callable[..., str], harness: Command) -> None:
    """Looking is not changing."""
    folder = Path(ran())
    _spoiled(folder)
    before = (folder / "decided.json").read_bytes()
    harness("redecide", str(folder))
    assert (folder / "decided.json").read_bytes() == before


def test_the_new_verdicts_take_the_place_of_the_old(ran: Callable[..., str], harness: Command) -> None:
    """With --write the run is as if it had been decided today."""
    folder = Path(ran())
    fresh = (folder / "decided.json").read_bytes()
    _spoiled(folder)
    harness("redecide", str(folder), "--write")
    assert (folder / "decided.json").read_bytes() == fresh


def test_answers_that_are_gone_are_told(
    ran: Callable[..., str], harness: Command, small_project: Path
) -> None:
    """The store was thrown away: one clear line, exit code 2."""
    folder = ran()
    (small_project / ".harness/samples.db").unlink()
    said = harness("redecide", folder)
    assert (said.code, "is not there; restore it" in said.err) == (2, True)


def test_a_decided_run_survives_the_way_through_its_file(ran: Callable[..., str], tmp_path: Path) -> None:
    """What is written is what is read."""
    decided = read_decided(Path(ran()))
    (tmp_path / "copy").mkdir()
    write_decided(tmp_path / "copy", decided)
    assert read_decided(tmp_path / "copy") == decided


def test_the_document_is_strict_json(ran: Callable[..., str], harness: Command) -> None:
    """No NaN, nothing beside it on standard output."""
    folder = ran()
    assert json.loads(harness("compare", folder, folder, "--json").out)["decision"] in {
        "same",
        "inconclusive",
    }
