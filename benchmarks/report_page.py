"""Size and speed of a report on ten thousand answers to 48 rules, opened and filtered in Chromium.

    python benchmarks/report_page.py [--samples 10000] [--trials 1] [--keep FILE]

The results are made up from a fixed seed, and no model is asked: 48 rules, answers of about 3,000 characters
put together from the repository's hand-written responses, verdicts drawn at random. Measured are the size
of the page, the time to write it, and in Debian's Chromium the time until it can be used, until a filter by
outcome, by rule and by words has drawn its list, and until a packed case is open.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from harness.checks.bind import Binding
from harness.core.types import (
    Agent,
    Basis,
    Case,
    CaseKind,
    Completion,
    Decision,
    Finding,
    Message,
    Mode,
    Outcome,
    Polarity,
    Role,
    Rule,
    Sample,
    Severity,
    Span,
    StopReason,
    Usage,
    Variant,
    Verdict,
)
from harness.report.formats.html import render_html
from harness.report.model import RunResults
from harness.stats.score import score_verdicts

ROOT = Path(__file__).parents[1]
RULES = 48
LENGTH = 3_000  # characters of an answer
_OUTCOMES = (Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNDECIDED)
_WEIGHTS = (30, 8, 60, 2)
_LIMITS = (("megabytes", 25.0), ("opens", 1.0), ("outcome", 1.0), ("rule", 1.0), ("words", 1.0))


def main() -> int:
    """Make a run, write its page, measure it; return 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="leave the page here")
    options = parser.parse_args()
    results = made_up(options.samples, options.trials)
    begun = time.perf_counter()
    html = render_html(results)
    print(f"{options.samples:,} answers × {RULES} rules, {options.trials} per case")
    print(f"written in      {time.perf_counter() - begun:6.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "report.html"
        path.write_text(html, encoding="utf-8")
        found = {"megabytes": path.stat().st_size / 1e6, **measured(path)}
    for name, value in found.items():
        limit = dict(_LIMITS).get(name)
        print(f"{name:15} {value:6.2f}{'' if limit is None else f'  (limit {limit:g})'}")
    return int(any(found[name] > limit for name, limit in _LIMITS))


def made_up(samples: int, trials: int) -> RunResults:
    """Return a run of the given size; the same every time."""
    chance = random.Random(0)
    texts = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("datasets/*/golden/*.md"))[:200]]
    rules = tuple(_rule(number) for number in range(RULES))
    agent = Agent(
        "made-up", "", "", "", "", (), (), tuple(one.rule for one in rules), "agents/made-up.md", "sha"
    )
    cases = [_case(number, chance) for number in range(samples // trials)]
    answers = [_sample(case.id, trial, chance, texts) for case in cases for trial in range(1, trials + 1)]
    verdicts = [_verdict(answer, one.rule.id, chance) for answer in answers for one in rules]
    scores = score_verdicts(
        verdicts,
        {"base": 0},
        {case.id: case.cluster for case in cases},
        [(o.rule.id, o.check) for o in rules],
    )
    return RunResults(
        run="made-up",
        folder=Path("reports/made-up"),
        created="2026-01-01T00:00:00+00:00",
        agent=agent,
        rules=rules,
        variants=(Variant("base", agent),),
        model="none",
        models_served=(),
        cases=tuple(cases),
        samples=tuple(answers),
        failures=(),
        verdicts=tuple(verdicts),
        scores=scores,
    )


def _rule(number: int) -> Binding:
    text = f"Rule {number} of a made-up list, about as long as such lines are"
    rule = Rule(f"rule-{number}", text, Polarity.ALWAYS, "Rules", True, Span(number + 5, 1, number + 5, 60))
    return Binding(rule, f"made/up-{number}", {}, "made up", Severity.MAJOR, "")


def _case(number: int, chance: random.Random) -> Case:
    words = " ".join(
        chance.choices("build an endpoint that stores orders and users with sessions".split(), k=20)
    )
    return replace(
        Case(f"case-{number:05d}", CaseKind.COMPLIANCE, "made-up", (), (), (), (), "", (), "", "", ""),
        messages=(Message(Role.USER, f"Question {number}: {words}"),),
        tags=tuple(chance.sample(("node", "python", "php", "tempting", "schema", "graphql", "bug"), k=2)),
        cluster=f"cluster-{number // 4}",
        provenance="made up",
        sha=str(number),
    )


def _sample(case: str, trial: int, chance: random.Random, texts: list[str]) -> Sample:
    parts: list[str] = []
    while sum(map(len, parts)) < LENGTH:
        text = chance.choice(texts)
        at = text.find("```") if len(parts) % 2 else 0
        parts.append(text[max(0, at) :][: chance.randint(400, 1_600)])
    served = Completion(
        "\n".join(parts)[:LENGTH],
        (),
        Usage(2_000, LENGTH // 4),
        StopReason.END,
        "made-up-1",
        chance.uniform(3, 9),
    )
    return Sample(f"{case}-{trial}", case, "base", trial, "none", served)


def _verdict(answer: Sample, rule: str, chance: random.Random) -> Verdict:
    outcome = chance.choices(_OUTCOMES, _WEIGHTS)[0]
    findings: tuple[Finding, ...] = ()
    if outcome is Outcome.FAIL:
        line = chance.randint(1, answer.completion.text.count("\n") + 1)
        findings = (Finding(1, line, 1, line, 12, f"{rule} is broken here, and this says why", "a quote"),)
    reason = f"{rule}: {outcome.value} for one of {chance.randint(1, 9)} reasons"
    number = rule.removeprefix("rule-")
    return Verdict(
        answer.case,
        answer.variant,
        answer.trial,
        rule,
        f"made/up-{number}",
        1,
        Mode.ANALOGUE,
        Basis.STATIC,
        Decision(outcome, reason, findings),
        "",
    )


def measured(path: Path) -> dict[str, float]:
    """Open a page and use it; return seconds by step."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]")
        found = _opening(page)
        found["outcome"] = _filter(page, "outcome", "undecided")
        found["rule"] = _filter(page, "rule", "7")
        page.keyboard.press("Escape")
        found["words, first"] = _search(page, "question 99")
        page.keyboard.press("Escape")
        found["words"] = _search(page, "question 17")
        page.keyboard.press("Escape")
        page.wait_for_function("!document.getElementById('filter-state').textContent.includes('reading')")
        page.get_by_role("button", name="Cases: later").click()
        page.get_by_role("button", name="Cases: later").click()
        begun = time.perf_counter()
        page.locator("#answers .item > summary").first.click()
        page.wait_for_selector("#answers .item[open] .ln")
        found["case"] = time.perf_counter() - begun
        browser.close()
    return found


def _opening(page: Page) -> dict[str, float]:
    """Return the seconds until the page is drawn and answers, as it marks them itself, and its nodes then."""
    costs = page.context.new_cdp_session(page)
    costs.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in costs.send("Performance.getMetrics")["metrics"]}
    ready = page.evaluate("performance.getEntriesByName('ready')[0].startTime")
    return {"opens": ready / 1000, "nodes": metrics["Nodes"]}


def _filter(page: Page, name: str, value: str) -> float:
    """Choose in a filter; the list and the heat map are drawn when the next frame is."""
    return float(
        page.evaluate(
            """async ([name, value]) => {
              const field = document.getElementById(`filter-${name}`);
              const begun = performance.now();
              field.value = value;
              field.dispatchEvent(new Event("change"));
              await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
              return (performance.now() - begun) / 1000;
            }""",
            [name, value],
        )
    )


def _search(page: Page, words: str) -> float:
    """Type words; the answer is there when the line below the filter no longer says that it reads."""
    begun = time.perf_counter()
    page.locator("#filter-text").fill(words)
    page.wait_for_function(
        """() => { const said = document.getElementById("filter-state").textContent;
          return !said.includes("reading") && !/and ([\\d,]+) of \\1 /.test(said); }"""
    )
    return time.perf_counter() - begun


if __name__ == "__main__":
    raise SystemExit(main())
