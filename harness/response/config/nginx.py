"""nginx: directives and the blocks they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.response.block import Block
from harness.response.config.model import Kind, Place, Setting
from harness.response.record import record

__all__ = ["Directive", "nginx_settings", "read_nginx"]

MAX_DEPTH = 60
_TOKEN = re.compile(
    r"""\#[^\n]*|[{};]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:\$\{\w*\}|\\.|[^\s{};"'\\])+|["'\\]""",
    re.DOTALL,
)


@record
class Directive:
    """One directive; ``path`` are the blocks around it (``("http", "server", "location /api")``)."""

    name: str
    arguments: tuple[str, ...]
    path: tuple[str, ...]
    place: Place
    is_block: bool = False
    owner: int = 0

    @property
    def value(self) -> str:
        """All arguments as one text."""
        return " ".join(self.arguments)


def read_nginx(block: Block) -> tuple[Directive, ...]:
    """Read the directives of an nginx configuration, blocks before what stands in them.

    ``owner`` numbers the block that a directive stands in, so that two ``server`` blocks stay apart.
    """
    return tuple(_directives(block))


def _directives(block: Block) -> Iterator[Directive]:
    text = block.text
    words: list[tuple[str, int]] = []
    stack: list[tuple[str, int]] = []
    blocks = 0
    line, line_start, seen = 0, 0, 0
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word.startswith("#"):
            continue
        if word not in {"{", "}", ";"}:
            words.append((word, token.start()))
            continue
        if words:
            at = words[0][1]
            newline = text.rfind("\n", seen, at)
            if newline >= 0:
                line += text.count("\n", seen, at)
                line_start = newline + 1
            seen = at
            place = Place(block, line, at - line_start, len(text[at : token.start()].split("\n", 1)[0]))
            owner = stack[-1][1] if stack else 0
            arguments = tuple(_bare(one) for one, _ in words[1:])
            path = tuple(name for name, _ in stack)
            yield Directive(words[0][0], arguments, path, place, word == "{", owner)
        if word == "{":
            blocks += 1
            if len(stack) > MAX_DEPTH:
                return
            stack.append((" ".join(_bare(one) for one, _ in words), blocks))
        elif word == "}" and stack:
            stack.pop()
        words = []


def _bare(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] in "\"'" and word[-1] == word[0] else word


def nginx_settings(directives: tuple[Directive, ...]) -> Iterator[Setting]:
    """Yield the plain directives as settings."""
    for one in directives:
        if not one.is_block:
            yield Setting((*one.path, one.name), one.value, one.place, one.place, Kind.NGINX)
