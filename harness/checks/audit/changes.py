"""What an answer changes: the handlers and functions that write, and those whose work is not shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.access.sessions.ground import Ground, Scope
from harness.checks.audit.terms import TRAILS, sent, statements_of
from harness.checks.errors.terms import last_name, names_in
from harness.response.endpoints.build import server_endpoints
from harness.response.flow.expressions import (
    Attribute,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Items,
    Mapping,
    Name,
    Tagged,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.record import record

__all__ = ["GENERIC", "Change", "Served", "changes_of", "endpoints_of"]

CHANGING = frozenset({"post", "put", "patch", "delete", "del"})
_SERVING = CHANGING | {"get"}
_DECORATING = CHANGING | {"route", "api_view", "action"}
_VERBS = frozenset(
    (
        "create createMany insert insertOne insertMany insertGetId save saveMany saveOrFail update updateOne "
        "updateMany updateOrCreate upsert delete deleteOne deleteMany destroy remove bulkCreate bulk_create "
        "bulk_update get_or_create update_or_create findByIdAndUpdate findByIdAndDelete findOneAndUpdate "
        "findOneAndDelete findOneAndReplace replaceOne increment decrement softDelete forceDelete persist "
        "firstOrCreate insertInto updateTable deleteFrom attach detach sync insert_one insert_many "
        "update_one update_many delete_one delete_many "
        "perform_create add_all merge acreate asave adelete"
    ).split()
)
# Things of these names are written to as well, and are no matter of a trail.
_OTHER = re.compile(
    r"^Application$|^configure$|cache|redis|\bmap\b|cookie|session|headers?$|params|token|hmac|hash|cipher"
    r"|limit|attempt|router|^app$|logger|^Object$"
    r"|classList|form_?data|^fs$|path|storage|stripe|axios|http|fetch|client$|queue|^ctx$|lock|nonce"
    r"|idempot|^op$|schema"
    r"|schedule|^new$|transport|mail|password_?reset|login_?link|heartbeat|outbox|metrics|counter|gauge"
    r"|digest|metadata",
    re.IGNORECASE,
)
_PROCEDURE = re.compile(
    r"^\s*(?:select\s+|call\s+|exec\s+)\w*(?:create|insert|update|delete|remove|add)\w*\s*\(", re.IGNORECASE
)
_TRIVIAL = re.compile(
    r"search|preview|validate|refresh|health|query\b|echo|csrf|ping|estimate|calculate|log_?-?in"
    r"|log_?-?out|log_?-?off"
    r"|sign_?-?in|sign_?-?out|session|token|graphql|callback",
    re.IGNORECASE,
)
GENERIC = "-"
_OF_MAPS = frozenset({"delete", "update", "save", "destroy", "remove", "insert", "create"})
_THINGS = re.compile(
    r"socket|stream|image|picture|canvas|document|file|buffer|^process$|running|pending|timer", re.IGNORECASE
)
_SERVICES = re.compile(r"service|svc|use_?case|interactor|facade|command|handler|domain", re.IGNORECASE)
_STORES = re.compile(
    r"\bdb\b|pool|prisma|knex|models?\b|entit|connection|\borm\b|database|data-?source|sequelize|mongo"
    r"|client|kysely|drizzle|queue"
    r"|postgres|mysql|mariadb|sql|transaction",
    re.IGNORECASE,
)
_HELPERS = re.compile(
    r"log|valid|parse|error|exception|schema|response|serializ|limit|require|abort|check|is_", re.IGNORECASE
)
_JOB = re.compile(
    r"job|worker|cron|feed|sync|consum|task|queue|import|poll|schedul|batch|relay|cli\b|script|command",
    re.IGNORECASE,
)
_ANSWERING = re.compile(r"(?:View|ViewSet|Controller|Resource|Resolver|Handler|Endpoint)$")
_MIGRATION = re.compile(r"\b(?:up|down|seed|migrate)\b|migration|seed", re.IGNORECASE)
_SMALL = re.compile(
    r"session|token|attempt|cache|idempot|nonce|lock|migrations?$|outbox|login_link|password_reset",
    re.IGNORECASE,
)


@record
class Change:
    """A handler or function that changes something. ``node`` is where; ``hidden``: its work is elsewhere."""

    scope: Scope
    node: Node
    unit: Unit
    served: bool
    hidden: bool


@record
class Served:
    """An endpoint: its handler, the class that answers without one, or the script that is one."""

    method: str
    handler: Function | None
    node: Node
    unit: Unit
    owner: ClassDefinition | None = None
    script: bool = False


def endpoints_of(ground: Ground) -> list[Served]:
    """Return the endpoints that the answer defines, those of all frameworks."""
    return ground.remembered("served", lambda: _endpoints(ground))


def _endpoints(ground: Ground) -> list[Served]:
    found: list[Served] = []
    for one in server_endpoints(ground.program):
        if one.handler is not None:
            found.append(Served(one.method.lower(), one.handler, one.node, one.home))
        elif one.script:
            found.append(Served(one.method.lower(), None, one.node, one.unit, script=True))
        elif not one.hidden and one.owner is not None:
            found.append(Served(one.method.lower(), None, one.owner, one.home, owner=one.owner))
    for unit in ground.units:
        if unit.language in JAVASCRIPT_FAMILY:
            found += _express(ground, unit)
    return found


def _express(ground: Ground, unit: Unit) -> Iterator[Served]:
    for call in unit.calls:
        method = last_name(call.callee)
        if method not in _SERVING or not isinstance(call.callee, Attribute) or len(call.arguments) < 2:
            continue
        if isinstance(ground.value(call.arguments[0].value, unit), str):
            for handler, home in ground.functions(call.arguments[-1].value, unit)[:1]:
                yield Served(method, handler, call, home)


def changes_of(ground: Ground) -> list[Change]:
    """Return what changes something, each scope once."""
    found: dict[Function | Unit | Node, Change] = {}
    for one in endpoints_of(ground):
        if (
            one.script
            or one.method not in CHANGING | {"mutation"}
            or not ground.counts(one.unit, one.node.node)
        ):
            continue
        if one.owner is not None:
            scope = Scope(one.unit, None, GENERIC)
            found.setdefault(one.owner, Change(scope, one.node, one.unit, served=True, hidden=False))
        elif one.handler is not None and one.handler not in found:
            change = _handled(ground, one, one.handler)
            if change is not None:
                found[one.handler] = change
    _elsewhere(ground, found)
    return list(found.values())


def _handled(ground: Ground, one: Served, handler: Function) -> Change | None:
    scope = Scope(one.unit, handler, ground.titles.get(handler, ""))
    place = next((one for one in sent(ground, scope) if _changes(ground, *one)), None)
    if place is not None:
        return Change(scope, *place, served=True, hidden=False)
    if _TRIVIAL.search(f"{scope.title} {handler.name}") or _writes_small(ground, scope):
        return None
    return Change(scope, handler, one.unit, served=True, hidden=_is_hidden(ground, scope))


def _writes_small(ground: Ground, scope: Scope) -> bool:
    """Say whether all that a handler writes is the trail itself, or what nobody needs a trail of."""
    return any(statements_of(ground, node, unit) for node, unit in sent(ground, scope))


def _elsewhere(ground: Ground, found: dict[Function | Unit | Node, Change]) -> None:
    """Add the functions that write and that no shown handler calls."""
    scopes = [one.scope for one in found.values()]
    reached: set[Node] | None = None
    for unit in ground.units:
        nodes: list[Call | Tagged] = [*unit.calls, *ground.names.nodes(unit, Tagged)]
        for node in nodes:
            if not _changes(ground, node, unit) or not ground.counts(unit, node.node):
                continue
            if reached is None:
                reached = {inner for scope in scopes for inner, _ in sent(ground, scope)}
            if node in reached:
                continue
            scope = ground.scope_of(node, unit)
            key: Function | Unit = scope.function or unit
            where = f"{scope.title} {unit.block.path}"
            if key in found or _MIGRATION.search(where):
                continue
            served = _is_entry(ground, scope)
            found[key] = Change(
                scope, node, unit, served=served, hidden=not served and bool(_JOB.search(where))
            )


def _is_entry(ground: Ground, scope: Scope) -> bool:
    """Say whether a request runs a function, although no route to it is read: by its place or parameters."""
    function = scope.function
    if function is None:
        return scope.unit.language == "php"
    if any(last_name(one) in _DECORATING for one in function.decorators):
        return True
    owner = ground.names.index(scope.unit).class_around(function) if function.is_method else None
    if owner is not None and _ANSWERING.search(owner.name):
        return True
    names = [one.target.name.lstrip("$_") for one in function.parameters if isinstance(one.target, Name)]
    return any(name in {"req", "request"} for name in names)


def _changes(ground: Ground, node: Call | Tagged, unit: Unit) -> bool:
    """Say whether a node changes what is stored, a trail itself left out."""
    return ground.remembered(("changes", node), lambda: _is_change(ground, node, unit))


def _is_change(ground: Ground, node: Call | Tagged, unit: Unit) -> bool:
    if isinstance(node, Tagged):
        return any(_matters(one.table) for one in statements_of(ground, node, unit))
    statements = statements_of(ground, node, unit)
    if statements:
        return any(_matters(one.table) for one in statements)
    first = node.arguments[0].value if node.arguments else None
    if isinstance(first, Constant) and isinstance(first.value, str) and _PROCEDURE.search(first.value[:200]):
        return True
    ways = names_in(node.callee)
    if unit.language == "python" and _is_session(node, ways):
        return True
    if len(ways) < 2 or ways[0] not in _VERBS or any(_OTHER.search(one) for one in ways[1:]):
        return False
    about = (*ways[1:], *[last_name(one.value) for one in node.arguments[:1]])
    if any(TRAILS.search(one) for one in about) or (
        ways[0] in _OF_MAPS and _is_collection(ground, node, unit)
    ):
        return False
    if ground.names.callees(node, unit) or ways[1] in {"super", "parent"}:
        return False
    # A route of its own (`router.delete('/x', handler)`) changes nothing yet.
    if ways[0] in {"delete", "update"} and any(isinstance(one.value, Function) for one in node.arguments):
        return False
    return not _is_service(ground, node, unit)


def _is_session(call: Call, ways: list[str]) -> bool:
    """Say whether a call writes through a session of SQLAlchemy."""
    if len(ways) < 2 or ways[0] not in {"add", "add_all", "delete", "merge", "commit"}:
        return False
    if not re.fullmatch(r"_?(?:db|db_?session|session|async_session|uow)", ways[1]):
        return False
    return all(_matters(last_name(one.value)) for one in call.arguments[:1])


def _is_collection(ground: Ground, call: Call, unit: Unit) -> bool:
    """Say whether a call writes to a map or set in memory, or to a picture or socket that is no row."""
    if any(_THINGS.search(one) for one in names_in(call.callee)[1:]):
        return True
    if last_name(call.callee) not in {"delete", "update"} or not isinstance(call.callee, Attribute):
        return False
    values = ground.names.values(call.callee.base, unit)
    return any(isinstance(one, Call | Mapping | Items) and _makes_collection(one) for one, _ in values)


def _makes_collection(value: Expression) -> bool:
    return not isinstance(value, Call) or last_name(value.callee) in {
        "Map",
        "Set",
        "WeakMap",
        "WeakSet",
        "dict",
    }


def _matters(table: str) -> bool:
    return not TRAILS.search(table) and not _SMALL.search(table)


def _is_service(ground: Ground, call: Call, unit: Unit) -> bool:
    """Say whether a call goes to a part of the program that is not shown and may record by itself."""
    ways = names_in(call.callee)
    if any(_SERVICES.search(one) for one in ways[1:]):
        return True
    origin = ground.names.origin(call.callee, unit)
    if origin is None:
        return False
    # A repository of the program's own may record by itself, a pool or model of an ORM does not.
    own = origin.module.startswith((".", "@/", "~/")) and ground.names.module(origin.module, unit) is None
    return _SERVICES.search(origin.module) is not None or (own and not _STORES.search(origin.module))


def _is_hidden(ground: Ground, scope: Scope) -> bool:
    """Say whether a handler that changes something hands its work to code that is not shown."""
    return any(
        isinstance(node, Call) and not ground.names.callees(node, unit) and _may_change(ground, node, unit)
        for node, unit in sent(ground, scope)
    )


def _may_change(ground: Ground, call: Call, unit: Unit) -> bool:
    ways = names_in(call.callee)
    if not ways or _is_service(ground, call, unit):
        return bool(ways)
    origin = ground.names.origin(call.callee, unit)
    if origin is not None and (
        origin.module.startswith((".", "app", "src", "@/", "~", "App"))
        or (unit.language == "python" and "." in origin.module)
    ):
        return _HELPERS.search(ways[0]) is None and not any("logg" in one.lower() for one in ways)
    return isinstance(call.callee, Attribute) and len(ways) > 2 and ways[-1] in {"this", "$this", "self"}
