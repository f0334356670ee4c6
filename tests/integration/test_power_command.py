"""``harness power``: with a stored run, with two variants, with nothing, and with nonsense."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from messages_api import MessagesApi
from run_project import MODEL, NO_CONSOLE, Command


@pytest.fixture
def ran(harness: Command, model_server: MessagesApi) -> Callable[..., str]:
    """Run the small suite with two trials; return the folder of the run."""

    def run(*more: str) -> str:
        suite = "datasets/tester/compliance.yaml"
        return str(harness("run", suite, *MODEL, "--no-routing", "--trials", "2", *more, "--json").folder)

    return run


def test_without_a_pilot_the_assumptions_answer(harness: Command) -> None:
    """Five points at a rate of .9, one-sided .05, power .8."""
    found = harness("power", "--cases", "100", "--json").document["aggregate"]["by_trials"]
    assert [one["cases_needed"] for one in found] == [278, 152, 127]


def test_the_unpaired_number_stands_beside_it(harness: Command) -> None:
    """So that one sees what pairing saves."""
    assert harness("power", "--json").document["aggregate"]["unpaired_cases_needed"] == 538


def test_a_stored_run_is_a_pilot(ran: Callable[..., str], harness: Command) -> None:
    """Its rules with their cases: two decide the rule against the console."""
    rules = {one["rule"]: one for one in harness("power", ran(), "--json").document["rules"]}
    assert (rules[NO_CONSOLE]["cases"] > 0, rules[NO_CONSOLE]["rate"] is not None) == (True, True)


def test_two_variants_of_a_run_are_both_sides(ran: Callable[..., str], harness: Command) -> None:
    """They are taken unasked."""
    assert len(harness("power", ran("--variant", "shorter.md"), "--json").document["pilot"]) == 2


def test_the_table_says_what_was_assumed(ran: Callable[..., str], harness: Command) -> None:
    """Nobody takes an assumption for a measurement."""
    assert "assumed" in harness("power", ran()).out


def test_rules_with_too_few_cases_are_told(ran: Callable[..., str], harness: Command) -> None:
    """Three cases show nothing, however often they are asked."""
    assert "too few cases" in harness("power", ran()).out


def test_the_table_fits_80_columns(
    ran: Callable[..., str], harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures are not folded."""
    folder = ran()
    monkeypatch.setenv("COLUMNS", "80")
    rows = [line for line in harness("power", folder).out.splitlines() if "all rules" in line]
    assert all(len(line) <= 80 and "/" in line for line in rows[:1])


def test_a_suite_that_nobody_has_run_is_counted(harness: Command, small_project: Path) -> None:
    """Two cases name the rule against the console; what they show is assumed, and said."""
    document = harness("power", "--suite", "datasets/tester/compliance.yaml", "--json").document
    rules = {one["rule"]: one["cases"] for one in document["rules"]}
    assert (document["aggregate"]["cases"], rules[NO_CONSOLE]) == (3, 2)
    assert "assumed" in document["notes"][0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a", "--suite", "datasets"), "has cases of its own"),
        (("nowhere",), "nowhere"),
        (("a", "b", "c"), "at most two runs"),
        (("a", "--rate", "0.8"), "has rates of its own"),
    ],
)
def test_nonsense_is_one_line(
    harness: Command, small_project: Path, arguments: tuple[str, ...], said: str
) -> None:
    """Where, what, what to do; exit code 2."""
    told = harness("power", *arguments)
    assert (told.code, said in told.err, "Traceback" in told.err) == (2, True, False)


def test_an_impossible_drop_is_refused(harness: Command) -> None:
    """A drop is a share."""
    assert harness("power", "--drop", "7").code == 2
