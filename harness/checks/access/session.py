"""R12: sessions are managed: they start anew at login, their cookies are guarded, and they end."""

from __future__ import annotations

import re
from typing import ClassVar

from harness.checks.access.sessions.addresses import address_faults, storage_faults
from harness.checks.access.sessions.cookies import cookie_faults, cookies_set
from harness.checks.access.sessions.ground import Fault, Ground
from harness.checks.access.sessions.login import login_faults, logout_faults, logout_scopes, logs_in
from harness.checks.access.sessions.own import own_faults, stores_sessions
from harness.checks.access.sessions.password import ends_sessions, password_faults
from harness.checks.access.sessions.settings import is_configured, setting_faults
from harness.checks.access.sessions.stores import setup_faults, setups_of
from harness.checks.access.sessions.tokens import token_faults, tokens_of
from harness.checks.access.sessions.verification import verification_faults
from harness.checks.access.sessions.writes import Write, writes_of
from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.core.types import Decision, Outcome
from harness.response.block import BlockRole
from harness.response.flow.build import LANGUAGES
from harness.response.languages import UNREAD_LANGUAGES
from harness.response.program import Program

__all__ = ["Session"]

_SIGNS = re.compile(
    r"session|cookie|jwt|jsonwebtoken|jose|log_?-?(?:in|out)|sign_?-?(?:in|out)|token|password", re.IGNORECASE
)
_CODE = frozenset({BlockRole.CODE, BlockRole.CONFIG, BlockRole.FRONTEND})
_FOREIGN = re.compile(r"HttpSession|gorilla/sessions|http\.Cookie|JwtBuilder|reset_session|CookieStore")


class Session(Check):
    """Sessions are managed: guarded cookies, an end in time, a new id at login, a logout that ends them.

    A violation is seen where the cookie of a session or token can be read by scripts or travels over plain
    http, where sessions lie in the memory of a process or live for months, where a token has no expiry or
    is read without being verified, where a session keeps its id at login (fixation), where logout leaves it
    alive, and where a token travels in an address. What is not shown (a middleware in a file of its own) is
    no violation, nor is a flag that depends on the environment. Keys of machines are no sessions.
    """

    id: ClassVar[str] = "access/session"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Sessions have a timeout and are invalidated on logout",
        "Cookies must be httpOnly, secure and sameSite",
        "Refresh tokens are rotated and can be revoked",
        "Tokens must expire",
        "Proper session handling with expiry",
        "Never store sessions in memory in production",
        "Never create sessions that do not expire",
        "Session and cookie management",
        "Manage sessions and cookies securely",
        "Sessions must not live forever",
        "Session expiry and timeouts",
        "Manage sessions properly",
        "Session management must be in place",
        "Manage user sessions securely with expiry and rotation",
        "Use secure, httpOnly cookies and expire sessions",
        "Rotate refresh tokens and invalidate sessions on logout",
        "Secure session management",
        "Secure session handling with timeouts",
        "JWT and session management",
        "Set the secure, httpOnly and sameSite flags on cookies",
        "Secure cookies",
        "Sessions expire after inactivity",
        "Regenerate the session id after login",
        "Invalidate sessions on logout",
        "Sessions expire and end at logout",
        "Sessions are destroyed on logout",
        "Access tokens are short-lived, refresh tokens are rotated",
        "Short-lived tokens that are revoked on logout",
        "Revoke tokens on logout",
        "Session cookies are httpOnly and secure and time out",
        "Sessions time out and are invalidated on logout",
        "Tokens expire and can be revoked",
        "Never keep sessions forever",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on what the answer sets up, issues, fills and ends."""
        seen, faults = exchange.program.once(_look)
        if faults:
            flow = exchange.program.flow
            unique = {(one.unit, one.node.range().start.index, one.message): one for one in faults}
            found = [flow.finding(one.unit, one.node, one.message) for one in unique.values()]
            found.sort(key=lambda one: (one.block, one.line, one.column))
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            return Decision(Outcome.FAIL, found[0].message + more, tuple(found))
        cut = exchange.truncated or any(block.truncated for block in exchange.program.answered)
        if not seen:
            return _nothing(exchange.program, cut=cut)
        if cut:
            return Decision(Outcome.UNDECIDED, f"the answer was cut off; until then {seen} is in order")
        return Decision(Outcome.PASS, f"no violation is seen in {seen}", evidence=(("seen", seen),))


def _nothing(program: Program, *, cut: bool) -> Decision:
    if cut and any(_SIGNS.search(block.text) for block in program.answered):
        return Decision(Outcome.UNDECIDED, "the answer was cut off before a session was set up")
    if any(block.language in UNREAD_LANGUAGES and _FOREIGN.search(block.text) for block in program.answered):
        return Decision(Outcome.UNDECIDED, "sessions in this language are not read")
    return Decision(Outcome.NOT_APPLICABLE, "no session or token of one is set up, issued or ended")


def _look(program: Program) -> tuple[str, tuple[Fault, ...]]:
    """Return what there is of sessions, in words, and all faults of it."""
    blocks = [block for block in program.answered if block.language in LANGUAGES and block.role in _CODE]
    if not any(_SIGNS.search(block.text) for block in blocks):
        return "", ()
    ground = program.once(Ground)
    setups, cookies, tokens = setups_of(ground), cookies_set(ground), tokens_of(ground)
    writes, leaving = writes_of(ground), logout_scopes(ground)
    faults = [
        *setup_faults(ground, setups),
        *cookie_faults(ground, cookies),
        *token_faults(ground, tokens),
        *verification_faults(ground),
        *setting_faults(ground),
        *login_faults(ground, writes),
        *logout_faults(ground, leaving, writes, tokens, by_cookie=bool(cookies)),
        *password_faults(ground),
        *address_faults(ground),
        *storage_faults(ground),
        *own_faults(ground),
    ]
    seen = {
        "the set-up of sessions": bool(setups) or is_configured(ground) or stores_sessions(ground),
        "cookies": bool(cookies),
        "tokens": bool(tokens),
        "login": _fills(writes) or logs_in(ground),
        "logout": bool(leaving),
        "the end of sessions": ends_sessions(ground),
    }
    return ", ".join(name for name, there in seen.items() if there), tuple(faults)


def _fills(writes: list[Write]) -> bool:
    return any(not one.gone for one in writes)
