"""``harness tune`` on a project whose model obeys by the lines of its prompt, and by chance."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from messages_api import Answer, Fault, MessagesApi, Seen
from obedient import AGENT, HELPFUL, Obedient, dataset
from run_project import Command, finish, start, write_project

from harness.cli.app import main

TUNE = (
    *("tune", "agents/tester.md", "datasets/tester/compliance.yaml"),
    *("--model", "anthropic:m", "--reflection", "anthropic:r", "--rounds", "2", "--trials", "1"),
)
AGENT_FILE = Path("agents/tester.md")


@dataclass(frozen=True)
class Found:
    """What a run left behind, and what its model was asked."""

    code: int
    document: dict[str, Any]
    folder: Path
    script: Obedient

    def written(self, name: str) -> str:
        return (self.folder / self.document["folder"] / name).read_text(encoding="utf-8")


TESTED = 20  # answers of the test part: ten cases, two prompts, one trial


def write_tuning_project(folder: Path) -> None:
    write_project(folder)
    (folder / AGENT_FILE).write_text(AGENT, encoding="utf-8")
    (folder / "datasets/tester/compliance.yaml").write_text(dataset(26), encoding="utf-8")
    (folder / "datasets/routing.yaml").unlink()


@pytest.fixture
def project(small_project: Path) -> Path:
    write_tuning_project(small_project)
    return small_project


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Obedient]:
    """The model of a project, in whose folder the test runs."""
    script = Obedient()
    with MessagesApi(script) as server, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ANTHROPIC_BASE_URL", server.url)
        patch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield script


@pytest.fixture
def script(project: Path) -> Iterator[Obedient]:
    with serving(project) as script:
        yield script


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """One run that all tests share which only look at what came of it."""
    folder = tmp_path_factory.mktemp("found")
    write_tuning_project(folder)
    with serving(folder) as script, contextlib.redirect_stdout(io.StringIO()) as out:
        code = main([*TUNE, "--json"])
    return Found(code, json.loads(out.getvalue()), folder, script)


def test_a_planted_improvement_is_found_and_shown(found: Found) -> None:
    assert (found.document["claim"], f"+{HELPFUL}" in found.document["diff"]) == ("improvement shown", True)


def test_the_interval_of_an_improvement_lies_above_zero(found: Found) -> None:
    assert found.document["test"]["low"] > 0


def test_the_candidate_is_the_file_with_the_line(found: Found) -> None:
    assert found.written("candidate.md") == f"{AGENT.rstrip()}\n\n{HELPFUL}\n"


def test_the_agent_file_is_not_touched_unless_asked(found: Found) -> None:
    assert (found.code, (found.folder / AGENT_FILE).read_text(encoding="utf-8")) == (0, AGENT)


@pytest.mark.parametrize("words", ["improvement shown", "| test | 10 | 10 |", f"+{HELPFUL}"])
def test_the_report_tells_claim_split_and_diff(found: Found, words: str) -> None:
    assert words in found.written("report.md")


def test_the_reflection_model_never_hears_of_the_test_cases(found: Found) -> None:
    told = "\n".join(found.script.reflections)
    tested = {question for _, question in found.script.questions[-TESTED:]}
    assert not [question for question in tested if f"Asked: {question}\n" in told]


def test_the_search_never_asks_a_test_case(found: Found) -> None:
    searched = {question for _, question in found.script.questions[:-TESTED]}
    assert not searched & {question for _, question in found.script.questions[-TESTED:]}


def test_base_and_candidate_are_asked_in_turns(found: Found) -> None:
    tested = [HELPFUL in prompt for prompt, _ in found.script.questions[-TESTED:]]
    assert sum(tested[: TESTED // 2]) in range(TESTED // 4 - 2, TESTED // 4 + 3)


def test_what_is_shown_is_applied_when_asked(script: Obedient, harness: Command) -> None:
    harness(*TUNE, "--apply")
    assert HELPFUL in AGENT_FILE.read_text(encoding="utf-8")


def test_the_same_command_asks_nothing_again_and_says_the_same(script: Obedient, harness: Command) -> None:
    first = harness(*TUNE, "--json").document
    asked = (len(script.questions), len(script.reflections))
    again = harness(*TUNE, "--json").document
    assert (again["test"], (len(script.questions), len(script.reflections))) == (first["test"], asked)


def test_where_nothing_helps_nothing_is_claimed(script: Obedient, harness: Command) -> None:
    script.rate = lambda prompt: 0.5
    assert "no improvement shown" in harness(*TUNE).out


def test_a_prompt_that_asks_for_less_does_not_win(script: Obedient, harness: Command) -> None:
    """The rules stay in the file, the answers hold nothing to violate: no reward, whatever they leave out."""
    evasive = "Answer in one sentence, no code."
    script.rate = lambda prompt: 0.5
    script.propose = lambda prompt, asked: f"{prompt}\n\n{evasive}"
    script.answer = lambda prompt: "Use a service of Node for it." if evasive in prompt else ""
    document = harness(*TUNE, "--json").document
    assert (document["claim"], document["test"]) == ("no improvement shown", None)


def test_a_proposal_without_the_rules_is_refused_with_a_reason(script: Obedient, harness: Command) -> None:
    script.propose = lambda prompt, asked: "Answer in one sentence, no code."
    (first, *_) = harness(*TUNE, "--json").document["proposals"]
    assert (first["came_to"], "is gone" in first["why"]) == ("refused", True)


def test_a_budget_of_answers_leaves_the_test_its_part(script: Obedient, harness: Command) -> None:
    document = harness(*TUNE, "--json", "--max-calls", "80", "--rounds", "9").document
    assert (document["answers"] <= 80, document["complete"], document["test"] is not None) == (
        True,
        True,
        True,
    )


def test_answers_that_are_missing_end_with_code_3_and_are_no_score(
    project: Path, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every fourth service gets no answer: those cases are left out, with both prompts."""
    script = Obedient()

    def faulty(seen: Seen) -> Answer | Fault:
        lost = seen.question.endswith(("3", "7"))
        return Fault(400, "invalid_request_error", "no") if lost else script(seen)

    with MessagesApi(faulty) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        ran = harness(*TUNE, "--json")
    assert (ran.code, ran.document["missing"] > 0, ran.document["test"]["cases"] < 10) == (3, True, True)


