"""pydantic-evals: a dataset of cases, the SDK as task, two evaluators."""

import asyncio
from dataclasses import dataclass

from common import COUNT, IN_FLIGHT, ask, client, demand_all, passes
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import Evaluator, EvaluatorContext


@dataclass
class NoConsole(Evaluator):
    """The first assertion."""

    def evaluate(self, ctx: EvaluatorContext) -> bool:
        """Look at the answer."""
        return passes(ctx.output)[0]


@dataclass
class NoTodo(Evaluator):
    """The second assertion."""

    def evaluate(self, ctx: EvaluatorContext) -> bool:
        """Look at the answer."""
        return passes(ctx.output)[1]


async def main() -> None:
    """Evaluate everything."""
    cases = [Case(name=f"case-{number}", inputs=number) for number in range(COUNT)]
    dataset = Dataset(name="bench", cases=cases, evaluators=[NoConsole(), NoTodo()])
    async with client() as opened:

        async def task(number: int) -> str:
            return await ask(opened, number)

        report = await dataset.evaluate(task, max_concurrency=IN_FLIGHT, progress=False)
    demand_all(sum(all(one.value for one in case.assertions.values()) for case in report.cases))


asyncio.run(main())
