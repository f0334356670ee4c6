"""Small programs in the styles of many drivers and mappers are decided as they are labelled."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.core.types import Outcome

BENCHMARK = Path(__file__).parents[4] / "benchmarks" / "injection.py"


def loaded() -> Any:
    """Load the benchmark, which reads the programs."""
    spec = importlib.util.spec_from_file_location("injection_benchmark", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


CORPUS = loaded()
# The held-back part is for final figures only.
PROGRAMS = [one for name in CORPUS.SUFFIXES for one in CORPUS.programs(name) if not one.held_back]


@pytest.mark.parametrize("one", PROGRAMS, ids=[f"{one.language}: {one.title}" for one in PROGRAMS])
def test_a_program_is_decided_as_labelled(one: Any) -> None:
    """It fails when its label says so, with findings on the marked lines and on no others."""
    decision = CORPUS.decide(one)
    found = {finding.line for finding in decision.findings}
    assert (decision.outcome is Outcome.FAIL, found) == (one.fails, set(one.lines)), decision.reason
