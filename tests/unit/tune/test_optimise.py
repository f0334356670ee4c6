"""The search: what is tried, what is taken, and what wins nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.checks.registry import all_checks
from harness.compare.cells import Evasion
from harness.core.errors import ConfigurationError
from harness.tune.candidate import AgentText
from harness.tune.model import StoppedError
from harness.tune.optimise import Sought, optimise
from harness.tune.optimise_model import Answered, Fate, Feedback, Plan, gain, risen
from harness.tune.reflection import Reflection

FRONT = b"---\nname: a\ndescription: d\n---\n"
DATA = FRONT + b"You write services for the teams of a company.\n\n## Rules\n- NEVER guess\n"
TEXT = AgentText(DATA, Path("a.md"), all_checks(None), 2.0)
BASE = TEXT.agent.prompt
TRAINING, VALIDATION = [f"t{n}" for n in range(8)], [f"v{n}" for n in range(8)]
WRONG = Feedback("q", ('rule "NEVER guess" failed',))


def answered(case: str, obeyed: float, **evaded: float) -> Answered:
    kinds = {Evasion(kind): share for kind, share in evaded.items()}
    return Answered(case, "", obeyed, True, kinds, WRONG if obeyed < 1 else Feedback("q", ()))


class Model:
    """Obeys ``before`` with the base and ``after`` with every other body, and remembers what it was asked."""

    def __init__(self, before: float, after: float, *proposals: str, evaded: float = 0.0) -> None:
        self.before, self.after, self.evaded = before, after, evaded
        self.proposals = list(proposals)
        self.measured: list[tuple[str, tuple[str, ...]]] = []
        self.asked: list[Reflection] = []

    def measure(self, body: str, cases: Sequence[str]) -> list[Answered]:
        self.measured.append((body, tuple(cases)))
        if body == BASE:
            return [answered(case, self.before) for case in cases]
        return [answered(case, self.after, undecided=self.evaded) for case in cases]

    def reflect(self, asked: Reflection, number: int) -> str:
        self.asked.append(asked)
        return f"<new-prompt>\n{self.proposals[min(number, len(self.proposals)) - 1]}\n</new-prompt>"


def search(model: Model, rounds: int = 2) -> Sought:
    return optimise(TEXT, (TRAINING, VALIDATION), model.measure, model.reflect, Plan(rounds, 4))


def test_what_does_better_in_validation_is_taken() -> None:
    found = search(Model(0.4, 0.9, f"{BASE}\nMore."))
    assert (found.best is not None and found.best.agent.prompt, found.gain) == (f"{BASE}\nMore.", 0.5)


def test_what_does_no_better_is_not_even_validated() -> None:
    model = Model(0.4, 0.4, f"{BASE}\nMore.")
    search(model)
    assert not [cases for body, cases in model.measured if body != BASE and set(cases) & set(VALIDATION)]


def test_of_what_does_worse_nothing_is_taken() -> None:
    assert search(Model(0.4, 0.1, f"{BASE}\nMore.")).best is None


def test_a_rule_that_is_dropped_is_refused_and_never_asked_about() -> None:
    model = Model(0.4, 0.9, "Answer in one sentence, no code.")
    found = search(model)
    assert ({body for body, _ in model.measured}, found.best) == ({BASE}, None)


def test_the_reason_of_a_refusal_is_fed_back() -> None:
    model = Model(0.4, 0.9, "Answer in one sentence, no code.")
    search(model)
    assert "the rule 'NEVER guess' (line 8) is gone" in model.asked[1].text


def test_the_reason_for_which_a_proposal_was_no_better_is_fed_back() -> None:
    model = Model(0.4, 0.2, f"{BASE}\nMore.", f"{BASE}\nMore.", f"{BASE}\nOther.")
    search(model, rounds=3)
    assert "moved obedience by -20 points (it said: More.)" in model.asked[1].text


def test_who_evades_wins_nothing() -> None:
    found = search(Model(0.4, 0.9, f"{BASE}\nMore.", evaded=0.5))
    assert (found.best, found.attempts[0].fate) == (None, Fate.EVASIVE)


def test_training_and_validation_are_never_asked_together() -> None:
    model = Model(0.4, 0.9, f"{BASE}\nMore.")
    search(model)
    assert all(len({case[0] for case in cases}) == 1 for _, cases in model.measured)


def test_the_same_seed_asks_the_same() -> None:
    first, second = (Model(0.4, 0.9, f"{BASE}\nMore.", f"{BASE}\nOther.") for _ in range(2))
    search(first, 4)
    search(second, 4)
    assert (first.measured, first.asked) == (second.measured, second.asked)


def test_a_prompt_that_breaks_no_rule_ends_the_search_without_a_proposal() -> None:
    model = Model(1.0, 1.0, "x")
    assert (search(model).rounds, model.asked) == (0, [])


def test_rounds_are_bounded() -> None:
    assert search(Model(0.4, 0.4, "x"), rounds=3).rounds == 3


def test_what_stops_the_asking_keeps_what_was_found() -> None:
    model = Model(0.4, 0.9, f"{BASE}\nMore.", f"{BASE}\nOther.")
    ask = model.reflect

    def reflect(asked: Reflection, number: int) -> str:
        if number > 2:
            raise StoppedError
        return ask(asked, number)

    found = optimise(TEXT, (TRAINING, VALIDATION), model.measure, reflect, Plan(4, 4))
    assert (found.stopped, found.best is not None) == (True, True)


def test_a_bug_in_our_own_code_is_not_swallowed() -> None:
    model = Model(0.4, 0.9, "x")

    def reflect(asked: Reflection, number: int) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        optimise(TEXT, (TRAINING, VALIDATION), model.measure, reflect, Plan(2, 4))


def test_nothing_is_written_and_nothing_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pickle, "load", None)
    monkeypatch.setattr(pickle, "dump", None)
    search(Model(0.4, 0.9, f"{BASE}\nMore."))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_extra_is_one_line_that_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'agentfile-harness\[tune\]'"):
        search(Model(0.4, 0.9, "x"))


def test_a_case_whose_answers_are_missing_is_left_out() -> None:
    before = [answered("a", 0.2), answered("b", 0.9)]
    after = [answered("a", 0.7), Answered("b", "", 0.0, measured=False)]
    assert gain(before, after) == pytest.approx(0.5)


@pytest.mark.parametrize(("share", "said"), [(0.5, "omitted"), (0.0, "")])
def test_evasion_that_rises_everywhere_is_no_chance(share: float, said: str) -> None:
    before = [answered(str(n), 0.5) for n in range(6)]
    assert risen(before, [answered(str(n), 0.5, omitted=share) for n in range(6)]) == said


@pytest.mark.parametrize("wrong", [{"rounds": 0}, {"batch": 0}, {"proposals": 0}])
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError):
        Plan(**wrong)
