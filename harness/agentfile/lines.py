"""Single lines of a prompt: markers, bullets, labels, and which lines belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.agentfile.inline import plain_text

__all__ = [
    "CHECKBOX",
    "DEMAND",
    "LINE_BULLET",
    "MARKER",
    "XML_LINE",
    "is_listed",
    "is_title",
    "label_of",
    "logical_lines",
    "split_marker",
    "title_of",
]

_NEGATIVE = "❌✗✘✖❎🚫⛔🛑"
_POSITIVE = "✅✓✔"
CHECKBOX = re.compile(r"(?:\[[ xX✓✔]\](?=[ \t])|[☐☑☒□])\ufe0f?[ \t]*")
MARKER = re.compile(
    rf"(?P<emphasis>[*_]{{0,3}})(?P<marker>[{_NEGATIVE}{_POSITIVE}])\ufe0f?(?P=emphasis)[ \t]*"
)
XML_LINE = re.compile(r"[ \t]*<(?P<close>/?)(?P<name>[A-Za-z][\w-]{0,60})(?:[ \t][^<>]{0,200})?>[ \t]*\Z")
LINE_BULLET = re.compile(r"[ \t]*(?P<bullet>[•·◦▪‣●○*–-]|\d{1,3}[.)]|[a-z][.)])[ \t]+")
DEMAND = re.compile(
    r"[ \t]*[*_]{0,3}(?:(?:IMPORTANT|CRITICAL|WARNING|NOTE|REMEMBER|RULE"
    r"|REQUIRED)[*_]{0,3}[:!][*_]{0,3}[ \t]*)?"
    r"(?:(?:You|you|We|Please)[ \t]+[*_]{0,3})?"
    r"(?:NEVER|ALWAYS|MUST|DO NOT|DON['’]T|AVOID|SHALL|Never|Always|Must|Do not|Don['’]t|Avoid)\b"
)
_MAX_LABEL = 140


def logical_lines(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each logical line: a wrapped line belongs to the one before it."""
    start = 0
    for index in range(1, len(lines) + 1):
        if index == len(lines) or not _continues(lines[index - 1], lines[index]):
            yield start, index
            start = index


def _continues(before: str, line: str) -> bool:
    stripped = line.lstrip()
    if is_listed(line) or XML_LINE.match(line) or XML_LINE.match(before):
        return False
    if DEMAND.match(line):
        return False
    return stripped[:1].islower() and not before.rstrip().endswith((".", ":", "!", "?", "：", "。"))


def is_listed(line: str) -> bool:
    """Tell whether a line begins with a marker or a bullet."""
    return bool(MARKER.match(line.lstrip()) or LINE_BULLET.match(line) or CHECKBOX.match(line.lstrip()))


def split_marker(source: str) -> tuple[str, str]:
    """Return the polarity of a leading marker ("" without one) and the text after it."""
    found = MARKER.match(source)
    if not found:
        # The emphasis may enclose marker and text: **❌ Never commit secrets**
        inner = source.lstrip("*_")
        found = MARKER.match(inner) if inner != source else None
        if not found:
            return "", plain_text(source)
        source = inner
        emphasis = "**"
        rest = source[found.end() :]
        text = plain_text(rest.replace(emphasis, "", 1) if rest.count(emphasis) % 2 else rest)
        return _polarity(found), text
    return _polarity(found), plain_text(source[found.end() :])


def _polarity(found: re.Match[str]) -> str:
    return "never" if found.group("marker") in _NEGATIVE else "always"


def is_title(source: str, text: str) -> bool:
    """Tell whether a list item is the title of the list inside it: it ends with a colon, or is all bold."""
    if text.endswith((":", "：")):
        return len(text) <= _MAX_LABEL
    whole = source.strip()
    return whole.startswith(("**", "__")) and whole.endswith(whole[:2]) and whole.count(whole[:2]) == 2


def title_of(markdown: str) -> str:
    """Return a heading as plain text, without a colon at its end."""
    return plain_text(markdown).strip().rstrip(":：").strip()


def label_of(source: str) -> str:
    """Return the label that a line is, or nothing: it ends with a colon, is all bold, or is all capitals."""
    text = plain_text(source)
    if not text or len(text) > _MAX_LABEL:
        return ""
    if text.endswith((":", "：")):
        return text.rstrip(":：").strip()
    whole = source.strip()
    bold = whole.startswith(("**", "__")) and whole.endswith(("**", "__")) and whole.count(whole[:2]) == 2
    letters = [char for char in text if char.isalpha()]
    shouted = (
        len(letters) > 2 and all(char.isupper() or not char.islower() for char in letters) and len(text) <= 80
    )
    shouted = shouted and any(char.isupper() for char in letters)
    return text if bold or shouted else ""
