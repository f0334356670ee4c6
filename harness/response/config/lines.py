"""Files of one fact per line: environment files, properties and INI; TOML where its values are plain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.core.tree import Scalar
from harness.response.block import Block
from harness.response.config.model import Kind, Place, Setting

__all__ = ["env_settings", "ini_settings", "requirement_lines", "toml_settings"]

_ENV_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.\-]*)[ \t]*=[ \t]*(.*)$")
_INI_LINE = re.compile(r"[ \t]*([^\s=:;#\[][^=:]*?)[ \t]*[=:][ \t]*(.*)$")
_SECTION = re.compile(r"[ \t]*\[\[?([^\]\n]{1,200})\]\]?[ \t]*(?:[#;].*)?$")
_TOML_NAME = r"""(?:"[^"\n]*"|'[^'\n]*'|[\w-]+)"""
_TOML_LINE = re.compile(rf"[ \t]*({_TOML_NAME}(?:[ \t]*\.[ \t]*{_TOML_NAME})*)[ \t]*=[ \t]*")
_TOML_KEY = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|([\w-]+)")
_TOML_TOKEN = re.compile(
    r"\"{3}(?s:.*?)\"{3}|'{3}(?s:.*?)'{3}|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'"
    r"|\#[^\n]*|[\[\]{},=\n]|[^\s\[\]{},=\#\"']+|[ \t]+|."
)
MAX_DEPTH = 40


def env_settings(block: Block, kind: Kind) -> Iterator[Setting]:
    """Yield the settings of an environment file; a quoted value may go over several lines."""
    lines = block.text.split("\n")
    number = -1
    while number + 1 < len(lines):
        number += 1
        match = _ENV_LINE.match(lines[number])
        if match is None:
            continue
        first = number
        value = match[2].rstrip()
        plain = value[:1] not in {'"', "'", "`"}
        if not plain:
            value, number = _quoted(lines, number, value)
        else:
            value = re.split(r"[ \t]+#", value, maxsplit=1)[0].rstrip() if not value.startswith("#") else ""
        column = match.start(2)
        width = len(value) if plain else max(len(lines[first].rstrip()) - column, 1)
        yield Setting(
            (match[1],),
            value,
            Place(block, first, column, width),
            Place(block, first, match.start(1), len(match[1])),
            kind,
            plain,
        )


def _quoted(lines: list[str], number: int, value: str) -> tuple[str, int]:
    """Return a quoted value without its quotes, and the line on which it ends."""
    quote = value[0]
    text = value[1:]
    last = number
    end = _end_of_quote(text, quote)
    while end < 0 and last + 1 < min(len(lines), number + 100):
        last += 1
        text += "\n" + lines[last]
        end = _end_of_quote(lines[last], quote)
        if end >= 0:
            end += len(text) - len(lines[last])
    return (text[:end], last) if end >= 0 else (value[1:], number)


def _end_of_quote(text: str, quote: str) -> int:
    at = text.find(quote)
    while at > 0 and text[at - 1] == "\\":
        at = text.find(quote, at + 1)
    return at


def ini_settings(block: Block) -> Iterator[Setting]:
    """Yield the settings of an INI or properties file, their sections as path."""
    section: tuple[str, ...] = ()
    for number, line in enumerate(block.text.split("\n")):
        head = _SECTION.match(line)
        if head is not None:
            section = (head[1].strip(),)
            continue
        match = _INI_LINE.match(line[:2000])
        if match is None:
            continue
        value = match[2].rstrip()
        plain = value[:1] not in {'"', "'"}
        bare = value.strip("\"'") if not plain else value
        yield Setting(
            (*section, match[1]),
            bare,
            Place(block, number, match.start(2), len(value)),
            Place(block, number, match.start(1), len(match[1])),
            Kind.INI,
            plain,
        )


