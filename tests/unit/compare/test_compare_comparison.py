"""What a comparison concludes, and from what."""

from __future__ import annotations

import pytest

from harness.compare.cells import Evasion
from harness.compare.comparison import compare
from harness.compare.model import Comparison, Direction
from harness.compare.pairing import side_of
from harness.core.errors import InputError

from .decided_runs import grid, rule, run

Cells = dict[tuple[str, str], str]


def compared(before: Cells, after: Cells, **more: object) -> Comparison:
    """Compare two runs given as tables."""
    first, second = run("before", before, **more), run("after", after, **more)  # type: ignore[arg-type]
    return compare(side_of(first), side_of(second))


def test_a_clear_drop_is_a_regression() -> None:
    """Thirty cases that all passed, all fail."""
    assert compared(grid("ppp", 30), grid("fff", 30)).decision is Direction.REGRESSED


def test_a_clear_rise_is_an_improvement() -> None:
    """Thirty cases that all failed, all pass."""
    assert compared(grid("fff", 30), grid("ppp", 30)).decision is Direction.IMPROVED


def test_few_cases_are_inconclusive() -> None:
    """One of three cases failed: that may be chance."""
    after = {**grid("p", 3), ("c0", "one"): "f"}
    assert compared(grid("p", 3), after).decision is Direction.INCONCLUSIVE


def test_an_inconclusive_comparison_says_what_it_could_have_missed() -> None:
    """The smallest drop that such data show stands among the reasons."""
    after = {**grid("p", 3), ("c0", "one"): "f"}
    assert "could hide in these data" in compared(grid("p", 3), after).reasons[0]


def test_many_cases_that_stay_are_the_same() -> None:
    """With 200 cases and no change, a change of two points is excluded."""
    assert compared(grid("p", 200), grid("p", 200)).decision is Direction.SAME


def test_one_rule_among_many_is_found() -> None:
    """Nine rules stay, one is broken: the aggregate moves little, the rule is named."""
    rules = [f"r{number}" for number in range(10)]
    after = grid("ppp", 30, rules=rules) | {(f"c{number}", "r4"): "fpf" for number in range(30)}
    result = compared(grid("ppp", 30, rules=rules), after)
    assert [one.rule.id for one in result.rules if one.decision is Direction.REGRESSED] == ["r4"]


def test_a_regressed_rule_is_told_with_its_line() -> None:
    """So that the author finds the edit that did it."""
    first = run("before", grid("ppp", 30), rules=[rule("one", line=64)])
    second = run("after", grid("fff", 30), rules=[rule("one", line=64)])
    assert "stands in line 64" in compare(side_of(first), side_of(second)).reasons[1]


def test_a_prompt_that_writes_no_code_has_not_improved() -> None:
    """Passes on answers that hold nothing to violate are no gain."""
    result = compared(grid("fpf", 40), grid("vvv", 40))
    assert result.decision is Direction.INCONCLUSIVE


def test_what_rose_is_named() -> None:
    """Undecided verdicts took the place of decided ones."""
    before = grid("p", 60, rules=("one", "two"))
    after = before | {(f"c{number}", "two"): "u" for number in range(40)}
    assert [one.kind for one in compared(before, after).evasions if one.rose] == [Evasion.UNDECIDED]


def test_missing_answers_are_not_fails() -> None:
    """A trial without an answer leaves the rate alone."""
    assert compared(grid("pp", 20), grid("p-", 20)).aggregate.after == pytest.approx(1.0)


def test_missing_answers_are_counted_per_rule() -> None:
    """Beside the rate of the rule."""
    (change,) = compared(grid("pp", 20), grid("p-", 20)).rules
    assert change.evasions_after[Evasion.MISSING] == 20


def test_paraphrases_count_once() -> None:
    """Sixteen cases in two clusters are two pieces of evidence."""
    clusters = {f"c{number}": f"k{number % 2}" for number in range(16)}
    result = compared(grid("ppp", 16), grid("fff", 16), clusters=clusters)
    assert (result.aggregate.difference.clusters, result.decision) == (2, Direction.INCONCLUSIVE)


def test_every_case_weighs_the_same() -> None:
    """A case with ten rules counts as much as one with a single rule."""
    rules = [f"r{number}" for number in range(10)]
    before = grid("p", 1, rules=rules) | {("other", "r0"): "p"}
    after = grid("p", 1, rules=rules) | {("other", "r0"): "f"}
    assert compared(before, after).aggregate.after == pytest.approx(0.5)


