"""A run in progress, watched from outside: its manifest says what is wanted, the store what has come.

Nothing is asked of the process that runs, which may be another one on this machine, or have been killed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.core.config import Config
from harness.core.errors import HarnessError
from harness.run.prices import Price, cost_of, price_of
from harness.store.manifest import Manifest, RunStatus, read_manifest
from harness.store.samples import UNSERVED, SampleStore
from harness.store.standing import Arrived, arrived_of, failed_since

__all__ = ["Live", "LiveRuns"]

QUIET_S = 300.0
"""Nothing arrived for this long: the run may have been killed."""
_LEAST_FOR_RATE = 3
_REMEMBERED = 20  # runs that were looked at


@dataclass(frozen=True, slots=True)
class Live:
    """Where a run stands, in requests: ``wanted`` = ``stored`` + ``answered`` + ``failed`` + ``waiting``.

    Attributes:
        status: of the manifest.
        wanted: requests of the plan.
        stored: answered before the run began.
        answered: answered since.
        failed: failed since, and not answered.
        seconds: since the run began.
        left_s: seconds that the rest will take at the pace so far; ``None`` where there is no pace yet.
        quiet_s: seconds since the last answer, or since the beginning.
        input_tokens: of the new answers.
        output_tokens: of the new answers.
        cost: US dollars for the new answers; ``None`` where the price is not known.
        kinds: kinds of failures with their number.
    """

    status: RunStatus
    wanted: int
    stored: int
    answered: int
    failed: int
    seconds: float
    left_s: float | None
    quiet_s: float
    input_tokens: int
    output_tokens: int
    cost: float | None
    kinds: tuple[tuple[str, int], ...]

    @property
    def waiting(self) -> int:
        """Requests that are still to come."""
        return max(0, self.wanted - self.stored - self.answered - self.failed)

    @property
    def quiet(self) -> bool:
        """Whether so little happens that the run may have been killed."""
        return self.status is RunStatus.RUNNING and self.quiet_s > QUIET_S


@dataclass
class LiveRuns:
    """Looks at runs in progress; of a run that was looked at before, only what is new is read."""

    config: Config
    clock: Callable[[], float] = time.time
    _seen: dict[str, dict[str, Arrived]] = field(default_factory=dict)

    def look(self, folder: Path) -> Live:
        """Say where a run stands.

        Raises:
            InputError: the folder holds no run.
            StoreError: the store cannot be read.
        """
        manifest = read_manifest(folder)
        wanted = dict.fromkeys(one.request_sha for one in manifest.samples)
        seen = self._seen.setdefault(folder.name, {})
        while len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        path = (folder / manifest.store).resolve()
        failures: dict[str, str] = {}
        began = manifest.created.timestamp()
        if manifest.store and path.is_file():
            with SampleStore(path, read_only=True) as store:
                absent = [sha for sha in wanted if not _counts(seen.get(sha), began, manifest)]
                seen |= {one.request_sha: one for one in arrived_of(store.database, absent)}
                open_now = [sha for sha in wanted if not _counts(seen.get(sha), began, manifest)]
                failures = failed_since(store.database, open_now, began)
        counted = {sha: seen[sha] for sha in wanted if _counts(seen.get(sha), began, manifest)}
        return self._live(manifest, counted, failures, began)

    def _live(
        self, manifest: Manifest, counted: dict[str, Arrived], failures: dict[str, str], began: float
    ) -> Live:
        wanted = len({one.request_sha for one in manifest.samples})
        new = [one for one in counted.values() if one.created >= began]
        now = self.clock()
        seconds = max(0.0, now - began)
        last = max((one.created for one in new), default=began)
        waiting = wanted - len(counted) - len(failures)
        done = len(new) + len(failures)
        paced = manifest.status is RunStatus.RUNNING and done >= _LEAST_FOR_RATE
        price = self._price(manifest.model_asked)
        kinds = sorted(set(failures.values()))
        return Live(
            status=manifest.status,
            wanted=wanted,
            stored=len(counted) - len(new),
            answered=len(new),
            failed=len(failures),
            seconds=seconds,
            left_s=waiting * seconds / done if paced else None,
            quiet_s=max(0.0, now - last),
            input_tokens=sum(one.usage.input_tokens for one in new),
            output_tokens=sum(one.usage.output_tokens for one in new),
            cost=None if price is None else sum(cost_of(one.usage, price) for one in new),
            kinds=tuple((kind, list(failures.values()).count(kind)) for kind in kinds),
        )

    def _price(self, model: str) -> Price | None:
        try:
            return price_of(model, self.config.prices)
        except HarnessError:
            return None  # what the model is called means nothing here: then its price is not known


def _counts(one: Arrived | None, began: float, manifest: Manifest) -> bool:
    """Tell whether an answer is one of the run: new, or one that could be served in place of a call."""
    if one is None:
        return False
    if one.created >= began:
        return True
    return one.stop not in UNSERVED and not manifest.settings.get("fresh", False)
