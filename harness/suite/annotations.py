"""Labels that people give to golden responses, one file for each annotator.

The front matter of a golden response holds the labels of who wrote it. Everybody else labels in a file of
their own beside the responses, ``golden/<annotator>.labels.yaml``: two people never edit one file, and who
said what stays known. A label names the response (its file without ending), the rule (or the check, which
means every rule bound to it) and the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import DatasetError
from harness.core.located_yaml import read_bounded, read_yaml, validated
from harness.core.types import Outcome
from harness.suite.catalogue import closest
from harness.suite.golden import GoldenResponse
from harness.suite.schema import LABELS_SUFFIX, LabelEntry, LabelsFile

__all__ = ["Annotation", "annotations_of", "read_annotations"]


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one annotator says about one rule of one response; ``reference`` is a rule id or check id."""

    response: str
    reference: str
    annotator: str
    label: Outcome
    note: str = ""


def annotations_of(responses: Sequence[GoldenResponse]) -> tuple[Annotation, ...]:
    """Return all labels of some responses: those of their front matter, then those beside them.

    Raises:
        DatasetError: a file beside them breaks its format.
    """
    own = [
        Annotation(one.id, reference, one.author, label, one.notes.get(reference, ""))
        for one in responses
        for reference, label in one.labels.items()
    ]
    folders: dict[Path, set[str]] = {}
    for one in responses:
        folders.setdefault(Path(one.path).parent, set()).add(one.id)
    beside = [
        annotation
        for folder, names in sorted(folders.items())
        for annotation in read_annotations(folder)
        if annotation.response in names
    ]
    return (*own, *beside)


def read_annotations(folder: Path) -> tuple[Annotation, ...]:
    """Read the labels that lie beside golden responses, in the order of the files' names.

    Raises:
        DatasetError: a file breaks its format, labels a response that is not there, or names an annotator
            that another file has.
    """
    known = {path.stem for path in folder.glob("*.md")}
    found: list[Annotation] = []
    taken: dict[str, Path] = {}
    for path in sorted(folder.glob(f"*{LABELS_SUFFIX}")):
        document = read_yaml(read_bounded(path, error=DatasetError), str(path), error=DatasetError)
        file = validated(document, LabelsFile)
        if file.annotator in taken:
            raise document.fault(
                ("annotator",),
                f"{file.annotator!r} labels in {taken[file.annotator].name} already; put both into one file",
            )
        taken[file.annotator] = path
        for response, labels in file.labels.items():
            if response not in known:
                hint = closest(response, known) or "write the name of a file beside this one, without .md"
                raise document.fault(("labels", response), f"no response {response!r} is here; {hint}")
            found += _of_response(response, labels, file.annotator)
    return tuple(found)


def _of_response(
    response: str, labels: Mapping[str, Outcome | LabelEntry], annotator: str
) -> list[Annotation]:
    return [
        Annotation(response, reference, annotator, given.label, given.note)
        if isinstance(given, LabelEntry)
        else Annotation(response, reference, annotator, given)
        for reference, given in labels.items()
    ]
