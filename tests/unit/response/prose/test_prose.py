"""The prose of an answer is read by passages, with their titles, labels, sentences and lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.response.parse import parse_response
from harness.response.prose.document import Passage, PassageKind
from harness.response.prose.read import MAX_PASSAGES, prose_of, read_prose
from harness.response.prose.sentences import label_of, plain, sentences_of


def passages(markdown: str) -> list[Passage]:
    return [one for one in read_prose(markdown).passages if one.kind is not PassageKind.HEADING]


def sentences(text: str) -> list[str]:
    return [one.text for one in sentences_of(text, 1)]


def test_a_passage_stands_under_its_headings() -> None:
    """The outermost comes first."""
    assert passages("# Design\n\n## Scaling\n\nIt grows.\n")[0].above == ("Design", "Scaling")


def test_a_heading_ends_those_of_its_level() -> None:
    """A sibling is not above."""
    assert passages("## Tests\n\nOne.\n\n## Notes\n\nTwo.\n")[1].above == ("Notes",)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("**Scaling.** It grows.", "Scaling"),
        ("**Scaling**: it grows.", "Scaling"),
        ("**Scaling:** it grows.", "Scaling"),
        ("*Input* - checked by Joi.", "Input"),
        ("__Notes__ – one.", "Notes"),
        ("Tests: unit for the schema.", "Tests"),
        ("Unit and integration tests: all.", "Unit and integration tests"),
        ("**`POST /x`**: creates.", "POST /x"),
        ("**Redis** Keep counters there.", "Redis"),
        ("**Redis** keeps the counters.", ""),
        ("The test: it fails at https://a.b", "The test"),
        ("https://example.org is down", ""),
        ("nothing: here", ""),
        ("One sentence. Another: x", ""),
    ],
)
def test_a_lead_in_is_a_label(text: str, label: str) -> None:
    """Emphasis or a few words and a colon at the start; a bold word of a sentence is none."""
    assert label_of(text)[0] == label


def test_a_label_is_no_part_of_the_sentences() -> None:
    """What is said comes after it."""
    found = passages("**Scaling.** It grows. Fast.\n")[0]
    assert (found.label, [one.text for one in found.sentences]) == ("Scaling", ["It grows.", "Fast."])


def test_a_line_in_bold_heads_the_list_below_it() -> None:
    """Models often write it so instead of a heading."""
    assert passages("**Scaling**\n\n- more pods\n")[0].titles == ("Scaling",)


def test_a_labelled_neighbour_ends_a_line_in_bold() -> None:
    """Tests are not part of scaling."""
    assert passages("**Scaling**\n\n- more pods\n\nTests: unit.\n")[1].titles == ("Tests",)


def test_a_sentence_with_a_colon_heads_the_list_below_it() -> None:
    """It says what the items are."""
    assert passages("What to test:\n\n- the schema\n")[1].above == ("What to test:",)


def test_an_item_stands_under_the_item_that_holds_it() -> None:
    """Nested lists are sections in small."""
    assert passages("- Performance\n  - an index\n")[1].above == ("Performance",)


def test_rows_of_a_table_have_their_first_cell_as_label() -> None:
    """It names what the others are about."""
    rows = passages("| level | what |\n|---|---|\n| unit | the `a\\|b` schema |\n")
    assert [(one.kind, one.label, one.text) for one in rows] == [
        (PassageKind.ROW, "level", "what"),
        (PassageKind.ROW, "unit", "the `a\\|b` schema"),
    ]


def test_sentences_end_at_their_marks() -> None:
    """And where a line begins with a mark of its own."""
    assert sentences("One. Two! Three?\n✅ Four\n✅ Five") == ["One.", "Two!", "Three?", "✅ Four", "✅ Five"]


@pytest.mark.parametrize(
    "text",
    [
        "Use a queue, e.g. Redis, for that.",
        "It is version 1.2 of the client.",
        "Call `a.b. C` first.",
        "See [the docs](https://a.b/c.?D) there.",
        "It waits, i.e. Postgres does.",
    ],
)
def test_what_only_looks_like_an_end_is_none(text: str) -> None:
    """Abbreviations, numbers, code and links hold full stops."""
    assert sentences(text) == [text]


def test_a_sentence_knows_its_line() -> None:
    """Lines count from 1 and are those of the answer."""
    found = passages("# A\n\nOne.\nTwo goes\non.\nThree.\n")[0]
    assert [one.line for one in found.sentences] == [3, 4, 6]


def test_a_finding_stands_in_the_prose() -> None:
    """Block 0 is the prose; the quote is bounded."""
    sentence = next(iter(sentences_of("word " * 100, 7)))
    finding = sentence.finding("too long")
    assert (finding.block, finding.line, len(finding.quote)) == (0, 7, 160)


def test_emphasis_goes_and_code_stays() -> None:
    """Stars in code are code."""
    assert (
        plain("**Two** *words*, `a * b * c` and snake_case_name")
        == "Two words, `a * b * c` and snake_case_name"
    )


def test_code_is_no_prose() -> None:
    """But it is counted, so that a passage knows what comes before it."""
    found = passages("One.\n\n```js\na();\n```\n\nTwo.\n")
    assert [(one.text, one.before) for one in found] == [("One.", 0), ("Two.", 1)]


def test_stems_are_the_beginnings_of_words() -> None:
    """Label and text, in small letters."""
    assert passages("**Caching**: Redis, p95\n")[0].stems == {"cach", "redi", "p"}


def test_the_prose_of_a_program_is_read_once() -> None:
    """However many checks want it."""
    program = parse_response("One.")
    assert program.once(prose_of) is program.once(prose_of)


def test_reading_is_bounded() -> None:
    """What comes after the bound is not read, and that is told."""
    document = read_prose("- a\n" * (MAX_PASSAGES + 10))
    assert (len(document.passages), document.exhausted) == (MAX_PASSAGES, True)


@pytest.mark.parametrize(
    "text",
    [
        "**" * 50_000,
        "_a " * 50_000,
        "|a" * 20_000 + "\n" + "|-" * 20_000,
        "`" * 100_000,
        "- " * 5_000 + "x",
        "](" * 50_000,
    ],
)
def test_hostile_markup_ends(text: str) -> None:
    """No pattern runs away, nothing nests too deep."""
    document = read_prose(text)
    assert sum(len(one.sentences) for one in document.passages) >= 0


@given(st.text(alphabet="ab.*_`:|-#>\n 1e", max_size=300))
def test_any_text_is_read(text: str) -> None:
    """Every sentence has words, and a line that the text has."""
    lines = text.count("\n") + 1
    for sentence in read_prose(text).sentences:
        assert sentence.text.strip()
        assert 1 <= sentence.line <= lines