def test_flips_come_with_the_evidence_of_both_sides() -> None:
    """The earlier pass and the later fail, with its line."""
    after = {**grid("ppp", 5), ("c3", "one"): "pff"}
    (flip,) = compared(grid("ppp", 5), after).flips
    assert (flip.verdict_before.decision.reason, flip.verdict_after.decision.findings[0].line) == (
        "one in before",
        3,
    )


def test_the_greatest_drop_comes_first() -> None:
    """What a reader looks for."""
    after = {**grid("ppp", 5), ("c3", "one"): "pff", ("c1", "one"): "fff"}
    assert [flip.case.id for flip in compared(grid("ppp", 5), after).flips] == ["c1", "c3"]


def test_tags_are_shown_apart() -> None:
    """Where the drop sits."""
    tags = {"c0": ("node",), "c1": ("django",)}
    result = compared(grid("p", 2), {**grid("p", 2), ("c1", "one"): "f"}, tags=tags)
    assert [(tag.tag, tag.change.difference.delta) for tag in result.tags] == [
        ("django", -1.0),
        ("node", 0.0),
    ]


def test_the_mirror_image_is_the_opposite() -> None:
    """Comparing B with A turns the difference round."""
    one, other = grid("ppf", 20), grid("pff", 20)
    forth, back = compared(one, other), compared(other, one)
    assert forth.aggregate.difference.delta == pytest.approx(-float(back.aggregate.difference.delta))  # type: ignore[arg-type]


def test_an_empty_comparison_is_an_error() -> None:
    """No rule is decided on either side: there is nothing to say."""
    with pytest.raises(InputError, match="decide no rule for any case"):
        compared(grid("u", 3), grid("n", 3))


def test_a_side_that_decides_nothing_is_told_as_that() -> None:
    """It is no better, and the data are no mistake of the user's."""
    comparison = compared(grid("p", 30), grid("n", 30))
    told = "30 cases were decided before, 0 are now" in comparison.reasons[0]
    assert (comparison.decision, told, len(comparison.reasons)) == (Direction.INCONCLUSIVE, True, 2)


@pytest.mark.parametrize("before", ["fff", "fpf"])
def test_a_prompt_that_evades_in_few_cases_has_not_improved(before: str) -> None:
    """Six cases are too few to show that evasion rose, and enough for a rate that looks better."""
    assert compared(grid(before, 6), grid("vvv", 6)).decision is Direction.INCONCLUSIVE


def test_answers_that_are_cut_off_where_they_failed_are_no_improvement() -> None:
    """Of three trials only the one that passed is left."""
    assert compared(grid("pff", 6), grid("puu", 6)).decision is Direction.INCONCLUSIVE


def test_a_rule_that_is_only_evaded_has_not_improved() -> None:
    """Neither all rules together nor the rule itself."""
    (change,) = compared(grid("fff", 40), grid("vvv", 40)).rules
    assert change.decision is Direction.INCONCLUSIVE


def test_sides_with_other_numbers_of_trials_are_compared_on_the_common_ones() -> None:
    """Single trials that passed, against ten trials of which one fails now and then, are no regression."""
    result = compared(grid("p", 30), grid("ppppppfppp", 30))
    assert (result.decision, result.aggregate.difference.delta) == (Direction.INCONCLUSIVE, 0.0)


def test_other_numbers_of_trials_are_told() -> None:
    """So that nobody wonders where the rest is."""
    said = compared(grid("p", 3), grid("ppp", 3)).caveats
    assert "trials: 1 before, 3 after; the first is compared" in said


@pytest.mark.parametrize(
    ("differs", "said"),
    [
        ({"model": "anthropic:other"}, "the model differs too: anthropic:m before, anthropic:other after"),
        ({"models_served": ("m-2",)}, "the server names another model: m before, m-2 after"),
        ({"max_tokens": 300}, "answers might be longer on one side: 2,048 tokens before, 300 after"),
        ({"created": "2026-08-09T10:00:00+00:00"}, "asked on 2026-08-01 and on 2026-08-09"),
    ],
    ids=["asked", "served", "length", "date"],
)
def test_what_differs_beside_the_prompt_is_told(differs: dict[str, object], said: str) -> None:
    """Whatever changed, it was not the prompt alone."""
    second = run("b", grid("p", 3)).model_copy(update=differs)
    (caveat,) = compare(side_of(run("a", grid("p", 3))), side_of(second)).caveats
    assert caveat.startswith(said)
