"""The table of well-known functions, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from harness.core.shipped import shipped_yaml

__all__ = ["effect_of_function", "effect_of_method"]

_FILE = Path(__file__).with_name("library.yaml")
_FAMILY = {"typescript": "javascript", "tsx": "javascript"}


@cache
def _table(kind: str, language: str) -> dict[str, str]:
    loaded = shipped_yaml(_FILE)
    found: dict[str, str] = {}
    for section in ("all", language):
        for effect, names in loaded[kind].get(section, {}).items():
            # What is listed first wins: `toString` is textual before it is passing.
            for name in names.split():
                if effect == "textual" or name not in found:
                    found[name] = effect
    return found


def effect_of_function(name: str, language: str) -> str:
    """Return what a function called by its plain name does, or empty."""
    return _table("functions", _FAMILY.get(language, language)).get(name, "")


def effect_of_method(name: str, language: str) -> str:
    """Return what a method does, or empty."""
    return _table("methods", _FAMILY.get(language, language)).get(name, "")
