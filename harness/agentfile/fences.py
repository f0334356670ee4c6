"""Make a prompt safe to parse: fences inside fences, HTML comments.

Prompts hold templates of other prompts: a fenced block with fenced blocks inside. CommonMark closes
the outer block at the first inner closing fence, and everything after it is read inside out.
"""

from __future__ import annotations

import re

__all__ = ["prepare", "without_common_indent"]

_FENCE = re.compile(
    r"[ \t>]{0,16}(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+)?(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)\Z"
)
_COMMENT_OPEN = "<!--"
_COMMENT_CLOSE = "-->"


def prepare(lines: list[str]) -> tuple[list[str], int]:
    """Blank nested fences and HTML comments; the number of lines stays.

    Returns:
        The lines, and the line (from 1) of the first nested fence, 0 where there is none.
    """
    out, nested = _flatten_fences(without_common_indent(lines))
    return _blank_comments(out), nested


def without_common_indent(lines: list[str]) -> list[str]:
    """Take off an indentation that all lines share: it is an accident, not one big code block.

    Returns:
        The same list where there is nothing to take off.
    """
    common = min((len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()), default=0)
    return [line[common:] for line in lines] if common else lines


def _flatten_fences(lines: list[str]) -> tuple[list[str], int]:
    fences: list[tuple[int, str, str]] = []
    for index, line in enumerate(lines):
        if "```" in line or "~~~" in line:
            found = _FENCE.match(line)
            if found:
                fences.append((index, found.group("fence"), found.group("info").strip()))
    inner = _inner_fences(fences)
    if not inner:
        return list(lines), 0
    out = list(lines)
    for index in inner:
        out[index] = ""
    return out, inner[0] + 1


def _inner_fences(fences: list[tuple[int, str, str]]) -> list[int]:
    """Lines of fences inside fences, if reading them as nested leaves no block open."""
    inner: list[int] = []
    stack: list[str] = []
    for index, fence, info in fences:
        if not stack:
            stack.append(fence)
            continue
        # A longer fence, or one of the other character, holds this line as plain text.
        if fence[0] != stack[0][0] or len(fence) < len(stack[0]):
            continue
        if info:
            stack.append(fence)
            inner.append(index)
        else:
            stack.pop()
            if stack:
                inner.append(index)
    return [] if stack else inner


def _blank_comments(lines: list[str]) -> list[str]:
    out = list(lines)
    fence = ""
    inside = False
    last_close = max((index for index, line in enumerate(lines) if _COMMENT_CLOSE in line), default=-1)
    for index, line in enumerate(lines):
        found = None if inside else _FENCE.match(line)
        if found:
            fence = _next_fence(fence, found.group("fence"), found.group("info").strip())
        elif not fence and (inside or _COMMENT_OPEN in line):
            out[index], inside = _cut_comment(line, inside, closes_later=index < last_close)
    return out


def _next_fence(current: str, fence: str, info: str) -> str:
    if not current:
        return fence
    closes = fence[0] == current[0] and len(fence) >= len(current) and not info
    return "" if closes else current


def _cut_comment(line: str, inside: bool, *, closes_later: bool) -> tuple[str, bool]:
    """Take the comments out of one line; tell whether one is still open at its end."""
    kept: list[str] = []
    position = 0
    while position <= len(line):
        if inside:
            end = line.find(_COMMENT_CLOSE, position)
            if end < 0:
                return "".join(kept), True
            position, inside = end + len(_COMMENT_CLOSE), False
            continue
        start = line.find(_COMMENT_OPEN, position)
        if start < 0 or (line.find(_COMMENT_CLOSE, start) < 0 and not closes_later):
            kept.append(line[position:])
            break
        kept.append(line[position:start])
        position, inside = start + len(_COMMENT_OPEN), True
    return "".join(kept), inside
