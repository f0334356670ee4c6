"""A baseline: a run that later ones are held against, as a file that people can review and commit.

It is deterministic JSON with one line per case and a letter per trial: a diff shows which cases changed. The
answers lie compressed beside it (the *archive*), so that a better check does not make the baseline worthless:
it is decided again. Without the archive (private answers) the letters are all there is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from harness.compare.baseline_routing import (
    BaselineRoster,
    BaselineRoute,
    decided_routing,
    roster_of,
    routes_of,
)
from harness.compare.pairing import IDENTITY, Side
from harness.core.discover import is_file
from harness.core.documents import parse_document
from harness.core.errors import InputError
from harness.core.jsonl import canonical_json, sha_of
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
from harness.store.coherent import incoherence
from harness.store.decided import (
    DecidedRule,
    DecidedRun,
    MissingAnswer,
    RunIdentity,
)

__all__ = [
    "ARCHIVE_SUFFIX",
    "Baseline",
    "archive_of",
    "baseline_of",
    "baseline_text",
    "decided_of",
    "read_baseline",
]

FORMAT = 2
ARCHIVE_SUFFIX = ".answers.jsonl.gz"

_LETTERS = {
    (Outcome.PASS, ""): "p",
    (Outcome.FAIL, ""): "f",
    (Outcome.PASS, "vacuous"): "v",
    (Outcome.FAIL, "omitted"): "o",
    (Outcome.NOT_APPLICABLE, ""): "n",
    (Outcome.UNDECIDED, ""): "u",
    (Outcome.ERROR, ""): "e",
}
_OUTCOMES = {letter: pair for pair, letter in _LETTERS.items()}
_MISSING = "-"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BaselineRule(_Record):
    """A rule: its words, where they stand, and what decides it."""

    id: str
    text: str
    polarity: Polarity
    line: int
    check: str
    severity: Severity
    parameters: dict[str, str]


class BaselineCase(_Record):
    """A case: its identity, and per rule a letter for each trial."""

    id: str
    sha: str
    cluster: str
    tags: tuple[str, ...]
    rules: dict[str, Annotated[str, Field(pattern=r"^[pfvonue-]*$")]]


class Baseline(RunIdentity):
    """The reviewable part of a baseline.

    ``checks`` are the versions that decided; ``answers`` names the archive beside the file (empty: none).
    ``sha`` is that of everything else: a baseline that was edited by hand is refused. ``routes`` and
    ``roster`` are left out where no message was routed, as older baselines do.
    """

    variant: str
    prompt_sha: str
    mode: Mode
    checks: dict[str, int]
    rules: tuple[BaselineRule, ...]
    cases: tuple[BaselineCase, ...]
    answers: str
    answers_sha: str
    routes: tuple[BaselineRoute, ...] = ()
    roster: BaselineRoster | None = None
    judges: dict[str, dict[str, str]] = Field(default_factory=dict)
    format: int = FORMAT
    sha: str = ""


def baseline_of(side: Side, answers: str) -> Baseline:
    """Return the reviewable part of the baseline that a variant of a run makes.

    Args:
        side: the variant of a run.
        answers: name of the archive that will lie beside it; empty: none.
    """
    run = side.run
    letters = _letters(side)
    verdicts = [verdict for verdict in run.verdicts if verdict.variant == side.variant]
    baseline = Baseline(
        **run.identity(),
        variant=side.variant,
        prompt_sha=dict(run.variants)[side.variant],
        mode=next((verdict.mode for verdict in verdicts), Mode.ANALOGUE),
        checks={verdict.check: verdict.version for verdict in verdicts if verdict.check},
        rules=tuple(
            BaselineRule(
                id=rule.id,
                text=rule.rule.text,
                polarity=rule.rule.polarity,
                line=rule.line,
                check=rule.check,
                severity=rule.severity,
                parameters=rule.parameters,
            )
            for rule in run.rules
        ),
        cases=tuple(
            BaselineCase(
                id=case.id,
                sha=case.sha,
                cluster=case.cluster,
                tags=case.tags,
                rules={rule.id: letters[case.id][rule.id] for rule in run.rules if letters[case.id][rule.id]},
            )
            for case in sorted(run.cases, key=lambda case: case.id)
        ),
        answers=answers,
        answers_sha=run.answers[side.variant],
        routes=routes_of(side),
        roster=roster_of(side),
        judges=_judges(verdicts),
    )
    return baseline.model_copy(update={"sha": _sha(baseline)})


def _sha(baseline: Baseline) -> str:
    return sha_of(baseline.model_dump(mode="json", exclude={"sha", *_unused(baseline)}))


def _unused(baseline: Baseline) -> set[str]:
    """Return the fields that a baseline without routing or judges does not have: its text stays as it was."""
    unused = set() if baseline.routes else {"routes", "roster"}
    return unused if baseline.judges else unused | {"judges"}


def _judges(verdicts: Iterable[Verdict]) -> dict[str, dict[str, str]]:
    """Return by rule which judge had a part in it: what the verdicts say of that."""
    found = {}
    for verdict in verdicts:
        if verdict.basis is Basis.JUDGE:
            told = dict(verdict.decision.evidence)
            found[verdict.rule] = {name: told[name] for name in IDENTITY if name in told}
    return found


def _letters(side: Side) -> dict[str, dict[str, str]]:
    """Return per case and rule the letters of its trials, in the order of the trials."""
    trials: defaultdict[str, set[int]] = defaultdict(set)
    found: dict[tuple[str, str, int], str] = {}
    for verdict in side.run.verdicts:
        if verdict.variant == side.variant:
            trials[verdict.case].add(verdict.trial)
            letter = (
                _LETTERS.get((verdict.decision.outcome, verdict.flag))
                or _LETTERS[(verdict.decision.outcome, "")]
            )
            found[(verdict.case, verdict.rule, verdict.trial)] = letter
    for absent in side.run.missing:
        if absent.variant == side.variant:
            trials[absent.case].add(absent.trial)
    return {
        case.id: {
            rule.id: "".join(found.get((case.id, rule.id, one), _MISSING) for one in sorted(trials[case.id]))
            for rule in side.run.rules
        }
        for case in side.run.cases
    }


def baseline_text(baseline: Baseline) -> str:
    """Return a baseline as JSON that is pleasant to review: one rule and one case per line."""
    document = baseline.model_dump(mode="json", exclude=_unused(baseline))
    lists = {name: document.pop(name) for name in ("rules", "cases", "routes") if name in document}
    head = [f"  {json.dumps(name)}: {canonical_json(value)}" for name, value in document.items()]
    for name, rows in lists.items():
        inner = ",\n".join(f"    {canonical_json(row)}" for row in rows)
        head.append(f'  "{name}": [\n{inner}\n  ]' if rows else f'  "{name}": []')
    return "{\n" + ",\n".join(head) + "\n}\n"


def read_baseline(path: Path) -> Baseline:
    """Read the reviewable part of a baseline.

    Raises:
        InputError: it is not there, not a baseline of this release, or was edited by hand.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); name a baseline") from error
    baseline = parse_document(Baseline, data, path, "a baseline", "make it again with `harness baseline RUN`")
    if baseline.sha != _sha(baseline):
        raise InputError(
            f"{path}: was changed by hand (its sha does not fit); make it again with `harness baseline RUN`"
        )
    known = {rule.id for rule in baseline.rules}
    strange = {name for case in baseline.cases for name in case.rules} - known
    wrong = f"no rule is named {min(strange)!r}" if strange else incoherence(decided_of(baseline))
    if wrong:
        raise InputError(f"{path}: {wrong}; make it again with `harness baseline RUN`")
    return baseline


