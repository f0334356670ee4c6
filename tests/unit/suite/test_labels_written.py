"""Files of labels as a program writes them: read back as they were, changed one label at a time."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.types import Outcome
from harness.suite.annotations import labels_text, read_labels_file, with_label
from harness.suite.schema import LabelEntry, LabelsFile

SLUGS = st.one_of(
    st.sampled_from(["no", "null", "1e3", "0x10", "on", "2026-01-01", "12", "y", "a.b", "a-b", "x" * 120]),
    st.text(string.ascii_lowercase + string.digits + "-._", min_size=1, max_size=20).map(lambda s: f"a{s}"),
)
OUTCOMES = st.sampled_from([one for one in Outcome if one is not Outcome.ERROR])
NOTES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"], include_characters="\n\t"), max_size=60
)
ENTRIES = st.one_of(OUTCOMES, st.builds(LabelEntry, label=OUTCOMES, note=NOTES, line=st.integers(0, 5_000)))
LABELS = st.dictionaries(SLUGS, st.dictionaries(SLUGS, ENTRIES, max_size=4), max_size=4)
EMPTY = LabelsFile(annotator="anna", labels={})


def entries(file: LabelsFile) -> dict[str, list[tuple[str, LabelEntry]]]:
    """Labels with their order, written out in full."""
    return {
        response: [
            (reference, one if isinstance(one, LabelEntry) else LabelEntry(label=one))
            for reference, one in labels.items()
        ]
        for response, labels in file.labels.items()
    }


@settings(max_examples=60, deadline=None)
@given(name=SLUGS, labels=LABELS)
def test_what_is_written_is_read_back(
    name: str, labels: dict[str, dict[str, Outcome | LabelEntry]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Names that YAML takes for other things, notes in any script, lines."""
    file = LabelsFile(annotator=name, labels=labels)
    path = tmp_path_factory.mktemp("labels") / "anna.labels.yaml"
    path.write_text(labels_text(file), encoding="utf-8")
    read = read_labels_file(path)
    assert (read.annotator, entries(read)) == (name, entries(file))


def test_a_plain_label_is_written_as_people_do() -> None:
    """One short line, no quotes."""
    file = with_label(EMPTY, "users", "edge-cases", LabelEntry(label=Outcome.PASS))
    assert labels_text(file) == "annotator: anna\nlabels:\n  users:\n    edge-cases: pass\n"


def test_a_note_and_a_line_stand_beside_the_label() -> None:
    """In one line as well."""
    file = with_label(EMPTY, "users", "edge-cases", LabelEntry(label=Outcome.FAIL, note="no 404", line=7))
    assert '    edge-cases: {label: fail, note: "no 404", line: 7}\n' in labels_text(file)


def test_a_label_taken_back_leaves_no_trace() -> None:
    """Neither the label nor an empty response."""
    file = with_label(EMPTY, "users", "edge-cases", LabelEntry(label=Outcome.PASS))
    assert with_label(file, "users", "edge-cases", None) == EMPTY


def test_others_stay_when_one_changes() -> None:
    """Labels are replaced one at a time."""
    file = LabelsFile(annotator="anna", labels={"a": {"x": Outcome.PASS, "y": Outcome.FAIL}})
    changed = with_label(file, "a", "x", LabelEntry(label=Outcome.UNDECIDED))
    assert entries(changed)["a"] == [
        ("y", LabelEntry(label=Outcome.FAIL)),
        ("x", LabelEntry(label=Outcome.UNDECIDED)),
    ]


def test_comments_at_the_top_can_be_kept(tmp_path: Path) -> None:
    """They are not the program's to throw away."""
    assert labels_text(EMPTY, "# mine\n").startswith("# mine\nannotator: anna\n")
