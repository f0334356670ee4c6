"""What counts as a remark on a topic, and what is only a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants, _parser  # the generator of samples walks patterns as the compiler reads them

import pytest

import harness.checks.topics.remarks as remarks_module
from harness.checks.base import Exchange
from harness.checks.security.considered import SECURITY
from harness.checks.testing.strategy import TESTING
from harness.checks.topics.deployment import DEPLOYMENT
from harness.checks.topics.observability import OBSERVABILITY
from harness.checks.topics.performance import PERFORMANCE
from harness.checks.topics.remarks import Cue, Remark, remarks_of
from harness.checks.topics.scalability import SCALABILITY
from harness.core.types import Message, Role
from harness.response.parse import parse_response
from harness.response.prose.sentences import stems_of

TOPICS = (PERFORMANCE, DEPLOYMENT, OBSERVABILITY, SCALABILITY, TESTING, SECURITY)
CUES = [pytest.param(cue, id=f"{topic.name}: {cue.name}") for topic in TOPICS for cue in topic.cues]


def remarks(markdown: str, question: str = "Build our shop.") -> list[Remark]:
    messages = (Message(Role.USER, question),)
    return remarks_of(Exchange(messages, (), parse_response(markdown)), PERFORMANCE)


def asserted(sentence: str) -> set[str]:
    return {cue for one in remarks(sentence) for cue in one.cues}


@pytest.mark.parametrize(
    "sentence",
    [
        "We don't need a cache.",
        "There's no cache.",
        "A cache isn't needed here.",
        "Caching is out of scope.",
        "Without any caching it is simple.",
        "Use the table instead of a cache.",
        "A cache would not help.",
        "Caching is left out.",
    ],
)
def test_what_is_done_without_is_not_asserted(sentence: str) -> None:
    """To deny a remedy is no remark on it."""
    assert "cache" not in asserted(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The cache lives for 60 s.",
        "We do not only log, the cache keeps the rates.",
        "There is no state, but the cache keeps rates.",
        "Rates never change, so a cache pays.",
    ],
)
def test_what_is_done_is_asserted(sentence: str) -> None:
    """A "no" of another clause denies another thing."""
    assert "cache" in asserted(sentence)


def test_a_trouble_may_be_denied() -> None:
    """That there is no N+1 is worth saying."""
    assert asserted("Hence no N+1.") == {"N+1"}


@pytest.mark.parametrize(
    "sentence",
    [
        "The index on `created_at` serves it.",
        "Pages hold 50 rows, read by a cursor.",
        "A cache in Redis keeps the tariffs.",
        "The pool is small, because each connection costs the database memory.",
    ],
)
def test_a_remark_has_substance(sentence: str) -> None:
    """Code, a number, a product or a reason."""
    assert remarks(sentence)[0].substance


@pytest.mark.parametrize(
    "sentence",
    [
        "Caching improves performance.",
        "Use caching, indexing and pagination.",
        "Proper indexes ensure optimal performance.",
        "We consider caching and connection pooling for the best performance.",
    ],
)
def test_names_have_none(sentence: str) -> None:
    """They fit every answer."""
    assert not any(one.substance for one in remarks(sentence))


def test_a_thing_of_the_answer_gives_substance() -> None:
    """The words of its own code are what it speaks about."""
    code = "```js\nconst tariffs = loadTariffs();\n```\n\n"
    assert remarks(f"{code}Tariffs that rarely change are cached.")[0].substance


def test_a_section_that_puts_off_says_nothing() -> None:
    """Next steps are promises."""
    assert remarks("## Next steps\n\n- An index on `created_at`\n") == []


def test_a_remark_knows_that_it_stands_in_a_section() -> None:
    """Under a title on the topic."""
    found = remarks("## Performance\n\nAn index.\n\n## Notes\n\nAn index.\n")
    assert [one.section for one in found] == [True, False]


# --- the stems of cues: a cheap first look must not hide what the pattern would find ------------


def samples(parts: Iterable[tuple[object, object]], limit: int = 3_000) -> list[str]:
    """Return texts that a parsed pattern matches, at least one for every way through it."""
    texts = [""]
    for kind, value in parts:
        texts = [text + end for text in texts for end in _sample(kind, value)][:limit]
    return texts


def _sample(kind: object, value: object) -> list[str]:
    if kind in {_constants.AT, _constants.ASSERT, _constants.ASSERT_NOT}:
        return [""]
    if kind is _constants.LITERAL:
        return [chr(value)]
    if kind is _constants.BRANCH:
        return [text for branch in value[1] for text in samples(branch)]
    if kind is _constants.SUBPATTERN:
        return samples(value[3])
    if kind in {_constants.MAX_REPEAT, _constants.MIN_REPEAT}:
        least, _, part = value
        return ([""] if least == 0 else []) + [text * max(least, 1) for text in samples(part)]
    if kind is _constants.IN:
        return [one for option in value for one in _of_set(*option)] or ["z"]
    return ["z"]


def _of_set(kind: object, value: object) -> list[str]:
    if kind is _constants.LITERAL:
        return [chr(value)]
    if kind is _constants.RANGE:
        return [chr(value[0])]
    named = {_constants.CATEGORY_SPACE: " ", _constants.CATEGORY_DIGIT: "5", _constants.CATEGORY_WORD: "z"}
    return [named.get(value, "-")] if kind is _constants.CATEGORY else []


@pytest.mark.parametrize(
    ("pattern", "stems"),
    [
        pytest.param(remarks_module._OUT, remarks_module._OUT_STEMS, id="out of scope"),
        pytest.param(remarks_module._NEGATED, remarks_module._NEGATED_STEMS, id="negated"),
        pytest.param(remarks_module._REASON, remarks_module._REASON_STEMS, id="reason"),
        pytest.param(remarks_module._RELATION, remarks_module._RELATION_STEMS, id="relation"),
    ],
)
def test_the_first_look_hides_nothing(pattern: re.Pattern[str], stems: frozenset[str]) -> None:
    """The same holds for the patterns that weigh a sentence."""
    # What precedes "n't" is part of the word that the first look sees.
    found = (
        f"do{text}" if text.startswith("n") and text[1:2] in "'’" else text for text in _matches(pattern)
    )
    assert [text for text in found if stems_of(text).isdisjoint(stems)] == []


@pytest.mark.parametrize("cue", CUES)
def test_the_stems_of_a_cue_let_all_that_it_matches_through(cue: Cue) -> None:
    """A pattern that is widened needs its stems widened."""
    assert [text for text in _matches(cue.pattern) if stems_of(text).isdisjoint(cue.stems)] == []


def _matches(pattern: re.Pattern[str]) -> list[str]:
    texts = samples(_parser.parse(pattern.pattern, re.IGNORECASE))
    return [text for text in texts if pattern.search(text)]
