"""Decided runs for tests, written down as short tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.core.types import (
    Basis,
    Case,
    CaseKind,
    Decision,
    Finding,
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
from harness.store.decided import DecidedRule, DecidedRun, MissingAnswer

OUTCOMES = {
    "p": Outcome.PASS,
    "f": Outcome.FAIL,
    "u": Outcome.UNDECIDED,
    "n": Outcome.NOT_APPLICABLE,
    "e": Outcome.ERROR,
    "v": Outcome.PASS,
}


def rule(name: str, text: str = "", *, polarity: Polarity = Polarity.NEVER, line: int = 7) -> DecidedRule:
    """Return a rule that the check ``group/<name>`` decides."""
    words = text or f"NEVER {name}"
    return DecidedRule(
        rule=Rule(name, words, polarity, section="", universal=True, span=Span(line, 1, line, 9)),
        severity=Severity.MAJOR,
        check=f"group/{name}",
        parameters={},
    )


def run(
    name: str,
    cells: Mapping[tuple[str, str], str],
    *,
    rules: Sequence[DecidedRule] = (),
    version: int = 1,
    clusters: Mapping[str, str] | None = None,
    tags: Mapping[str, tuple[str, ...]] | None = None,
) -> DecidedRun:
    """Return a run of one variant. A cell is (case, rule) -> a letter per trial (``-``: missing)."""
    cases = list(dict.fromkeys(case for case, _ in cells))
    names = list(dict.fromkeys(rule_name for _, rule_name in cells))
    missing = {
        (case, trial)
        for (case, _), letters in cells.items()
        for trial, one in enumerate(letters, 1)
        if one == "-"
    }
    return DecidedRun(
        run=name,
        created="2026-08-01T10:00:00+00:00",
        agent="tester",
        agent_path="agents/tester.md",
        agent_sha="0",
        model="anthropic:m",
        models_served=("m",),
        seed=0,
        max_tokens=2_048,
        variants=(("base", name),),
        rules=tuple(rules) or tuple(map(rule, names)),
        cases=tuple(
            _case(case, (clusters or {}).get(case, ""), (tags or {}).get(case, ())) for case in cases
        ),
        missing=tuple(
            MissingAnswer(case=case, variant="base", trial=trial, kind="timeout")
            for case, trial in sorted(missing)
        ),
        answers={"base": name},
        verdicts=tuple(
            _verdict((case, rule_name, trial), letter, name, version)
            for (case, rule_name), letters in cells.items()
            for trial, letter in enumerate(letters, 1)
            if letter != "-"
        ),
    )


def _case(name: str, cluster: str, tags: tuple[str, ...]) -> Case:
    return Case(
        id=name,
        kind=CaseKind.COMPLIANCE,
        agent="tester",
        messages=(Message(Role.USER, f"Question {name}"),),
        files=(),
        applies=(),
        not_applicable=(),
        expected_agent="",
        tags=tags,
        cluster=cluster,
        provenance="",
        sha=f"sha-{name}",
    )


def routing_case(name: str, agent: str) -> Case:
    """Return a message that an agent should get."""
    return replace(_case(name, "", ()), kind=CaseKind.ROUTING, expected_agent=agent)


def _verdict(place: tuple[str, str, int], letter: str, run_name: str, version: int) -> Verdict:
    case, rule_name, trial = place
    findings = (Finding(1, 3, 1, 3, 14, "seen", "console.log()"),) if letter == "f" else ()
    return Verdict(
        case=case,
        variant="base",
        trial=trial,
        rule=rule_name,
        check=f"group/{rule_name}",
        version=version,
        mode=Mode.ANALOGUE,
        basis=Basis.STATIC,
        decision=Decision(OUTCOMES[letter], f"{rule_name} in {run_name}", findings),
        flag="vacuous" if letter == "v" else "",
    )


def grid(letters: str, cases: int, *, rules: Sequence[str] = ("one",)) -> dict[tuple[str, str], str]:
    """Return the same letters for every one of many cases."""
    return {(f"c{number}", name): letters for number in range(cases) for name in rules}
