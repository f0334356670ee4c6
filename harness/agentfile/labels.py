"""Where the parts of an example dialogue begin: labels with a colon, and tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from harness.agentfile.quotes import ASIDE_AFTER, CLOSERS

__all__ = ["Label", "Part", "find_labels"]


class Part(Enum):
    """What a segment of a dialogue holds; ``REST`` is what follows a closed tag and says nothing."""

    CONTEXT = "context"
    USER = "user"
    ASSISTANT = "assistant"
    COMMENTARY = "commentary"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Label:
    """The start of a segment: which part, and where the label itself starts and ends.

    ``kind`` is ``line``, ``named`` or ``inline`` for a label with a colon, ``open`` or ``close`` for a
    tag. ``until`` is where an opened tag is closed, 0 where nothing closes it.
    """

    part: Part
    start: int
    end: int
    kind: str
    until: int = 0


_SAYS = (
    r"(?:['’]s)?(?:[ \t]+(?:says?|asks?|asked|said|writes?|wrote|requests?|query|message|input|prompt"
    r"|question|turn))?"
)
_REPLIES = r"(?:['’]s)?(?:[ \t]+(?:says?|said|responds?|response|reply|replies|answers?|action|turn|output))?"
_NAMES = {
    Part.USER: rf"(?:the[ \t]+)?(?:user|human|customer|client|developer|requester){_SAYS}",
    Part.ASSISTANT: rf"(?:the[ \t]+)?(?:assistant|agent|claude(?:[ \t]+code)?|ai|bot){_REPLIES}",
    Part.CONTEXT: r"(?:context|situation|scenario|background|setting)",
    Part.COMMENTARY: r"(?:commentary|rationale|reasoning|explanation|why|comment)",
}
_ANY_NAME = "|".join(f"(?P<{part.value}>{names})" for part, names in _NAMES.items())
_ASIDE = r"(?:[ \t]*[(\[][^()\[\]\n]{0,120}[)\]])?"
# The emphasis may close before the colon, after it, or (a slip) not at all.
_COLON = r"[ \t]*(?:[*_]{1,3}[ \t]*[:：]|[:：][*_]{1,3}(?!\S)|[:：])"
_LEAD = r"^[ \t>]{0,40}(?:(?:[-+•–*]|\d{1,3}[.)])[ \t]+)?[*_]{0,3}"
_LINE_START = re.compile(rf"{_LEAD}(?:{_ANY_NAME}){_ASIDE}{_COLON}", re.IGNORECASE | re.MULTILINE)
_NAME = r"[A-Z][\w.'’-]{0,30}(?:[ \t][A-Za-z][\w.'’-]{0,30}){0,2}"
_NAMED = re.compile(rf"{_LEAD}(?P<name>{_NAME}){_ASIDE}{_COLON}(?=[ \t]*[\"'“‘«„])", re.MULTILINE)
# "User asks "…"": a verb of saying and a quotation do without a colon.
_SAID = re.compile(
    r"(?<![\w-])(?:the[ \t]+)?(?:(?P<user>(?:user|human|customer|developer)[ \t]+(?:says?|asks?|asked"
    r"|said|requests?|writes?))"
    r"|(?P<assistant>(?:assistant|agent)[ \t]+(?:says?|said|replies|responds?"
    r"|answers?)))[ \t]*,?[ \t]*(?=[\"“])",
    re.IGNORECASE,
)
_INLINE = re.compile(
    r"(?<![\w-])(?:(?P<user>user|human)|(?P<assistant>assistant)|(?P<context>context)"
    r"|(?P<commentary>commentary))"
    rf"{_COLON}",
    re.IGNORECASE,
)
_TAGS = {
    Part.USER: r"user(?:[_-]?(?:request|query|message|input|prompt))?|human|request|query|prompt",
    Part.ASSISTANT: (
        r"assistant(?:[_-]?(?:response|action))?|agent(?:[_-]?(?:response|action))?|response|answer|reply"
    ),
    Part.CONTEXT: r"context|situation|scenario|background",
    Part.COMMENTARY: r"commentary|rationale|explanation|comment",
}
_ANY_TAG = "|".join(f"(?P<{part.value}>{names})" for part, names in _TAGS.items())
_TAG = re.compile(rf"<(?P<close>/?)(?:{_ANY_TAG})(?:[ \t][^<>\n]{{0,80}})?>", re.IGNORECASE)
_NOT_SPEAKERS = frozenset(
    "note example result output input error warning step file code question answer task tip todo"
    " summary title "
    "description name usage important returns response request message command fix bad good before"
    " after".split()
)
_AGENT_WORDS = ("assistant", "agent", "claude", "bot", "gpt", "llm", "system", "model")
_QUOTES = "".join(CLOSERS)
_SENTENCE_ENDS = frozenset(".!?;,)]}>…")


def find_labels(text: str) -> list[Label]:
    """Find the labels of one dialogue, in order and without overlap."""
    candidates = _candidates(text)
    accepted: list[Label] = []
    last_quote = {mark: text.rfind(mark) for mark in _QUOTES}
    position = 0
    closed_at = 0  # up to here an accepted tag is open: only its own closing tag counts
    for label in candidates:
        if label.start < position or label.start < closed_at:
            continue
        if label.kind == "line" and _out_of_place(text, label, accepted):
            continue
        if not _believable(text, label, position, last_quote):
            continue
        accepted.append(label)
        position = label.end
        if label.kind == "open":
            closed_at = label.until
    return accepted


def _out_of_place(text: str, label: Label, accepted: list[Label]) -> bool:
    """Tell a word that is also used for other things (``Reasoning:`` in an answer) from a label.

    Such a word is a label only where its part belongs: context before the first turn, commentary
    after one, and neither as an item of a list.
    """
    word = text[label.start : label.end].lower()
    if label.part not in {Part.CONTEXT, Part.COMMENTARY} or "context" in word or "commentary" in word:
        return False
    spoken = any(other.part in {Part.USER, Part.ASSISTANT} for other in accepted)
    is_item = word.lstrip()[:1] not in {"*", "_"} and not word.lstrip()[:1].isalpha()
    return is_item or spoken == (label.part is Part.CONTEXT)


def _candidates(text: str) -> list[Label]:
    found = _tags(text)
    found += (Label(_part(match), match.start(), match.end(), "line") for match in _LINE_START.finditer(text))
    found += _named(text)
    found += (Label(_part(match), match.start(), match.end(), "inline") for match in _SAID.finditer(text))
    found += (Label(_part(match), match.start(), match.end(), "inline") for match in _INLINE.finditer(text))
    # A label at the start of a line begins before the same word found inline, so it comes first and wins.
    order = {"open": 0, "close": 0, "line": 1, "inline": 2, "named": 3}
    return sorted(found, key=lambda label: (label.start, order[label.kind]))


def _part(match: re.Match[str]) -> Part:
    return next(part for part in _NAMES if match.groupdict().get(part.value) is not None)


def _tags(text: str) -> list[Label]:
    found: list[Label] = []
    closing: dict[str, int] = {}
    for match in reversed(list(_TAG.finditer(text))):
        part = _part(match)
        name = match.group(part.value).lower()
        if match.group("close"):
            closing[name] = match.start()
            found.append(Label(Part.REST, match.start(), match.end(), "close"))
        else:
            found.append(Label(part, match.start(), match.end(), "open", closing.pop(name, 0)))
    return found


def _named(text: str) -> list[Label]:
    """Find speakers with a name of their own; the first of them who is no agent is the user."""
    found: list[Label] = []
    user = ""
    for match in _NAMED.finditer(text):
        name = match.group("name").lower()
        if name.split()[-1] in _NOT_SPEAKERS:
            continue
        is_agent = any(word in name for word in _AGENT_WORDS)
        if not is_agent:
            user = user or name
        part = Part.ASSISTANT if is_agent or name != user else Part.USER
        found.append(Label(part, match.start(), match.end(), "named"))
    return found


def _believable(text: str, label: Label, position: int, last_quote: dict[str, int]) -> bool:
    """Tell a label from the same word inside what somebody says.

    Args:
        text: the dialogue.
        label: the candidate.
        position: where the current segment starts.
        last_quote: quotation mark -> its last index in the text.
    """
    if label.kind in {"open", "close"}:
        return True
    before = _last_char(text, position, label.start)
    first = _first_char(text, position, label.start)
    followed_by_quote = text[label.end : label.end + 40].lstrip(" \t*_")[:1] in CLOSERS
    if first in CLOSERS and before not in CLOSERS[first] and not _ends_with_aside(text, label.start, first):
        # Inside an open quotation: only a new quotation starts a turn, unless nothing closes this one.
        unclosed = all(last_quote.get(mark, -1) < label.start for mark in CLOSERS[first])
        return label.kind != "inline" and label.kind != "named" and (followed_by_quote or unclosed)
    if label.kind != "inline":
        return True
    if label.part in {Part.CONTEXT, Part.COMMENTARY} or not followed_by_quote:
        return before == "" or before in _SENTENCE_ENDS or before in _QUOTES
    return True


def _ends_with_aside(text: str, end: int, opener: str) -> bool:
    """Tell whether a quotation is closed and only a stage direction follows: ``"…" (pastes code)``."""
    tail = text[max(0, end - 400) : end].rstrip()
    last = max(tail.rfind(mark) for mark in CLOSERS[opener])
    return last > 0 and ASIDE_AFTER.match(tail[last + 1 :]) is not None


def _last_char(text: str, position: int, end: int) -> str:
    while end > position and text[end - 1] in " \t\n*_":
        end -= 1
    return text[end - 1] if end > position else ""


def _first_char(text: str, position: int, end: int) -> str:
    while position < end and text[position] in " \t\n*_":
        position += 1
    return text[position] if position < end else ""
