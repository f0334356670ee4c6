"""What the static checks cost, as ratios to the bare parse of the same blocks, measured in one run.

    python benchmarks/checks.py [--rounds N] [--answer NAME] [--sizes]

Every figure is the least processor time of many rounds, taken in turns: waiting for a busy machine does not
count, which would fall on what takes longer than a turn of the scheduler, and hardly on a bare parse. Each
round decides a text that no round before it had: nothing remembered of a whole answer flatters a figure.

Stages are done one after the other on one program, and each is charged with what it adds to those before it.
A check is charged twice: with what it adds when it runs alone on a program whose blocks are parsed, and with
what it adds once all other checks have run. The difference is work that is shared.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import TypeVar

import sqlglot
from answers import ANSWERS, CODE, repeated
from ast_grep_py import SgRoot

from harness.checks.base import Check, Exchange
from harness.checks.decide import run_check
from harness.checks.registry import all_checks
from harness.response.parse import parse_response
from harness.response.program import Program
from harness.response.prose.read import prose_of

__all__ = ["CODE", "least"]

_TARGET = 12
_STAGES: dict[str, Callable[[Program], object]] = {
    "JavaScript parsed and scoped": lambda program: program.units,
    "names and routes of JavaScript": lambda program: program.routes,
    "common form": lambda program: program.flow.units,
    "names of the common form": lambda program: [
        program.flow.names.index(unit).nodes for unit in program.flow.units
    ],
    "configuration": lambda program: program.config,
    "database": lambda program: program.schema,
    "prose": lambda program: program.once(prose_of).sentences,
}
_fresh = count()
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


def exchange_of(check: Check, program: Program) -> Exchange:
    return Exchange((), (), program, parameters=dict(check.defaults))


def fresh(answer: str) -> str:
    """Return an answer that was never read: the same words, and a last line of its own."""
    return f"{answer}\nDraft {next(_fresh)}.\n"


def bare_parse(language: str, code: str) -> object:
    if language == "sql":
        return sqlglot.parse(code, read="postgres")
    return SgRoot(code, language).root() if code else None


def together(checks: dict[str, Check], answer: str) -> object:
    program = parse_response(fresh(answer))
    return [run_check(check, exchange_of(check, program)) for check in checks.values()]


def least(tasks: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the least time of each task in seconds; the tasks take turns."""
    best = dict.fromkeys(tasks, float("inf"))
    for _ in range(rounds):
        for name, task in tasks.items():
            start = time.thread_time()
            task()
            best[name] = min(best[name], time.thread_time() - start)
    return best


def _timed(best: dict[str, float], name: str, task: Callable[[_Given], _Made], given: _Given) -> _Made:
    start = time.thread_time()
    made = task(given)
    best[name] = min(best.get(name, float("inf")), time.thread_time() - start)
    return made


def stages(answer: str, rounds: int) -> dict[str, float]:
    """Return what each stage adds to those before it."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        program = _timed(best, "markdown, roles, names", parse_response, fresh(answer))
        for name, stage in _STAGES.items():
            _timed(best, name, stage, program)
    return best


def behind_stages(checks: dict[str, Check], answer: str, rounds: int) -> float:
    """Return what all checks add, in turn, to a program of which every stage is done."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        program = parse_response(fresh(answer))
        for stage in _STAGES.values():
            stage(program)
        _timed(
            best,
            "",
            lambda ready: [run_check(one, exchange_of(one, ready)) for one in checks.values()],
            program,
        )
    return best[""]


def alone(checks: dict[str, Check], answer: str, rounds: int) -> dict[str, float]:
    """Return what each check costs on a program whose blocks are parsed, and that knows nothing else."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, check in checks.items():
            program = parse_response(fresh(answer))
            _ = program.units
            _timed(best, name, partial(run_check, check), exchange_of(check, program))
    return best


def last(checks: dict[str, Check], answer: str, rounds: int) -> dict[str, float]:
    """Return what each check adds when it comes after all others."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, check in checks.items():
            program = parse_response(fresh(answer))
            for other in checks.values():
                if other is not check:
                    run_check(other, exchange_of(other, program))
            _timed(best, name, partial(run_check, check), exchange_of(check, program))
    return best


def report_answers(checks: dict[str, Check], rounds: int) -> float:
    """Print the cost of each answer; return the ratio of the Express route."""
    tasks: dict[str, Callable[[], object]] = {}
    for name, (answer, language, code) in ANSWERS.items():
        tasks[f"bare {name}"] = partial(bare_parse, language, code)
        tasks[name] = partial(together, checks, answer)
    best = least(tasks, rounds)
    print(f"All {len(checks)} checks, from text to decisions; the least of {rounds} rounds\n")
    for name, (answer, _, code) in ANSWERS.items():
        bare = best[f"bare {name}"]
        ratio = f"{best[name] / bare:6.1f} × the bare parse of its block" if code else ""
        print(f"{name:34} {len(answer):5,} characters {best[name] * 1e3:7.2f} ms {ratio}")
    first = next(iter(ANSWERS))
    return best[first] / best[f"bare {first}"]


def report_parts(checks: dict[str, Check], name: str, rounds: int) -> None:
    """Print where the time of one answer goes."""
    answer, language, code = ANSWERS[name]
    bare = least({"bare": partial(bare_parse, language, code)}, rounds)["bare"] if code else 1e-3
    unit = "× bare parse" if code else "ms"
    print(f"\n{name}: stages, each with what it adds ({unit})\n")
    for stage, seconds in stages(answer, rounds).items():
        print(f"{stage:42} {seconds / bare:6.2f}")
    print(f"{'all checks, behind them':42} {behind_stages(checks, answer, rounds) / bare:6.2f}")
    by_itself, behind = alone(checks, answer, rounds), last(checks, answer, max(rounds // 10, 3))
    print(f"\n{name}: checks, alone and after all others ({unit})\n")
    for check in checks:
        print(f"{check:42} {by_itself[check] / bare:6.2f} {behind[check] / bare:6.2f}")


def report_sizes(checks: dict[str, Check], rounds: int) -> None:
    """Print what an answer of many routers costs for each of them: equal figures mean linear growth."""
    answers = {times: repeated(times) for times in (1, 4, 16, 64)}
    best = least(
        {str(times): partial(together, checks, answer) for times, answer in answers.items()},
        rounds,
    )
    print("\nRouters in one answer, and what each costs\n")
    for times, answer in answers.items():
        seconds = best[str(times)]
        cost = f"{seconds * 1e3:9.2f} ms {seconds / times * 1e3:7.2f} ms each"
        print(f"{times:3} × {len(answer):7,} characters {cost}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument(
        "--answer", choices=[*ANSWERS], default=next(iter(ANSWERS)), help="whose parts are shown"
    )
    parser.add_argument(
        "--sizes", action="store_true", help="show how cost grows with size instead of the parts"
    )
    arguments = parser.parse_args()
    checks = all_checks()
    gc.collect()
    ratio = report_answers(checks, arguments.rounds)
    if arguments.sizes:
        report_sizes(checks, max(arguments.rounds // 20, 2))
    else:
        report_parts(checks, arguments.answer, arguments.rounds)
    if ratio > _TARGET:
        print(f"all checks cost {ratio:.1f} bare parses, more than {_TARGET}", file=sys.stderr)


if __name__ == "__main__":
    main()
