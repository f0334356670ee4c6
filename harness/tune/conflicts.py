"""Rules that pull against each other, found from their words alone; no model is asked.

A rule is read for *claims*: that something is to be done or left out, that an amount lies in a range, or that
it takes one side of a question which has only one answer (tabs or spaces). Two rules conflict when they make
opposite claims about the same thing. A false alarm is worse than silence: a rule that names a condition, an
exception or an alternative makes no claim, and objects must be the same words, not similar ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.core.types import Polarity, Rule
from harness.tune.model import Conflict
from harness.tune.questions import QUESTIONS

__all__ = ["ConflictKind", "WordingConflict", "observed_in", "wording_conflicts"]


class ConflictKind(StrEnum):
    """How two rules contradict each other."""

    OPPOSITE = "opposite"
    QUANTITY = "quantity"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class WordingConflict:
    """A pair of rules whose words contradict each other.

    Attributes:
        first: the rule that stands first in the file; ``second`` the other.
        kind: how they contradict each other.
        first_words: the words of the first rule that show it; ``second_words`` those of the second.
        about: what both speak of, in words.
    """

    first: Rule
    second: Rule
    kind: ConflictKind
    first_words: str
    second_words: str
    about: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a rule says about a topic: one of several sides, or a range of amounts."""

    kind: ConflictKind
    topic: str
    side: str
    words: str
    low: float = -math.inf
    high: float = math.inf

    def against(self, other: _Claim) -> bool:
        """Tell whether both cannot be obeyed at once."""
        if (self.kind, self.topic) != (other.kind, other.topic):
            return False
        if self.kind is ConflictKind.QUANTITY:
            return self.low > other.high or other.low > self.high
        return self.side != other.side


