"""The project's own datasets load strictly: every reference means something."""

from __future__ import annotations

from pathlib import Path

from harness.checks.registry import all_checks
from harness.core.types import CaseKind
from harness.suite.catalogue import AgentFolder
from harness.suite.load import load_suite

ROOT = Path(__file__).parents[2]


def test_all_datasets_and_golden_responses_of_the_project_load_strictly() -> None:
    """As many as the project promises: 60 compliance cases, 150 routing cases, 40 golden responses."""
    datasets = ROOT / "datasets"
    golden = sorted(path for path in datasets.glob("*/golden") if path.is_dir())
    suite = load_suite([datasets, *golden], AgentFolder(ROOT / "agents", all_checks()))
    assert len(suite.of_kind(CaseKind.COMPLIANCE)) >= 60
    assert len(suite.of_kind(CaseKind.ROUTING)) >= 150
    assert len(suite.golden) >= 40
