"""From text to the units that the lexical router compares: stemmed words, their pairs, character n-grams.

The stemmer takes the endings off that separate a request from a description ("optimise our queries",
"query optimisation", "a query optimizer"). It follows the idea of Lovins (1968): the longest ending goes,
in one pass, and a stem of three letters or more stays. It need not give words, only equal stems for kin.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

__all__ = [
    "LONGEST_TEXT",
    "character_grams",
    "normalised",
    "plain_words",
    "stem",
    "words",
    "words_and_pairs",
]

LONGEST_TEXT = 60_000
"""Characters of one text that are looked at: agent files and messages come from strangers."""

# "c++", "c#" and ".net" are words to a programmer; "next.js" is "next".
_WORD = re.compile(r"c\+\+|[cf]#|\.net\b|[^\W_]+")
_SUFFIX_JS = re.compile(r"(?<=\w)\.js\b")
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[\W_]+")
_WIDE = re.compile(r"[⺀-鿿가-힯豈-﫿]")  # scripts without spaces: one word per character

# Words of politeness and of the talk about agents itself; they are in every request and every description.
_COMMON_HERE = frozenset(
    """agent agents currently does doesn doing don going help isn just let lets like ll make need needs please
    properly re sure think use used user users using ve want wants when work working""".split()
)
# Stop words of scikit-learn's list that are names or subjects here (Go, Next.js, front end, system, bill).
_NOT_COMMON_HERE = frozenset(
    """back bill bottom call computer describe detail empty fill find fire front full go interest mine move
    name next part show side system top""".split()
)
_SHORTEST_STEM = 3
_DOUBLED = re.compile(r"([^lsz\W\d_])\1$")
_LONGEST_UNIT = 40  # a longer "word" is a hash or a blob

# Ending -> what replaces it; the first one that fits is taken, so the longest of a family come first.
_ENDINGS: tuple[tuple[str, str], ...] = tuple(
    (ending, replacement)
    for replacement, endings in (
        ("iz", "isation ization"),
        ("", "ational ations ation"),
        ("iz", "izing ising izer iser ized ised izes ises ize ise"),
        ("", "iveness ities ity ments ment ingly edly ings ing"),
        ("i", "ies ied"),
        ("", "ance ence able ible ness ally ly ful ions ion"),
        ("", "ators ator ors or ates ated ate al ed ers es s er e"),
        ("i", "y"),
    )
    for ending in endings.split()
)


def normalised(text: str) -> str:
    """Return letters and digits in lower case with single spaces: layout makes no difference."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).casefold()
    return _NEITHER_LETTER_NOR_DIGIT.sub(" ", folded).strip()


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the stem of a lower-case word; short words and words with digits stay as they are."""
    if len(word) <= _SHORTEST_STEM or not (word.isascii() and word.isalpha()):
        return word
    for ending, replacement in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            root = word[: -len(ending)] + replacement
            return root[:-1] if len(root) > _SHORTEST_STEM and _DOUBLED.search(root) else root
    return word


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return (frozenset(ENGLISH_STOP_WORDS) - _NOT_COMMON_HERE) | _COMMON_HERE


@lru_cache(maxsize=4_096)  # several scores look at the same texts
def plain_words(text: str) -> tuple[str, ...]:
    """Return a text's words in lower case, stop words left out."""
    stop = _stop_words()
    folded = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).lower()
    spaced = _WIDE.sub(lambda match: f" {match.group()} ", _SUFFIX_JS.sub("", folded))
    return tuple(word for word in _WORD.findall(spaced) if word not in stop and len(word) <= _LONGEST_UNIT)


def words(text: str) -> list[str]:
    """Return the stems of a text's words, stop words left out."""
    return [stem(word) for word in plain_words(text)]


def words_and_pairs(text: str) -> list[str]:
    """Return the stems and every two that follow each other, stop words between them ignored."""
    stems = words(text)
    return stems + [f"{first} {second}" for first, second in pairwise(stems)]


def character_grams(shortest: int = 3, longest: int = 5) -> Callable[[str], list[str]]:
    """Return a function that cuts words into character n-grams, with a space at both ends of a word.

    They see through typing errors and compounds ("postgre", "kubernets", "typescript-pro").
    """

    def cut(text: str) -> list[str]:
        grams: list[str] = []
        for word in plain_words(text):
            padded = f" {word} "
            for size in range(shortest, longest + 1):
                grams.extend(padded[start : start + size] for start in range(max(1, len(padded) - size + 1)))
        return grams

    return cut
