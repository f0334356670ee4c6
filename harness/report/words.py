"""A run in plain sentences: what was tested, what is wrong, how sure that is, what is not covered.

Shared by the page and the terminal, so that both say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.calibration.corrected import CorrectedScore, Uncorrected
from harness.checks.bind import Binding
from harness.core.types import CaseKind, Finding, Outcome, StopReason
from harness.report.model import HAND_WRITTEN, RouterKind, RouterResult, RunResults
from harness.report.money import dollars
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.score import Score

__all__ = [
    "BY_HAND",
    "JUDGED",
    "MEANING",
    "NOT_COVERED",
    "OBEDIENCE",
    "OUTCOMES",
    "ROUTING",
    "SYMBOLS",
    "TESTED",
    "Paragraph",
    "corrected_figure",
    "correction",
    "count",
    "finding_words",
    "interval",
    "moment",
    "percent",
    "rate_sentence",
    "router_sentence",
    "summary",
    "undecidable",
    "unweighed",
    "weakest",
]

SYMBOLS = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✗",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.UNDECIDED: "?",
    Outcome.ERROR: "!",
}
OUTCOMES = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "fail",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.UNDECIDED: "undecided",
    Outcome.ERROR: "check crashed",
}
NAMED = 8  # uncovered rules that are named in a sentence; the others are counted
TESTED = "What was tested"
OBEDIENCE = "Obedience"
ROUTING = "Routing"
NOT_COVERED = "Not covered"
JUDGED = "What a judge decided"
BY_HAND = "Hand-written responses"
MEANING = (
    "“Obeyed” is the share of decided verdicts that pass, every case weighing the same; the range beside "
    "it holds the true share with 95% confidence, and what is not applicable, undecided or missing never "
    "counts as a pass or a fail."
)


def count(number: int, singular: str, plural: str = "") -> str:
    """Return ``1 case``, ``2 cases``, ``1,000 cases``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def percent(value: Number) -> str:
    """Return a rate as whole per cent, ``62%``; 100 and 0 are kept for all and none."""
    if value is NO_NUMBER:
        return str(value)
    shown = f"{value:.0%}"
    if shown == "100%" and value < 1:
        return ">99%"
    return "<1%" if shown == "0%" and value > 0 else shown


def finding_words(finding: Finding) -> str:
    """Say where a finding is and what it is; ``file`` is one that the answer wrote through a tool."""
    place = f"{finding.file}, line {finding.line}" if finding.file else f"line {finding.line}"
    return f"{place}: {finding.message}"


