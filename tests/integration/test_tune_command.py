"""``harness tune`` on a project whose model obeys by the lines of its prompt, and by chance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from messages_api import MessagesApi
from obedient import AGENT, HELPFUL, Obedient, dataset
from run_project import Command

TUNE = (
    *("tune", "agents/tester.md", "datasets/tester/compliance.yaml"),
    *("--model", "anthropic:m", "--reflection", "anthropic:r", "--rounds", "3"),
)


@pytest.fixture
def project(small_project: Path) -> Path:
    (small_project / "agents/tester.md").write_text(AGENT, encoding="utf-8")
    (small_project / "datasets/tester/compliance.yaml").write_text(dataset(40), encoding="utf-8")
    (small_project / "datasets/routing.yaml").unlink()
    return small_project


@pytest.fixture
def script(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Obedient]:
    script = Obedient()
    with MessagesApi(script) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield script


@pytest.fixture
def document(script: Obedient, harness: Command) -> dict[str, Any]:
    return harness(*TUNE, "--json").document


def test_a_planted_improvement_is_found_and_shown(document: dict[str, Any]) -> None:
    assert (document["claim"], f"+{HELPFUL}" in document["diff"]) == ("improvement shown", True)
