"""What can be labelled, and in which order: the part that golden responses and answers of a run share.

Who labels must not be swayed. So an answer is known to a page by a key that says nothing, not by its name;
the order is random, and the same for everybody with the same seed: two people who label the first fifty have
labelled the same fifty.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.calibration.human_labels import independent, majority
from harness.checks.bind import Binding
from harness.core.errors import InputError
from harness.core.jsonl import sha_of
from harness.core.types import Message, Outcome, SuppliedFile, ToolCall
from harness.suite.annotations import AGREED

__all__ = [
    "LABELS",
    "LONGEST_NOTE",
    "ConflictError",
    "Given",
    "LabelSet",
    "Progress",
    "Queue",
    "Shown",
    "annotator_name",
    "clean_note",
    "clean_text",
    "demand_unchanged",
    "disputes",
    "progress_of",
    "queue_of",
    "stamp_of",
]

LABELS = (Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNDECIDED)
LONGEST_NOTE = 2_000
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class ConflictError(InputError):
    """The file says something else than the page that wants to change it has seen."""


@dataclass(frozen=True, slots=True)
class Given:
    """A label as somebody gave it; ``line`` is the line of the answer it rests on, 0 for none."""

    label: Outcome
    note: str = ""
    line: int = 0


def stamp_of(given: Given | None) -> str:
    """Return what tells a label from others; empty for none."""
    return "" if given is None else sha_of(given)[:20]


def demand_unchanged(now: Given | None, before: str) -> None:
    """Refuse to replace a label that nobody has seen.

    Raises:
        ConflictError: another label stands there than the one with the stamp.
    """
    if stamp_of(now) != before:
        raise ConflictError("this label was changed elsewhere meanwhile; load the page again and look at it")


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer with its question: all that somebody who labels may see."""

    messages: tuple[Message, ...]
    files: tuple[SuppliedFile, ...]
    text: str
    tool_calls: tuple[ToolCall, ...]
    truncated: bool


Labels = Mapping[str, Mapping[str, Given]]
"""By place, by annotator."""


class LabelSet(Protocol):
    """Answers whose labels are kept in one folder. A ``place`` names an answer and is not shown to people."""

    @property
    def id(self) -> str:
        """What an address calls it."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def agent(self) -> str:
        """Whose rules are labelled."""

    @property
    def folder(self) -> str:
        """Where the labels are kept, for people."""

    @property
    def taken_names(self) -> frozenset[str]:
        """Names that an annotator cannot have here."""

    def rules(self) -> tuple[Binding, ...]:
        """Return the rules, in the order of the agent file."""

    def places(self, rule: str) -> tuple[str, ...]:
        """Return the answers that may be labelled for a rule."""

    def answer(self, place: str) -> Shown:
        """Return an answer."""

    def given(self) -> Mapping[str, Labels]:
        """Return all labels by rule."""

    def put(self, annotator: str, answer: tuple[str, str], new: Given | None, before: str) -> Given | None:
        """Give, change or take back (``None``) a label of a place and a rule; return what stood there.

        Args:
            annotator: who labels.
            answer: the place and the rule.
            new: the label.
            before: the stamp of the label that the annotator has seen there.

        Raises:
            ConflictError: another label stands there.
        """


@dataclass(frozen=True, slots=True)
class Queue:
    """The answers of one rule in the order in which they are labelled, each under its key."""

    places: Mapping[str, str]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in order."""
        return tuple(self.places)

    def beside(self, key: str, step: int) -> str:
        """Return the key so many steps on, round the end."""
        keys = self.keys
        return keys[(keys.index(key) + step) % len(keys)]

    def open_after(self, key: str, labelled: Mapping[str, object]) -> str:
        """Return the first answer after a key (empty: from the beginning) without a label; empty for none."""
        keys = self.keys
        start = keys.index(key) + 1 if key else 0
        return next(
            (
                one
                for one in (*keys[start:], *keys[:start])
                if one != key and self.places[one] not in labelled
            ),
            "",
        )


def queue_of(source: LabelSet, rule: str, seed: int) -> Queue:
    """Shuffle the answers of a rule: by the hash of seed and place, so that a new answer moves no other."""
    keyed = {
        hashlib.sha256("\0".join((str(seed), source.id, rule, place)).encode()).hexdigest()[:20]: place
        for place in source.places(rule)
    }
    return Queue(dict(sorted(keyed.items())))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the labels of a rule have come: what people agree on or one of them says, and disputes."""

    labels: Counter[Outcome]
    disputed: int
    answers: int

    @property
    def settled(self) -> int:
        """Answers with a label that a calibration takes."""
        return self.labels.total()


def progress_of(answers: int, labels: Labels) -> Progress:
    """Count what a calibration would take of the labels of one rule."""
    decided = [majority({name: one.label for name, one in said.items()}) for said in labels.values() if said]
    return Progress(Counter(one for one in decided if one), decided.count(None), answers)


def disputes(source: LabelSet) -> list[tuple[str, str, Mapping[str, Given]]]:
    """Return what annotators label differently: rule, place and what each says; the unresolved first."""
    rows = [
        (rule, place, said)
        for rule, labels in source.given().items()
        for place, said in labels.items()
        if len(set(independent({n: g.label for n, g in said.items()}).values())) > 1
    ]
    return sorted(rows, key=lambda row: (AGREED in row[2], row[0], row[1]))


def annotator_name(text: str, taken: Sequence[str] | frozenset[str] = ()) -> str:
    """Return the name of an annotator as files have it.

    Raises:
        InputError: it is no name, or one that is not a person's here.
    """
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise InputError(
            "a name is made of letters a–z, digits and hyphens, 40 at most; write for example anna"
        )
    if name == AGREED or name in taken:
        raise InputError(
            f"the name {name!r} is not free here: it does not stand for a person; choose another"
        )
    return name


def clean_text(text: str) -> str:
    """Return a text without what YAML and UTF-8 cannot hold, its line ends made alike."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", plain).strip()


def clean_note(text: str) -> str:
    """Return a note as it can be kept in any of the files.

    Raises:
        InputError: it is too long.
    """
    note = clean_text(text)
    if len(note) > LONGEST_NOTE:
        raise InputError(f"the note has {len(note):,} characters; {LONGEST_NOTE:,} are kept at most")
    return note
