"""What a plan will use before it is executed: tokens and money, each as a range.

A pure function of the plan and of what the store holds of it. Answers of the plan that are stored already
(a run that goes on, more trials, another variant) say how many tokens the server really counts and how
long answers are; without enough of them both are guesses, and the ranges are wide on purpose.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.core.types import Sample, Usage
from harness.run.plan import PlannedCall
from harness.run.prices import Price, cost_of
from harness.run.tokens import HIGH, LOW, TYPICAL, request_tokens

__all__ = ["ENOUGH", "Estimate", "Range", "estimate"]

ENOUGH = 5
"""Stored answers of one kind (the same ``max_tokens``) from which on they, not a guess, tell the length."""

_GUESSED_SHARES = (0.1, 0.5, 1.0)  # of max_tokens, where no answer is known


@dataclass(frozen=True, slots=True)
class Range:
    """A quantity that is not known yet: at least, likely, at most."""

    low: float
    likely: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.likely + other.likely, self.high + other.high)


_ZERO = Range(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is still to be asked of a plan.

    Attributes:
        calls: requests that are wanted and not stored.
        input_tokens: of all prompts.
        output_tokens: of all answers.
        dollars: what both cost without any prompt cache; ``None`` where the price is not known.
        known_answers: stored answers of the plan that the lengths rest on; 0: they are guesses.
    """

    calls: int
    input_tokens: Range
    output_tokens: Range
    dollars: Range | None
    known_answers: int


def estimate(
    calls: Iterable[PlannedCall],
    stored: Mapping[str, Sample],
    price: Price | None,
    counted: Mapping[str, int] | None = None,
) -> Estimate:
    """Estimate what a plan will use.

    Args:
        calls: the plan; calls that share a request count once.
        stored: answers of the plan that exist, by the sha of the request.
        price: of the model, if known.
        counted: tokens of prompts as the server counts them, by sha, where it was asked.
    """
    wanted = {call.sha: call for call in calls}
    missing = [call for sha, call in wanted.items() if sha not in stored]
    known = [(wanted[sha], sample) for sha, sample in stored.items() if sha in wanted]
    prompts = _prompts(missing, known, counted or {})
    answers = _answers(missing, known)
    dollars = None if price is None else _cost(prompts, answers, price)
    return Estimate(
        calls=len(missing),
        input_tokens=sum(prompts, _ZERO),
        output_tokens=sum(answers, _ZERO),
        dollars=dollars,
        known_answers=_basis(missing, known),
    )


def _basis(missing: Sequence[PlannedCall], known: Sequence[tuple[PlannedCall, Sample]]) -> int:
    """Return how many answers the lengths rest on; 0 when those of some calls are guessed."""
    seen = Counter(call.request.max_tokens for call, _ in known)
    wanted = {call.request.max_tokens for call in missing}
    return len(known) if all(seen[most] >= ENOUGH for most in wanted) else 0


def _prompts(
    missing: Sequence[PlannedCall], known: Sequence[tuple[PlannedCall, Sample]], counted: Mapping[str, int]
) -> list[Range]:
    """Return the tokens of each prompt that will be sent."""
    ratios = [
        sample.completion.usage.input_tokens / request_tokens(call.request)
        for call, sample in known
        if sample.completion.usage.input_tokens
    ]
    low, likely, high = LOW, TYPICAL, HIGH
    if len(ratios) >= ENOUGH:
        likely = statistics.fmean(ratios)
        low, high = min(*ratios, likely), max(*ratios, likely)
    ranges = []
    for call in missing:
        if call.sha in counted:
            exact = float(counted[call.sha])
            ranges.append(Range(exact, exact, exact))
        else:
            guess = request_tokens(call.request)
            ranges.append(Range(guess * low, guess * likely, guess * high))
    return ranges


def _answers(missing: Sequence[PlannedCall], known: Sequence[tuple[PlannedCall, Sample]]) -> list[Range]:
    """Return the mean tokens of each answer; those that may be equally long are alike."""
    lengths: dict[int, list[int]] = {}
    for call, sample in known:
        lengths.setdefault(call.request.max_tokens, []).append(sample.completion.usage.output_tokens)
    wanted = Counter(call.request.max_tokens for call in missing)
    means = {most: _mean_of(lengths.get(most, []), calls, most) for most, calls in wanted.items()}
    return [means[call.request.max_tokens] for call in missing]


def _mean_of(lengths: Sequence[int], calls: int, most: int) -> Range:
    """Predict the mean of so many further answers: two standard errors of prediction either way."""
    if len(lengths) < ENOUGH:
        return Range(*(max(1.0, share * most) for share in _GUESSED_SHARES))
    mean = statistics.fmean(lengths)
    margin = 2 * statistics.stdev(lengths) * math.sqrt(1 / len(lengths) + 1 / calls)
    return Range(max(1.0, mean - margin), min(mean, float(most)), min(float(most), mean + margin))


def _cost(prompts: Sequence[Range], answers: Sequence[Range], price: Price) -> Range:
    total = _ZERO
    for prompt, answer in zip(prompts, answers, strict=True):
        total += Range(
            *(
                cost_of(Usage(round(tokens), round(written)), price)
                for tokens, written in (
                    (prompt.low, answer.low),
                    (prompt.likely, answer.likely),
                    (prompt.high, answer.high),
                )
            )
        )
    return total
