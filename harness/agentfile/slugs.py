"""Stable names for rules: made of the rule's words, never of its place."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

__all__ = ["slug", "unique_slugs"]

_MAX_WORDS = 8
_MAX_CHARACTERS = 60
_SEPARATORS = re.compile(r"[^\w]+|_+")
_APOSTROPHES = re.compile(r"['’`]")


def slug(text: str) -> str:
    """Return the first words of a text in lower case, joined by hyphens; a digest where it has no word."""
    plain = _APOSTROPHES.sub("", text).casefold()
    if not plain.isascii():
        folded = unicodedata.normalize("NFKD", plain)
        plain = "".join(char for char in folded if not unicodedata.combining(char))
    words = [word for word in _SEPARATORS.split(plain) if word][:_MAX_WORDS]
    joined = ""
    for word in words:
        longer = f"{joined}-{word}" if joined else word[:_MAX_CHARACTERS]
        if len(longer) > _MAX_CHARACTERS:
            break
        joined = longer
    return joined or f"rule-{_digest(text)}"


def unique_slugs(texts: Iterable[str]) -> list[str]:
    """Return one slug for each text, unique among them.

    A slug that is taken is extended by a digest of the whole text, so that rules that only begin
    alike keep their names when others are added; equal texts are numbered.
    """
    taken: set[str] = set()
    result: list[str] = []
    for text in texts:
        name = slug(text)
        if name in taken:
            name = f"{name}-{_digest(text)}"
        number = 2
        base = name
        while name in taken:
            name = f"{base}-{number}"
            number += 1
        taken.add(name)
        result.append(name)
    return result


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
