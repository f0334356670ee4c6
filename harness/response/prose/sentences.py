"""From the raw text of a paragraph to its label and its sentences."""

from __future__ import annotations

import re

from harness.core.types import Finding
from harness.response.record import record

__all__ = ["Sentence", "label_of", "plain", "sentences_of", "stems_of"]

MAX_TEXT = 20_000
MAX_QUOTE = 160
_STEMS = re.compile(r"([a-z]{1,4})[a-z]*")
_CODE = re.compile(r"(?P<mark>`+)[^`]+(?P=mark)")
_TARGET = re.compile(r"\]\([^()\s]{0,500}\)")
_EMPHASIS = re.compile(
    r"\*\*|__|(?<![\w*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w*])|(?<!\w)_(?=[^\s_])|(?<=[^\s_])_(?!\w)"
)
# `**Scaling.** …`, `*Input*: …`, `__Notes__ – …`: emphasis at the start that ends like a label.
_MARKED_LABEL = re.compile(
    r"\s*(?P<mark>\*\*\*|\*\*|__|\*|_)(?!\s)(?P<label>[^*\n]{1,120}?)(?P=mark)"
    r"(?P<after>\s*[:.–—]|\s+-\s|\s*\([^()]{0,80}\)\s*:|)\s*"
)
# `Tests: …`: a few words and a colon.
_PLAIN_LABEL = re.compile(r"\s*(?P<label>[A-Z][\w/&+’'-]*(?:[ ,/&-]+[\w/&+’'-]+){0,5})\s*:\s+(?=\S)")
# Lines that begin with a mark are items, whether the grammar knows the mark or not.
_END = re.compile(r"[.!?…][\"'”’)\]]*\s+|\n(?=[•▪◦✅✔✓❌✗→]\s)")
_ABBREVIATIONS = frozenset("e.g i.e etc vs cf approx incl resp nr z.b d.h bzw ca dr fig".split())


@record
class Sentence:
    """One sentence, emphasis taken off and code spans kept in their backticks; lines count from 1."""

    text: str
    line: int

    def finding(self, message: str) -> Finding:
        """Make a finding at the sentence; block 0 is the prose."""
        quote = self.text if len(self.text) <= MAX_QUOTE else self.text[: MAX_QUOTE - 1] + "…"
        return Finding(0, self.line, 1, self.line, 1, message, quote)


def stems_of(text: str) -> frozenset[str]:
    """Return the first four letters of each word, in small letters."""
    return frozenset(_STEMS.findall(text.lower()))


def plain(text: str) -> str:
    """Take emphasis off a text; code spans stay as they are."""
    if "*" not in text and "_" not in text:
        return text
    parts: list[str] = []
    start = 0
    for span in _CODE.finditer(text):
        parts += [_EMPHASIS.sub("", text[start : span.start()]), span[0]]
        start = span.end()
    parts.append(_EMPHASIS.sub("", text[start:]))
    return "".join(parts)


def label_of(text: str) -> tuple[str, int]:
    """Return the lead-in of a paragraph, without its marks, and where the rest begins; empty for none."""
    found = _MARKED_LABEL.match(text)
    if found is not None:
        label = found["label"].strip()
        ends = bool(found["after"].strip()) or label[-1:] in ".:!?–—"
        if ends or found.end() == len(text) or _starts_anew(text[found.end() :]):
            return label.strip(" .:–—`"), found.end()
    found = _PLAIN_LABEL.match(text[:160])
    if found is not None and text[found.end() - 1 : found.end() + 1] != "//":
        return found["label"].strip(), found.end()
    return "", 0


def _starts_anew(rest: str) -> bool:
    """`**Redis** Keep the counters there` begins anew; `**Redis** keeps the counters` goes on."""
    return rest[:1].isupper() or rest[:1] in "`\n"


def sentences_of(text: str, line: int) -> list[Sentence]:
    """Return the sentences of a text whose first line has a number."""
    text = text[:MAX_TEXT]
    masked = text
    if "`" in text:
        masked = _CODE.sub(_blank, masked)
    if "](" in text:
        masked = _TARGET.sub(_blank, masked)
    found: list[Sentence] = []
    start = 0
    for end in (*_ends(masked), len(text)):
        words = text[start:end]
        bare = words.lstrip()
        if bare:
            place = start + len(words) - len(bare)
            said = " ".join(plain(words).split())
            if said:
                found.append(Sentence(said, line + text.count("\n", 0, place)))
        start = end
    return found


def _blank(found: re.Match[str]) -> str:
    """Hide what holds no sentence's end. Line breaks stay, for they count."""
    return "".join(character if character == "\n" else "x" for character in found[0])


def _ends(masked: str) -> list[int]:
    ends: list[int] = []
    for found in _END.finditer(masked):
        start, end = found.span()
        if masked[end : end + 1].islower():
            continue
        word = masked[max(0, start - 12) : start].rsplit(" ", maxsplit=1)[-1].rsplit("\n", maxsplit=1)[-1]
        if word.lower().strip("(*_") not in _ABBREVIATIONS and not word.isdigit():
            ends.append(end)
    return ends
