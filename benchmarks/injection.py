"""Precision and recall of injection/sanitised on labelled programs, per language.

    python benchmarks/injection.py [--held-back] [--wrong] [--json]

``benchmarks/data/injection`` holds one file per language: programs with a label (``fail`` or ``safe``) and,
where a call must be found, its line. Every third program is held back: it is left out unless ``--held-back``
asks for these alone. A program counts as found when it fails, and its lines are right when the findings stand
on exactly the lines that are marked.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.checks.base import Exchange
from harness.checks.injection.sanitised import Sanitised
from harness.core.types import Decision, Outcome
from harness.response.parse import parse_source

FOLDER = Path(__file__).parent / "data" / "injection"
SUFFIXES = {"javascript": ".ts", "python": ".py", "php": ".php"}
MARK = "⟵"
EVERY = 3


@dataclass(frozen=True, slots=True)
class Labelled:
    """A program with its label and the lines that must be found."""

    language: str
    title: str
    fails: bool
    text: str
    lines: frozenset[int]
    held_back: bool


def programs(language: str) -> Iterator[Labelled]:
    """Yield the labelled programs of a language."""
    text = (FOLDER / f"{language}.txt").read_text(encoding="utf-8")
    for number, part in enumerate(text.split("\n=== ")[1:]):
        head, _, body = part.partition("\n")
        label, _, title = head.partition(" | ")
        rows = body.rstrip("\n").split("\n")
        lines = frozenset(at for at, row in enumerate(rows, start=1) if row.endswith(MARK))
        code = (
            "\n".join(row.removesuffix(MARK).rstrip() if row.endswith(MARK) else row for row in rows) + "\n"
        )
        yield Labelled(language, title, label == "fail", code, lines, number % EVERY == EVERY - 1)


def decide(one: Labelled) -> Decision:
    """Decide one program."""
    program = parse_source(one.text, f"main{SUFFIXES[one.language]}")
    return Sanitised().decide(Exchange((), (), program))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--held-back", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="show the programs that are decided wrongly")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    for language in SUFFIXES:
        chosen = [one for one in programs(language) if one.held_back is options.held_back]
        rows.append(_measured(language, chosen, wrong=options.wrong))
    if options.json:
        print(json.dumps(rows))
        return
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))


def _measured(language: str, chosen: list[Labelled], *, wrong: bool) -> dict[str, object]:
    hits = false = missed = undecided = misplaced = 0
    for one in chosen:
        decision = decide(one)
        failed = decision.outcome is Outcome.FAIL
        hits += failed and one.fails
        false += failed and not one.fails
        missed += one.fails and not failed
        undecided += decision.outcome is Outcome.UNDECIDED
        places = {finding.line for finding in decision.findings}
        off = failed and one.fails and places != one.lines
        misplaced += off
        if wrong and (failed is not one.fails or off or decision.outcome is Outcome.UNDECIDED):
            print(f"--- {language}: {one.title} (fails: {one.fails})")
            print(f"    {decision.outcome.value}: {decision.reason}")
            print(f"    at {sorted(places)}, marked {sorted(one.lines)}")
    return {
        "language": language,
        "programs": len(chosen),
        "precision": round(hits / (hits + false), 3) if hits + false else None,
        "recall": round(hits / (hits + missed), 3) if hits + missed else None,
        "undecided": undecided,
        "other lines": misplaced,
    }


if __name__ == "__main__":
    main()
