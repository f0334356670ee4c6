"""The walk through a decided run: from its rates to a rule, to a case, to the marked line.

The functions here choose and count; :mod:`harness.report.formats.show` prints what they return.
"""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.core.errors import InputError
from harness.core.jsonl import to_jsonable
from harness.core.types import Case, Outcome, Sample, Verdict
from harness.report.formats.json import SCORE_KEYS
from harness.stats.score import Score, score_verdicts
from harness.store.decided import DecidedRule, DecidedRun, MissingAnswer, RoutingChoice

__all__ = ["ORDER", "Answered", "Choice", "Walk", "show_document"]

ORDER = (Outcome.FAIL, Outcome.ERROR, Outcome.UNDECIDED, Outcome.PASS, Outcome.NOT_APPLICABLE)
"""Outcomes in the order in which people want to see them."""

_RANK = {outcome: rank for rank, outcome in enumerate(ORDER)}
_HINTS = 3
_LONGEST_NAME = 200
_ROUTING = "routing/"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be shown; an empty text, trial 0 and no outcome mean all."""

    rule: str = ""
    case: str = ""
    variant: str = ""
    trial: int = 0
    outcome: Outcome | None = None

    def takes(self, verdict: Verdict) -> bool:
        """Tell whether a verdict is asked for."""
        return (
            self.rule in {"", verdict.rule}
            and self.case in {"", verdict.case}
            and self.variant in {"", verdict.variant}
            and self.trial in {0, verdict.trial}
            and self.outcome in {None, verdict.decision.outcome}
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to a case: its verdicts, worst first, and its text where the store has it."""

    variant: str
    trial: int
    verdicts: tuple[Verdict, ...]
    sample: Sample | None

    @property
    def fails(self) -> int:
        """Number of rules that it breaks."""
        return sum(one.decision.outcome is Outcome.FAIL for one in self.verdicts)


