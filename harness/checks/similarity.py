"""How alike a rule and the phrases of a check are. Deterministic: no model, no learned weights.

A phrase and a rule are sets of signed stems. A shared stem counts by how few kinds of rules it occurs
in (inverse document frequency over all kinds), so "console" weighs much and "data" little. The score is
the geometric mean of two shares: how much of the *phrase* the rule says, and how much of the *rule* the
phrase explains. A rule that says much more than the phrase is another rule.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from harness.checks.wording import Clause, clauses_of
from harness.checks.wording_vocabulary import AMBIENT

__all__ = ["Likeness", "PhraseIndex", "alike"]

UNKNOWN = 0.8  # weight of a word in no phrase, as a part of the greatest weight
OPPOSITE = 0.35  # what an unspecific word still counts when its sign differs
SPECIFIC = 0.6  # words above this part of the greatest weight must agree in sign
SPELLING = 0.72  # least likeness of two stems that count as spellings of one word
MASKED = 0.5  # what the mask of a parameter weighs: the check has found it in both anyway
AROUND = 0.7  # what a word of the phrase counts that only the heading says
ORDER = 0.1  # greatest loss when shared words stand together differently
CORE = 0.75  # share of a kind's phrases that makes a word belong to its core
PART = 0.9  # what likeness to one clause of a rule counts, compared with likeness to the whole
VAGUE = ("consider", "document", "review", "bestpractic", "guid")  # stems whose weight is set
VAGUE_WEIGHT = 0.6  # what they weigh, however many kinds of rules have them
LEAST_SAID = 0.55  # least share of the phrase that the rule says
LEAST_EXPLAINED = 0.70  # least share of the rule that the phrase explains: what more it says may change it
LEAST_EXPLAINED_LONG = 0.62  # the same for a rule of more words than SHORT, where a detail changes less
SHORT = 4
LEAST_SHARED = 0.25  # least share of a phrase, by weight, that a rule must have to be compared at all
OTHER_MODE = 0.7  # what likeness counts when one does a thing and the other talks about it
ALONE = 0.6  # what likeness counts when all that is shared is one word of several, or a field of work
WHOLE = 0.50  # least overlap with the whole rule when one of its clauses matches


@dataclass(frozen=True, slots=True)
class Likeness:
    """The best phrase of one kind of rule for one rule, with a score from 0 to 1."""

    score: float
    phrase: str
    stems: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase prepared for comparison, with the weight of all its words. Kind and number identify it."""

    kind: str
    number: int
    text: str = field(compare=False)
    clause: Clause = field(compare=False)
    stems: frozenset[str] = field(compare=False)
    weight: float = field(compare=False)


