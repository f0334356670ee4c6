"""What people say of a run's answers: labels in JSON Lines, one for an answer and a rule.

    {"case": "users", "variant": "base", "trial": 1, "rule": "never-use-console-log", "label": "fail",
     "annotator": "anna"}

``variant`` and ``trial`` may be left out where the run has only one; ``annotator`` where there is one. A
``note`` and the ``line`` of the answer that the label rests on may stand beside it. A row without a label is
one that nobody has filled in yet, and is passed over.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.core.errors import InputError
from harness.core.types import Outcome
from harness.store.decided import DecidedRun
from harness.suite.annotations import AGREED

__all__ = [
    "ADVISED_LABELS",
    "Answer",
    "LabelRow",
    "Labels",
    "drawn_rows",
    "independent",
    "majority",
    "read_labels",
    "read_rows",
    "rows_text",
]

ADVISED_LABELS = 50
"""Labelled answers of a rule to aim for, about half of them fails: with fewer κ is hardly known."""

_LONGEST = 200

Answer = tuple[str, str, int, str]
"""Case, variant, trial, rule."""


class LabelRow(BaseModel):
    """One line of a file of labels; ``trial`` 0 and empty texts say nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: str
    rule: str
    label: Literal["pass", "fail", "not_applicable", "undecided", ""] = ""
    variant: str = ""
    trial: int = Field(default=0, ge=0)
    annotator: str = ""
    note: str = Field(default="", max_length=2_000)
    line: int = Field(default=0, ge=0)


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels by answer and annotator; ``files`` is where they come from."""

    files: tuple[str, ...]
    by_answer: dict[Answer, dict[str, Outcome]]

    def consensus(self) -> dict[Answer, Outcome]:
        """Return what is agreed on, or more than half of the annotators of an answer say; no others."""
        agreed = ((answer, majority(said)) for answer, said in self.by_answer.items())
        return {answer: label for answer, label in agreed if label is not None}

    @property
    def annotators(self) -> tuple[str, ...]:
        """Their names, sorted."""
        return tuple(sorted({name for said in self.by_answer.values() for name in independent(said)}))


def independent(said: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return what each annotator said alone: without the label that they agreed on later."""
    return {name: label for name, label in said.items() if name != AGREED}


def majority(said: Mapping[str, Outcome]) -> Outcome | None:
    """Return the label that was agreed on, else that of more than half of the annotators, else nothing.

    ``said`` is not empty.
    """
    if AGREED in said:
        return said[AGREED]
    label, votes = Counter(said.values()).most_common(1)[0]
    return label if 2 * votes > len(said) else None


def read_labels(paths: Sequence[Path], run: DecidedRun) -> Labels:
    """Read labels of a run.

    Raises:
        InputError: a file cannot be read, a line is no label, or it speaks of an answer that the run does not
            have, or twice of one answer with different labels.
    """
    known = {(one.case, one.variant, one.trial, one.rule) for one in run.verdicts}
    found: defaultdict[Answer, dict[str, Outcome]] = defaultdict(dict)
    for path in paths:
        for number, row in read_rows(path):
            if not row.label:
                continue
            answer = _answer(row, known, f"{path}:{number}")
            label, name = Outcome(row.label), row.annotator or path.stem
            if found[answer].setdefault(name, label) is not label:
                raise InputError(
                    f"{path}:{number}: {name!r} labels {row.case!r}, {row.rule!r} twice, and differently; "
                    "keep one of the two"
                )
    if not found:
        raise InputError(
            f"{', '.join(map(str, paths))}: holds no label; fill in `label` with pass, fail, "
            "not_applicable or undecided"
        )
    return Labels(tuple(path.as_posix() for path in paths), dict(found))


def read_rows(path: Path) -> Iterable[tuple[int, LabelRow]]:
    """Read a file of labels: the number of each line that is not empty, and what it says.

    Raises:
        InputError: it cannot be read, or a line is no label.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(f"{path}: cannot be read ({why}); name a file of labels") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, LabelRow.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the line"
            raise InputError(
                f"{path}:{number}: {where}: {first['msg'].lower()[:_LONGEST]}; mend it"
            ) from error


def _answer(row: LabelRow, known: set[Answer], where: str) -> Answer:
    fits = [
        one
        for one in known
        if (one[0], one[3]) == (row.case, row.rule)
        and row.variant in {"", one[1]}
        and row.trial in {0, one[2]}
    ]
    if len(fits) == 1:
        return fits[0]
    named = f"case {row.case[:_LONGEST]!r}, rule {row.rule[:_LONGEST]!r}"
    if not fits:
        raise InputError(f"{where}: {named}: the run has no such answer; name one of its cases and rules")
    raise InputError(f"{where}: {named}: {len(fits)} answers fit; add variant and trial")


def drawn_rows(run: DecidedRun, count: int, seed: int) -> list[dict[str, Any]]:
    """Return rows to fill in: answers decided pass or fail, drawn at random, spread evenly over the rules.

    A random part of all is what the corrected rates rest on; the outcome is left out, so that it does not
    sway the annotator.
    """
    by_rule: defaultdict[str, list[Answer]] = defaultdict(list)
    for one in run.verdicts:
        if one.decision.outcome in {Outcome.PASS, Outcome.FAIL}:
            by_rule[one.rule].append((one.case, one.variant, one.trial, one.rule))
    generator = random.Random(seed)  # noqa: S311 - a sample, not a secret
    for answers in by_rule.values():
        generator.shuffle(answers)
    drawn: list[Answer] = []
    while len(drawn) < count and any(by_rule.values()):
        for answers in by_rule.values():
            if answers and len(drawn) < count:
                drawn.append(answers.pop())
    return [
        {"case": case, "variant": variant, "trial": trial, "rule": rule, "label": "", "annotator": ""}
        for case, variant, trial, rule in drawn
    ]


def rows_text(rows: Iterable[Mapping[str, object]]) -> str:
    """Return rows as JSON Lines."""
    return "".join(f"{json.dumps(row)}\n" for row in rows)
