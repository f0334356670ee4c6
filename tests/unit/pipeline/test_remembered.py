"""A recalled verdict is the one that deciding again gives, and whatever could alter it is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.agentfile.parse import parse_agent
from harness.checks.facts import class_of
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
    SuppliedFile,
    ToolCall,
    Usage,
    Verdict,
)
from harness.pipeline import helpers, remembered
from harness.pipeline.helpers import decide_answer
from harness.pipeline.remembered import Rules, decide_remembered
from harness.pipeline.verdicts import decide_samples
from harness.suite.cases import sealed
from harness.suite.catalogue import specification_of

AGENT = b"""---
name: tester
description: Use it.
---
You build.

## Rules
- \xe2\x9d\x8c NEVER use console.log or console.error
- \xe2\x9c\x85 ALWAYS use the project logger in utils/logger.js
- \xe2\x9c\x85 ALWAYS be kind
"""
TEXTS = (
    "Here:\n\n```js\nconsole.log('made');\nconsole.error('x');\n```\n",
    "Here:\n\n```js\nexport const a = 1;\n```\n",
    "Only words.",
    "Broken \ud800 text:\n\n```js\nconsole.log(1)",
)
CHECKS = all_checks()
BINDINGS = specification_of(parse_agent(AGENT, "tester.md"), CHECKS).bindings
RULES = Rules(BINDINGS, CHECKS, Mode.ANALOGUE)
LOGGER = BINDINGS[1].rule.id


def case(name: str = "c", **changed: Any) -> Case:
    message = Message(Role.USER, "Write it")
    plain = Case(name, CaseKind.COMPLIANCE, "tester", (message,), (), (), (), "", (), "", "t:1", "")
    return sealed(replace(plain, **changed))


def sample(text: str, stop: StopReason = StopReason.END, *calls: ToolCall) -> Sample:
    return Sample("0" * 64, "c", "base", 1, "m", Completion(text, calls, Usage(1, 1), stop, "m", 0.1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "verdicts.db"


def decide(path: Path, one: Sample, about: Case | None = None, rules: Rules = RULES) -> tuple[Verdict, ...]:
    return decide_remembered(rules, [one], {"c": about or case()}, path, lambda _: None)


def again(one: Sample, about: Case | None = None, rules: Rules = RULES) -> tuple[Verdict, ...]:
    """What deciding without any memory gives."""
    return decide_samples(
        rules.bindings, rules.checks, [one], {"c": about or case()}, rules.mode, lambda _: None
    )


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are really decided."""
    texts: list[str] = []

    def watched(*arguments: Any) -> tuple[Verdict, ...]:
        texts.append(arguments[1].completion.text)
        return decide_answer(*arguments)

    monkeypatch.setattr(helpers, "decide_answer", watched)
    return texts


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("stop", [StopReason.END, StopReason.MAX_TOKENS])
def test_a_recalled_verdict_is_that_of_deciding_again(path: Path, text: str, stop: StopReason) -> None:
    decide(path, sample(text, stop))
    assert decide(path, sample(text, stop)) == again(sample(text, stop))


def test_an_answer_is_decided_once(path: Path, decided: list[str]) -> None:
    decide(path, sample(TEXTS[0]))
    decide(path, sample(TEXTS[0]))
    assert decided == [TEXTS[0]]


def test_the_place_of_an_answer_is_its_own(path: Path) -> None:
    decide(path, sample(TEXTS[0]))
    other = replace(sample(TEXTS[0]), variant="shorter", trial=2)
    assert {(one.variant, one.trial) for one in decide(path, other)} == {("shorter", 2)}


CHANGES: dict[str, tuple[Sample, Case, Rules]] = {
    "the text": (sample(TEXTS[1]), case(), RULES),
    "the end": (sample(TEXTS[0], StopReason.MAX_TOKENS), case(), RULES),
    "a tool call": (
        sample(TEXTS[0], StopReason.END, ToolCall("Write", {"file_path": "a.js", "content": "x"})),
        case(),
        RULES,
    ),
    "what the case demands": (sample(TEXTS[0]), replace(case(), applies=(LOGGER,)), RULES),
    "what the case excludes": (sample(TEXTS[0]), replace(case(), not_applicable=(LOGGER,)), RULES),
    "the question": (sample(TEXTS[0]), case(messages=(Message(Role.USER, "Another"),)), RULES),
    "a file of the user": (sample(TEXTS[0]), case(files=(SuppliedFile("a.js", "x"),)), RULES),
    "the mode": (sample(TEXTS[0]), case(), replace(RULES, mode=Mode.LITERAL)),
    "the rules": (sample(TEXTS[0]), case(), replace(RULES, bindings=BINDINGS[:2])),
    "a parameter": (
        sample(TEXTS[0]),
        case(),
        replace(RULES, bindings=[replace(BINDINGS[0], parameters={"x": "y"}), *BINDINGS[1:]]),
    ),
    "a waiver": (
        sample(TEXTS[0]),
        case(),
        replace(RULES, bindings=[replace(BINDINGS[0], waived="why not"), *BINDINGS[1:]]),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_could_alter_a_verdict_is_decided_again(path: Path, decided: list[str], change: str) -> None:
    one, about, rules = CHANGES[change]
    decide(path, sample(TEXTS[0]))
    decide(path, one, about, rules)
    assert len(decided) == 2


def test_other_code_decides_again(path: Path, decided: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    decide(path, sample(TEXTS[0]))
    monkeypatch.setattr(remembered, "_code_of_ours", lambda: "another state")
    decide(path, sample(TEXTS[0]))
    assert len(decided) == 2


def test_a_damaged_file_costs_nothing_but_time(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to look like one" * 100)
    assert decide(path, sample(TEXTS[0])) == again(sample(TEXTS[0]))


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert decide(tmp_path / "file" / "v.db", sample(TEXTS[0])) == again(sample(TEXTS[0]))


def test_a_check_that_crashed_is_tried_again(
    path: Path, decided: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    check = CHECKS[BINDINGS[0].check]

    def crash(self: object, exchange: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(class_of(check), "decide", crash)
        decide(path, sample(TEXTS[0]))
    assert decide(path, sample(TEXTS[0])) == again(sample(TEXTS[0]))


def test_progress_counts_recalled_answers_too(path: Path) -> None:
    told: list[int] = []
    samples = [sample(text) for text in TEXTS]
    for _ in range(2):
        decide_remembered(RULES, samples, {"c": case()}, path, told.append)
    assert told == [1, 2, 3, 4] * 2
