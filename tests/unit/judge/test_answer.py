"""What a judge answers is a verdict, or it is malformed and says why."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge_doubles import ANSWER, completion, said

from harness.core.types import Outcome, Polarity, StopReason
from harness.judge.answer import Asked, MalformedError, Opinion, read_answers, schema_of
from harness.judge.quotes import Source
from harness.response.parse import parse_response

OFFERS = (Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNDECIDED)
QUOTE = "so that a gateway that is down"
GOOD = said("pass", QUOTE)


def read(
    text: str, *, polarity: Polarity = Polarity.ALWAYS, stop: StopReason = StopReason.END
) -> Opinion | MalformedError:
    asked = Asked("Q1", OFFERS, polarity)
    answers = read_answers(completion(text, stop), [asked], Source(ANSWER), parse_response(ANSWER))
    return answers["Q1"]


def test_a_proper_answer_is_an_opinion() -> None:
    opinion = read(GOOD)
    assert isinstance(opinion, Opinion)
    assert opinion.verdict is Outcome.PASS


def test_its_quotes_are_findings() -> None:
    opinion = read(GOOD)
    assert isinstance(opinion, Opinion)
    assert [finding.line for finding in opinion.findings] == [1]


def test_one_code_fence_around_the_object_is_allowed() -> None:
    assert isinstance(read(f"```json\n{GOOD}\n```"), Opinion)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("pass", "not one JSON object"),
        (f"{GOOD}\n{GOOD}", "not one JSON object"),
        (f"{said('fail')}{GOOD}", "not one JSON object"),
        (f"I say pass.\n{GOOD}", "not one JSON object"),
        (GOOD[:-1], "not one JSON object"),
        ("[" * 100_000, "characters long"),
        ("[" * 20_000, "not one JSON object"),
        (f"[{GOOD}]", "a list"),
        ('"pass"', "a str"),
        (said("maybe", QUOTE), "must be one of"),
        (said("PASS", QUOTE), "must be one of"),
        (said("error", QUOTE), "must be one of"),
        ('{"evidence": [], "reason": "r", "verdict": ["pass", "fail"]}', "must be one of"),
        ('{"evidence": [], "reason": "r", "verdict": null}', "must be one of"),
        ('{"evidence": [], "reason": "r"}', "must be one of"),
        ('{"verdict": "pass", "evidence": [], "reason": "r", "verdict": "fail"}', "a key twice"),
        ('{"evidence": [], "reason": "", "verdict": "fail"}', "no reason"),
        ('{"evidence": [], "reason": 7, "verdict": "fail"}', "no reason"),
        ('{"evidence": "all", "reason": "r", "verdict": "fail"}', "not a list of quotes"),
        ('{"evidence": [1], "reason": "r", "verdict": "fail"}', "not a list of quotes"),
        ('{"evidence": [], "reason": "r", "verdict": "fail", "score": NaN}', "NaN"),
        ('{"evidence": [], "reason": "r", "verdict": "fail", "score": 1}', "unknown key"),
        (said("pass", "this is not there"), "does not hold"),
        (said("pass", QUOTE, "nor is this"), "does not hold"),
        (said("pass"), "quotes nothing"),
        (said("pass", *[QUOTE] * 9), "9 places"),
        (said("pass", QUOTE, reason="x" * 10_000_000), "characters long"),
    ],
)
def test_anything_else_is_malformed(text: str, words: str) -> None:
    opinion = read(text)
    assert isinstance(opinion, MalformedError)
    assert words in str(opinion)


def test_a_refusal_is_malformed() -> None:
    assert isinstance(read(GOOD, stop=StopReason.REFUSAL), MalformedError)


def test_an_answer_that_was_cut_off_is_malformed() -> None:
    assert isinstance(read(GOOD, stop=StopReason.MAX_TOKENS), MalformedError)


def test_the_reason_of_a_malformed_answer_is_bounded() -> None:
    assert len(str(read(said("pass", "x" * 1_900)))) < 400


@pytest.mark.parametrize(
    ("polarity", "verdict", "proper"),
    [
        (Polarity.NEVER, "fail", False),
        (Polarity.NEVER, "pass", True),
        (Polarity.ALWAYS, "fail", True),
        (Polarity.ALWAYS, "pass", False),
        (Polarity.SHOULD, "pass", False),
        (Polarity.ALWAYS, "undecided", True),
    ],
)
def test_what_can_be_shown_must_be_quoted(polarity: Polarity, verdict: str, proper: bool) -> None:
    assert isinstance(read(said(verdict), polarity=polarity), Opinion) is proper


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    assert isinstance(read(text), Opinion | MalformedError)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["verdict", "evidence", "reason", "x"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_no_json_raises(value: object) -> None:
    assert isinstance(read(json.dumps(value)), Opinion | MalformedError)


TWO = [Asked("Q1", OFFERS, Polarity.ALWAYS), Asked("Q2", OFFERS, Polarity.NEVER)]


def read_two(value: object) -> dict[str, Opinion | MalformedError]:
    return read_answers(completion(json.dumps(value)), TWO, Source(ANSWER), parse_response(ANSWER))


def test_several_questions_are_answered_by_key() -> None:
    answers = read_two({"Q1": json.loads(said("fail")), "Q2": json.loads(said("pass"))})
    assert [one.verdict for one in answers.values() if isinstance(one, Opinion)] == [
        Outcome.FAIL,
        Outcome.PASS,
    ]


def test_a_question_left_out_is_malformed_alone() -> None:
    answers = read_two({"Q1": json.loads(said("fail"))})
    assert [isinstance(one, MalformedError) for one in answers.values()] == [False, True]


def test_a_question_that_was_not_asked_spoils_the_answer() -> None:
    answers = read_two({"Q1": json.loads(said("fail")), "Q3": json.loads(said("pass"))})
    assert all(isinstance(one, MalformedError) for one in answers.values())


def test_the_schema_offers_the_verdicts_and_no_others() -> None:
    schema = schema_of(TWO[:1])
    assert schema["properties"]["verdict"]["enum"] == [offer.value for offer in OFFERS]


def test_the_schema_of_several_has_a_key_for_each() -> None:
    assert schema_of(TWO)["required"] == ["Q1", "Q2"]
