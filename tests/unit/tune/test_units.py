"""What can be taken out of an agent file, and what is left."""

from __future__ import annotations

from collections import Counter
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agentfile.parse import parse_agent
from harness.core.types import Span
from harness.tune.units import UnitKind, agent_without, units_of, without

SOURCE = """\
---
name: a
description: |
  Use for endpoints.

  <example>
  user: "Build it"
  assistant: "Yes."
  </example>
---
You build.

## Never
- ❌ NEVER use console.log,
  not even once
- ❌ NEVER hardcode values

## Always
- ✅ ALWAYS write tests
"""
AGENT = parse_agent(SOURCE.encode(), "a.md")
UNITS = {unit.id: unit for unit in units_of(AGENT, SOURCE, set(UnitKind) - {UnitKind.CONTROL})}


def test_rules_sections_and_dialogues_are_units() -> None:
    counts = Counter(unit.kind for unit in UNITS.values())
    assert counts == {UnitKind.RULE: 3, UnitKind.SECTION: 2, UnitKind.DIALOGUE: 1}


@pytest.mark.parametrize("name", [name for name in UNITS if name.startswith("rule:")])
def test_without_a_rule_the_others_are_left(name: str) -> None:
    left = agent_without(AGENT, SOURCE, [UNITS[name].span])
    assert [rule.id for rule in left.rules] == [rule.id for rule in AGENT.rules if f"rule:{rule.id}" != name]


def test_a_rule_goes_with_all_of_its_lines() -> None:
    first = next(unit for unit in UNITS.values() if "console" in unit.title)
    assert "not even once" not in without(SOURCE, [first.span])


def test_nothing_else_changes() -> None:
    first = next(unit for unit in UNITS.values() if "console" in unit.title)
    kept = [line for line in SOURCE.split("\n") if "console" not in line and "not even" not in line]
    assert without(SOURCE, [first.span]).split("\n") == kept


def test_a_section_has_the_rules_below_it() -> None:
    section = next(unit for unit in UNITS.values() if unit.title == "Never")
    assert len(section.rules) == 2


def test_without_a_dialogue_the_description_is_left() -> None:
    left = agent_without(AGENT, SOURCE, [UNITS["dialogue:1"].span])
    assert (left.dialogues, left.description.strip(), len(left.rules)) == ((), "Use for endpoints.", 3)


def test_several_parts_can_go_together() -> None:
    spans = [unit.span for unit in UNITS.values() if unit.kind is UnitKind.RULE]
    assert agent_without(AGENT, SOURCE, spans).rules == ()


def test_every_part_says_what_it_costs() -> None:
    assert all(unit.tokens > 0 for unit in UNITS.values())


@given(st.text(alphabet="ab \n", max_size=60), st.data())
def test_what_is_left_is_what_stood_before_and_after(text: str, data: st.DataObject) -> None:
    lines = text.split("\n")
    line = data.draw(st.integers(1, len(lines)))
    end_line = data.draw(st.integers(line, len(lines)))
    column = data.draw(st.integers(1, len(lines[line - 1]) + 1))
    end_column = data.draw(st.integers(column if end_line == line else 1, len(lines[end_line - 1]) + 1))
    left = without(text, [Span(line, column, end_line, end_column)])
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, text, strict=False)))
    assert text.endswith(left[same:])
