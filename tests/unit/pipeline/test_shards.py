"""Shards: every case in exactly one, what belongs together stays together, whatever the order."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.types import Case, CaseKind, Message, Role
from harness.pipeline.shards import Selection, Shard, sharded


def case(name: str, cluster: str = "", question: str = "") -> Case:
    messages = (Message(Role.USER, question or name),)
    return Case(name, CaseKind.COMPLIANCE, "a", messages, (), (), (), "", (), cluster, "", "")


def selection(cases: list[Case], routing: list[Case] | None = None) -> Selection:
    return Selection(tuple(cases), tuple(routing or ()), ())


def parts(whole: Selection, count: int) -> list[Selection]:
    return [sharded(whole, Shard(index, count)) for index in range(1, count + 1)]


CASES = st.lists(st.tuples(st.sampled_from("abcd "), st.integers(0, 30)), min_size=4, max_size=40)


@settings(deadline=None)
@given(CASES, st.integers(1, 4), st.randoms(use_true_random=False))
def test_every_case_is_in_one_shard_whatever_the_order(
    told: list[tuple[str, int]], count: int, chance: random.Random
) -> None:
    """Files are read in another order on another machine."""
    cases = [
        case(f"c{place}", cluster.strip(), f"q{question}") for place, (cluster, question) in enumerate(told)
    ]
    cases += [case(f"alone{place}") for place in range(4)]  # there are at least as many groups as shards
    shuffled = chance.sample(cases, len(cases))
    found = [{one.id for one in part.compliance} for part in parts(selection(cases), count)]
    again = [{one.id for one in part.compliance} for part in parts(selection(shuffled), count)]
    everything = sorted(name for part in found for name in part)
    assert (found, everything) == (again, sorted(one.id for one in cases))


def test_paraphrases_stay_together() -> None:
    """They count as one in statistics."""
    cases = [case(f"c{number}", cluster=f"k{number % 4}") for number in range(16)]
    for part in parts(selection(cases), 3):
        clusters = {one.cluster for one in part.compliance}
        assert len(part.compliance) == 4 * len(clusters)


def test_a_question_is_asked_by_one_shard() -> None:
    """Two would pay for it twice, and might get two answers."""
    cases = [case(f"c{number}", question="the same") for number in range(3)]
    found = [len(part.compliance) for part in parts(selection([*cases, case("other")]), 2)]
    assert sorted(found) == [1, 3]


def test_kinds_with_one_question_stay_together() -> None:
    """The routing case of a dialogue is with its compliance case."""
    whole = selection([case("d"), case("e")], [case("d"), case("e")])
    assert all(
        [one.id for one in part.compliance] == [one.id for one in part.routing] for part in parts(whole, 2)
    )


def test_shards_are_of_one_size() -> None:
    """No machine waits for another that got most."""
    sizes = [
        len(part.compliance) for part in parts(selection([case(f"c{number}") for number in range(100)]), 7)
    ]
    assert max(sizes) - min(sizes) <= 1


def test_cases_keep_their_order() -> None:
    """A run asks in the order of its files."""
    whole = selection([case(f"c{number}") for number in range(20)])
    (first, _) = parts(whole, 2)
    assert list(first.compliance) == [one for one in whole.compliance if one in first.compliance]
