"""What a run is asked to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.core.config import Config
from harness.core.errors import ConfigurationError
from harness.core.types import Agent, Mode
from harness.pipeline.shards import Shard
from harness.providers.aliases import INHERIT, inherited_model
from harness.providers.base import ProviderOptions, no_watch
from harness.run.batch_desk import BatchRules
from harness.run.budget import Ledger
from harness.run.limits import Limits
from harness.run.prices import price_of
from harness.run.settings import Settings

__all__ = ["RunOptions"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of one run, defaults already filled in.

    Attributes:
        suite: dataset files and folders, or names of agents.
        agent: an agent file that is the specification instead of the one a dataset names.
        variants: further agent files, templates (``.j2``) or folders of them, whose prompts are tested
            against the same specification.
        roster: folder of the agents that routing chooses among.
        model: ``provider:name``.
        trials: how often each case is asked.
        max_tokens: longest answer in tokens; ``routing_max_tokens`` that of a router.
        concurrency: calls in flight at most.
        timeout_s: seconds one call may take.
        seed: start of random numbers of providers that take one.
        mode: how Node-only rules are read in other languages.
        limit: at most so many cases of each kind; 0 for all.
        cases: ids or patterns (``express-*``) of the cases to take; empty for all.
        tags: take only cases with one of these tags; empty for all.
        routing: whether routing cases are asked.
        config: the project's configuration; its paths are relative to the current folder.
        interleaved: the variants answer each case in turns: the strongest control of a model's drift.
        fresh: ask for everything, also for what is stored; the new answers are what later runs are served.
        max_cost: US dollars that may be spent; ``None``: no limit. ``max_tokens_total``: the same in tokens.
        parameters: values of the parameters of templates; every combination is a variant.
        controls: whether the prompt without its rules, and no prompt, are asked beside the variants.
        ledger: what is spent; options that share one share the limits. ``None``: each has its own.
        shard: which part of the cases is taken; ``None``: all.
        batch: ask through Message Batches, at their price.
        batch_deadline_h: hours after which waiting for batches ends; ``None``: as the project says.
        resubmit_doubtful: ask again for what may be in a batch that nobody knows of.
        planning: nothing will be asked: no key is demanded, no weights are fetched.
    """

    suite: tuple[str, ...]
    agent: Path | None
    variants: tuple[Path, ...]
    roster: Path
    model: str
    trials: int
    max_tokens: int
    routing_max_tokens: int
    concurrency: int
    timeout_s: float
    seed: int
    mode: Mode
    limit: int
    cases: tuple[str, ...]
    tags: tuple[str, ...]
    routing: bool
    config: Config
    interleaved: bool = False
    fresh: bool = False
    max_cost: float | None = None
    max_tokens_total: int | None = None
    ledger: Ledger | None = None
    parameters: Mapping[str, tuple[str | int | float | bool, ...]] = field(default_factory=dict)
    controls: bool = False
    shard: Shard | None = None
    batch: bool = False
    batch_deadline_h: float | None = None
    resubmit_doubtful: bool = False
    planning: bool = False

    @classmethod
    def of(cls, config: Config) -> RunOptions:
        """Return the options of a project as ``harness.toml`` has them: every case, nothing chosen yet."""
        run = config.run
        return cls(
            suite=(),
            agent=None,
            variants=(),
            roster=Path(config.agents),
            model=run.model,
            trials=run.trials,
            max_tokens=run.max_tokens,
            routing_max_tokens=run.routing_max_tokens,
            concurrency=run.concurrency,
            timeout_s=run.timeout_s,
            seed=0,
            mode=run.mode,
            limit=0,
            cases=(),
            tags=(),
            routing=True,
            config=config,
            max_cost=run.max_cost,
            max_tokens_total=run.max_tokens_total,
        )

    def limited(self, max_cost: float | None, max_tokens_total: int | None) -> RunOptions:
        """Return the options with what the user lets a run spend; ``None`` keeps what the project says.

        Raises:
            ConfigurationError: the sum is not above 0.
        """
        if max_cost is not None and not 0 < max_cost < float("inf"):
            raise ConfigurationError(f"--max-cost {max_cost:g}: give a sum above 0, in US dollars")
        return replace(
            self,
            max_cost=self.max_cost if max_cost is None else max_cost,
            max_tokens_total=max_tokens_total or self.max_tokens_total,
        )

    def settings(self) -> Settings:
        """Return how the model is asked.

        Raises:
            ConfigurationError: a value makes no sense, or the cost is limited and the price not known.
        """
        run = self.config.run
        return Settings(
            model=self.model,
            trials=self.trials,
            max_tokens=self.max_tokens,
            concurrency=self.concurrency,
            timeout_s=self.timeout_s,
            seed=self.seed,
            interleaved=self.interleaved,
            limits=Limits(run.retries, run.deadline_s, run.requests_per_minute, run.tokens_per_minute),
            ledger=self.ledger if self.ledger is not None else self.new_ledger(),
        )

    def inheriting(self, agent: Agent) -> RunOptions:
        """Return these options with the agent's own model where ``anthropic:inherit`` is asked for.

        Raises:
            ConfigurationError: the agent file names no model that is known.
        """
        if self.model != INHERIT:
            return self
        return replace(self, model=inherited_model(agent.model, f"agent {agent.name}"))

    def provider_options(self, on_fetch: Callable[[int, int], None] = no_watch) -> ProviderOptions:
        """Return how the model is reached.

        Args:
            on_fetch: told (bytes so far, bytes in all) while weights are fetched.
        """
        return ProviderOptions(
            timeout_s=self.timeout_s,
            on_fetch=on_fetch,
            prompt_cache=self.config.run.prompt_cache,
            planning=self.planning,
        )

    def new_ledger(self) -> Ledger:
        """Return an empty ledger with the limits of these options.

        Raises:
            ConfigurationError: the cost is limited, and the model's price is not known.
        """
        price = price_of(self.model, self.config.prices)
        if price is not None and self.batch:
            price = price.batched
        return Ledger(price, self.max_cost, self.max_tokens_total)

    def batch_rules(self) -> BatchRules:
        """Return how batches are made and waited for.

        Raises:
            ConfigurationError: the deadline is not above 0.
        """
        batch = self.config.batch
        hours = batch.deadline_h if self.batch_deadline_h is None else self.batch_deadline_h
        return BatchRules(
            first_poll_s=batch.first_poll_s,
            longest_poll_s=batch.longest_poll_s,
            deadline_s=hours * 3_600,
            max_requests=batch.max_requests,
            max_bytes=batch.max_bytes,
            resubmit_doubtful=self.resubmit_doubtful,
        )
