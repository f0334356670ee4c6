"""A finding's quote stands at its line and column in the text of the answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.types import Finding
from harness.response.parse import parse_response, parse_source

INDENTS = ["", "  ", "\t", "\t\t", "   \t", "      "]
STATEMENTS = [
    "mark(1);",
    "const a = '😀🚀'; mark(2);",
    "if (b) { mark(3); }",
    "/* 日本語 */ mark(4)",
    "x = `é${mark(5)}`;",
]
WRAPPERS = ["plain", "list", "quote", "nested", "tilde", "diff", "indented"]


def wrapped(wrapper: str, lines: list[str]) -> str:
    if wrapper == "indented":
        return "Text:\n\n" + "\n".join(f"    {line}" for line in lines) + "\n"
    if wrapper == "diff":
        return (
            "```diff\n"
            + "\n".join(("+" if i % 2 else " ") + line for i, line in enumerate(lines))
            + "\n```\n"
        )
    mark = "~~~~" if wrapper == "tilde" else "```"
    block = [f"{mark}js", *lines, mark]
    if wrapper == "list":
        return "1. Item:\n\n" + "\n".join(f"   {line}" for line in block) + "\n"
    if wrapper == "quote":
        return "\n".join(f"> {line}" for line in block) + "\n"
    if wrapper == "nested":
        return "> - a\n>   - b\n" + "\n".join(f">     {line}" for line in block) + "\n"
    return "Text\n\n" + "\n".join(block) + "\n"


def findings_of(markdown: str) -> list[Finding]:
    program = parse_response(markdown)
    return [
        program.finding(unit, call, "found")
        for unit in program.units
        for call in unit.calls
        if call.text().startswith("mark(")
    ]


def standing_at(text: str, finding: Finding) -> str:
    line = text.replace("\r\n", "\n").split("\n")[finding.line - 1]
    return line[finding.column - 1 : finding.end_column - 1]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(WRAPPERS),
    st.lists(st.tuples(st.sampled_from(INDENTS), st.sampled_from(STATEMENTS)), min_size=1, max_size=5),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_quote_stands_at_its_place(wrapper: str, parts: list[tuple[str, str]], end: str) -> None:
    text = wrapped(wrapper, [indent + statement for indent, statement in parts]).replace("\n", end)
    found = findings_of(text)
    assert [standing_at(text, finding) for finding in found] == [finding.quote for finding in found]


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_every_wrapper_shows_its_calls(wrapper: str) -> None:
    assert len(findings_of(wrapped(wrapper, STATEMENTS))) == len(STATEMENTS)


def test_a_finding_of_a_source_file_counts_from_its_first_line() -> None:
    program = parse_source("'😀'; mark(1);\n", "a.js")
    finding = program.finding(program.units[0], program.units[0].calls[0], "found")
    assert (finding.line, finding.column, finding.end_column) == (1, 6, 13)
