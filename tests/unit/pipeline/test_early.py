"""What is decided while answers still come is what would be decided afterwards."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.agentfile.parse import parse_agent
from harness.checks.registry import all_checks
from harness.core.types import Case, CaseKind, Completion, Message, Mode, Role, Sample, StopReason, Usage
from harness.pipeline import early, helpers
from harness.pipeline.early import EarlyDeciding
from harness.pipeline.helpers import WORTHWHILE
from harness.pipeline.remembered import Rules, decide_remembered, identity_of, key_of, state_of
from harness.store.verdicts import VerdictCache
from harness.suite.catalogue import specification_of

AGENT = b"---\nname: tester\ndescription: Use it.\n---\n## Rules\n- NEVER use console.log\n"
CHECKS = all_checks()
RULES = Rules(specification_of(parse_agent(AGENT, "tester.md"), CHECKS).bindings, CHECKS, Mode.ANALOGUE)
CASE = Case(
    "c", CaseKind.COMPLIANCE, "tester", (Message(Role.USER, "Go"),), (), (), (), "", (), "", "t:1", "sha"
)
PATIENCE_S = 60


def sample(number: int) -> Sample:
    completion = Completion(
        f"```js\nconsole.log({number});\n```\n", (), Usage(1, 1), StopReason.END, "m", 0.1
    )
    return Sample(f"{number:064}", "c", "base", number, "m", completion)


SAMPLES = [sample(number) for number in range(40)]
WANTED = {one.request_sha: CASE for one in SAMPLES}


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "allowed_cores", lambda: 2)


def remembered(path: Path) -> int:
    keys = [key_of(identity_of(RULES), one, CASE) for one in SAMPLES]
    with VerdictCache(path, state_of(RULES)) as known:
        return len(known.get_many(keys))


def decided_early(path: Path, samples: list[Sample], expected: int = WORTHWHILE, until: int = 1) -> int:
    """Return how many decisions are remembered once there are as many, or patience ends."""
    with EarlyDeciding(RULES, WANTED, path, expected) as deciding:
        deciding.take(samples)
        last = time.monotonic() + PATIENCE_S
        while until and remembered(path) < until and time.monotonic() < last:
            time.sleep(0.02)
    return remembered(path)


def test_what_is_handed_over_is_decided_meanwhile(tmp_path: Path) -> None:
    assert decided_early(tmp_path / "v.db", SAMPLES, until=len(SAMPLES)) == len(SAMPLES)


def test_what_was_decided_meanwhile_is_what_deciding_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verdicts(path: Path) -> object:
        return decide_remembered(RULES, SAMPLES, {"c": CASE}, path, lambda _: None)

    plain = verdicts(tmp_path / "plain.db")
    decided_early(tmp_path / "v.db", SAMPLES, until=len(SAMPLES))
    monkeypatch.setattr(helpers, "decide_answer", None)  # nothing is left to decide
    assert verdicts(tmp_path / "v.db") == plain


def test_an_answer_to_another_question_is_left_alone(tmp_path: Path) -> None:
    other = [replace(one, request_sha="f" * 64) for one in SAMPLES]
    assert decided_early(tmp_path / "v.db", [*other, SAMPLES[0]]) == 1


def test_for_few_answers_no_process_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "Helper", None)
    assert decided_early(tmp_path / "v.db", SAMPLES, expected=WORTHWHILE - 1, until=0) == 0


def test_a_process_that_cannot_decide_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helpers, "_START", "raise SystemExit")
    assert decided_early(tmp_path / "v.db", SAMPLES, until=0) == 0


def test_the_end_does_not_wait_for_what_is_left(tmp_path: Path) -> None:
    with EarlyDeciding(RULES, WANTED, tmp_path / "v.db", WORTHWHILE) as deciding:
        deciding.take(SAMPLES * 1_000)
    assert deciding._answers.qsize() > len(SAMPLES)
