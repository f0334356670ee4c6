"""Labelled responses decided by the checks: one row for each label."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.checks.base import Check, Exchange
from harness.checks.decide import run_check
from harness.core.types import Decision, Mode, Outcome
from harness.response.parse import parse_response
from harness.stats.agreement import Agreement, agreement_of
from harness.stats.classification import Classification, classification_of
from harness.suite.catalogue import Catalogue
from harness.suite.golden import GoldenResponse

__all__ = [
    "CheckFigures",
    "Judged",
    "Question",
    "exchange_of_golden",
    "figures_of",
    "judge_responses",
    "questions_of",
]


@dataclass(frozen=True, slots=True)
class Question:
    """What a label asks: this check, with the parameters of each rule that the label means."""

    check: Check
    readings: tuple[dict[str, str], ...]
    label: Outcome
    note: str

    def decided(self, exchange: Exchange, wanted: Outcome) -> Decision:
        """Return the decision on a response: the first that is not the wanted one, if any rule gets such.

        A label of a check speaks of every rule that is bound to it. It is one label all the same, and one
        observation.
        """
        decisions = [run_check(self.check, replace(exchange, parameters=own)) for own in self.readings]
        return next((one for one in decisions if one.outcome is not wanted), decisions[0])


@dataclass(frozen=True, slots=True)
class Judged:
    """A label beside what the check decided; ``line`` is that of the file, 0 where no finding has one.

    Responses to one question share a ``cluster``: they are not independent of each other.
    """

    response: str
    line: int
    check: str
    label: Outcome
    decision: Decision
    note: str
    cluster: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the outcome is the label."""
        return self.decision.outcome is self.label


def _nothing() -> Agreement:
    return agreement_of((), (), ())


@dataclass(frozen=True, slots=True)
class CheckFigures:
    """How one check does on labelled responses.

    ``figures`` takes every label for an observation of its own; ``agreement`` is about the labels that both
    sides call pass or fail, and clusters them by question.
    """

    check: Check
    figures: Classification
    agreement: Agreement = field(default_factory=_nothing)


def judge_responses(
    responses: Sequence[GoldenResponse],
    catalogue: Catalogue,
    checks: Mapping[str, Check],
    mode: Mode,
    progress: Callable[[int], None],
) -> Iterator[Judged]:
    """Decide every label of every response; a response is parsed once for all its labels."""
    for done, golden in enumerate(responses, start=1):
        questions = questions_of(golden, catalogue, checks)
        if questions:
            exchange = replace(exchange_of_golden(golden), mode=mode)
            for question in questions:
                decision = question.decided(exchange, question.label)
                line = min((finding.line for finding in decision.findings), default=-golden.line_offset)
                yield Judged(
                    response=golden.path,
                    line=line + golden.line_offset,
                    check=question.check.id,
                    label=question.label,
                    decision=decision,
                    note=question.note,
                    cluster=golden.case.cluster or golden.case.id,
                )
        progress(done)


def exchange_of_golden(golden: GoldenResponse, text: str = "") -> Exchange:
    """Parse a labelled response, or another text in its place."""
    return Exchange(
        messages=golden.case.messages,
        files=golden.case.files,
        program=parse_response(text or golden.response, supplied=golden.case.files),
        truncated=golden.truncated,
    )


def questions_of(
    golden: GoldenResponse, catalogue: Catalogue, checks: Mapping[str, Check]
) -> tuple[Question, ...]:
    """Return what the labels of a response ask of these checks.

    A label names a check or a rule. The check is asked with the parameters of the rule that it is bound
    to, and with its defaults where no rule of the agent is bound to it.
    """
    specification = catalogue.specification(golden.case.agent)
    bound = {binding.rule.id: binding for binding in specification.bindings}
    found: list[Question] = []
    for reference, label in golden.labels.items():
        bindings = [bound[rule] for rule in specification.rules_of(reference)]
        readings: dict[str, list[dict[str, str]]] = {}
        for binding in bindings:
            own = readings.setdefault(binding.check, []) if binding.check in checks else []
            if binding.parameters not in own:
                own.append(binding.parameters)
        if not readings and reference in checks:
            readings[reference] = [dict(checks[reference].defaults)]
        note = golden.notes.get(reference, "")
        found += [Question(checks[name], tuple(own), label, note) for name, own in readings.items()]
    return tuple(found)


def figures_of(rows: Collection[Judged], checks: Mapping[str, Check]) -> tuple[CheckFigures, ...]:
    """Sum up per check, sorted by id; a check without any label has figures without numbers."""
    return tuple(
        CheckFigures(
            check,
            classification_of((row.label, row.decision.outcome) for row in rows if row.check == name),
            _agreement([row for row in rows if row.check == name]),
        )
        for name, check in sorted(checks.items())
    )


def _agreement(rows: Sequence[Judged]) -> Agreement:
    told = {Outcome.PASS, Outcome.FAIL}
    both = [row for row in rows if {row.label, row.decision.outcome} <= told]
    return agreement_of(
        [row.label is Outcome.PASS for row in both],
        [row.decision.outcome is Outcome.PASS for row in both],
        [row.cluster or row.response for row in both],
    )
