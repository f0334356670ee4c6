"""Data that ships with the package, beside the code that uses it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from harness.core.yaml_events import LOADER

__all__ = ["shipped_yaml"]


@cache
def shipped_yaml(path: Path) -> Any:
    """Return what a YAML file of the package holds, read once; nobody may change it."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - the safe loader
