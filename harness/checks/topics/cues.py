r"""Words and phrases that belong to a topic, found by the words that they can begin with.

To search a sentence for ``\bmetrics?\b|\bon-?call\b|...`` tries all of it at each character. What such a
pattern can begin with is written in it: it is tried where something begins like that, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.response.record import record

__all__ = ["Cue", "beginnings", "cue", "stands_in"]

_STEM = 4
_CLASS = re.compile(r"\[([a-zA-Z]+)\](?![?*+{])")
# What ends a word: white space, punctuation, a digit.
_ENDS = re.compile(r"\\[sd+().]|[-/_0-9]|\[(?:\\s|[-_/])+\]")
_MAX_WAYS = 400


@record
class Cue:
    """One thing that belongs to a topic, as a pattern; ``cue`` makes it.

    ``stems`` are beginnings of words (four letters, or a whole shorter word): a text without any of them
    does not match, and to look for them is far cheaper. ``ill`` is a trouble: to say that there is none of
    it is as good a remark as any. ``core`` cues belong to the topic alone; without any of them nothing was
    said about it. ``at_words`` are the alternatives that begin with one of the stems in ``firsts``, ``loose``
    those of which that cannot be told; ``None`` where there are none.
    """

    name: str
    stems: frozenset[str]
    pattern: re.Pattern[str]
    ill: bool
    core: bool
    firsts: frozenset[str]
    at_words: re.Pattern[str] | None
    loose: re.Pattern[str] | None


def cue(name: str, stems: str, pattern: str, *, ill: bool = False, core: bool = True) -> Cue:
    """Make a cue; capital letters do not matter in its pattern."""
    firsts: set[str] = set()
    at_words: list[str] = []
    loose: list[str] = []
    for one in _alternatives(pattern):
        found = beginnings(one)
        if found is None:
            loose.append(one)
        else:
            at_words.append(one)
            firsts |= found
    whole = _compiled([pattern])
    if whole is None:
        raise AssertionError("there is one pattern")
    return Cue(
        name,
        frozenset(stems.split()),
        whole,
        ill=ill,
        core=core,
        firsts=frozenset(firsts),
        at_words=_compiled(at_words),
        loose=_compiled(loose),
    )


def _compiled(alternatives: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(alternatives), re.IGNORECASE) if alternatives else None


def stands_in(one: Cue, text: str, stems: frozenset[str]) -> bool:
    """Say whether the pattern of a cue matches anywhere in a text with words of these stems."""
    small = text.lower()
    if not small.isascii():
        # Capital letters and small ones are not one to one.
        return one.pattern.search(text) is not None
    if one.at_words is not None:
        match = one.at_words.match
        for first in one.firsts & stems:
            place = small.find(first)
            while place >= 0:
                if match(text, place) is not None:
                    return True
                place = small.find(first, place + 1)
    return one.loose is not None and one.loose.search(text) is not None


def beginnings(pattern: str) -> frozenset[str] | None:
    """Return the stems of the words that a match can begin with; ``None`` where that cannot be told.

    Only plain patterns are understood: letters, classes of letters, groups, and what may be left out.
    """
    if not pattern.startswith(r"\b"):
        return None
    found: set[str] = set()
    waiting = [("", pattern[2:])]
    for _ in range(_MAX_WAYS):
        if not waiting:
            return frozenset(found)
        letters, rest = waiting.pop()
        if len(letters) == _STEM:
            found.add(letters)
            continue
        ways = _ways(letters, rest)
        if ways is None:
            return None
        for longer, following in ways:
            if following is None:
                found.add(longer)
            else:
                waiting.append((longer, following))
    return None


def _ways(letters: str, rest: str) -> list[tuple[str, str | None]] | None:
    """Read one piece of a pattern; a word that ends has nothing following."""
    if rest.startswith("(?:"):
        end = _closing(rest)
        ways: list[tuple[str, str | None]] = [
            (letters, one + _behind(rest, end)) for one in _alternatives(rest[3:end])
        ]
        return _or_without(ways, letters, rest, end + 1)
    listed = _CLASS.match(rest)
    if listed is not None:
        return [(letters + one.lower(), rest[listed.end() :]) for one in listed[1]]
    if rest[:1].isalpha() and rest[:1].isascii():
        return _or_without([(letters + rest[0].lower(), _behind(rest, 0))], letters, rest, 1)
    if rest.startswith(r"\b"):
        return [(letters, None)] if letters else [(letters, rest[2:])]
    ending = _ENDS.match(rest)
    if ending is not None and letters:
        return _or_without([(letters, None)], letters, rest, ending.end())
    return None


def _behind(rest: str, end: int) -> str:
    """Return what follows a piece that ends at a place, its question mark left out."""
    return rest[end + 2 :] if rest[end + 1 : end + 2] == "?" else rest[end + 1 :]


def _or_without(
    ways: list[tuple[str, str | None]], letters: str, rest: str, end: int
) -> list[tuple[str, str | None]] | None:
    """Add the way without a piece where it may be left out; pieces that may repeat are not understood."""
    mark = rest[end : end + 1]
    if mark in {"*", "{"} or (mark == "+" and ways[0][1] is not None):
        return None
    return [*ways, (letters, rest[end + 1 :])] if mark == "?" else ways


def _closing(pattern: str) -> int:
    """Return where the group that a pattern begins with is closed."""
    depth = 0
    for place, sign in _signs(pattern):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place
    raise ValueError(f"a group that is not closed: {pattern[:60]}")


def _alternatives(pattern: str) -> Iterator[str]:
    """Yield the alternatives of a pattern."""
    depth = start = 0
    for place, sign in _signs(pattern):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            yield pattern[start:place]
            start = place + 1
    yield pattern[start:]


def _signs(pattern: str) -> Iterator[tuple[int, str]]:
    """Yield the parentheses and bars of a pattern, those that are escaped or in a class left out."""
    escaped = listed = False
    for place, sign in enumerate(pattern):
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif listed:
            listed = sign != "]"
        elif sign == "[":
            listed = True
        elif sign in "(|)":
            yield place, sign
