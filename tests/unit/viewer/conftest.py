"""A project to look at, and a visitor who has the link."""

from __future__ import annotations

from pathlib import Path

import pytest
from viewer_example import Visitor, write_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def visitor(project: Path) -> Visitor:
    return Visitor()
