"""inspect_ai: a task with a dataset, its own model client, and two scorers."""

import os

import inspect_ai
from common import COUNT, IN_FLIGHT, MAX_TOKENS, MODEL, PROMPT, URL, demand_all, passes, question
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Target, accuracy, scorer
from inspect_ai.solver import TaskState, generate, system_message


@scorer(metrics=[accuracy()])
def no_console():
    """The first assertion."""

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - asked for by name
        return Score(value="C" if passes(state.output.completion)[0] else "I")

    return score


@scorer(metrics=[accuracy()])
def no_todo():
    """The second assertion."""

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - asked for by name
        return Score(value="C" if passes(state.output.completion)[1] else "I")

    return score


cache = os.environ.get("BENCH_CACHE") == "1"
task = inspect_ai.Task(
    dataset=MemoryDataset([Sample(input=question(number), id=number) for number in range(COUNT)]),
    solver=[system_message(PROMPT.replace("{", "{{").replace("}", "}}")), generate(cache=cache)],
    scorer=[no_console(), no_todo()],
)
(log,) = inspect_ai.eval(
    task,
    model=f"anthropic/{MODEL}",
    model_base_url=URL,
    max_connections=IN_FLIGHT,
    max_samples=IN_FLIGHT,
    max_tokens=MAX_TOKENS,
    display="none",
    log_dir="logs",
)
scores = log.results.scores if log.status == "success" else []
demand_all(COUNT if len(scores) == 2 and all(one.metrics["accuracy"].value == 1.0 for one in scores) else 0)
