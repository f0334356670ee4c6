"""``harness calibrate`` as a user runs it: labelled responses, the part held back, what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from run_project import Command

pytestmark = pytest.mark.usefixtures("labelled")

CONSOLE = ("--check", "logging/no-console")
AGENT = """---
name: coder
description: Writes code.
---
## Rules
- NEVER use console.log or console.error
"""
RESPONSE = """---
prompt: Write it.
labels:
  logging/no-console: {label}
notes:
  logging/no-console: {note}
---
Here:

```js
{code}
```
"""
GOLDEN = {
    "caught": ("fail", "console.log(1);"),
    "missed": ("fail", "logger.info(1);"),
    "kept": ("pass", "import logger from './logger.js';\nlogger.info(1);"),
    "invented": ("pass", "const log = console.error;\nlog(1);"),
}


def write_golden(folder: Path, name: str, label: str, code: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = RESPONSE.format(label=label, code=code, note=f"why {name}")
    (folder / f"{name}.md").write_text(text, encoding="utf-8")


@pytest.fixture
def labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose four labelled responses are decided: two rightly, two otherwise; one is held back."""
    monkeypatch.chdir(tmp_path)
    Path("agents").mkdir()
    Path("agents/coder.md").write_text(AGENT, encoding="utf-8")
    golden = Path("datasets/coder/golden")
    for name, (label, code) in GOLDEN.items():
        write_golden(golden, name, label, code)
    write_golden(golden / "held-back", "secret", "fail", "console.table(1);")
    return tmp_path


def document(harness: Command, *arguments: str) -> dict[str, Any]:
    ran = harness("calibrate", "--checks", "--json", *CONSOLE, *arguments)
    assert ran.code == 0, ran.err
    return dict(json.loads(ran.out))


def test_precision_and_recall_count_the_labels(harness: Command) -> None:
    """Two are failed, one of them rightly; two are labelled fail, one of them is caught."""
    row = document(harness)["checks"][0]
    assert (row["precision"]["mean"], row["recall"]["mean"], row["f1"]["mean"]) == (0.5, 0.5, 0.5)


def test_the_confusion_table_is_complete(harness: Command) -> None:
    """Labels by outcomes."""
    row = document(harness)["checks"][0]
    assert sum(sum(cells.values()) for cells in row["confusion"].values()) == row["labels"] == 4


def test_a_disagreement_names_file_line_and_label(harness: Command) -> None:
    """The line is that of the file, front matter included."""
    rows = {Path(row["file"]).stem: row for row in document(harness)["disagreements"]}
    invented = rows["invented"]
    assert (invented["line"], invented["label"], invented["outcome"]) == (11, "pass", "fail")


def test_only_what_was_decided_otherwise_is_listed(harness: Command) -> None:
    """Agreement needs no line."""
    assert {Path(row["file"]).stem for row in document(harness)["disagreements"]} == {"missed", "invented"}


def test_the_held_back_part_is_left_out_by_default(harness: Command) -> None:
    """Only who names it sees it."""
    found = document(harness)
    assert (found["split"], found["responses"]) == ("development", 4)


def test_a_flag_takes_the_held_back_part(harness: Command) -> None:
    """And nothing else."""
    found = document(harness, "--held-back")
    assert (found["split"], found["responses"]) == ("held-back", 1)


def test_the_output_says_that_responses_were_held_back(harness: Command) -> None:
    """Nobody takes final figures for those of development."""
    ran = harness("calibrate", "--checks", "--held-back", *CONSOLE)
    assert "Held-back responses: for final figures only." in ran.out


def test_a_held_back_folder_alone_is_refused(harness: Command) -> None:
    """A path is no flag."""
    ran = harness("calibrate", "--checks", "datasets/coder/golden/held-back")
    assert (ran.code, ran.out) == (2, "")
    assert "held back for final figures; add --held-back" in ran.err


def test_a_check_without_a_labelled_fail_has_no_recall(harness: Command) -> None:
    """Missing is not zero: a dash in the table, null in the document."""
    for name in ("caught", "missed"):
        Path(f"datasets/coder/golden/{name}.md").unlink()
    row = document(harness)["checks"][0]
    assert (row["recall"]["n"], row["recall"]["mean"]) == (0, None)
    table = harness("calibrate", "--checks", *CONSOLE).out
    assert "–" in next(line for line in table.splitlines() if line.startswith("logging/no-console"))


def test_a_check_without_labels_is_named(harness: Command) -> None:
    """Its figures are unknown, not good."""
    ran = harness("calibrate", "--checks", *CONSOLE, "--check", "access/rbac")
    assert "No label speaks of: access/rbac" in ran.out


def test_disagreements_are_printed_on_demand(harness: Command) -> None:
    """File, check, label, outcome and reason."""
    out = harness("calibrate", "--checks", *CONSOLE, "--disagreements").out
    assert "datasets/coder/golden/invented.md:11" in out
    assert "logging/no-console: labelled pass, decided fail: uses the console: console.error" in out
    assert "note: why invented" in out


def test_the_picture_is_written_where_it_is_asked_for(harness: Command) -> None:
    """One page, with every disagreement."""
    found = document(harness, "--page", "out/picture.html")
    page = Path(found["page"]).read_text(encoding="utf-8")
    assert found["page"] == "out/picture.html"
    assert "datasets/coder/golden/invented.md" in page


def test_without_a_choice_there_is_nothing_to_calibrate(harness: Command) -> None:
    """The command says what it can."""
    ran = harness("calibrate")
    assert (ran.code, ran.err.startswith("harness: say what to calibrate: --checks")) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--check", "no/such"), "--check no/such: no such check; there are "),
        (("nowhere",), "nowhere: no such file or folder"),
        (("agents",), "agents: no folder golden with labelled responses"),
    ],
)
def test_wrong_input_is_one_line(harness: Command, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, and what to do."""
    ran = harness("calibrate", "--checks", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_label_for_a_rule_that_is_not_there_is_a_note(harness: Command) -> None:
    """One label for another agent does not stop the measurement."""
    write_golden(Path("datasets/coder/golden"), "other", "pass", "x();")
    path = Path("datasets/coder/golden/other.md")
    path.write_text(
        path.read_text()
        .replace("logging/no-console: pass", "logging/no-consle: pass")
        .replace("logging/no-console: why", "logging/no-consle: why")
    )
    found = document(harness)
    assert "did you mean 'logging/no-console'" in found["warnings"][0]
