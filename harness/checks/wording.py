"""Words of rules in a form that can be compared: stems, compounds, and which of them are negated.

"Never use console.log; go through the logger" and "❌ Logging through console.log" demand the same;
"Use the console to watch the queue" does not. So every content word carries a sign: ``-`` for what a
rule wants to be absent, ``+`` for what it wants to be there.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness.checks.wording_vocabulary import COMPOUNDS, FILLERS, MODAL, SYNONYMS
from harness.core.types import Polarity

__all__ = ["Clause", "clauses_of", "masked", "stems_of"]

MAX_RULE = 2_000  # characters of a rule that are looked at

_NEGATORS = frozenset(
    (
        "avoid avoiding avoids ban banning bans bypass bypasses bypassing can't cannot cant doesn't "
        "doesnt don't dont drop eliminate eliminating forbid forbidding forbids forget forgets "
        "forgetting lack lacking lacks missing mustn't mustnt neglect neglecting never no nor not "
        "nothing omit omits omitting prohibit prohibiting prohibits refrain remove removes removing "
        "replace replaces replacing shouldn't shouldnt skip skipping skips stop strip substitute swap "
        "without won't wont zero"
    ).split()
)
# "instead of X", "rather than X", "prefer Y over X": what follows is not wanted.
_NEGATING_PAIRS = frozenset(
    {("instead", "of"), ("rather", "than"), ("free", "of"), ("place", "of"), ("lieu", "of"), ("leave", "out"),
     ("leaving", "out"), ("fail", "to"), ("failing", "to")}
)  # fmt: skip
_REPLACING = frozenset({"replace", "replaces", "replacing", "swap", "substitute"})
_FORBIDDEN = re.compile(
    r"\b(?:is|are|be)\s+(?:\w+\s+)?(?:forbidden|prohibited|banned|disallowed|unacceptable|not\s+(?:allowed|permitted|"
    r"acceptable)|off[\s-]limits)\b|\b(?:must|should|may|can|shall)\s+(?:never|not)\s+(?:be|appear|remain|exist|stay|"
    r"occur|reach|end|get|go)\b|\b(?:has|have)\s+no\s+place\b|\b(?:forbidden|prohibited|banned|disallowed)\s*$"
)
# A negated scope ends where a new demand begins.
_NEW_DEMAND = frozenset(
    (
        "always but call catch check encrypt everything extend go handle hash import instead keep log "
        "must only parse pass prefer read rely return reuse route sanitise sanitize send through use "
        "validate write"
    ).split()
)
# Words that begin a demand of their own and are no nouns: "plan for tests, handling of errors" is one demand.
_BEGINNINGS = sorted(_NEGATORS | {"always", "instead", "must", "only", "prefer", "use"})
_NEXT_DEMAND = re.compile(rf",\s+(?:and\s+|but\s+)?(?=(?:{'|'.join(_BEGINNINGS)})\b)")
_BRACKETED = re.compile(r"\([^()]*\)")
_STRONG = re.compile(r"\s*(?:[;:!?—–]|\.(?=\s|$)|\s-{1,2}\s)\s*")
_WORD = re.compile(r"<[a-z-]+>|[a-z0-9]+(?:'[a-z]+)?|,")
# "Error handling: use Result types" is about error handling, and does not ask for error handling as such.
_LABELLED = re.compile(r"^(\s*(?:[\w'-]+[\s&/]+){0,3}[\w'-]+\s*):(\s)")
_LABEL = re.compile(r"^\s*(?:\*\*[^*]{1,40}\*\*\s*:|\*\*[^*]{1,40}:\*\*)\s*(?=\S)")


_PARTING = frozenset(
    (
        "against and are around as at be because before but by during for from has have if in into is "
        "must need needs of on only onto or over require required requires than that through to under "
        "via when where which while with within"
    ).split()
)


_NO_ADVERBS = frozenset(
    (
        "anomaly assembly comprehensively daily extensively family horizontally hourly monthly "
        "multiply reply supply thoroughly weekly"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a rule, or a whole rule.

    ``words`` are its content words as stems, each with a sign; ``pairs`` are the stems (without sign)
    that stand side by side with nothing between them, in either order. ``mode`` says what is wanted
    with the thing, if not the thing itself: "Consider performance", "Security considerations".
    """

    words: frozenset[str]
    pairs: frozenset[frozenset[str]]
    text: str
    mode: frozenset[str] = frozenset()

    @property
    def stems(self) -> frozenset[str]:
        """The words without their signs."""
        return frozenset(word[1:] for word in self.words)


