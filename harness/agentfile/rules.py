"""Rules out of a prompt: which lines demand something, with polarity, section, place and a stable id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.agentfile.headings import Promise, heading_polarity, promise, promise_of_trail, tells_when_to_use
from harness.agentfile.inline import plain_text
from harness.agentfile.outline import Outline, Unit, UnitKind
from harness.agentfile.slugs import unique_slugs
from harness.agentfile.tables import table_rules
from harness.agentfile.wording import (
    leading_polarity,
    modal_polarity,
    refusing_polarity,
    shouted_polarity,
    verb_strength,
)
from harness.core.types import Polarity, Repair, Rule, Span

__all__ = ["MAX_RULES", "UNRESOLVED_INHERITANCE", "extract_rules"]

MAX_RULES = 5_000
"""Most rules that are taken from one file."""

UNRESOLVED_INHERITANCE = "unresolved-inheritance"
"""Kind of the warning about rules that a prompt claims to inherit."""

_UNIVERSAL = re.compile(r"UNIVERSAL\s*:\s*", re.IGNORECASE)
_INHERITS = re.compile(r"[\W_]*INHERITS\b[^a-z]{3,}")
_SAMPLE = re.compile(
    r"(?:good|bad|right|wrong|correct|incorrect|better|worse|yes|no|do|don['’]?t|before|after|example"
    r"|pass(?:ed)?|fail(?:ed)?|done"
    r"|completed?|success(?:ful)?|warning|error)\W*\Z|(?:good|bad|wrong|incorrect|correct|better"
    r"|worse)(?: example| practice)?:",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"[.!?]\s+[A-Z]")
_QUOTED = re.compile(r"[\"“”'‘][^\"“”]{0,400}[\"“”'’]\W{0,2}\Z")
_WORD = re.compile(r"\w+")
_LINK = re.compile(r"https?://\S+\Z|`[^`]*`\Z")
_MIN_WORDS = 2
_MAX_LABEL = 60
_MAX_LENGTH = 1_200
_IMPERATIVE_SHARE = 0.6
_CLEAR_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    polarity: Polarity
    universal: bool
    section: str
    line: int
    end_line: int


def extract_rules(
    read: Outline, lines: Sequence[str], skipped: Iterable[tuple[int, int]] = ()
) -> tuple[tuple[Rule, ...], tuple[Repair, ...]]:
    """Extract the rules of a prompt.

    Args:
        read: the outline of the prompt.
        lines: all lines of the file.
        skipped: first and last lines of stretches that hold no rules (dialogues).

    Returns:
        The rules in the order of the file, and warnings.
    """
    hidden = {number for first, last in skipped for number in range(first, last + 1)}
    units = [unit for unit in read.units if unit.line not in hidden]
    imperative = _imperative_groups(units)
    candidates: list[_Candidate] = []
    for unit in units:
        candidates.extend(_candidates(unit, imperative))
    repairs: list[Repair] = []
    if read.nested_fence:
        message = "code fences inside a code fence were read as nested"
        repairs.append(Repair("nested-fences", read.nested_fence, message))
    if len(candidates) > MAX_RULES:
        message = f"only the first {MAX_RULES:,} rules were taken"
        repairs.append(Repair("too-many-rules", candidates[MAX_RULES].line, message))
    repairs.extend(_inheritance(read, lines))
    return _rules(candidates[:MAX_RULES], lines), tuple(repairs)


def _rules(candidates: list[_Candidate], lines: Sequence[str]) -> tuple[Rule, ...]:
    names = unique_slugs(candidate.text for candidate in candidates)
    rules: list[Rule] = []
    for name, item in zip(names, candidates, strict=True):
        first = lines[item.line - 1]
        column = len(first) - len(first.lstrip()) + 1
        last = lines[item.end_line - 1].rstrip()
        span = Span(item.line, column, item.end_line, max(len(last) + 1, 2))
        rules.append(Rule(name, item.text, item.polarity, item.section, item.universal, span))
    return tuple(rules)


def _imperative_groups(units: list[Unit]) -> set[int]:
    """Find the lists of instructions: most items begin with a verb, and some beyond doubt.

    A list is parallel, so the clear items decide about ``Test …`` and ``Query …``.
    """
    strengths: dict[int, list[int]] = {}
    for unit in units:
        if unit.group >= 0 and unit.kind is not UnitKind.ROW:
            demands = bool(unit.marker) or bool(leading_polarity(unit.text))
            strength = (
                2 if demands else max(verb_strength(unit.text), int(bool(refusing_polarity(unit.text))))
            )
            strengths.setdefault(unit.group, []).append(strength)
    return {
        group
        for group, items in strengths.items()
        if sum(item > 0 for item in items) >= _IMPERATIVE_SHARE * len(items)
        and sum(item == 2 for item in items) >= _CLEAR_SHARE * len(items)
    }


def _candidates(unit: Unit, imperative: set[int]) -> list[_Candidate]:
    section = unit.trail[-1] if unit.trail else ""
    if unit.kind is UnitKind.ROW:
        found = table_rules(unit.cells, unit.header, promise(section))
        return [
            _Candidate(text, polarity, False, section, unit.line, unit.end_line) for text, polarity in found
        ]
    text, universal = _universal(unit.text)
    if not _is_rule(unit, text, universal, imperative):
        return []
    polarity = _polarity(unit, text, section)
    return [_Candidate(text, polarity, universal, section, unit.line, unit.end_line)]


def _universal(text: str) -> tuple[str, bool]:
    found = _UNIVERSAL.match(text)
    return (text[found.end() :], True) if found else (text, False)


def _is_rule(unit: Unit, text: str, universal: bool, imperative: set[int]) -> bool:
    if len(text) > _MAX_LENGTH or not _says_something(text):
        return False
    if (unit.is_title and unit.has_children) or (text.endswith((":", "：")) and len(text) < _MAX_LABEL):
        return False  # a label for what follows
    section = unit.trail[-1] if unit.trail else ""
    if unit.marker:
        return not _SAMPLE.match(text) and not tells_when_to_use(section)
    if _QUOTED.match(text):
        return False  # something that somebody says
    if universal or shouted_polarity(text) or unit.kind is UnitKind.CHECKBOX:
        return True
    if unit.kind is UnitKind.LINE:
        # Without a list and without capitals it is prose, unless it stands right under such a heading.
        return promise(section) is Promise.RULES and not _SENTENCES.search(text)
    if leading_polarity(text):
        return True
    return _is_rule_of_list(unit, text, imperative)


def _says_something(text: str) -> bool:
    words = _WORD.findall(text[:200])
    # A script without spaces writes a whole rule as one word.
    enough = len(words) >= _MIN_WORDS or (len(words) == 1 and not words[0].isascii() and len(words[0]) > 3)
    return enough and not _LINK.match(text)


def _is_rule_of_list(unit: Unit, text: str, imperative: set[int]) -> bool:
    found = promise_of_trail(unit.trail)
    if found is Promise.DESCRIPTION:
        return False
    listed = unit.group in imperative
    strength = max(verb_strength(text), int(bool(refusing_polarity(text))))
    if modal_polarity(text):
        return True
    if found is Promise.RULES and unit.depth <= 1:
        own = promise(unit.trail[-1])
        return own is Promise.RULES or strength > 0 or listed
    if found is Promise.RULES:
        return listed or strength == 2  # a detail of another rule counts only if it demands something itself
    return listed and (strength > 0 or unit.kind is UnitKind.NUMBER)


def _polarity(unit: Unit, text: str, section: str) -> Polarity:
    """Marker first, then the demand the text starts with, then what the heading says of all."""
    if unit.marker:
        return Polarity(unit.marker)
    above = heading_polarity(section)
    if above == "never" and unit.kind is UnitKind.CHECKBOX:
        return Polarity.NEVER
    said = leading_polarity(text) or shouted_polarity(text) or above or refusing_polarity(text)
    return Polarity(said or modal_polarity(text) or "should")


def _inheritance(read: Outline, lines: Sequence[str]) -> list[Repair]:
    """Warn about rules that the prompt claims to inherit: nobody supplied them."""
    hidden = {number for first, last in read.code for number in range(first, last + 1)}
    return [
        Repair(
            UNRESOLVED_INHERITANCE,
            number,
            f"{plain_text(line.strip())[:120]!r} names rules that are not in this file; "
            "the sidecar can include them",
        )
        for number, line in enumerate(lines, 1)
        if number >= read.first_line and "INHERITS" in line and number not in hidden and _INHERITS.match(line)
    ]
