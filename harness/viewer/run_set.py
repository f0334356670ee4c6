"""Answers of a run to be labelled; labels go into the dataset folder, as ``harness agreement`` reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.calibration.human_labels import LabelRow, read_rows, rows_text
from harness.checks.bind import Binding
from harness.core.errors import InputError
from harness.core.jsonl import write_atomic
from harness.core.types import Outcome, StopReason
from harness.pipeline.redecide import binding_of
from harness.store.decided import DecidedRun
from harness.viewer.answers import stored_answer
from harness.viewer.keeping import Keeper
from harness.viewer.labelling import Given, Shown, demand_unchanged

__all__ = ["RunSet", "place_of"]

_SUFFIX = ".jsonl"


def place_of(case: str, variant: str, trial: int) -> str:
    """Return the place of an answer."""
    return json.dumps([case, variant, trial])


@dataclass(frozen=True)
class RunSet:
    """The answers of one run; ``labels`` is the folder of its labels, one file for each annotator."""

    path: Path
    run: DecidedRun
    labels: Path
    keeper: Keeper
    _places: dict[str, dict[str, Outcome]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.run.verdicts:
            place = place_of(one.case, one.variant, one.trial)
            self._places.setdefault(one.rule, {})[place] = one.decision.outcome

    @property
    def id(self) -> str:
        """What an address calls it."""
        return f"run {self.path.name}"

    @property
    def title(self) -> str:
        """What people call it."""
        return f"Answers of the run {self.path.name}"

    @property
    def agent(self) -> str:
        """Whose rules are labelled."""
        return self.run.agent

    @property
    def folder(self) -> str:
        """Where the labels are kept."""
        return self.labels.as_posix()

    @property
    def taken_names(self) -> frozenset[str]:
        """No name means anything else here."""
        return frozenset()

    def rules(self) -> tuple[Binding, ...]:
        """Return the rules that were decided, or left open, somewhere."""
        return tuple(binding_of(rule) for rule in self.run.rules if rule.id in self._places)

    def places(self, rule: str) -> tuple[str, ...]:
        """Return the answers that were decided pass or fail; all of them where none was.

        What corrected rates rest on is a random part of what was decided. That an answer is among them says
        nothing of how.
        """
        known = self._places.get(rule, {})
        decided = [place for place, outcome in known.items() if outcome in {Outcome.PASS, Outcome.FAIL}]
        return tuple(decided or known)

    def answer(self, place: str) -> Shown:
        """Return an answer with its question.

        Raises:
            InputError: the store no longer has it.
        """
        name, variant, trial = json.loads(place)
        case = next(one for one in self.run.cases if one.id == name)
        completion = stored_answer(self.path, name, variant, trial).completion
        cut = completion.stop is StopReason.MAX_TOKENS
        return Shown(case.messages, case.files, completion.text, completion.tool_calls, cut)

    def given(self) -> dict[str, dict[str, dict[str, Given]]]:
        """Return all labels that lie in the folder.

        Raises:
            InputError: a file is damaged, or speaks of answers that the run does not have.
        """
        found: dict[str, dict[str, dict[str, Given]]] = {}
        for path in sorted(self.labels.glob(f"*{_SUFFIX}")):
            for number, row in read_rows(path):
                if row.label:
                    place = self._place(row, f"{path}:{number}")
                    given = Given(Outcome(row.label), row.note, row.line)
                    found.setdefault(row.rule, {}).setdefault(place, {})[row.annotator or path.stem] = given
        return found

    def put(self, annotator: str, answer: tuple[str, str], new: Given | None, before: str) -> Given | None:
        """Write one label into the annotator's own file; return what stood there.

        Raises:
            ConflictError: the label that stands there has another stamp than ``before``.
            InputError: a file of labels is damaged.
        """
        place, rule = answer
        path = self.labels / f"{annotator}{_SUFFIX}"
        with self.keeper.alone():
            now = self.given().get(rule, {}).get(place, {}).get(annotator)
            demand_unchanged(now, before)
            rows = [row for _, row in read_rows(path)] if path.exists() else []
            other = next((row.annotator for row in rows if row.annotator not in {"", annotator}), "")
            if other:
                raise InputError(
                    f"{path}: holds labels of {other!r} too; one file for each annotator, please"
                )
            kept = [row for row in rows if (row.rule, self._place(row, str(path))) != (rule, place)]
            if new is not None:
                kept.append(_row(place, rule, annotator, new))
            write_atomic(path, rows_text(_written(row) for row in kept))
            return now

    def _place(self, row: LabelRow, where: str) -> str:
        """Return the place that a row means; variant and trial may be left out where there is one answer."""
        exact = place_of(row.case, row.variant, row.trial)
        known = self._places.get(row.rule, {})
        if exact in known:
            return exact
        fits = [place for place in known if _fits(row, json.loads(place))]
        if len(fits) != 1:
            raise InputError(
                f"{where}: {len(fits)} answers of the run fit the case {row.case[:200]!r} and the rule "
                f"{row.rule[:200]!r}; mend the row"
            )
        return fits[0]


def _fits(row: LabelRow, place: list[str | int]) -> bool:
    case, variant, trial = place
    return row.case == case and row.variant in {"", variant} and row.trial in {0, trial}


def _row(place: str, rule: str, annotator: str, given: Given) -> LabelRow:
    case, variant, trial = json.loads(place)
    return LabelRow.model_validate(
        {
            "case": case,
            "variant": variant,
            "trial": trial,
            "rule": rule,
            "label": given.label.value,
            "annotator": annotator,
            "note": given.note,
            "line": given.line,
        }
    )


def _written(row: LabelRow) -> Mapping[str, object]:
    """Leave out what says nothing."""
    return {name: value for name, value in row.model_dump().items() if name not in {"note", "line"} or value}
