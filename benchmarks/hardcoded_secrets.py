"""How well hardcoded secrets are found in labelled programs of many languages and formats.

    python benchmarks/hardcoded_secrets.py [--held-back] [--misses] [--json]

``benchmarks/data/secrets/*.txt`` holds small programs: ``=== name`` begins one, ``»`` marks a line on which
a secret stands. A third of them is held back, as their headers say: it is looked at for final figures only,
with ``--held-back``. ``--misses`` names what was decided wrongly, line by line.

Two precisions and recalls are given, of lines (is each finding on a marked line, is each marked line found?)
and of files (is a program with a marked line failed, is one without left alone?).
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harness.checks.base import Exchange
from harness.checks.config.no_hardcoded_values import NoHardcodedValues
from harness.checks.decide import run_check
from harness.core.types import Outcome
from harness.response.parse import parse_source
from harness.stats.interval import wilson_interval

DATA = Path(__file__).parent / "data" / "secrets"
MARK = "»"
HELD_BACK = "(held back)"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One program; ``lines`` are those on which a secret stands."""

    group: str
    name: str
    text: str
    lines: frozenset[int]


def programs(path: Path, *, held_back: bool) -> list[Labelled]:
    """Read the programs of one file: the part to work with, or the part that is held back."""
    parts = re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found: list[Labelled] = []
    for part in parts:
        name, _, body = part.partition("\n")
        if name.endswith(HELD_BACK) is not held_back:
            continue
        lines = body.split("\n")
        marked = frozenset(at for at, line in enumerate(lines, start=1) if line.startswith(MARK))
        text = "\n".join(line.removeprefix(MARK) for line in lines)
        found.append(Labelled(path.stem, name.removesuffix(HELD_BACK).strip(), text, marked))
    return found


def judged(program: Labelled) -> tuple[bool, frozenset[int]]:
    """Return whether the check fails a program, and the lines of its findings."""
    exchange = Exchange((), (), parse_source(program.text, program.name))
    decision = run_check(NoHardcodedValues(), exchange)
    if decision.outcome is Outcome.ERROR:
        raise SystemExit(f"{program.name}: {decision.reason}")
    return decision.outcome is Outcome.FAIL, frozenset(finding.line for finding in decision.findings)


def _rate(hits: int, of: int) -> dict[str, float | int | None]:
    if not of:
        return {"mean": None, "low": None, "high": None, "n": 0}
    low, high = wilson_interval(hits / of, of)
    return {"mean": round(hits / of, 3), "low": round(low, 3), "high": round(high, 3), "n": of}


def figures(counts: Counter[str]) -> dict[str, object]:
    """Return precision and recall of lines and of files."""
    found: dict[str, object] = {}
    for unit in ("line", "file"):
        hit, extra, missed = counts[f"{unit} hit"], counts[f"{unit} extra"], counts[f"{unit} missed"]
        found[f"{unit}_precision"] = _rate(hit, hit + extra)
        found[f"{unit}_recall"] = _rate(hit, hit + missed)
    return found


def counted(chosen: list[Labelled], *, misses: bool) -> dict[str, Counter[str]]:
    """Judge programs and count hits, extras and misses, per group and in all."""
    counts: dict[str, Counter[str]] = {}
    for program in chosen:
        failed, lines = judged(program)
        tally = Counter(
            {
                "line hit": len(lines & program.lines),
                "line extra": len(lines - program.lines),
                "line missed": len(program.lines - lines),
                "file hit": int(failed and bool(program.lines)),
                "file extra": int(failed and not program.lines),
                "file missed": int(not failed and bool(program.lines)),
            }
        )
        for group in (program.group, "all"):
            counts.setdefault(group, Counter()).update(tally)
        if misses and (lines != program.lines):
            for kind, at in (("extra", lines - program.lines), ("missed", program.lines - lines)):
                for line in sorted(at):
                    shown = program.text.split("\n")[line - 1].strip()
                    print(f"{kind:7} {program.group}/{program.name}:{line}  {shown[:110]}")
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--held-back", action="store_true")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    chosen = [one for path in sorted(DATA.glob("*.txt")) for one in programs(path, held_back=asked.held_back)]
    found = {group: figures(counts) for group, counts in counted(chosen, misses=asked.misses).items()}
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{len(chosen)} programs")
    for group, row in sorted(found.items()):
        shown = "  ".join(f"{name} {rate['mean']} (n {rate['n']})" for name, rate in row.items())  # type: ignore[index]
        print(f"{group:12} {shown}")


if __name__ == "__main__":
    main()
