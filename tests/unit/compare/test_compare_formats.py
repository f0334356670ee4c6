"""The gate's answer in the formats that CI servers read: valid, short, and nothing breaks out of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from junitparser import Failure, JUnitXml
from markdown_it import MarkdownIt

from harness.report.comparison.annotations import render_annotations
from harness.report.comparison.gate import gate_document
from harness.report.comparison.junit import render_junit
from harness.report.comparison.markdown import LONGEST, render_markdown
from harness.report.comparison.sarif import render_sarif

from .gates import TROUBLE, green, hostile, huge, long_names, red, report, single, strict, vacuous

SCHEMA = Path(__file__).parents[2] / "data/schemas/sarif-2.1.0.json"


def failed(text: str) -> list[str]:
    """Return the names of failed tests, as a third-party parser reads them."""
    return [
        case.name
        for suite in JUnitXml.fromstring(text.encode())
        for case in suite
        if any(isinstance(result, Failure) for result in case.result)
    ]


def sarif(text: str) -> dict[str, Any]:
    """Return a log, validated against the schema of the standard."""
    log: dict[str, Any] = json.loads(text)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(log)
    return log


def test_junit_fails_the_rule_that_broke() -> None:
    """And those around it that must fail with it."""
    assert "two" in failed(render_junit(report(red())))


def test_junit_counts_what_it_holds() -> None:
    """The numbers of the suite are those of its tests."""
    (suite,) = JUnitXml.fromstring(render_junit(report(red())).encode())
    assert (suite.tests, suite.failures) == (len(list(suite)), len(failed(render_junit(report(red())))))


def test_junit_of_a_green_gate_fails_nothing() -> None:
    """Nothing changed."""
    assert failed(render_junit(report(green()))) == []


def test_junit_carries_the_interval() -> None:
    """As properties of the suite."""
    (suite,) = JUnitXml.fromstring(render_junit(report(red())).encode())
    assert {"delta", "low", "high"} <= {
        each.name
        for each in suite.properties()  # type: ignore[no-untyped-call]
    }


def test_junit_survives_hostile_words() -> None:
    """Control characters and markup do not break the document."""
    assert len(failed(render_junit(report(hostile())))) > 0


def test_junit_with_nothing_to_gate_is_a_document() -> None:
    """No agent changed."""
    assert list(JUnitXml.fromstring(render_junit(report()).encode())) == []


@pytest.mark.parametrize("make", [red, green, hostile])
def test_sarif_is_valid(make: Any) -> None:
    """Against the schema of the standard."""
    assert sarif(render_sarif(report(make())))["version"] == "2.1.0"


def test_sarif_points_to_the_line_of_the_rule() -> None:
    """In the agent file."""
    (result,) = sarif(render_sarif(report(red())))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("agents/tester.md", 7)


def test_sarif_points_to_the_line_of_an_answer() -> None:
    """Where the rule is broken."""
    (result,) = sarif(render_sarif(report(red())))["runs"][0]["results"]
    place = result["relatedLocations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (
        "reports/after/answers/c0--base--1.md",
        3,
    )


def test_sarif_of_a_green_gate_has_no_results() -> None:
    """Nothing to report."""
    assert sarif(render_sarif(report(green())))["runs"][0]["results"] == []


def test_markdown_begins_with_the_answer() -> None:
    """Whoever reads one line knows."""
    assert render_markdown(report(red())).startswith("## 🔴 Prompt gate: must not pass\n")


def test_markdown_names_the_rule_that_broke() -> None:
    """Within the first lines."""
    assert "`two`" in "\n".join(render_markdown(report(red())).splitlines()[:14])


@pytest.mark.parametrize("count", [1, 40])
def test_markdown_stays_within_the_limit_of_a_comment(count: int) -> None:
    """Five thousand flipped cases, forty agents."""
    assert len(render_markdown(report(*[huge()] * count))) <= LONGEST + 2_000


def test_markdown_stays_within_the_limit_however_long_the_names_are() -> None:
    """Ids and texts of a thousand characters, all of them broken; the agent is still told of."""
    text = render_markdown(report(long_names()))
    assert (len(text) <= LONGEST, "must not pass" in text, "more agent" in text) == (True, True, False)


def test_markdown_lets_no_markup_through() -> None:
    """Rendered with HTML allowed, hostile words are still only words."""
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(render_markdown(report(hostile())))
    assert "<img" not in html


def test_markdown_mentions_nobody() -> None:
    """A rule's text must not notify a team; a code span never does."""
    assert "@team" not in re.sub(r"`[^`\n]*`", "", render_markdown(report(hostile())))


def test_an_annotation_stands_at_the_line_of_the_rule() -> None:
    """GitHub shows it beside the line of the diff."""
    first = render_annotations(report(red())).splitlines()[0]
    assert first.startswith("::error file=agents/tester.md,line=7,title=Prompt gate::")


def test_an_annotation_is_one_line() -> None:
    """A newline would begin another command."""
    lines = render_annotations(report(hostile())).splitlines()
    assert all(line.startswith("::") for line in lines)


def test_junit_shows_a_missed_threshold_beside_what_broke() -> None:
    """Both are red for reasons of their own."""
    assert {"two", "policy"} <= set(failed(render_junit(report(strict()))))


def test_junit_fails_all_rules_together_only_where_they_fell() -> None:
    """One rule of many that fell moves the rest too little."""
    assert "all rules together" not in failed(render_junit(report(single())))


def test_junit_of_an_agent_without_a_verdict_is_an_error() -> None:
    """Not a failure: nothing is known about the prompt; the other agent is still told of."""
    suites = list(JUnitXml.fromstring(render_junit(report(red(), TROUBLE)).encode()))
    assert [(suite.errors, suite.failures > 0) for suite in suites] == [(0, True), (1, False)]


def test_sarif_of_an_agent_without_a_verdict_has_not_succeeded() -> None:
    """No results are not good news."""
    (invocation,) = sarif(render_sarif(report(TROUBLE)))["runs"][0]["invocations"]
    said = invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert (invocation["executionSuccessful"], said) == (False, TROUBLE.message)


def test_markdown_of_an_agent_without_a_verdict_does_not_say_that_it_may_pass() -> None:
    """Green beside an error would be read as green."""
    assert render_markdown(report(green(), TROUBLE)).startswith("## ⚪ Prompt gate: no verdict\n")


def test_an_annotation_tells_an_agent_without_a_verdict() -> None:
    """In the file that could not be gated."""
    assert render_annotations(report(TROUBLE)).startswith("::error file=agents/other.md,line=1")


def test_the_document_tells_what_went_wrong() -> None:
    """Path, message and exit code."""
    document = gate_document(report(green(), TROUBLE))
    assert (document["light"], document["errors"][0]["code"]) == ("none", 3)


def test_markdown_shows_evasion_beside_the_rate() -> None:
    """A rate alone hides that it rests on nothing."""
    assert "vacuous 0 → 200" in render_markdown(report(vacuous())).replace("\\", "")


def test_the_document_is_strict_json() -> None:
    """No NaN; what is no number is null."""
    assert json.loads(json.dumps(gate_document(report(red())), allow_nan=False))["light"] == "red"
