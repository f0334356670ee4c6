"""Planning: which requests a run wants, and in which order."""

from __future__ import annotations

import dataclasses

import pytest
from calls import case

from harness.core.errors import ConfigurationError
from harness.core.types import Agent, Message, Role, SuppliedFile, Variant
from harness.run.limits import Limits
from harness.run.plan import PlannedCall, plan_compliance
from harness.run.settings import Settings


def variant(name: str, prompt: str) -> Variant:
    return Variant(name, Agent("a", "", "", prompt, "", (), (), (), f"{name}.md", name))


BASE, EDITED = variant("base", "Prompt one."), variant("edited", "Prompt two.")


def plan(trials: int = 1, variants: tuple[Variant, ...] = (BASE,), **more: object) -> tuple[PlannedCall, ...]:
    settings = Settings("replay:somewhere", trials=trials, **more)  # type: ignore[arg-type]
    return plan_compliance([case("one"), case("two")], variants, settings)


def test_cases_times_variants_times_trials() -> None:
    assert len(plan(3, (BASE, EDITED))) == 12


def test_the_prompt_of_the_variant_is_the_system_prompt() -> None:
    assert [call.request.system for call in plan(1, (EDITED,))] == ["Prompt two.", "Prompt two."]


def test_calls_that_share_a_prompt_follow_one_another() -> None:
    prompts = [call.request.system for call in plan(2, (BASE, EDITED))]
    assert prompts == sorted(prompts)


def test_every_case_is_asked_once_before_any_is_asked_again() -> None:
    assert [(call.case.id, call.request.trial) for call in plan(2)] == [
        ("one", 1),
        ("two", 1),
        ("one", 2),
        ("two", 2),
    ]


def test_variants_with_equal_prompts_share_requests() -> None:
    calls = plan(1, (BASE, variant("copy", BASE.agent.prompt)))
    assert (len({call.sha for call in calls}), [call.variant for call in calls]) == (
        2,
        ["base"] * 2 + ["copy"] * 2,
    )


@pytest.mark.parametrize("change", [{"max_tokens": 9}, {"parameters": {"temperature": 1}}, {"trials": 2}])
def test_what_alters_an_answer_alters_the_sha(change: dict[str, object]) -> None:
    assert {call.sha for call in plan(**change)} - {call.sha for call in plan()}  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"concurrency": 1}, {"timeout_s": 1.0}, {"limits": Limits(retries=0)}])
def test_what_does_not_alter_an_answer_leaves_the_sha(change: dict[str, object]) -> None:
    assert [call.sha for call in plan(**change)] == [call.sha for call in plan()]  # type: ignore[arg-type]


def test_supplied_files_are_sent_with_the_question() -> None:
    with_file = dataclasses.replace(
        case("one"), files=(SuppliedFile("utils/logger.js", "module.exports = 1"),)
    )
    call = plan_compliance([with_file], [BASE], Settings("replay:x"))[0]
    assert "module.exports = 1" in call.request.messages[-1].text


def test_another_rendering_may_be_given() -> None:
    said = (Message(Role.USER, "Rendered"),)
    call = plan_compliance([case("one")], [BASE], Settings("replay:x"), lambda _: said)[0]
    assert call.request.messages == said


def test_local_requests_carry_the_identity_of_the_weights_and_the_seed() -> None:
    parameters = Settings("local:smollm2", seed=5).request_parameters()
    assert (len(parameters["@weights"]), parameters["seed"]) == (64, 5)


def test_parameters_of_the_user_win_over_defaults() -> None:
    assert Settings("local:smollm2", parameters={"temperature": 0}).request_parameters()["temperature"] == 0


@pytest.mark.parametrize("wrong", [{"trials": 0}, {"max_tokens": 0}, {"concurrency": 0}, {"timeout_s": 0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        Settings("local:smollm2", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"retries": -1}, {"deadline_s": 0}, {"requests_per_minute": 0}, {"tokens_per_minute": -5}]
)
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        Limits(**wrong)  # type: ignore[arg-type]
