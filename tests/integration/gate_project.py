"""A repository with an agent to gate, and a model that mostly obeys what its prompt says."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from messages_api import Answer, Fault, MessagesApi, Seen

OBEYING = "Here:\n\n```js\nimport logger from './utils/logger.js';\nlogger.info('made');\n```\n"
VIOLATING = "Here:\n\n```js\nconsole.log('made');\n```\n"
PROSE = "I would plan the service first, then its storage."
RULE = "- ❌ NEVER use console.log or console.error\n"
CASES = 24


def git(folder: Path, *arguments: str) -> None:
    """Run git as somebody."""
    person = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(("git", "-C", str(folder), *person, *arguments), check=True, capture_output=True)


def make_repository(folder: Path) -> None:
    """Give the small project a larger suite, and commit it."""
    cases = "\n".join(f"  - {{id: c{number}, prompt: Write service {number}}}" for number in range(CASES))
    (folder / "datasets/tester/compliance.yaml").write_text(f"agent: tester\ncases:\n{cases}\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")


def edit(folder: Path, old: str, new: str) -> None:
    """Change the agent file in the working tree."""
    file = folder / "agents/tester.md"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


@contextmanager
def stochastic(fault: Callable[[Seen], Fault | None] = lambda _: None) -> Iterator[MessagesApi]:
    """A model that obeys a rule of its prompt nine times in ten, else once in ten; NOCODE: it writes none."""
    draws = itertools.count()

    def answer(seen: Seen) -> Answer | Fault:
        failed = fault(seen)
        if failed is not None:
            return failed
        system = str(seen.body.get("system", ""))
        if "NOCODE" in system:
            return Answer(PROSE)
        # A fixed sequence that is spread evenly: what chance does is the same in every run of the test.
        draw = (next(draws) * 0.618034) % 1
        return Answer(OBEYING if draw < (0.9 if "console.log" in system else 0.1) else VIOLATING)

    with MessagesApi(answer) as running:
        yield running
