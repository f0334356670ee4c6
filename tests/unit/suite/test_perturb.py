"""Copies of a case whose wording differs and whose label stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import Case, CaseKind, Message, Role
from harness.routing.vocabulary import concepts
from harness.suite.cases import sealed
from harness.suite.perturb import _FRAMES, PERTURBED, Perturbation, perturbed

SAID = "The nightly export to the warehouse stopped half way and nobody knows the reason"


def case(*texts: str, cluster: str = "") -> Case:
    """Make a routing case whose turns alternate, the user's first and last."""
    messages = tuple(
        Message(Role.USER if number % 2 == 0 else Role.ASSISTANT, text) for number, text in enumerate(texts)
    )
    return sealed(
        Case("export", CaseKind.ROUTING, "", messages, (), (), (), "data", ("plain",), cluster, "here", "")
    )


def said(kind: Perturbation, text: str = SAID) -> str:
    return perturbed(case(text), [kind])[0].messages[-1].text


@pytest.mark.parametrize("kind", list(Perturbation))
def test_the_label_stays(kind):
    """Who should get it does not change with the wording."""
    assert perturbed(case(SAID), [kind])[0].expected_agent == "data"


@pytest.mark.parametrize("kind", list(Perturbation))
def test_a_copy_shares_the_cluster_and_says_what_was_done(kind):
    """It adds no independent evidence, and its figures can be told apart."""
    copy = perturbed(case(SAID), [kind])[0]
    assert (copy.id, copy.cluster, copy.tags) == (f"export~{kind}", "export", ("plain", PERTURBED, kind))


def test_a_cluster_that_was_there_is_kept():
    """Copies join the paraphrases of their original."""
    assert perturbed(case(SAID, cluster="nightly"), list(Perturbation))[0].cluster == "nightly"


def test_equal_cases_give_equal_copies():
    """Nothing depends on the moment."""
    assert perturbed(case(SAID), list(Perturbation)) == perturbed(case(SAID), list(Perturbation))


def test_only_the_last_user_turn_changes():
    """What was said before stays."""
    copy = perturbed(case("First turn here", "Answer", SAID), [Perturbation.CASE])[0]
    assert [message.text for message in copy.messages[:2]] == ["First turn here", "Answer"]


def test_truncation_keeps_the_beginning():
    """The message was sent too early."""
    assert SAID.startswith(said(Perturbation.TRUNCATION))


def test_a_short_message_is_not_truncated():
    """The word that decides might go."""
    assert perturbed(case("vacuum takes for ever"), [Perturbation.TRUNCATION]) == ()


def test_politeness_adds_and_takes_nothing_away():
    """The message stands in the middle, as it was."""
    assert SAID in said(Perturbation.POLITENESS)


def test_another_language_stands_around_the_message():
    """It is not translated: that would change what is asked."""
    text = said(Perturbation.LANGUAGE)
    assert SAID in text
    assert len(text) > len(SAID)


@pytest.mark.parametrize("frame", _FRAMES, ids=lambda frame: frame[0])
def test_a_sentence_around_a_message_names_no_subject(frame):
    """It must not speak for an agent."""
    assert concepts(" ".join(frame)) == []


def test_case_changes_nothing_else():
    """Folded, the two are the same."""
    assert said(Perturbation.CASE).casefold() == SAID.casefold()


@given(st.text(min_size=1, max_size=200))
def test_any_message_has_copies_or_none(text):
    """No text makes a change fail, and each copy differs from its original."""
    assert all(copy.messages[-1].text != text for copy in perturbed(case(text), list(Perturbation)))


def test_typing_errors_leave_most_letters():
    """The length changes by a letter per error at most."""
    assert 0 < abs(len(said(Perturbation.TYPOS)) - len(SAID)) + (said(Perturbation.TYPOS) != SAID) <= 4