@dataclass(frozen=True)
class Walk:
    """A run that somebody walks through.

    Attributes:
        run: the run as it was decided.
        place: where it was read, as people write it.
        samples: its answers, as far as the store has them.
        notes: sentences about how it was read.
    """

    run: DecidedRun
    place: str
    samples: tuple[Sample, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def rules(self) -> dict[str, DecidedRule]:
        """The rules by id, in the order of the file."""
        return {rule.id: rule for rule in self.run.rules}

    @cached_property
    def cases(self) -> dict[str, Case]:
        """All cases by the id they have in reports; those of routing begin with ``routing/``."""
        routing = {f"{_ROUTING}{case.id}": case for case in self.run.routing.cases}
        return {case.id: case for case in self.run.cases} | routing

    @cached_property
    def scores(self) -> tuple[Score, ...]:
        """The rates of each rule in each variant, those without any verdict too."""
        missing = {name: 0 for name, _ in self.run.variants} if self.run.cases else {}
        for one in self.run.missing:
            missing[one.variant] = missing.get(one.variant, 0) + 1
        clusters = {case.id: case.cluster for case in self.run.cases}
        return tuple(score_verdicts(self.run.verdicts, missing, clusters))

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of the variants, in order."""
        return tuple(name for name, _ in self.run.variants)

    @cached_property
    def uncovered(self) -> tuple[str, ...]:
        """Ids of rules that no case names and that no answer exercised."""
        known = {rule for case in self.run.cases for rule in case.applies}
        known |= {
            one.rule for one in self.run.verdicts if one.decision.outcome in {Outcome.PASS, Outcome.FAIL}
        }
        return tuple(name for name in self.rules if name not in known)

    @cached_property
    def undecidable(self) -> tuple[str, ...]:
        """Ids of rules that no check decides and that no judge was asked about."""
        decided = {one.rule for one in self.run.verdicts if one.check}
        return tuple(name for name, rule in self.rules.items() if not rule.check and name not in decided)

    def chosen(self, choice: Choice) -> Choice:
        """Return the choice with full names; part of a name will do where it fits one only.

        Raises:
            InputError: a name fits nothing or several, or the run has no such variant or trial.
        """
        rule = _named("rule", choice.rule, list(self.rules), self.run.run)
        case = _named("case", choice.case, list(self.cases), self.run.run)
        variant = _named("variant", choice.variant, self.variants, self.run.run)
        if choice.trial:
            self._demand_trial(choice.trial)
        return Choice(rule, case, variant, choice.trial, choice.outcome)

    def _demand_trial(self, trial: int) -> None:
        trials = [one.trial for one in self.run.verdicts] + [one.trial for one in self.run.missing]
        trials += [one.trial for one in self.run.routing.choices]
        most = max(trials, default=0)
        if trial > most:
            raise InputError(f"{self.run.run} has no trial {trial}; its trials go from 1 to {most}")

    def verdicts(self, choice: Choice) -> list[Verdict]:
        """Return the verdicts that are asked for, the worst first, else in the order of the run."""
        found = [one for one in self.run.verdicts if choice.takes(one)]
        return sorted(found, key=lambda one: _RANK[one.decision.outcome])

    def counts(self, rule: str, variant: str = "") -> dict[Outcome, int]:
        """Count the outcomes of a rule (empty: of all)."""
        found = Counter(one.decision.outcome for one in self.verdicts(Choice(rule=rule, variant=variant)))
        return {outcome: found[outcome] for outcome in ORDER if found[outcome]}

    def answers(self, choice: Choice) -> list[Answered]:
        """Return the answers to a case, the one that breaks most rules first."""
        grouped: defaultdict[tuple[str, int], list[Verdict]] = defaultdict(list)
        texts = {
            (one.variant, one.trial): one
            for one in self.samples
            if one.case == choice.case
            and choice.variant in {"", one.variant}
            and choice.trial in {0, one.trial}
        }
        for key in texts:
            grouped[key] = []
        for one in self.verdicts(choice):
            grouped[one.variant, one.trial].append(one)
        found = [Answered(*key, tuple(own), texts.get(key)) for key, own in grouped.items()]
        return sorted(found, key=lambda one: (-one.fails, -len(one.verdicts), one.trial))

    def missing(self, choice: Choice) -> list[MissingAnswer]:
        """Return the answers that were wanted and do not exist."""
        compliance = [(one, one.case) for one in self.run.missing]
        routing = [(one, f"{_ROUTING}{one.case}") for one in self.run.routing.missing]
        return [
            one
            for one, case in (*compliance, *routing)
            if choice.case in {"", case}
            and choice.variant in {"", one.variant}
            and choice.trial in {0, one.trial}
        ]

    def routed(self, choice: Choice) -> list[tuple[Case, RoutingChoice]]:
        """Return the choices of the routing part with their cases."""
        cases = {case.id: case for case in self.run.routing.cases}
        return [
            (cases[one.case], one)
            for one in self.run.routing.choices
            if choice.case in {"", f"{_ROUTING}{one.case}"}
            and choice.variant in {"", one.variant}
            and choice.trial in {0, one.trial}
        ]


def _named(kind: str, word: str, known: Sequence[str], run: str) -> str:
    """Return the full name that a word means.

    Raises:
        InputError: none, or several.
    """
    if not word or word in known:
        return word
    within = [name for name in known if word in name]
    if len(within) == 1:
        return within[0]
    near = within or difflib.get_close_matches(word, known, n=_HINTS)
    hint = f"did you mean {' or '.join(map(_short, near[:_HINTS]))}?" if near else _all(known)
    more = f" ({len(near) - _HINTS} more fit)" if len(near) > _HINTS else ""
    said = "several fit" if within else "there is none of that name"
    raise InputError(f"--{kind} {word[:_LONGEST_NAME]}: {said} in {run}; {hint}{more}")


def _all(known: Sequence[str]) -> str:
    some = ", ".join(map(_short, known[:_HINTS])) or "none"
    return f"known: {some}{f' and {len(known) - _HINTS} more' if len(known) > _HINTS else ''}"


def _short(name: str) -> str:
    return name[:_LONGEST_NAME]


def show_document(walk: Walk, choice: Choice) -> dict[str, Any]:
    """Return what is shown as JSON values, whole: nothing is left out, nothing is shortened."""
    run = walk.run
    document: dict[str, Any] = {
        "run": walk.place,
        "agent": run.agent,
        "model": run.model,
        "created": run.created,
        "notes": list(walk.notes),
    }
    if choice.rule:
        document["rule"] = _rule(walk.rules[choice.rule])
    if choice.case:
        return document | _case(walk, choice)
    scores = [
        one for one in walk.scores if choice.rule in {"", one.rule} and choice.variant in {"", one.variant}
    ]
    document["scores"] = [{key: to_jsonable(one)[key] for key in SCORE_KEYS} for one in scores]
    if choice.rule or choice.outcome:
        return document | {"verdicts": to_jsonable(walk.verdicts(choice))}
    return document | {
        "uncovered": list(walk.uncovered),
        "undecidable": list(walk.undecidable),
        "missing": [one.model_dump() for one in walk.missing(choice)],
        "routing": [_routed(case, one) for case, one in walk.routed(choice)],
    }


def _rule(rule: DecidedRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "text": rule.rule.text,
        "section": rule.rule.section,
        "polarity": rule.rule.polarity.value,
        "severity": rule.severity.value,
        "check": rule.check,
        "file": rule.file,
        "line": rule.line,
    }


def _case(walk: Walk, choice: Choice) -> dict[str, Any]:
    return {
        "case": to_jsonable(walk.cases[choice.case]),
        "answers": [
            {
                "variant": one.variant,
                "trial": one.trial,
                "text": one.sample.completion.text if one.sample else None,
                "tool_calls": to_jsonable(one.sample.completion.tool_calls) if one.sample else [],
                "stop": one.sample.completion.stop.value if one.sample else None,
                "verdicts": to_jsonable(one.verdicts),
            }
            for one in walk.answers(choice)
        ],
        "missing": [one.model_dump() for one in walk.missing(choice)],
        "routing": [_routed(case, one) for case, one in walk.routed(choice)],
    }


def _routed(case: Case, one: RoutingChoice) -> dict[str, Any]:
    right = one.predicted == case.expected_agent
    return {**one.model_dump(), "expected": case.expected_agent, "correct": right}
