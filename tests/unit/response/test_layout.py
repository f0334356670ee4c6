"""What stands at the margin is read at once, and the layout is that of the grammar all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.response.layout import Kind, Part, parts_by_grammar, parts_of

GOLDEN = Path(__file__).parents[3] / "datasets/backend-architect/golden"
STARTS = (
    *("", "", " ", "  ", "    ", "\t", "> ", ">", "- ", "- ", "* ", "+ ", "-", "1. ", "1. ", "2) ", "10."),
    *(
        "# ",
        "#",
        "## ",
        "===",
        "---",
        "- - -",
        "***",
        "**",
        "*",
        "_",
        "__",
        "`",
        "```",
        "````",
        "~~~",
        " ```",
    ),
    *("<div>", "<!-- ", "-->", "<b>", "|", "\\", "- > "),
)
WORDS = (
    "word",
    "two words",
    "word  ",
    "ä",
    "",
    "",
    "\xa0",
    "3",
    "—",
    "x:",
    "\f",
    "[a]: b",
    "=",
    "-",
    "#",
    "`",
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Draw lines that begin in all ways in which blocks begin."""
    starts = st.lists(st.sampled_from(STARTS), min_size=1, max_size=3).map("".join)
    line = st.builds("{}{}".format, starts, st.sampled_from(WORDS))
    plain = st.sampled_from(
        ("", "", "word", "- word", "- **word** word", "1. word", "# word", "```js", "```")
    )
    return "\n".join(draw(st.lists(plain | line, max_size=14)))


@given(documents())
@example("word\n---\n")
@example("- word\nword\n===\n")
@example("> word\nlazy\n> - word\nlazy\n2. word")
@example("- word\n\n- word\n\nword\n\n- word")
@example("- word\n\n  ```\n\nword\n\n  ```\n")
@example("1. word\n2. word\n1) word\n")
@example("   ```\n\nword\n\n   ```\nword")
@example("<!--\n\nword\n\n-->\nword")
@example("```\nword")
@example("# word #\n#\n# #\n####### word")
@example("a\r\nb\0c")
def test_the_layout_is_that_of_the_grammar(markdown: str) -> None:
    """Whatever lines an answer consists of."""
    assert parts_of(markdown) == list(parts_by_grammar(markdown))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.md"))[::8], ids=lambda path: path.stem)
def test_answers_have_the_layout_of_the_grammar(path: Path) -> None:
    """And so it is in answers as they are written."""
    markdown = path.read_text(encoding="utf-8").split("\n---\n", 1)[-1]
    assert parts_of(markdown) == list(parts_by_grammar(markdown))


def test_parts_stand_in_their_order_with_their_lines() -> None:
    """Headings, texts, fences and lists."""
    assert parts_of("## Title\nText\nmore\n\n- item\n\n```js\na();\n```\n") == [
        Part(Kind.HEADING, "Title", 0, 1, 2),
        Part(Kind.TEXT, "Text\nmore", 1, 3),
        Part(Kind.LIST_OPEN),
        Part(Kind.ITEM_OPEN),
        Part(Kind.TEXT, "item", 4, 5),
        Part(Kind.ITEM_CLOSE),
        Part(Kind.LIST_CLOSE),
        Part(Kind.CODE, "a();\n", 6, 9, 0, "js", "```"),
    ]
