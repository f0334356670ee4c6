"""The calls of a run through Message Batches: the server and the record opened, the plan executed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.core.errors import ConfigurationError, HarnessError
from harness.pipeline.options import RunOptions
from harness.providers.batch import open_batches
from harness.run.batch_desk import Desk
from harness.run.batches import execute_batches
from harness.run.execute import Execution
from harness.run.plan import PlannedCall
from harness.run.progress import Progress
from harness.run.settings import Settings
from harness.store.batches import BatchRecord, promised, record_path
from harness.store.samples import SampleStore

__all__ = ["BatchCalls", "batch_calls", "warn_of_batches"]

BatchCalls = Callable[[Sequence[PlannedCall], Progress], tuple[Execution, HarnessError | None]]
"""Brings a plan to its end; see :func:`harness.run.batches.execute_batches`."""


@contextmanager
def batch_calls(
    options: RunOptions, store: SampleStore, settings: Settings, tell: Callable[[str], None]
) -> Iterator[BatchCalls | None]:
    """Open what asking in batches needs; ``None``: the options want single calls.

    Raises:
        ConfigurationError: the model is not one of Anthropic, or an option makes no sense.
        IncompleteError: another process works with the batches of this store.
    """
    if not options.batch:
        if options.resubmit_doubtful or options.batch_deadline_h is not None:
            raise ConfigurationError("--batch-deadline and --resubmit-doubtful belong to --batch")
        yield None
        return
    service, rules = open_batches(options.model, options.provider_options()), options.batch_rules()
    with BatchRecord(record_path(store.path)) as record:

        def execute(
            calls: Sequence[PlannedCall], progress: Progress
        ) -> tuple[Execution, HarnessError | None]:
            desk = Desk(service, store, record, rules, progress, tell)

            async def work() -> tuple[Execution, HarnessError | None]:
                try:
                    return await execute_batches(calls, desk, settings)
                finally:
                    await service.close()

            return asyncio.run(work())

        yield execute


def warn_of_batches(store: Path, shas: Collection[str], tell: Callable[[str], None]) -> None:
    """Say that single calls will ask for what batches are paid for already."""
    try:
        number = promised(store, shas)
    except HarnessError as error:
        tell(str(error))
        return
    if number:
        tell(f"{number:,} of these answers are in batches that were paid for: --batch fetches them instead")
