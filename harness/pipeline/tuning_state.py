"""What an optimisation remembers on disk: plain JSON, read strictly, and never a pickle.

Answers are in the store, so the search itself is simply made again: the same seed asks the same questions,
and those that were answered cost nothing. Kept is what could not be made again: which fresh trials the test
asks for, and how the search ended, so that a test which was begun stays the test of that candidate.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.core.documents import parse_document
from harness.core.errors import InputError
from harness.core.jsonl import canonical_json, write_atomic
from harness.tune.optimise_model import Attempt

__all__ = ["STATE_NAME", "SearchRecord", "TuningState", "begin", "save", "searched_before"]

STATE_NAME = "state.json"
FORMAT = 1


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SearchRecord(_Record):
    """How a search ended: the body that was taken (empty: none), what was tried, and what that took."""

    body: str
    gain: float
    rounds: int
    attempts: tuple[Attempt, ...]
    ended: str
    answers: int = 0
    dollars: float | None = 0.0
    tokens: int = 0


class TuningState(_Record):
    """The state of an optimisation.

    Attributes:
        settings: what identifies it; with other settings it is another one.
        fresh: number of the first trial of the test; no run has asked for it.
        judges: US dollars that judges were paid.
        searches: how the search ended; empty while it goes on.
    """

    settings: dict[str, Any]
    fresh: int
    judges: float = 0.0
    searches: tuple[SearchRecord, ...] = ()
    format: int = FORMAT


def begin(folder: Path, settings: dict[str, Any], fresh: int) -> TuningState:
    """Return the state of a run that was begun before, or begin it.

    Raises:
        InputError: the folder holds an optimisation with other settings, or a damaged state.
        IncompleteError: the folder cannot be written to.
    """
    path = folder / STATE_NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        state = TuningState(settings=settings, fresh=fresh)
        save(folder, state)
        return state
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); choose another --name") from error
    state = parse_document(
        TuningState, data, path, "the state of an optimisation", "remove it, or choose another --name"
    )
    differ = sorted(
        name
        for name in settings.keys() | state.settings.keys()
        if settings.get(name) != state.settings.get(name)
    )
    if differ:
        raise InputError(
            f"{path}: was begun with another {', '.join(differ)}; choose another --name, or the same settings"
        )
    return state


def save(folder: Path, state: TuningState) -> None:
    """Write the state.

    Raises:
        IncompleteError: the folder cannot be written to.
    """
    write_atomic(folder / STATE_NAME, canonical_json(state.model_dump(mode="json")) + "\n")


def searched_before(folder: Path, state: TuningState) -> int:
    """Return how many other searches on the same cases took a candidate to its test."""
    number = 0
    for path in sorted(folder.parent.glob(f"*/{STATE_NAME}")):
        if path.parent == folder:
            continue
        try:
            other = TuningState.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue  # what cannot be read is not counted, and is told to who uses it
        same = all(other.settings.get(name) == state.settings.get(name) for name in ("cases", "model"))
        number += same and any(one.body for one in other.searches)
    return number
