"""Text of an utterance: escapes expanded, emphasis and surrounding quotation marks taken off."""

from __future__ import annotations

import re

__all__ = ["ASIDE_AFTER", "CLOSERS", "clean_utterance", "expand_escapes"]

CLOSERS: dict[str, str] = {
    '"': '"”“',
    "'": "'’‘",
    "“": '”"“',
    "”": '”"',
    "‘": "’'‘",
    "„": '“”"',
    "«": "»",
    "»": "«",
    "`": "`",
}
"""Opening quotation mark -> the marks that may close it (typographic and straight ones get mixed)."""

_ESCAPED_BREAK = re.compile(r"\\{1,4}(?:r\\{1,4})?n")
_ESCAPED_QUOTE = re.compile(r"\\{1,3}([\"'])")
_ESCAPED_TAB = re.compile(r"\\{1,2}t(?=[A-Z<\s-])")
_PATH_BEFORE = re.compile(r"(?<!\w)[A-Za-z]:(?:\\[\w.-]{1,40})*\Z")
_FUNCTION_NOTE = re.compile(r"</?function[ _]?calls?\b[^<>\n]{0,200}>", re.IGNORECASE)
_DIALOGUE_TAG = re.compile(
    r"</?(?:examples?|user(?:[_-](?:request|query|message|input))?|assistant(?:[_-]response)?"
    r"|commentary|context)\s*>",
    re.IGNORECASE,
)
_EDGE_BULLET = re.compile(r"(?:\n[ \t]*(?:[-*+•>]+|\d{1,3}[.)])[ \t]*)+\Z")
ASIDE_AFTER = re.compile(r"\A[ \t]*(?:\([^()]{0,300}\)|\[[^\[\]]{0,300}\]|[.,;])?[ \t.,;]*\Z")
_BREAKS = re.compile(r"\n{3,}")


def expand_escapes(text: str) -> str:
    r"""Turn a literal ``\n`` into a line end and ``\"`` into a quotation mark.

    A ``\n`` that is quoted on both sides, or that stands in a Windows path, is what the speaker said.
    """
    if "\\" not in text:
        return text
    text = _ESCAPED_BREAK.sub(lambda match: _line_end(match, text), text)
    return _ESCAPED_TAB.sub("\t", _ESCAPED_QUOTE.sub(r"\1", text))


def _line_end(match: re.Match[str], text: str) -> str:
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    quoted = bool(before) and before == after and before in "'\"`"
    in_path = after.islower() and bool(_PATH_BEFORE.search(text, max(0, match.start() - 60), match.start()))
    return match.group() if quoted or in_path else "\n"


def clean_utterance(text: str) -> str:
    """Return what is said: without markup of the dialogue, emphasis around it, and its quotation marks."""
    text = _DIALOGUE_TAG.sub("", _FUNCTION_NOTE.sub("", text))
    text = _EDGE_BULLET.sub("", text.rstrip())
    text = _strip_quotes(_strip_emphasis(text.strip()))
    lines = [line.strip() for line in text.split("\n")]
    return _BREAKS.sub("\n\n", "\n".join(lines)).strip()


def _strip_emphasis(text: str) -> str:
    """Take off emphasis that surrounds the whole text, or that was left dangling at one end."""
    for mark in ("***", "**", "__", "*", "_"):
        size = len(mark)
        if text.startswith(mark) and text.endswith(mark) and len(text) > 2 * size:
            if mark not in text[size:-size]:
                return text[size:-size].strip()
        elif text.endswith(mark) and text.count(mark) == 1 and mark != "_":
            return text[:-size].strip()
        elif text.startswith(mark) and text.count(mark) == 1 and mark in {"**", "***"}:
            return text[size:].strip()
    return text


def _strip_quotes(text: str) -> str:
    for _ in range(2):  # an utterance is sometimes quoted twice: by the speaker and by emphasis or YAML
        stripped = _strip_one_pair(text)
        if stripped == text:
            break
        text = _strip_emphasis(stripped)
    return text


def _strip_one_pair(text: str) -> str:
    if not text or text[0] not in CLOSERS:
        return text
    closers = CLOSERS[text[0]]
    body = text.rstrip(".,; \n") if text[-1] in ".,; \n" else text
    if len(body) > 1 and body[-1] in closers:
        return text if _is_two_quotations(body, closers) else body[1:-1].strip()
    last = max(text.rfind(closer) for closer in closers)
    if last > 0:
        # `"I wrote a parser" (pastes code)`: the aside is a stage direction, not part of the message.
        return text[1:last].strip() if ASIDE_AFTER.match(text[last + 1 :]) else text
    return text[1:].strip()  # opened and never closed


def _is_two_quotations(text: str, closers: str) -> bool:
    """Tell ``"a" or "b"`` (two quotations, both kept) from one utterance in quotation marks."""
    inner = text[1:-1]
    marks = [index for index, char in enumerate(inner) if char in closers or char == text[0]]
    if len(marks) != 2 or text[0] in "'`‘":
        return False
    first, second = marks
    closes = inner[first - 1 : first].strip() != "" and (inner[first + 1 : first + 2] in {" ", ",", ""})
    opens = inner[second - 1 : second] in {" ", "("} and inner[second + 1 : second + 2].strip() != ""
    return closes and opens
