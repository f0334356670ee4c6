"""A model takes the cores that are free, never none."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.providers import cores


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with four cores, no quota, and a load file of our own."""
    monkeypatch.setattr(cores, "LOAD", tmp_path / "loadavg")
    monkeypatch.setattr(cores, "CPU_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2, 3})
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return tmp_path


@pytest.mark.parametrize(("running", "free"), [(1, 4), (3, 2), (4, 1), (9, 1)])
def test_running_processes_take_their_cores(machine: Path, running: int, free: int) -> None:
    """Each running process but this one takes a core; one always stays."""
    (machine / "loadavg").write_text(f"0.10 0.20 0.30 {running}/200 4242\n")
    assert cores.free_cores() == free


def test_without_a_load_file_all_allowed_cores_are_taken(machine: Path) -> None:
    """Other systems have no such file."""
    assert cores.free_cores() == 4


@pytest.mark.parametrize(
    ("quota", "allowed"),
    [
        ("max 100000", 4),
        ("150000 100000", 1),
        ("50000 100000", 1),
        ("200000 100000", 2),
        ("900000 100000", 4),
    ],
)
def test_a_quota_bounds_the_cores(machine: Path, quota: str, allowed: int) -> None:
    """A container with two cores' worth of time on four cores has two; a quota never adds cores."""
    (machine / "cpu.max").write_text(f"{quota}\n")
    assert cores.allowed_cores() == allowed
