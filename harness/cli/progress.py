"""Progress on standard error: bars with the time left, silent where nobody watches."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from harness.core.escape import reveal
from harness.run.progress import Counts

__all__ = ["TerminalWatcher", "counting", "watching"]


class TerminalWatcher:
    """Draws the progress of a run."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False, markup=False, emoji=False)

    def say(self, message: str) -> None:
        """Print one line that stays."""
        self.console.print(Text(reveal(message), style="dim"), soft_wrap=True)

    @contextlib.contextmanager
    def fetching(self) -> Iterator[Callable[[int, int], None]]:
        """Draw a download; nothing shows unless something is fetched."""
        bar = _bar(self.console, DownloadColumn(), TransferSpeedColumn())
        task = bar.add_task("Fetching the model's weights", total=None)
        with contextlib.ExitStack() as drawn:

            def update(done: int, total: int) -> None:
                if not bar.live.is_started:
                    drawn.enter_context(bar)
                bar.update(task, completed=done, total=total or None)

            yield update

    @contextlib.contextmanager
    def sampling(self, calls: int) -> Iterator[Callable[[Counts], None]]:
        """Draw the calls to the model."""
        with watching("Asking the model", self.console, calls) as update:
            yield update

    @contextlib.contextmanager
    def deciding(self, answers: int) -> Iterator[Callable[[int], None]]:
        """Draw the decisions."""
        with counting("Deciding", answers, self.console) as update:
            yield update


@contextlib.contextmanager
def counting(what: str, total: int, console: Console | None = None) -> Iterator[Callable[[int], None]]:
    """Show how many of ``total`` are done while the block runs."""
    with _bar(console, MofNCompleteColumn()) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextlib.contextmanager
def watching(
    what: str, console: Console | None = None, total: int | None = None
) -> Iterator[Callable[[Counts], None]]:
    """Show where the calls to a model stand while the block runs."""
    with _bar(console, MofNCompleteColumn()) as bar:
        task = bar.add_task(what, total=total)

        def update(counts: Counts) -> None:
            notes = [f"{counts.reused} stored"] if counts.reused else []
            notes += [f"{counts.failed} failed"] if counts.failed else []
            notes += ["finishing the calls in flight"] if counts.stopping else []
            bar.update(
                task,
                total=counts.total,
                completed=counts.total - counts.waiting,
                description=f"{what} ({', '.join(notes)})" if notes else what,
            )

        yield update


def _bar(console: Console | None, *columns: ProgressColumn) -> Progress:
    console = console or Console(stderr=True)
    # Transient, and silent where nobody watches: what stays on the screen are the figures.
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
