"""Write ``docs/checks.md``: every check with its rule, its examples and what was measured.

    python benchmarks/checks_page.py               # measure the development part, write the page
    python benchmarks/checks_page.py --held-back   # measure the part held back too: for final figures
    python benchmarks/checks_page.py --mutants     # decide mutants of the development part, too (minutes)
    python benchmarks/checks_page.py --page-only   # keep all figures

Figures are kept in ``benchmarks/data/check_figures.json``, without any word about single responses. What they
say about wrong verdicts is shipped in ``harness/calibration/data/check_errors.jsonl``: reports correct by it.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.calibration.errors import SHIPPED, error_table_text
from harness.calibration.labelled import Split, labelled_folders
from harness.calibration.measure import Measurement
from harness.calibration.mutants.decide import decide_mutants
from harness.calibration.result import calibration_document
from harness.checks.base import Check, Example, ExampleKind
from harness.checks.examples import load_examples
from harness.checks.facts import class_of
from harness.checks.registry import built_in_checks
from harness.core.errors import HarnessError
from harness.core.jsonl import write_atomic
from harness.core.types import Mode, Outcome

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "benchmarks" / "data" / "check_figures.json"
PAGE = ROOT / "docs" / "checks.md"
KEPT = (
    "version",
    "labels",
    "agreed",
    "precision",
    "recall",
    "f1",
    "undecided",
    "applicability",
    "errors",
    "confusion",
)
SOUNDNESS = {
    "both": "**both**: pass and fail are sound once the rule applies",
    "fail_only": "**fail only**: a fail is sound; a pass means that no violation was seen",
    "evidence": "**evidence**: decides what can be seen; the rest is left to a judge",
}
INTRO = """\
# Checks

*Made by `make docs` from the classes, their examples and the last measurement. Do not edit.*

{number} checks decide rules statically. Each is bound to the rules of an agent by its phrases
([agent files](agent-files.md)) or by the sidecar; how to add one stands in
[writing-checks.md](writing-checks.md).

