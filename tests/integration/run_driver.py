"""A small program that executes a plan: what tests kill, interrupt and run again.

    python run_driver.py STORE CALLS [CONCURRENCY]

prints one line per kept sample (sha and text) when the plan is done. The exit code is that of the error.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "servers"))

from calls import planned

from harness.core.errors import HarnessError
from harness.providers.registry import open_provider
from harness.run.execute import Execution, execute
from harness.run.progress import Counts
from harness.run.settings import Settings
from harness.store.samples import SampleStore


def tell(counts: Counts) -> None:
    """Let the one who started us see that the run goes on, and when it is stopping."""
    sys.stderr.write(f"counts {counts.answered} {counts.stopping}\n")


async def work(path: Path, count: int, concurrency: int) -> Execution:
    """Execute the plan that every run of this program has."""
    calls = [planned(str(number)) for number in range(count)]
    provider = open_provider("anthropic:test-model")
    try:
        with SampleStore(path) as store:
            settings = Settings("anthropic:test-model", concurrency=concurrency)
            return await execute(calls, provider, store, settings, tell)
    finally:
        await provider.close()


def main(arguments: list[str]) -> int:
    """Run, print what came of it, return the exit code."""
    path, count, concurrency = Path(arguments[0]), int(arguments[1]), int([*arguments, "8"][2])
    try:
        result = asyncio.run(work(path, count, concurrency))
    except HarnessError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    for sha, sample in sorted(result.samples.items()):
        sys.stdout.write(f"{sha} {sample.completion.text}\n")
    sys.stderr.write(f"interrupted {result.interrupted} failures {len(result.failures)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