def interval(low: Number, high: Number) -> str:
    """Return an interval as ``48–75%``, or the dash."""
    if low is NO_NUMBER or high is NO_NUMBER:
        return str(NO_NUMBER)
    return f"{low * 100:.0f}–{high:.0%}"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences on one question; ``heading`` is the question in two or three words."""

    heading: str
    sentences: tuple[str, ...]


def summary(results: RunResults) -> tuple[Paragraph, ...]:
    """Return the run in a handful of sentences: what was tested, what is wrong, what is not covered."""
    paragraphs = (
        Paragraph(TESTED, (_asked(results),)),
        Paragraph(OBEDIENCE, tuple(_obedience(results))),
        Paragraph(ROUTING, tuple(router_sentence(router) for router in results.routing.routers)),
        Paragraph(JUDGED, tuple(_judged(results))),
        Paragraph(NOT_COVERED, tuple(_not_covered(results))),
        Paragraph(BY_HAND, tuple(_hand_written(results))),
    )
    return tuple(paragraph for paragraph in paragraphs if paragraph.sentences)


def moment(created: str) -> str:
    """Return an ISO 8601 time as people write it: ``23 November 2026, 11:42 UTC``."""
    try:
        when = datetime.fromisoformat(created)
    except ValueError:
        return created
    zone = " UTC" if when.utcoffset() == timedelta(0) else when.strftime(" %z").rstrip()
    return f"{when.day} {when:%B %Y, %H:%M}{zone}"


def rate_sentence(score: Score, name: str = "") -> str:
    """Say how often the rules were obeyed, how sure that is and what it rests on."""
    if score.mean is NO_NUMBER:
        return f"No rule could be decided{name}, so there is no rate to report."
    rough = " With so few cases this is a rough figure." if score.fragile else ""
    return (
        f"Where a rule could be decided{name}, it was obeyed {percent(score.mean)} of the time; "
        f"with 95% confidence the true share lies within {interval(score.low, score.high)} "
        f"({count(score.n, 'decided verdict')} in {count(score.cases, 'case')}).{rough}"
    )


def router_sentence(router: RouterResult) -> str:
    """Say how many messages a router gave to the right agent."""
    who = (
        f"The model {router.router}"
        if router.kind is RouterKind.MODEL
        else "The lexical router, which needs no model,"
    )
    if router.accuracy is NO_NUMBER:
        return f"{who} made no routing choice."
    right = sum(cell.count for cell in router.confusion if cell.expected == cell.predicted)
    text = (
        f"{who} gave {right} of {count(router.n, 'message')} to the right agent "
        f"({percent(router.accuracy)}, range {interval(router.low, router.high)})."
    )
    return text + (f" {count(router.missing, 'choice')} could not be asked for." if router.missing else "")


def undecidable(results: RunResults) -> tuple[Binding, ...]:
    """Return the rules that no check decides and that no judge was asked about."""
    return tuple(rule for rule in results.rules if not results.decider_of(rule) and not rule.waived)


def weakest(results: RunResults, variant: str) -> tuple[Score, ...]:
    """Return the scores of the rules that were broken, the least obeyed first, then the best attested."""
    known = {rule.rule.id for rule in results.rules}
    broken = [
        (score.mean, -score.failed, index, score)
        for index, score in enumerate(results.scores)
        if score.variant == variant and score.rule in known and score.failed and score.mean is not NO_NUMBER
    ]
    return tuple(item[-1] for item in sorted(broken, key=lambda item: item[:3]))


def corrected_figure(found: CorrectedScore | Uncorrected | None) -> str:
    """Return a corrected rate with its range, ``83% (60–97%)``; empty where there is none."""
    if not isinstance(found, CorrectedScore):
        return ""
    rate = found.rate
    return f"{percent(rate.mean)} ({interval(rate.low, rate.high)})"


def correction(found: CorrectedScore | Uncorrected) -> str:
    """Say what a rate comes to once the errors of what decided it are taken out."""
    if isinstance(found, Uncorrected):
        return f"no corrected rate: {found.why}"
    errors, rate = found.errors, found.rate
    corrected = corrected_figure(found)
    cut = " (fewer passes or fails than its errors alone would make)" if rate.clipped else ""
    return (
        f"{corrected} once the errors of what decides it are taken out{cut}: "
        f"it fails {errors.passes - errors.passes_seen} of {count(errors.passes, 'answer')} that obey, and "
        f"passes {errors.fails - errors.fails_seen} of {errors.fails} that do not ({found.source})."
    )


def unweighed(score: Score) -> str:
    """Say in a few words what was wanted and does not count: ``3 undecided, 1 missing``; may be empty."""
    parts = [
        (score.not_applicable, "not applicable"),
        (score.undecided, "undecided"),
        (score.error, "check crashed"),
        (score.missing, "missing"),
    ]
    return ", ".join(f"{number:,} {word}" for number, word in parts if number)


def _asked(results: RunResults) -> str:
    kinds = {case.id: case.kind for case in results.cases}
    mine = [
        sample
        for sample in results.samples
        if sample.variant != HAND_WRITTEN and kinds.get(sample.case) is CaseKind.COMPLIANCE
    ]
    did = []
    if mine or any(kinds.get(failure.case) is not CaseKind.ROUTING for failure in results.failures):
        questions = len({sample.case for sample in mine})
        several = f" ({len(mine):,} answers)" if len(mine) != questions else ""
        did.append(
            f"answered {count(questions, 'question')}{several} with the prompt of {results.agent.name}"
        )
    messages = sum(kind is CaseKind.ROUTING for kind in kinds.values())
    if messages and any(router.kind is RouterKind.MODEL for router in results.routing.routers):
        did.append(f"was asked to choose an agent for {count(messages, 'message')}")
    if not did:
        return f"No model was asked in this run of {results.agent.name}."
    cut = sum(sample.completion.stop is StopReason.MAX_TOKENS for sample in mine)
    notes = (
        [f"{cut:,} {'answer was' if cut == 1 else 'answers were'} cut off at the token limit"] if cut else []
    )
    if results.failures:
        notes.append(f"{count(len(results.failures), 'call')} failed and counted as missing")
    return f"{results.model} {' and '.join(did)}{'; ' if notes else ''}{', '.join(notes)}."


def _obedience(results: RunResults) -> list[str]:
    sentences = []
    for variant in results.scored_variants:
        score = results.aggregate_of(variant)
        if variant != HAND_WRITTEN and score is not None:
            name = f" with the variant {variant}" if len(results.variants) > 1 else ""
            sentences.append(rate_sentence(score, name))
            sentences.extend(_broken(results, variant))
    return sentences


def _broken(results: RunResults, variant: str) -> list[str]:
    broken = weakest(results, variant)
    if not broken:
        return []
    named = [f"{score.rule} ({score.failed} of {score.n} broken)" for score in broken[:3]]
    more = f", and {len(broken) - 3} more" if len(broken) > 3 else ""
    return [f"Least obeyed: {', '.join(named)}{more}."]


def _not_covered(results: RunResults) -> list[str]:
    sentences = []
    waiting = len(undecidable(results))
    if waiting:
        sentences.append(
            f"{waiting} of the {len(results.rules)} rules have no check that could decide them and need "
            "a judge (--judge MODEL, or [judge] in harness.toml); this report says nothing about them."
        )
    if results.uncovered:
        verb = "is" if len(results.uncovered) == 1 else "are"
        names = ", ".join(results.uncovered[:NAMED])
        more = f" and {len(results.uncovered) - NAMED} more" if len(results.uncovered) > NAMED else ""
        sentences.append(
            f"{count(len(results.uncovered), 'rule')} {verb} exercised by no case: {names}{more}."
        )
    return sentences


def _judged(results: RunResults) -> list[str]:
    judge = results.judge
    if not judge.models:
        return []
    who = " and ".join(judge.models)
    if not judge.questions:
        return [f"Static checks left nothing open for {who}."]
    left = judge.questions - judge.decided
    cost = f"; {dollars(judge.spent_usd)}" if judge.spent_usd else ""
    undecided = f"; {left:,} stayed undecided" if left else ""
    decided = f"{judge.decided:,} of {count(judge.questions, 'verdict')} that static checks left open"
    used = f"{judge.input_tokens:,} tokens in, {judge.output_tokens:,} out{cost}"
    return [
        f"{who} decided {decided}, {percent(judge.share)} of all verdicts{undecided}.",
        f"It took {count(judge.asked, 'new call')}; its answers are {used}.",
        "Trust it as far as it was measured: `harness calibrate --judge` holds a judge against labels.",
    ]


def _hand_written(results: RunResults) -> list[str]:
    answers = [sample for sample in results.samples if sample.variant == HAND_WRITTEN]
    if not answers:
        return []
    text = (
        f"{count(len(answers), 'hand-written response')} "
        f"{'was' if len(answers) == 1 else 'were'} decided to show the checks at work; no model wrote them"
    )
    labelled = sum(cell.count for cell in results.agreement)
    if labelled:
        agreed = sum(cell.count for cell in results.agreement if cell.label is cell.decided)
        text += f", and {agreed:,} of {count(labelled, 'labelled verdict')} came out as labelled"
    return [f"{text}."]
