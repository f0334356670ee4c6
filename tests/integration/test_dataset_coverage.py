"""The cases of this project put every rule of its agent to the test often enough to see a drop."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from harness.agentfile.parse import read_agent
from harness.checks.registry import all_checks
from harness.core.types import Case, CaseKind, Rule
from harness.suite.catalogue import AgentFolder
from harness.suite.coverage import cases_per_rule
from harness.suite.load import load_suite

PROJECT = Path(__file__).parents[2]
CASES = 160  # least number of compliance cases
PER_RULE = 25  # fewer see only the largest of drops


def compliance_cases() -> tuple[Case, ...]:
    folder = PROJECT / "datasets" / "backend-architect"
    files = sorted(folder.glob("compliance*.yaml"))
    suite = load_suite(files, AgentFolder(PROJECT / "agents", all_checks()))
    return tuple(case for case in suite.cases if case.kind is CaseKind.COMPLIANCE)


CASES_OF_PROJECT = cache(compliance_cases)
RULES = read_agent(PROJECT / "agents" / "backend-architect.md").rules


def test_there_are_enough_cases() -> None:
    """Statistics over fewer cases say little."""
    assert len(CASES_OF_PROJECT()) >= CASES


def test_every_rule_applies_in_enough_cases() -> None:
    """A rule that few cases exercise can get worse without anybody noticing."""
    counted = cases_per_rule(RULES, CASES_OF_PROJECT())
    assert {rule: count for rule, count in counted.items() if count < PER_RULE} == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_case_that_it_does_not_concern(rule: Rule) -> None:
    """Whether a check sees that a rule has nothing to say is measured, too."""
    spared = {reference for case in CASES_OF_PROJECT() for reference in case.not_applicable}
    assert rule.id in spared


def test_no_case_says_both() -> None:
    """A rule cannot apply and not apply to one question."""
    both = [
        (case.id, rule) for case in CASES_OF_PROJECT() for rule in case.applies if rule in case.not_applicable
    ]
    assert both == []