def archive_of(path: Path, baseline: Baseline) -> Path | None:
    """Return where the archive of a baseline lies; nothing when it has none or it was not brought along.

    Raises:
        InputError: its name leads out of the folder of the baseline.
    """
    if baseline.answers and Path(baseline.answers).name != baseline.answers:
        raise InputError(f"{path}: answers: {baseline.answers!r} is not the name of a file beside it")
    archive = path.with_name(baseline.answers) if baseline.answers else None
    return archive if archive is not None and is_file(archive) else None


def decided_of(baseline: Baseline) -> DecidedRun:
    """Return the run that a baseline without its archive still is: outcomes without reasons."""
    rules = tuple(
        DecidedRule(
            rule=Rule(one.id, one.text, one.polarity, "", universal=False, span=_line(one.line)),
            severity=one.severity,
            check=one.check,
            parameters=one.parameters,
        )
        for one in baseline.rules
    )
    checks = {rule.id: rule.check for rule in rules}
    verdicts: list[Verdict] = []
    missing: list[MissingAnswer] = []
    for case in baseline.cases:
        absent: set[int] = set()
        for rule, letters in case.rules.items():
            for trial, letter in enumerate(letters, start=1):
                if letter == _MISSING:
                    absent.add(trial)
                else:
                    verdicts.append(_verdict(baseline, case.id, (rule, checks[rule]), (trial, letter)))
        missing += [
            MissingAnswer(case=case.id, variant=baseline.variant, trial=trial, kind="missing")
            for trial in sorted(absent)
        ]
    return DecidedRun(
        **baseline.identity(),
        variants=((baseline.variant, baseline.prompt_sha),),
        rules=rules,
        cases=tuple(_case(baseline, case) for case in baseline.cases),
        missing=tuple(missing),
        verdicts=tuple(verdicts),
        answers={baseline.variant: baseline.answers_sha},
        routing=decided_routing(baseline.variant, baseline.routes, baseline.roster),
    )


def _line(number: int) -> Span:
    return Span(number, 1, number, 1)


def _case(baseline: Baseline, case: BaselineCase) -> Case:
    return Case(
        id=case.id,
        kind=CaseKind.COMPLIANCE,
        agent=baseline.agent,
        messages=(Message(Role.USER, ""),),
        files=(),
        applies=(),
        not_applicable=(),
        expected_agent="",
        tags=case.tags,
        cluster=case.cluster,
        provenance="",
        sha=case.sha,
    )


def _verdict(baseline: Baseline, case: str, rule: tuple[str, str], seen: tuple[int, str]) -> Verdict:
    trial, letter = seen
    outcome, flag = _OUTCOMES[letter]
    # Which answers of a rule a judge decided is not kept: all of them are trusted as far as that judge is.
    judge = baseline.judges.get(rule[0])
    evidence = () if judge is None else tuple(sorted({**judge, "static": Outcome.UNDECIDED.value}.items()))
    return Verdict(
        case=case,
        variant=baseline.variant,
        trial=trial,
        rule=rule[0],
        check=rule[1],
        version=baseline.checks.get(rule[1], 0),
        mode=baseline.mode,
        basis=Basis.STATIC if judge is None else Basis.JUDGE,
        decision=Decision(outcome, "as the baseline says", evidence=evidence),
        flag=flag,
    )