class PhraseIndex:
    """The phrases of all kinds of rules, prepared for comparison."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        """Prepare the phrases, given by kind.

        Kinds whose names begin with the same word count as one where words are weighed: a hundred
        wordings of "something else" must not make the words of a check look common.
        """
        read = {
            kind: [(text, clause) for text in texts for clause in clauses_of(text)[:1]]
            for kind, texts in phrases.items()
        }
        stems_of: dict[str, set[str]] = {}
        for kind, prepared in read.items():
            stems = (word[1:] for _, clause in prepared for word in clause.words)
            stems_of.setdefault(kind.split(" ", maxsplit=1)[0], set()).update(stems)
        kinds_with = Counter(stem for stems in stems_of.values() for stem in stems)
        total = len(stems_of) + 1
        self._greatest = math.log(total)
        self._weights = {
            stem: math.log(total / count) * (MASKED if stem.startswith("<") else 1.0)
            for stem, count in kinds_with.items()
        }
        self._weights.update(dict.fromkeys(VAGUE, VAGUE_WEIGHT * self._greatest))
        self._by_letter: dict[str, list[str]] = {}
        for stem in self._weights:
            self._by_letter.setdefault(stem[0], []).append(stem)
        self._kinds = tuple(read)
        self._cores: dict[str, frozenset[str]] = {}
        self._with_stem: dict[str, list[_Phrase]] = {}
        for kind, prepared in read.items():
            phrases_of_kind = [
                _Phrase(kind, number, text, clause, clause.stems, self._total(clause.words))
                for number, (text, clause) in enumerate(prepared)
            ]
            counted = Counter(stem for phrase in phrases_of_kind for stem in phrase.stems)
            self._cores[kind] = frozenset(
                stem for stem, count in counted.items() if count >= CORE * len(phrases_of_kind)
            )
            for phrase in phrases_of_kind:
                for stem in phrase.stems:
                    self._with_stem.setdefault(stem, []).append(phrase)

    def core(self, kind: str) -> frozenset[str]:
        """Return the stems that most phrases of a kind have: without them it is another kind."""
        return self._cores[kind]

    def read(self, clauses: Sequence[Clause], subject: frozenset[str] = frozenset()) -> tuple[Clause, ...]:
        """Put words that no phrase has into the nearest spelling that one has.

        Args:
            clauses: a rule, the whole first.
            subject: stems of what the agent is about: "for Prisma queries" says no more than "for queries"
                where all rules are about Prisma. Those that no phrase has are left out.
        """
        foreign = subject - self._weights.keys()
        return tuple(self._spelled(_without(clause, foreign)) for clause in clauses)

    def likenesses(
        self, clauses: Sequence[Clause], around: frozenset[str] = frozenset()
    ) -> dict[str, Likeness]:
        """Return, for each kind of rule, its phrase that is most like a rule.

        Args:
            clauses: the rule as :meth:`read` returns it, the whole first.
            around: stems of the heading above: what it says the rule need not repeat.
        """
        best = dict.fromkeys(self._kinds, Likeness(0.0, ""))
        shared: dict[_Phrase, float] = {}
        for stem in clauses[0].stems if clauses else ():
            for phrase in self._with_stem.get(stem, ()):
                shared[phrase] = shared.get(phrase, 0.0) + self._weight(stem)
        for phrase, weight in shared.items():
            if weight < LEAST_SHARED * phrase.weight:
                continue
            score, overlap = self._score(clauses[0], phrase, around)
            if overlap >= WHOLE:
                parts = (clause for clause in clauses[1:] if len(clause.words) > 1)
                score = max(score, *(PART * self._score(part, phrase, around)[0] for part in parts), 0.0)
            if score > best[phrase.kind].score:
                best[phrase.kind] = Likeness(score, phrase.text, phrase.stems)
        return best

    def _score(self, rule: Clause, phrase: _Phrase, around: frozenset[str]) -> tuple[float, float]:
        """Return the likeness of a clause and a phrase, and how far they overlap whatever else they say."""
        said = sum(self._shared(word, rule.words) for word in phrase.clause.words)
        explained = sum(self._shared(word, phrase.clause.words) for word in rule.words)
        in_rule = self._total(rule.words)
        if not said or not explained or not phrase.weight or not in_rule:
            return 0.0, 0.0
        said += AROUND * sum(self._weight(stem) for stem in (phrase.stems & around) - rule.stems)
        said, explained = said / phrase.weight, explained / in_rule
        overlap = math.sqrt(said * explained)
        least = LEAST_EXPLAINED if len(rule.words) <= SHORT else LEAST_EXPLAINED_LONG
        score = overlap * min(1.0, said / LEAST_SAID, explained / least)
        if not (phrase.clause.mode <= rule.stems and rule.mode <= phrase.stems):
            score *= OTHER_MODE
        common = phrase.stems & rule.stems
        if len(common) == 1 and (len(phrase.stems) > 1 or common <= AMBIENT):
            score *= ALONE
        return score * (1 - ORDER * _order_differs(rule, phrase)), overlap

    def _shared(self, word: str, others: frozenset[str]) -> float:
        weight = self._weight(word[1:])
        if word in others:
            return weight
        if f"{'-' if word[0] == '+' else '+'}{word[1:]}" in others and weight < SPECIFIC * self._greatest:
            return OPPOSITE * weight
        return 0.0

    def _total(self, words: Iterable[str]) -> float:
        return sum(self._weight(word[1:]) for word in words)

    def _weight(self, stem: str) -> float:
        return self._weights.get(stem, UNKNOWN * self._greatest)

    def _spelled(self, clause: Clause) -> Clause:
        changed = {
            stem: near
            for stem in _stems(clause.words)
            if stem not in self._weights and (near := self._nearest(stem)) != stem
        }
        if not changed:
            return clause
        words = frozenset(f"{word[0]}{changed.get(word[1:], word[1:])}" for word in clause.words)
        pairs = frozenset(frozenset(changed.get(stem, stem) for stem in pair) for pair in clause.pairs)
        return Clause(words, pairs, clause.text, clause.mode)

    def _nearest(self, stem: str) -> str:
        near = [(alike(stem, other), other) for other in self._by_letter.get(stem[0], ())]
        score, other = max(near, default=(0.0, stem))
        return other if score >= SPELLING else stem


def _without(clause: Clause, stems: frozenset[str]) -> Clause:
    words = frozenset(word for word in clause.words if word[1:] not in stems)
    if not words or len(words) == len(clause.words):
        return clause
    pairs = frozenset(pair for pair in clause.pairs if not pair & stems)
    return Clause(words, pairs, clause.text, clause.mode)


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word[1:] for word in words)


def _order_differs(rule: Clause, phrase: _Phrase) -> float:
    """Return how far two clauses that share words put them together differently, from 0 to 1.

    "Rate limiting and authentication on endpoints" and "rate limiting on authentication endpoints" have
    the same words; only in the second do authentication and endpoint stand side by side.
    """
    common = phrase.stems & _stems(rule.words)
    one = {pair for pair in rule.pairs if pair <= common}
    other = {pair for pair in phrase.clause.pairs if pair <= common}
    union = one | other
    return len(one ^ other) / len(union) if union else 0.0


@lru_cache(maxsize=4096)
def _triples(word: str) -> frozenset[str]:
    padded = f"^{word}$"
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))


def alike(one: str, other: str) -> float:
    """Return how alike two stems are spelled: Dice's coefficient of their letter triples, from 0 to 1."""
    if min(len(one), len(other)) < 5:
        return float(one == other)
    first, second = _triples(one), _triples(other)
    return 2 * len(first & second) / (len(first) + len(second))
