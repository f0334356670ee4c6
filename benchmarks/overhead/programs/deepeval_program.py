"""deepeval: the SDK for the answers, then two metrics of its own kind over all test cases."""

import asyncio

from common import COUNT, IN_FLIGHT, ask, client, demand_all, passes, question
from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig
from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase


class Passes(BaseMetric):
    """One of the two assertions."""

    def __init__(self, place: int) -> None:
        self.place = place
        self.threshold = 0.5
        self.async_mode = True
        self.score = 0.0
        self.reason = ""
        self.success = False

    def measure(self, test_case: LLMTestCase, *_: object, **__: object) -> float:
        """Look at the answer."""
        self.score = float(passes(test_case.actual_output)[self.place])
        self.success = self.score >= self.threshold
        return self.score

    async def a_measure(self, test_case: LLMTestCase, *_: object, **__: object) -> float:
        """Look at the answer."""
        return self.measure(test_case)

    def is_successful(self) -> bool:
        """Say what came of it."""
        return self.success

    @property
    def __name__(self) -> str:
        return f"Assertion {self.place}"


async def answers() -> list[str]:
    """Ask everything, so many at once."""
    numbers = iter(range(COUNT))
    found = [""] * COUNT
    async with client() as opened:

        async def worker() -> None:
            for number in numbers:
                found[number] = await ask(opened, number)

        await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return found


cases = [
    LLMTestCase(input=question(number), actual_output=text)
    for number, text in enumerate(asyncio.run(answers()))
]
result = evaluate(
    test_cases=cases,
    metrics=[Passes(0), Passes(1)],
    async_config=AsyncConfig(run_async=True, max_concurrent=IN_FLIGHT),
    display_config=DisplayConfig(show_indicator=False, print_results=False),
    cache_config=CacheConfig(write_cache=False, use_cache=False),
)
demand_all(sum(bool(one.success) for one in result.test_results))
