"""A whole experiment with the real embedded model on next to no budget says that nothing can be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from run_project import finish, start, write_project

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def experimented(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("embedded")
    write_project(folder)
    (folder / "tone.md.j2").write_text("{{ base }}\nBe {{ tone }}.\n", encoding="utf-8")
    asked = ("--variant", "tone.md.j2", "--param", "tone=brief,kind", "--limit", "2", "--max-tokens", "24")
    dataset = "datasets/tester/compliance.yaml"
    ran = finish(
        start(folder, "experiment", "agents/tester.md", dataset, "--model", "local:smollm2", *asked, "--json")
    )
    assert ran.code == 0, ran.err
    return folder, ran.document


def test_it_says_that_nothing_can_be_told(experimented: tuple[Path, dict[str, Any]]) -> None:
    assert experimented[1]["conclusion"][0].startswith("Nothing can be told: with 4 arms")


def test_it_calls_nothing_best(experimented: tuple[Path, dict[str, Any]]) -> None:
    assert experimented[1]["best_set"] == []


def test_it_claims_nothing_of_any_variant(experimented: tuple[Path, dict[str, Any]]) -> None:
    standings = {one["standing"] for one in experimented[1]["variants"]}
    assert standings == {"base", "cannot tell"}


def test_the_page_says_it_too(experimented: tuple[Path, dict[str, Any]]) -> None:
    folder, document = experimented
    assert "Nothing can be told" in (folder / document["run"] / "experiment.html").read_text(encoding="utf-8")
