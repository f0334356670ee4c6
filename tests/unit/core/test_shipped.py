"""Files that ship with the package are read once."""

from __future__ import annotations

from pathlib import Path

from harness.core.shipped import shipped_yaml


def test_a_file_is_read_as_the_data_it_holds(tmp_path: Path) -> None:
    """Mappings, lists and words."""
    path = tmp_path / "table.yaml"
    path.write_text("calls: [query, execute]\n", encoding="utf-8")
    assert shipped_yaml(path) == {"calls": ["query", "execute"]}


def test_a_file_is_read_once(tmp_path: Path) -> None:
    """What ships does not change while the program runs."""
    path = tmp_path / "table.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    assert shipped_yaml(path) is shipped_yaml(path)