def clauses_of(text: str, polarity: Polarity = Polarity.SHOULD) -> tuple[Clause, ...]:
    """Return the whole rule first, then its clauses where it has several.

    Args:
        text: the words of the rule; markdown marks are ignored, a leading ❌ means never.
        polarity: as the agent file has it: under a ❌ "Use console.log" means not to.
    """
    if text.lstrip().startswith("❌"):
        polarity = Polarity.NEVER
    plain = _plain(text)
    unlabelled = _LABELLED.sub(r"\1 \2", plain, count=1)
    parts = [part for part in _STRONG.split(unlabelled) if part.strip()]
    negative = polarity is Polarity.NEVER and not _prohibits(parts[0] if parts else "")
    clauses = []
    for index, part in enumerate(parts):
        signed = tuple(_signed(part, negative=negative and index == 0))
        if signed:
            mode = MODAL & {signed[0][1:], signed[-1][1:]}
            clauses.append(Clause(frozenset(signed), frozenset(_side_by_side(part)), part.strip(), mode))
    if not clauses:
        return ()
    pieces = tuple(_pieces(parts, negative=negative))
    words = frozenset[str]().union(*(clause.words for clause in clauses))
    pairs = frozenset[frozenset[str]]().union(*(clause.pairs for clause in clauses))
    whole = Clause(words, pairs, plain.strip(), clauses[0].mode)
    return (whole, *clauses, *pieces) if len(clauses) > 1 else (whole, *pieces)


def _pieces(parts: Sequence[str], *, negative: bool) -> Iterator[Clause]:
    """Yield what stands around a comma where another demand begins, and parts without what is in brackets.

    They may be what the rule is about ("Hash passwords (cost 12)"), but are not all that it says.
    """
    for index, part in enumerate(parts):
        found = [piece for piece in _NEXT_DEMAND.split(part) if piece.strip()]
        bare = _BRACKETED.sub(" ", part)
        for number, piece in enumerate(
            (*(found if len(found) > 1 else ()), *((bare,) if bare != part else ()))
        ):
            first = index == 0 and (number == 0 or piece is bare)
            signed = tuple(_signed(piece, negative=negative and first))
            if signed:
                mode = MODAL & {signed[0][1:], signed[-1][1:]}
                yield Clause(frozenset(signed), frozenset(_side_by_side(piece)), piece.strip(), mode)


@lru_cache(maxsize=4096)
def stems_of(text: str) -> frozenset[str]:
    """Return the stems of the content words of a heading or a name."""
    clauses = clauses_of(text.replace("-", " "))
    return clauses[0].stems if clauses else frozenset()


def masked(text: str, parameters: Mapping[str, str]) -> str:
    """Replace the values of parameters in a text by their names: ``Joi schemas`` → ``<library> schemas``.

    Rules that differ only in a parameter have the same form then. A value that the text does not hold
    (a default) changes nothing.
    """
    for name, value in sorted(parameters.items(), key=lambda item: -len(item[1])):
        if value:
            word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", re.IGNORECASE)
            text = word.sub(f" <{re.sub('[^a-z]', '-', name.lower())}> ", text)
    return text


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[:MAX_RULE]).replace("’", "'")
    text = " ".join(text.split())[:MAX_RULE]  # the patterns below are slow on long runs of spaces
    text = _LABEL.sub(_keep_unless_universal, text)
    text = re.sub(r"(?<=\w)\.\*", " ", text)  # "console.*" is the console, and ends no sentence
    text = re.sub(r"[*_`\"“”]+", " ", text).casefold()
    for pattern, replacement in COMPOUNDS:
        text = pattern.sub(replacement, text)
    return text


