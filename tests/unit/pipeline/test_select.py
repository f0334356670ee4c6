"""Which cases a limit takes."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from harness.pipeline.select import spread

SIZES = st.integers(0, 300)


@given(SIZES, SIZES)
def test_a_limit_takes_so_many_in_their_order(size: int, limit: int) -> None:
    """None twice; 0 and more than there are mean all."""
    chosen = spread(range(size), limit)
    assert len(chosen) == (min(size, limit) if limit else size)
    assert list(chosen) == sorted(set(chosen))


@given(SIZES, SIZES, SIZES)
def test_a_larger_limit_keeps_what_a_smaller_one_took(size: int, one: int, other: int) -> None:
    small, large = sorted((one, other))
    if small:
        assert set(spread(range(size), small)) <= set(spread(range(size), large))


@given(st.integers(1, 300), SIZES)
def test_what_is_taken_is_spread(size: int, limit: int) -> None:
    """No gap is longer than four times an even one."""
    chosen = [*spread(range(size), limit), size]
    gaps = [after - before for before, after in itertools.pairwise(chosen)]
    assert max(gaps) <= 4 * -(-size // max(1, min(limit or size, size)))
