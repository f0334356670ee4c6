"""Mutants of every labelled pass, decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.calibration.judged import Question, exchange_of_golden, questions_of
from harness.calibration.mutants.catalogue import MUTATIONS, Mutation
from harness.calibration.mutants.guards import is_whole
from harness.calibration.mutants.source import Mutant, Source
from harness.calibration.tally import MutantFigures, MutantVerdict, mutant_figures
from harness.checks.base import Check
from harness.core.types import Mode, Outcome
from harness.suite.catalogue import Catalogue
from harness.suite.golden import GoldenResponse

__all__ = ["decide_mutants"]


def decide_mutants(
    responses: Sequence[GoldenResponse],
    catalogue: Catalogue,
    checks: Mapping[str, Check],
    mode: Mode,
    progress: Callable[[int], None],
) -> MutantFigures:
    """Edit every response that is labelled pass, and decide each mutant by the checks it speaks of.

    A mutant is parsed once and decided by all checks for which the response is labelled pass; one that looks
    different and does the same, only by those that pass the response as it was.
    """
    verdicts: list[MutantVerdict] = []
    kinds: dict[str, None] = {}
    mutants = 0
    for done, golden in enumerate(responses, start=1):
        passes = [one for one in questions_of(golden, catalogue, checks) if one.label is Outcome.PASS]
        source = Source(golden)
        kept = _passed(golden, passes, mode)
        for mutation in MUTATIONS if passes else ():
            asked = _asked(mutation, passes, kept)
            for made in mutation.make(source) if asked else ():
                mutant, expected = _stated(mutation, made, source)
                kinds.setdefault(mutant.kind)
                mutants += 1
                verdicts += _verdicts(golden, (mutant, expected), asked, mode)
        progress(done)
    return mutant_figures(verdicts, mutants, _ordered(kinds, verdicts))


def _stated(mutation: Mutation, mutant: Mutant, source: Source) -> tuple[Mutant, Outcome]:
    """Return a mutant with the verdict that it must get."""
    if mutation.partly and not is_whole(source):
        return replace(mutant, kind=f"{mutant.kind}, app not shown"), Outcome.UNDECIDED
    return mutant, mutation.expected


def _passed(golden: GoldenResponse, passes: Sequence[Question], mode: Mode) -> list[Question]:
    """Return the questions on which the check agrees with the label of the unedited response."""
    if not passes:
        return []
    exchange = replace(exchange_of_golden(golden), mode=mode)
    return [one for one in passes if one.decided(exchange, Outcome.PASS).outcome is Outcome.PASS]


def _asked(mutation: Mutation, passes: Sequence[Question], kept: Sequence[Question]) -> Sequence[Question]:
    """Return the questions that a mutation speaks of.

    An edit that keeps the verdict shows something only where the check had it right before.
    """
    if mutation.expected is Outcome.PASS:
        return kept
    return [one for one in passes if one.check.id in mutation.checks]


def _verdicts(
    golden: GoldenResponse, stated: tuple[Mutant, Outcome], asked: Sequence[Question], mode: Mode
) -> list[MutantVerdict]:
    mutant, expected = stated
    exchange = replace(exchange_of_golden(golden, mutant.text), mode=mode)
    found = []
    for question in asked:
        decision = question.decided(exchange, expected)
        found.append(
            MutantVerdict(
                response=golden.path,
                site=mutant.site,
                kind=mutant.kind,
                check=question.check.id,
                expected=expected,
                outcome=decision.outcome,
                reason=decision.reason,
            )
        )
    return found


def _ordered(kinds: Mapping[str, None], verdicts: Sequence[MutantVerdict]) -> list[str]:
    """Return the kinds that keep a verdict first, then those that turn it, then those that leave it open."""
    order = (Outcome.PASS, Outcome.FAIL, Outcome.UNDECIDED)
    expected = {row.kind: row.expected for row in verdicts}
    return sorted(kinds, key=lambda kind: (order.index(expected[kind]), kind))
