"""What a judge is held against: rules of labelled responses, with what people say of them.

A label counts where all who labelled it agree; with three or more, where most of them do. What they disagree
about says nothing of a judge, but how often they do is the best that any judge could reach.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.calibration.human_labels import majority
from harness.calibration.judged import exchange_of_golden
from harness.checks.base import Check
from harness.checks.bind import Binding
from harness.checks.decide import decide_rule
from harness.core.types import Mode, Outcome
from harness.judge.grade import Left, Subject
from harness.judge.rubric import GENERIC, rubric_for
from harness.suite.annotations import Annotation
from harness.suite.catalogue import Catalogue
from harness.suite.golden import GoldenResponse

__all__ = ["VARIANT", "Disputed", "JudgeItem", "judge_items", "subjects_of", "unknown_labels"]

VARIANT = "labelled"
"""Name of the variant under which labelled responses are judged."""


@dataclass(frozen=True, slots=True)
class JudgeItem:
    """One rule of one labelled response; ``label`` is what people agree on."""

    golden: GoldenResponse
    binding: Binding
    label: Outcome
    annotators: int

    @property
    def rule(self) -> str:
        """The id of the rule."""
        return self.binding.rule.id


@dataclass(frozen=True, slots=True)
class Disputed:
    """A rule of a response (its file) that people label differently, by annotator."""

    response: str
    rule: str
    labels: tuple[tuple[str, Outcome], ...]


def judge_items(
    responses: Sequence[GoldenResponse],
    annotations: Iterable[Annotation],
    catalogue: Catalogue,
    rules: Collection[str] = (),
) -> tuple[tuple[JudgeItem, ...], tuple[Disputed, ...]]:
    """Return what can be held against a judge, and what people themselves do not agree on.

    Taken are the rules that a judge decides wholly or in part: those without a check, and those that have a
    rubric of their own. A label of a check is one of every rule bound to it.

    Args:
        responses: the labelled responses.
        annotations: all labels of them, from all annotators.
        catalogue: finds the agent of a response.
        rules: only these rules; empty for all.

    Raises:
        InputError: an agent is unknown.
    """
    given: dict[tuple[str, str], dict[str, Outcome]] = {}
    bindings: dict[tuple[str, str], Binding] = {}
    by_path = {one.path: one for one in responses}
    for annotation in annotations:
        golden = by_path[annotation.path]
        specification = catalogue.specification(golden.case.agent)
        bound = {binding.rule.id: binding for binding in specification.bindings}
        for rule in specification.rules_of(annotation.reference):
            if _judged(bound[rule]) and (not rules or rule in rules):
                given.setdefault((golden.path, rule), {})[annotation.annotator] = annotation.label
                bindings[(golden.path, rule)] = bound[rule]
    items, disputed = [], []
    for (response, rule), labels in given.items():
        label = majority(labels)
        if label is None:
            disputed.append(Disputed(response, rule, tuple(sorted(labels.items()))))
        else:
            items.append(JudgeItem(by_path[response], bindings[(response, rule)], label, len(labels)))
    return tuple(items), tuple(disputed)


def unknown_labels(
    responses: Sequence[GoldenResponse], annotations: Iterable[Annotation], catalogue: Catalogue
) -> tuple[str, ...]:
    """Say which labels in files beside the responses mean nothing, and why.

    Raises:
        InputError: an agent is unknown.
    """
    by_path = {one.path: one for one in responses}
    said: dict[str, None] = {}
    for one in annotations:
        specification = catalogue.specification(by_path[one.path].case.agent)
        if one.file and not specification.rules_of(one.reference):
            said[f"{one.file}: {one.response}: {specification.why_unknown(one.reference)}"] = None
    return tuple(said)


def _judged(binding: Binding) -> bool:
    return not binding.waived and (not binding.check or rubric_for(binding).id != GENERIC)


def subjects_of(items: Sequence[JudgeItem], checks: Mapping[str, Check], mode: Mode) -> tuple[Subject, ...]:
    """Return the questions for a judge, one subject for each response.

    All labelled rules are asked, also those that a static check would decide: otherwise a judge would be
    measured on the hard ones of a check and nowhere else. What the check saw goes with the question as it
    would in a run.
    """
    grouped: dict[str, list[JudgeItem]] = {}
    for item in items:
        grouped.setdefault(item.golden.path, []).append(item)
    subjects = []
    for group in grouped.values():
        golden = group[0].golden
        exchange = replace(exchange_of_golden(golden), mode=mode)
        case = replace(golden.case, id=golden.path, applies=(), not_applicable=())
        left = [
            Left(
                item.binding,
                decide_rule(case, item.binding, dict(checks), exchange, (VARIANT, 1)),
                rubric_for(item.binding),
            )
            for item in group
        ]
        subjects.append(Subject(case, VARIANT, 1, exchange, tuple(left)))
    return tuple(subjects)
