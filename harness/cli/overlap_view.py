"""What ``harness route --overlap`` shows: which agents collide, on what words, and what each could say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from textwrap import fill
from typing import Any

from rich.console import Console
from rich.text import Text

from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.routing.overlap import Collision, Overlap, Side

__all__ = ["overlap_document", "show_overlap"]

_WIDTH = 100
_PAIRS = 15
_LINES = 10
_INDENT = "    "


def overlap_document(overlap: Overlap) -> dict[str, Any]:
    """Return the report as the documented JSON."""
    return {
        "agents": overlap.agents,
        "tokens": overlap.tokens,
        "budget": overlap.budget,
        "confusions": overlap.confusions,
        "foreseen": overlap.foreseen,
        "pairs": overlap.pairs,
        "predicted": overlap.predicted,
        "collisions": [
            {
                "agents": [_side(pair.first), _side(pair.second)],
                "likeness": round(pair.likeness, 4),
                "rank": pair.rank,
                "predicted": pair.predicted,
                "observed": pair.observed,
                "shared": list(pair.shared),
            }
            for pair in overlap.collisions
        ],
        "long_lines": to_jsonable(overlap.long_lines),
        "unreachable": to_jsonable(overlap.unreachable),
        "same_names": to_jsonable(overlap.same_names),
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "agent": side.agent,
        "lost": side.lost,
        "says": list(side.says),
        "could_say": list(side.could_say),
    }


def show_overlap(overlap: Overlap, title: str, notes: Sequence[str]) -> None:
    """Print the report to standard output."""
    found = Console(highlight=False, markup=False, emoji=False)
    console = Console(width=min(found.width, _WIDTH), highlight=False, markup=False, emoji=False)
    console.print(Text(reveal(title), style="bold"))
    console.print(Text(_headline(overlap)))
    for heading, lines in (
        ("Agents that collide", [*_collisions(overlap)]),
        ("Agents that are hard to reach", [f"{one.agent}: {one.detail}" for one in overlap.unreachable]),
        ("Names that are one name to Claude Code", [*_same_names(overlap)]),
        ("Roster lines to shorten first", [*_long_lines(overlap)]),
    ):
        if lines:
            console.print()
            console.print(Text(heading, style="bold"))
        shown = lines if heading == "Agents that collide" else lines[:_LINES]
        for line in shown:
            console.print(Text(_wrapped(reveal(line), console.width)))
        if len(lines) > len(shown):
            console.print(Text(f"… {len(lines) - len(shown)} more, see --json", style="dim"))
    for note in notes:
        console.print(Text(reveal(note), style="yellow"))


def _wrapped(line: str, width: int) -> str:
    """Wrap a line, what is carried over standing deeper than its beginning."""
    start = len(line) - len(line.lstrip())
    return fill(line, width, subsequent_indent=" " * (start + 2), break_on_hyphens=False)


def _headline(overlap: Overlap) -> str:
    warned = " (Claude Code warns from there)" if overlap.tokens > overlap.budget else ""
    parts = [f"roster {overlap.tokens:,} tokens of {overlap.budget:,}{warned}"]
    if overlap.confusions:
        parts.append(
            f"{overlap.confusions} confusions between agents observed, {overlap.foreseen} of them in the "
            f"{overlap.predicted} of {overlap.pairs:,} pairs that the texts alone point at"
        )
    else:
        parts.append("no confusion between agents observed")
    return " · ".join(parts)


def _collisions(overlap: Overlap) -> Iterator[str]:
    for pair in overlap.collisions[:_PAIRS]:
        yield from _pair(pair)
    left = len(overlap.collisions) - _PAIRS
    if left > 0:
        yield f"… {left} more pairs, see --json"


def _pair(pair: Collision) -> Iterator[str]:
    yield f"{pair.first.agent} / {pair.second.agent}: {_seen(pair)}"
    if pair.shared:
        yield f"{_INDENT}both say: {', '.join(pair.shared)}"
    for side in (pair.first, pair.second):
        if side.could_say:
            yield f"{_INDENT}{side.agent} could say: {', '.join(side.could_say)}"
        elif side.says:
            yield f"{_INDENT}only {side.agent} says: {', '.join(side.says)}"
        else:
            yield f"{_INDENT}{side.agent} has no word that {_other(pair, side).agent} lacks"


def _seen(pair: Collision) -> str:
    likeness = f"likeness {pair.likeness:.2f}, {_ordinal(pair.rank)}"
    if not pair.observed:
        return f"predicted ({likeness})"
    ways = [
        f"{side.lost} for {side.agent} went to {_other(pair, side).agent}"
        for side in (pair.first, pair.second)
        if side.lost
    ]
    return f"{'; '.join(ways)} ({likeness}{'' if pair.predicted else ', not predicted'})"


def _other(pair: Collision, side: Side) -> Side:
    return pair.second if side is pair.first else pair.first


def _ordinal(rank: int) -> str:
    return "the likest pair" if rank == 1 else f"number {rank}"


def _same_names(overlap: Overlap) -> Iterator[str]:
    everything = [file for same in overlap.same_names for file in same.files]
    folder = os.path.commonpath(everything) if everything else ""
    for same in overlap.same_names:
        files = (os.path.relpath(file, folder) for file in same.files)
        yield f"{' = '.join(same.names)}: {', '.join(files)}"


def _long_lines(overlap: Overlap) -> Iterator[str]:
    for line in overlap.long_lines:
        yield f"{line.agent}: {line.tokens:,} tokens; an equal share is {line.share:,}"