What was measured: outcomes against the labels of hand-written responses, labelled by the words of the
rule before the check ran. *Precision*: of what is failed, how much is labelled fail. *Recall*: of what is
labelled fail, how much is failed; what is left undecided was not caught. *F1*: their harmonic mean.
*Undecided*: of what a person could decide. *Scope*: where both decide, how often check and label agree on
whether the rule applies. In brackets the 95 % interval and what it rests on. A dash is no number: nothing
was there to count. Authors of checks could look at the *development* part and could not look at the part
*held back*.
"""


def page_of(checks: dict[str, Check], figures: dict[str, Any]) -> str:
    """Return the whole page."""
    parts = [INTRO.format(number=len(checks)), _overview(checks, figures)]
    parts += [_section(check, figures) for check in checks.values()]
    return "\n".join(parts)


def without_figures(page: str) -> str:
    """Return the page without what was measured: all table rows, in which the figures stand."""
    return "\n".join(line for line in page.splitlines() if not line.startswith("|"))


def _overview(checks: dict[str, Check], figures: dict[str, Any]) -> str:
    lines = [
        "## All figures",
        "",
        "| check | part | precision | recall | F1 | undecided | scope |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in checks:
        anchor = name.replace("/", "")
        for part in ("development", "held-back"):
            row = figures.get(part, {}).get(name)
            cells = _cells(row) if row else ["not measured", "", "", "", ""]
            lines.append(f"| [`{name}`](#{anchor}) | {part} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_mutants(checks, figures), ""])


def _mutants(checks: dict[str, Check], figures: dict[str, Any]) -> Iterator[str]:
    """Yield a table of what became of edited responses."""
    yield (
        "Mutants of the responses of the development part that are labelled pass. *Same program* "
        "(other names, other layout): how many still pass. *Guard taken away*: how many fail, or are "
        "undecided where the guard may stand in what is not shown. `harness calibrate --checks --mutants` "
        "lists them by kind."
    )
    yield ""
    yield "| check | same program | guard taken away |"
    yield "|---|---|---|"
    for name in checks:
        row = figures.get("mutants", {}).get(name)
        if row is not None:
            yield f"| `{name}` | {_of(row['same'])} | {_of(row['broken'])} |"


def _of(counts: list[int]) -> str:
    return f"{counts[0]} of {counts[1]}" if counts[1] else "–"


def _cells(row: dict[str, Any]) -> list[str]:
    return [_rate(row[name]) for name in ("precision", "recall", "f1", "undecided", "applicability")]


def _rate(rate: dict[str, Any]) -> str:
    if rate["mean"] is None:
        return "–"
    return f"{_short(rate['mean'])} ({_short(rate['low'])}–{_short(rate['high'])}, n {rate['n']})"


def _short(value: float) -> str:
    if value in {0, 1}:
        return str(int(value))
    return f"{min(max(value, 0.005), 0.994):.2f}".removeprefix("0")


def _section(check: Check, figures: dict[str, Any]) -> str:
    lines = [f"## {check.id}", "", *_words(check), "", f"- Soundness {SOUNDNESS[check.soundness.value]}."]
    for name, value in sorted(check.defaults.items()):
        lines.append(f"- Parameter `{name}`, by default {f'`{value}`' if value else 'empty'}.")
    lines.append(f"- Phrases: {'; '.join(f'“{phrase}”' for phrase in check.phrases)}.")
    lines += ["", *_measured(check, figures), "", *_examples(check)]
    return "\n".join(lines)


def _words(check: Check) -> Iterator[str]:
    for paragraph in textwrap.dedent(_docstring(check)).strip().split("\n\n"):
        yield " ".join(paragraph.replace("``", "`").split())
        yield ""


def _docstring(check: Check) -> str:
    first, _, rest = (class_of(check).__doc__ or "").partition("\n")
    return f"{first}\n{textwrap.dedent(rest)}"


def _measured(check: Check, figures: dict[str, Any]) -> Iterator[str]:
    yield f"Version {check.version}, measured:"
    yield ""
    yield "| part | labels | agreed | precision | recall | F1 | undecided | scope |"
    yield "|---|---|---|---|---|---|---|---|"
    for part in ("development", "held-back"):
        row = figures.get(part, {}).get(check.id)
        if row is None:
            yield f"| {part} | not measured | | | | | | |"
            continue
        stale = "" if row["version"] == check.version else f" (version {row['version']})"
        crashed = f", {row['errors']} crashed" if row["errors"] else ""
        counts = f"{row['labels']} | {row['agreed']['hits']}{crashed}"
        yield f"| {part}{stale} | {counts} | {' | '.join(_cells(row))} |"


def _examples(check: Check) -> Iterator[str]:
    examples = load_examples(check)
    count = Counter(example.kind for example in examples)
    yield (
        f"{count[ExampleKind.GOOD]} good, {count[ExampleKind.BAD]} bad and {count[ExampleKind.SKIP]} "
        "examples to skip; the shortest of each:"
    )
    yield ""
    for kind in ExampleKind:
        own = [example for example in examples if example.kind is kind]
        if own:
            yield from _example(min(own, key=lambda one: (len(one.response), one.title)))


def _example(example: Example) -> Iterator[str]:
    outcome = example.outcome.replace("_", " ")
    yield f"<details><summary>{_plain(outcome)}: {_plain(example.title)}</summary>"
    yield ""
    if example.user:
        yield f"> {_plain(' '.join(example.user.split()))}"
        yield ""
    fence = "~~~~~~"
    yield from (f"{fence}markdown", *example.response.rstrip().splitlines(), fence)
    yield ""
    for finding in example.findings:
        yield f"- line {finding.line}: {_plain(finding.words)}"
    if example.findings:
        yield ""
    yield "</details>"
    yield ""


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def read_figures() -> dict[str, Any]:
    """Return the committed figures; empty before the first measurement."""
    return dict(json.loads(FIGURES.read_text(encoding="utf-8"))) if FIGURES.is_file() else {}


def _measurement(split: Split, checks: dict[str, Check]) -> Measurement:
    return Measurement(
        folders=labelled_folders([ROOT / "datasets"], split, named=True),
        split=split,
        agents=ROOT / "agents",
        checks=checks,
        every=checks,
        mode=Mode.ANALOGUE,
    )


def measured(split: Split, checks: dict[str, Check]) -> dict[str, Any]:
    """Measure one part of the labelled responses."""
    measurement = _measurement(split, checks)
    result = measurement.decide(*measurement.load(), lambda _: None)
    return {
        row["check"]: {name: _rounded(row[name]) for name in KEPT}
        for row in calibration_document(result)["checks"]
    }


def mutated(checks: dict[str, Check]) -> dict[str, Any]:
    """Decide mutants of the development part; return per check how many of how many were decided rightly."""
    measurement = _measurement(Split.DEVELOPMENT, checks)
    suite, catalogue = measurement.load()
    found = decide_mutants(suite.golden, catalogue, checks, measurement.mode, lambda _: None)
    counts: dict[str, dict[str, list[int]]] = {}
    for cell in found.cells:
        row = counts.setdefault(cell.check, {"same": [0, 0], "broken": [0, 0]})
        group = row["same" if cell.expected is Outcome.PASS else "broken"]
        group[0] += cell.right.hits
        group[1] += cell.right.n
    return counts


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--held-back", action="store_true", help="measure the part held back too")
    parser.add_argument("--mutants", action="store_true", help="decide mutants too")
    parser.add_argument("--page-only", action="store_true", help="keep the figures")
    asked = parser.parse_args()
    checks = built_in_checks()
    figures = read_figures()
    if not asked.page_only:
        figures["development"] = measured(Split.DEVELOPMENT, checks)
    if asked.held_back:
        figures["held-back"] = measured(Split.HELD_BACK, checks)
    if asked.mutants:
        figures["mutants"] = mutated(checks)
    write_atomic(FIGURES, json.dumps(figures, indent=1, sort_keys=True) + "\n")
    write_atomic(SHIPPED, error_table_text(figures["held-back"], figures["development"]))
    write_atomic(PAGE, page_of(checks, figures))
    print(f"{PAGE.relative_to(ROOT)}: {len(checks)} checks")


if __name__ == "__main__":
    try:
        main()
    except HarnessError as error:
        sys.exit(f"checks_page: {error}")
