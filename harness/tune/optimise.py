"""Seek a better body of a prompt, with gepa's search and outcomes of our own.

gepa keeps a pool of candidates and picks parents along the front of those that are best somewhere
(arXiv 2507.19457); what a case is worth, which proposal may be tried, what counts as better and what is
taken at the end is decided here. It is given no folder: its own state is a pickle, and anybody who can
write one can run code in the process that reads it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from harness.core.errors import ConfigurationError
from harness.tune.candidate import AgentText, Candidate, Refused
from harness.tune.model import StoppedError
from harness.tune.optimise_model import Answered, Attempt, Fate, Feedback, Measure, Plan, gain, risen
from harness.tune.reflection import Reflection, proposal_in, reflection_of

__all__ = ["Reflect", "Sought", "demand_gepa", "optimise"]

Reflect = Callable[[Reflection, int], str]
"""Asks the reflection model; the number tells calls apart. An empty answer: there was none."""

_BODY = "body"
_ADDED = 3
_TURNS = 4


@dataclass(frozen=True, slots=True)
class Sought:
    """What came of a search.

    Attributes:
        best: the candidate that did best on the validation cases; ``None``: none did better than the base.
        gain: its gain there. It was chosen for being the greatest, so it flatters.
        attempts: every proposal, in order.
        rounds: how often the reflection model was given something to improve.
        stopped: whether something ended the search that was not planned.
    """

    best: Candidate | None
    gain: float
    attempts: tuple[Attempt, ...]
    rounds: int
    stopped: bool


def demand_gepa() -> None:
    """Refuse to begin where the extra is not installed.

    Raises:
        ConfigurationError: gepa is missing.
    """
    if importlib.util.find_spec("gepa") is None:
        raise ConfigurationError(
            "harness tune needs gepa, which is not installed: pip install 'agentfile-harness[tune]'"
        )


def _always(attempts: Sequence[Attempt], rounds: int) -> bool:  # noqa: ARG001 - what every such function is told
    """Never end the search early."""
    return True


def optimise(
    text: AgentText,
    cases: tuple[Sequence[str], Sequence[str]],
    measure: Measure,
    reflect: Reflect,
    plan: Plan,
    go_on: Callable[[Sequence[Attempt], int], bool] = _always,
) -> Sought:
    """Seek a body whose answers obey more.

    Args:
        text: the file, which says what may be tried.
        cases: ids of the training and of the validation cases.
        measure: asks and decides; raises ``StoppedError`` when nothing more can be asked.
        reflect: asks for a proposal; raises the same.
        plan: how long to seek.
        go_on: told before each round what was tried and how many rounds there were; False ends the search.

    Raises:
        ConfigurationError: gepa is missing.
        HarnessError: whatever ``measure`` and ``reflect`` raise beside ``StoppedError``.
    """
    demand_gepa()
    from gepa.api import optimize

    search = _Search(text, frozenset(cases[1]), measure, reflect, plan)
    try:
        optimize(
            seed_candidate={_BODY: text.agent.prompt},
            trainset=list(cases[0]),
            valset=list(cases[1]),
            adapter=cast("Any", search),
            reflection_minibatch_size=min(plan.batch, len(cases[0])),
            acceptance_criterion=search,
            stop_callbacks=lambda _: search.ended() or not go_on(search.attempts, search.rounds),
            logger=search,
            track_best_outputs=False,
            seed=plan.seed,
        )
    except StoppedError:
        search.stopped = True
    if search.trouble is not None:
        raise search.trouble
    best, found = search.best()
    return Sought(best, found, tuple(search.attempts), search.rounds, search.stopped)


@dataclass
class _Search:
    """What gepa asks of us: it is its adapter, its criterion and its log."""

    text: AgentText
    validation: frozenset[str]
    measure: Measure
    reflect: Reflect
    plan: Plan
    attempts: list[Attempt] = field(default_factory=list)
    rounds: int = 0
    stopped: bool = False
    trouble: Exception | None = None
    turns: int = 0
    base: Sequence[Answered] = ()
    tried: dict[str, Candidate] = field(default_factory=dict)
    eligible: list[tuple[float, Candidate]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def ended(self) -> bool:
        """Tell whether the search is over; turns in which there is nothing to improve are bounded, too."""
        self.turns += 1
        return self.stopped or self.rounds >= self.plan.rounds or self.turns > _TURNS * self.plan.rounds

    def best(self) -> tuple[Candidate | None, float]:
        """Return the candidate with the greatest gain in validation; of equals the first."""
        found = max(self.eligible, key=lambda one: one[0], default=None)
        return (None, 0.0) if found is None or found[0] <= 0 else (found[1], found[0])

    # --- gepa's adapter ----------------------------------------------------------------------

    def evaluate(self, batch: list[str], candidate: dict[str, str], capture_traces: bool = False) -> Any:  # noqa: ARG002
        """Put a body to cases. gepa wants a number for each; the outcomes travel beside it."""
        from gepa.core.adapter import EvaluationBatch

        answered = list(self.measure(candidate[_BODY], batch))
        if set(batch) <= self.validation:
            self._validate(candidate[_BODY], answered)
        known = [one.obeyed for one in answered if one.measured]
        # A number that says nothing about a case whose answers are missing: neither good nor bad. It only
        # helps to pick parents; what is better is decided on the outcomes, which leave such a case out.
        neutral = sum(known) / len(known) if known else 0.0
        scores = [one.obeyed if one.measured else neutral for one in answered]
        return EvaluationBatch(outputs=answered, scores=scores, trajectories=answered)

    def make_reflective_dataset(
        self,
        candidate: dict[str, str],  # noqa: ARG002 - the signature is gepa's
        eval_batch: Any,
        components_to_update: list[str],  # noqa: ARG002
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Hand on what went wrong."""
        return {_BODY: [{"feedback": one.feedback} for one in eval_batch.trajectories]}

    def propose_new_texts(
        self,
        candidate: dict[str, str],
        reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],
        components_to_update: list[str],  # noqa: ARG002 - there is one
    ) -> dict[str, str]:
        """Ask for a better body, and again where the proposal is refused; nothing: there is none."""
        feedback: list[Feedback] = [one["feedback"] for one in reflective_dataset[_BODY]]
        if self.stopped or not any(one.items for one in feedback):
            return {}
        self.rounds += 1
        try:
            return self._proposed(candidate[_BODY], feedback)
        except StoppedError:
            self.stopped = True
        except Exception as error:  # noqa: BLE001 - gepa would log it and go on: it is raised when gepa has returned
            self.stopped, self.trouble = True, error
        return {}

    # --- its criterion -----------------------------------------------------------------------

    def should_accept(self, proposal: Any, state: Any) -> bool:  # noqa: ARG002 - the signature is gepa's
        """Accept for validation what obeys more on the training cases it was shown."""
        before, after = proposal.eval_before.outputs, proposal.eval_after.outputs
        found = gain(before, after)
        if found > 0:
            return True
        evaded = risen(before, after)
        reason = f"on the same questions it moved obedience by {100 * found:+.0f} points"
        if evaded:
            reason += f"; more verdicts are {evaded}"
        self._attempt(Fate.NO_BETTER, reason, proposal.candidate[_BODY])
        return False

    def log(self, message: str) -> None:
        """Stay silent: what happened is in the attempts."""

    # --- inside ------------------------------------------------------------------------------

    def _proposed(self, body: str, feedback: Sequence[Feedback]) -> dict[str, str]:
        for number in range(self.plan.proposals):
            tokens = (self.text.tokens, self.text.most_tokens)
            asked = reflection_of(body, feedback, self.refusals, tokens)
            answer = self.reflect(asked, (self.rounds - 1) * self.plan.proposals + number + 1)
            proposed = proposal_in(answer)
            if not proposed:
                self._attempt(Fate.REFUSED, "the answer holds no prompt between the two lines asked for")
                continue
            found = self.text.candidate(proposed)
            if isinstance(found, Refused):
                self._attempt(Fate.REFUSED, found.reason, proposed)
            elif found.agent.prompt in self.tried:
                self._attempt(Fate.REFUSED, "it was tried before", proposed)
            else:
                self.tried[found.agent.prompt] = found
                return {_BODY: found.agent.prompt}
        return {}

    def _validate(self, body: str, answered: Sequence[Answered]) -> None:
        if body == self.text.agent.prompt:
            self.base = answered
            return
        found, evaded = gain(self.base, answered), risen(self.base, answered)
        if evaded:
            self._attempt(Fate.EVASIVE, f"more verdicts are {evaded} than with the base", body, found)
            return
        self.eligible.append((found, self.tried[body]))
        self._attempt(Fate.VALIDATED, f"{100 * found:+.1f} points on the validation cases", body, found)

    def _attempt(self, fate: Fate, reason: str, body: str = "", found: float = 0.0) -> None:
        self.attempts.append(Attempt(self.rounds, fate, reason, found))
        if fate is not Fate.VALIDATED:
            new = [one.strip() for one in body.split("\n") if one.strip()]
            known = set(self.text.agent.prompt.split("\n"))
            added = "; ".join([one for one in new if one not in known][:_ADDED])
            self.refusals.append(f"{reason} (it said: {added})" if added else reason)
