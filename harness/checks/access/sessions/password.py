"""What becomes of sessions when the password changes, and whether the answer ends sessions at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from harness.checks.access.sessions.ground import Fault, Ground, Scope
from harness.checks.errors.terms import last_name, names_in
from harness.response.flow.expressions import Attribute, Call, Constant, Expression, Tagged, Text
from harness.response.flow.statements import Unit
from harness.response.languages import JAVASCRIPT_FAMILY

__all__ = ["ends_sessions", "password_faults"]

_PASSWORD = re.compile(r"pass(?:word|wd|phrase)?", re.IGNORECASE)
_SURVIVES = re.compile(
    r"destroy|invalidate|flush|revoke|regenerat|deny|black_?list|block_?list|session|token|cycle_?key|logout"
    r"|(?:end|close|kill|sign_?out)_?(?:all|other|every)|auth_?hash|version|epoch",
    re.IGNORECASE,
)
_KEEPS = re.compile(
    r"session_(?:regenerate_id|destroy)|(?:regenerate|invalidate|destroy|flush|cycle_key|close_?all|end_?all|revoke\w*)"
    r"\.[\w.()$]*sessions?\b|django\.contrib\.auth\.log(?:in|out)|\blog(?:in|out)_user\b|\b(?:login|logout|attempt)\.Auth\b"
    r"|(?:close_?all|end_?all|revoke_?all)\b.*sessions?",
    re.IGNORECASE,
)
_TABLES = re.compile(r"\b(?:from|into|update)\s+\w{0,20}sessions\b", re.IGNORECASE)
_UPDATES = re.compile(r"\bupdate\s+[\w.\"`\[\]]{1,60}\s+set\b[^;]{0,400}?\bpass", re.IGNORECASE)


# A new password.


def password_faults(ground: Ground) -> Iterator[Fault]:
    """Yield changes of a password after which the sessions of a thief go on."""
    for unit in ground.units:
        if unit.language not in JAVASCRIPT_FAMILY or not _PASSWORD.search(unit.block.text):
            continue
        nodes: list[Constant | Text | Tagged] = [
            *ground.names.nodes(unit, Constant),
            *ground.names.nodes(unit, Text),
            *ground.names.nodes(unit, Tagged),
        ]
        for node in nodes:
            if not _sets_password(node) or not ground.counts(unit, node.node):
                continue
            scope = ground.scope_of(node, unit)
            if scope.function is None or not _PASSWORD.search(scope.title):
                continue
            if ground.remembered(("password", scope.function), partial(_survive, ground, scope)):
                message = "a new password ends no session: whoever is logged in with the old one stays so"
                yield Fault(unit, node.node, message)


def _survive(ground: Ground, scope: Scope) -> bool:
    return _uses_session(ground, scope) and not _ends_others(ground, scope)


def _sets_password(node: Constant | Text | Tagged) -> bool:
    parts: tuple[Expression, ...] = (node,) if isinstance(node, Constant) else node.parts
    text = "".join(str(one.value)[:600] if isinstance(one, Constant) else "x" for one in parts[:40])[:600]
    return "pass" in text.lower() and _UPDATES.search(text) is not None


def _uses_session(ground: Ground, scope: Scope) -> bool:
    return any(
        isinstance(node, Attribute)
        and node.name == "session"
        and last_name(node.base) in {"req", "request", "ctx"}
        for node, _ in ground.reach(scope)
    )


def _ends_others(ground: Ground, scope: Scope) -> bool:
    for node, _ in ground.reach(scope):
        name = last_name(node.callee) if isinstance(node, Call) else ""
        if name and _SURVIVES.search(name):
            return True
        if isinstance(node, Call) and any(
            _SURVIVES.search(one) for one in names_in(node.callee) if one != "session"
        ):
            return True
        value = node.value if isinstance(node, Constant) and isinstance(node.value, str) else ""
        if re.search(r"sessions?\b|tokens?\b|version|epoch", value, re.IGNORECASE) and re.search(
            r"\b(?:update|delete|insert)\b", value, re.IGNORECASE
        ):
            return True
    return False


# The end of sessions, wherever it stands.


def ends_sessions(ground: Ground) -> bool:
    """Say whether the answer renews or ends sessions, or looks one up."""
    for unit in ground.units:
        if "ession" not in unit.block.text and "ogout" not in unit.block.text:
            continue
        for call in unit.calls:
            words = ".".join([*names_in(call.callee), ground.origin(call.callee, unit)])
            if _KEEPS.search(words):
                return True
        if _names_table(ground, unit):
            return True
    return False


def _names_table(ground: Ground, unit: Unit) -> bool:
    constants = [*ground.names.nodes(unit, Constant)]
    for text in ground.names.nodes(unit, Text):
        constants += [one for one in text.parts if isinstance(one, Constant)]
    return any(isinstance(one.value, str) and _TABLES.search(one.value[:2_000]) for one in constants)
