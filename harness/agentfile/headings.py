"""What a heading or label promises about the list below it: rules, descriptions, or neither."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

__all__ = ["Promise", "heading_polarity", "promise", "promise_of_trail", "tells_when_to_use"]


class Promise(Enum):
    """What kind of list a heading announces."""

    RULES = "rules"
    DESCRIPTION = "description"
    NEUTRAL = "neutral"


# Nouns that announce rules when they are the head of the heading: "Coding Standards", "Rules for tests",
# but not "Requirements gathering".
_RULE_NOUN = (
    r"rules?|constraints?|guard[- ]?rails?|guidelines?|principles?|(?:best|good|security) practices?"
    r"|practices|standards?|"
    r"requirements?|prohibitions?|mandates?|polic(?:y|ies)|conventions?|check[- ]?lists?"
    r"|anti[- ]?patterns?|boundaries|"
    r"restrictions?|limitations?|limits|expectations?|criteria|pitfalls?|mistakes|non[- ]negotiables?"
    r"|reminders?|etiquette|"
    r"directives?|red lines?|ethics|tone|invariants?|safeguards?|quality (?:gates?|bar|controls?)"
    r"|commandments|"
    r"(?:response|answer|output|report|reply) (?:structure|format|formatting|style|requirements?)"
    r"|code style|style|"
    r"definition of done|tenets|safety|(?:important|critical|key|special) (?:notes?|points?|considerations?)"
)
_HEAD = r"(?=\s*(?:\Z|[^\w\s]|(?:for|of|when|to|in|on|with|and|or|you|that|enforcement|\d)\b))"
# Words of demand announce rules wherever they stand.
_DEMAND = (
    r"must(?: have)?s?|never|always|(?:do not|don['’]?ts?)(?!\s+(?:use|invoke|call)\s+(?:this|me|it"
    r"|for|when|if|the agent))|do['’]s|avoid(?:ed|ing)?|prohibited|forbidden"
    r"|forbids?|mandatory|"
    r"not to do|won['’]?t do|will not|should not|shouldn['’]t|cannot|not allowed|ground rules"
    r"|remember|disallowed|"
    r"keep in mind|important(?=\s*(?:\Z|[:!—–-]))|critical(?=\s*(?:\Z|[:!—–-]))"
)
# Under these a verb in its base form says what the agent can do or when it is called, not what it must do.
_DESCRIPTION = (
    r"expertise|skills?|skillset|capabilit(?:y|ies)|(?:tech(?:nical|nology)? )?stack|proficienc(?:y"
    r"|ies)|knowledge|"
    r"tools?|tooling|toolkit|resources?|references?|competenc(?:y|ies)|speciali[sz](?:es?|ations?|ed|ing)|"
    r"when (?:not )?to (?:use|invoke|call|delegate|engage)|use (?:this|when|cases?|me|for|it|if)|examples?"
    r"|sample|glossary|background|"
    r"related|mastery|integrat(?:ion|ions|es?|ing)|collaborat\w*|coordination|metrics|kpis?"
    r"|responsibilit(?:y|ies)|duties|"
    r"excel (?:at|in)|experience|commands?|triggers?|trigger phrases?|benefits?|overview|introduction"
    r"|terminology|"
    r"templates?|scenarios?|you (?:can|know|understand|help)|i (?:can|do|help)|keywords?|symptoms?"
    r"|causes?|links?|"
    r"see also|further reading|works? with|hand[- ]?offs?|questions?|prompts?"
)
_DEMAND_WORD = re.compile(rf"(?:{_DEMAND})\Z", re.IGNORECASE)
_WORD = re.compile(
    rf"(?<![\w-])(?:(?P<rules>(?:{_DEMAND})(?![\w-])|(?:{_RULE_NOUN})(?![\w-]){_HEAD})"
    rf"|(?P<description>{_DESCRIPTION})(?![\w-]))",
    re.IGNORECASE,
)
# A heading forbids or demands all of its items only where the modal has no object of its own: "Never do",
# "Patterns to avoid:", but not "Never commit without permission", which is one rule and a topic.
_OPEN_END = (
    r"(?=\s*(?:\Z|[^\w\s]|(?:these|this|the following|ever|at all|allowed|include|allow)\b|"
    r"(?:do|doing|use|using)\s*(?:\Z|[^\w\s`]|(?:these|this|the following|any)\b)))"
)
_NEVER = re.compile(
    r"(?<![\w-])(?:(?:never|do not|don['’]ts?|donts|avoid|must not|should not|shouldn['’]t|will not"
    r"|won['’]t|cannot"
    rf"|can['’]t){_OPEN_END}|prohibit(?:ed|ions?)|forbidden|disallowed|anti[- ]?patterns?|not to do"
    rf"|not allowed|"
    r"red lines?|(?:common |frequent |typical )?(?:pitfalls|mistakes))(?![\w-])",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    rf"(?<![\w-])(?:always{_OPEN_END}|must(?:[ -]haves?|\s+\w+)?(?=\s*(?:\Z|[^\w\s]))|mandatory|required|"
    r"non[- ]negotiables?|do['’]s)(?![\w-])|\Ado(?: this| these)?\s*\Z",
    re.IGNORECASE,
)
_BOTH = re.compile(r"patterns?\s*(?:and|&|/|vs\.?|or)\s*anti", re.IGNORECASE)
_ASIDE = re.compile(r"\([^()]*\)")


_CROSSES = frozenset("❌✗✘🚫⛔")
_LONG = 8  # words; a label this long is a sentence, in which only a demand tells something
_WHEN_TO_USE = re.compile(
    r"(?:\bwhen (?:not )?to|(?:do not|don['’]t|not to|never)) (?:use|invoke|call|delegate)(?: this"
    r"| me| it| the agent|\Z)|"
    r"\buse (?:this agent|me|it) (?:for|when|if)\b|\buse (?:when|if)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"(?:i|we|it|they|(?:the )?(?:users?|clients?|customers?))\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def promise(heading: str) -> Promise:
    """Classify one heading; of several telling words the last decides, as English heads stand last."""
    text = _ASIDE.sub(" ", heading)
    found = list(_WORD.finditer(text))
    if not found or _OTHERS.match(text):
        return Promise.NEUTRAL
    if len(text.split()) >= _LONG:
        return Promise.RULES if any(_DEMAND_WORD.match(match.group()) for match in found) else Promise.NEUTRAL
    return Promise.RULES if found[-1].group("rules") else Promise.DESCRIPTION


def tells_when_to_use(heading: str) -> bool:
    """Tell whether a list says when the agent is called: that is for a router, no rule for an answer."""
    return _WHEN_TO_USE.search(heading) is not None


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
    if _OTHERS.match(heading) or _BOTH.search(heading) or len(heading.split()) > _LONG + 4:
        return ""
    heading = heading.strip()
    if heading[:1] in _CROSSES:
        return "never"
    words = heading.lstrip("✅✔☑✓\ufe0f *_")
    never = _NEVER.search(words)
    always = _ALWAYS.search(words)
    if never and always:
        # "You must never" forbids; "Dos and don'ts" announces both kinds.
        together = 0 <= never.start() - always.end() <= 1 and always.group().lower() == "must"
        return "never" if together else ""
    if never:
        return "never"
    return "always" if always else ""
