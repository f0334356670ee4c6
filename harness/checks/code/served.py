"""The functions whose results somebody takes for real, and what they give out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.checks.errors.terms import called, entries_of, last_name, names_in, title_of
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Await, Call, Constant, Entry, Expression, Function, Mapping
from harness.response.flow.statements import Return, Unit
from harness.response.flow.walk import walk

__all__ = ["ANSWERS", "Served", "is_remark", "is_static", "is_timer", "served_in"]

ANSWERS = frozenset(
    "json send end status jsonify Response JsonResponse JSONResponse make_response json_encode".split()
)
_SERVES_NOBODY = re.compile(
    r"(?:Factory|Builder|Schema|Tests?|Spec|Seeder|Fixtures?|Serializer|Model|Dto|DTO|Migration|Docs?|Config|Options)$"
)
_NULL_OBJECT = re.compile(
    r"^(?:Null|Noop|NoOp|Console|Log|Logging|Local|Dev|Test|Memory|InMemory|Abstract|Base)(?=[A-Z])"
)
_DECORATED = frozenset("Get Post Put Patch Delete All Query Mutation ResolveField".split())
_VERBS = frozenset("get post put patch delete all".split())
_RESOLVED = frozenset({"Query", "Mutation", "Subscription"})
_STATIC = re.compile(
    r"health|live|ready|ping|status|version|info|metrics|robots|docs|openapi|enum|countries|currenc|config"
    r"|constants?|options|features|categories|languages|timezones|plans|permissions|roles|menu|schema|types",
    re.IGNORECASE,
)
_TIMERS = frozenset({"setTimeout", "sleep", "usleep", "delay", "wait"})
# Calls that get nothing from anywhere: they turn what is there, tell the time, make an identifier.
_IDLE = frozenset(
    (
        "next Number String Boolean parseInt parseFloat int str float bool len isNaN now toISOString "
        "isoformat time "
        "uniqid uuid4 uuid v4 randomUUID nanoid random floor round ceil toFixed randint random_int "
        "mt_rand rand uniform "
        "stringify find filter map slice some every includes get keys values entries from range list dict "
        "sorted "
        "sort reverse findIndex toLowerCase lower upper toUpperCase trim strip split join toString strval "
        "intval format "
        "padStart date Date utcnow datetime timezone header set code type status json send jsonify hex "
        "token_hex "
        "set_status uptime abort HTTPException push append Promise setTimeout sleep usleep delay wait "
        "resolve array_filter "
        "array_values count collect first where response res reply max min Math abs Map Set"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Served:
    """A function that serves somebody: what it gives out, and whether it does any work for it."""

    function: Function
    name: str
    is_entry: bool
    answers: tuple[Expression, ...]
    waits: tuple[Call, ...]
    works: bool


def served_in(flow: Flow, unit: Unit) -> Iterator[Served]:
    """Yield the handlers of requests, resolvers and methods of services of a unit."""
    entries = entries_of(unit, flow)
    inner: dict[Function, list[Function]] = {}
    for function in unit.functions:
        around = flow.names.enclosing(function, unit)
        if around is not None:
            inner.setdefault(around, []).append(function)
    for function in unit.functions:
        if function.is_abstract or flow.is_counter_example(unit, function.node):
            continue
        is_entry = function in entries or _is_resolver(flow, unit, function)
        if is_entry or _is_service(function) or _is_exported(flow, unit, function):
            yield _served(flow, unit, function, inner, is_entry=is_entry)


def _is_service(function: Function) -> bool:
    owner = function.owner
    return bool(owner) and not _SERVES_NOBODY.search(owner) and not _NULL_OBJECT.search(owner)


def _is_exported(flow: Flow, unit: Unit, function: Function) -> bool:
    """Tell whether a function stands at the top of a module, for others to call."""
    return (
        bool(title_of(flow, unit, function))
        and not function.owner
        and flow.names.enclosing(function, unit) is None
    )


def _is_resolver(flow: Flow, unit: Unit, function: Function) -> bool:
    if any(called(one, unit) in _DECORATED for one in function.decorators) or _is_routed(
        flow, unit, function
    ):
        return True
    for around in flow.names.path_to(function, unit)[:6]:
        if isinstance(around, Mapping):
            outer = flow.names.parent(around, unit)
            if isinstance(outer, Mapping) and _key_of(outer, around) in _RESOLVED:
                return True
    return False


def _is_routed(flow: Flow, unit: Unit, function: Function) -> bool:
    """Tell whether a function is handed to a route: ``app.get('/todos', async () => todos)``."""
    call = flow.names.parent(function, unit)
    if not isinstance(call, Call) or last_name(call.callee) not in _VERBS or len(call.arguments) < 2:
        return False
    first, last = call.arguments[0].value, call.arguments[-1].value
    is_path = isinstance(first, Constant) and str(first.value).startswith("/")
    return is_path and last is function


def _key_of(mapping: Mapping, value: Expression) -> str:
    found: Entry | None = next((entry for entry in mapping.entries if entry.value is value), None)
    return str(found.key.value) if found is not None and isinstance(found.key, Constant) else ""


def _served(
    flow: Flow, unit: Unit, function: Function, inner: dict[Function, list[Function]], *, is_entry: bool
) -> Served:
    returns = flow.names.inside(function, unit, Return)
    answers: list[Expression] = [one.value for one in returns if one.value is not None]
    waits: list[Call] = []
    works = False
    for part in _with_inner(function, inner):
        works = works or any(not _only_waits(one.value) for one in flow.names.inside(part, unit, Await))
        for call in flow.names.inside(part, unit, Call):
            if call in part.decorators:
                continue
            name = last_name(call.callee)
            if name in ANSWERS:
                answers += [argument.value for argument in call.arguments]
            elif name in _TIMERS and is_timer(call):
                waits.append(call)
            works = works or not (name in _IDLE or name in ANSWERS or is_remark(call))
    return Served(function, title_of(flow, unit, function), is_entry, tuple(answers), tuple(waits), works)


def _with_inner(function: Function, inner: dict[Function, list[Function]]) -> Iterator[Function]:
    waiting = [function]
    while waiting:
        here = waiting.pop()
        yield here
        waiting += inner.get(here, ())


def _only_waits(value: Expression) -> bool:
    return any(isinstance(node, Call) and is_timer(node) for node in walk([value]))


def is_timer(call: Call) -> bool:
    """Tell whether a call waits for a time that is written down."""
    if last_name(call.callee) not in _TIMERS:
        return False
    return any(
        isinstance(one.value, Constant) and isinstance(one.value.value, int | float) and one.value.value
        for one in call.arguments
    )


def is_remark(call: Call) -> bool:
    """Tell whether a call only writes down that something happened."""
    names = names_in(call.callee)
    return any("log" in name.lower() or name in {"console", "print"} for name in names)


def is_static(flow: Flow, unit: Unit, function: Function) -> bool:
    """Say whether an endpoint is one whose answer is rightly constant, by its path or name."""
    if _STATIC.search(title_of(flow, unit, function)):
        return True
    call = flow.names.index(unit).parents.get(function)
    calls = (
        [call] if isinstance(call, Call) else [one for one in function.decorators if isinstance(one, Call)]
    )
    paths = [
        argument.value.value
        for one in calls
        for argument in one.arguments[:1]
        if isinstance(argument.value, Constant) and isinstance(argument.value.value, str)
    ]
    return any(_STATIC.search(path) or path == "/" for path in paths)
