"""Verdicts of judges in the gate: only a judge that was shown to be right may turn it red."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.calibration.judge_files import Trust, read_judge_files, trust_in
from harness.compare.comparison import compare
from harness.compare.model import Direction, Policy
from harness.compare.pairing import Side
from harness.core.config import JudgeConfig
from harness.core.types import Basis, Outcome, Verdict

__all__ = ["Trusted", "trusted_sides", "trusted_verdicts"]


@dataclass(frozen=True, slots=True)
class Trusted:
    """Two sides as the gate may look at them, and what the other verdicts say.

    Attributes:
        before: the earlier side; where a judge has no current calibration, what the check said.
        after: the later side, likewise.
        warnings: what such verdicts would have said: drops that nobody may call red.
        notes: which rules that is about, and why.
    """

    before: Side
    after: Side
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def trusted_sides(before: Side, after: Side, judge: JudgeConfig, policy: Policy) -> Trusted:
    """Keep the verdicts of judges that may gate, and leave the others open on both sides.

    Raises:
        InputError: a calibration is damaged.
    """
    doubted = _doubted(
        [
            verdict
            for side in (before, after)
            for verdict in side.run.verdicts
            if verdict.variant == side.variant
        ],
        judge,
    )
    if not doubted:
        return Trusted(before, after)
    return Trusted(
        _without(before, doubted),
        _without(after, doubted),
        warnings=_warnings(_only(before, doubted), _only(after, doubted), doubted, policy),
        notes=(_note(doubted),),
    )


def trusted_verdicts(verdicts: Sequence[Verdict], judge: JudgeConfig) -> tuple[Verdict, ...]:
    """Keep the verdicts of judges that may gate; of the others, take what the check said.

    Raises:
        InputError: a calibration is damaged.
    """
    return _without_doubted(verdicts, _doubted(verdicts, judge))


def _doubted(verdicts: Sequence[Verdict], judge: JudgeConfig) -> dict[str, Trust]:
    """Return the rules that a judge decided who may not gate them, and why it may not."""
    judged = [verdict for verdict in verdicts if verdict.basis is Basis.JUDGE]
    if not judged:
        return {}
    files = read_judge_files(Path(judge.calibrations))
    trusts = ((verdict.rule, trust_in(verdict, files, judge.kappa)) for verdict in judged)
    return {rule: trust for rule, trust in trusts if trust is not Trust.CURRENT}


def _without(side: Side, doubted: Mapping[str, Trust]) -> Side:
    """Take what a check said for what a doubted judge decided, as if it had not been asked."""
    verdicts = _without_doubted(side.run.verdicts, doubted)
    return replace(side, run=side.run.model_copy(update={"verdicts": verdicts}))


def _without_doubted(verdicts: Sequence[Verdict], doubted: Mapping[str, Trust]) -> tuple[Verdict, ...]:
    return tuple(
        _opened(verdict, doubted[verdict.rule])
        if verdict.basis is Basis.JUDGE and verdict.rule in doubted
        else verdict
        for verdict in verdicts
    )


def _opened(verdict: Verdict, trust: Trust) -> Verdict:
    was = Outcome(dict(verdict.decision.evidence).get("static", Outcome.UNDECIDED.value))
    reason = f"what the check said; the judge may not gate: {trust.value}"
    decision = replace(verdict.decision, outcome=was, reason=reason, findings=())
    return replace(verdict, basis=Basis.STATIC, decision=decision, flag="")


def _only(side: Side, doubted: Mapping[str, Trust]) -> Side:
    verdicts = tuple(verdict for verdict in side.run.verdicts if verdict.rule in doubted)
    rules = tuple(rule for rule in side.run.rules if rule.id in doubted)
    return replace(side, run=side.run.model_copy(update={"verdicts": verdicts, "rules": rules}))


def _warnings(before: Side, after: Side, doubted: Mapping[str, Trust], policy: Policy) -> tuple[str, ...]:
    changes = compare(before, after, policy).rules
    return tuple(
        f"{change.rule.id}: obeyed less often, says a judge that may not gate "
        f"({doubted[change.rule.id].value}); look at it, or calibrate the judge"
        for change in changes
        if change.decision is Direction.REGRESSED and change.rule.id in doubted
    )


def _note(doubted: Mapping[str, Trust]) -> str:
    groups: dict[Trust, list[str]] = {}
    for rule, trust in sorted(doubted.items()):
        groups.setdefault(trust, []).append(rule)
    said = "; ".join(f"{', '.join(rules)}: {trust.value}" for trust, rules in groups.items())
    return f"a judge decides rules for which it may not gate, so they only warn ({_clipped(said)})"


def _clipped(text: str, most: int = 400) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
