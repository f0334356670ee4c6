"""Labels that people give to golden responses, one file for each annotator.

The front matter of a golden response holds the labels of who wrote it. Everybody else labels in a file of
their own beside the responses, ``golden/<annotator>.labels.yaml``: two people never edit one file, and who
said what stays known. A label names the response (its file without ending), the rule (or the check, which
means every rule bound to it) and the outcome.

Where two people disagreed and then agreed on a label, that label is kept under the name ``agreed``: it
decides, and what each had said stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from harness.core.errors import DatasetError
from harness.core.located_yaml import Document, read_bounded, read_yaml, validated
from harness.core.types import Outcome
from harness.suite.catalogue import closest
from harness.suite.golden import GoldenResponse
from harness.suite.schema import LABELS_SUFFIX, LabelEntry, LabelsFile

__all__ = [
    "AGREED",
    "Annotation",
    "annotations_of",
    "labels_text",
    "read_annotations",
    "read_labels_file",
    "with_label",
]

AGREED = "agreed"
"""The annotator whose labels are those that people agreed on after they had disagreed; nobody by itself."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one annotator says about one rule of one response; ``reference`` is a rule id or check id.

    ``line`` is the line of the response that the label rests on, 0 where none was named. ``path`` is the
    file of the response, as two folders may hold one of the same name; ``file`` that of the label, empty for
    the front matter of the response itself.
    """

    response: str
    reference: str
    annotator: str
    label: Outcome
    note: str = ""
    line: int = 0
    path: str = field(default="", compare=False)
    file: str = field(default="", compare=False)


def annotations_of(responses: Sequence[GoldenResponse]) -> tuple[Annotation, ...]:
    """Return all labels of some responses: those of their front matter, then those beside them.

    Raises:
        DatasetError: a file beside them breaks its format, or labels a response in the name of its author.
    """
    own = [
        Annotation(one.id, reference, one.author, label, one.notes.get(reference, ""), path=one.path)
        for one in responses
        for reference, label in one.labels.items()
    ]
    folders: dict[Path, dict[str, GoldenResponse]] = {}
    for one in responses:
        folders.setdefault(Path(one.path).parent, {})[one.id] = one
    beside = [
        _beside(annotation, named[annotation.response])
        for folder, named in sorted(folders.items())
        for annotation in read_annotations(folder)
        if annotation.response in named
    ]
    return (*own, *beside)


def _beside(annotation: Annotation, response: GoldenResponse) -> Annotation:
    if response.labels and annotation.annotator == response.author:
        raise DatasetError(
            f"{annotation.file}: {annotation.annotator!r} is the author of {response.path}, whose front "
            "matter holds the author's labels; put these there, or label under another name"
        )
    return replace(annotation, path=response.path)


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
        document, file = _read(path)
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
            own = _of_response(response, labels, file.annotator)
            found += [replace(one, file=path.as_posix()) for one in own]
    return tuple(found)


def _of_response(
    response: str, labels: Mapping[str, Outcome | LabelEntry], annotator: str
) -> list[Annotation]:
    return [
        Annotation(response, reference, annotator, given.label, given.note, given.line)
        if isinstance(given, LabelEntry)
        else Annotation(response, reference, annotator, given)
        for reference, given in labels.items()
    ]


def read_labels_file(path: Path) -> LabelsFile:
    """Read the labels of one annotator.

    Raises:
        DatasetError: the file breaks its format.
    """
    return _read(path)[1]


def with_label(file: LabelsFile, response: str, reference: str, entry: LabelEntry | None) -> LabelsFile:
    """Return the labels with one of them given, replaced or (``None``) taken back.

    The label comes last among those of its response: one of a rule counts before an earlier one of its check.
    """
    labels = {name: dict(given) for name, given in file.labels.items()}
    of_response = labels.setdefault(response, {})
    of_response.pop(reference, None)
    if entry is not None:
        of_response[reference] = entry
    if not of_response:
        del labels[response]
    return LabelsFile(annotator=file.annotator, labels=labels)


def labels_text(file: LabelsFile, head: str = "") -> str:
    """Return the content of a file of labels, one line for each, as people write it.

    Args:
        file: the labels.
        head: comment lines to begin with.
    """
    lines = [f"annotator: {_scalar(file.annotator)}", "labels:" if file.labels else "labels: {}"]
    for response, labels in file.labels.items():
        lines.append(f"  {_scalar(response)}:" if labels else f"  {_scalar(response)}: {{}}")
        lines += [f"    {_scalar(reference)}: {_given(given)}" for reference, given in labels.items()]
    return head + "\n".join(lines) + "\n"


def _given(given: Outcome | LabelEntry) -> str:
    entry = given if isinstance(given, LabelEntry) else LabelEntry(label=given)
    parts = [f"label: {entry.label.value}"]
    parts += [f"note: {_quoted(entry.note)}"] if entry.note else []
    parts += [f"line: {entry.line}"] if entry.line else []
    return entry.label.value if len(parts) == 1 else f"{{{', '.join(parts)}}}"


def _scalar(text: str) -> str:
    """Write a name without quotes where YAML reads it back as the same text."""
    plain = yaml.safe_dump({text: 0}, allow_unicode=True, width=10_000).removesuffix(": 0\n")
    return _quoted(text) if plain.startswith("?") else plain


def _quoted(text: str) -> str:
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=100_000).removesuffix("\n")


def _read(path: Path) -> tuple[Document, LabelsFile]:
    document = read_yaml(read_bounded(path, error=DatasetError), str(path), error=DatasetError)
    return document, validated(document, LabelsFile)
