"""Only labels make a counter-example; words that merely occur near code do not."""

from __future__ import annotations

import pytest

from harness.response.block import BlockRole
from harness.response.labels import counter_lines_of
from harness.response.parse import parse_response

CODE = "```js\napp.get('/a', a);\n```\n"
BAD = [
    "### ❌ Don't",
    "## Bad",
    "### Bad example",
    "## Before",
    "### The wrong way",
    "### 1. Anti-pattern",
    "## Common mistakes to avoid",
    "## What not to do",
    "**❌ Wrong:**",
    "Avoid this:",
    "Don't do this:",
    "Never do it like this:",
    "Do not write code like this:",
    "Here is a common mistake:",
    "This is the vulnerable version:",
    "The following code is insecure because it trusts the client:",
    "You should never build queries like this:",
    "Use a repository instead of this:",
    "Instead of",
    "Here's how not to do it:",
    "BAD:",
    "*Not recommended*",
    "Incorrect (leaks the stack):",
    "**Now (vulnerable):**",
    "Now (vulnerable):",
    "Option A (unsafe):",
    "### Login handler (insecure version)",
    "You should never write queries like this.",
    "Don't do this in production.",
    "Never build the statement in this way:",
]
GOOD = [
    "Don't forget to register the middleware:",
    "Don't skip this:",
    "## Before you start",
    "## Before deploying",
    "### Error handling: wrong password",
    "### Wrong password",
    "## Broken access control",
    "## Insecure deserialization",
    "### Bad request handling",
    "This handler answers 401 when the password is wrong:",
    "To avoid duplicate charges, use an idempotency key like this:",
    "To avoid this:",
    "Never trust the client; validate like this:",
    "The fixed version of the vulnerable code:",
    "This avoids the anti-pattern of shared state:",
    "Use the pool instead of a client per request:",
    "You do not need to change this:",
    "- ❌ no console\n- ❌ no secrets\n",
    "Before the request reaches the handler, this runs:",
    "✅ Good:",
    "### ✅ Do this instead",
    "After the migration:",
    "This prevents the mistake of forgetting a limit:",
    "If the token is bad, the middleware rejects it:",
    "Don't add an index or a cache for that.",
    "Do not change the schema because of it.",
    "Never put that in the controller.",
    "The parser of the framework is off. Don't use that.",
    "You should not build an index for this query.",
    "Now (with a limit):",
    "### Login (safe against wrong passwords)",
]


@pytest.mark.parametrize("words", BAD)
def test_a_label_over_a_block_makes_it_a_counter_example(words: str) -> None:
    program = parse_response(f"{words}\n\n{CODE}")
    assert [block.role for block in program.blocks] == [BlockRole.COUNTER_EXAMPLE]


@pytest.mark.parametrize("words", GOOD)
def test_words_that_only_sound_bad_leave_code_what_it_is(words: str) -> None:
    program = parse_response(f"{words}\n\n{CODE}")
    assert [block.role for block in program.blocks] == [BlockRole.CODE]


@pytest.mark.parametrize(
    "comment",
    [
        "// ❌ Bad",
        "// Now (vulnerable):",
        "// BAD: leaks",
        "// Wrong",
        "/* Don't do this */",
        "// Before",
        "// insecure - no check",
    ],
)
def test_a_label_at_the_head_of_a_block_covers_the_block(comment: str) -> None:
    program = parse_response(f"```js\n{comment}\napp.get('/a', a);\n\napp.get('/b', b);\n```\n")
    assert program.blocks[0].role is BlockRole.COUNTER_EXAMPLE


@pytest.mark.parametrize(
    "comment",
    [
        "// Avoid N+1 queries",
        "// Don't forget to close the pool",
        "// Before each request the tenant is set",
        "// before() runs once",
        "// bad-request.js",
        "// Before: 120 ms, after: 8 ms",
        "// wrong password or unknown user",
        "// Never log the token",
        "// login (insecure transport)",
        "// unsafe-eval stays forbidden by the policy",
    ],
)
def test_a_remark_at_the_head_of_a_block_is_no_label(comment: str) -> None:
    program = parse_response(f"```js\n{comment}\napp.get('/a', a);\n```\n")
    assert program.blocks[0].role is BlockRole.CODE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Your current code:", "should become:"),
        ("Replace", "with"),
        ("Change this line:", "to:"),
        ("The old version:", "The new version:"),
    ],
)
def test_old_code_is_a_counter_example_where_the_new_one_follows(old: str, new: str) -> None:
    program = parse_response(f"{old}\n\n{CODE}\n{new}\n\n{CODE}")
    assert [block.role for block in program.blocks] == [BlockRole.COUNTER_EXAMPLE, BlockRole.CODE]


def test_existing_code_that_nothing_replaces_stays_code() -> None:
    program = parse_response(f"Your existing app:\n\n{CODE}\nAdd this router to it:\n\n{CODE}")
    assert [block.role for block in program.blocks] == [BlockRole.CODE, BlockRole.CODE]


def test_a_heading_covers_the_sections_below_it() -> None:
    program = parse_response(f"## ❌ Anti-patterns\n\n### Controller\n\nText.\n\n{CODE}")
    assert program.blocks[0].role is BlockRole.COUNTER_EXAMPLE


def test_a_good_label_ends_a_bad_section() -> None:
    program = parse_response(f"## Bad\n\n{CODE}\nInstead:\n\n{CODE}")
    assert [block.role for block in program.blocks] == [BlockRole.COUNTER_EXAMPLE, BlockRole.CODE]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("// ❌ Bad\na();\n\nb();\n// ✅ Good\nc();", {1, 2, 3, 4}),
        ("// ✅ Good\nc();\n\n// ❌ Bad\na();\n\nb();", {4, 5, 6, 7, 8}),
        ("x();\n// ❌ Wrong:\na();\n\nb();", {2, 3}),
        ("a(); // ❌ leaks\nb(); // ✅ fine", {1}),
        ("// right join of both\na();\n// bad luck is not bad style\nb();", set()),
    ],
)
def test_marks_inside_a_block_cover_their_lines(text: str, lines: set[int]) -> None:
    assert set(counter_lines_of(text)) - {len(text.split("\n")) + 1} == {
        n for n in lines if n <= len(text.split("\n"))
    }
