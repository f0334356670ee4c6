"""Express applications and routers of a program: who registers what on whom, in which order.

An *event* is one call such as ``app.use('/api', limiter)`` or ``router.post('/users', guard, handler)``.
A router is known by the place that creates it, so that it stays one router through imports, parameters
and class fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ast_grep_py import SgNode

from harness.response.javascript.given import given_values, never_runs
from harness.response.javascript.handlers import Handler, flatten_handlers, handler_style
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Callee, Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    named,
    parameters_of_function,
    unwrap,
)
from harness.response.javascript.values import (
    ArrayValue,
    CallValue,
    ClassValue,
    FunctionValue,
    Global,
    Instance,
    Literal,
    Member,
    Parameter,
    Value,
    options_of,
    origin_of,
)
from harness.response.record import record

__all__ = [
    "METHODS",
    "Event",
    "Router",
    "RouterKey",
    "answers_graphql",
    "collect_events",
    "routers_of_handler",
]

METHODS = frozenset({"get", "post", "put", "patch", "delete", "del", "head", "options", "all"})
_CHAINED = METHODS | {"use", "set", "enable", "disable", "param", "engine", "route"}
_REGISTERS = METHODS | {"use", "param"}
# Callees whose name says all; others may be one in brackets, or have a computed name.
_PLAIN = frozenset({"member_expression", "identifier", "call_expression", "super", "import"}) | FUNCTION_KINDS
_ROUTER_MODULES = frozenset(
    {"express", "express-promise-router", "@root/async-router", "express-async-router"}
)
_APP_NAMES = frozenset({"app", "server", "application", "expressApp", "api"})
# What stands behind these answers GraphQL requests by itself.
_GRAPHQL_MODULES = frozenset(
    {
        "@apollo/server/express4",
        "@as-integrations/express5",
        "apollo-server-express",
        "express-graphql",
        "graphql-http/lib/use/express",
        "graphql-yoga",
    }
)
# Instances of other frameworks have methods of the same names: `(app: FastifyInstance) => app.post(...)`.
_OTHER_SERVERS = re.compile(r"(?:\w+\.)?(?:Fastify|Hono|Elysia|OpenAPIHono)")
# What an application of Express does not have.
_FASTIFY_ONLY = (".setErrorHandler(", ".addHook(", ".setNotFoundHandler(")
_MAX_FOLLOWED = 6
_MAX_CHAIN = 40

RouterKey: TypeAlias = tuple[str, object]


@record
class Router:
    """An application or a router. ``is_application``: nothing can be mounted above it.

    ``created`` is false when the program uses it without showing where it comes from.
    """

    key: RouterKey
    name: str
    is_application: bool
    created: bool


@record
class Event:
    """One registration on a router; ``order`` sorts the registrations as they run.

    ``method`` is ``use``, ``param`` or the HTTP method in lower case. ``paths`` are the path patterns; an
    empty tuple means every path, and ``*`` stands for a path that is computed.
    """

    router: Router
    method: str
    paths: tuple[str, ...]
    handlers: tuple[Handler, ...]
    node: SgNode
    unit: Unit
    order: tuple[int, ...]


def collect_events(resolver: Resolver, units: Iterable[Unit]) -> list[Event]:
    """Return all registrations of the units in the order in which they run."""
    events = [
        event
        for unit in units
        for callee in unit.callees
        if callee.kind not in _PLAIN
        or (callee.kind == "member_expression" and callee.name.lower() in _REGISTERS)
        if not _is_counter_example(callee.call, unit)
        for event in _events_of_call(resolver, callee, unit)
        if not never_runs(resolver, event.method, callee.call, unit)
    ]
    return sorted(events, key=lambda event: event.order)


def _is_counter_example(node: SgNode, unit: Unit) -> bool:
    lines = unit.block.counter_lines
    return bool(lines) and node.range().start.line + 1 in lines


def _events_of_call(resolver: Resolver, made: Callee, unit: Unit) -> list[Event]:
    call, callee = made.call, unwrap(made.node)
    if callee.kind() not in {"member_expression", "subscript_expression"}:
        return []
    method = (callee.field("property") or callee.field("index") or callee).text().strip("'\"").lower()
    if method not in _REGISTERS:
        return []
    target = callee.field("object")
    arguments = arguments_of(call)
    if target is None or not arguments:
        return []
    events: list[Event] = []
    for router, route_paths in _routers_of(resolver, resolver.resolve(target, unit), target, 0):
        paths, handlers = _split(resolver, arguments, unit)
        if route_paths is not None:
            paths, handlers = route_paths, flatten_handlers(resolver, arguments, unit)
        elif method != "use" and not paths:
            continue  # `app.get('env')`, `map.delete(key)`: no path, no route
        if not handlers or _of_another_framework(handlers, router, unit):
            continue
        order = _order(resolver, call, unit, 0)
        method = "delete" if method == "del" else method
        events.append(Event(router, method, paths, tuple(handlers), call, unit, order))
    return events


def _of_another_framework(handlers: Sequence[Handler], router: Router, unit: Unit) -> bool:
    """Say whether what is registered is no handler of Express, by what it takes: ``ctx``, or a ``reply``."""
    if not router.created and any(sign in unit.block.text for sign in _FASTIFY_ONLY):
        return True
    taken = [handler_style(one.value.node) for one in handlers if isinstance(one.value, FunctionValue)]
    return any(taken)


# Which router.


def _routers_of(
    resolver: Resolver, value: Value, node: SgNode, depth: int
) -> list[tuple[Router, tuple[str, ...] | None]]:
    """Return the routers that a value may be; with the path, where it is ``router.route(path)``."""
    found: list[tuple[Router, tuple[str, ...] | None]] = []
    for option in options_of(value):
        chained = _chained(resolver, option, node, depth)
        router = None if chained else _router(resolver, option, node, depth)
        found += chained if router is None else [(router, None)]
    return found


def _chained(
    resolver: Resolver, value: Value, node: SgNode, depth: int
) -> list[tuple[Router, tuple[str, ...] | None]]:
    """`app.use(a).get(b)` registers both on `app`; `router.route(path).get(h)` keeps its path."""
    if not isinstance(value, CallValue) or not isinstance(value.callee, Member) or depth > _MAX_CHAIN:
        return []
    if value.callee.name not in _CHAINED:
        return []
    below = _routers_of(resolver, value.callee.base, node, depth + 1)
    if value.callee.name != "route":
        return below
    paths, _ = _split(resolver, arguments_of(value.node), value.unit, handlers=False)
    return [(router, paths) for router, _ in below]


def _router(resolver: Resolver, value: Value, node: SgNode, depth: int) -> Router | None:
    if isinstance(value, (CallValue, Instance)):
        return _created_router(resolver, value, node, depth)
    if isinstance(value, Parameter):
        return _parameter_router(resolver, value, node, depth)
    if isinstance(value, Member) and isinstance(value.base, Parameter):
        return _handed_router(resolver, value, node, depth)
    if isinstance(value, Global):
        return _named_router(("global", value.name), value.name)
    if isinstance(value, Member) and isinstance(value.base, Instance):
        owner = value.base.callee
        key = owner.node if isinstance(owner, ClassValue) else value.name
        return _named_router(("field", (key, value.name)), value.name)
    origin = origin_of(value)
    if origin is not None and origin[0] != "global":
        return _named_router(("import", origin), node.text().split(".")[-1])
    return None


def _created_router(
    resolver: Resolver, value: CallValue | Instance, node: SgNode, depth: int
) -> Router | None:
    module, path = origin_of(value) or ("", ())
    if module == "global" and path and path[0] in {"express", "Router"}:
        # Answers leave the import out: `const app = express()`.
        module, path = "express", path[1:] if path[0] == "express" else path
    if module in _ROUTER_MODULES and path in {(), ("Router",), ("default",), ("application",)}:
        is_application = module == "express" and not path
        return Router(("created", value.node), node.text()[:40], is_application, created=True)
    if isinstance(value, CallValue) and isinstance(value.callee, FunctionValue) and depth < _MAX_FOLLOWED:
        for option in options_of(resolver.returned(value.callee)):
            router = _router(resolver, option, node, depth + 1)
            if router is not None:
                return router
    return None


def _parameter_router(resolver: Resolver, value: Parameter, node: SgNode, depth: int) -> Router | None:
    """A router that is handed to a function is the router of the caller, if the caller is shown."""
    for given in given_values(resolver, value) if depth < _MAX_FOLLOWED else ():
        router = None if _is_parameter(given) else _router(resolver, given, node, depth + 1)
        if router is not None:
            return router
    parameters = parameters_of_function(value.function)
    written = parameters[value.index].text() if value.index < len(parameters) else ""
    name, _, annotation = written.partition(":")
    if _OTHER_SERVERS.match(annotation.strip()):
        return None
    name = name.strip("? ")
    return _named_router(("parameter", (value.function, value.index)), name)


def _handed_router(resolver: Resolver, value: Member, node: SgNode, depth: int) -> Router | None:
    """``({ app }) => app.use(...)``: a router inside the object that a function is given."""
    for given in given_values(resolver, value) if depth < _MAX_FOLLOWED else ():
        router = None if _is_parameter(given) else _router(resolver, given, node, depth + 1)
        if router is not None:
            return router
    if not isinstance(value.base, Parameter):
        return None
    key = ("parameter", (value.base.function, value.base.index, value.name))
    return _named_router(key, value.name)


def _is_parameter(value: Value) -> bool:
    while isinstance(value, Member):
        value = value.base
    return isinstance(value, Parameter)


def _named_router(key: RouterKey, name: str) -> Router | None:
    """A router whose creation is not shown is recognised by its name alone.

    It is never an application in our sense: what was registered on it before is not shown either.
    """
    if name not in _APP_NAMES and not name.lower().endswith(("router", "routes", "app")):
        return None
    return Router(key, name, is_application=False, created=False)


# Paths and handlers.


def _split(
    resolver: Resolver, arguments: list[SgNode], unit: Unit, *, handlers: bool = True
) -> tuple[tuple[str, ...], list[Handler]]:
    """Separate the leading path argument from the handlers."""
    if not arguments:
        return (), []
    paths = _paths(resolver, arguments[0], unit)
    rest = arguments if paths is None else arguments[1:]
    return paths or (), flatten_handlers(resolver, rest, unit) if handlers else []


def _paths(resolver: Resolver, node: SgNode, unit: Unit) -> tuple[str, ...] | None:
    node = unwrap(node)
    if node.kind() == "regex":
        return ("*",)
    if node.kind() in {"template_string", "binary_expression"}:
        value = resolver.resolve(node, unit)
        return (value.value,) if isinstance(value, Literal) and isinstance(value.value, str) else ("*",)
    found: list[str] = []
    for option in options_of(resolver.resolve(node, unit)):
        if isinstance(option, Literal) and isinstance(option.value, str):
            found.append(option.value)
        elif isinstance(option, ArrayValue):
            inner = [_paths(resolver, part, option.unit) for part in named(option.node)]
            if not inner or any(part is None for part in inner):
                return None
            found += [path for part in inner for path in part or ()]
        elif isinstance(option, Member) and _names_a_path(option):
            found.append("*")
    return tuple(found) or None


def _names_a_path(value: Member) -> bool:
    """``config.apiPrefix`` and ``ROUTES.users`` are paths though their text is not shown."""
    return value.name.lower().endswith(("prefix", "path", "url", "route", "base", "endpoint"))


# Order.


def _order(resolver: Resolver, call: SgNode, unit: Unit, depth: int) -> tuple[int, ...]:
    """Return a sort key: a registration inside a function runs where that function is called."""
    position = call.range().end.index
    for up in call.ancestors():
        if up.kind() not in FUNCTION_KINDS:
            continue
        sites = resolver.call_sites(up) if depth < _MAX_FOLLOWED else []
        if sites:
            outer, outer_unit = sites[0]
            return (*_order(resolver, outer, outer_unit, depth + 1), position)
    return (unit.block.number, position)


def routers_of_handler(resolver: Resolver, handler: Handler) -> list[Router]:
    """Return the routers that a handler of ``use`` mounts; a middleware function mounts none.

    A module that is not shown is a router if it is called so: its routes are unknown, so only routers
    that the program registers on matter to the caller.
    """
    return [router for router, _ in _routers_of(resolver, handler.value, handler.node, 0)]


def answers_graphql(handler: Handler) -> bool:
    """Say whether a handler of ``use`` is a GraphQL server: an endpoint of its own."""
    return any((origin_of(option) or ("",))[0] in _GRAPHQL_MODULES for option in options_of(handler.value))
