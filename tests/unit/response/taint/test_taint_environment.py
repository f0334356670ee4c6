"""What is known of variables while branches fork and join."""

from __future__ import annotations

from harness.response.flow.taint.environment import Environment
from harness.response.flow.taint.values import UNSEEN, Hole, Kind, Value, constant, holes_of, opened

DIRTY = opened(Hole(Kind.REQUEST, "q"))


def unknown(_: Environment, __: str) -> Value:
    return UNSEEN


def test_a_fork_leaves_the_layer_below_alone() -> None:
    """What a branch assigns is known only there."""
    base = Environment()
    base.set("x", constant("a"))
    base.fork().set("x", DIRTY)
    assert base.get("x") is not DIRTY


def test_either_branch_may_have_happened() -> None:
    """After the join the hole of one branch is in the value."""
    base = Environment()
    one, other = base.fork(), base.fork()
    one.set("x", constant("a"))
    other.set("x", DIRTY)
    base.merge([one, other], unknown)
    found = base.get("x")
    assert found is not None
    assert [hole.label for hole in holes_of(found)] == ["q"]


def test_a_new_whole_hides_its_old_parts() -> None:
    """``x.a`` is forgotten when ``x`` is assigned."""
    base = Environment()
    base.refine("x\ta", DIRTY)
    layer = base.fork()
    layer.set("x", UNSEEN)
    assert layer.get("x\ta") is None


def test_layers_are_flattened_in_order() -> None:
    """The innermost assignment wins."""
    base = Environment()
    outer = base.fork()
    outer.set("x", constant("a"))
    inner = outer.fork()
    inner.set("x", DIRTY)
    assert inner.flattened(base).get("x") is DIRTY
