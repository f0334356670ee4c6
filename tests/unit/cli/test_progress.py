"""Progress is drawn where somebody watches, and nowhere else."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from harness.cli.progress import TerminalWatcher, counting, watching
from harness.run.progress import Counts


def watched(*, terminal: bool) -> tuple[io.StringIO, Console]:
    stream = io.StringIO()
    return stream, Console(file=stream, force_terminal=terminal, width=100, legacy_windows=False)


@pytest.mark.parametrize("terminal", [True, False])
def test_calls_are_drawn_on_a_terminal_only(*, terminal: bool) -> None:
    """With what is done, what there is to do, and the time left."""
    stream, console = watched(terminal=terminal)
    with watching("Asking", console, 10) as update:
        update(Counts(total=10, reused=3, answered=1, failed=1, stopping=True))
    shown = stream.getvalue()
    if terminal:
        assert "Asking (3 stored, 1 failed, finishing the calls in flight)" in shown
        assert "5/10" in shown
        assert "-:--:--" in shown
    else:
        assert shown == ""


def test_decisions_are_not_drawn_where_nobody_watches() -> None:
    stream, console = watched(terminal=False)
    with counting("Deciding", 3, console) as update:
        update(3)
    assert stream.getvalue() == ""


def test_what_is_said_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Names of models and files are the user's, or somebody else's."""
    TerminalWatcher().say("1 answer wanted from \x1b[31m:m")
    assert capsys.readouterr().err == "1 answer wanted from \\x1b[31m:m\n"


@pytest.mark.parametrize("fetched", [True, False])
def test_a_download_is_drawn_only_when_there_is_one(*, fetched: bool) -> None:
    """Not even an empty line is left where the weights are there already."""
    stream, console = watched(terminal=True)
    watcher = TerminalWatcher()
    watcher.console = console
    with watcher.fetching() as update:
        if fetched:
            update(1_000, 5_000)
            update(2_000, 5_000)
    assert ("Fetching the model's weights" in stream.getvalue(), bool(stream.getvalue())) == (
        fetched,
        fetched,
    )
