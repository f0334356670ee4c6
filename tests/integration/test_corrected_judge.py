"""A calibrated judge brings its errors to the scores of later runs; another rubric or model does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from messages_api import Answer, MessagesApi, Seen
from run_project import MODEL, Command
from run_project import answer as answered

RULE = "always-explain-your-reasoning-for-each-decision-in"
REASONED = "I use a queue, since the peak is short; the price is one more part to run."
BARE = "Here is the service. It follows best practices."
GOLDEN = "---\nprompt: Plan service {0}\nauthor: writer\nlabels: {{{1}: {2}}}\n---\n{3}\n"
JUDGE = "anthropic:judge"


def script(seen: Seen) -> Answer:
    """Judge by a word; answer as the small project's model does."""
    if seen.body["model"] not in {"judge", "other"}:
        return answered(seen)
    said = json.dumps(seen.body["messages"][0])
    quote = next((one for one in ("the price is", "First the model") if one in said), "")
    verdict = {
        "evidence": [quote] if quote else [],
        "reason": "a reason is said" if quote else "none",
        "verdict": "pass" if quote else "fail",
    }
    return Answer("", "tool_use", (seen.body["tools"][0]["name"], verdict))


@pytest.fixture
def calibrated(small_project: Path, monkeypatch: pytest.MonkeyPatch, harness: Command) -> Iterator[Command]:
    """A project whose judge was held against thirty labels."""
    for number in range(30):
        label, text = ("pass", REASONED) if number % 2 else ("fail", BARE)
        path = small_project / f"datasets/tester/golden/plan-{number}.md"
        path.write_text(GOLDEN.format(number, RULE, label, text))
    with MessagesApi(script) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        harness("calibrate", "--judge", JUDGE, "--json")
        yield harness


def corrected(harness: Command, judge: str) -> dict[str, object]:
    ran = harness(
        "run", "datasets/tester/compliance.yaml", *MODEL, "--no-routing", "--judge", judge, "--json"
    )
    found = ran.scores(RULE)["base"]["corrected"]
    assert isinstance(found, dict)
    return found


def test_the_rate_of_a_calibrated_judge_is_corrected(calibrated: Command) -> None:
    """By fifteen labels of each kind."""
    found = corrected(calibrated, JUDGE)
    assert (found["false_pass"], found["false_fail"]) == ({"hits": 0, "n": 15}, {"hits": 0, "n": 15})


def test_another_judge_was_never_measured(calibrated: Command) -> None:
    """Its errors are its own."""
    assert "never measured" in str(corrected(calibrated, "anthropic:other")["why"])
