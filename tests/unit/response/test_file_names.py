"""The file name of a block, from wherever an answer writes it."""

from __future__ import annotations

import pytest

from harness.response.parse import parse_response

PATH = "src/routes/users.js"


def path_of(response: str) -> str:
    return parse_response(response).blocks[-1].path


@pytest.mark.parametrize(
    "info",
    [
        f"js {PATH}",
        f"js:{PATH}",
        f'js title="{PATH}"',
        f"javascript filename={PATH}",
        f'js {{file: "{PATH}"}}',
        PATH,
        f"12:45:{PATH}",
        f"typescript // {PATH}",
    ],
)
def test_the_info_string_names_the_file(info: str) -> None:
    assert path_of(f"```{info}\na();\n```\n") == PATH


@pytest.mark.parametrize(
    "head",
    [
        f"// {PATH}",
        f"// ./{PATH}",
        f"/* {PATH} */",
        f"// file: {PATH}",
        f"// File: {PATH} (updated)",
        f"// === {PATH} ===",
        f"// {PATH} - the routes of users",
        f"// {PATH}: routes",
        f"// {PATH} — routes",
        f"'use strict';\n// {PATH}",
        f"/**\n * {PATH}\n * Routes.\n */",
        f"/**\n * @file {PATH}\n */",
        f"// @filename: {PATH}",
        f"# {PATH}",
    ],
)
def test_a_leading_comment_names_the_file(head: str) -> None:
    assert path_of(f"```js\n{head}\na();\n```\n") == PATH


@pytest.mark.parametrize(
    "words",
    [
        f"**{PATH}**",
        f"**File: `{PATH}`**",
        f"`{PATH}`",
        f"`{PATH}`:",
        f"File: {PATH}",
        f"📄 {PATH}",
        f"Create `{PATH}`:",
        f"Create a new file {PATH}:",
        f"In `{PATH}`, add the route:",
        f"The routes ({PATH}) come next:",
        f"Here is the code.\nFilename: {PATH}",
        f"### `{PATH}`",
        f"### 1. {PATH}",
        f"### Step 2: Create `{PATH}`",
        f"### User routes ({PATH})",
        f"## File: {PATH}",
        f"1. `{PATH}`",
        f"1. Create `{PATH}`:",
    ],
)
def test_the_words_above_name_the_file(words: str) -> None:
    assert path_of(f"{words}\n\n```js\na();\n```\n") == PATH


@pytest.mark.parametrize(
    "words",
    [
        "All services import the logger from `src/utils/logger.js`:",
        "It uses `src/utils/logger.js`:",
        "## Express.js",
        "### Node.js server",
        "Change `package.json` first:",
        "- `src/app.js` – entry\n- `src/server.js` – server\n\nThe code.",
        "Run it with e.g. three workers.",
        "### Version 1.2.js-free",
    ],
)
def test_words_that_name_another_file_name_nothing(words: str) -> None:
    assert path_of(f"{words}\n\n```js\na();\n```\n") == ""


@pytest.mark.parametrize(
    "comment", ["// see src/routes/users.js for the rest", "// app.js is the entry", "// e.g. this"]
)
def test_a_comment_that_mentions_a_file_names_nothing(comment: str) -> None:
    assert path_of(f"```js\n{comment}\na();\n```\n") == ""


def test_a_heading_names_only_the_first_block_below_it() -> None:
    program = parse_response(f"### `{PATH}`\n\n```js\na();\n```\n\nThen:\n\n```js\nb();\n```\n")
    assert [block.path for block in program.blocks] == [PATH, ""]


def test_brackets_in_a_path_are_kept() -> None:
    assert path_of("```ts app/users/[id]/route.ts\na();\n```\n") == "app/users/[id]/route.ts"
