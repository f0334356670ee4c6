"""A rate corrected for the errors of what measured it.

A check that misses one violation in four reports too high a rate, however many answers it looks at: the
interval of the raw rate closes around a wrong number. Where the error rates of the check were measured, on
labelled answers, the rate can be corrected; the interval then also bears that they are known only so well.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

from harness.stats.interval import NO_NUMBER, Number

__all__ = ["LEAST_YOUDEN", "Corrected", "ErrorCounts", "corrected_rate"]

LEAST_YOUDEN = 0.1  # below this an instrument hardly tells pass from fail, and a correction would be noise


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """What an instrument made of answers with known labels.

    Attributes:
        passes_seen: of the answers labelled pass, those it passed.
        passes: answers labelled pass that it decided.
        fails_seen: of the answers labelled fail, those it failed.
        fails: answers labelled fail that it decided.
    """

    passes_seen: int
    passes: int
    fails_seen: int
    fails: int

    @property
    def false_fail(self) -> Number:
        """Share of what is labelled pass that it fails."""
        return 1 - self.passes_seen / self.passes if self.passes else NO_NUMBER

    @property
    def false_pass(self) -> Number:
        """Share of what is labelled fail that it passes."""
        return 1 - self.fails_seen / self.fails if self.fails else NO_NUMBER


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected rate with its interval, in [0, 1]; or ``NO_NUMBER`` thrice, where none can be given.

    ``clipped`` says that the estimate lay outside [0, 1]: fewer passes (or fails) were seen than the
    instrument's errors alone would make.
    """

    mean: Number
    low: Number
    high: Number
    clipped: bool = False


_NOTHING = Corrected(NO_NUMBER, NO_NUMBER, NO_NUMBER)


def corrected_rate(mean: Number, n: float, counts: ErrorCounts, confidence: float = 0.95) -> Corrected:
    """Return a pass rate corrected for false passes and false fails.

    The estimate is that of Rogan and Gladen (American Journal of Epidemiology 107, 1978),
    ``(q - b) / (a - b)`` with q the raw rate, a the share of true passes that are passed, b that of true
    fails that are passed. The interval is that of Lang and Reiczigel (Preventive Veterinary Medicine 113,
    2014), made for error rates that are estimates themselves. With s = 1 - b, and all shares shrunken,
    ``q' = (nq + z²/2)/(n + z²)``, ``a' = (n_a·a + 1)/(n_a + 2)``, ``s'`` alike, and
    ``π' = (q' + s' - 1)/(a' + s' - 1)``, it is ``π' + d ± z·SE``, cut at 0 and 1, where
    ``d = 2z²(π'·A - (1-π')·S)``, ``SE² = (q'(1-q')/(n + z²) + π'²·A + (1-π')²·S) / (a' + s' - 1)²``,
    ``A = a'(1-a')/(n_a + 2)``, ``S = s'(1-s')/(n_s + 2)``.
    It never excludes the estimate.

    Args:
        mean: raw rate.
        n: how many independent observations it is worth
            (:func:`harness.stats.interval.effective_sample_size`).
        counts: the instrument's errors. Without labelled passes or labelled fails, or where it hardly tells
            one from the other (a + s - 1 below .1), there is no number.
        confidence: probability with which the interval is to hold the true rate.

    Raises:
        ValueError: ``mean`` is outside [0, 1] or ``n`` is not positive.
    """
    if mean is NO_NUMBER or not counts.passes or not counts.fails:
        return _NOTHING
    if n <= 0 or not 0 <= mean <= 1:
        raise ValueError(f"no corrected rate for {mean} out of {n}")
    raw = (counts.passes_seen / counts.passes, counts.fails_seen / counts.fails)
    if raw[0] + raw[1] - 1 < LEAST_YOUDEN:
        return _NOTHING
    estimate = (mean + raw[1] - 1) / (raw[0] + raw[1] - 1)
    low, high = _interval(mean, n, counts, NormalDist().inv_cdf((1 + confidence) / 2))
    shown = min(1.0, max(0.0, estimate))
    return Corrected(shown, min(low, shown), max(high, shown), clipped=not 0 <= estimate <= 1)


def _interval(mean: float, n: float, counts: ErrorCounts, z: float) -> tuple[float, float]:
    rate, size = (n * mean + z * z / 2) / (n + z * z), n + z * z
    seen, passes = (counts.passes_seen + 1) / (counts.passes + 2), counts.passes + 2
    caught, fails = (counts.fails_seen + 1) / (counts.fails + 2), counts.fails + 2
    youden = seen + caught - 1
    if youden <= 0:  # the shrunken error rates of very few labels: anything may be true
        return 0.0, 1.0
    true = (rate + caught - 1) / youden
    of_passes, of_fails = seen * (1 - seen) / passes, caught * (1 - caught) / fails
    shift = 2 * z * z * (true * of_passes - (1 - true) * of_fails)
    variance = (rate * (1 - rate) / size + true**2 * of_passes + (1 - true) ** 2 * of_fails) / youden**2
    reach = z * variance**0.5
    return min(1.0, max(0.0, true + shift - reach)), max(0.0, min(1.0, true + shift + reach))
