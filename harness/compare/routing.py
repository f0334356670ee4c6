"""Routing as rules: each expected agent is one, which a message obeys by reaching that agent.

The choices of a run become verdicts of such rules, so that everything a comparison knows (pairing, clusters,
tests, suspicions) holds for them too. A call that failed is missing, an answer without a choice is undecided;
neither is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from harness.compare.cells import Cell
from harness.compare.conclusion import ROUTING
from harness.compare.measured import Common, Measured, case_flips
from harness.compare.model import CaseFlip, ConfusionChange, RosterChange, RoutingFlip
from harness.compare.pairing import Side
from harness.core.types import (
    Basis,
    Case,
    Decision,
    Mode,
    Outcome,
    Polarity,
    Role,
    Rule,
    Severity,
    Span,
    Verdict,
)
from harness.store.decided import DecidedRouting, DecidedRule, RoutingChoice

__all__ = [
    "agent_of",
    "confusion_changes",
    "is_routing",
    "is_routing_rule",
    "roster_change",
    "routing_flips",
    "routing_side",
]

NOBODY = "none"
_VERSION = 1
_NOWHERE = Span(0, 1, 0, 1)
_PREDICTED = "predicted"


def is_routing(rule: DecidedRule) -> bool:
    """Tell whether a rule says where messages should go."""
    return rule.check == ROUTING


def is_routing_rule(name: str) -> bool:
    """Tell whether an id is one of routing: all of it, or the recall of an agent."""
    return name == ROUTING or name.startswith(f"{ROUTING}/")


def agent_of(rule: DecidedRule) -> str:
    """Return the agent (or ``none``) whose messages a rule of routing speaks about."""
    return rule.id.removeprefix(f"{ROUTING}/")


def routing_side(side: Side) -> Side | None:
    """Return the routing of a side as rules, cases and verdicts; nothing where it was not asked."""
    routing = side.run.routing
    choices = [one for one in routing.choices if one.variant == side.variant]
    missing = tuple(one for one in routing.missing if one.variant == side.variant)
    if not (choices or missing):
        return None
    labels = {case.id: case.expected_agent for case in routing.cases}
    run = side.run.model_copy(
        update={
            "rules": tuple(_rule(label) for label in sorted(set(labels.values()))),
            "cases": routing.cases,
            "missing": missing,
            "verdicts": tuple(_verdict(one, labels[one.case]) for one in choices),
            "answers": {side.variant: routing.answers.get(side.variant) or f"answers of {side.run.run}"},
            "routing": DecidedRouting(),
        }
    )
    return replace(side, run=run)


def _rule(label: str) -> DecidedRule:
    text = (
        "messages that no agent should get are left alone"
        if label == NOBODY
        else f"messages for {label} reach {label}"
    )
    return DecidedRule(
        rule=Rule(f"{ROUTING}/{label}", text, Polarity.ALWAYS, "", universal=False, span=_NOWHERE),
        severity=Severity.MAJOR,
        check=ROUTING,
        parameters={},
    )


def _verdict(choice: RoutingChoice, label: str) -> Verdict:
    if not choice.predicted:
        decision = Decision(Outcome.UNDECIDED, choice.note or "the answer holds no choice")
    else:
        right = choice.predicted == label
        said = "left alone" if choice.predicted == NOBODY else f"went to {choice.predicted}"
        decision = Decision(
            Outcome.PASS if right else Outcome.FAIL,
            said if right else f"{said}, should {_should(label)}",
            evidence=(("expected", label), (_PREDICTED, choice.predicted)),
        )
    return Verdict(
        case=choice.case,
        variant=choice.variant,
        trial=choice.trial,
        rule=f"{ROUTING}/{label}",
        check=ROUTING,
        version=_VERSION,
        mode=Mode.ANALOGUE,
        basis=Basis.STATIC,
        decision=decision,
    )


def _should(label: str) -> str:
    return "be left alone" if label == NOBODY else f"go to {label}"


def _chosen(cell: Cell) -> Counter[str]:
    """Count whom the trials of a cell chose."""
    found = (dict(one.decision.evidence).get(_PREDICTED) for one in cell.verdicts)
    return Counter(name for name in found if name)


def routing_flips(measured: Measured) -> tuple[RoutingFlip, ...]:
    """Return the messages whose share of right choices changed, the greatest drop first."""
    earlier = {case.id: case for case in measured.before.run.cases}
    return tuple(_flip(flip, measured.common, earlier) for flip in case_flips(measured))


def _flip(flip: CaseFlip, common: Common, earlier: Mapping[str, Case]) -> RoutingFlip:
    first, second = common[flip.case.id, flip.rule.id]
    return RoutingFlip(
        flip=flip,
        message=_message(flip.case) or _message(earlier[flip.case.id]),
        expected=agent_of(flip.rule),
        before=_ordered(_chosen(first)),
        after=_ordered(_chosen(second)),
    )


def _message(case: Case) -> str:
    return next((one.text for one in reversed(case.messages) if one.role is Role.USER), "")


def _ordered(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def confusion_changes(common: Common) -> tuple[ConfusionChange, ...]:
    """Return the wrong choices by (expected, chosen) on both sides, those that grew most first."""
    sides: tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]] = Counter(), Counter()
    for (_, rule), cells in common.items():
        label = rule.removeprefix(f"{ROUTING}/")
        for counts, cell in zip(sides, cells, strict=True):
            counts.update({(label, name): times for name, times in _chosen(cell).items() if name != label})
    first, second = sides
    found = (ConfusionChange(*pair, first[pair], second[pair]) for pair in first | second)
    return tuple(sorted(found, key=lambda one: (one.before - one.after, one.expected, one.predicted)))


def roster_change(before: Side, after: Side) -> RosterChange:
    """Return whose line in the roster differs, of two sides as a run has them."""
    first, second = (side.run.routing.rosters.get(side.variant, {}) for side in (before, after))
    return RosterChange(
        added=_names(second.keys() - first.keys()),
        removed=_names(first.keys() - second.keys()),
        changed=_names(name for name in first.keys() & second.keys() if first[name] != second[name]),
    )


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
