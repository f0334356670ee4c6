"""Read what a judge answered. Whatever is not exactly an answer is none: it never becomes a verdict.

A judge answers with one JSON object, in a code fence or bare. Nothing is repaired or guessed: two objects, a
key twice, a verdict that was not offered, a quote that the response does not hold, a text cut off - each is
``MalformedError`` with its reason, which the judge is told once and which stands in the report after that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core.json_text import parse_json
from harness.core.types import Completion, Finding, Outcome, Polarity, StopReason
from harness.judge.quotes import Source
from harness.response.program import Program

__all__ = ["MAX_ANSWER", "Asked", "MalformedError", "Opinion", "read_answers", "schema_of"]

MAX_ANSWER = 64_000  # characters; a verdict on one rule takes some hundred
MAX_QUOTES = 8
MAX_REASON = 600

_FENCED = re.compile(r"\A```(?:json)?[ \t]*\n(?P<body>.*)\n```\s*\Z", re.DOTALL)


class MalformedError(Exception):
    """An answer that is no verdict; the message says why, for the judge and for the report."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that a judge was asked: its key in the answer, and what it may answer.

    ``polarity`` says what must be quoted: a violation of a *never* rule and the obedience to any other
    can be shown, so they must be.
    """

    key: str
    offers: tuple[Outcome, ...]
    polarity: Polarity

    def must_quote(self, verdict: Outcome) -> bool:
        """Whether this verdict is only believed with a quote."""
        shown = Outcome.FAIL if self.polarity is Polarity.NEVER else Outcome.PASS
        return verdict is shown


@dataclass(frozen=True, slots=True)
class Opinion:
    """A verdict that a judge gave properly, with its quotes as findings in the response."""

    verdict: Outcome
    reason: str
    findings: tuple[Finding, ...]


def schema_of(asked: Sequence[Asked]) -> dict[str, Any]:
    """Return the JSON Schema of the answer to some questions: one object, or one object per key."""
    if len(asked) == 1:
        return _one(asked[0])
    return {
        "type": "object",
        "properties": {one.key: _one(one) for one in asked},
        "required": [one.key for one in asked],
        "additionalProperties": False,
    }


def _one(asked: Asked) -> dict[str, Any]:
    # The reason comes before the verdict: what is written first is thought first.
    return {
        "type": "object",
        "properties": {
            "evidence": {"type": "array", "items": {"type": "string"}, "maxItems": MAX_QUOTES},
            "reason": {"type": "string"},
            "verdict": {"type": "string", "enum": [verdict.value for verdict in asked.offers]},
        },
        "required": ["evidence", "reason", "verdict"],
        "additionalProperties": False,
    }


def read_answers(
    completion: Completion, asked: Sequence[Asked], source: Source, program: Program
) -> dict[str, Opinion | MalformedError]:
    """Read the answers to the questions of one call, by key.

    An answer that is broken as a whole is malformed for every question; one bad part is for its own.
    """
    try:
        value = _object_of(completion)
        parts = {asked[0].key: value} if len(asked) == 1 else _parts(value, [one.key for one in asked])
    except MalformedError as error:
        return dict.fromkeys((one.key for one in asked), error)
    read: dict[str, Opinion | MalformedError] = {}
    for one in asked:
        try:
            read[one.key] = _opinion(parts.get(one.key), one, source, program)
        except MalformedError as error:
            read[one.key] = error
    return read


def _object_of(completion: Completion) -> dict[str, Any]:
    if completion.stop is StopReason.REFUSAL:
        raise MalformedError("the judge refused to answer")
    if completion.stop is StopReason.MAX_TOKENS:
        raise MalformedError("the judge's answer was cut off")
    text = completion.text.strip()
    if not text:
        raise MalformedError("the judge's answer is empty")
    if len(text) > MAX_ANSWER:
        raise MalformedError(f"the judge's answer is {len(text):,} characters long, more than {MAX_ANSWER:,}")
    fenced = _FENCED.match(text)
    try:
        value = parse_json(
            fenced["body"] if fenced else text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
        )
    except ValueError as error:
        raise MalformedError(f"the judge's answer is not one JSON object ({_brief(str(error))})") from error
    if not isinstance(value, dict):
        raise MalformedError(f"the judge's answer is a {type(value).__name__}, not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise MalformedError("the judge's answer gives a key twice")
    return value


def _no_constant(name: str) -> Any:
    raise MalformedError(f"the judge's answer holds {name}")


def _parts(value: dict[str, Any], keys: Collection[str]) -> dict[str, Any]:
    unknown = sorted(set(value) - set(keys))
    if unknown:
        raise MalformedError(f"the judge's answer has a question that was not asked: {_brief(unknown[0])!r}")
    return value


def _opinion(value: Any, asked: Asked, source: Source, program: Program) -> Opinion:
    if value is None:
        raise MalformedError("the judge left this question out")
    if not isinstance(value, dict):
        raise MalformedError(f"the judge's answer is a {type(value).__name__}, not a JSON object")
    unknown = sorted(set(value) - {"evidence", "reason", "verdict"})
    if unknown:
        raise MalformedError(f"the judge's answer has an unknown key {_brief(unknown[0])!r}")
    verdict = _verdict(value.get("verdict"), asked.offers)
    reason = value.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise MalformedError("the judge gives no reason")
    quotes = value.get("evidence")
    if not isinstance(quotes, list) or not all(isinstance(one, str) for one in quotes):
        raise MalformedError("the judge's evidence is not a list of quotes")
    if len(quotes) > MAX_QUOTES:
        raise MalformedError(f"the judge quotes {len(quotes)} places; {MAX_QUOTES} are allowed")
    if not quotes and asked.must_quote(verdict):
        raise MalformedError(f"the judge says {verdict.value} and quotes nothing that shows it")
    return Opinion(verdict, _brief(reason, MAX_REASON), _findings(quotes, reason, source, program))


def _verdict(said: Any, offers: Collection[Outcome]) -> Outcome:
    for offered in offers:
        if said == offered.value:
            return offered
    listed = ", ".join(offered.value for offered in offers)
    raise MalformedError(f"the judge's verdict is {_brief(repr(said))}; it must be one of {listed}")


def _findings(quotes: Sequence[str], reason: str, source: Source, program: Program) -> tuple[Finding, ...]:
    found = []
    for quote in quotes:
        quoted = source.find(quote)
        if quoted is None:
            raise MalformedError(f"the judge quotes what the response does not hold: {_brief(quote)!r}")
        found.append(source.finding(quoted, _brief(reason), program))
    return tuple(dict.fromkeys(found))


def _brief(text: str, most: int = 200) -> str:
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[:most]}…"
