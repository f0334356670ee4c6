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

from .gates import green, hostile, huge, red

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
    assert "two" in failed(render_junit([red()]))


def test_junit_counts_what_it_holds() -> None:
    """The numbers of the suite are those of its tests."""
    (suite,) = JUnitXml.fromstring(render_junit([red()]).encode())
    assert (suite.tests, suite.failures) == (len(list(suite)), len(failed(render_junit([red()]))))


def test_junit_of_a_green_gate_fails_nothing() -> None:
    """Nothing changed."""
    assert failed(render_junit([green()])) == []


def test_junit_carries_the_interval() -> None:
    """As properties of the suite."""
    (suite,) = JUnitXml.fromstring(render_junit([red()]).encode())
    assert {"delta", "low", "high"} <= {
        each.name
        for each in suite.properties()  # type: ignore[no-untyped-call]
    }


def test_junit_survives_hostile_words() -> None:
    """Control characters and markup do not break the document."""
    assert len(failed(render_junit([hostile()]))) > 0


def test_junit_with_nothing_to_gate_is_a_document() -> None:
    """No agent changed."""
    assert list(JUnitXml.fromstring(render_junit([]).encode())) == []


@pytest.mark.parametrize("make", [red, green, hostile])
def test_sarif_is_valid(make: Any) -> None:
    """Against the schema of the standard."""
    assert sarif(render_sarif([make()]))["version"] == "2.1.0"


def test_sarif_points_to_the_line_of_the_rule() -> None:
    """In the agent file."""
    (result,) = sarif(render_sarif([red()]))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("agents/tester.md", 7)


def test_sarif_points_to_the_line_of_an_answer() -> None:
    """Where the rule is broken."""
    (result,) = sarif(render_sarif([red()]))["runs"][0]["results"]
    place = result["relatedLocations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (
        "reports/after/answers/c0--base--1.md",
        3,
    )


def test_sarif_of_a_green_gate_has_no_results() -> None:
    """Nothing to report."""
    assert sarif(render_sarif([green()]))["runs"][0]["results"] == []


def test_markdown_begins_with_the_answer() -> None:
    """Whoever reads one line knows."""
    assert render_markdown([red()]).startswith("## 🔴 Prompt gate: must not pass\n")


def test_markdown_names_the_rule_that_broke() -> None:
    """Within the first lines."""
    assert "`two`" in "\n".join(render_markdown([red()]).splitlines()[:14])


@pytest.mark.parametrize("count", [1, 40])
def test_markdown_stays_within_the_limit_of_a_comment(count: int) -> None:
    """Five thousand flipped cases, forty agents."""
    assert len(render_markdown([huge()] * count)) <= LONGEST + 2_000


def test_markdown_lets_no_markup_through() -> None:
    """Rendered with HTML allowed, hostile words are still only words."""
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(render_markdown([hostile()]))
    assert "<img" not in html


def test_markdown_mentions_nobody() -> None:
    """A rule's text must not notify a team; a code span never does."""
    assert "@team" not in re.sub(r"`[^`\n]*`", "", render_markdown([hostile()]))


def test_an_annotation_stands_at_the_line_of_the_rule() -> None:
    """GitHub shows it beside the line of the diff."""
    first = render_annotations([red()]).splitlines()[0]
    assert first.startswith("::error file=agents/tester.md,line=7,title=Prompt gate::")


def test_an_annotation_is_one_line() -> None:
    """A newline would begin another command."""
    lines = render_annotations([hostile()]).splitlines()
    assert all(line.startswith("::") for line in lines)


def test_the_document_is_strict_json() -> None:
    """No NaN; what is no number is null."""
    assert json.loads(json.dumps(gate_document([red()]), allow_nan=False))["light"] == "red"