def test_a_prompt_that_is_always_obeyed_needs_no_proposal(script: Obedient, harness: Command) -> None:
    script.rate = lambda prompt: 1.0
    document = harness(*TUNE, "--json").document
    assert (document["rounds"], document["claim"], script.reflections) == (0, "no improvement shown", [])


def test_a_budget_of_dollars_needs_a_price(script: Obedient, harness: Command) -> None:
    ran = harness(*TUNE, "--max-cost", "1")
    assert (ran.code, "price is not known" in ran.err) == (2, True)


def test_a_run_that_was_killed_goes_on_and_asks_nothing_twice(project: Path) -> None:
    script = Obedient()
    with MessagesApi(script, delay_s=0.02) as server:
        process = start(project, *TUNE, "--json", url=server.url)
        while len(script.questions) < 25 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        finish(process)
        done = finish(start(project, *TUNE, "--json", url=server.url)).document
    total = len(script.questions) + len(script.reflections)
    in_flight = 8  # what the killed process asked for and never heard
    assert (done["complete"], done["answers"] <= total <= done["answers"] + in_flight) == (True, True)


@pytest.mark.parametrize("at", [15, 45])
def test_a_run_that_was_interrupted_goes_on_and_asks_nothing_twice(
    script: Obedient, harness: Command, at: int
) -> None:
    script.answer = lambda prompt: "" if len(script.questions) != at else _interrupt()
    stopped = harness(*TUNE, "--json")
    done = harness(*TUNE, "--json").document
    total = len(script.questions) + len(script.reflections)
    assert (stopped.code, done["complete"], total) == (3, True, done["answers"])


def _interrupt() -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return ""


def test_a_run_that_was_interrupted_claims_nothing(script: Obedient, harness: Command) -> None:
    script.answer = lambda prompt: "" if len(script.questions) != 45 else _interrupt()
    document = harness(*TUNE, "--json").document
    assert (document["improved"], document["claim"]) == (False, "not finished: nothing is claimed")


def test_a_state_that_somebody_else_wrote_is_one_line(script: Obedient, harness: Command) -> None:
    state = Path("reports/tune/mine/state.json")
    state.parent.mkdir(parents=True)
    state.write_text('{"settings": {}, "fresh": 1, "searches": "cos\\nsystem"}', encoding="utf-8")
    ran = harness(*TUNE, "--name", "mine")
    assert (ran.code, "remove it, or choose another --name" in ran.err) == (2, True)


def test_a_name_belongs_to_its_settings(script: Obedient, harness: Command) -> None:
    harness(*TUNE, "--name", "mine", "--max-calls", "1")
    again = harness(*TUNE, "--name", "mine", "--seed", "5")
    assert (again.code, "was begun with another seed" in again.err) == (2, True)


def test_a_file_that_was_changed_meanwhile_is_not_written(script: Obedient, harness: Command) -> None:
    propose = script.propose

    def meddle(prompt: str, asked: int) -> str:
        AGENT_FILE.write_text(f"{AGENT}\nMine.\n", encoding="utf-8")
        return propose(prompt, asked)

    script.propose = meddle
    ran = harness(*TUNE, "--apply")
    assert (ran.code, "was changed since" in ran.err) == (2, True)


def test_own_reflection_is_warned_about(script: Obedient, harness: Command) -> None:
    arguments = [one for one in TUNE if one not in {"--reflection", "anthropic:r"}]
    assert "is to improve its own prompt" in harness(*arguments).err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("tune", "agents/nobody.md"), "nobody.md"),
        ((*TUNE, "--split", "1,2"), "give three shares"),
        ((*TUNE, "--split", "0.5,0.5,0.5"), "add up to 1"),
        ((*TUNE, "--name", "../up"), "use letters"),
        ((*TUNE, "--reflection", "nobody:x"), "unknown provider"),
        ((*TUNE, "--tag", "none"), "nothing to run"),
    ],
)
def test_wrong_input_is_one_clear_line(
    script: Obedient, harness: Command, arguments: tuple[str, ...], words: str
) -> None:
    ran = harness(*arguments)
    assert (ran.code, words in ran.err, ran.err.strip().count("\n")) == (2, True, 0)


def test_hostile_text_of_a_proposal_is_shown_and_not_sent_to_the_terminal(
    script: Obedient, harness: Command
) -> None:
    script.propose = lambda prompt, asked: f"{prompt}\n\n\x1b[2J{HELPFUL}"
    ran = harness(*TUNE)
    state = json.loads(next(Path("reports/tune").glob("*/state.json")).read_text(encoding="utf-8"))
    assert ("\x1b" in ran.out, state["searches"][0]["body"]) == (False, "")
