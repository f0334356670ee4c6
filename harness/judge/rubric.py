"""Rubrics: what a judge is told about one kind of rule, as data, with a sha that names the version.

A rule gets the rubric whose check decides it statically, or whose wordings it is most like; a rule that no
rubric is about gets the generic one, made of its own words and polarity. What a sidecar says about a rule
is added as a remark of the people who wrote it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from harness.checks.bind import Binding
from harness.checks.similarity import PhraseIndex
from harness.checks.wording import clauses_of
from harness.core.errors import CheckDefinitionError
from harness.core.jsonl import sha_of
from harness.core.located_yaml import read_bounded, read_yaml, validated
from harness.core.types import Outcome, Polarity

__all__ = ["GENERIC", "Illustration", "Rubric", "rubric_for", "shipped_rubrics"]

GENERIC = "generic"
ALIKE = 0.5  # least likeness of a rule to a wording; a wrong choice costs clarity, never the rule's own words
_LEAST = 0.01  # likeness to one of several rubrics of a check: any

_FOLDER = Path(__file__).with_name("rubrics")
_DECIDABLE = (Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNDECIDED)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Illustration(_Model):
    """A short example: (part of) an answer, the verdict on it, and why."""

    answer: str = Field(min_length=1, max_length=1_200)
    verdict: Outcome
    because: str = Field(min_length=1, max_length=400)


class Rubric(_Model):
    """What a judge is told about one kind of rule.

    Attributes:
        id: stable name; labels, calibrations and reports refer to it.
        check: the static check whose open questions it answers; empty where no check exists.
        phrases: wordings of rules that it is for.
        obeys: what counts as obeying.
        violates: what counts as violating.
        ignore: what looks relevant and does not count.
        not_applicable: when the rule does not speak about an answer; empty: it always does.
        offers: the verdicts that may be given.
        asks: the static outcomes after which the judge is asked; a judge never overrules others.
        examples: two or more illustrations.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    check: str = ""
    phrases: tuple[str, ...] = ()
    obeys: tuple[str, ...]
    violates: tuple[str, ...]
    ignore: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    offers: tuple[Outcome, ...] = _DECIDABLE
    asks: tuple[Outcome, ...] = (Outcome.UNDECIDED,)
    examples: tuple[Illustration, ...]

    def sha_for(self, binding: Binding) -> str:
        """Return the sha of everything that the judge is told about this rule in particular."""
        return sha_of(
            [
                self.model_dump(mode="json"),
                binding.rule.text,
                binding.rule.polarity,
                binding.rule.section,
                binding.rubric,
            ]
        )


_OF_POLARITY = {
    Polarity.NEVER: (
        ("nothing in the answer does what the rule forbids",),
        ("a place in the answer does what the rule forbids",),
    ),
    Polarity.ALWAYS: (
        ("the answer does what the rule demands, at every place where the rule speaks about it",),
        ("the answer leaves out, or does otherwise, what the rule demands where it speaks about the answer",),
    ),
    Polarity.SHOULD: (
        ("the answer does what the rule asks for, as far as the question gives occasion",),
        ("the question gives occasion, and the answer ignores what the rule asks for",),
    ),
}


@cache
def _generic(polarity: Polarity) -> Rubric:
    obeys, violates = _OF_POLARITY[polarity]
    return Rubric(
        id=GENERIC,
        obeys=obeys,
        violates=violates,
        ignore=(
            "code that the answer shows only to say that it is wrong",
            "a promise to obey, or a claim of having obeyed, without the thing itself",
        ),
        not_applicable=("the question and the answer have nothing to do with what the rule is about",),
        examples=(
            Illustration(
                answer="Rule: Always state the time complexity. Answer: It sorts in O(n log n) time.",
                verdict=Outcome.PASS,
                because="the complexity is stated",
            ),
            Illustration(
                answer="Rule: Always state the time complexity. Answer: Here is a quick sort: ...",
                verdict=Outcome.FAIL,
                because="an algorithm is given and its complexity is nowhere stated",
            ),
        ),
    )


@cache
def shipped_rubrics() -> tuple[Rubric, ...]:
    """Return the rubrics of this package, sorted by id.

    Raises:
        CheckDefinitionError: a file of them is damaged.
    """
    rubrics = []
    for path in sorted(_FOLDER.glob("*.yaml")):
        text = read_bounded(path, error=CheckDefinitionError)
        document = read_yaml(text, str(path), error=CheckDefinitionError)
        rubric = validated(document, Rubric)
        if rubric.id != path.stem:
            raise document.fault(("id",), f"the id {rubric.id!r} is not the name of the file")
        if len(rubric.examples) < 2:
            raise document.fault(("examples",), "a rubric needs two examples at least")
        rubrics.append(rubric)
    return tuple(rubrics)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Rubrics found by check and by wording."""

    by_id: Mapping[str, Rubric]
    by_check: Mapping[str, tuple[str, ...]]
    index: PhraseIndex


@cache
def _shelf(rubrics: tuple[Rubric, ...]) -> _Shelf:
    by_check: dict[str, tuple[str, ...]] = {}
    for rubric in rubrics:
        by_check[rubric.check] = (*by_check.get(rubric.check, ()), rubric.id)
    index = PhraseIndex({rubric.id: rubric.phrases for rubric in rubrics if rubric.phrases})
    return _Shelf({rubric.id: rubric for rubric in rubrics}, by_check, index)


def rubric_for(binding: Binding, rubrics: Sequence[Rubric] | None = None) -> Rubric:
    """Return the rubric for a rule: of its check where it has one, else the nearest in words, else generic.

    A check that decides several kinds of rules has a rubric for each; the words of the rule choose.
    """
    shelf = _shelf(shipped_rubrics() if rubrics is None else tuple(rubrics))
    candidates = shelf.by_check.get(binding.check, ())
    if binding.check and len(candidates) == 1:
        return shelf.by_id[candidates[0]]
    clauses = shelf.index.read(clauses_of(binding.rule.text))
    scores = {name: found.score for name, found in shelf.index.likenesses(clauses).items()}
    best = max(sorted(candidates), key=lambda name: scores.get(name, 0.0), default="")
    # Of several for one check none is taken at random: words that are like none of them get the generic one.
    if scores.get(best, 0.0) >= (ALIKE if not binding.check else _LEAST):
        return shelf.by_id[best]
    return _generic(binding.rule.polarity)
