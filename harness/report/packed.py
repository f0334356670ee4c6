"""The data that the page's script reads: an index of all cases, and the cases that are not elements yet.

Both are compressed, in base64, so that no text of a model stands in the page as anything but letters and
digits. The index is JSON and holds one letter per rule and answer; a heat map of ten thousand answers is a
megabyte. A chunk holds cases ready to be shown: bounded, hidden characters written out, code cut into
coloured pieces. It has two parts, their structures as JSON and their texts, which a structure names by
number: whoever searches for words reads the texts alone. ``data.js`` of the templates folder reads what is
written here.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from harness.core.escape import reveal
from harness.core.types import Outcome, Sample, SampleFailure
from harness.report.escape import anchor, clip
from harness.report.lines import Block, Line, PlainLines, languages_of
from harness.report.model import RunResults
from harness.report.page import Answer, CaseView, Entry, Page
from harness.stats.score import OMITTED, VACUOUS

__all__ = ["Packed", "pack", "pack_page", "unpack", "unpack_cases"]

CHUNK = 400_000  # characters that are decoded at once; one click decodes one chunk
LETTERS = {
    Outcome.PASS: "p",
    Outcome.FAIL: "f",
    Outcome.NOT_APPLICABLE: "n",
    Outcome.UNDECIDED: "u",
    Outcome.ERROR: "e",
}
FLAGGED = {OMITTED: "o", VACUOUS: "v"}  # a fail and a pass of their own kind
# reveal leaves no such character in a text
_PLAIN, _HIT = "\x01", "\x02"  # begin a piece
_TEXT, _CASE = "\x03", "\x04"  # stand between texts, and between those of two cases
_CLUSTER = 80


@dataclass(frozen=True, slots=True)
class Packed:
    """The index, the chunks, and the languages that the filter offers."""

    index: str
    chunks: tuple[str, ...]
    languages: tuple[str, ...]


def pack(value: object) -> str:
    """Return a JSON value compressed, in base64; the same value gives the same text."""
    return _squeezed(json.dumps(value, separators=(",", ":"), allow_nan=False))


def unpack(packed: str) -> Any:
    """Return what :func:`pack` was given."""
    return json.loads(_stretched(packed))


def unpack_cases(packed: str) -> list[tuple[dict[str, Any], list[str]]]:
    """Return the cases of a chunk: structure and texts of each."""
    structures, texts = packed.split()
    return [
        (structure, own.split(_TEXT))
        for structure, own in zip(unpack(structures), _stretched(texts).split(_CASE), strict=True)
    ]


def _squeezed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def _stretched(packed: str) -> str:
    return gzip.decompress(base64.b64decode(packed)).decode()


def pack_page(results: RunResults, page: Page, aside: Callable[[Sample, bool], str]) -> Packed:
    """Pack the index of a page and its cases that are not open.

    Args:
        results: the run.
        page: the run, arranged.
        aside: what stands below the heading of an answer (model, tokens, time).
    """
    rules = {rule.rule.id: index for index, rule in enumerate(results.rules)}
    chunks, places = _chunks(page, rules, aside)
    languages = _Numbers()
    tags = _Numbers()
    variants = _Numbers()
    open_ = len(page.entries) - len(page.packed)
    cases = [
        _indexed(
            entry, page, (rules, tags, languages, variants), places[index - open_] if index >= open_ else -1
        )
        for index, entry in enumerate(page.entries)
    ]
    index = {
        "rules": [[reveal(clip(view.rule.rule.id, 80)), view.anchor] for view in page.rules],
        "variants": [reveal(clip(name, 40)) for name in variants.names],
        "tags": [reveal(clip(name, 60)) for name in tags.names],
        "languages": list(languages.names),
        "cases": cases,
    }
    return Packed(pack(index), chunks, tuple(sorted(languages.names)))


class _Numbers:
    """Numbers for names, in the order in which they come."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}

    def of(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))


def _indexed(
    entry: Entry, page: Page, numbers: tuple[dict[str, int], _Numbers, _Numbers, _Numbers], chunk: int
) -> list[Any]:
    rules, tags, languages, variants = numbers
    case = entry.case
    plain = anchor("hand-written" if entry.by_hand else "case", case.id)
    found = dict.fromkeys(
        name for sample in entry.samples for name in languages_of(sample.completion.text[:120_000])
    )
    return [
        reveal(clip(case.id, 120)),
        plain,
        reveal(clip(case.messages[-1].text, 160)) if case.messages else "",
        [tags.of(tag) for tag in case.tags],
        [languages.of(name) for name in found],
        reveal(clip(case.cluster or case.id, _CLUSTER)),
        int(entry.by_hand),
        chunk,
        [_answer_index(sample, page, rules, variants) for sample in entry.samples],
        len(entry.failures),
    ]


def _answer_index(
    sample: Sample, page: Page, rules: dict[str, int], variants: _Numbers
) -> list[int | str | list[int]]:
    """Return variant, trial, anchor, a letter per rule, and rule and line of each place that is marked."""
    letters = ["."] * len(rules)
    lines: list[int] = []
    for verdict in page.verdicts.get((sample.case, sample.variant, sample.trial), ()):
        place = rules.get(verdict.rule, -1)
        if place < 0:
            continue
        letters[place] = FLAGGED.get(verdict.flag, LETTERS[verdict.decision.outcome])
        first = next((one.line for one in verdict.decision.findings if not one.file), 0)
        if first and verdict.decision.outcome not in (Outcome.PASS, Outcome.NOT_APPLICABLE):
            lines += [place, first]
    name = anchor("answer", sample.case, sample.variant, str(sample.trial))
    return [variants.of(sample.variant), sample.trial, name, "".join(letters), lines]


