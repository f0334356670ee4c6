"""Labels of several people on golden responses."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import DatasetError
from harness.core.types import Outcome
from harness.suite.annotations import Annotation, read_annotations
from harness.suite.load import find_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    golden = tmp_path / "golden"
    golden.mkdir()
    (golden / "orders.md").write_text("---\nprompt: x\nlabels: {edge-cases: pass}\n---\nAn answer.\n")
    return golden


def write(folder: Path, text: str, name: str = "anna") -> None:
    (folder / f"{name}.labels.yaml").write_text(text)


def test_a_label_is_an_outcome(folder: Path) -> None:
    write(folder, "annotator: anna\nlabels: {orders: {edge-cases: fail}}\n")
    assert read_annotations(folder) == (Annotation("orders", "edge-cases", "anna", Outcome.FAIL),)


def test_a_label_may_have_a_note(folder: Path) -> None:
    write(folder, "annotator: anna\nlabels: {orders: {edge-cases: {label: fail, note: no retry}}}\n")
    assert read_annotations(folder)[0].note == "no retry"


def test_several_people_label_the_same(folder: Path) -> None:
    write(folder, "annotator: anna\nlabels: {orders: {edge-cases: fail}}\n")
    write(folder, "annotator: bert\nlabels: {orders: {edge-cases: pass}}\n", "bert")
    assert [one.annotator for one in read_annotations(folder)] == ["anna", "bert"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("annotator: anna\nlabels: {order: {edge-cases: fail}}\n", "no response 'order' is here"),
        ("annotator: anna\nlabels: {orders: {edge-cases: error}}\n", "`error` is no label"),
        ("annotator: anna\nlabels: {orders: {edge-cases: maybe}}\n", "labels.yaml:2"),
        ("annotator: anna\nlabels: {orders: {Edge Cases: pass}}\n", "labels.yaml:2"),
        ("labels: {orders: {edge-cases: pass}}\n", "annotator"),
        ("annotator: anna\nlabel: {}\n", "label"),
        ("annotator: [anna\n", "labels.yaml:"),
    ],
)
def test_a_file_that_breaks_the_format_is_one_clear_line(folder: Path, text: str, words: str) -> None:
    write(folder, text)
    with pytest.raises(DatasetError) as caught:
        read_annotations(folder)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_person_has_one_file(folder: Path) -> None:
    write(folder, "annotator: anna\nlabels: {orders: {edge-cases: fail}}\n")
    write(folder, "annotator: anna\nlabels: {orders: {edge-cases: fail}}\n", "anna2")
    with pytest.raises(DatasetError, match=r"labels in anna\.labels\.yaml already"):
        read_annotations(folder)


def test_a_file_of_labels_is_no_dataset(folder: Path) -> None:
    write(folder, "annotator: anna\nlabels: {orders: {edge-cases: fail}}\n")
    assert [path.name for path in find_files([folder])] == ["orders.md"]
