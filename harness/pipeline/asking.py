"""A model that stays open while several plans are executed, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.pipeline.options import RunOptions
from harness.pipeline.sampling import Watcher
from harness.providers.base import Provider
from harness.providers.registry import open_provider
from harness.run.execute import Execution, execute
from harness.run.plan import PlannedCall
from harness.store.samples import SampleStore

__all__ = ["OpenModel"]


class OpenModel:
    """The model of some options, with one event loop and one ledger for everything that is asked of it.

    Raises:
        ConfigurationError: an unknown model, no key, a wrong address.
        IncompleteError: weights could not be fetched.
    """

    def __init__(self, options: RunOptions, watcher: Watcher) -> None:
        self.options = replace(options, ledger=options.ledger or options.new_ledger())
        self.settings = self.options.settings()
        self._watcher = watcher
        with watcher.fetching() as on_fetch:
            self.provider: Provider = open_provider(
                options.model, replace(options.provider_options(), on_fetch=on_fetch)
            )
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self.provider.close())
        self._runner.close()

    @property
    def spent(self) -> float | None:
        """US dollars that were spent on new answers; ``None``: the price is not known."""
        ledger = self.options.ledger
        return None if ledger is None else ledger.spent.dollars

    def ask(self, calls: Sequence[PlannedCall]) -> Execution:
        """Get the answers to some calls, from the store or from the model.

        Raises:
            HarnessError: the model cannot be asked, or the budget is used up.
        """
        with (
            SampleStore(Path(self.options.config.store)) as store,
            self._watcher.sampling(len({call.sha for call in calls})) as progress,
        ):
            return self._runner.run(execute(calls, self.provider, store, self.settings, progress))
