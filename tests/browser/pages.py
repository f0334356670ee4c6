"""Pages for the browser tests: a report that packs its cases, and a comparison with hostile answers."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from report_example import case, example_results, finding, sample, verdict

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "compare"))

from decided_runs import run

from harness.compare.comparison import compare
from harness.compare.model import Policy
from harness.compare.pairing import side_of
from harness.core.types import Outcome
from harness.report.comparison.html import SideTexts, render_comparison
from harness.report.formats.html import render_html

EVIL = (
    "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
    "<style>body { display: none }</style>{{ 7 * 7 }}\x1b[2J\u202e"
)
LONG = "x" * 5_000_000


def large_report(cases: int = 300) -> str:
    """A report with more cases than stand in it as elements; the last one is hostile."""
    results = example_results()
    text = f"Words\n```js\nconst packed = 1;\nconsole.log(packed);\n```\n{EVIL}\n{LONG}\n"
    plain = "Nothing here\n```py\nprint(1)\n```\n"
    asked = [case(f"many-{number}", f"Question {number}", f"tag-{number % 7}") for number in range(cases)]
    answers = [sample(one.id, "base", text if one is asked[-1] else plain) for one in asked]
    broken = verdict(
        answers[-1], "no-console", Outcome.FAIL, EVIL, finding(text, "console.log(packed)", EVIL)
    )
    passed = [verdict(one, "no-console", Outcome.PASS, "nothing logged by console") for one in answers[:-1]]
    # Several fails first, so that the hostile one is not among the cases that are elements.
    worse = [
        verdict(one, rule, Outcome.FAIL, "made up")
        for one in answers[:200]
        for rule in ("joi-validation", "rbac")
    ]
    return render_html(
        replace(
            results,
            cases=(*results.cases, *asked),
            samples=(*results.samples, *answers),
            verdicts=(*results.verdicts, *passed, broken, *worse),
        )
    )


def comparison_page() -> str:
    """A comparison in which two of ten cases got worse, with answers that attack."""
    before = run("before", {(f"c{number}", name): "pp" for number in range(10) for name in ("one", "two")})
    after = run(
        "after",
        {
            (f"c{number}", name): "ff" if number < 3 and name == "one" else "pp"
            for number in range(10)
            for name in ("one", "two")
        },
    )
    good = "Here\n```js\nlogger.info(1);\n```\nThe end.\n"
    bad = f"Here\n```js\nconsole.log();\n```\nThe end.\n{EVIL}\n"
    places = [(f"c{number}", trial) for number in range(10) for trial in (1, 2)]
    return render_comparison(
        compare(side_of(before), side_of(after), Policy()),
        SideTexts(dict.fromkeys(places, good), "Be brief.\nNEVER log to the console.\n"),
        SideTexts(dict.fromkeys(places, bad), "Be brief.\n"),
    )
