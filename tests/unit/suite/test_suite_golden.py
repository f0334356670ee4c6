"""Golden responses: read with the case they answer, their labels, and the lines of the response."""

from __future__ import annotations

from pathlib import Path

import pytest
from suite_example import COMPLIANCE, GOLDEN, OneCook, write

from harness.core.errors import DatasetError
from harness.core.types import Outcome
from harness.suite.golden import GoldenResponse
from harness.suite.load import load_suite

OWN = GOLDEN.replace(
    "case: soup", "prompt: What is a soup?\nfiles: [{path: a.txt, text: x}]\ntruncated: true"
)


def load(folder: Path, text: str, name: str = "cook/golden/one.md") -> GoldenResponse:
    write(folder, "cook/compliance.yaml", COMPLIANCE)
    return load_suite([write(folder, name, text)], OneCook()).golden[0]


def test_the_case_comes_from_the_dataset_beside_the_folder(tmp_path: Path) -> None:
    """A golden response may answer a compliance case."""
    assert load(tmp_path, GOLDEN).case.applies == ("washed", "wiped", "taste")


def test_labels_are_kept_as_written(tmp_path: Path) -> None:
    """A label may speak of a check or of a rule."""
    assert load(tmp_path, GOLDEN).labels == {"kitchen/clean": Outcome.PASS, "taste": Outcome.FAIL}


def test_the_offset_leads_from_the_response_to_the_file(tmp_path: Path) -> None:
    """A finding in line 2 of the response is shown where the file has it."""
    golden = load(tmp_path, GOLDEN)
    line = golden.response.split("\n").index("Add salt.") + 1
    assert GOLDEN.split("\n")[line + golden.line_offset - 1] == "Add salt."


def test_an_own_question_makes_an_own_case(tmp_path: Path) -> None:
    """Without a case the front matter brings the question, the files, and the agent is that of the folder."""
    golden = load(tmp_path, OWN)
    case = golden.case
    assert (case.id, case.agent, case.files[0].path, golden.truncated) == (
        "golden/one",
        "cook",
        "a.txt",
        True,
    )


def test_the_folder_names_the_agent_where_no_dataset_does(tmp_path: Path) -> None:
    """datasets/<agent>/golden is enough."""
    golden = load_suite([write(tmp_path, "cook/golden/one.md", OWN)], OneCook()).golden[0]
    assert golden.case.agent == "cook"


def test_a_golden_folder_is_loaded_when_named(tmp_path: Path) -> None:
    """Its README is no response."""
    write(tmp_path, "cook/compliance.yaml", COMPLIANCE)
    write(tmp_path, "cook/golden/README.md", "# About")
    write(tmp_path, "cook/golden/deep/one.md", GOLDEN)
    assert [item.id for item in load_suite([tmp_path / "cook/golden"], OneCook()).golden] == ["one"]


def test_a_rule_line_in_the_response_does_not_end_it(tmp_path: Path) -> None:
    """Only the first closing line belongs to the front matter."""
    assert load(tmp_path, GOLDEN + "---\nEnjoy.\n").response.endswith("---\nEnjoy.\n")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("case: soup", "case: sop", r"one\.md:2: .* have no compliance case 'sop'; did you mean 'soup'"),
        ("case: soup", "author: me", r"one\.md:2: write either `prompt` or `messages`: neither is given"),
        ("case: soup", "case: soup\nprompt: x", r"with `case` the question comes from the dataset"),
        ("taste: fail", "tast: fail", r"one\.md:2: `notes` speaks of 'taste', which `labels` does not hold"),
        ("taste", "tasty", r"one\.md:3: the agent 'cook' has no rule 'tasty'; did you mean 'taste'"),
        ("taste: fail", "taste: maybe", r"one\.md:3: labels\.taste: input should be"),
        ("taste: fail", "taste: error", r"`error` is no label"),
        ("---\ncase", "case", r"one\.md:1: no front matter"),
        ("\nBoil water.\nAdd salt.\n", "\n", r"one\.md:7: no response below"),
    ],
)  # fmt: skip
def test_a_faulty_golden_response_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    """The message has the line, what was found, and what to do."""
    with pytest.raises(DatasetError, match=message):
        load(tmp_path, GOLDEN.replace(old, new))


def test_held_back_responses_are_left_out_of_their_folder(tmp_path: Path) -> None:
    """The test split is not looked at by accident."""
    load(tmp_path, OWN)
    write(tmp_path, "cook/golden/held-back/two.md", OWN)
    loaded = load_suite([tmp_path / "cook" / "golden"], OneCook()).golden
    assert [golden.id for golden in loaded] == ["one"]


def test_held_back_responses_are_loaded_by_name(tmp_path: Path) -> None:
    """Final figures name the folder."""
    write(tmp_path, "cook/golden/held-back/two.md", OWN)
    loaded = load_suite([tmp_path / "cook" / "golden" / "held-back"], OneCook()).golden
    assert [golden.id for golden in loaded] == ["two"]
