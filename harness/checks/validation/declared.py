"""Endpoints of hapi and Fastify: a route is an object, and its schemas are declared in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ast_grep_py import SgNode

from harness.checks.validation.effects import Effects, Runner
from harness.checks.validation.frameworks import imported_modules
from harness.checks.validation.sites import Site
from harness.checks.validation.terms import SOURCES, Bound, Env, Term, Terms
from harness.response.javascript.express import METHODS
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    arguments_of,
    callee_of,
    parameters_of_function,
    property_name,
    unwrap,
)
from harness.response.javascript.values import (
    CallValue,
    Instance,
    Literal,
    ObjectValue,
    Parameter,
    options_of,
    origin_of,
)

__all__ = ["declared_sites"]

_SOURCES = {
    "payload": "body",
    "body": "body",
    "query": "query",
    "querystring": "query",
    "params": "params",
}
_HOOKS = ("onRequest", "preParsing", "preValidation", "preHandler", "pre")
_FASTIFY = frozenset({"fastify"})
_HAPI = frozenset({"@hapi/hapi", "hapi"})


def declared_sites(units: Sequence[Unit], runner: Runner) -> Iterator[Site]:
    """Yield the routes that the units declare as objects."""
    finder = _Finder(runner)
    known = any(module in _FASTIFY | _HAPI for unit in units for module in imported_modules(unit))
    for unit in units:
        # A search of the tree costs more than a look for the names that every such object has.
        text = unit.block.text
        may = "method" in text and ("path" in text or "url" in text)
        for node in unit.root.find_all(kind="object") if may else ():
            site = finder.route_object(node, unit, known=known)
            if site is not None:
                yield site
        for call in unit.calls:
            site = finder.fastify_call(call, unit)
            if site is not None:
                yield site


class _Finder:
    def __init__(self, runner: Runner) -> None:
        self.runner = runner

    def _properties(self, term: Term) -> dict[str, Terms]:
        return dict(self.runner.evaluator.properties(term))

    def route_object(self, node: SgNode, unit: Unit, *, known: bool) -> Site | None:
        """`{ method, path, options: { validate }, handler }` and `{ method, url, schema, handler }`."""
        keys = {
            property_name(part.field("key") or part.field("name") or part) for part in node.named_children()
        }
        if "method" not in keys or not keys & {"path", "url"} or not keys & {"handler", "options", "config"}:
            return None
        if not known and not keys & {"options", "config"}:
            return None  # a table of routes that the program mounts in its own way
        own = self._properties(Bound(ObjectValue(node, unit), Env()))
        options: dict[str, Terms] = {}
        for name in ("options", "config"):
            for term in own.get(name, ()):
                options.update(self._properties(term))
        handler = own.get("handler") or options.get("handler") or self._method(node, unit)
        if not handler:
            return None
        effects = Effects()
        validate = options.get("validate", ())
        self._declared(validate, effects, plain="")
        self._declared(own.get("schema", ()), effects, plain="ajv")
        self._run(own, handler, effects)
        label = f"{_text(own.get('method', ())).upper()} {_text(own.get('path') or own.get('url') or ())}"
        return Site(label.strip(), node, unit, effects, expects_input=False)

    def _method(self, node: SgNode, unit: Unit) -> Terms:
        """`handler(request, h) {...}` written as a method of the object."""
        for part in node.named_children():
            if part.kind() == "method_definition" and property_name(part.field("name")) == "handler":
                return self.runner.evaluator.evaluate(part, unit, Env())
        return ()

    def fastify_call(self, call: SgNode, unit: Unit) -> Site | None:
        """`fastify.post('/users', { schema }, handler)`."""
        callee = callee_of(call)
        if callee is None:
            return None
        callee = unwrap(callee)
        method = property_name(callee.field("property")) or ""
        target = callee.field("object") if method in METHODS else None
        arguments = [] if target is None else arguments_of(call)
        if target is None or not 2 <= len(arguments) <= 3 or not self._is_fastify(target, unit):
            return None
        evaluator = self.runner.evaluator
        options: dict[str, Terms] = {}
        for term in evaluator.evaluate(arguments[1], unit, Env()) if len(arguments) == 3 else ():
            options.update(self._properties(term))
        effects = Effects()
        self._declared(options.get("schema", ()), effects, plain="ajv")
        handler = evaluator.evaluate(arguments[-1], unit, Env())
        self._run(options, handler, effects)
        label = f"{method.upper()} {_text(evaluator.evaluate(arguments[0], unit, Env()))}"
        return Site(label.strip(), call, unit, effects, expects_input=False)

    def _is_fastify(self, target: SgNode, unit: Unit) -> bool:
        for option in options_of(self.runner.evaluator.resolver.resolve(target, unit)):
            if isinstance(option, (CallValue, Instance)):
                origin = origin_of(option)
                if origin is not None and origin[0] in _FASTIFY:
                    return True
            if isinstance(option, Parameter) and (
                target.text() in {"fastify", "instance", "server"} or _is_annotated(option)
            ):
                return True
        return target.text() == "fastify"

    def _run(self, options: dict[str, Terms], handler: Terms, effects: Effects) -> None:
        for hook in _HOOKS:
            for term in options.get(hook, ()):
                self.runner.run(term, effects, final=False)
        for term in handler:
            self.runner.run(term, effects, final=True)

    def _declared(self, schemas: Terms, effects: Effects, *, plain: str) -> None:
        """Note which library each declared part is written with; plain objects are JSON Schema."""
        for schema in schemas:
            for name, terms in self._properties(schema).items():
                source = _SOURCES.get(name)
                if source not in SOURCES:
                    continue
                library = next((found for term in terms if (found := self.runner.schemas.library(term))), "")
                shown = any(isinstance(term, Bound) and isinstance(term.value, ObjectValue) for term in terms)
                effects.cover((source,), library or (plain if shown else "") or ("joi" if not plain else ""))


def _is_annotated(option: Parameter) -> bool:
    """Say whether the parameter of a plugin is declared as one: ``(app: FastifyInstance)``."""
    parameters = parameters_of_function(option.function)
    written = parameters[option.index].text() if option.index < len(parameters) else ""
    return "Fastify" in written.partition(":")[2][:80]


def _text(terms: Terms) -> str:
    return next(
        (
            str(term.value.value)
            for term in terms
            if isinstance(term, Bound) and isinstance(term.value, Literal)
        ),
        "",
    )
