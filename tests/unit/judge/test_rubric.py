"""Rubrics: complete, and found for the rules they are about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judge_doubles import binding

from harness.checks.registry import all_checks
from harness.core.types import Outcome, Polarity
from harness.judge.rubric import GENERIC, Rubric, rubric_for, shipped_rubrics

RUBRICS = shipped_rubrics()


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: rubric.id)
def test_the_check_of_a_rubric_exists(rubric: Rubric) -> None:
    assert not rubric.check or rubric.check in all_checks()


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: rubric.id)
def test_examples_show_both_sides_of_the_border(rubric: Rubric) -> None:
    assert len({example.verdict for example in rubric.examples}) > 1


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: rubric.id)
def test_examples_give_offered_verdicts(rubric: Rubric) -> None:
    assert {example.verdict for example in rubric.examples} <= set(rubric.offers)


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: rubric.id)
def test_a_wording_of_a_rubric_finds_it(rubric: Rubric) -> None:
    bound = replace(binding(rubric.phrases[0]), check=rubric.check)
    assert rubric_for(bound).id == rubric.id


def test_response_time_is_never_passed() -> None:
    (rubric,) = (one for one in RUBRICS if one.id == "response-time")
    assert Outcome.PASS not in rubric.offers


@pytest.mark.parametrize("polarity", list(Polarity))
def test_a_rule_that_no_rubric_is_about_gets_the_generic_one(polarity: Polarity) -> None:
    assert rubric_for(binding("Greet the user in Latin", polarity=polarity)).id == GENERIC


def test_another_wording_of_the_rule_is_another_rubric() -> None:
    rubric = RUBRICS[0]
    assert rubric.sha_for(binding("Explain it")) != rubric.sha_for(binding("Explain it well"))


def test_the_remark_of_the_owner_is_part_of_the_rubric() -> None:
    rubric = RUBRICS[0]
    assert rubric.sha_for(binding()) != rubric.sha_for(binding(rubric="Names an alternative."))


def test_another_heading_is_another_rubric() -> None:
    """The heading is shown to the judge."""
    rubric, bound = RUBRICS[0], binding()
    moved = replace(bound, rule=replace(bound.rule, section="Another heading"))
    assert rubric.sha_for(bound) != rubric.sha_for(moved)


def test_a_rule_that_none_of_several_rubrics_of_its_check_is_like_gets_the_generic_one() -> None:
    assert rubric_for(replace(binding("Quokkas wave"), check="errors/handled")).id == GENERIC
