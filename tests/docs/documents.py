"""The pages of the documentation, and the code blocks in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
# What a block that cannot be executed here says of itself, in a comment before it.
_MARKER = re.compile(r"<!--\s*parsed only:\s*(?P<reason>.+?)\s*-->", re.DOTALL)
SHELL = ("bash", "console")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, its language, its text, and why it is only parsed (or nothing)."""

    page: str
    line: int
    language: str
    text: str
    parsed_only: str

    @property
    def name(self) -> str:
        """Where it stands, for a failing test."""
        return f"{self.page}:{self.line}"


@cache
def pages() -> tuple[Path, ...]:
    """Return every page that a person reads; the page of the checks is made of examples that have tests."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return tuple(path for path in found if path != ROOT / "docs" / "checks.md")


@cache
def blocks() -> tuple[Block, ...]:
    """Return the code blocks of all pages."""
    return tuple(block for path in pages() for block in _blocks_of(path))


def _blocks_of(path: Path) -> list[Block]:
    found, reason = [], ""
    page = path.relative_to(ROOT).as_posix()
    for token in MarkdownIt("commonmark").parse(path.read_text(encoding="utf-8")):
        if token.type == "html_block" and (marker := _MARKER.search(token.content)):
            reason = marker["reason"]
        elif token.type in {"fence", "code_block"}:
            line = (token.map or [0])[0] + 1
            found.append(Block(page, line, token.info.strip(), token.content, reason))
            reason = ""
        elif token.level == 0 and token.nesting >= 0:
            reason = ""
    return found


def inline_code(path: Path) -> list[str]:
    """Return what stands in single backticks on a page."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    children = [child for token in tokens for child in token.children or ()]
    return [child.content for child in children if child.type == "code_inline"]


def commands(block: Block) -> list[str]:
    """Return the commands of a shell block: lines with a prompt sign, or all that are no comment."""
    text = block.text.replace("\\\n", " ")
    if block.language == "console":
        return [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    return _without_documents(text)


def _without_documents(text: str) -> list[str]:
    """Leave comments out; a here-document stays with the command that reads it."""
    found: list[str] = []
    end = ""
    for line in text.splitlines():
        if end:
            found[-1] += f"\n{line}"
            end = "" if line == end else end
        elif line.strip() and not line.lstrip().startswith("#"):
            found.append(line)
            started = re.search(r"<<'?(\w+)'?", line)
            end = started[1] if started else ""
    return found
