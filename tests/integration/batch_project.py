"""The small project asked in batches: its configuration, its command, and the server's fixture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches_api import BatchesApi
from run_project import MODEL, answer

BATCH = ("run", *MODEL, "--no-routing", "--json", "--batch")
QUESTIONS = 4
CONFIG = """[run]
retries = 2
[batch]
first_poll_s = 0.05
longest_poll_s = 0.1
[prices."anthropic:m"]
input = 1000.0
output = 1000.0
batch_discount = 0.5
"""


def configure(folder: Path, section: str = "batch", **values: Any) -> None:
    """Write the project's configuration with more lines in one section."""
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    text = CONFIG.replace(f"[{section}]\n", f"[{section}]\n{lines}")
    (folder / "harness.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def batch_server(small_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchesApi]:
    """The server of batches that the small project asks."""
    configure(small_project)
    with BatchesApi(answer) as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield running
