"""``harness rules`` names rules that contradict each other by their words."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_project import Command

AGENT = """---
name: tester
description: Use this agent for services.
---
## Rules
- ALWAYS keep your answers short
- NEVER use console.log
- MUST explain every step
"""


@pytest.fixture
def project(small_project: Path) -> Path:
    (small_project / "agents/tester.md").write_text(AGENT, encoding="utf-8")
    return small_project


def test_the_pair_is_in_the_document(project: Path, harness: Command) -> None:
    (pair,) = harness("rules", "tester", "--json").document["conflicts"]
    assert (pair["kind"], pair["about"], pair["first_words"]) == (
        "question",
        "how long answers are",
        "keep your answers short",
    )


def test_the_lines_are_named_at_the_terminal(project: Path, harness: Command) -> None:
    said = " ".join(harness("rules", "tester").out.split())
    assert "lines 6 and 8 contradict each other (how long answers are)" in said
