"""Everything a report needs, frozen. The formats read it and compute nothing that it could hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from harness.calibration.corrected import CorrectedScore, Uncorrected
from harness.checks.bind import Binding
from harness.core.types import Agent, Case, Outcome, Sample, SampleFailure, Variant, Verdict
from harness.routing.ask import Routed
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.score import AGGREGATE, Score

__all__ = [
    "HAND_WRITTEN",
    "AgentRouting",
    "Confusion",
    "JudgeSummary",
    "LabelAgreement",
    "Misrouted",
    "RouterKind",
    "RouterResult",
    "RoutingSummary",
    "RunResults",
    "TagAccuracy",
    "UsageTotals",
]

HAND_WRITTEN = "hand-written"
"""Name of the variant under which golden responses are decided. No model wrote them."""


class RouterKind(StrEnum):
    """Who chose the agents: the model under test, or the lexical router it is compared with."""

    MODEL = "model"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class AgentRouting:
    """How one agent (or ``none``) fared: rates in [0, 1], ``NO_NUMBER`` where nothing can be divided."""

    agent: str
    precision: Number
    recall: Number
    f1: Number
    expected: int
    predicted: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """``count`` messages for ``expected`` went to ``predicted``. Cells with count 0 are left out."""

    expected: str
    predicted: str
    count: int


@dataclass(frozen=True, slots=True)
class Misrouted:
    """One message that went to the wrong agent."""

    case: str
    message: str
    expected: str
    predicted: str


@dataclass(frozen=True, slots=True)
class TagAccuracy:
    """Share of right choices among the ``n`` choices for cases with a tag."""

    tag: str
    accuracy: Number
    low: Number
    high: Number
    n: int


@dataclass(frozen=True, slots=True)
class RouterResult:
    """One router on the routing cases.

    ``n`` counts the choices that were made, ``missing`` those that could not be asked for; ``unknown``
    counts, among the wrong ones, names that are not in the roster. ``top3`` is the share of labels among the
    first three names, for a router that ranks; ``macro_f1`` weighs every label alike. ``choices`` are the
    choices themselves, one per wanted answer.
    """

    router: str
    kind: RouterKind
    variant: str
    accuracy: Number
    low: Number
    high: Number
    n: int
    missing: int
    unknown: int
    agents: tuple[AgentRouting, ...]
    confusion: tuple[Confusion, ...]
    misrouted: tuple[Misrouted, ...] = ()
    top3: Number = NO_NUMBER
    macro_f1: Number = NO_NUMBER
    by_tag: tuple[TagAccuracy, ...] = ()
    choices: tuple[Routed, ...] = ()


@dataclass(frozen=True, slots=True)
class RoutingSummary:
    """Which agent gets the message, per router. No routers means that routing was not measured."""

    routers: tuple[RouterResult, ...] = ()
    chance: Number = NO_NUMBER
    """Accuracy of always naming the most frequent agent, in [0, 1]."""
    rosters: Mapping[str, tuple[Agent, ...]] = field(default_factory=dict)
    """The agents that each variant's messages were routed among."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Per variant the sha of the answers that the model's choices rest on."""


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """On the hand-written responses, ``count`` verdicts of ``rule`` with this label and this outcome."""

    rule: str
    check: str
    label: Outcome
    decided: Outcome
    count: int


@dataclass(frozen=True, slots=True)
class UsageTotals:
    """What the run used. ``asked`` calls were made, ``reused`` answers came out of the store.

    Tokens are those of all answers in the run, reused ones too; ``seconds`` is wall time. Sums are in US
    dollars, ``None`` where the price is not known: ``cost_usd`` what all answers cost, ``spent_usd`` what was
    spent on new ones, ``saved_usd`` what the server's prompt cache took off ``cost_usd``.
    """

    asked: int = 0
    reused: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_written_tokens: int = 0
    seconds: float = 0.0
    cost_usd: float | None = None
    spent_usd: float | None = None
    saved_usd: float | None = None


@dataclass(frozen=True, slots=True)
class JudgeSummary:
    """What judges decided of a run, and what that took.

    Attributes:
        models: the judges; empty: none was asked.
        questions: verdicts that static checks left open to a judge.
        decided: those that are decided now.
        share: verdicts with the basis ``judge`` among all, in [0, 1].
        asked: calls that were made; ``reused`` answers came out of the store, ``failed`` gave none.
        spent_usd: US dollars for the calls that were made; ``None`` where a price is not known.
    """

    models: tuple[str, ...] = ()
    questions: int = 0
    decided: int = 0
    share: float = 0.0
    asked: int = 0
    reused: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    spent_usd: float | None = None


@dataclass(frozen=True, slots=True)
class RunResults:
    """A run, decided and scored.

    Attributes:
        run: id of the run, the name of its folder.
        folder: where its files are written.
        created: time of the run, ISO 8601 in UTC.
        agent: the specification: rules and dialogues of the base agent file.
        rules: its rules in file order, each with what decides it.
        variants: what was asked, in order; without :data:`HAND_WRITTEN`.
        model: the model asked for, ``provider:name``.
        models_served: the models that answered, as they name themselves.
        cases: every case with a sample, a failure or a verdict; each golden response is a case too.
        samples: every answer; golden responses are samples of the variant :data:`HAND_WRITTEN`.
        failures: calls that gave no answer.
        verdicts: every verdict; ``(case, variant, trial)`` leads to its sample.
        scores: from :func:`harness.stats.score.score_verdicts`.
        routing: which agent gets the message.
        uncovered: ids of rules that no case exercises.
        agreement: verdicts on hand-written responses against their labels.
        usage: calls, tokens and time of the model under test.
        judge: what judges decided, and what that took.
        warnings: one sentence each, shown in every format.
        manifest: what else identifies the run (versions, shas, settings), as JSON values.
        agent_source: text of the agent file, mended as the loader read it; empty: not shown.
        corrected: rates of rules corrected for the measured errors of what decided them.
    """

    run: str
    folder: Path
    created: str
    agent: Agent
    rules: tuple[Binding, ...]
    variants: tuple[Variant, ...]
    model: str
    models_served: tuple[str, ...]
    cases: tuple[Case, ...]
    samples: tuple[Sample, ...]
    failures: tuple[SampleFailure, ...]
    verdicts: tuple[Verdict, ...]
    scores: tuple[Score, ...]
    routing: RoutingSummary = RoutingSummary()
    uncovered: tuple[str, ...] = ()
    agreement: tuple[LabelAgreement, ...] = ()
    usage: UsageTotals = UsageTotals()
    judge: JudgeSummary = JudgeSummary()
    warnings: tuple[str, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    agent_source: str = ""
    corrected: tuple[CorrectedScore | Uncorrected, ...] = ()

    def score_of(self, rule: str, variant: str) -> Score | None:
        """Return the score of a rule in a variant, or nothing when the run did not decide it."""
        return next((s for s in self.scores if s.rule == rule and s.variant == variant), None)

    def corrected_of(self, rule: str, variant: str) -> CorrectedScore | Uncorrected | None:
        """Return the corrected rate of a rule in a variant (or why there is none); nothing for others."""
        return next((one for one in self.corrected if (one.rule, one.variant) == (rule, variant)), None)

    def decider_of(self, rule: Binding) -> str:
        """Return what decides a rule: its check, ``judge/<rubric>`` where a judge was asked, or nothing."""
        if rule.check:
            return rule.check
        return next((score.check for score in self.scores if score.rule == rule.rule.id), "")

    def aggregate_of(self, variant: str) -> Score | None:
        """Return the score over all rules of a variant, or nothing when the run did not decide any."""
        return self.score_of(AGGREGATE, variant)

    @property
    def scored_variants(self) -> tuple[str, ...]:
        """Names of the variants that have scores: those asked, in order, then the hand-written responses."""
        scored = dict.fromkeys(score.variant for score in self.scores)
        asked = [variant.name for variant in self.variants if variant.name in scored]
        return tuple(dict.fromkeys([*asked, *scored]))
