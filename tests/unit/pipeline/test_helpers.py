"""Deciding on several cores gives what deciding on one gives, whatever becomes of the helpers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.agentfile.parse import parse_agent
from harness.checks.registry import all_checks
from harness.core.types import (
    Case,
    CaseKind,
    Completion,
    Message,
    Mode,
    Role,
    Sample,
    StopReason,
    Usage,
    Verdict,
)
from harness.pipeline import helpers
from harness.pipeline.helpers import WORTHWHILE, Deciders, Table, decide_answer
from harness.pipeline.remembered import Rules, state_of
from harness.suite.catalogue import specification_of

AGENT = b"""---
name: tester
description: Use it.
---
## Rules
- NEVER use console.log
- Never use moment for dates
"""
OWN = """\
id: team/no-moment
rule: moment is in maintenance mode; new code uses date-fns.
phrases: [Never use moment for dates]
languages: javascript
severity: minor
message: moment is imported; use date-fns
fail_when: {pattern: import $NAME from 'moment'}
examples:
  good: [{title: date-fns, response: "```js\\nimport { format } from 'date-fns';\\n```"}]
  bad:
    - title: moment
      response: "```js\\nimport moment from 'moment';\\n```"
      findings: [{line: 2, words: moment is imported}]
"""
CHECKS = all_checks()
BINDINGS = tuple(specification_of(parse_agent(AGENT, "tester.md"), CHECKS).bindings)
TABLE = Table(BINDINGS, CHECKS, Mode.ANALOGUE)
STATE = state_of(Rules(BINDINGS, CHECKS, Mode.ANALOGUE))
CASE = Case(
    "c", CaseKind.COMPLIANCE, "tester", (Message(Role.USER, "Go"),), (), (), (), "", (), "", "t:1", "sha"
)


def sample(number: int) -> Sample:
    line = f"console.log({number});" if number % 3 else f"export const a = {number};"
    completion = Completion(f"Here:\n\n```js\n{line}\n```\n", (), Usage(1, 1), StopReason.END, "m", 0.1)
    return Sample(f"{number:064}", "c", "base", number, "m", completion)


PAIRS = [(sample(number), CASE) for number in range(WORTHWHILE)]


@pytest.fixture(scope="module")
def alone() -> list[tuple[Verdict, ...]]:
    return [decide_answer(TABLE, *pair) for pair in PAIRS]


def decided(state: str = STATE, cores: int = 2) -> list[tuple[Verdict, ...]]:
    with Deciders(TABLE, None, state, cores) as deciders:
        return deciders.decide(PAIRS, lambda _: None)


def refuse(*_: object) -> tuple[Verdict, ...]:
    raise AssertionError("this process decided")


def test_two_processes_decide_what_one_decides(alone: list[tuple[Verdict, ...]]) -> None:
    assert decided() == alone


def test_a_helper_decides_by_itself(
    monkeypatch: pytest.MonkeyPatch, alone: list[tuple[Verdict, ...]]
) -> None:
    helper = helpers.Helper(TABLE, None, STATE)
    monkeypatch.setattr(helpers, "decide_answer", refuse)
    try:
        assert helper.decide(PAIRS[:4]) == alone[:4]
    finally:
        helper.end()


def test_a_helper_with_other_code_is_not_used(alone: list[tuple[Verdict, ...]]) -> None:
    helper = helpers.Helper(TABLE, None, "another state")
    assert (helper.decide(PAIRS[:4]), decided("another state") == alone) == (None, True)


def test_a_helper_that_dies_loses_nothing(alone: list[tuple[Verdict, ...]]) -> None:
    with Deciders(TABLE, None, STATE, 3) as deciders:
        deciders.decide(PAIRS, lambda _: None)
        for helper in deciders._helpers:
            assert helper._process is not None
            os.kill(helper._process.pid, 9)
        assert deciders.decide(PAIRS, lambda _: None) == alone


@pytest.mark.parametrize(("count", "cores"), [(WORTHWHILE - 1, 2), (WORTHWHILE, 1)])
def test_no_helper_where_it_does_not_pay(monkeypatch: pytest.MonkeyPatch, count: int, cores: int) -> None:
    monkeypatch.setattr(helpers, "Helper", refuse)
    with Deciders(TABLE, None, STATE, cores) as deciders:
        assert len(deciders.decide(PAIRS[:count], lambda _: None)) == count


def test_progress_counts_every_answer_once() -> None:
    told: list[int] = []
    with Deciders(TABLE, None, STATE, 2) as deciders:
        deciders.decide(PAIRS, told.append)
    assert sum(told) == len(PAIRS)


def test_helpers_end_with_the_work() -> None:
    with Deciders(TABLE, None, STATE, 2) as deciders:
        deciders.decide(PAIRS, lambda _: None)
        process = deciders._helpers[0]._process
    assert process is not None
    assert process.returncode is not None


def test_checks_of_a_team_are_loaded_by_the_helper_too(tmp_path: Path) -> None:
    (tmp_path / "no-moment.yaml").write_text(OWN, encoding="utf-8")
    checks = all_checks(tmp_path)
    bindings = tuple(specification_of(parse_agent(AGENT, "tester.md"), checks).bindings)
    table = Table(bindings, checks, Mode.ANALOGUE)
    state = state_of(Rules(bindings, checks, Mode.ANALOGUE))
    expected = [decide_answer(table, *pair) for pair in PAIRS[:4]]
    helper = helpers.Helper(table, tmp_path, state)
    try:
        assert helper.decide(PAIRS[:4]) == expected
    finally:
        helper.end()
