"""Rules that contradict each other by their words, as JSON and in a sentence."""

from __future__ import annotations

from typing import Any

from harness.report.escape import clip
from harness.tune.conflicts import WordingConflict

__all__ = ["conflict_row", "conflict_words"]

_LONGEST = 80


def conflict_row(conflict: WordingConflict) -> dict[str, Any]:
    """Return a pair as JSON has it."""
    return {
        "first": conflict.first.id,
        "second": conflict.second.id,
        "kind": conflict.kind.value,
        "about": conflict.about,
        "first_words": conflict.first_words,
        "second_words": conflict.second_words,
    }


def conflict_words(conflict: WordingConflict) -> str:
    """Return a pair in a sentence: the lines, and the words that show it."""
    first, second = conflict.first, conflict.second
    return (
        f"lines {first.span.line} and {second.span.line} contradict each other "
        f"({clip(conflict.about, _LONGEST)}): "
        f"“{clip(conflict.first_words, _LONGEST)}” and “{clip(conflict.second_words, _LONGEST)}”"
    )
