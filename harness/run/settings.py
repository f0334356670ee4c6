"""The settings of a run: how a model is asked, how often, and how hard to try."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.core.errors import ConfigurationError
from harness.providers.registry import default_parameters
from harness.run.budget import Ledger
from harness.run.limits import Limits

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run asks its model.

    Only ``model``, ``max_tokens``, ``seed`` and ``parameters`` alter answers and so are part of each
    request; the rest may change between two runs that share samples.

    Attributes:
        model: ``provider:name``.
        trials: how often each case is asked, each time as a request of its own.
        max_tokens: longest answer, in tokens.
        concurrency: calls in flight at most; a provider may allow fewer.
        timeout_s: seconds one attempt may take.
        seed: start of the random numbers of providers that take a seed (``local``).
        parameters: sampling parameters as the provider names them; they win over its defaults.
        first_trial: number of the first trial; a number that no run has used asks for fresh answers.
        interleaved: the variants answer each case in turns, instead of one after the other.
        limits: how often and how fast the model is asked.
        ledger: what is spent, and what may be.
    """

    model: str
    trials: int = 1
    max_tokens: int = 2_048
    concurrency: int = 8
    timeout_s: float = 600.0
    seed: int = 0
    parameters: dict[str, Any] = field(default_factory=dict)
    first_trial: int = 1
    interleaved: bool = False
    limits: Limits = field(default_factory=Limits)
    ledger: Ledger = field(default_factory=Ledger, compare=False)

    def __post_init__(self) -> None:
        least = {"first_trial": 1, "trials": 1, "max_tokens": 1, "concurrency": 1}
        for name, low in least.items():
            value = getattr(self, name)
            if value < low:
                raise ConfigurationError(f"{name} is {value}; it must be at least {low}")
        if not self.timeout_s > 0:
            raise ConfigurationError(f"timeout_s is {self.timeout_s}; it must be more than 0 seconds")

    def request_parameters(self) -> dict[str, Any]:
        """Return the parameters every request of the run carries: the provider's defaults and ours.

        Raises:
            ConfigurationError: the model is not known, or its file does not exist.
        """
        return default_parameters(self.model, self.seed) | self.parameters
