"""The Dask engine: partitions go to the workers of a cluster, verdicts come back.

Bytes travel both ways, so that no worker needs to see our folders. On a Dask worker it is a process of its
own that decides (:mod:`harness.scale.guard`): an answer that kills a parser kills no Dask worker, and a Dask
worker that dies costs the partitions it was at, which others get.

Whoever reaches a Dask scheduler can run any code on it: name one only in a network that you trust. Without
an address the cluster is inside this process and opens no port.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from harness.core.errors import HarnessError, IncompleteError
from harness.providers.cores import allowed_cores
from harness.scale.engine import Done, Job
from harness.scale.extra import dask_distributed
from harness.scale.guard import Guard
from harness.scale.plan import DecidingPlan

__all__ = ["DaskEngine", "decide_there", "release_there"]

_PER_THREAD = 2  # partitions that wait for or are at each thread of the cluster
_TRIES = 5  # of a partition whose Dask worker died, beside those that the scheduler makes
_CONNECT_S = 10


class DaskEngine:
    """Decides partitions on a Dask cluster.

    Args:
        scheduler: address of an existing one, such as ``tcp://10.0.0.5:8786``; empty: one in this process.
        workers: workers of the cluster in this process; 0: as many as it may use cores.
    """

    def __init__(self, scheduler: str = "", workers: int = 0) -> None:
        self.scheduler = scheduler
        self.workers = workers or allowed_cores()

    def decide(self, plan: DecidingPlan, jobs: Iterable[Job], told: Callable[[int], None]) -> Iterator[Done]:
        """Decide partitions; see :class:`harness.scale.engine.Engine`."""
        distributed = dask_distributed()
        data = plan.model_dump_json()
        with self._client(distributed) as client:
            try:
                yield from _decided(distributed, client, data, jobs, told)
            finally:
                _release(client, plan.sha)

    def _client(self, distributed: Any) -> Any:
        try:
            if self.scheduler:
                return distributed.Client(self.scheduler, timeout=_CONNECT_S, set_as_default=False)
            cluster = distributed.LocalCluster(
                n_workers=self.workers,
                threads_per_worker=1,
                processes=False,
                dashboard_address=None,
                # Even without a dashboard both serve how they are, by default to everybody.
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                worker_dashboard_address="127.0.0.1:0",
                memory_limit=0,
            )
            return _Owned(distributed, cluster)
        except (OSError, ValueError) as error:
            where = self.scheduler or "the local cluster"
            words = " ".join(str(error).split())[:200]
            raise IncompleteError(f"{where}: cannot be reached ({words}); check --scheduler") from error


class _Owned:
    """A client together with the cluster that it is for: both are closed."""

    def __init__(self, distributed: Any, cluster: Any) -> None:
        self._cluster = cluster
        self._client = distributed.Client(cluster, set_as_default=False)

    def __enter__(self) -> Any:
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._cluster.close()


def _decided(
    distributed: Any, client: Any, plan: str, jobs: Iterable[Job], told: Callable[[int], None]
) -> Iterator[Done]:
    left = iter(jobs)
    running: dict[Any, tuple[Job, int]] = {}
    while True:
        room = max(1, _threads(client)) * _PER_THREAD - len(running)
        for job in islice(left, max(0, room)):
            try:
                running[_submitted(client, plan, job)] = (job, 1)
            except HarnessError as error:
                yield Done(job, error=error)
        if not running:
            return
        for future in _finished(distributed, client, list(running)):
            job, tries = running.pop(future)
            done = _result(distributed, future, job, last=tries >= _TRIES)
            if done is None:
                running[_submitted(client, plan, job)] = (job, tries + 1)
                continue
            future.release()
            told(job.responses)
            yield done


def _threads(client: Any) -> int:
    return sum(client.nthreads().values())


def _submitted(client: Any, plan: str, job: Job) -> Any:
    return client.submit(decide_there, plan, job.load(), pure=False, retries=0)


def _finished(distributed: Any, client: Any, futures: list[Any]) -> list[Any]:
    """Wait until some are done; find out early when the scheduler is gone."""
    while True:
        try:
            with client.as_current():
                waited = distributed.wait(futures, timeout=5, return_when="FIRST_COMPLETED")
        except distributed.TimeoutError:
            if client.status not in {"running", "connecting"} or not client.scheduler_info().get("address"):
                raise IncompleteError(
                    "the Dask scheduler is gone; start it and run again, what is decided stays"
                ) from None
            continue
        return list(waited.done)


def _result(distributed: Any, future: Any, job: Job, *, last: bool) -> Done | None:
    """Return what came of a partition; ``None``: its workers died, and it is worth another try."""
    try:
        return Done(job, future.result())
    except HarnessError as error:
        return Done(job, error=error)
    except (distributed.scheduler.KilledWorker, distributed.client.FutureCancelledError) as error:
        if not last:
            return None
        words = " ".join(str(error).split())[:200]
        said = f"{job.name}: the Dask workers that had it died ({words}); see their logs"
        return Done(job, error=IncompleteError(said))
    except ImportError as error:
        said = f"the Dask workers lack what decides ({error}); install agentfile-harness[scale] on them"
        raise IncompleteError(said) from error


# --- on a worker of the cluster ------------------------------------------------------------------


_idle: dict[str, list[Guard]] = {}
_lock = threading.Lock()


def decide_there(plan: str, data: bytes) -> bytes:
    """Decide a partition on a Dask worker, in a process that stays for the next one."""
    told = DecidingPlan.model_validate_json(plan)
    with _lock:
        waiting = _idle.setdefault(told.sha, [])
        guard = waiting.pop() if waiting else Guard(told)
    try:
        return guard.decide(data, _unheard)
    finally:
        with _lock:
            _idle.setdefault(told.sha, []).append(guard)


def release_there(plan: str) -> None:
    """Let the processes of a plan (its sha) go that are idle on a Dask worker."""
    with _lock:
        guards = _idle.pop(plan, [])
    for guard in guards:
        guard.close()


def _release(client: Any, plan: str) -> None:
    try:
        client.run(release_there, plan)
    except (OSError, RuntimeError, ValueError):
        return  # what has gone needs no release


def _unheard(_: int) -> None:
    """A cluster tells of its progress by partitions."""
