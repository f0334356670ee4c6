"""Sums of money and what they are for, in words."""

from __future__ import annotations

from harness.report.model import UsageTotals
from harness.run.estimate import Estimate

__all__ = ["dollars", "expected", "used"]

_CENT = 0.01


def dollars(value: float) -> str:
    """Return ``$12.34``; a sum below a cent keeps two digits (``$0.0042``): it never reads as nothing."""
    if abs(value) >= _CENT or value == 0:
        return f"${value:,.2f}"
    return f"${value:.2g}"


def expected(estimate: Estimate) -> str:
    """Say what a plan will use; empty where nothing is left to ask."""
    if not estimate.calls:
        return ""
    prompts, answers = estimate.input_tokens, estimate.output_tokens
    tokens = f"about {prompts.likely:,.0f} tokens in, {answers.likely:,.0f} out"
    basis = "" if estimate.known_answers else " (lengths are guessed)"
    if estimate.dollars is None:
        return f"{tokens}{basis}; price unknown"
    if not estimate.dollars.high:
        return tokens + basis
    cost = estimate.dollars
    return f"{tokens}{basis}; about {dollars(cost.likely)} ({dollars(cost.low)} to {dollars(cost.high)})"


def used(usage: UsageTotals) -> str:
    """Say what a run used and what it cost."""
    cached = f" ({usage.cached_tokens:,} cached)" if usage.cached_tokens else ""
    said = f"{usage.input_tokens:,} tokens in{cached}, {usage.output_tokens:,} out"
    if usage.cost_usd is None or usage.spent_usd is None:
        return f"{said}; price unknown"
    if not usage.cost_usd:
        return said
    fresh = "" if not usage.reused else f", {dollars(usage.spent_usd)} of it for new answers"
    saved = usage.saved_usd or 0.0
    kept = f"; the prompt cache saved {dollars(saved)}" if saved > 0 else ""
    return f"{said}; {dollars(usage.cost_usd)}{fresh}{kept}"
