"""What becomes of a session when somebody logs in or logs out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.access.sessions.ground import Fault, Ground, Scope
from harness.checks.access.sessions.stores import CLIENT_SIDE
from harness.checks.access.sessions.tokens import Token
from harness.checks.access.sessions.writes import Write
from harness.checks.errors.terms import last_name, names_in
from harness.response.flow.expressions import Assignment, Attribute, Call, Function, Name
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node, walk

__all__ = ["login_faults", "logout_faults", "logout_scopes", "logs_in"]

SHORT_LIFE = 3_600
_FIXED = (
    "the session keeps its id at login (fixation): whoever planted the id in the browser is logged in as well"
)
_NOT_CLEARED = "the session is not cleared at login: what somebody planted in it before stays (fixation)"
_IDENTITY = re.compile(
    r"^_?(?:current_?|auth_?|logged_?in_?)?(?:user|uid\b|account|customer|member|admin|role|logged|login|auth|isauth"
    r"|is_auth|is_admin|isadmin|is_logged|islogged|employee|staff|principal|subject|sub$|identity|profile|patient"
    r"|student|client|tenant|email|username)",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"log_?-?in|log_?-?on|sign_?-?in|callback|authenticate|/sessions?/?(?:\s|$)|start_?session|/auth/?(?:\s|$)|oauth",
    re.IGNORECASE,
)
_LOGOUT = re.compile(r"log_?-?out|log_?-?off|sign_?-?out|sign_?-?off", re.IGNORECASE)
_CHECKS = frozenset(
    (
        "compare compareSync verify password_verify check_password_hash checkpw check_password "
        "verify_password verifyPassword comparePassword validatePassword checkPassword"
    ).split()
)
_RENEWS = re.compile(
    r"regenerat|cycle_?key|renew|rotate|migrate|new_?session|^logi?n?_?in$|^login$|^log_user_in$|^login_user$"
    r"|^(?:start|create|open|establish|begin)_?session|reset_?session|^destroy$|^flush$|^invalidate$|session_destroy",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"destroy|invalidate|flush|clear(?!_?cookie)|revoke|delete(?!_?cookie)|remove|log_?out|logoff|sign_?out"
    r"|regenerat|deny|black|block_?list|expire|^end|_end|close|^del$|zrem|srem|forget|kill|terminate|unset|"
    r"session_unset|set_?ex|^set$|update|insert|save|create|cycle_?key|query|execute",
    re.IGNORECASE,
)


# Log in.


def login_faults(ground: Ground, writes: list[Write]) -> Iterator[Fault]:
    """Yield the log-ins that fill the session which the visitor brought along (fixation)."""
    told: set[Function | Unit] = set()
    for write in writes:
        if write.gone or not _IDENTITY.search(write.key):
            continue
        if write.kind == "javascript" and ground.modules & CLIENT_SIDE:
            continue
        scope = ground.scope_of(write.node, write.unit)
        key = scope.function or scope.unit
        if key in told or not _is_login(scope) or _LOGOUT.search(scope.title):
            continue
        told.add(key)
        if not _renews(ground, scope):
            yield Fault(write.unit, write.node.node, _NOT_CLEARED if write.kind == "flask" else _FIXED)


def _is_login(scope: Scope) -> bool:
    if _LOGIN.search(scope.title):
        return True
    nodes = walk(scope.body)
    return any(isinstance(node, Call) and _checks_password(node) for node in nodes)


def _checks_password(call: Call) -> bool:
    return last_name(call.callee) in _CHECKS or names_in(call.callee)[:2] == ["check", "Hash"]


def _renews(ground: Ground, scope: Scope) -> bool:
    for node, unit in ground.reach(scope):
        if isinstance(node, Attribute | Name) and _RENEWS.search(node.name):
            return True
        if isinstance(node, Attribute) and node.name == "clear" and last_name(node.base) == "session":
            return True
        if isinstance(node, Call) and _RENEWS.search(ground.name(node, unit)):
            return True
    return False


def logs_in(ground: Ground) -> bool:
    """Say whether a framework is told to log somebody in: it begins a session of its own then."""
    return any(
        _is_frameworks(call, unit) and ground.counts(unit, call.node)
        for unit in ground.units
        if _LOGIN.search(unit.block.text) or "attempt" in unit.block.text or "set_expiry" in unit.block.text
        for call in unit.calls
    )


def _is_frameworks(call: Call, unit: Unit) -> bool:
    names = names_in(call.callee)
    if unit.language == "python":
        first = call.arguments[0].value if len(call.arguments) > 1 else None
        of_django = (
            names == ["login"] and isinstance(first, Name | Attribute) and last_name(first) == "request"
        )
        return of_django or names in (["login_user"], ["set_expiry", "session", "request"])
    return names[:1] in (["login"], ["attempt"], ["logIn"]) and names[1:2] in (["Auth"], ["auth"], ["req"])


# Log out.


def logout_scopes(ground: Ground) -> list[Scope]:
    """Return the handlers that log somebody out."""
    found: list[Scope] = []
    for unit in ground.units:
        if not _LOGOUT.search(unit.block.text):
            continue
        for function in unit.functions:
            if function.is_abstract or ground.names.enclosing(function, unit) is not None:
                continue
            title = f"{ground.titles.get(function, '')} {ground.name_of(function, unit)}"
            if _LOGOUT.search(title) and ground.counts(unit, function.node):
                found.append(Scope(unit, function, title))
        if unit.language == "php" and _LOGOUT.search(unit.block.path):
            found.append(Scope(unit, None, unit.block.path))
    return found


def logout_faults(
    ground: Ground, scopes: list[Scope], writes: list[Write], tokens: list[Token], *, by_cookie: bool
) -> Iterator[Fault]:
    """Yield the log-outs after which a session or token goes on; one that cookies carry may end with them."""
    gone = {one.node: one for one in writes if one.gone}
    for scope in scopes:
        nodes = list(ground.reach(scope))
        taken = next((gone[node] for node, _ in nodes if node in gone), None)
        if any(_ends(node) for node, _ in nodes):
            continue
        if taken is not None:
            if taken.kind != "flask" and not ground.modules & CLIENT_SIDE:
                yield Fault(
                    taken.unit,
                    taken.node.node,
                    "logout leaves the session alive: its id is not ended, and what else is in it stays",
                )
        elif tokens and _is_served(ground, scope) and not _all_short(tokens):
            node = scope.unit.root if scope.function is None else scope.function.node
            yield Fault(
                scope.unit,
                node,
                "logout does nothing on the server: a stolen token works until it expires by itself",
            )
        elif by_cookie and _is_served(ground, scope) and not any(_drops_cookie(node) for node, _ in nodes):
            node = scope.unit.root if scope.function is None else scope.function.node
            yield Fault(scope.unit, node, "logout does nothing: the cookie stays, and what it stands for")


def _drops_cookie(node: Node) -> bool:
    return isinstance(node, Call) and last_name(node.callee).lower().endswith(("cookie", "cookies"))


def _ends(node: Node) -> bool:
    if isinstance(node, Call):
        name = last_name(node.callee)
        return _ENDS.search(name) is not None and not name.lower().endswith("cookie")
    if isinstance(node, Attribute):
        return node.name in {"destroy", "regenerate"}
    if isinstance(node, Assignment) and isinstance(node.target, Name | Attribute):
        # `req.session = null` and `$_SESSION = []`.
        return node.target.name in {"session", "$_SESSION"}
    return False


def _is_served(ground: Ground, scope: Scope) -> bool:
    """Say whether a handler is shown whole: it calls nothing but answers and what is shown."""
    if scope.function is None or scope.function not in ground.titles:
        return False
    for node, unit in ground.reach(scope):
        if isinstance(node, Call) and not ground.names.callees(node, unit):
            ways = [one.lower() for one in names_in(node.callee)]
            answers = ways[-1:] and ways[-1] in {"res", "reply", "response", "ctx", "c", "jsonify", "next"}
            logs = any("log" in one for one in ways)
            if (
                not answers
                and not logs
                and ways[:1] not in (["jsonresponse"], ["response"], ["depends"], ["dict"])
            ):
                return False
    return True


def _all_short(tokens: list[Token]) -> bool:
    return all(one.life is not None and one.life <= SHORT_LIFE for one in tokens if not one.refresh)
