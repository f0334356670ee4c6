"""What the lexical router knows about words beforehand: everyday ones, and those of one subject.

Twelve descriptions cannot teach which words are common: in a small roster "four" is as rare as "Redis".
Nor do they say that React runs in a browser, or that "langsam" is slow. Both lists are data
(``data/everyday.txt``, ``data/concepts.txt``), written from general knowledge of the trade, not from any
collection of agents.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from harness.routing.words import plain_words, stem

__all__ = ["concepts", "everyday_weight"]

_EVERYDAY = 0.5
"""How much an everyday word says, compared with one that is none; chosen on whole collections."""

_HIRAGANA = frozenset(map(chr, range(0x3041, 0x30A0)))
"""Endings and particles of Japanese, which is cut into characters: they are in every sentence."""


def _lines(name: str) -> list[str]:
    text = (files("harness.routing") / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@lru_cache(maxsize=1)
def _everyday() -> frozenset[str]:
    return frozenset(stem(word) for line in _lines("everyday.txt") for word in line.split())


@lru_cache(maxsize=100_000)
def everyday_weight(unit: str) -> float:
    """Return how much a stem, or several separated by spaces, says: in (0, 1], less for everyday words."""
    stems = unit.split(" ")
    common = _everyday()
    return float(_EVERYDAY ** (sum(one in common for one in stems) / len(stems)))


@lru_cache(maxsize=1)
def _subjects() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for line in _lines("concepts.txt"):
        subject, _, listed = line.partition(":")
        for word in {*plain_words(listed), *listed.split()} - _HIRAGANA:
            found.setdefault(stem(word), set()).add(subject)
    return {word: tuple(sorted(subjects)) for word, subjects in found.items()}


def concepts(text: str) -> list[str]:
    """Return the subjects that a text's words belong to, once per word."""
    known = _subjects()
    return [subject for word in plain_words(text) for subject in known.get(stem(word), ())]
