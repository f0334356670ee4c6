"""``harness tune`` with the embedded model, from the cases to the report: nothing is claimed."""

from __future__ import annotations

from pathlib import Path

import pytest
from obedient import dataset
from run_project import Command

pytestmark = pytest.mark.embedded

SHORT = "---\nname: tester\ndescription: d\n---\nYou write services.\n\n## Rules\n- NEVER use console.log\n"


def test_the_embedded_model_shows_no_improvement_and_says_so(small_project: Path, harness: Command) -> None:
    (small_project / "agents/tester.md").write_text(SHORT, encoding="utf-8")
    (small_project / "datasets/tester/compliance.yaml").write_text(
        dataset(3).replace(", config/no-hardcoded-values", ""), encoding="utf-8"
    )
    few = ("--rounds", "1", "--batch", "1", "--trials", "1", "--max-tokens", "16", "--max-growth", "0.5")
    ran = harness(
        *("tune", "agents/tester.md", "datasets/tester/compliance.yaml", "--model", "local:smollm2", *few)
    )
    assert (ran.code, "no improvement shown" in ran.out) == (0, True)
