"""What an experiment says, in sentences, as JSON and for the terminal; the page is beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.core.jsonl import to_jsonable
from harness.report.words import count
from harness.stats.interval import NO_NUMBER, Number
from harness.tune.leaderboard_model import Entry, Leaderboard, VariantStanding
from harness.tune.variants import NO_PROMPT, NO_RULES

__all__ = ["ExperimentReport", "conclusion", "difference_words", "document", "points"]

_NAMED = 6


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    """An experiment, ready to be shown.

    Attributes:
        run: name of the run; ``folder`` is where it lies.
        agent: name of the agent; ``agent_path`` its file, the base.
        model: who was asked.
        created: when.
        question: what was to be found out; may be empty.
        trials: answers per case and variant.
        origins: file of each variant.
        board: the comparisons.
        notes: further things a reader must know.
    """

    run: str
    folder: str
    agent: str
    agent_path: str
    model: str
    created: str
    question: str
    trials: int
    origins: Mapping[str, str]
    board: Leaderboard
    notes: tuple[str, ...]


def points(value: Number) -> str:
    """Return a difference of shares in points: ``+12``; below one point with a digit."""
    if value is NO_NUMBER:
        return str(value)
    shown = f"{100 * value:+.0f}"
    return shown if shown not in {"+0", "-0"} or value == 0 else f"{100 * value:+.1f}"


def difference_words(entry: Entry) -> str:
    """Return the difference from the base with its interval: ``+12 (+3 to +21)``."""
    if entry.change is None or entry.change.difference.delta is NO_NUMBER:
        return "–"
    found = entry.change.difference
    return f"{points(found.delta)} ({points(found.low)} to {points(found.high)})"


def conclusion(board: Leaderboard) -> tuple[str, ...]:
    """Return what may be said, most important first; that nothing may be said comes before all else."""
    return (
        *_told(board),
        *_best(board),
        *_evading(board),
        *_controls(board),
        _meaning(board),
    )


def _meaning(board: Leaderboard) -> str:
    return (
        f"Differences are in points against the base. The intervals hold together with "
        f"{1 - board.policy.alpha:.0%} confidence for all {board.arms} arms, and the p-values are corrected "
        "for their number."
    )


def _told(board: Leaderboard) -> list[str]:
    if board.cases < board.cases_needed:
        reason = (
            f"Nothing can be told: with {count(board.arms, 'arm')} held against the base, fewer than "
            f"{board.cases_needed} independent cases can show no difference at all, however large, and "
            f"{'only ' if board.cases else ''}{board.cases or 'none'} "
            f"{'was' if board.cases == 1 else 'were'} decided under both."
        )
        return [reason]
    contestants = [
        one for one in board.entries if not one.control and one.standing is not VariantStanding.BASE
    ]
    said: list[str] = []
    for standing, words in (
        (VariantStanding.BETTER, "better than the base"),
        (VariantStanding.WORSE, "worse than the base"),
        (VariantStanding.SAME, f"the same as the base within {100 * board.policy.margin:g} points"),
    ):
        names = [one.name for one in contestants if one.standing is standing]
        if names:
            said.append(f"Shown to be {words}: {_listed(names)}.")
    unknown = [one for one in contestants if one.standing is VariantStanding.UNKNOWN]
    if unknown:
        blind = [one.change.difference.minimum_detectable for one in unknown if one.change is not None]
        known = [value for value in blind if value is not NO_NUMBER]
        hidden = (
            f" A difference of up to {100 * max(known):.0f} points could hide in these data." if known else ""
        )
        more = max((one.needed for one in unknown), default=0)
        cases = f" About {more:,} more cases like these would show one of five points." if more else ""
        lead = "Nothing can be told of" if not said else "Of these nothing can be told:"
        said.append(f"{lead} {_listed([one.name for one in unknown])}.{hidden}{cases}")
    return said


def _best(board: Leaderboard) -> list[str]:
    if board.cases < board.cases_needed:
        return []
    ranked = [one for one in board.ranked if one.best]
    sure = f"With {1 - board.policy.alpha:.0%} confidence"
    if len(board.ranked) < 2 or not ranked:
        return ["No variant is left to choose among: all others evade."] if board.evading else []
    if len(ranked) == 1:
        return [f"{sure} the best of the {len(board.ranked)} that can be ranked is {ranked[0].name}."]
    shortest = min(ranked, key=lambda one: one.facts.prompt_tokens)
    out = len(board.ranked) - len(ranked)
    whole = f"{count(out, 'variant')} {'is' if out == 1 else 'are'} ruled out" if out else "none is ruled out"
    said = (
        f"{sure} the best is among {_listed([one.name for one in ranked])}; {whole}. The shortest of them is "
        f"{shortest.name} (about {shortest.facts.prompt_tokens:,} tokens)."
    )
    return [said]


def _evading(board: Leaderboard) -> list[str]:
    return [
        f"{one.name} cannot be called best: under it more is "
        + ", ".join(
            f"{rise.kind.value.replace('_', ' ')} ({rise.before:.0%} before, {rise.after:.0%} now)"
            for rise in one.rose
        )
        + "."
        for one in board.evading[:_NAMED]
    ]


def _controls(board: Leaderboard) -> list[str]:
    said: list[str] = []
    if board.cases < board.cases_needed:
        return said
    what = {NO_RULES: "the prompt without its rules", NO_PROMPT: "no prompt at all"}
    for one in board.controls:
        name = what.get(one.name, one.name)
        if one.standing is VariantStanding.WORSE:
            said.append(
                f"Control: {name} obeys less ({difference_words(one)}): the prompt has an effect here."
            )
        elif one.standing is VariantStanding.BETTER:
            said.append(
                f"Control: {name} obeys more than the base ({difference_words(one)}): look at its rules."
            )
        elif one.standing is VariantStanding.EVADES:
            kinds = ", ".join(rise.kind.value.replace("_", " ") for rise in one.rose)
            said.append(f"Control: under {name} more is {kinds}, so its rate is no measure.")
        else:
            said.append(
                f"Control: {name} is not shown to obey less than the base ({difference_words(one)}): these "
                "cases do not show that the rules do anything."
            )
    return said


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def document(report: ExperimentReport) -> dict[str, Any]:
    """Return the JSON document of an experiment."""
    board = report.board
    return {
        "run": report.folder,
        "agent": report.agent_path,
        "model": report.model,
        "created": report.created,
        "question": report.question,
        "trials": report.trials,
        "alpha": board.policy.alpha,
        "margin": board.policy.margin,
        "seed": board.policy.seed,
        "cases": board.cases,
        "cases_needed_at_all": board.cases_needed,
        "best_set": list(board.best),
        "pareto": [one.name for one in board.ranked if one.front],
        "variants": [_entry(one, report.origins[one.name]) for one in board.entries],
        "conclusion": list(conclusion(board)),
        "notes": list(report.notes),
    }


def _entry(entry: Entry, origin: str) -> dict[str, Any]:
    score, facts = entry.score, entry.facts
    return {
        "variant": entry.name,
        "file": origin,
        "control": entry.control,
        "standing": entry.standing.value,
        **to_jsonable({"mean": score.mean, "low": score.low, "high": score.high}),
        "n": score.n,
        "cases": score.cases,
        "omitted": score.omitted,
        "vacuous": score.vacuous,
        "undecided": score.undecided,
        "not_applicable": score.not_applicable,
        "error": score.error,
        "missing": score.missing,
        "evades": [
            {"kind": rise.kind.value, **to_jsonable({"before": rise.before, "after": rise.after})}
            for rise in entry.rose
        ],
        "difference": _difference(entry),
        "rules": [{"rule": one.rule, "delta": one.delta, "q": one.q} for one in entry.moved],
        "prompt_tokens": facts.prompt_tokens,
        "answers": facts.answers,
        **to_jsonable(
            {
                "input_tokens": facts.input_tokens,
                "output_tokens": facts.output_tokens,
                "cost_usd": facts.cost_usd,
            }
        ),
        "best_set": entry.best,
        "pareto": entry.front,
        "cases_needed": entry.needed,
        "why": entry.why,
    }


def _difference(entry: Entry) -> dict[str, Any] | None:
    """Return the paired difference from the base; there is none for the base itself."""
    if entry.change is None:
        return None
    found = entry.change.difference
    return {
        **to_jsonable({"delta": found.delta, "low": found.low, "high": found.high}),
        **to_jsonable({"p": found.p, "p_adjusted": entry.p_adjusted}),
        **to_jsonable({"minimum_detectable": found.minimum_detectable}),
        "cases": found.cases,
        "clusters": found.clusters,
    }