def toml_settings(block: Block, kind: Kind) -> Iterator[Setting]:
    """Yield the settings of a TOML file; items of arrays and inline tables each on their own."""
    text = block.text
    section: tuple[str, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    position, line = 0, 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        rest = text[position:end]
        head = _SECTION.match(rest)
        assigned = None if head is not None else _TOML_LINE.match(rest)
        if head is not None:
            section = _keys(head[1])
            if rest.lstrip().startswith("[["):
                counts[section] = counts.get(section, -1) + 1
                section = (*section, str(counts[section]))
        if assigned is None:
            position, line = end + 1, line + 1
            continue
        key = Scalar(assigned[1], line, assigned.start(1), len(assigned[1]))
        reader = _TomlValue(line, position)
        stop = reader.read(text, position + assigned.end())
        for path, value in reader.found:
            yield _toml_setting(block, kind, (*section, *_keys(assigned[1]), *path), (key, value))
        line += text.count("\n", position, stop) + 1
        following = text.find("\n", stop)
        position = len(text) if following < 0 else following + 1


def _toml_setting(block: Block, kind: Kind, path: tuple[str, ...], pair: tuple[Scalar, Scalar]) -> Setting:
    key, value = pair
    return Setting(
        path,
        value.text,
        Place(block, value.line, value.column, value.width),
        Place(block, key.line, key.column, key.width),
        kind,
        value.plain,
    )


def _keys(text: str) -> tuple[str, ...]:
    return tuple(one or two or three for one, two, three in _TOML_KEY.findall(text))


class _TomlValue:
    """Reads one value that may go over lines: its scalars with their paths."""

    def __init__(self, line: int, line_start: int) -> None:
        self.line = line
        self.line_start = line_start
        self.found: list[tuple[tuple[str, ...], Scalar]] = []
        # Of each open bracket: what it is, and the number of its item or the key in an inline table.
        self.open: list[list[str]] = []

    def read(self, text: str, position: int) -> int:
        """Read from a position on; return where the value ends."""
        for token in _TOML_TOKEN.finditer(text, position):
            word = token[0]
            if word == "\n":
                if not self.open:
                    return token.start()
                self.line, self.line_start = self.line + 1, token.end()
            elif word in "[]{},":
                self.bracket(word)
                if len(self.open) > MAX_DEPTH:
                    return token.end()
            elif not word.isspace() and word[0] not in "#=":
                self.scalar(word, token.start())
        return len(text)

    def bracket(self, word: str) -> None:
        if word in "[{":
            self.open.append([word, "0" if word == "[" else ""])
        elif word in "]}":
            del self.open[-1:]
        elif self.open:
            top = self.open[-1]
            top[1] = str(int(top[1]) + 1) if top[0] == "[" else ""

    def scalar(self, word: str, start: int) -> None:
        scalar = _toml_scalar(word, self.line, start - self.line_start)
        if self.open and self.open[-1][0] == "{" and not self.open[-1][1]:
            self.open[-1][1] = scalar.text or "?"
        else:
            self.found.append((tuple(part for _, part in self.open), scalar))
        if "\n" in word:
            self.line += word.count("\n")
            self.line_start = start + word.rfind("\n") + 1


def _toml_scalar(word: str, line: int, column: int) -> Scalar:
    for quote in ('"""', "'''", '"', "'"):
        if word.startswith(quote) and word.endswith(quote) and len(word) >= 2 * len(quote):
            return Scalar(word[len(quote) : -len(quote)], line, column, len(word.split("\n", 1)[0]))
    return Scalar(word, line, column, len(word), plain=True)


def requirement_lines(block: Block) -> Iterator[tuple[str, Place]]:
    """Yield the requirements of a requirements file, without comments, options and hashes."""
    for number, line in enumerate(block.text.split("\n")):
        bare = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].split(" --hash", 1)[0].rstrip(" \\\t")
        text = bare.strip()
        if text and text[0] not in "-./#":
            yield text, Place(block, number, len(bare) - len(bare.lstrip()), len(text))
