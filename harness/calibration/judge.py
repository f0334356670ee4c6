"""A judge held against labels: how often it is right, rule by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.calibration.corrected import instrument_of
from harness.calibration.errors import Instrument
from harness.calibration.judge_files import WAY, JudgeFile, JudgeRow, read_judge_file
from harness.calibration.judge_items import VARIANT, JudgeItem
from harness.core.errors import InputError
from harness.core.jsonl import canonical_json, write_atomic
from harness.core.types import Outcome, Verdict
from harness.stats.agreement import Agreement, agreement_of
from harness.stats.interval import NO_NUMBER

__all__ = ["RuleFigures", "asked_otherwise", "figures_by_rule", "write_judge_file"]

_TOLD = frozenset({Outcome.PASS, Outcome.FAIL})
_NOTHING = agreement_of((), (), ())


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """One rule of a calibration.

    Attributes:
        rule: its id.
        rubric: id of the rubric.
        instrument: what was measured: the judge, the shas of all that it is told, and how it is asked.
        labels: labelled answers that the judge was asked about; ``unasked``: those it could not be.
        undecided: of those labelled pass or fail, what the judge left open; ``escaped``: that, and what it
            calls not applicable.
        decided: over the answers that label and judge both call pass or fail.
        agreement: over all that are labelled pass or fail; an escape is an answer that is wrong, for a judge
            that leaves what is hard would look perfect otherwise. PPV and NPV are those of ``decided``.
        cells: (label, outcome) and how often it occurred, sorted.
    """

    rule: str
    rubric: str
    instrument: Instrument
    labels: int
    undecided: int
    agreement: Agreement
    cells: tuple[tuple[Outcome, Outcome, int], ...]
    decided: Agreement = _NOTHING
    escaped: int = 0
    unasked: int = 0


def figures_by_rule(items: Sequence[JudgeItem], verdicts: Sequence[Verdict]) -> tuple[RuleFigures, ...]:
    """Sum up what a judge said of labelled answers, per rule in order of first appearance."""
    said = {(one.case, one.rule): one for one in verdicts if one.variant == VARIANT}
    grouped: dict[str, list[tuple[JudgeItem, Verdict]]] = {}
    for item in items:
        verdict = said[(item.golden.path, item.rule)]
        grouped.setdefault(item.rule, []).append((item, verdict))
    return tuple(_figures(rule, rows) for rule, rows in grouped.items())


def _figures(rule: str, every: Sequence[tuple[JudgeItem, Verdict]]) -> RuleFigures:
    rows = [row for row in every if ("unasked", "true") not in row[1].decision.evidence]
    pairs = [
        (item.label, verdict.decision.outcome, item.golden.case.cluster or item.golden.case.id)
        for item, verdict in rows
    ]
    told = [(label, outcome, cluster) for label, outcome, cluster in pairs if label in _TOLD]
    both = [(label, outcome, cluster) for label, outcome, cluster in told if outcome in _TOLD]
    decided = _agreement(both)
    wrong = {Outcome.PASS: Outcome.FAIL, Outcome.FAIL: Outcome.PASS}
    held = _agreement(
        [(label, outcome if outcome in _TOLD else wrong[label], where) for label, outcome, where in told]
    )
    return RuleFigures(
        rule=rule,
        rubric=dict(every[0][1].decision.evidence).get("rubric", "").partition(" ")[0],
        instrument=instrument_of(every[0][1]),
        labels=len(rows),
        undecided=sum(outcome is Outcome.UNDECIDED for _, outcome, _ in told),
        agreement=replace(held, ppv=decided.ppv, npv=decided.npv),
        cells=tuple((*cell, count) for cell, count in sorted(Counter(pair[:2] for pair in pairs).items())),
        decided=decided,
        escaped=len(told) - len(both),
        unasked=len(every) - len(rows),
    )


def _agreement(rows: Sequence[tuple[Outcome, Outcome, str]]) -> Agreement:
    return agreement_of(
        [label is Outcome.PASS for label, _, _ in rows],
        [outcome is Outcome.PASS for _, outcome, _ in rows],
        [cluster for _, _, cluster in rows],
    )


# --- kept for later runs -----------------------------------------------------------------------


def write_judge_file(
    path: Path, models: Sequence[str], created: str, responses: int, figures: Sequence[RuleFigures]
) -> tuple[str, ...]:
    """Keep a calibration beside what was measured before; return the rules whose older figures stay.

    A rule's figures give way to newer ones of the same instrument, unless those rest on fewer labels.
    Figures of rules that were not measured now stay; those of another wording of rule, rubric or
    instructions go, for nothing is decided by it any more.

    Raises:
        IncompleteError: the folder cannot be written to.
    """
    rows = [_row(one, created, responses) for one in figures if one.labels]
    kept, better = [], []
    for old in _rows_before(path):
        rivals = [row for row in rows if row.rule == old.rule]
        same = next((row for row in rivals if _identity(row) == _identity(old)), None)
        if same is not None and same.labelled < old.labelled:
            rows.remove(same)
            better.append(old.rule)
            kept.append(old)
        elif same is None and all(_wording(row) == _wording(old) for row in rivals):
            kept.append(old)
    every = sorted((*kept, *rows), key=lambda row: (row.rule, row.version))
    file = JudgeFile(models=tuple(models), rules=tuple(every))
    write_atomic(path, canonical_json(file.model_dump(mode="json")) + "\n")
    return tuple(better)


def asked_otherwise(path: Path, figures: Sequence[RuleFigures]) -> tuple[JudgeRow, ...]:
    """Return what the same judges came to on these rules when they were asked in another way."""
    now = {(one.rule, one.instrument.version) for one in figures}
    rules = {rule for rule, _ in now}
    rows = _rows_before(path)
    return tuple(row for row in rows if row.rule in rules and (row.rule, row.version) not in now)


def _row(one: RuleFigures, created: str, responses: int) -> JudgeRow:
    confusion: dict[str, dict[str, int]] = {}
    for label, outcome, count in one.cells:
        confusion.setdefault(label.value, {})[outcome.value] = count
    kappa = one.agreement.kappa
    return JudgeRow(
        rule=one.rule,
        instrument=one.instrument.name,
        version=one.instrument.version,
        kappa=None if kappa.value is NO_NUMBER else round(kappa.value, 4),
        kappa_low=None if kappa.low is NO_NUMBER else round(kappa.low, 4),
        labelled=one.agreement.n,
        confusion=confusion,
        responses=responses,
        created=created,
    )


def _rows_before(path: Path) -> tuple[JudgeRow, ...]:
    try:
        return read_judge_file(path).rules if path.is_file() else ()
    except InputError:
        return ()  # damaged: measuring again is what mends it


def _identity(row: JudgeRow) -> tuple[str, str]:
    return row.instrument, row.version


def _wording(row: JudgeRow) -> tuple[str, str]:
    """Return what a judge is told, without how often and how much of it in one call."""
    return row.instrument, row.version.partition(WAY)[0]
