"""Cases are divided by cluster, whatever their order, and no part stays empty."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import ConfigurationError, InputError
from harness.core.types import Case, CaseKind, Message, Role
from harness.suite.cases import sealed
from harness.tune.split import Split, split_cases

SHARES = (0.3, 0.3, 0.4)


def case(name: str, cluster: str = "") -> Case:
    asked = (Message(Role.USER, name),)
    return sealed(Case(name, CaseKind.COMPLIANCE, "a", asked, (), (), (), "", (), cluster, "here", ""))


def cases(number: int) -> list[Case]:
    return [case(f"c{n}") for n in range(number)]


def names(split: Split) -> list[set[str]]:
    return [{one.id for one in part} for part in (split.training, split.validation, split.test)]


def test_the_shares_are_kept() -> None:
    assert [len(part) for part in names(split_cases(cases(100), SHARES, 0))] == [30, 30, 40]


@given(st.lists(st.sampled_from("abcdefgh"), min_size=3, max_size=30), st.integers(0, 50))
def test_a_cluster_is_never_divided(clusters: list[str], seed: int) -> None:
    given_cases = [case(f"c{n}", cluster) for n, cluster in enumerate(clusters)]
    if len(set(clusters)) < 3:
        with pytest.raises(InputError):
            split_cases(given_cases, SHARES, seed)
        return
    split = split_cases(given_cases, SHARES, seed)
    found = [{one.cluster for one in part} for part in (split.training, split.validation, split.test)]
    assert sum(len(one) for one in found) == len(set(clusters))


@given(st.integers(3, 40), st.integers(0, 20))
def test_every_case_is_in_one_part(number: int, seed: int) -> None:
    split = split_cases(cases(number), SHARES, seed)
    assert sorted(one for part in names(split) for one in part) == sorted(one.id for one in cases(number))


def test_the_order_of_the_suite_does_not_matter() -> None:
    assert names(split_cases(cases(20), SHARES, 3)) == names(split_cases(cases(20)[::-1], SHARES, 3))


def test_another_seed_is_another_split() -> None:
    assert names(split_cases(cases(20), SHARES, 3)) != names(split_cases(cases(20), SHARES, 4))


def test_four_cases_of_the_test_part_can_show_nothing() -> None:
    assert not split_cases(cases(10), SHARES, 0).can_show(0.05)


def test_five_can() -> None:
    assert split_cases(cases(13), SHARES, 0).can_show(0.05)


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (0.5, 0.5, 0.0), (1.5, -1.0, 0.5)])
def test_what_is_no_share_is_refused(shares: tuple[float, float, float]) -> None:
    with pytest.raises(ConfigurationError):
        split_cases(cases(9), shares, 0)