def _keep_unless_universal(label: re.Match[str]) -> str:
    """Keep a bold label as words: "**Validation**: Zod" is about validation; a "UNIVERSAL" says nothing."""
    return "" if "UNIVERSAL" in label[0].upper() else f"{label[0].replace(':', ' ')} "


def _prohibits(clause: str) -> bool:
    """Tell whether a clause says itself that it forbids, so that a ❌ before it only repeats this."""
    words = _WORD.findall(clause)[:2]
    leading = {
        "never",
        "no",
        "don't",
        "dont",
        "avoid",
        "not",
        "mustn't",
        "refrain",
        "cannot",
        "can't",
        "zero",
    }
    return (bool(words) and (words[0] in leading or words[1:2] == ["not"])) or bool(_FORBIDDEN.search(clause))


def _signed(clause: str, *, negative: bool) -> Iterator[str]:
    """Yield ``+stem`` or ``-stem`` for each content word of a clause."""
    base = -1 if negative or _FORBIDDEN.search(clause) else 1
    clause = _FORBIDDEN.sub(" ", clause)
    words = _WORD.findall(clause)
    sign = base
    used: set[str] = set()
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        if word == ",":
            if following in _NEW_DEMAND:
                sign = 1
        elif (word == "only" and index) or word in {"but", "however"}:
            sign = 1
        elif word == "not" and following in {"only", "just"}:
            continue
        elif _turns(word, following, words[:index]) and word not in used:
            # "Without this or without that" negates once.
            used.add(word)
            sign = -sign
        if not _fills(word) and word not in _NEGATORS and word != ",":
            yield f"{'+' if sign > 0 else '-'}{_stem(word)}"


def _fills(word: str) -> bool:
    """Tell whether a word adds nothing: fillers, and adverbs ("rigorously") but for those that set a time."""
    return word in FILLERS or (word.endswith("ly") and word not in _NO_ADVERBS)


def _turns(word: str, following: str, before: Sequence[str]) -> bool:
    """Tell whether a word turns what follows it into its opposite."""
    if word in _NEGATORS or (word, following) in _NEGATING_PAIRS:
        return True
    return (word == "over" and "prefer" in before) or (word == "with" and not _REPLACING.isdisjoint(before))


def _side_by_side(clause: str) -> Iterator[frozenset[str]]:
    """Yield the stems that stand together: "all" and "proper" do not part them, "and" and "on" do."""
    words = [word for word in _WORD.findall(clause) if not _fills(word) or word in _PARTING]
    for first, second in itertools.pairwise(words):
        if not {first, second} & _PARTING and not {first, second} & _NEGATORS and "," not in {first, second}:
            pair = frozenset({_stem(first), _stem(second)})
            if len(pair) == 2:
                yield pair


def _stem(word: str) -> str:
    """Return what the forms of a word, and its synonyms, share: logging, logged, logs → log."""
    if word in SYNONYMS:
        return SYNONYMS[word]
    stem = _cut(word)
    return _BY_STEM.get(stem, stem)


def _cut(word: str) -> str:
    """Cut a word to what its forms share: validator, validated, validation → validat."""
    if word.startswith("<") or len(word) <= 3:
        return word
    word = re.sub(r"is(?=(?:e|es|ed|ing|er|ers|ation|ations)$)", "iz", word.split("'", maxsplit=1)[0])
    if word.endswith("ies") and len(word) > 4:
        word = f"{word[:-3]}y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    word = re.sub(r"ization$", "iz", word)
    for suffix in ("ation", "ator", "ating", "ated", "ate"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return f"{word[: -len(suffix)]}at"
    for suffix in ("ing", "ed", "ion", "e"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl" else word


_BY_STEM = {_cut(word): stem for word, stem in SYNONYMS.items()}
