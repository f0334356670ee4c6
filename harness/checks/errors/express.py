"""Handlers of Express whose failure reaches no one: the framework before version 5 does not wait for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from harness.checks.base import Exchange
from harness.checks.errors.rejections import Rejections
from harness.checks.errors.terms import Seen, judged_units, last_name
from harness.response.block import BlockRole, Origin
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Call, Function
from harness.response.flow.statements import Try, Unit
from harness.response.flow.walk import walk
from harness.response.javascript.express import METHODS, Event, routers_of_handler
from harness.response.javascript.handlers import Handler
from harness.response.javascript.syntax import arguments_of, unwrap, written_names
from harness.response.javascript.values import CallValue, FunctionValue, options_of, origin_of
from harness.response.program import Program

__all__ = ["Express", "express_of", "has_framework"]

_PATCHES = frozenset(
    {
        "express-async-errors",
        "express-promise-router",
        "express-async-router",
        "@root/async-router",
        "@awaitjs/express",
        "express-async-handler-patch",
    }
)
_FRAMEWORKS = re.compile(
    r"^(?:fastify|koa|hono|@hapi/hapi|@nestjs/(?:common|core)|polka|restify|@adonisjs/core|@apollo/server|"
    r"apollo-server[\w-]*|graphql(?:-yoga)?|type-graphql|@trpc/server|@nestjs/graphql|"
    r"routing-controllers|tsoa|inversify-express-utils|express-zod-api)$"
)
_PACKAGE = re.compile(r'"express"\s*:\s*"[^\d"]{0,3}(\d+)')
_SAID = re.compile(
    r"\bexpress(?:\.?js)?(?:\s*@|\s+v(?:ersion)?\.?\s*|\s+)[\^~]?([45])(?:\.|\b)", re.IGNORECASE
)
# `errorHandler`, `handleErrors`, `err`; not `territories`.
_ERRORS = re.compile(r"(?<![a-z])err(?:or|ors)?(?![a-z])|Err(?:or|ors)?(?![a-z])|[pP]roblem")
_CATCHING = re.compile(r"async|catch|wrap|handl|safe|try|promis|error|guarded", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Express:
    """What is known of the Express application: handlers that lose failures, and where errors end.

    ``version`` is 0 where the answer does not say it. ``handled`` counts handlers whose failures arrive
    somewhere; ``unseen`` names handlers or wrappers that are not shown.
    """

    version: int
    lost: tuple[Seen, ...]
    early: tuple[Seen, ...]
    handled: int
    unseen: tuple[str, ...]
    has_error_middleware: bool


def express_of(exchange: Exchange) -> Express:
    """Look at every registration that the answer wrote."""
    program = exchange.program
    if not program.units_with({BlockRole.CODE, BlockRole.CONFIG}) or _is_another(program):
        return Express(0, (), (), 0, (), has_error_middleware=False)
    return _Survey(exchange).done()


def _modules(program: Program) -> set[str]:
    found: set[str] = set()
    for unit in program.flow.units:
        found |= {one.module for one in unit.imports}
        for call in unit.calls:
            if last_name(call.callee) in {"require", "import"} and call.arguments:
                value = getattr(call.arguments[0].value, "value", None)
                if isinstance(value, str):
                    found.add(value)
    return found


def has_framework(program: Program) -> bool:
    """Say whether the program is written for a framework that waits for its handlers and catches."""
    return any(_FRAMEWORKS.match(module) for module in program.once(_modules))


def _is_another(program: Program) -> bool:
    modules = program.once(_modules)
    return "express" not in modules and any(_FRAMEWORKS.match(module) for module in modules)


def _version_of(exchange: Exchange) -> int:
    program = exchange.program
    if program.once(_modules) & _PATCHES:
        return 5
    for block in program.blocks:
        found = _PACKAGE.search(block.text) if block.language == "json" else None
        if found is not None:
            return int(found[1])
    texts = [program.text, *[block.text[:2000] for block in program.blocks if block.path]]
    texts += [message.text for message in exchange.messages]
    said = {int(found) for text in texts for found in _SAID.findall(text)}
    return said.pop() if len(said) == 1 else 0


class _Survey:
    def __init__(self, exchange: Exchange) -> None:
        self.program = exchange.program
        self.flow: Flow = exchange.program.flow
        self.rejections = Rejections(self.flow)
        self.exchange = exchange
        self.lost: list[Seen] = []
        self.early: list[Seen] = []
        self.unseen: list[str] = []
        self.handled = 0
        self.judged = frozenset(judged_units(self.program))
        self.seen: set[Function] = set()
        self.functions: dict[object, tuple[Function, Unit]] = {
            function.node: (function, unit) for unit in self.flow.units for function in unit.functions
        }

    @cached_property
    def version(self) -> int:
        """The version of Express, asked for once a handler may reject."""
        return _version_of(self.exchange)

    def done(self) -> Express:
        events = self.program.routes.events
        errors = [event for event in events if self._takes_errors(event)]
        for event in events:
            if event.unit.block.origin is not Origin.SUPPLIED:
                for handler in event.handlers:
                    self._handler(handler)
        self._order(events, errors)
        return Express(
            self.version if self.lost else 0,
            tuple(self.lost),
            tuple(self.early),
            self.handled,
            tuple(dict.fromkeys(self.unseen)),
            bool(errors),
        )

    # Where errors end.

    def _takes_errors(self, event: Event) -> bool:
        if event.method != "use":
            return False
        for handler in event.handlers:
            for option in options_of(handler.value):
                shown = self.functions.get(option.node) if isinstance(option, FunctionValue) else None
                if shown is not None and len(shown[0].parameters) == 4:
                    return True
            if any(_ERRORS.search(name) for name in written_names(handler.node)):
                return True
        return False

    def _order(self, events: tuple[Event, ...], errors: list[Event]) -> None:
        """Error middleware sees only the failures of what stands before it."""
        resolver = self.program.resolver
        for error in errors:
            if error.unit.block.origin is Origin.SUPPLIED or len(errors) > 1:
                continue
            later = [
                event
                for event in events
                if event.order > error.order
                and event.router.key == error.router.key
                and event.unit is error.unit
                and (
                    event.method in METHODS
                    or any(routers_of_handler(resolver, one) for one in event.handlers)
                )
            ]
            if later:
                message = "the error middleware stands before routes, whose failures it never sees"
                self.early.append(Seen(self.program.finding(error.unit, error.node, message)))

    # Handlers.

    def _handler(self, handler: Handler) -> None:
        for option in options_of(handler.value):
            if isinstance(option, FunctionValue):
                self._function(option)
            elif isinstance(option, CallValue):
                self._call(option)

    def _function(self, value: FunctionValue, wrapper: str = "") -> None:
        shown = self.functions.get(value.node)
        if shown is None or shown[0] in self.seen:
            return
        function, unit = shown
        self.seen.add(function)
        if unit not in self.judged or self.flow.is_counter_example(unit, function.node):
            return
        if not self.rejections.may_reject(function, unit):
            self.handled += bool(self.flow.names.inside(function, unit, Try)) or _has_work(function)
            return
        if self.version >= 5:
            self.handled += 1
            return
        what = "a rejection of this handler reaches nobody"
        if wrapper:
            what = f"{wrapper} does not catch what this handler rejects with"
        self.lost.append(Seen(self.flow.finding(unit, function.node, what)))

    def _call(self, value: CallValue) -> None:
        """A wrapper or a factory: what it does with the function that it is given decides."""
        callee = value.callee
        given = [
            option
            for argument in arguments_of(value.node)
            for option in options_of(self.program.resolver.resolve(unwrap(argument), value.unit))
            if isinstance(option, FunctionValue)
        ]
        if isinstance(callee, FunctionValue):
            self._shown_wrapper(callee, given)
            return
        name = (written_names(value.node) or ["a wrapper"])[-1]
        module = origin_of(callee)
        known = module is not None and _CATCHING.search(module[0] if module[0] != "global" else name)
        for one in given:
            shown = self.functions.get(one.node)
            if shown is None or shown[0] in self.seen:
                continue
            if known or _CATCHING.search(name):
                self.seen.add(shown[0])
                self.handled += 1
            elif self.rejections.may_reject(*shown) and self.version < 5:
                self.seen.add(shown[0])
                self.unseen.append(name)

    def _shown_wrapper(self, callee: FunctionValue, given: list[FunctionValue]) -> None:
        shown = self.functions.get(callee.node)
        if shown is None:
            return
        function, _ = shown
        if given and _catches(function):
            for one in given:
                inner = self.functions.get(one.node)
                if inner is not None:
                    self.seen.add(inner[0])
                    self.handled += 1
            return
        for one in given:
            self._function(one, wrapper=function.name or "the wrapper")
        if not given:
            # A factory: the middleware that it returns is a handler like any other.
            for node in walk(function.body):
                if isinstance(node, Function) and len(node.parameters) > 1:
                    self._function(FunctionValue(node.node, callee.unit))
                    break


def _catches(function: Function) -> bool:
    """Say whether a wrapper catches what the function that it wraps fails with."""
    for node in walk(function.body):
        if isinstance(node, Try) and node.handlers:
            return True
        if isinstance(node, Call) and last_name(node.callee) == "catch" and node.arguments:
            return True
        if isinstance(node, Call) and last_name(node.callee) == "then" and len(node.arguments) > 1:
            return True
    return False


def _has_work(function: Function) -> int:
    """Say whether a function that cannot reject takes up failures itself."""
    return int(_catches(function))
