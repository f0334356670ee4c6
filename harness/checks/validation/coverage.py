"""Every endpoint of an answer with its verdict: covered, uncovered, covered by another library, not shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

from ast_grep_py import SgNode

from harness.checks.validation.containers import VALIDATED
from harness.checks.validation.declared import declared_sites
from harness.checks.validation.effects import CHAIN, Effects, Fault, Runner
from harness.checks.validation.evaluator import Evaluator
from harness.checks.validation.nest import nest_sites
from harness.checks.validation.sites import Site
from harness.checks.validation.terms import REQUEST_PARTS, SOURCES, Bound, Env
from harness.response.block import BlockRole, Origin
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import parameters_of_function
from harness.response.javascript.values import CallValue, FunctionValue
from harness.response.program import Program
from harness.response.record import record
from harness.response.routes import Endpoint

__all__ = ["Coverage", "State", "Survey", "joi_survey", "survey_of"]

_OTHER_PARTS = (*sorted(REQUEST_PARTS - set(SOURCES)), VALIDATED)
_WRITING = frozenset({"post", "put", "patch"})
_REQUESTS = frozenset({"req", "request", "_req"})
_RESPONSES = frozenset({"res", "response", "_res", "_response"})


class State(Enum):
    """How an endpoint stands towards the demanded library."""

    NO_INPUT = "no input"
    COVERED = "covered"
    UNCOVERED = "uncovered"
    OTHER = "other library"
    FAULTY = "faulty"
    UNSEEN = "not shown"


@record
class Coverage:
    """One endpoint: its state, the sources that the state is about, and what was found."""

    label: str
    node: SgNode
    unit: Unit
    state: State
    missing: tuple[str, ...]
    other: str = ""
    faults: tuple[Fault, ...] = ()
    unseen: str = ""


@record
class Survey:
    """All endpoints; ``loose`` are handlers that no endpoint is shown for, ``unused`` schemas.

    ``validated`` maps the functions that answer to the sources that each of their endpoints validates, by
    whichever library.
    """

    endpoints: tuple[Coverage, ...]
    loose: tuple[Coverage, ...]
    unused: tuple[str, ...]
    exhausted: bool
    validated: Mapping[SgNode, frozenset[str]]


def survey_of(program: Program, library: str) -> Survey:
    """Look at each endpoint and handler that the answer itself wrote."""
    evaluator = Evaluator(program.resolver)
    runner = Runner(evaluator)
    units = tuple(unit for unit in program.units if _is_judged(unit))
    sites = [*_express_sites(program, runner), *nest_sites(units, runner), *declared_sites(units, runner)]
    endpoints = tuple(
        _judged(site, library) for site in sites if not program.is_counter_example(site.unit, site.node)
    )
    loose = tuple(_judged(site, library) for site in _loose_handlers(program, units, runner))
    unused = tuple(_unused_schemas(units, runner, library))
    return Survey(endpoints, loose, unused, evaluator.exhausted, _validated_by_function(sites))


def _validated_by_function(sites: Sequence[Site]) -> dict[SgNode, frozenset[str]]:
    found: dict[SgNode, frozenset[str]] = {}
    for site in sites:
        libraries = {name.removesuffix(CHAIN) for names in site.effects.covers.values() for name in names}
        sources: set[str] = set()
        for library in libraries - {""}:
            sources |= _covered(site.effects, library)
        for function in site.effects.answering:
            found[function] = found.get(function, frozenset(sources)) & sources
    return found


def joi_survey(program: Program) -> Survey:
    """Return the survey for Joi, which two checks ask for: to be asked through ``Program.once``."""
    return survey_of(program, "joi")


def _unused_schemas(units: tuple[Unit, ...], runner: Runner, library: str) -> Iterator[str]:
    """Yield the names of schemas at the top of a block that nothing validates with."""
    evaluator, schemas = runner.evaluator, runner.schemas
    for unit in units:
        for binding in unit.top.names.values():
            for definition in binding.definitions[:1]:
                if definition.kind != "value" or definition.value is None or definition.path:
                    continue
                for term in evaluator.evaluate(definition.value, unit, Env()):
                    made = isinstance(term, Bound) and isinstance(term.value, CallValue)
                    if made and schemas.library(term) == library and not schemas.was_applied(term):
                        yield binding.name


def _is_judged(unit: Unit) -> bool:
    return unit.block.role is BlockRole.CODE and unit.block.origin is not Origin.SUPPLIED


def _express_sites(program: Program, runner: Runner) -> Iterator[Site]:
    for endpoint in program.routes.endpoints:
        if not _is_judged(endpoint.unit):
            continue
        effects = Effects()
        for handler in (*endpoint.chain, *endpoint.handlers):
            if program.is_counter_example(handler.unit, handler.node):
                continue
            final = handler is endpoint.handler
            terms = runner.evaluator.ground(handler.value, Env())
            for term in terms:
                runner.run(term, effects, final=final, label=handler.node)
            if not terms and final:
                effects.hidden_handler = True
        _run_param_callbacks(program, endpoint, runner, effects)
        if not endpoint.has_parameters:
            effects.reads.pop("params", None)
        label = f"{endpoint.method.upper()} {endpoint.path}"
        yield Site(label, endpoint.node, endpoint.unit, effects, expects_input=_expects_input(endpoint))


def _run_param_callbacks(program: Program, endpoint: Endpoint, runner: Runner, effects: Effects) -> None:
    names = {part[1:].rstrip("?") for part in endpoint.path.split("/") if part.startswith(":")}
    for event in program.routes.events:
        if event.method != "param" or event.router.key != endpoint.router.key:
            continue
        for name in names.intersection(event.paths):
            for handler in event.handlers:
                for term in runner.evaluator.ground(handler.value, Env()):
                    runner.run_param(term, name, effects)


def _expects_input(endpoint: Endpoint) -> bool:
    return endpoint.method in _WRITING or ":" in endpoint.path


def _loose_handlers(program: Program, units: tuple[Unit, ...], runner: Runner) -> Iterator[Site]:
    """Yield handlers that no endpoint runs: a controller that is shown without its routes."""
    for unit in units:
        for function in unit.functions:
            if runner.has_run(unit, function) or not _is_handler(function):
                continue
            if program.is_counter_example(unit, function):
                continue
            effects = Effects()
            for term in runner.evaluator.ground(FunctionValue(function, unit), Env()):
                runner.run(term, effects, final=True)
            name = function.field("name")
            label = f"the handler {name.text()}" if name is not None else "a handler"
            yield Site(label, function, unit, effects, expects_input=False)


def _is_handler(function: SgNode) -> bool:
    parameters = [
        parameter.text().split(":")[0].split("=")[0].strip("? \n")
        for parameter in parameters_of_function(function)
    ]
    if len(parameters) not in {2, 3} or parameters[1] not in _RESPONSES:
        return False
    return parameters[0] in _REQUESTS or parameters[0].startswith("{")


def _judged(site: Site, library: str) -> Coverage:
    effects = site.effects
    covered = _covered(effects, library)
    unsure = {source for source, found in effects.covers.items() if found == {""}}
    others = {
        source: min(found - {"", library}).removesuffix(CHAIN)
        for source, found in effects.covers.items()
        if library not in found and found - {"", library + CHAIN}
    }
    faults = tuple(fault for fault in effects.faults if set(fault.sources) - covered)
    reads = set(effects.reads)
    if effects.covers or effects.unseen:
        reads.discard(VALIDATED)
    expected = reads or set(others) or {source for fault in faults for source in fault.sources}
    missing = tuple(
        source for source in (*SOURCES, *_OTHER_PARTS) if source in expected and source not in covered
    )

    def made(state: State, other: str = "", faults: tuple[Fault, ...] = ()) -> Coverage:
        unseen = effects.unseen[0][0] if effects.unseen else ""
        return Coverage(site.label, site.node, site.unit, state, missing, other, faults, unseen)

    if not missing:
        if covered:
            return made(State.COVERED)
        open_ended = bool(effects.unseen or unsure or (effects.hidden_handler and site.expects_input))
        return made(State.UNSEEN if open_ended else State.NO_INPUT)
    relevant = tuple(fault for fault in faults if set(fault.sources) & set(missing))
    if relevant:
        return made(State.FAULTY, faults=relevant)
    if any(source in others for source in missing):
        return made(State.OTHER, next(others[source] for source in missing if source in others))
    if any(source not in unsure and not _suspected(source, effects) for source in missing):
        return made(State.UNCOVERED)
    return made(State.UNSEEN)


def _covered(effects: Effects, library: str) -> set[str]:
    """Return the sources that the library validates.

    The chains of express-validator only take notes: something has to look at its result.
    """
    covered = {source for source, found in effects.covers.items() if library in found}
    chained = {source for source, found in effects.covers.items() if library + CHAIN in found}
    if library != "express-validator":
        return covered
    return chained if effects.unseen else covered & chained


def _suspected(source: str, effects: Effects) -> bool:
    return any(not sources or source in sources for _, sources in effects.unseen)
