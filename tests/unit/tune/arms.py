"""Decided runs of several variants, written down as short tables."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from harness.compare.model import Policy
from harness.core.types import (
    Basis,
    Case,
    CaseKind,
    Decision,
    Message,
    Mode,
    Outcome,
    Polarity,
    Role,
    Rule,
    Severity,
    Span,
    Verdict,
)
from harness.stats.score import AGGREGATE, score_verdicts
from harness.store.decided import DecidedRule, DecidedRun
from harness.tune.leaderboard import leaderboard_of
from harness.tune.leaderboard_model import Facts, Leaderboard

LETTERS = {
    "p": (Outcome.PASS, ""),
    "f": (Outcome.FAIL, ""),
    "u": (Outcome.UNDECIDED, ""),
    "v": (Outcome.PASS, "vacuous"),
    "o": (Outcome.FAIL, "omitted"),
}
RULE = DecidedRule(
    rule=Rule("one", "NEVER one", Polarity.NEVER, section="", universal=True, span=Span(7, 1, 7, 9)),
    severity=Severity.MAJOR,
    check="group/one",
    parameters={},
)


def experiment(arms: Mapping[str, str]) -> DecidedRun:
    """Return a run in which each variant has one letter per case: pass, fail, undecided, vacuous, omitted."""
    cases = range(len(next(iter(arms.values()))))
    return DecidedRun(
        run="run",
        created="2026-08-01T10:00:00+00:00",
        agent="tester",
        agent_path="agents/tester.md",
        agent_sha="0",
        model="anthropic:m",
        models_served=("m",),
        seed=0,
        max_tokens=2_048,
        variants=tuple((name, name) for name in arms),
        rules=(RULE,),
        cases=tuple(map(_case, cases)),
        missing=(),
        answers={name: name for name in arms},
        verdicts=tuple(
            _verdict(f"c{number}", name, letter)
            for name, letters in arms.items()
            for number, letter in enumerate(letters)
        ),
    )


def board(
    arms: Mapping[str, str], tokens: Mapping[str, int] | None = None, alpha: float = 0.05
) -> Leaderboard:
    """Return the leaderboard of such a run; the first variant is the base."""
    run = experiment(arms)
    scores = score_verdicts(run.verdicts, dict.fromkeys(arms, 0), {})
    return leaderboard_of(
        run,
        {score.variant: score for score in scores if score.rule == AGGREGATE},
        {name: Facts((tokens or {}).get(name, 100)) for name in arms},
        Policy(0.02, alpha),
    )


def drawn(rates: Mapping[str, float], cases: int, seed: int) -> dict[str, str]:
    """Return letters drawn by chance; cases have a difficulty of their own, which all variants share."""
    chance = random.Random(seed)
    ease = [chance.uniform(-0.2, 0.2) for _ in range(cases)]
    return {
        name: "".join("p" if chance.random() < rate + shift else "f" for shift in ease)
        for name, rate in rates.items()
    }


def standings(found: Leaderboard) -> dict[str, str]:
    """Return what is said of each variant."""
    return {one.name: one.standing.value for one in found.entries}


def names(entries: Sequence[object]) -> list[str]:
    """Return the names of entries."""
    return [one.name for one in entries]  # type: ignore[attr-defined]


def _case(number: int) -> Case:
    return Case(
        id=f"c{number}",
        kind=CaseKind.COMPLIANCE,
        agent="tester",
        messages=(Message(Role.USER, f"Question {number}"),),
        files=(),
        applies=(),
        not_applicable=(),
        expected_agent="",
        tags=(),
        cluster="",
        provenance="",
        sha=f"sha-{number}",
    )


def _verdict(case: str, variant: str, letter: str) -> Verdict:
    outcome, flag = LETTERS[letter]
    return Verdict(
        case=case,
        variant=variant,
        trial=1,
        rule="one",
        check="group/one",
        version=1,
        mode=Mode.ANALOGUE,
        basis=Basis.STATIC,
        decision=Decision(outcome, "because"),
        flag=flag,
    )
