"""How often the checks decide hand-written responses as their labels say.

    python benchmarks/golden.py [FOLDER] [--javascript] [--json]

FOLDER holds golden responses; the default is ``datasets/backend-architect/golden``, the part that authors
of checks may look at. ``datasets/backend-architect/golden/held-back`` is the part they may not: run it for
final figures only. ``--javascript`` leaves out answers without JavaScript or TypeScript.

Precision and recall are those of *fail*: of what is failed, how much is labelled fail; of what is labelled
fail, how much is failed. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from harness.checks.decide import exchange_of, run_check
from harness.checks.registry import all_checks
from harness.core.types import Outcome
from harness.pipeline.verdicts import golden_samples
from harness.stats.interval import wilson_interval
from harness.suite.catalogue import AgentFolder
from harness.suite.load import load_suite

ROOT = Path(__file__).parents[1]


def counted(folder: Path, *, javascript: bool) -> dict[str, Counter[tuple[str, str]]]:
    """Count (label, outcome) per check."""
    checks = all_checks()
    suite = load_suite([folder], AgentFolder(ROOT / "agents", checks))
    counts: dict[str, Counter[tuple[str, str]]] = {}
    for golden, sample in zip(suite.golden, golden_samples(suite.golden), strict=True):
        exchange = exchange_of(golden.case, sample.completion)
        if javascript and not exchange.program.units:
            continue
        for name, label in golden.labels.items():
            if name in checks:
                outcome = run_check(checks[name], exchange).outcome
                counts.setdefault(name, Counter())[(label.value, outcome.value)] += 1
    return dict(sorted(counts.items()))


def figures(counts: Counter[tuple[str, str]]) -> dict[str, object]:
    """Return agreement, precision and recall with their numbers."""
    fail = Outcome.FAIL.value
    hit = counts[(fail, fail)]
    failed = sum(number for (_, outcome), number in counts.items() if outcome == fail)
    labelled = sum(number for (label, _), number in counts.items() if label == fail)
    agreed = sum(number for (label, outcome), number in counts.items() if label == outcome)
    total = sum(counts.values())
    return {
        "labels": total,
        "agreed": agreed,
        "fail_precision": _rate(hit, failed),
        "fail_recall": _rate(hit, labelled),
        "undecided": sum(number for (_, outcome), number in counts.items() if outcome == "undecided"),
        "otherwise": {f"{a} -> {b}": n for (a, b), n in sorted(counts.items()) if a != b},
    }


def _rate(hits: int, of: int) -> dict[str, float | int | None]:
    if not of:
        return {"mean": None, "low": None, "high": None, "n": 0}
    low, high = wilson_interval(hits / of, of)
    return {"mean": hits / of, "low": low, "high": high, "n": of}


def _shown(rate: object) -> str:
    assert isinstance(rate, dict)  # noqa: S101 - made by _rate
    if rate["mean"] is None:
        return "–"
    return f"{rate['mean']:.2f} ({rate['low']:.2f}–{rate['high']:.2f}, n {rate['n']})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "datasets/backend-architect/golden")
    parser.add_argument("--javascript", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = {
        name: figures(counts) for name, counts in counted(asked.folder, javascript=asked.javascript).items()
    }
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'check':40} {'agreed':>9}  fail precision            fail recall")
    for name, row in found.items():
        agreed = f"{row['agreed']}/{row['labels']}"
        print(f"{name:40} {agreed:>9}  {_shown(row['fail_precision']):25} {_shown(row['fail_recall'])}")
        for change, number in dict(row["otherwise"]).items():  # type: ignore[call-overload]
            print(f"{'':40} {number:>9}  labelled, decided: {change}")


if __name__ == "__main__":
    main()
