"""What an answer says about a topic: remarks of substance, and mere names of it.

A name is cheap ("we use caching, pooling and indexes"). A remark has substance where it also says what,
where or how much: code, a number, a product, or a thing of this very answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from harness.checks.base import Exchange
from harness.checks.question import question_text
from harness.checks.topics.cues import Cue, cue, stands_in
from harness.checks.topics.words import FLUFF
from harness.response.program import Program
from harness.response.prose.document import Passage, PassageKind
from harness.response.prose.read import prose_of
from harness.response.prose.sentences import Sentence, stems_of
from harness.response.record import record

__all__ = ["Cue", "Remark", "Topic", "cue", "remarks_of"]

MAX_REMARKS = 200
MAX_TITLE = 80
MAX_SENTENCE = 1_200


@dataclass(frozen=True)
class Topic:
    """A topic: the titles of sections on it, its cues, and how the question would speak of it.

    Titles of the topic itself are ``plain``; under others (``Operations``) it may be something else.
    ``loose`` is how many cues have to stand in remarks outside of a section.
    """

    name: str
    title: re.Pattern[str]
    plain: re.Pattern[str]
    cues: tuple[Cue, ...]
    asked: re.Pattern[str]
    loose: int = 2

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of all cues."""
        return frozenset().union(*(one.stems for one in self.cues))

    @cached_property
    def heads(self) -> Callable[[tuple[str, ...]], bool]:
        """Whether one of the titles above a passage speaks of the topic."""
        return _asking(self.title)

    @cached_property
    def heads_plainly(self) -> Callable[[tuple[str, ...]], bool]:
        """Whether one of the titles above a passage speaks of nothing else."""
        return _asking(self.plain)


# The same few titles stand above many passages.
def _asking(pattern: re.Pattern[str]) -> Callable[[tuple[str, ...]], bool]:
    def heads(titles: tuple[str, ...]) -> bool:
        return any(len(title) <= MAX_TITLE and pattern.search(title) is not None for title in titles)

    return lru_cache(maxsize=500)(heads)


@record
class Remark:
    """A sentence that speaks of a topic.

    ``cues`` are what it asserts. ``section`` says that a title above it speaks of the topic, ``plain`` that
    the title speaks of nothing else.
    """

    sentence: Sentence
    cues: frozenset[str]
    section: bool
    substance: bool
    plain: bool = False


