"""The check ``config/no-hardcoded-values``."""

from __future__ import annotations

from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.config.secrets.find import counted_blocks, hardcoded_secrets, has_configuration
from harness.checks.config.secrets.place import told
from harness.core.types import Decision, Outcome
from harness.response.block import BlockRole

__all__ = ["NoHardcodedValues"]


class NoHardcodedValues(Check):
    """No secret stands in code or configuration; the environment, or a store for secrets, holds it.

    A secret is found by the name it is given (a password, an API key, a signing key), by where it is used
    (the key of ``jwt.sign``, the third argument of ``PDO``), by its shape (a token of a service, a private
    key, an address with a password), and as what stands in for a variable that is not set. Placeholders,
    captions, field names, references to the environment, hashes of passwords and what tests invent are no
    secrets. Other constants (limits, names, ports) may well be constant, so they are left to a judge.
    """

    id: ClassVar[str] = "config/no-hardcoded-values"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "No hardcoded values",
        "No magic URLs, ports or credentials in code",
        "Credentials must not be in the code",
        "Don't hardcode credentials or configuration",
        "Secrets must never be committed",
        "API keys must not appear in source code",
        "Never store secrets in code",
        "No hardcoded secrets or sensitive values",
        "Never hardcode passwords in source code",
        "Do not hardcode secrets in configuration files",
        "Never hardcode sensitive values, keep them in variables",
        "Nothing is hardcoded",
        "URLs, ports and keys are never hardcoded",
        "Never hardcode values that belong in environment variables",
        "No hardcoded secrets, credentials or API keys",
        "Avoid hardcoded URLs, ports and passwords",
        "Values are never hardcoded, they come from environment variables",
        "Never commit secrets to source code",
        "Never hardcode secrets",
        "Never hardcode configuration",
        "No secrets in code",
        "Never hardcode sensitive values",
        "Keep secrets out of the repository",
        "Never hardcode values",
        "Do not store credentials in source code",
        "Secrets never live in source code",
        "Keep credentials out of the code",
        "Never commit passwords or API keys",
        "Hardcoded URLs, ports and credentials are forbidden",
        "API keys and passwords do not appear in code",
        "No literal passwords, keys or URLs",
        "No secrets in source code",
        "No connection strings or passwords in source files",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the code and configuration of the answer."""
        program = exchange.program
        blocks = counted_blocks(program)
        findings = told(hardcoded_secrets(program))
        if findings:
            more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
            return Decision(Outcome.FAIL, findings[0].message + more, findings)
        if not has_configuration(program):
            return Decision(
                Outcome.NOT_APPLICABLE, "no code or file that would take anything from the environment"
            )
        if any(block.truncated and block.role is not BlockRole.SHELL for block in blocks):
            return Decision(Outcome.UNDECIDED, "the answer was cut off; until then no secret is written out")
        return Decision(Outcome.PASS, "no violation seen: no secret is written into code or configuration")
