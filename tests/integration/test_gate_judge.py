"""The gate and judges: only one that was shown to be right may turn it red."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from gate_project import OBEYING, edit, make_repository
from messages_api import Answer, MessagesApi, Seen
from run_project import MODEL, Command, Ran

RULE = "always-explain-your-reasoning-for-each-decision-in"
LINE = "- ✅ ALWAYS explain your reasoning for each decision in prose\n"
REASONED = "I use a queue, since the peak is short; the price is one more part to run."
BARE = "Here is the service."
GOLDEN = "---\nprompt: Plan {number}\nlabels: {{{rule}: {label}}}\n---\n{text}\n"


def answer(seen: Seen) -> Answer:
    """The model gives reasons where its prompt asks for them; the judge looks for the price."""
    if seen.body["model"] != "judge":
        reasons = "explain your reasoning" in str(seen.body.get("system"))
        return Answer(f"{REASONED if reasons else BARE}\n\n{OBEYING}")
    reasoned = "the price is" in json.dumps(seen.body["messages"][0])
    verdict = {
        "evidence": ["the price is one more part to run"] if reasoned else [],
        "reason": "a price is said" if reasoned else "none",
        "verdict": "pass" if reasoned else "fail",
    }
    return Answer("", "tool_use", (seen.body["tools"][0]["name"], verdict))


@pytest.fixture
def repository(small_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (small_project / "harness.toml").write_text('[judge]\nmodels = ["anthropic:judge"]\n')
    golden = small_project / "datasets/tester/golden"
    (golden / "console.md").unlink()
    for number in range(40):
        label, text = ("pass", REASONED) if number % 2 else ("fail", BARE)
        (golden / f"plan-{number}.md").write_text(
            GOLDEN.format(number=number, rule=RULE, label=label, text=text)
        )
    make_repository(small_project)
    with MessagesApi(answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield small_project


def gated(harness: Command) -> Ran:
    """Take the line out that asks for reasons, and gate that."""
    edit(Path.cwd(), LINE, "")
    suite = "datasets/tester/compliance.yaml"
    return harness("gate", "agents/tester.md", "--against", "git:HEAD", "--suite", suite, *MODEL, "--json")


def test_a_judge_that_was_never_measured_only_warns(repository: Path, harness: Command) -> None:
    ran = gated(harness)
    assert (ran.code, ran.document["light"]) == (0, "yellow")


def test_the_warning_names_the_rule_and_what_to_do(repository: Path, harness: Command) -> None:
    (agent,) = gated(harness).document["agents"]
    said = next(reason for reason in agent["reasons"] if RULE in reason)
    assert "calibrate the judge" in said


def test_a_calibrated_judge_may_turn_it_red(repository: Path, harness: Command) -> None:
    assert harness("calibrate", "--judge", "anthropic:judge").code == 0
    assert gated(harness).code == 1


def test_a_calibration_of_another_judge_does_not_count(repository: Path, harness: Command) -> None:
    harness("calibrate", "--judge", "anthropic:judge")
    (kept,) = (repository / "reports/calibrations").glob("judge-anthropic-judge-*.json")
    kept.write_text(kept.read_text().replace("anthropic:judge", "anthropic:other"))
    assert gated(harness).code == 0


def test_suspicions_are_followed_with_the_judge(repository: Path, harness: Command) -> None:
    """Only a judge can decide the fresh answers."""
    harness("calibrate", "--judge", "anthropic:judge")
    (agent,) = gated(harness).document["agents"]
    assert any(one["confirmed"] for one in agent["confirmations"])
