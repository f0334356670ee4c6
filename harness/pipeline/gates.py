"""The gate of all agents that a change touches: one after the other, within one budget.

Two things are shared. The error budget is divided evenly, whatever the agents say (Bonferroni). What may be
spent is divided evenly among the agents that are left: what one does not need is there for the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.agentfile.parse import read_agent
from harness.compare.gate import GateReport, Trouble, most_confirmable
from harness.compare.model import Policy
from harness.compare.routing import is_routing_rule
from harness.core.config import GateConfig
from harness.core.errors import HarnessError, IncompleteError, InputError
from harness.core.types import Rule
from harness.pipeline.gate import Gated, gate_against, gate_baseline
from harness.pipeline.options import RunOptions
from harness.pipeline.sampling import Watcher
from harness.run.budget import Ledger
from harness.stats.confirm import trials_to_confirm
from harness.store.decided import DECIDED_NAME
from harness.store.manifest import MANIFEST_NAME
from harness.suite.catalogue import closest

__all__ = ["GateRequest", "confirmable", "gate_all"]


@dataclass(frozen=True, slots=True)
class GateRequest:
    """What is to be gated.

    Attributes:
        agents: the agent files.
        ref: the commit to hold them against; empty: the baseline.
        baseline: the stored baseline, or the folder of those of several agents, where no commit is named.
        options: how the model is asked.
        policy: the project's, for all agents together.
    """

    agents: tuple[Path, ...]
    ref: str
    baseline: Path
    options: RunOptions
    policy: GateConfig

    @property
    def policy_of_each(self) -> GateConfig:
        """The policy for one agent: its part of the error budget.

        The promise holds for the command: any red at all, although nothing changed (Bonferroni).
        """
        return self.policy.model_copy(update={"alpha": self.policy.alpha / max(1, len(self.agents))})

    def baseline_of(self, agent: Path) -> Path:
        """Return the baseline of an agent: of a folder of baselines, the one that has the agent's name.

        Raises:
            InputError: the folder has none of that name, or the agent file cannot be read.
        """
        folder = self.baseline
        is_run = any((folder / name).is_file() for name in (DECIDED_NAME, MANIFEST_NAME))
        if is_run or not folder.is_dir():
            return folder
        file = folder / f"{read_agent(agent).name}.json"
        if not file.is_file():
            raise InputError(
                f"{file}: no such baseline, so {agent} has nothing to be held against; run it and make "
                "one with `harness baseline RUN`"
            )
        return file


def gate_all(request: GateRequest, watcher: Watcher) -> GateReport:
    """Gate every agent; what goes wrong with one is told and keeps no other from its verdict.

    The user's wish to stop holds for all that are left.

    Raises:
        ConfigurationError: the cost is limited, and the model's price is not known.
    """
    policy = request.policy_of_each
    for warning in (*confirmable(policy), *_unknown_rules(request)):
        watcher.say(warning)
    _demand_names(request.agents)
    ledgers: list[Ledger] = []
    gated: list[Gated] = []
    troubles: list[Trouble] = []
    for place, path in enumerate(request.agents):
        if gated and gated[-1].stopped:
            troubles.append(Trouble(path.as_posix(), "not asked: stopped", IncompleteError.exit_code))
            continue
        ledgers.append(_share_of(request.options, ledgers, len(request.agents) - place))
        try:
            one = _gate(path, request, replace(request.options, ledger=ledgers[-1]), (policy, watcher))
        except HarnessError as error:
            watcher.say(f"{path}: no verdict: {error}")
            troubles.append(Trouble(path.as_posix(), str(error), error.exit_code))
            continue
        gated.append(one)
        troubles += one.troubles
    return GateReport(tuple(one.gate for one in gated), tuple(troubles))


def _unknown_rules(request: GateRequest) -> list[str]:
    """Say which rules of the policy no agent file has: a mistyped name would protect nothing."""
    files = {*request.agents, *Path(request.options.config.agents).glob("*.md")}
    known = {rule.id for path in files for rule in _rules_of(path)}
    named = {"critical": request.policy.critical, "thresholds": tuple(request.policy.thresholds)}
    return [
        f"harness.toml: gate.{key} names {rule!r}, a rule that no agent file has"
        f"{f'; {hint}' if (hint := closest(rule, known)) else ''}"
        for key, rules in named.items()
        for rule in rules
        if rule not in known and not is_routing_rule(rule)
    ]


def _rules_of(path: Path) -> tuple[Rule, ...]:
    try:
        return read_agent(path).rules
    except HarnessError:
        return ()  # told where the agent itself is gated


def _demand_names(agents: Sequence[Path]) -> None:
    """Refuse agents of one name: reports and baselines know an agent by it.

    Raises:
        InputError: two files have one name.
    """
    taken: dict[str, Path] = {}
    for path in agents:
        try:
            name = read_agent(path).name
        except HarnessError:
            continue
        if name in taken:
            raise InputError(f"{taken[name]} and {path} are both named {name!r}; give one another name")
        taken[name] = path


def _gate(path: Path, request: GateRequest, options: RunOptions, by: tuple[GateConfig, Watcher]) -> Gated:
    if request.ref:
        return gate_against(path, request.ref, options, *by)
    return gate_baseline(path, request.baseline_of(path), options, *by)


def _share_of(options: RunOptions, before: Sequence[Ledger], agents: int) -> Ledger:
    """Return what the next agent may spend, of what is left for so many.

    Raises:
        ConfigurationError: the cost is limited, and the model's price is not known.
    """
    used = [ledger.booked for ledger in before]
    cost, tokens = options.max_cost, options.max_tokens_total
    if cost is not None:
        cost = max(0.0, cost - sum(dollars for _, dollars in used)) / agents
    if tokens is not None:
        tokens = max(0, tokens - int(sum(of_tokens for of_tokens, _ in used))) // agents
    return replace(options, max_cost=cost, max_tokens_total=tokens).new_ledger()


def confirmable(policy: GateConfig) -> tuple[str, ...]:
    """Say whether fresh trials could confirm anything at all, before anything is paid for."""
    share = Policy(policy.margin, policy.alpha).share
    trials, cells = policy.confirm_trials, policy.confirm_cells
    if not cells:
        return ("gate.confirm_cells is 0: no suspicion is followed, a single case that breaks is not red",)
    most = most_confirmable(trials, trials, share)
    if most >= cells:
        return ()
    needed = f"following {cells} suspicions at once takes {trials_to_confirm(cells, share)}"
    if most:
        return (f"gate.confirm_trials = {trials}: {most} suspicions at once can be confirmed; {needed}",)
    alone = f"that takes {trials_to_confirm(1, share)} fresh trials of each prompt"
    return (
        f"gate.confirm_trials = {trials} can never confirm a failure within this budget: {alone}; {needed}",
    )
