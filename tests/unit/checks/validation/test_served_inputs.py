"""What endpoints in Python and PHP validate is decided as the words of the rule decide it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.checks.base import Exchange
from harness.checks.validation.boundary_and_constraints import BoundaryAndConstraints
from harness.response.parse import parse_response

PROGRAMS = yaml.safe_load(Path(__file__).with_name("served.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("program", PROGRAMS, ids=[one["title"] for one in PROGRAMS])
def test_a_program_is_decided(program: dict[str, str]) -> None:
    """The outcome is the labelled one."""
    decision = BoundaryAndConstraints().decide(Exchange((), (), parse_response(program["response"])))
    assert decision.outcome.value == program["boundary"], decision.reason
