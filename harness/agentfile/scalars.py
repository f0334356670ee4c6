"""The values of front matter: YAML scalars and flat lists of them, or text that only looks like YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.core.yaml_events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    MarkedYAMLError,
    ReaderError,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
    yaml_events,
)

__all__ = ["YamlProblem", "YamlValue", "lenient_value", "strict_values", "unclosed_quote"]

_MAX_BRACKETS = 2_000  # libyaml's time grows with the square of the nesting
_MAX_EVENTS = 50_000
_BLOCK = re.compile(r"([|>])[+-]?[1-9]?[+-]?[ \t]*(?:#.*)?\Z")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/", "r": "\n", "\n": ""}

Values = list[tuple[str, "YamlValue", int, int]]


@dataclass(frozen=True, slots=True)
class YamlProblem:
    """Why a text is not the YAML that was wanted, and on which of its lines (from 1)."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class YamlValue:
    """A value as text. ``items`` holds the scalars of a flat list.

    ``style`` is ``plain``, ``quoted``, ``block``, ``list``, ``nested`` (its text is the YAML source) or
    ``lenient`` (taken from text that is not YAML).
    """

    text: str
    items: tuple[str, ...] = ()
    style: str = "plain"


def strict_values(source: str) -> Values | YamlProblem:
    """Read a YAML mapping without building nested values.

    Returns:
        Key, value, first and last line (from 1) of each entry; or what is wrong.
    """
    if source.count("[") + source.count("{") > _MAX_BRACKETS:
        return YamlProblem(1, "too many brackets")
    try:
        return _top_level(source)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return YamlProblem(mark.line + 1 if mark else 1, error.problem or error.context or "broken")
    except ReaderError as error:
        return YamlProblem(source.count("\n", 0, error.position) + 1, error.reason)
    except _NotAMappingError as error:
        return YamlProblem(error.line, str(error))


class _NotAMappingError(ValueError):
    """The YAML is valid, but not the plain mapping of keys to values that front matter is."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def _top_level(source: str) -> Values:
    lines = source.split("\n")
    events = _events(source + "\n")  # a block scalar keeps the line end that the file has there
    for event in events:
        if isinstance(event, (StreamStartEvent, DocumentStartEvent)):
            continue
        if isinstance(event, StreamEndEvent):
            return []
        if not isinstance(event, MappingStartEvent):
            raise _NotAMappingError("no 'key: value' lines")
        break
    found: Values = []
    for event in events:
        if isinstance(event, MappingEndEvent):
            break
        if not isinstance(event, ScalarEvent):
            raise _NotAMappingError("a key that is no plain word", _line(event) + 1)
        first = _line(event)
        value, last = _value(events, lines)
        found.append((event.value, value, first + 1, max(first, last) + 1))
    for _ in events:  # what follows the mapping must be sound too
        pass
    return found


def _events(source: str) -> Iterator[Event]:
    for number, event in enumerate(yaml_events(source)):
        if number > _MAX_EVENTS:
            raise _NotAMappingError("too many values")
        yield event


def _value(events: Iterator[Event], lines: list[str]) -> tuple[YamlValue, int]:
    """Read one value; return it with the index of its last line."""
    event = next(events)
    if isinstance(event, ScalarEvent):
        style = {None: "plain", "": "plain", "|": "block", ">": "block"}.get(event.style, "quoted")
        return YamlValue(event.value, style=style), _last_line(event, lines)
    if isinstance(event, AliasEvent):
        raise _NotAMappingError("'*' starts an alias in YAML", _line(event) + 1)
    items: list[str] = []
    flat = isinstance(event, SequenceStartEvent)
    start = event
    depth = 1
    while depth:
        event = next(events)
        if isinstance(event, CollectionStartEvent):
            depth += 1
            flat = False
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        elif isinstance(event, ScalarEvent):
            items.append(event.value)
    last = _last_line(event, lines)
    text = _source(start, last, lines)
    if flat:
        return YamlValue(", ".join(items), tuple(items), "list"), last
    return YamlValue(text, style="nested"), last


def _line(event: Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _source(start: Event, last: int, lines: list[str]) -> str:
    first = _line(start)
    column = start.start_mark.column if start.start_mark else 0
    return "\n".join([lines[first][column:], *lines[first + 1 : last + 1]]).strip()


def _last_line(event: Event, lines: list[str]) -> int:
    """Index of the last line that an event covers; a block ends where the next token starts."""
    mark = event.end_mark
    last = mark.line if mark else _line(event)
    if mark and mark.column == 0 and last > _line(event):
        last -= 1
    last = min(last, len(lines) - 1)
    while last > _line(event) and not lines[last].strip():
        last -= 1
    return last


def lenient_value(lines: list[str], *, fold: bool = True) -> YamlValue:
    """Read a value that is not YAML: its text, with block markers, quotes and escapes undone.

    Args:
        lines: the value; the first line is what follows the colon.
        fold: join the lines of a ``>`` block as YAML does; without, every line stays one.
    """
    block = _BLOCK.match(lines[0])
    if block:
        body = _dedent(lines[1:])
        text = _fold(body) if fold and block.group(1) == ">" else "\n".join(body).strip("\n")
        return YamlValue(text, style="lenient")
    text = "\n".join([lines[0], *_dedent(lines[1:])]).strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return YamlValue(_ESCAPE.sub(_unescape, text[1:-1]), style="lenient")
    if len(text) > 1 and text[0] == text[-1] == "'":
        return YamlValue(text[1:-1].replace("''", "'"), style="lenient")
    return YamlValue(text, style="lenient")


def unclosed_quote(value: YamlValue) -> bool:
    """Tell whether a leniently read value opens with a quotation mark that nothing closes."""
    return value.style == "lenient" and value.text[:1] in {'"', "'"} and value.text.count(value.text[0]) == 1


def _unescape(match: re.Match[str]) -> str:
    # An escape that YAML does not know is kept as it stands: it is a path or a pattern.
    return _ESCAPES.get(match.group(1), match.group(0))


def _dedent(lines: list[str]) -> list[str]:
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
    common = min(indents, default=0)
    return [line[common:] for line in lines]


def _fold(lines: list[str]) -> str:
    """Fold as ``>`` does: single line ends become spaces, blank lines stay."""
    paragraphs = "\n".join(line.strip() for line in lines).strip("\n").split("\n\n")
    return "\n".join(paragraph.replace("\n", " ") for paragraph in paragraphs)
