"""Code blocks of a markdown text: where they stand, and what leads to them."""

from __future__ import annotations

import pytest

from harness.response.markdown import fences_of
from harness.response.parse import parse_response


@pytest.mark.parametrize(
    ("markdown", "text", "line"),
    [
        ("```js\na();\n```\n", "a();\n", 2),
        ("~~~~js\n```\na();\n~~~\n~~~~\n", "```\na();\n~~~\n", 2),
        ("text\n\n    a();\n\tb();\n", "a();\nb();\n", 3),
        ("1. item\n\n   ```js\n   a();\n     b();\n   ```\n", "a();\n  b();\n", 4),
        ("> quote\n> ```js\n> a();\n> ```\n", "a();\n", 3),
        ("> - ```js\n>   a();\n>   ```\n", "a();\n", 2),
        ("````markdown\n```js\na();\n```\n````\n", "```js\na();\n```\n", 2),
        ("<details>\n<summary>x</summary>\n\n```js\na();\n```\n</details>\n", "a();\n", 5),
        ("  ```js\n  a();\n    b();\n  ```\n", "a();\n  b();\n", 2),
    ],
)
def test_a_block_has_its_text_and_its_line(markdown: str, text: str, line: int) -> None:
    fence = fences_of(markdown)[0]
    assert (fence.text, fence.line) == (text, line)


@pytest.mark.parametrize(
    ("markdown", "closed"),
    [
        ("```js\na();\n```", True),
        ("```js\na();\n`````\n", True),
        ("```js\na();", False),
        ("```js\na();\n``", False),
        ("- ```js\n  a();\n\ntext after the list\n", True),
        ("> ```js\n> a();", False),
    ],
)
def test_a_fence_is_closed_unless_the_answer_ends_in_it(markdown: str, closed: bool) -> None:
    assert fences_of(markdown)[0].closed is closed


def test_a_stray_fence_at_the_end_is_no_block() -> None:
    assert len(fences_of("```js\na();\n```\ntext\n```\n")) == 1


def test_an_answer_wrapped_in_a_markdown_fence_is_read_as_if_it_were_not() -> None:
    fences = fences_of("```markdown\n# Title\n\n```js\na();\n```\n\nText\n\n```js\nb();\n```\n```\n")
    assert [(fence.text, fence.line, fence.closed) for fence in fences] == [
        ("a();\n", 5, True),
        ("b();\n", 11, True),
    ]


def test_headings_stand_outermost_first() -> None:
    fence = fences_of("# A\n\n## B\n\n### C\n\n## D\n\nSetext\n---\n\n```\nx\n```\n")[0]
    assert fence.headings == ("A", "Setext")


def test_the_paragraph_before_leads_to_a_block() -> None:
    fence = fences_of("One.\n\nTwo\nlines:\n\n```\nx\n```\n")[0]
    assert (fence.before, fence.intro) == ("One.\n\nTwo\nlines:", "Two\nlines:")


@pytest.mark.parametrize(
    ("markdown", "intro"),
    [
        ("- a\n- b\n\n```\nx\n```\n", ""),
        ("1. only one\n\n```\nx\n```\n", "only one"),
        ("- a\n- then this:\n\n```\nx\n```\n", "then this:"),
        ("- a\n- b\n\n  ```\n  x\n  ```\n", "b"),
        ("text\n\n---\n\n```\nx\n```\n", ""),
    ],
)
def test_a_finished_list_leads_to_nothing(markdown: str, intro: str) -> None:
    assert fences_of(markdown)[0].intro == intro


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_change_no_position(end: str) -> None:
    text = "# T\n\n```js\nfoo();\n  console.log(1);\n```\n"
    blocks = [parse_response(source).blocks[0] for source in (text, text.replace("\n", end))]
    assert blocks[0].text == blocks[1].text
    assert blocks[0].line == blocks[1].line


def test_too_many_blocks_are_a_limit_and_no_error() -> None:
    program = parse_response("```js\na();\n```\n\n" * 5_000)
    assert len(program.blocks) == 2_000
    assert program.limits == ("the response has 2,000 code blocks or more",)


def test_a_block_of_a_megabyte_is_a_limit_and_no_error() -> None:
    program = parse_response("```js\n" + "a();" * 250_000 + "\n```\n")
    assert program.limits == ("block 1 is too large to be read",)


def test_an_answer_of_more_than_four_megabytes_is_a_limit_and_no_error() -> None:
    program = parse_response("word " * 1_000_000)
    assert program.limits == ("the response has more than 4,000,000 characters",)
