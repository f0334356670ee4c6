"""What a plan will use: guesses where nothing is known, measured figures where something is."""

from __future__ import annotations

import dataclasses

import pytest
from calls import completion, planned, request, sample
from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import Sample, Tool, Usage
from harness.run.estimate import ENOUGH, estimate
from harness.run.plan import PlannedCall
from harness.run.prices import price_of
from harness.run.tokens import request_tokens, text_tokens

CALLS = [planned(str(number)) for number in range(20)]
PRICE = price_of("anthropic:claude-opus-5-5", {})


def answered(call: PlannedCall, usage: Usage) -> Sample:
    kept = sample(call.request)
    return dataclasses.replace(kept, completion=dataclasses.replace(completion(), usage=usage))


def known(count: int, written: int = 40, read: int = 100) -> dict[str, Sample]:
    return {call.sha: answered(call, Usage(read, written)) for call in CALLS[:count]}


def test_without_answers_their_length_is_a_guess_up_to_what_is_allowed() -> None:
    found = estimate(CALLS, {}, PRICE)
    assert (found.known_answers, found.output_tokens.low, found.output_tokens.high) == (0, 200.0, 2_000.0)


def test_stored_answers_tell_the_length_of_others() -> None:
    found = estimate(CALLS, known(ENOUGH), PRICE)
    assert (found.known_answers, found.output_tokens.likely) == (ENOUGH, (20 - ENOUGH) * 40)


def test_too_few_answers_tell_nothing() -> None:
    assert estimate(CALLS, known(ENOUGH - 1), PRICE).known_answers == 0


def test_answers_of_another_kind_tell_nothing() -> None:
    longer = [dataclasses.replace(call.request, max_tokens=9_000) for call in CALLS[10:]]
    calls = CALLS[:10] + [
        dataclasses.replace(call, request=one) for call, one in zip(CALLS[10:], longer, strict=True)
    ]
    assert estimate(calls, known(10), PRICE).known_answers == 0


def test_stored_prompts_tell_how_the_server_counts() -> None:
    found = estimate(CALLS, known(ENOUGH, read=1_000), PRICE)
    assert found.input_tokens.likely == pytest.approx((20 - ENOUGH) * 1_000, rel=0.1)


def test_what_the_server_counted_is_no_estimate() -> None:
    found = estimate(CALLS, {}, PRICE, {call.sha: 50 for call in CALLS})
    assert (found.input_tokens.low, found.input_tokens.high) == (1_000.0, 1_000.0)


def test_what_is_stored_costs_nothing() -> None:
    found = estimate(CALLS, known(20), PRICE)
    assert (found.calls, found.dollars) == (
        0,
        dataclasses.replace(found.input_tokens, low=0, likely=0, high=0),
    )


def test_calls_that_share_a_request_count_once() -> None:
    assert estimate([planned("1", "base"), planned("1", "copy")], {}, PRICE).calls == 1


def test_without_a_price_the_cost_is_not_known() -> None:
    assert estimate(CALLS, {}, None).dollars is None


@given(st.integers(0, 20), st.integers(1, 100), st.integers(1, 5_000))
def test_ranges_are_in_order(count: int, written: int, read: int) -> None:
    found = estimate(CALLS, known(count, written, read), PRICE)
    assert found.dollars is not None
    for one in (found.input_tokens, found.output_tokens, found.dollars):
        assert one.low <= one.likely * 1.000001 <= one.high * 1.00001


@given(st.text(max_size=300), st.text(max_size=300))
def test_two_texts_have_about_the_tokens_of_both(first: str, second: str) -> None:
    whole = text_tokens(first + " " + second)
    assert whole == pytest.approx(text_tokens(first) + text_tokens(second), rel=0.5, abs=3)


def test_english_has_more_than_four_characters_a_token() -> None:
    text = "The service keeps every answer that was paid for and asks only for the rest of them. " * 10
    assert 4 < len(text) / text_tokens(text) < 5.5


def test_code_has_fewer_characters_a_token_than_english() -> None:
    code = "app.get('/users/:id', async (req, res) => { res.json(await find(req.params.id)); });\n" * 10
    assert 2.5 < len(code) / text_tokens(code) < 4


def test_tools_count() -> None:
    tool = Tool("Agent", "Start an agent. " * 50, {"type": "object"})
    assert request_tokens(request("Hi", tools=(tool,))) > request_tokens(request("Hi")) + 500
