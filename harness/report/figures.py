"""The figures, tables and margins of the page, worked out from a run; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from harness.report import words
from harness.report.escape import split_lines
from harness.report.model import RouterKind, RunResults
from harness.report.page import Page, RuleView
from harness.stats.interval import NO_NUMBER

__all__ = [
    "AgentLine",
    "AgreementRow",
    "Tile",
    "agent_lines",
    "agreement_rows",
    "is_decided",
    "least_obeyed_first",
    "tiles",
]

MOST_AGENT_LINES = 3_000


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the few figures that stand at the top."""

    label: str
    figure: str
    detail: str


def tiles(results: RunResults) -> list[Tile]:
    """Return the few figures that stand at the top."""
    found = []
    for variant in results.variants[:4]:
        score = results.aggregate_of(variant.name)
        if score is not None:
            name = f"Rules obeyed, {variant.name}" if len(results.variants) > 1 else "Rules obeyed"
            detail = (
                "nothing was decided"
                if score.mean is NO_NUMBER
                else f"{words.interval(score.low, score.high)}, {words.count(score.n, 'verdict')}"
            )
            found.append(Tile(name, words.percent(score.mean), detail))
    for router in results.routing.routers[:4]:
        label = "Routing, no model" if router.kind is RouterKind.BASELINE else "Routing, the model"
        range_ = words.interval(router.low, router.high)
        found.append(
            Tile(label, words.percent(router.accuracy), f"{range_}, {words.count(router.n, 'message')}")
        )
    if results.rules:
        decided = {score.rule for score in results.scores if score.n and score.variant in _asked(results)}
        covered = sum(rule.rule.id in decided for rule in results.rules)
        found.append(
            Tile("Rules with a result", f"{covered} of {len(results.rules)}", "on the model's answers")
        )
    return found


def _asked(results: RunResults) -> set[str]:
    return {variant.name for variant in results.variants}


def is_decided(view: RuleView) -> bool:
    """Say whether the rule has a result on an answer of a model."""
    return any(score.n for score in view.scores)


def least_obeyed_first(page: Page) -> list[RuleView]:
    """Return the rules with a result, the least obeyed first, ties in file order."""

    def worst(view: RuleView) -> float:
        return min(score.mean for score in view.scores if score.mean is not NO_NUMBER)

    return sorted((view for view in page.rules if is_decided(view)), key=worst)


@dataclass(frozen=True, slots=True)
class RuleBeside:
    """What stands beside a rule's line in the agent file."""

    anchor: str
    result: str


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One line of the agent file with the rules that begin there."""

    number: int
    text: str
    rules: tuple[RuleBeside, ...]


def agent_lines(results: RunResults, page: Page) -> list[AgentLine]:
    """Return the agent file with each rule's result beside its line; empty when the run has no source."""
    if not results.agent_source:
        return []
    beside: defaultdict[int, list[RuleBeside]] = defaultdict(list)
    for view in page.rules:
        beside[view.rule.rule.span.line].append(RuleBeside(view.anchor, _beside(view)))
    lines = split_lines(results.agent_source)[:MOST_AGENT_LINES]
    return [AgentLine(number, text, tuple(beside[number])) for number, text in enumerate(lines, start=1)]


def _beside(view: RuleView) -> str:
    if view.rule.waived:
        return "waived"
    means = [score.mean for score in view.scores if score.mean is not NO_NUMBER]
    if means:
        return "obeyed " + ", ".join(words.percent(mean) for mean in means)
    return "no result" if view.rule.check else "needs a judge"


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One rule on the labelled responses."""

    rule: str
    labelled: int
    agreed: int
    otherwise: tuple[str, ...]


def agreement_rows(results: RunResults) -> list[AgreementRow]:
    """Return per rule how many labelled verdicts came out as labelled, and what the others became."""
    labelled: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    otherwise: defaultdict[str, list[str]] = defaultdict(list)
    for cell in results.agreement:
        labelled[cell.rule] += cell.count
        if cell.label is cell.decided:
            agreed[cell.rule] += cell.count
        else:
            otherwise[cell.rule].append(
                f"{cell.count} labelled {words.OUTCOMES[cell.label]}, decided {words.OUTCOMES[cell.decided]}"
            )
    return [AgreementRow(rule, labelled[rule], agreed[rule], tuple(otherwise[rule])) for rule in labelled]