_LIST = re.compile(r"\s*(?:,|\bor\b|\band\b)\s*", re.IGNORECASE)
_LONGEST = 400
_MOST_OBJECTS = 6
_MOST_OF_A_LIST = 3
_MOST_RULES = 600
_CONDITION = re.compile(
    r"\b(?:if|when|whenever|unless|except|excluding|without|until|where|while|instead|rather|otherwise|depending"
    r"|during|before|after|once|directly|manually|alone|only|just|too|more|less|than|unnecessar\w+|excessive\w*"
    r"|over\w+|premature\w*|needed|necessary|appropriate|applicable|possible|required|relevant|first|initial\w*"
    r"|legacy|existing|new|both|either|but|though|although|however|same|other|another|default|optional\w*)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^[\W_]*(?:(?:you|agents?|it)\s+)?(?:never|always|do\s+not|don['’]t|avoid|must\s+not|must|should\s+not|should"
    r"|shall\s+not|shall|cannot|can['’]t|please|no|forbidden|required)\b[\s:,-]*",
    re.IGNORECASE,
)
_DOING = re.compile(
    r"^(?:(?:use|using|add|adding|include|including|write|writing|create|creating|provide|providing|make|making"
    r"|generate|put|have|insert|emit|produce|output|allow|allowing|return|rely\s+on|call)\s+)+",
    re.IGNORECASE,
)
_SMALL = frozenset(
    "a an the any all every each your their its of to in on for with and by from as at be is are into this "
    "that these those some code file files new ever".split()
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*[A-Za-z0-9]|[A-Za-z]")
# "No keyboard navigation" in a list of sins bids to have it.
_SINS = re.compile(
    r"\b(?:sins?|anti-?patterns?|mistakes?|pitfalls?|smells?|red\s+flags?|issues?|problems?|failures?|fails?|gaps?"
    r"|violations?|bad|wrong|block(?:er|ing)s?|findings?|symptoms?|warning\s+signs?|checklist|look\s+for)\b",
    re.IGNORECASE,
)
_BARE_NO = re.compile(r"^[\W_]*(?:no|not|missing|lack(?:s|ing)?|absent|absence)\b", re.IGNORECASE)
_NEGATION = re.compile(r"\b(?:never|not|avoid|no|don['’]t|nor|none)\b|\bover\b", re.IGNORECASE)
_SCOPE = re.compile(r"\b(?:in|for|during|when|if|unless|on|by|steps?|phase|mode)\b", re.IGNORECASE)
_TAIL = re.compile(r"\s+[-–—:]\s|[.;!](?:\s|$)|\s\(|$")


def wording_conflicts(rules: Sequence[Rule]) -> tuple[WordingConflict, ...]:
    """Return the pairs of rules that contradict each other by their words, in the order of the file."""
    claims = [(rule, claim) for rule in rules[:_MOST_RULES] for claim in _claims(rule)]
    by_topic: dict[tuple[ConflictKind, str], list[tuple[Rule, _Claim]]] = {}
    for rule, claim in claims:
        by_topic.setdefault((claim.kind, claim.topic), []).append((rule, claim))
    found: dict[tuple[str, str], WordingConflict] = {}
    for (kind, topic), group in by_topic.items():
        for index, (first, claim) in enumerate(group):
            for second, other in group[index + 1 :]:
                if first.id != second.id and claim.against(other):
                    found.setdefault(
                        (first.id, second.id),
                        WordingConflict(first, second, kind, claim.words, other.words, topic),
                    )
    return tuple(sorted(found.values(), key=lambda one: (one.first.span, one.second.span)))


def observed_in(conflict: WordingConflict, conflicts: Iterable[Conflict]) -> tuple[Conflict, ...]:
    """Return what an ablation saw of a pair: one rule obeyed more often without the other."""
    pairs = {
        (f"rule:{conflict.first.id}", conflict.second.id),
        (f"rule:{conflict.second.id}", conflict.first.id),
    }
    return tuple(one for one in conflicts if (one.unit, one.rule) in pairs)


def _claims(rule: Rule) -> Iterator[_Claim]:
    text = " ".join(rule.text.split())[:_LONGEST].replace("**", "").replace("`", "")
    if _BARE_NO.search(text) and _SINS.search(rule.section):
        return
    for question in QUESTIONS:
        for side, words in question.sides(text):
            yield _Claim(ConflictKind.QUESTION, question.about, side, words)
    yield from _amounts(text)
    yield from _doing(rule, text)


# --- to do, or to leave out -------------------------------------------------------------------


def _doing(rule: Rule, text: str) -> Iterator[_Claim]:
    """Yield what is always done, or never; of a whole rule without conditions, or nothing."""
    body = _LEAD.sub("", text, count=1)
    clause = body[: _first(_TAIL, body)].strip()
    told = rule.polarity is not Polarity.SHOULD or (body == text and _DOING.search(body))
    # "Use X, avoid Y": what is never done is not what the rule begins with.
    told = told and not (_NEGATION.search(body) and not _BARE_NO.search(body))
    if not told or not clause or _CONDITION.search(text) or _SCOPE.search(rule.section):
        return
    never = rule.polarity is Polarity.NEVER
    if " or " in clause and not never:
        return  # one of them is enough
    for part in _parts(clause):
        words = [word.lower() for word in _WORD.findall(_DOING.sub("", part)) if word.lower() not in _SMALL]
        content = sorted({_stem(word) for word in words})
        # One plain word is too little to know that both rules mean the same; a name of code is enough.
        known = len(content) > 1 or any(re.search(r"[._/(]|[a-z][A-Z]", word) for word in _WORD.findall(part))
        if known and 1 <= len(content) <= _MOST_OBJECTS:
            yield _Claim(ConflictKind.OPPOSITE, " ".join(content), "never" if never else "always", clause)


def _parts(clause: str) -> list[str]:
    """Return the members of a short list, where the verb before it is one that says nothing by itself."""
    parts = [part for part in _LIST.split(_DOING.sub("", clause)) if part]
    short = all(len(part.split()) <= _MOST_OF_A_LIST for part in parts)
    return parts if _DOING.search(clause) and short and len(parts) > 1 else [clause]


def _first(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return found.start() if found else len(text)


def _stem(word: str) -> str:
    """Cut the endings that make no other word of it: plural and the -ing of a verb."""
    if len(word) > 5 and word.endswith("ing"):
        word = word[:-3]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


# --- amounts ----------------------------------------------------------------------------------

_NUMBER = r"(?P<number>[0-9]{1,6}|one|two|three|four|five|six|seven|eight|nine|ten)"
_NAMES = {
    name: value
    for value, name in enumerate("one two three four five six seven eight nine ten".split(), start=1)
}
_UNIT = (
    r"(?P<unit>sentences?|words?|paragraphs?|lines?|characters?|chars?|bullets?|bullet\s+points?|spaces?|tokens?"
    r"|questions?|parameters?|arguments?|levels?|files?|tests?|items?|points?)"
)
_AMOUNTS = {
    "most": (
        r"(?:at\s+most|no\s+more\s+than|not\s+more\s+than|maximum(?:\s+of)?|max|up\s+to|fewer\s+than|less\s+than"
        r"|under|below|within|limit(?:ed)?\s+to|<=|≤)"
    ),
    "least": (
        r"(?:at\s+least|no\s+fewer\s+than|no\s+less\s+than|minimum(?:\s+of)?|min|more\s+than|over|>=|≥)"
    ),
    "exactly": r"(?:exactly|precisely)",
}
_RANGE = [
    (re.compile(rf"\b{words}\s+{_NUMBER}\s+{_UNIT}\b", re.IGNORECASE), bound)
    for bound, words in _AMOUNTS.items()
]
# What a limit on lines or words is a limit of; amounts of different things never contradict each other.
_THING = re.compile(
    r"\b(answers?|responses?|repl(?:y|ies)|outputs?|summar(?:y|ies)|explanations?|functions?|methods?|classes"
    r"|class|files?|modules?|components?|commit\s+messages?|titles?|subjects?|descriptions?|headlines?|tests?"
    r"|paragraphs?|lines?|indent(?:ation)?|comments?|reports?|prompts?|queries|query|names?)\b",
    re.IGNORECASE,
)
_EXEMPT = re.compile(
    r"\b(?:if|when|unless|except|for\s+(?:simple|complex|small|large)|per|each\s+time)\b", re.IGNORECASE
)


def _amounts(text: str) -> Iterator[_Claim]:
    """Yield ranges of amounts: of what, in which unit."""
    if _EXEMPT.search(text):
        return
    for pattern, bound in _RANGE:
        for found in pattern.finditer(text):
            unit = _stem(" ".join(found["unit"].lower().split()))
            things = {_stem(one.group(1).lower()) for one in _THING.finditer(text)} - {unit}
            if len(things) != 1:
                continue
            number = found["number"].lower()
            value = float(_NAMES.get(number) or number)
            low = value if bound in {"least", "exactly"} else -math.inf
            high = value if bound in {"most", "exactly"} else math.inf
            topic = f"{next(iter(things))} in {unit}s"
            yield _Claim(ConflictKind.QUANTITY, topic, bound, found.group(), low, high)
