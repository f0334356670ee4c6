"""A run held against what people say of some of its answers: agreement, and rates that labels correct."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.calibration.human_labels import Answer, Labels, independent
from harness.core.types import Outcome
from harness.stats.agreement import Agreement, Measure, agreement_of, krippendorff_alpha
from harness.stats.interval import Estimate, estimate
from harness.stats.prediction_powered import Labelled, PredictionPowered, Unlabelled, prediction_powered
from harness.store.decided import DecidedRun

__all__ = ["LabelledRule", "LabelledRun", "RuleDifference", "hold_against_labels"]

_DECIDED = {Outcome.PASS: 1.0, Outcome.FAIL: 0.0}


@dataclass(frozen=True, slots=True)
class LabelledRule:
    """One rule (``*``: all of them) in one variant.

    Attributes:
        rule: id of the rule.
        variant: name of the variant.
        agreement: outcomes against labels, where both are pass or fail.
        outside: labelled answers left out of it: one of the two is neither pass nor fail.
        raw: rate by the outcomes alone.
        corrected: the prediction-powered rate; the labels make it, the outcomes narrow it.
    """

    rule: str
    variant: str
    agreement: Agreement
    outside: int
    raw: Estimate
    corrected: PredictionPowered


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """The prediction-powered difference (after − before) of a rule between the first variant and another."""

    rule: str
    variant: str
    difference: PredictionPowered


@dataclass(frozen=True, slots=True)
class LabelledRun:
    """Everything that labels say about a run.

    Attributes:
        run: its name.
        annotators: who labelled.
        answers: labelled answers (a case, a trial and a rule each).
        disputed: those without a majority.
        alpha: Krippendorff's α of the annotators; no number with one of them.
        rules: per rule and variant with any label.
        differences: between variants, where labels were given on both sides.
    """

    run: str
    annotators: tuple[str, ...]
    answers: int
    disputed: int
    alpha: Measure
    rules: tuple[LabelledRule, ...]
    differences: tuple[RuleDifference, ...]


def hold_against_labels(run: DecidedRun, labels: Labels, *, seed: int = 0) -> LabelledRun:
    """Compare the verdicts of a run with labels.

    Every answer is one observation, clustered by case (or the case's cluster). The label of an answer is what
    more than half of its annotators say.
    """
    clusters = {case.id: case.cluster or case.id for case in run.cases}
    truth = labels.consensus()
    outcomes = {(one.case, one.variant, one.trial, one.rule): one.decision.outcome for one in run.verdicts}
    variants = [name for name, _ in run.variants]
    rules = [rule.id for rule in run.rules]
    rows = [
        _rule(rule, variant, truth, outcomes, clusters, seed)
        for variant in variants
        for rule in rules
        if any(answer[1] == variant and answer[3] == rule for answer in truth)
    ]
    differences = [
        found
        for variant in variants[1:]
        for rule in rules
        if (found := _difference(rule, (variants[0], variant), truth, outcomes, clusters)) is not None
    ]
    return LabelledRun(
        run=run.run,
        annotators=labels.annotators,
        answers=len(labels.by_answer),
        disputed=len(labels.by_answer) - len(truth),
        alpha=krippendorff_alpha(
            [independent(said) for said in labels.by_answer.values()],
            [clusters.get(answer[0], answer[0]) for answer in labels.by_answer],
            seed=seed,
        ),
        rules=tuple(rows),
        differences=tuple(differences),
    )


_Truth = Mapping[Answer, Outcome]


def _rule(
    rule: str, variant: str, truth: _Truth, outcomes: _Truth, clusters: Mapping[str, str], seed: int
) -> LabelledRule:
    own = {
        answer: outcome for answer, outcome in outcomes.items() if answer[1] == variant and answer[3] == rule
    }
    labelled = [answer for answer in own if answer in truth]
    both = [answer for answer in labelled if truth[answer] in _DECIDED and own[answer] in _DECIDED]
    rest = [answer for answer, outcome in own.items() if outcome in _DECIDED and answer not in truth]
    where = [clusters[answer[0]] for answer in both]
    return LabelledRule(
        rule=rule,
        variant=variant,
        agreement=agreement_of(
            [truth[answer] is Outcome.PASS for answer in both],
            [own[answer] is Outcome.PASS for answer in both],
            where,
            seed=seed,
        ),
        outside=len(labelled) - len(both),
        raw=_raw(own, clusters),
        corrected=prediction_powered(
            Labelled([_DECIDED[truth[one]] for one in both], [_DECIDED[own[one]] for one in both], where),
            Unlabelled([_DECIDED[own[one]] for one in rest], [clusters[one[0]] for one in rest]),
        ),
    )


def _raw(own: Mapping[Answer, Outcome], clusters: Mapping[str, str]) -> Estimate:
    trials: defaultdict[str, list[float]] = defaultdict(list)
    for answer, outcome in own.items():
        if outcome in _DECIDED:
            trials[answer[0]].append(_DECIDED[outcome])
    means = [sum(values) / len(values) for values in trials.values()]
    return estimate(means, [clusters[case] for case in trials], sum(map(len, trials.values())))


def _difference(
    rule: str,
    variants: tuple[str, str],
    truth: _Truth,
    outcomes: _Truth,
    clusters: Mapping[str, str],
) -> RuleDifference | None:
    """Return the difference over (case, trial) pairs that both variants decide; nothing without labels."""
    pairs = [
        ((case, variants[0], trial, rule), (case, variants[1], trial, rule))
        for case, variant, trial, name in outcomes
        if variant == variants[0] and name == rule
    ]
    decided = [pair for pair in pairs if all(outcomes.get(one) in _DECIDED for one in pair)]
    known = [pair for pair in decided if all(truth.get(one) in _DECIDED for one in pair)]
    if not known:
        return None
    rest = [pair for pair in decided if not all(one in truth for one in pair)]
    found = prediction_powered(
        Labelled(_change(known, truth), _change(known, outcomes), [clusters[one[0][0]] for one in known]),
        Unlabelled(_change(rest, outcomes), [clusters[one[0][0]] for one in rest]),
        bounds=(-1.0, 1.0),
    )
    return RuleDifference(rule, variants[1], found)


def _change(pairs: Sequence[tuple[Answer, Answer]], said: _Truth) -> list[float]:
    return [_DECIDED[said[after]] - _DECIDED[said[before]] for before, after in pairs]