def _chunks(
    page: Page, rules: dict[str, int], aside: Callable[[Sample, bool], str]
) -> tuple[tuple[str, ...], list[int]]:
    """Pack the cases in groups; return the groups and, per case, the number of its group."""
    chunks: list[str] = []
    places: list[int] = []
    structures: list[dict[str, Any]] = []
    searched: list[str] = []
    for view in page.packed_views():
        texts = _Texts(rules)
        structures.append(_case(view, texts, aside))
        searched.append(_TEXT.join(texts.numbers))
        places.append(len(chunks))
        if sum(map(len, searched)) >= CHUNK:
            chunks.append(_chunk(structures, searched))
            structures, searched = [], []
    return (*chunks, _chunk(structures, searched)) if searched else tuple(chunks), places


def _chunk(structures: list[dict[str, Any]], searched: list[str]) -> str:
    return f"{pack(structures)} {_squeezed(_CASE.join(searched))}"


class _Texts:
    """The texts of a case that can be searched; each stands there once, and the structure has its number."""

    def __init__(self, rules: dict[str, int]) -> None:
        self.rules = rules
        self.numbers: dict[str, int] = {}

    def of(self, text: str) -> int:
        """Return the number of a text in which hidden characters are written out."""
        return self.numbers.setdefault(text, len(self.numbers))


def _case(view: CaseView, texts: _Texts, aside: Callable[[Sample, bool], str]) -> dict[str, Any]:
    case = view.case
    said = {"user": "Asked"}
    return {
        "anchor": view.anchor,
        "asked": [
            [said.get(message.role.value, "Answered before"), texts.of(_text(message.text, 8_000))]
            for message in case.messages
        ],
        "files": [
            [texts.of(_text(file.path, 200)), texts.of(_text(file.text, 8_000))] for file in case.files
        ],
        "from": _text(" · ".join([case.provenance, *([", ".join(case.tags)] if case.tags else [])]), 500),
        "missing": [texts.of(_missing(failure)) for failure in view.failures],
        "answers": [_answer(answer, texts, aside(answer.sample, view.by_hand)) for answer in view.answers],
    }


def _missing(failure: SampleFailure) -> str:
    said = f"{clip(failure.kind, 40)}, {clip(failure.message, 400)}"
    return reveal(f"Missing: {clip(failure.variant, 40)}, trial {failure.trial}: {said}")


def _answer(answer: Answer, texts: _Texts, aside: str) -> dict[str, Any]:
    rules = texts.rules
    return {
        "id": answer.anchor,
        "of": [reveal(clip(answer.sample.variant, 40)), answer.sample.trial],
        "aside": reveal(aside),
        "verdicts": [
            [
                LETTERS[view.outcome],
                rules.get(view.verdict.rule, -1),
                view.verdict.flag,
                texts.of(_reason(view.verdict.decision.reason)),
                list(view.lines[:12]) if view.outcome is not Outcome.PASS else [],
                [
                    texts.of(_text(f"{one.file}:{one.line} {one.message}", 500))
                    for one in view.verdict.decision.findings[:20]
                    if one.file
                ],
            ]
            for view in answer.verdicts
        ],
        "silent": [
            [_reason(reason), [rules[name] for name in names if name in rules]]
            for reason, names in answer.not_applicable[:60]
        ],
        "blocks": [_block(block, texts) for block in answer.blocks],
    }


def _block(block: Block, texts: _Texts) -> list[Any]:
    """Return whether it is code, the number of its text, their numbers, the marked ones, and the notes."""
    if isinstance(block.lines, PlainLines):
        text = reveal("\n".join(block.lines.texts))
        return [int(block.code), texts.of(text), block.lines.first, [], []]
    numbers = [line.number for line in block.lines]
    consecutive = numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] > 0
    return [
        int(block.code),
        texts.of("\n".join(_pieces(line) for line in block.lines)),
        numbers[0] if consecutive else numbers,
        [index for index, line in enumerate(block.lines) if line.marked],
        list(_notes(block.lines, texts)),
    ]


def _pieces(line: Line) -> str:
    if len(line.pieces) == 1:  # most lines
        only = line.pieces[0]
        if not (only.hit or only.style):
            return reveal(only.text)
    if all(not (piece.hit or piece.style) for piece in line.pieces):
        return "".join(reveal(piece.text) for piece in line.pieces)
    return "".join(
        f"{_HIT if piece.hit else _PLAIN}{piece.style or ' '}{reveal(piece.text)}" for piece in line.pieces
    )


def _notes(lines: Sequence[Line], texts: _Texts) -> Iterator[list[Any]]:
    for index, line in enumerate(lines):
        for note in line.notes:
            rule = texts.rules.get(note.rule, -1)
            yield [index, LETTERS[note.outcome], rule, texts.of(reveal(note.message))]


@lru_cache(maxsize=2_000)
def _reason(text: str) -> str:
    return _text(text, 400)


def _text(text: str, limit: int) -> str:
    return reveal(clip(text, limit))
