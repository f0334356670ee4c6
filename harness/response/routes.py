"""The route graph: every endpoint of a program with the chain of middleware that a request passes.

Order decides: a guard protects what is registered after it, on paths below its own, on its router and on
everything mounted there. An endpoint whose router is not shown mounted is *open-ended*: the part above it
is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ast_grep_py import SgNode

from harness.response.javascript.express import (
    METHODS,
    Event,
    Router,
    RouterKey,
    answers_graphql,
    collect_events,
    routers_of_handler,
)
from harness.response.javascript.handlers import Handler
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.record import record

__all__ = ["Endpoint", "RouteGraph", "build_route_graph"]

_MAX_MOUNT_DEPTH = 8
_MAX_ENDPOINTS = 2_000
_MAX_WAYS = 64

# Full path, middleware on the way (outermost first), and whether the way begins at an application.
_Way: TypeAlias = tuple[str, tuple[Handler, ...], bool]


@record
class Endpoint:
    """One method on one path, as reached through one way of mounting.

    The method is ``use`` where a GraphQL server is mounted.

    ``chain`` is all middleware before the handler, outermost first; ``handlers`` are the functions of the
    route itself, the last one answers. ``rooted`` says that the chain begins at an application; without it,
    more middleware may stand above. ``node`` is the registration in ``unit``. ``own_path`` is the path as its
    router knows it; what is mounted at a computed path has ``*`` in its full path.
    """

    method: str
    path: str
    chain: tuple[Handler, ...]
    handlers: tuple[Handler, ...]
    rooted: bool
    node: SgNode
    unit: Unit
    router: Router
    own_path: str

    @property
    def has_parameters(self) -> bool:
        """Say whether ``req.params`` may hold anything: of a path above only what is written there counts."""
        return any(sign in part for part in (self.own_path, self.path.replace("*", "")) for sign in ":*({+?")

    @property
    def middleware(self) -> tuple[Handler, ...]:
        """Everything that runs before the answering handler."""
        return (*self.chain, *self.handlers[:-1])

    @property
    def handler(self) -> Handler:
        """The function that answers."""
        return self.handlers[-1]


@record
class RouteGraph:
    """All endpoints, all registrations, and the routers that nothing mounts."""

    endpoints: tuple[Endpoint, ...]
    events: tuple[Event, ...]
    unmounted: tuple[Router, ...]


def build_route_graph(resolver: Resolver, units: Iterable[Unit]) -> RouteGraph:
    """Build the graph of all endpoints that the units define."""
    return _Builder(resolver, collect_events(resolver, units)).build()


@record
class _Mount:
    """A router hangs at ``paths`` of ``event.router``, behind ``guards``."""

    event: Event
    guards: tuple[Handler, ...]


class _Builder:
    def __init__(self, resolver: Resolver, events: Sequence[Event]) -> None:
        self.events = events
        self.by_router: dict[RouterKey, list[Event]] = {}
        self.mounts: dict[RouterKey, list[_Mount]] = {}
        self.mounted_in: dict[int, frozenset[int]] = {}
        self.covering: dict[RouterKey, dict[str, list[Event]]] = {}
        for event in events:
            self.by_router.setdefault(event.router.key, []).append(event)
            if event.method == "use":
                self._record_mounts(resolver, event)

    def _record_mounts(self, resolver: Resolver, event: Event) -> None:
        routers: set[int] = set()
        guards: list[Handler] = []
        for position, handler in enumerate(event.handlers):
            found = routers_of_handler(resolver, handler)
            if not found:
                guards.append(handler)
                continue
            routers.add(position)
            for router in found:
                self.mounts.setdefault(router.key, []).append(_Mount(event, tuple(guards)))
        self.mounted_in[id(event)] = frozenset(routers)

    def build(self) -> RouteGraph:
        endpoints: list[Endpoint] = []
        for event in self.events:
            if event.method not in METHODS and not (event.handlers and answers_graphql(event.handlers[-1])):
                continue
            for path in event.paths or ("*",):
                endpoints += self._endpoints(event, path)
                if len(endpoints) >= _MAX_ENDPOINTS:
                    break
        unmounted = {
            event.router.key: event.router
            for event in self.events
            if event.router.key not in self.mounts and not event.router.is_application
        }
        return RouteGraph(tuple(endpoints[:_MAX_ENDPOINTS]), tuple(self.events), tuple(unmounted.values()))

    def _endpoints(self, event: Event, path: str) -> list[Endpoint]:
        return [
            Endpoint(
                event.method, full, chain, event.handlers, rooted, event.node, event.unit, event.router, path
            )
            for full, chain, rooted in self._ways_in(event.router, path, event.order)
        ]

    def _ways_in(self, router: Router, path: str, before: tuple[int, ...]) -> list[_Way]:
        """Return for each way of mounting: full path, middleware passed, and whether it begins at an app.

        Routers may be mounted on one another in circles, and in more ways than anybody can count.
        """
        found: list[_Way] = []
        work: list[tuple[Router, str, tuple[int, ...], tuple[Handler, ...], tuple[RouterKey, ...]]]
        work = [(router, path, before, (), ())]
        steps = 0
        while work and steps < _MAX_WAYS:
            steps += 1
            here, full, order, below, passed = work.pop()
            chain = (*self._applied(here, full, order), *below)
            mounts = [
                mount
                for mount in self.mounts.get(here.key, ())
                if mount.event.router.key != here.key and mount.event.router.key not in passed
            ]
            if not mounts or len(passed) >= _MAX_MOUNT_DEPTH:
                found.append((full, chain, here.is_application))
                continue
            work += [
                (
                    mount.event.router,
                    _join(prefix, full),
                    mount.event.order,
                    (*mount.guards, *chain),
                    (*passed, here.key),
                )
                for mount in reversed(mounts)
                for prefix in reversed(mount.event.paths or ("",))
            ]
        return found

    def _applied(self, router: Router, path: str, before: tuple[int, ...]) -> tuple[Handler, ...]:
        applied: list[Handler] = []
        for event in self._covering(router, path):
            if event.order >= before:
                break
            if covers(event.paths, path, event.method):
                routers = self.mounted_in.get(id(event), frozenset())
                applied += [handler for n, handler in enumerate(event.handlers) if n not in routers]
        return tuple(applied)

    def _covering(self, router: Router, path: str) -> list[Event]:
        """Return the middleware of a router that may cover a path, found by the first part of the path."""
        by_first = self.covering.get(router.key)
        if by_first is None:
            by_first = self.covering[router.key] = _by_first_part(self.by_router.get(router.key, ()))
        first = _first_part(path)
        if first[:1] in {"*", ":"}:
            return by_first.get("*", [])
        return by_first.get(first, by_first.get("", []))


def _by_first_part(events: Sequence[Event]) -> dict[str, list[Event]]:
    """Sort the middleware of a router by the first parts of its paths.

    Below ``*`` stands all of it, below the empty text what has no such part: it may cover any path, and is
    found below every other part too.
    """
    middleware = [event for event in events if event.method in {"use", "all"}]
    firsts = [{_first_part(pattern) for pattern in event.paths} or {""} for event in middleware]
    anywhere = [any(first[:1] in {"", "*", ":", "(", "{"} for first in parts) for parts in firsts]
    found: dict[str, list[Event]] = {"*": middleware, "": []}
    for parts in firsts:
        found.update({part: [] for part in parts if part not in found})
    for event, parts, is_open in zip(middleware, firsts, anywhere, strict=True):
        for part in found if is_open else parts:
            if part != "*":
                found[part].append(event)
    return found


def _first_part(path: str) -> str:
    return path.strip("/").split("/", 1)[0]


def _join(prefix: str, path: str) -> str:
    return f"{prefix.rstrip('/')}/{path.lstrip('/')}".rstrip("/") or "/"


def covers(patterns: Sequence[str], path: str, method: str) -> bool:
    """Say whether middleware registered on some patterns runs for a path (a pattern itself).

    ``use`` covers everything below its path, ``all`` only that path. A computed path (``*``) is taken to
    cover, since nothing shows that it does not.
    """
    if not patterns:
        return True
    parts = [part for part in path.split("/") if part]
    for pattern in patterns:
        if pattern in {"*", "/*", "(.*)", "/"}:
            if pattern != "/" or method == "use" or not parts:
                return True
            continue
        wanted = [part for part in pattern.split("/") if part]
        wildcard = bool(wanted) and (wanted[-1] in {"*", "(.*)"} or wanted[-1].startswith(("*", "{*")))
        wanted = wanted[:-1] if wildcard else wanted
        if len(wanted) > len(parts) or (method == "all" and not wildcard and len(wanted) != len(parts)):
            continue
        if all(_same_part(ours, theirs) for ours, theirs in zip(wanted, parts, strict=False)):
            return True
    return False


def _same_part(pattern: str, part: str) -> bool:
    return pattern == part or pattern.startswith(":") or part == "*"
