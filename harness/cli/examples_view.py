"""``harness check --examples``: do the checks do what their examples state?"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence

from harness.checks.base import Check
from harness.checks.own import examples_of
from harness.checks.registry import built_in_checks
from harness.checks.verify import problems_of
from harness.core.errors import InputError
from harness.core.escape import reveal

__all__ = ["refuse_unknown", "show_examples"]


def refuse_unknown(checks: Mapping[str, Check], names: Sequence[str]) -> None:
    """Stop at the first name that is no check.

    Raises:
        InputError: there is one.
    """
    unknown = next((name for name in names if name not in checks), "")
    if unknown:
        raise InputError(f"--check {unknown}: no such check; there are {', '.join(sorted(checks))}")


def show_examples(checks: Mapping[str, Check], names: Sequence[str], *, as_json: bool) -> int:
    """Decide the examples of the named checks, without names those of the team's own; return the exit code.

    Raises:
        InputError: a name is unknown, or there is no check of the team's own.
        CheckDefinitionError: the examples of a check are malformed.
    """
    refuse_unknown(checks, names)
    chosen = names or [name for name in checks if name not in built_in_checks()]
    if not chosen:
        raise InputError(
            "there are no checks of your own: name a folder with --checks-folder or [checks] folder in "
            "harness.toml; --check ID takes a built-in one"
        )
    wrong = count = 0
    for name in chosen:
        for example in examples_of(checks[name]):
            count += 1
            for problem in problems_of(checks[name], example):
                wrong += 1
                row = {"check": name, "place": example.place, "example": example.title, "problem": problem}
                said = (
                    f"{example.place}: {name}: the {example.kind.value} example {example.title!r}: {problem}"
                )
                print(json.dumps(row) if as_json else reveal(said))  # noqa: T201
    if not as_json:
        verdict = f"{wrong} wrong" if wrong else "all as stated"
        print(f"{_count(len(chosen), 'check')}, {_count(count, 'example')}: {verdict}", file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
