"""The local engine: a pool of processes that survives the death of any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from queue import SimpleQueue

from harness.core.errors import HarnessError
from harness.providers.cores import allowed_cores
from harness.scale.engine import Done, Job
from harness.scale.guard import Guard
from harness.scale.plan import DecidingPlan

__all__ = ["LocalEngine"]

_AHEAD = 1  # partitions in memory beside those that are being decided, for each worker


class LocalEngine:
    """Decides partitions in processes of this machine.

    Each worker process has a thread here that only waits for it.

    Args:
        workers: number of processes; 0: as many as this process may use cores.

    Attributes:
        guards: those who watch the workers, once it is at work.
    """

    def __init__(self, workers: int = 0) -> None:
        self.workers = workers or allowed_cores()
        self.guards: tuple[Guard, ...] = ()

    def decide(self, plan: DecidingPlan, jobs: Iterable[Job], told: Callable[[int], None]) -> Iterator[Done]:
        """Decide partitions; see :class:`harness.scale.engine.Engine`."""
        self.guards = tuple(Guard(plan) for _ in range(self.workers))
        free: SimpleQueue[Guard] = SimpleQueue()
        for guard in self.guards:
            free.put(guard)
        progress = _Progress(told)
        left = iter(jobs)
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="harness-worker")
        running: set[Future[Done]] = set()
        try:
            while True:
                room = self.workers * (1 + _AHEAD) - len(running)
                running |= {pool.submit(_decided, free, job, progress) for job in islice(left, room)}
                if not running:
                    return
                # A timeout lets Ctrl-C through while all wait.
                finished, running = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                progress.tell()
                for future in finished:
                    yield future.result()
        finally:
            for guard in self.guards:
                guard.close()
            pool.shutdown(wait=True, cancel_futures=True)
            progress.tell()


class _Progress:
    """Answers that were started, counted by many threads and told by one."""

    def __init__(self, told: Callable[[int], None]) -> None:
        self._told = told
        self._news: SimpleQueue[int] = SimpleQueue()

    def add(self, answers: int) -> None:
        self._news.put(answers)

    def tell(self) -> None:
        more = 0
        while not self._news.empty():
            more += self._news.get()
        if more:
            self._told(more)


def _decided(free: SimpleQueue[Guard], job: Job, progress: _Progress) -> Done:
    guard = free.get()
    started = 0

    def told(number: int) -> None:
        nonlocal started
        if number > started:  # a second attempt begins anew
            progress.add(number - started)
            started = number

    try:
        data = guard.decide(job.load(), told)
    except HarnessError as error:
        return Done(job, error=error)
    finally:
        free.put(guard)
    progress.add(max(0, job.responses - started))
    return Done(job, data)
