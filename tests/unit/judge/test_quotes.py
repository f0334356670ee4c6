"""What a judge quotes is found where it stands, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checks.decide import exchange_of
from harness.core.types import (
    Case,
    CaseKind,
    Completion,
    Finding,
    Message,
    Role,
    StopReason,
    ToolCall,
    Usage,
)
from harness.judge.prompt import response_parts
from harness.judge.quotes import Source
from harness.response.parse import parse_response

TEXT = "First line.\n\nThe **price** is “one more” table – no more.\n\n```js\nconst a =   1;\n```\n"


def shown(quote: str) -> str | None:
    found = Source(TEXT).find(quote)
    return None if found is None else TEXT[found.start : found.end]


@pytest.mark.parametrize(
    "quote",
    [
        "The price is",
        'is "one more" table',
        "one more table - no more",
        "const a = 1;",
        "`const a = 1;`",
        "First line. The price … one more” table - no more",
        "First line. The price [...] one more table",
        "The price is “one more” table...",
        "First line.\n\nThe price",
    ],
)
def test_a_quote_that_differs_in_signs_only_is_found(quote: str) -> None:
    assert shown(quote) is not None


@pytest.mark.parametrize(
    "quote",
    ["The cost is", "const a = 2;", "no more … The price", "", "...", "a", "const b … const a", "x" * 3_000],
)
def test_a_quote_with_other_words_is_not_found(quote: str) -> None:
    assert shown(quote) is None


@pytest.mark.parametrize(
    "quote",
    ["The service does ... validate input", "vice ... safe", "The service ... validates ... input ... here"],
)
def test_an_omission_may_not_turn_what_is_said(quote: str) -> None:
    said = "The service does not validate input at all, and validates no input here. It is a safe service.\n"
    assert Source(said).find(quote) is None


def test_a_quote_is_shown_as_the_response_has_it() -> None:
    assert shown('is "one more" table') == "is “one more” table"


def test_the_finding_names_the_line() -> None:
    source = Source(TEXT)
    quoted = source.find("const a = 1")
    assert quoted is not None
    finding = source.finding(quoted, "why", parse_response(TEXT))
    assert (finding.line, finding.column, finding.block) == (6, 1, 1)


def test_a_quote_over_lines_ends_on_the_last_of_them() -> None:
    source = Source(TEXT)
    quoted = source.find("First line. The price")
    assert quoted is not None
    finding = source.finding(quoted, "why", parse_response(TEXT))
    assert (finding.line, finding.end_line, finding.block) == (1, 3, 0)


@given(st.text(min_size=1, max_size=200), st.integers(0, 150), st.integers(1, 60))
def test_every_stretch_of_a_text_that_is_found_is_within_it(text: str, start: int, length: int) -> None:
    quote = text[start : start + length]
    found = Source(text).find(quote)
    assert found is None or 0 <= found.start < found.end <= len(text)


@given(st.text(alphabet="abcdefgh ijk\n", min_size=12, max_size=200), st.integers(0, 100))
def test_a_stretch_of_letters_is_always_found(text: str, start: int) -> None:
    quote = text[start : start + 40]
    letters = "".join(quote.split())
    assert len(letters) < 4 or Source(text).find(quote) is not None


@pytest.mark.parametrize("quote", ["The\u200b price is", "\ufeffThe price is", "The pri\u00adce is"])
def test_signs_that_nobody_sees_do_not_hide_a_quote(quote: str) -> None:
    assert shown(quote) == "The **price** is"


def test_signs_that_nobody_sees_are_no_quote_by_themselves() -> None:
    assert Source("a\u200b\u200b\u200b\u200b b").find("\u200b\u200b\u200b\u200b") is None


WRITTEN = ToolCall("Write", {"file_path": "src/a.js", "content": "const a = 1;\nconst total = a + 1;\n"})


def in_file(quote: str) -> Finding:
    asked = (Message(Role.USER, "Go"),)
    case = Case("c", CaseKind.COMPLIANCE, "agent", asked, (), (), (), "", (), "c", "test:1", "sha")
    answer = Completion("Two lines\nof prose.", (WRITTEN,), Usage(1, 1), StopReason.TOOL_USE, "m", 0.1)
    exchange = exchange_of(case, answer)
    text, parts = response_parts(exchange)
    source = Source(text, parts)
    found = source.find(quote)
    assert found is not None
    return source.finding(found, "seen", exchange.program)


def test_a_quote_from_a_file_is_found_at_its_line_of_the_file() -> None:
    found = in_file("total = a + 1")
    assert (found.file, found.line, found.column, found.end_column) == ("src/a.js", 2, 7, 20)


def test_a_quote_from_the_answer_beside_a_file_stands_in_no_file() -> None:
    found = in_file("of prose.")
    assert (found.file, found.line, found.column) == ("", 2, 1)
