"""A response becomes numbered lines, marked where findings point, and bounded whatever a model wrote."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import Finding, Outcome
from harness.report.lines import LONGEST_LINE, MOST_LINES, Line, mark_lines

FAIL = Outcome.FAIL


def at(line: int, column: int = 1, end_line: int = 0, end_column: int = 2, **rest: str) -> Finding:
    return Finding(
        1, line, column, end_line or line, end_column, rest.get("message", "why"), "", rest.get("file", "")
    )


def lines_of(text: str, *findings: Finding) -> list[Line]:
    blocks = mark_lines(text, [(FAIL, "rule", finding) for finding in findings])
    return [line for block in blocks for line in block.lines]


def test_lines_are_numbered_from_one() -> None:
    """Numbers are those an editor shows, blank lines counted."""
    assert [line.number for line in lines_of("a\n\nb")] == [1, 2, 3]


def test_every_newline_of_markdown_counts() -> None:
    r"""``\r\n`` and ``\r`` end a line too, as they do for the parser that made the findings."""
    assert [line.pieces[0].text for line in lines_of("a\r\nb\rc")] == ["a", "b", "c"]


def test_a_unicode_line_separator_is_no_newline() -> None:
    """U+2028 does not shift the lines that findings point at."""
    assert len(lines_of("a\u2028b\x0bc")) == 1


def test_the_columns_of_a_finding_are_cut_out() -> None:
    """The marked piece is exactly the quote."""
    (line,) = lines_of("let x = console.log", at(1, 9, 1, 20))
    assert [(piece.text, piece.hit) for piece in line.pieces] == [("let x = ", False), ("console.log", True)]


def test_overlapping_findings_do_not_repeat_text() -> None:
    """Two findings on the same words show the words once."""
    (line,) = lines_of("abcdef", at(1, 1, 1, 4), at(1, 3, 1, 6))
    assert "".join(piece.text for piece in line.pieces) == "abcdef"


def test_a_note_says_whose_finding_it_is() -> None:
    """Outcome, rule and message stand at the first line of the finding."""
    (line,) = lines_of("a", at(1, message="because"))
    assert [(note.outcome, note.rule, note.message) for note in line.notes] == [(FAIL, "rule", "because")]


def test_the_same_note_is_not_said_twice() -> None:
    """Two findings with equal words on one line make one note."""
    (line,) = lines_of("ab", at(1, 1), at(1, 2, 1, 3))
    assert len(line.notes) == 1


def test_all_lines_of_a_span_are_marked() -> None:
    """A finding over three lines marks three, one that ends at column 1 not the last."""
    marked = [line.number for line in lines_of("a\nb\nc\nd", at(1, 1, 3, 1)) if line.marked]
    assert marked == [1, 2]


def test_a_line_out_of_range_is_brought_back() -> None:
    """A finding beyond the end is shown at the last line, not lost."""
    assert lines_of("a\nb", at(99))[-1].marked


def test_findings_in_other_files_are_not_drawn_here() -> None:
    """A finding in a file has no line in the response."""
    assert not lines_of("a", at(1, file="src/app.js"))[0].marked


def test_fenced_blocks_are_code() -> None:
    """The fences belong to the block; what follows is prose again."""
    blocks = mark_lines("text\n```js\nx\n```\nmore", [])
    assert [(block.code, len(block.lines)) for block in blocks] == [(False, 1), (True, 3), (False, 1)]


def test_a_shorter_fence_does_not_close() -> None:
    """Three backticks inside a block of four are its content."""
    blocks = mark_lines("````md\n```js\n```\n````\nend", [])
    assert [(block.code, len(block.lines)) for block in blocks] == [(True, 4), (False, 1)]


def test_an_endless_line_is_cut_and_says_so() -> None:
    """A line of 5 MB leaves its beginning and the number of characters left out."""
    (line,) = lines_of("x" * 5_000_000)
    shown = "".join(piece.text for piece in line.pieces)
    assert len(shown) < LONGEST_LINE + 100
    assert "4,999,000 more characters left out" in shown


def test_an_endless_response_is_cut_and_says_so() -> None:
    """Beyond the most lines, one remark stands for the rest."""
    lines = lines_of("x\n" * 10_000)
    assert (len(lines), lines[-1].number) == (MOST_LINES + 1, 0)


def test_lines_with_findings_are_kept_however_far_down() -> None:
    """What a rule points at is shown, with remarks about the gaps around it."""
    lines = lines_of("x\n" * 10_000, at(9_000))
    assert [line.number for line in lines[-3:]] == [0, 9_000, 0]


@given(st.text(alphabet="ab`~\r\n \u202e", max_size=80), st.integers(-3, 20), st.integers(-3, 20))
def test_any_text_is_shown_whole(text: str, line: int, column: int) -> None:
    """Nothing of a short response is lost, whatever the finding says."""
    shown = lines_of(text, at(line, column, line, column + 3))
    assert "\n".join("".join(p.text for p in row.pieces) for row in shown) == text.replace(
        "\r\n", "\n"
    ).replace("\r", "\n")


@given(
    st.lists(
        st.sampled_from(["```js", "```", "~~~", "const a = 1;", "words", "", "  ```", "> ```sql"]), min_size=1
    )
)
def test_lines_without_marks_and_colours_are_those_of_the_marked_page(lines: list[str]) -> None:
    """They are made when asked for, by a way of their own, and must not differ."""
    text = "\n".join(lines)
    plain = [(block.code, list(block.lines)) for block in mark_lines(text, (), colour=False)]
    assert plain == [
        (block.code, list(block.lines))
        for block in mark_lines(text, [(FAIL, "rule", at(1, file="other.js"))], colour=False)
    ]
