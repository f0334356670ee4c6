"""Programs of other frameworks than Express are decided as the words of the rules decide them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.checks.access.authenticated_and_rate_limited import AuthenticatedAndRateLimited
from harness.checks.access.rbac import RoleBasedAccess
from harness.checks.base import Check, Exchange
from harness.response.parse import parse_response

PROGRAMS = [
    program
    for name in ("served.yaml", "aliased.yaml")
    for program in yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("check", [RoleBasedAccess(), AuthenticatedAndRateLimited()], ids=lambda one: one.id)
@pytest.mark.parametrize("program", PROGRAMS, ids=[one["title"] for one in PROGRAMS])
def test_a_program_of_another_framework_is_decided(check: Check, program: dict[str, str]) -> None:
    """The outcome is the labelled one."""
    decision = check.decide(Exchange((), (), parse_response(program["response"])))
    assert decision.outcome.value == program[check.id.partition("/")[2]], decision.reason
