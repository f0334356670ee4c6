"""``decided.json`` is canonical, whatever the number of its verdicts, and reads back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.jsonl import canonical_json
from harness.core.types import (
    Basis,
    Case,
    CaseKind,
    Decision,
    Finding,
    Message,
    Mode,
    Outcome,
    Role,
    Verdict,
)
from harness.store.decided import DecidedRun, read_decided, write_decided


def case(name: str) -> Case:
    asked = (Message(Role.USER, f"Write {name} — \u2028"),)
    return Case(name, CaseKind.COMPLIANCE, "tester", asked, (), (), (), "", ("t",), "", "x:1", "sha")


def verdict(name: str) -> Verdict:
    finding = Finding(1, 2, 3, 4, 5, "said", "quote")
    decision = Decision(Outcome.FAIL, "why", (finding,), (("a", "b"),))
    return Verdict(name, "base", 1, "rule", "x/y", 1, Mode.ANALOGUE, Basis.STATIC, decision)


def run_of(count: int) -> DecidedRun:
    names = [f"c{number}" for number in range(count)]
    return DecidedRun(
        run="r",
        created="2026-11-23T00:00:00+00:00",
        agent="tester",
        agent_path="agents/tester.md",
        agent_sha="0",
        model="anthropic:m",
        models_served=("m",),
        seed=0,
        max_tokens=9,
        variants=(("base", "0"),),
        rules=(),
        cases=tuple(case(name) for name in names),
        missing=(),
        verdicts=tuple(verdict(name) for name in names),
        answers={"base": "0"},
    )


@pytest.mark.parametrize("count", [0, 1, 500, 501, 1_203])
def test_the_text_is_canonical_json(tmp_path: Path, count: int) -> None:
    run = run_of(count)
    text = write_decided(tmp_path, run).read_text(encoding="utf-8")
    assert text == canonical_json(run.model_dump(mode="json")) + "\n"


@pytest.mark.parametrize("count", [0, 501])
def test_what_was_written_is_read_again(tmp_path: Path, count: int) -> None:
    write_decided(tmp_path, run_of(count))
    assert read_decided(tmp_path) == run_of(count)
