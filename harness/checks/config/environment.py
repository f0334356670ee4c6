"""R04: configuration comes from the environment."""

from __future__ import annotations

from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.config.secrets.find import hardcoded_secrets
from harness.checks.config.secrets.place import told
from harness.checks.config.surface import is_cut_off, surface_of
from harness.core.types import Decision, Finding, Outcome

__all__ = ["Environment"]

MAX_FINDINGS = 200


class Environment(Check):
    """Addresses, ports, credentials and keys come from the environment, or from a module that reads it.

    What no deployment may fix in code fails as a literal: a secret (also one that stands in where a variable
    is not set), the address or host of a database or broker, the port a server listens on. Reading the
    environment is told from ``process.env``, ``os.environ``, ``env()``, settings classes and configuration
    modules; compose files and Dockerfiles that fill it, and environment files, count as well. Which other
    constants are configuration is left to a judge, so a pass means that no violation was seen.
    """

    id: ClassVar[str] = "config/environment"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Configuration via environment variables",
        "Use env vars for all settings",
        "All secrets and settings are read from the environment",
        "Keep configuration in the environment",
        "Use environment variables for secrets and configuration",
        "Settings live in environment variables",
        "Centralize configuration in environment variables",
        "Environment variables for sensitive configuration",
        "Secrets only through environment variables",
        "Secrets and settings come from environment variables",
        "Read secrets from environment variables",
        "All configuration comes from environment variables",
        "Take every piece of configuration from environment variables",
        "Read configuration and secrets from the environment",
        "Store config in env vars",
        "Use environment variables for configuration",
        "Environment variables for secrets",
        "Settings come from environment variables",
        "Load configuration from environment variables and validate it",
        "All settings come from the environment",
        "Settings are read from process.env",
        "Take settings from environment variables",
        "Every setting is an environment variable",
        "Values that differ between environments come from env vars",
        "Configure through environment variables only",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on all that configures the program of the answer."""
        program = exchange.program
        surface = surface_of(program)
        findings = _together(told(hardcoded_secrets(program)), surface.literals)
        if findings:
            more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
            return Decision(Outcome.FAIL, findings[0].message + more, findings[:MAX_FINDINGS])
        if any(is_cut_off(block) for block in program.answered):
            return Decision(Outcome.UNDECIDED, "the answer was cut off; until then nothing is fixed in code")
        if surface.unread:
            return Decision(Outcome.UNDECIDED, f"what is configured in {surface.unread} is not understood")
        if surface.reads:
            return Decision(Outcome.PASS, "no violation seen: what is configured comes from the environment")
        return Decision(Outcome.NOT_APPLICABLE, "nothing in the answer is configured")


def _together(secrets: tuple[Finding, ...], literals: list[Finding]) -> tuple[Finding, ...]:
    """Put the findings in order; a literal that is also a secret is told once."""
    taken = {(one.block, one.line) for one in secrets}
    found = [*secrets, *(one for one in literals if (one.block, one.line) not in taken)]
    return tuple(sorted(found, key=lambda one: (one.block, one.line, one.column)))
