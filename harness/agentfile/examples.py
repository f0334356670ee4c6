"""Example dialogues: who says what inside ``<example>``, in all the layouts that people write.

A dialogue is cut into segments at its labels (``user:``, ``**Assistant**:``) and tags
(``<commentary>``); quotation marks are taken off a whole segment, never searched for inside it, so
an apostrophe or an inner quotation cannot end an utterance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from harness.agentfile.labels import Label, Part, find_labels
from harness.agentfile.quotes import clean_utterance, expand_escapes
from harness.core.types import Role, Turn

__all__ = [
    "MAX_DIALOGUE",
    "MAX_DIALOGUES",
    "Block",
    "ParsedDialogue",
    "find_blocks",
    "parse_dialogue",
    "without_blocks",
]

MAX_DIALOGUE = 64 * 1024
"""Longest dialogue that is read, in characters; the rest of a longer one is left out."""

MAX_DIALOGUES = 500
"""Most dialogues that are taken from one description or body."""

_TAG = re.compile(r"<(/?)example(?:\s[^<>\n]{0,80})?>", re.IGNORECASE)
_WRAPPER = re.compile(r"</?examples?(?:\s[^<>\n]{0,80})?>", re.IGNORECASE)
_AFTERWARDS = re.compile(r"(?:\s|\\+n)*<commentary>", re.IGNORECASE)
_COMMENTARY_END = re.compile(r"</commentary>", re.IGNORECASE)
_LETTER = re.compile(r"\w")
# Announces the dialogues and says nothing without them: "Examples:", or "Specifically:" after a sentence.
_DANGLING = re.compile(
    r"(?:(?:^|(?<=[\s.!?;]))(?:(?:here are |for )?(?:some |several |usage |more )?examples?"
    r"(?: usage| of use| include)?|e\.g\.)|(?<=[.!?\n])[ \t]*\w+(?: \w+){0,2})[\s*_]*:[\s*_]*\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """Where an ``<example>`` stands in a text: of its opening tag, and of what is inside it."""

    start: int
    inner_start: int
    inner_end: int
    end: int


@dataclass(frozen=True, slots=True)
class ParsedDialogue:
    """The parts of one dialogue, without markup and surrounding quotes."""

    context: str
    turns: tuple[Turn, ...]
    commentary: str


def find_blocks(text: str) -> list[Block]:
    """Find the ``<example>`` blocks, at most :data:`MAX_DIALOGUES` and one more.

    One that is never closed ends at the next one or with the text; a ``<commentary>`` right after the
    closing tag belongs to the block.
    """
    blocks: list[Block] = []
    opening: re.Match[str] | None = None
    tags = list(islice(_TAG.finditer(text), 2 * MAX_DIALOGUES + 2))
    for number, tag in enumerate(tags):
        if not tag.group(1):
            if opening is not None:
                blocks.append(Block(opening.start(), opening.end(), tag.start(), tag.start()))
            opening = tag
        elif opening is not None:
            following = tags[number + 1].start() if number + 1 < len(tags) else len(text)
            end = _with_commentary(text, tag.end(), following)
            blocks.append(Block(opening.start(), opening.end(), tag.start(), end))
            opening = None
    if opening is not None:
        blocks.append(Block(opening.start(), opening.end(), len(text), len(text)))
    return blocks[: MAX_DIALOGUES + 1]


def _with_commentary(text: str, end: int, following: int) -> int:
    """Extend a block by a ``<commentary>`` between its closing tag and the next tag."""
    found = _AFTERWARDS.match(text, end, following)
    close = _COMMENTARY_END.search(text, found.end(), following) if found else None
    return close.end() if close else end


def without_blocks(text: str, blocks: list[Block]) -> str:
    """Return a description without its dialogues, the tags around them and a dangling "Examples:"."""
    if not blocks:
        return text.strip()
    pieces: list[str] = []
    position = 0
    for block in blocks:
        pieces.append(_DANGLING.sub("", expand_escapes(text[position : block.start]).rstrip("-*• \t\n")))
        position = block.end
    pieces.append(expand_escapes(text[position:]))
    joined = "\n".join(_WRAPPER.sub("", piece).strip() for piece in pieces)
    lines = [line.rstrip() for line in joined.split("\n")]
    return _DANGLING.sub("", "\n".join(line for line in lines if _LETTER.search(line))).strip()


def parse_dialogue(text: str) -> ParsedDialogue:
    """Parse what stands between ``<example>`` and ``</example>`` (commentary after it included)."""
    text = expand_escapes(_WRAPPER.sub("\n", text[:MAX_DIALOGUE]))
    labels = find_labels(text)
    segments = _segments(text, labels)
    context: list[str] = []
    turns: list[Turn] = []
    commentary: list[str] = []
    for part, content in segments:
        cleaned = clean_utterance(content)
        if not _LETTER.search(cleaned):
            continue  # what is left of tags and punctuation says nothing
        if part is Part.USER:
            turns.append(Turn(Role.USER, cleaned))
        elif part is Part.ASSISTANT:
            turns.append(Turn(Role.ASSISTANT, cleaned))
        elif part is Part.COMMENTARY:
            commentary.append(cleaned)
        elif part is Part.CONTEXT:
            context.append(cleaned)
    if not any(turn.role is Role.USER for turn in turns) and context and not _has_context_label(labels):
        # Nothing is labelled as the user's: the bare text of an example is what the user says.
        turns.insert(0, Turn(Role.USER, "\n".join(context)))
        context = []
    return ParsedDialogue("\n".join(context), tuple(turns), "\n".join(commentary))


def _has_context_label(labels: list[Label]) -> bool:
    return any(label.part is Part.CONTEXT for label in labels)


def _segments(text: str, labels: list[Label]) -> list[tuple[Part, str]]:
    """Cut the text at the labels; what stands before the first one or after a closed tag is context."""
    segments: list[tuple[Part, str]] = []
    part = Part.CONTEXT
    position = 0
    for label in labels:
        segments.append((part, text[position : label.start]))
        part = label.part
        position = label.end
    segments.append((part, text[position:]))
    return segments
