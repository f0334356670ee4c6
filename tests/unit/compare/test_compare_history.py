"""Trials pooled over runs: what counts as a repetition, and what counts once."""

from __future__ import annotations

from collections.abc import Mapping

from harness.compare.history import CellHistory, History, PastRun, histories
from harness.report.flaky import advice, flaky_document
from harness.stats.flaky import Steadiness
from harness.stats.interval import NO_NUMBER

from .decided_runs import grid, run

ANSWERED: Mapping[tuple[str, str, int], str] = {}


def past(name: str, letters: str, *, day: int = 1, answers: str = "", **changes: object) -> PastRun:
    """Return a run of six cases; ``answers`` names its answers, runs with equal names share them."""
    cells = grid(letters, 6)
    changed = {"created": f"2026-08-{day:02}T10:00:00+00:00", "variants": (("base", "prompt"),), **changes}
    decided = run(name, cells).model_copy(update=changed)
    keys = {
        (case, "base", trial): f"{answers}/{case}/{trial}"
        for case, _ in cells
        for trial in range(1, len(letters) + 1)
        if answers
    }
    return PastRun(decided, keys)


def cell(history: History) -> CellHistory:
    return next(one for one in history.cells if one.case == "c0")


def test_trials_of_several_runs_add_up() -> None:
    """Two runs with answers of their own."""
    pooled = histories([past("a", "pf", answers="x"), past("b", "pp", day=2, answers="y")])[0]
    assert (cell(pooled).tally.passed, cell(pooled).tally.trials) == (3, 4)


def test_an_answer_out_of_the_store_counts_once() -> None:
    """The second run asked nothing new."""
    pooled = histories([past("a", "pf", answers="x"), past("b", "pf", day=2, answers="x")])[0]
    assert cell(pooled).tally.trials == 2


def test_another_prompt_is_another_pool() -> None:
    """A changed prompt is no luck."""
    other = past("b", "ff", day=2, variants=(("base", "edited"),))
    assert [one.pool.prompt for one in histories([past("a", "pp"), other])] == ["edited", "prompt"]


def test_another_model_is_another_pool() -> None:
    """Nor is another model."""
    assert len(histories([past("a", "pp"), past("b", "ff", day=2, model="anthropic:other")])) == 2


def test_an_edited_case_is_another_case() -> None:
    """What was asked before the edit is left out."""
    edited = past("b", "pp", day=2)
    case = edited.run.cases[0]
    edited = PastRun(
        edited.run.model_copy(
            update={"cases": tuple(type(case)(**{**_fields(one), "sha": "new"}) for one in edited.run.cases)}
        ),
        {},
    )
    assert cell(histories([past("a", "ff"), edited])[0]).tally.trials == 2


def _fields(case: object) -> dict[str, object]:
    return {name: getattr(case, name) for name in case.__slots__}  # type: ignore[attr-defined]


def test_later_runs_are_held_against_earlier_ones() -> None:
    """Ten of ten, then none of ten."""
    pooled = histories([past("a", "p" * 10), past("b", "f" * 10, day=2)])[0]
    drift = cell(pooled).drift
    assert (drift.passed_before, drift.failed_after, pooled.split) == (10, 10, "b")


def test_two_served_models_are_held_against_each_other() -> None:
    """The name is the same, the model is not: what a hosted alias does."""
    pooled = histories([past("a", "p" * 10), past("b", "f" * 10, models_served=("m2",))])[0]
    assert (pooled.models, cell(pooled).drift.q != NO_NUMBER) == (("m", "m2"), True)


def test_a_single_run_has_no_drift() -> None:
    """There is nothing to hold it against."""
    assert cell(histories([past("a", "pfpf")])[0]).drift.q is NO_NUMBER


def test_undecided_trials_are_no_trials() -> None:
    """Only pass and fail count."""
    assert cell(histories([past("a", "pun-")])[0]).tally.trials == 1


def test_the_flakiest_come_first() -> None:
    """A coin before what never fails."""
    decided = run("a", {("steady", "one"): "p" * 30, ("coin", "one"): "pf" * 15})
    assert [one.case for one in histories([PastRun(decided, {})])[0].cells] == ["coin", "steady"]


def test_too_few_trials_are_told_with_how_many_more() -> None:
    """Not a guess, a number."""
    few = cell(histories([past("a", "ppp")])[0])
    assert (few.tally.conclusion, advice(few)) == (Steadiness.UNKNOWN, "about 24 more trials would tell")


def test_the_document_counts_every_conclusion() -> None:
    """Zero included."""
    document = flaky_document(histories([past("a", "pf" * 5)]), [])
    assert document["histories"][0]["counts"] == {"flaky": 6, "fails": 0, "passes": 0, "unknown": 0}


def test_no_runs_have_no_history() -> None:
    """Nothing comes of nothing."""
    assert histories([]) == ()
