"""Sets of states: what may be settled about a request at one point of the code."""

from __future__ import annotations

from collections.abc import Iterable

from harness.checks.access.kinds import State, States

__all__ = ["NEVER", "START", "having", "joined", "marked", "with_facts"]

_MAX_STATES = 48
NEVER: States = frozenset()
START: States = frozenset({frozenset[object]()})


def joined(*sets: Iterable[State]) -> States:
    """Join what may be the case after several ways; beyond a bound, only what they have in common stays."""
    together = frozenset(state for one in sets for state in one)
    if len(together) <= _MAX_STATES:
        return together
    return frozenset({frozenset.intersection(*together)})


def with_facts(states: States, facts: Iterable[object]) -> States:
    """Return the states after something has been settled in all of them."""
    added = frozenset(facts)
    return frozenset(state | added for state in states) if added else states


def marked(states: States, variable: object, value: bool) -> States:
    """Return the states with a variable known to be true or false."""
    gone = (variable, not value)
    return frozenset((state - {gone}) | {(variable, value)} for state in states)


def having(states: States, fact: object) -> States:
    """Return the states in which something is settled."""
    return frozenset(state for state in states if fact in state)
