"""Binding does not fall below what was measured, on wordings that are no phrases of any check."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "binding.py"


@cache
def benchmark() -> ModuleType:
    """Return the benchmark, which is a script and no part of a package."""
    spec = importlib.util.spec_from_file_location("binding_benchmark", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def mean(rate: str, *, held_back: bool) -> float:
    judged = benchmark().judge(list(benchmark().wordings()))
    part = [item for item in judged if item.labelled.held_back is held_back]
    return float(benchmark().figures(part)[rate]["mean"])


@pytest.mark.parametrize("held_back", [False, True], ids=["development", "held-back"])
def test_hardly_a_binding_is_wrong(held_back: bool) -> None:
    """A false binding is a wrong verdict on every answer."""
    assert mean("precision", held_back=held_back) >= 0.95


@pytest.mark.parametrize(
    ("held_back", "least"), [(False, 0.75), (True, 0.60)], ids=["development", "held-back"]
)
def test_most_rules_are_found(held_back: bool, least: float) -> None:
    """A rule that is not bound costs a judge."""
    assert mean("recall", held_back=held_back) >= least


def test_parameters_are_those_of_the_words() -> None:
    """The library, the path of the logger."""
    assert mean("parameters", held_back=False) >= 0.9


def test_labels_are_checks_or_kinds_that_are_reserved() -> None:
    """A misspelt label would count as never found."""
    known = {*benchmark().all_checks(), *benchmark().reserved_phrases()}
    read = [*benchmark().wordings(), *benchmark().wordings("colloquial")]
    assert {name for item in read for name in item.checks} - known == set()


def test_hardly_a_binding_of_what_is_written_in_a_hurry_is_wrong() -> None:
    """Both parts: such rules are found less often, and no less surely."""
    figures = benchmark().figures(benchmark().judge(list(benchmark().wordings("colloquial"))))
    assert (figures["precision"]["mean"] >= 0.95, figures["recall"]["mean"] >= 0.6) == (True, True)
