"""R10: sensitive data is encrypted on its way and at rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.crypto.columns import plain_columns
from harness.checks.crypto.kept import kept_open
from harness.checks.crypto.settings import open_settings
from harness.checks.crypto.transport import open_ways
from harness.checks.security.weaknesses import CRYPTOGRAPHY, weaknesses_of
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import BlockRole
from harness.response.program import Program

__all__ = ["Encrypted"]

_SERVED = frozenset({BlockRole.CODE, BlockRole.SCRIPT, BlockRole.CONFIG, BlockRole.SHELL, BlockRole.FRONTEND})
# What is worth protecting, and signs that something is protected. Both are searched in small letters, since
# ignoring case costs ten times as much, and so does a pattern that begins with the edge of a word.
_SENSITIVE = re.compile(
    r"passw|secret|sha-?(?:256|384|512)|access\w{0,3}token|auth\w{0,3}token|refresh\w{0,3}token|reset\w{0,3}token"
    r"|api\w{0,3}token|bearer\w{0,3}token|session\w{0,3}token|jwt|encrypt|decrypt|cipher|bcrypt|argon2|scrypt"
    r"|pgcrypto|https?://|sslmode|card_?number|diagnos|patient|salary|passport|cookie|express-session|certificate"
)
_SENSITIVE_WORDS = ("kms", "ssl", "tls", "iban", "ssn", "cvv", "hmac")
_SENSITIVE_WORD = re.compile(r"\b(?:kms\b|ssl|tls|iban\b|ssn\b|cvv\b|hmac)")


class Encrypted(Check):
    """Sensitive data is encrypted in transit and at rest: no violation is seen.

    Connections verify the other side and are not made without TLS to other hosts, session cookies only travel
    by HTTPS, passwords are kept as slow hashes, ciphers are sound and show changes, secrets come from a
    generator that cannot be predicted. Whether every piece of sensitive data was thought of cannot be seen.
    """

    id: ClassVar[str] = "crypto/encrypted"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Passwords are hashed with argon2",
        "Encrypt all sensitive data",
        "Data is encrypted in transit and at rest",
        "All traffic uses TLS",
        "Use HTTPS everywhere",
        "Never send data over plain HTTP",
        "Store passwords hashed",
        "Secure password hashing",
        "All sensitive data is encrypted",
        "Enforce TLS for inbound and outbound connections",
        "Use TLS",
        "Hash passwords with bcrypt",
        "Hash passwords, never store them in plain text",
        "Encrypt sensitive data both in transit and at rest",
        "Sensitive data is encrypted, at rest as well as in transit",
        "Use TLS for all connections and hash passwords",
        "Encrypt data at rest and in transit",
        "Encryption at rest",
        "Encrypt sensitive data",
        "Never store sensitive data unencrypted",
        "Use TLS for all connections",
        "Hash passwords",
        "Never store passwords in plain text",
        "Data encryption in transit and at rest",
        "Passwords are hashed with bcrypt or argon2",
        "Passwords are never stored in plain text",
        "Never use MD5 or SHA1 for passwords",
        "Never hash passwords with MD5 or SHA-1",
        "Personal data is encrypted in the database and in transit",
        "Encrypt personal data at rest and in transit",
        "Traffic is encrypted with TLS and sensitive columns at rest",
        "Store sensitive fields encrypted and use TLS for connections",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on connections, cookies, hashes and ciphers."""
        program = exchange.program
        served = [block for block in program.answered if block.role in _SERVED and block.text.strip()]
        found = program.once(_seen)
        if found:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            return Decision(Outcome.FAIL, found[0].message + more, found)
        if not any(_is_sensitive(block.text.lower()) for block in served):
            return Decision(Outcome.NOT_APPLICABLE, "no sensitive data is stored or sent")
        if program.limits or exchange.truncated or any(block.truncated for block in program.answered):
            return Decision(Outcome.UNDECIDED, "the answer was cut off, or is too large to be read whole")
        return Decision(
            Outcome.PASS, "no violation seen; that all sensitive data is encrypted, code alone cannot say"
        )


def _seen(program: Program) -> tuple[Finding, ...]:
    """Find all violations of a program, in the order of their places."""
    places = {(one.block, one.line, one.column): one for one in _found(program)}
    return tuple(places[place] for place in sorted(places))


def _found(program: Program) -> Iterator[Finding]:
    flow = program.flow
    for weakness in program.once(weaknesses_of):
        if weakness.category == CRYPTOGRAPHY and not flow.is_counter_example(
            weakness.unit, weakness.place.node
        ):
            yield flow.finding(weakness.unit, weakness.place.node, weakness.message)
    yield from open_ways(program)
    yield from plain_columns(program)
    yield from kept_open(program)
    yield from open_settings(program)


def _is_sensitive(lowered: str) -> bool:
    if _SENSITIVE.search(lowered):
        return True
    return any(word in lowered for word in _SENSITIVE_WORDS) and bool(_SENSITIVE_WORD.search(lowered))