# Sections that put a topic off.
_PUT_OFF = re.compile(
    r"\b(?:out\s+of\s+scope|not\s+(?:covered|included|part)|left\s+out|non-?goals?|limitations?|future"
    r"|next\s+steps?"
    r"|later|todo|to\s+do|further\s+(?:reading|steps|improvements?)|what\s+is\s+missing|not\s+done)\b",
    re.IGNORECASE,
)
_OUT = re.compile(
    r"\b(?:out\s+of\s+scope|beyond\s+(?:the|this)\s+(?:scope|answer)|(?:is|are|was|were)\s+(?:left\s+out"
    r"|skipped|omitted"
    r"|not\s+(?:covered|included|part|considered|addressed|discussed|shown))|another\s+(?:question|story|day)"
    r"|up\s+to\s+you|your\s+(?:job|business)|to\s+be\s+(?:done|decided|defined))\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[;:,]\s+(?:(?:but|while|whereas|though|although|yet|instead(?!\s+of)|so|and|hence|since|because)\s+)?|\s[—–-]\s"
    r"|\s(?:but|whereas|although|instead(?!\s+of))\s",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:no|not|never|without|neither|nor|instead\s+of|rather\s+than|skip\w*|omit\w*|forget|ignore"
    r"|unnecessary"
    r"|overkill|lacks?|lacking|missing)\b|n['’]t\b",
    re.IGNORECASE,
)
# "not only", "cannot forget", "no longer": the no is none.
_NO_NEGATION = re.compile(
    r"\b(?:not\s+(?:only|just|least|merely)|no\s+(?:longer|matter|doubt|later|more\s+than)|nothing\s+but)\b",
    re.IGNORECASE,
)
_NOT_WANTED = re.compile(
    r"^[^.;,]{0,40}?(?:\b(?:is|are|was|were|do|does|will|would)\s+not|\b(?:isn|aren|won|wouldn|don"
    r"|doesn)['’]t)\s+"
    r"(?:be\s+)?(?:\w+\s+)?(?:needed|necessary|required|worth\w*|used|done|there|covered|included|planned"
    r"|set\s+up|help)\b"
    r"|^\s+(?:is|are|would\s+be)\s+(?:unnecessary|overkill|superfluous|out\s+of\s+scope)\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"`[^`\s][^`]{0,300}`")
_NUMBER = re.compile(
    r"(?<![\w.])\d[\d,._]*\s?(?:%|×|x\b|ms\b|s\b|min(?:utes?)?\b|seconds?\b|hours?\b|days?\b|k\b|[KMGT]i?B\b"
    r"|MB\b|rps\b)"
    r"|(?<![\w.])\d[\d,._]+(?!\w)"
    r"|\b(?:one|two|three|four|five|six|eight|ten|twelve|twenty|thirty|fifty|hundred)\s+"
    r"(?:\w+\s+)?(?:[a-z]+s\b|per\b)"
)
_EDGES = ".,;:!?()[]*`\"'…–—-"
# Capitals that say nothing.
_GENERIC_NAMES = frozenset(
    "API APIs REST HTTP HTTPS SQL JSON CPU RAM URL TLS SLA SLO KPI GDPR CRUD PII The This That "
    "These You Your We Our It".split()
)
_REASON = re.compile(
    r"\b(?:so(?!\s+(?:on|forth)\b)|since|because|hence|therefore|thus|otherwise|which\s+(?:means|keeps|lets"
    r"|avoids))\b",
    re.IGNORECASE,
)
# What stands where, and what comes first: a list of names has no such order.
_RELATION = re.compile(
    r"\b(?:before|behind|in\s+front\s+of|through|after|beside|between|outside|once|when|until"
    r"|as\s+\w+\s+grows?)\b",
    re.IGNORECASE,
)
# Beginnings of the words of these patterns: without any of them there is no need to look.
_NUMBER_STEMS = frozenset("one two thre four five six eigh ten twel twen thir fift hund".split())
_DIGIT = re.compile(r"\d")
_OUT_STEMS = frozenset("out beyo left skip omit not anot up your done deci defi".split())
_NEGATED_STEMS = frozenset(
    "no not neve with neit nor inst rath skip omit forg igno unne over lack miss t".split()
)
_REASON_STEMS = frozenset("so sinc beca henc ther thus othe whic".split())
_RELATION_STEMS = frozenset("befo behi fron thro afte besi betw outs once when unti as".split())
_WORD = re.compile(r"[A-Za-z][a-z]{3,}")
_IDENTIFIER = re.compile(r"[A-Z]?[a-z]{4,}")


def remarks_of(exchange: Exchange, topic: Topic) -> list[Remark]:
    """Return what the prose of an answer says about a topic, at most ``MAX_REMARKS`` sentences."""
    found: list[Remark] = []
    stems = topic.stems
    for said in exchange.program.once(_discussed):
        section = topic.heads(said.titles)
        if section or not stems.isdisjoint(said.passage.stems):
            found += _remarks(exchange, topic, said, section)
        if len(found) >= MAX_REMARKS:
            break
    return found[:MAX_REMARKS]


@dataclass
class _Spoken:
    """A sentence as all topics read it; what does not depend on the topic is found once."""

    sentence: Sentence
    text: str
    stems: frozenset[str]

    @cached_property
    def is_exact(self) -> bool:
        """Whether it holds code or a number."""
        if "`" in self.text and _CODE.search(self.text) is not None:
            return True
        numbers = not _NUMBER_STEMS.isdisjoint(self.stems) or _DIGIT.search(self.text) is not None
        return numbers and _NUMBER.search(self.text) is not None

    @cached_property
    def puts_off(self) -> bool:
        """Whether it leaves to others, or to later, what it speaks of."""
        return not _OUT_STEMS.isdisjoint(self.stems) and _OUT.search(self.text) is not None

    @cached_property
    def denies(self) -> bool:
        """Whether it says no to something."""
        return not _NEGATED_STEMS.isdisjoint(self.stems) and _NEGATED.search(self.text) is not None

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words that say something."""
        return frozenset(map(str.lower, _WORD.findall(self.text))) - FLUFF

    @cached_property
    def products(self) -> frozenset[str]:
        """The stems of the products it names.

        Products are written with a capital in the middle of a sentence, or of the word.
        """
        return frozenset(_products_in(self.text))


@dataclass
class _Said:
    """A passage as all topics read it: what it stands under, and its sentences."""

    passage: Passage
    titles: tuple[str, ...]

    @cached_property
    def sentences(self) -> tuple[_Spoken, ...]:
        """The sentences, the first with the label of the passage before it."""
        # `**Unit**: …`, or a row that begins with it, names the thing before it says something of it.
        label = f"{self.passage.label}: " if self.passage.label else ""
        found: list[_Spoken] = []
        for sentence in self.passage.sentences:
            text = f"{label}{sentence.text[:MAX_SENTENCE]}"
            label = ""
            found.append(_Spoken(sentence, text, stems_of(text)))
        return tuple(found)


def _discussed(program: Program) -> tuple[_Said, ...]:
    """Return the passages that say something, those left out that put it off."""
    return tuple(
        _Said(passage, passage.titles)
        for passage in program.once(prose_of).passages
        if passage.kind is not PassageKind.HEADING and not _puts_off(passage.titles)
    )


_puts_off = _asking(_PUT_OFF)


def _remarks(exchange: Exchange, topic: Topic, said: _Said, section: bool) -> Iterator[Remark]:
    stems = topic.stems
    for one in said.sentences:
        here = [] if stems.isdisjoint(one.stems) else [*_cues_in(topic, one)]
        if not here and not section:
            continue
        asserted = () if one.puts_off else _asserted(here, one.text) if one.denies else _named(here)
        cues = frozenset(asserted)
        if cues or section:
            substance = not one.puts_off and has_substance(exchange, one, here, cues)
            plain = section and topic.heads_plainly(said.titles)
            yield Remark(one.sentence, cues, section, substance, plain)


def _cues_in(topic: Topic, one: _Spoken) -> Iterator[Cue]:
    return (
        cue
        for cue in topic.cues
        if not cue.stems.isdisjoint(one.stems) and stands_in(cue, one.text, one.stems)
    )


def _named(here: Iterable[Cue]) -> Iterator[str]:
    return (one.name for one in here)


def _asserted(here: Sequence[Cue], text: str) -> Iterator[str]:
    """Yield those of the cues in a sentence that it asserts; what it does without is left out."""
    yield from _named(one for one in here if one.ill)
    plain = [one for one in here if not one.ill]
    for clause in _CLAUSE.split(text):
        words = _NO_NEGATION.sub(" ", clause)
        for one in plain:
            if any(not _is_negated(words, found) for found in one.pattern.finditer(words)):
                yield one.name


def _is_negated(clause: str, found: re.Match[str]) -> bool:
    return bool(_NEGATED.search(clause[: found.start()]) or _NOT_WANTED.search(clause[found.end() :]))


def has_substance(exchange: Exchange, one: _Spoken, here: Sequence[Cue], cues: frozenset[str]) -> bool:
    """Say whether a sentence says more than the names of things: what, where, how much or why."""
    if one.is_exact:
        return True
    cued = frozenset().union(*(cue.stems for cue in here))
    # A product that is one of the cues itself is no more than its name.
    if one.products - cued:
        return True
    words = {word for word in one.words if word[:4] not in cued}
    if not words or 3 * len(words) < len(cues):
        return False
    if len(words) > 1 and one.products:
        return True
    if _gives_order(one, reason_only=len(words) + len(cues) < 3):
        return True
    if len(words) < 2:
        return False
    return not words.isdisjoint(exchange.program.once(_own_words)) or not words.isdisjoint(
        _words(question_text(exchange))
    )


def _gives_order(one: _Spoken, *, reason_only: bool) -> bool:
    """Say whether a sentence gives a reason, or says what stands where or comes first."""
    if not _REASON_STEMS.isdisjoint(one.stems) and _REASON.search(one.text):
        return True
    if reason_only or _RELATION_STEMS.isdisjoint(one.stems):
        return False
    return _RELATION.search(one.text) is not None


def _products_in(text: str) -> Iterator[str]:
    for position, part in enumerate(text.replace("/", " ").split()):
        if part.islower():
            continue
        word = part.strip(_EDGES)
        inside = not word.isupper() and not word[1:].islower() and word[1:].isalnum()
        named = inside or (position > 0 and word[:1].isupper())
        if len(word) > 2 and named and word not in _GENERIC_NAMES:
            yield word[:4].lower()


def _own_words(program: Program) -> frozenset[str]:
    """The words that the names in the code of an answer are made of."""
    return frozenset(word for block in program.blocks for word in _words(block.text[:20_000]))


def _words(text: str) -> Iterator[str]:
    for found in set(_IDENTIFIER.findall(text)):
        yield found.lower()
