"""What a heading or label promises about the list below it: rules, descriptions, or neither."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

__all__ = ["Promise", "heading_polarity", "promise", "promise_of_trail"]


class Promise(Enum):
    """What kind of list a heading announces."""

    RULES = "rules"
    DESCRIPTION = "description"
    NEUTRAL = "neutral"


_RULES = (
    r"(?:ground |golden |hard |core |key )?rules?|constraints?|guardrails?|guidelines?|guidance|"
    r"principles?|(?:best |good )?practices|standards?|requirements?|must(?: have)?s?|never|always|do not|"
    r"don['’]?ts?|do['’]?s|avoid(?:ed|ing)?|prohibit\w*|forbidden|forbids?|mandatory|mandates?|critical|"
    r"important|policy|policies|conventions?|checklists?|checks|anti[- ]?patterns?|boundaries|"
    r"restrictions?|restricted|limitations?|limits|not to do|won['’]?t do|will not|should not|cannot|"
    r"can['’]t|expectations?|criteria|pitfalls|mistakes|non[- ]negotiables?|reminders?|remember|etiquette|"
    r"safety|directives?|instructions?|red lines?|red flags?|rails|ethics|tone|style|"
    r"response (?:structure|format|style)|output (?:format|structure|requirements?)|"
    r"quality (?:gates?|assurance|bar|control)|definition of done|when responding|"
    r"in (?:every|each|your) response|protocols?|discipline|hygiene|approach|philosophy|invariants?|"
    r"safeguards?|considerations?|tips"
)
_DESCRIPTION = (
    r"expertise|skills?|skillset|capabilit(?:y|ies)|technolog(?:y|ies)|(?:tech(?:nical|nology)? )?stack|"
    r"proficienc(?:y|ies)|knowledge|tools?|tooling|toolkit|resources?|references?|focus(?: areas?)?|"
    r"areas?|domains?|competenc(?:y|ies)|specializ(?:es?|ations?|ed|ing)|specialis(?:es?|ations?|ed|ing)|"
    r"when to (?:use|invoke|call|delegate)|use (?:this|when|cases?)|use me|example(?:s| .*)?|glossary|"
    r"background|related(?: .*)?|frameworks?|librar(?:y|ies)|mastery|features?|integrat\w+|collaborat\w+|"
    r"metrics|kpis?|responsibilit(?:y|ies)|deliverables?|excel at|experience|languages?|platforms?|"
    r"databases?|services?|commands?|files?|components?|types?|scope|inputs?|triggers?|phrases?|benefits?|"
    r"overview|introduction|terminology|templates?|scenarios?|topics?|you (?:can|know|understand)|"
    r"keywords?|symptoms?|causes?|versions?|links?|sources?|see also|further reading|outputs?"
)
_WORD = re.compile(
    rf"(?<![\w-])(?:(?P<rules>{_RULES})|(?P<description>{_DESCRIPTION}))(?![\w-])", re.IGNORECASE
)
_NEVER = re.compile(
    r"(?<![\w-])(?:never|do not|don['’]?ts?|donts|avoid(?:ed|ing)?|prohibit\w*|forbidden|forbids?"
    r"|anti[- ]?patterns?|not to do|must not"
    r"|not allowed|won['’]?t(?: do)?|will not|should not|shouldn['’]?t|cannot|can['’]?t|pitfalls"
    r"|mistakes|red lines?|refuse)(?![\w-])",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"(?<![\w-])(?:always|musts?|mandatory|required|non[- ]negotiables?|do['’]?s)(?![\w-])|\ADO\Z"
    r"|\A(?i:do)(?: this| these)?\Z",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\([^()]*\)")


@lru_cache(maxsize=4096)
def promise(heading: str) -> Promise:
    """Classify one heading; of several telling words the last decides, as English heads stand last."""
    last = None
    for last in _WORD.finditer(_ASIDE.sub(" ", heading)):  # noqa: B007 - only the last is wanted
        pass
    if last is None:
        return Promise.NEUTRAL
    return Promise.RULES if last.group("rules") else Promise.DESCRIPTION


def promise_of_trail(trail: tuple[str, ...]) -> Promise:
    """Classify a list by the nearest heading above that says anything."""
    for heading in reversed(trail):
        found = promise(heading)
        if found is not Promise.NEUTRAL:
            return found
    return Promise.NEUTRAL


@lru_cache(maxsize=4096)
def heading_polarity(heading: str) -> str:
    """Return ``never`` or ``always`` where the heading demands it of every item, else nothing."""
    never = _NEVER.search(heading)
    always = _ALWAYS.search(heading)
    if never and always:
        # "You must never" forbids; "Dos and don'ts" announces both kinds.
        return "never" if 0 < never.start() - always.end() <= 2 and always.group().lower() == "must" else ""
    if never:
        return "never"
    return "always" if always else ""
