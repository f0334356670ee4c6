"""Files that a shell block writes: ``cat > .env <<EOF … EOF``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from harness.response.block import Block, BlockRole
from harness.response.languages import language_of_path

__all__ = ["written_files"]

MAX_FILES = 50
_OPENING = re.compile(
    r"^[ \t]*(?:\$[ \t]+)?(?:sudo[ \t]+)?(?:cat|tee)\b(?P<rest>[^\n<]{0,300})"
    r"<<-?[ \t]*(?P<quote>['\"]?)(?P<mark>\w+)(?P=quote)(?P<after>[^\n]{0,300})$"
)
_REDIRECTED = re.compile(r">{1,2}[ \t]*(?P<path>[\w./~@-]+)")
_OPERAND = re.compile(r"^[ \t]+(?:-a[ \t]+)?(?P<path>[\w./~@-]+)[ \t]*$")


def written_files(block: Block) -> Iterator[Block]:
    """Yield the files that a shell block writes by heredoc, as blocks at their own lines of the response."""
    lines = block.text.split("\n")
    number = 0
    found = 0
    while number < len(lines) and found < MAX_FILES:
        opening = _OPENING.match(lines[number][:700])
        number += 1
        if opening is None:
            continue
        # One without an end is looked for to the last line, so it counts as well.
        found += 1
        path = _target(opening)
        end = next((at for at in range(number, len(lines)) if lines[at].strip() == opening["mark"]), None)
        if not path or end is None:
            continue
        yield _written(block, path, (number, end))
        number = end + 1


def _target(opening: re.Match[str]) -> str:
    for part in (opening["rest"], opening["after"]):
        match = _REDIRECTED.search(part) or _OPERAND.match(part)
        if match is not None:
            return match["path"].removeprefix("./")
    return ""


def _written(block: Block, path: str, span: tuple[int, int]) -> Block:
    first, end = span
    wrong = block.role is BlockRole.COUNTER_EXAMPLE
    return replace(
        block,
        language=language_of_path(path),
        role=BlockRole.COUNTER_EXAMPLE if wrong else BlockRole.CONFIG,
        text="\n".join(block.text.split("\n")[first:end]),
        line=block.line + first,
        path=path,
        indents=block.indents[first:end],
        counter_lines=frozenset(line - first for line in block.counter_lines if first < line <= end),
    )
