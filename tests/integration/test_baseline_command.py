"""``harness baseline``: a run kept, compared with, and protected."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from messages_api import MessagesApi
from run_project import MODEL, Command

from harness.checks.registry import built_in_checks

BASELINE = "reports/baselines/tester.json"
ANSWERS = "reports/baselines/tester.answers.jsonl.gz"


@pytest.fixture
def ran(harness: Command, model_server: MessagesApi) -> Callable[..., str]:
    """Run the small suite; return the folder of the run."""

    def run(*more: str) -> str:
        made = harness("run", "datasets/tester/compliance.yaml", *MODEL, "--no-routing", *more, "--json")
        return str(made.document["run"])

    return run


@pytest.fixture
def baseline(ran: Callable[..., str], harness: Command, small_project: Path) -> Path:
    """The baseline of a run."""
    harness("baseline", ran())
    return small_project / BASELINE


def test_a_baseline_lies_where_the_project_keeps_them(baseline: Path) -> None:
    """Named after the agent, in the folder that is committed."""
    assert baseline.is_file()


def test_the_answers_lie_beside_it(baseline: Path, small_project: Path) -> None:
    """Compressed: one document per line, the run first."""
    assert baseline.is_file()
    lines = gzip.decompress((small_project / ANSWERS).read_bytes()).splitlines()
    assert len(lines) == 1 + 3


def test_private_answers_stay_at_home(ran: Callable[..., str], harness: Command, small_project: Path) -> None:
    """No archive, and none of the answers' text."""
    harness("baseline", ran(), "--no-samples")
    said = (small_project / BASELINE).read_text(encoding="utf-8")
    assert ("console.log('made')" in said, (small_project / ANSWERS).exists()) == (False, False)


def test_the_same_run_makes_the_same_bytes(
    ran: Callable[..., str], harness: Command, small_project: Path
) -> None:
    """A baseline is deterministic, its archive too."""
    folder = ran()
    harness("baseline", folder, "--output", "one.json")
    harness("baseline", folder, "--output", "two.json")
    pairs = [
        ((small_project / f"one{suffix}").read_bytes(), (small_project / f"two{suffix}").read_bytes())
        for suffix in (".answers.jsonl.gz",)
    ]
    assert all(first == second for first, second in pairs)


def test_a_case_is_a_line(baseline: Path) -> None:
    """A pull request shows which cases changed."""
    lines = [line for line in baseline.read_text(encoding="utf-8").splitlines() if '"cluster"' in line]
    assert len(lines) == 3


def test_a_run_is_compared_with_a_baseline(baseline: Path, ran: Callable[..., str], harness: Command) -> None:
    """Nothing changed: no difference, with the baseline's own evidence at hand."""
    compared = harness("compare", str(baseline), ran(), "--json").document
    assert compared["delta"] == 0


def test_a_baseline_without_answers_is_compared_too(
    ran: Callable[..., str], harness: Command, small_project: Path
) -> None:
    """The letters are enough for the numbers."""
    folder = ran()
    harness("baseline", folder, "--no-samples")
    whole = harness("compare", folder, ran("--variant", "shorter.md"), "--json").document
    letters = harness("compare", BASELINE, ran("--variant", "shorter.md"), "--json").document
    assert [one["delta"] for one in letters["rules"]] == [one["delta"] for one in whole["rules"]]


def test_a_better_check_does_not_make_a_baseline_worthless(
    baseline: Path, ran: Callable[..., str], harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answers are decided again by the checks of today, and the user is told."""
    check = type(built_in_checks()["logging/no-console"])
    monkeypatch.setattr(check, "version", check.version + 1)
    said = harness("compare", str(baseline), ran())
    assert (said.code, "decided again by the checks of today" in said.err) == (0, True)


def test_a_baseline_that_was_edited_is_refused(baseline: Path, harness: Command) -> None:
    """A letter was changed by hand: one clear line, exit code 2."""
    text = baseline.read_text(encoding="utf-8")
    baseline.write_text(text.replace('"seed": 0', '"seed": 1'), encoding="utf-8")
    said = harness("compare", str(baseline), str(baseline))
    assert (said.code, "was changed by hand" in said.err) == (2, True)


def test_a_baseline_of_another_suite_is_refused(
    baseline: Path, ran: Callable[..., str], harness: Command, small_project: Path
) -> None:
    """The suite has a case more today: it is named."""
    dataset = small_project / "datasets/tester/compliance.yaml"
    dataset.write_text(f"{dataset.read_text()}  - {{id: more, prompt: Write more}}\n")
    assert "more (only in the second)" in harness("compare", str(baseline), ran()).err


def test_a_damaged_archive_is_told(baseline: Path, harness: Command, small_project: Path) -> None:
    """Half of the file is gone: one clear line, exit code 2."""
    archive = small_project / ANSWERS
    archive.write_bytes(archive.read_bytes()[:200])
    said = harness("compare", str(baseline), str(baseline))
    assert (said.code, "damaged" in said.err) == (2, True)


def with_status(folder: str, status: str) -> str:
    """Write into the manifest of a run how far it has come."""
    file = Path(folder) / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(manifest | {"status": status}), encoding="utf-8")
    return folder


def test_an_incomplete_run_makes_no_baseline(ran: Callable[..., str], harness: Command) -> None:
    """Some of its answers are missing."""
    folder = with_status(ran(), "incomplete")
    assert "a baseline needs every answer" in harness("baseline", folder).err


@pytest.mark.parametrize("command", ["baseline", "compare", "redecide"])
def test_a_run_that_is_going_on_is_refused(ran: Callable[..., str], harness: Command, command: str) -> None:
    """Half of the answers are nothing to go on with: one clear line, exit code 2."""
    folder = with_status(ran(), "running")
    said = harness(command, *([folder] * (1 + (command == "compare"))))
    assert (said.code, "still going on" in said.err, said.err.count("\n")) == (2, True, 1)


def test_answers_of_another_baseline_are_refused(
    baseline: Path, harness: Command, small_project: Path, ran: Callable[..., str]
) -> None:
    """What was reviewed is what counts: an archive with other verdicts is not read in its place."""
    archive = small_project / ANSWERS
    text = gzip.decompress(archive.read_bytes()).decode()
    archive.write_bytes(gzip.compress(text.replace('"outcome":"fail"', '"outcome":"pass"').encode()))
    said = harness("compare", str(baseline), ran())
    assert (said.code, "does not belong to" in said.err) == (2, True)
