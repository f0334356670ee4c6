"""Golden responses to be labelled; labels go into ``<annotator>.labels.yaml`` beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from harness.checks.bind import Binding
from harness.core.errors import InputError
from harness.core.jsonl import write_atomic
from harness.suite.annotations import annotations_of, labels_text, read_labels_file, with_label
from harness.suite.catalogue import Specification
from harness.suite.golden import GoldenResponse
from harness.suite.schema import LABELS_SUFFIX, LabelEntry, LabelsFile
from harness.viewer.cache import Cache, stamp_of_files
from harness.viewer.keeping import Keeper
from harness.viewer.labelling import Given, Shown, demand_unchanged

__all__ = ["GoldenSet"]


@dataclass(frozen=True)
class GoldenSet:
    """The golden responses of one agent in one folder; a place is the name of a response."""

    path: Path
    specification: Specification
    responses: Mapping[str, GoldenResponse]
    keeper: Keeper
    labels_read: Cache = field(default_factory=lambda: Cache(1))

    @property
    def id(self) -> str:
        """What an address calls it."""
        return f"golden {self.path.as_posix()} {self.agent}"

    @property
    def title(self) -> str:
        """What people call it."""
        return f"Golden responses in {self.path.as_posix()}"

    @property
    def agent(self) -> str:
        """Whose rules are labelled."""
        return self.specification.agent.name

    @property
    def folder(self) -> str:
        """Where the labels are kept."""
        return self.path.as_posix()

    @property
    def taken_names(self) -> frozenset[str]:
        """Who wrote the responses labels in their front matter, not in a file of labels."""
        return frozenset(one.author for one in self.responses.values())

    def rules(self) -> tuple[Binding, ...]:
        """Return the rules that are not waived."""
        return tuple(one for one in self.specification.bindings if not one.waived)

    def places(self, rule: str) -> tuple[str, ...]:  # noqa: ARG002 - as every set of answers
        """Every response may be labelled for every rule."""
        return tuple(self.responses)

    def answer(self, place: str) -> Shown:
        """Return a response with its question."""
        one = self.responses[place]
        return Shown(one.case.messages, one.case.files, one.response, (), one.truncated)

    def given(self) -> dict[str, dict[str, dict[str, Given]]]:
        """Return all labels; one of a check is one of every rule that is bound to it.

        Raises:
            DatasetError: a file of labels breaks its format.
        """
        files = sorted(self.path.glob(f"*{LABELS_SUFFIX}"))
        return self.labels_read.get("labels", stamp_of_files(files), self._read)

    def _read(self) -> dict[str, dict[str, dict[str, Given]]]:
        found: dict[str, dict[str, dict[str, Given]]] = {}
        for one in annotations_of(tuple(self.responses.values())):
            given = Given(one.label, one.note, one.line)
            for rule in self.specification.rules_of(one.reference):
                found.setdefault(rule, {}).setdefault(one.response, {})[one.annotator] = given
        return found

    def put(self, annotator: str, answer: tuple[str, str], new: Given | None, before: str) -> Given | None:
        """Write one label into the annotator's own file; return what stood there.

        Raises:
            ConflictError: the label that stands there has another stamp than ``before``.
            DatasetError: a file of labels breaks its format.
        """
        place, rule = answer
        with self.keeper.alone():
            path, file, head = self._own(annotator)
            now = self.given().get(rule, {}).get(place, {}).get(annotator)
            demand_unchanged(now, before)
            entry = None if new is None else LabelEntry(label=new.label, note=new.note, line=new.line)
            for reference in self._references(file, place, rule) if entry is None else ():
                file = with_label(file, place, reference, None)
            write_atomic(path, labels_text(with_label(file, place, rule, entry), head))
            return now

    def _references(self, file: LabelsFile, place: str, rule: str) -> list[str]:
        """Return what the file says of a rule; a label of a whole check cannot be taken back for one rule."""
        named = [one for one in file.labels.get(place, {}) if rule in self.specification.rules_of(one)]
        whole = next((one for one in named if len(self.specification.rules_of(one)) > 1), "")
        if whole:
            raise InputError(
                f"the file labels all rules of {whole} at once; take that back in the file itself"
            )
        return named

    def _own(self, annotator: str) -> tuple[Path, LabelsFile, str]:
        """Return the annotator's file, what it says, and the comments at its top."""
        for path in sorted(self.path.glob(f"*{LABELS_SUFFIX}")):
            file = read_labels_file(path)
            if file.annotator == annotator:
                lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
                return path, file, "".join(takewhile(lambda line: line.startswith("#"), lines))
        path = self.path / f"{annotator}{LABELS_SUFFIX}"
        if path.exists():
            raise InputError(f"{path}: holds the labels of somebody else; choose another name")
        return path, LabelsFile(annotator=annotator, labels={}), ""
