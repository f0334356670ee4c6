"""Endpoints of NestJS: input comes in by decorated parameters, and pipes validate it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ast_grep_py import SgNode

from harness.checks.validation.effects import Effects, Runner
from harness.checks.validation.sites import Site
from harness.checks.validation.terms import Bound, Env, Part, is_function
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    arguments_of,
    callee_of,
    named,
    parameters_of_function,
    string_value,
)
from harness.response.javascript.values import ClassValue, Instance, Literal, origin_of

__all__ = ["nest_sites"]

_METHODS = frozenset({"Get", "Post", "Put", "Patch", "Delete", "All"})
_SOURCES = {"Body": "body", "Query": "query", "Param": "params"}
_MODULES = frozenset({"@nestjs/common"})
# Pipes of the framework that change the type of one value and know no schema.
_PARSING = "Parse"


def nest_sites(units: Sequence[Unit], runner: Runner) -> Iterator[Site]:
    """Yield the endpoints of all controllers."""
    global_pipes = [pipe for unit in units for pipe in _global_pipes(unit)]
    for unit in units:
        # A search of the tree costs more than a look for what every controller has.
        text = unit.block.text
        for owner in unit.root.find_all(kind="class_declaration") if "class" in text and "@" in text else ():
            above = _decorators(owner, runner, unit)
            if "Controller" in above:
                yield from _Controller(unit, runner, global_pipes).sites(owner, above)


class _Controller:
    def __init__(self, unit: Unit, runner: Runner, global_pipes: list[tuple[SgNode, Unit]]) -> None:
        self.unit = unit
        self.runner = runner
        self.global_pipes = global_pipes

    def sites(self, owner: SgNode, above: dict[str, list[SgNode]]) -> Iterator[Site]:
        body = owner.field("body")
        for method in named(body) if body is not None else ():
            if method.kind() != "method_definition":
                continue
            decorators = _decorators(method, self.runner, self.unit)
            verb = next((name for name in decorators if name in _METHODS), "")
            if not verb:
                continue
            pipes = [
                (pipe, self.unit) for pipe in (*above.get("UsePipes", ()), *decorators.get("UsePipes", ()))
            ]
            effects = Effects()
            for parameter in parameters_of_function(method):
                self._parameter(parameter, [*self.global_pipes, *pipes], effects)
            path = next((string_value(argument) for argument in decorators[verb]), "") or ""
            yield Site(f"{verb.upper()} {path or '/'}", method, self.unit, effects, expects_input=False)

    def _parameter(self, parameter: SgNode, pipes: list[tuple[SgNode, Unit]], effects: Effects) -> None:
        for name, arguments in _decorators(parameter, self.runner, self.unit).items():
            source = _SOURCES.get(name)
            if source is None:
                continue
            effects.reads.setdefault(source, (parameter, self.unit))
            own = [(pipe, self.unit) for pipe in arguments if string_value(pipe) is None]
            for pipe, unit in (*own, *pipes):
                self._pipe(pipe, unit, parameter, source, effects)

    def _pipe(self, pipe: SgNode, unit: Unit, parameter: SgNode, source: str, effects: Effects) -> None:
        for term in self.runner.evaluator.evaluate(pipe, unit, Env()):
            if not isinstance(term, Bound) or isinstance(term.value, Literal):
                continue
            origin = origin_of(term.value)
            if origin is not None and origin[0] in _MODULES:
                if origin[1][-1:] == ("ValidationPipe",):
                    self._by_type(parameter, source, effects)
                continue
            shown = self.runner.evaluator.step(term, "transform") if isinstance(term.value, Instance) else ()
            functions = [one for one in shown if is_function(one)]
            for function in functions:
                self.runner.run_on(function, Part((source,)), effects)
            if not functions:
                library = self.runner.schemas.library(term) or self._library_of_arguments(term)
                if library:
                    effects.cover((source,), library)
                else:
                    effects.unseen.append((pipe.text()[:40], (source,)))

    def _library_of_arguments(self, term: Bound) -> str:
        if not isinstance(term.value, Instance):
            return ""
        arguments = self.runner.evaluator.arguments(term.value.node, term.value.unit, term.env)
        return next(
            (found for terms in arguments for one in terms if (found := self.runner.schemas.library(one))), ""
        )

    def _by_type(self, parameter: SgNode, source: str, effects: Effects) -> None:
        """`ValidationPipe` validates by the decorators of the parameter's class."""
        annotation = parameter.field("type")
        for part in annotation.find_all(kind="type_identifier") if annotation is not None else ():
            value = self.runner.evaluator.resolver.name(part.text(), self.unit.top, self.unit)
            library = self.runner.schemas.library(Bound(value, Env()))
            if library or not isinstance(value, ClassValue):
                effects.cover((source,), library or "class-validator")


def _global_pipes(unit: Unit) -> list[tuple[SgNode, Unit]]:
    return [
        (argument, unit)
        for callee in unit.callees
        if callee.kind == "member_expression" and callee.name == "useGlobalPipes"
        for argument in arguments_of(callee.call)
    ]


def _decorators(node: SgNode, runner: Runner, unit: Unit) -> dict[str, list[SgNode]]:
    """Return the decorators of Nest on a class, method or parameter, with their arguments."""
    found: dict[str, list[SgNode]] = {}
    for decorator in _decorators_above(node):
        call = next(iter(named(decorator)), None)
        callee = None if call is None else callee_of(call) if call.kind() == "call_expression" else call
        if call is None or callee is None:
            continue
        origin = origin_of(runner.evaluator.resolver.resolve(callee, unit))
        if origin is not None and origin[0] in {*_MODULES, "global"} and origin[1]:
            found.setdefault(origin[1][-1], []).extend(arguments_of(call))
    return found


def _decorators_above(node: SgNode) -> list[SgNode]:
    """Decorators stand inside a parameter, before a method, and before or inside an exported class."""
    found = [child for child in node.children() if child.kind() == "decorator"]
    parent = node.parent()
    if parent is None or node.kind() not in {"class_declaration", "method_definition"}:
        return found
    before: list[SgNode] = []
    for sibling in parent.children():
        if sibling == node:
            break
        if sibling.kind() == "decorator":
            before.append(sibling)
        elif sibling.kind() not in {"comment", "export", "default"}:
            before = []
    return [*before, *found]
