"""Every endpoint of an answer with its verdict: covered, uncovered, covered by another library, not shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ast_grep_py import SgNode

from harness.checks.validation.effects import Effects, Fault, Runner
from harness.checks.validation.evaluator import Evaluator
from harness.checks.validation.terms import SOURCES, Env
from harness.response.block import BlockRole, Origin
from harness.response.javascript.scopes import Unit
from harness.response.program import Program
from harness.response.routes import Endpoint

__all__ = ["Coverage", "State", "coverage_of"]

_WRITING = frozenset({"post", "put", "patch"})


class State(Enum):
    """How an endpoint stands towards the demanded library."""

    NO_INPUT = "no input"
    COVERED = "covered"
    UNCOVERED = "uncovered"
    OTHER = "other library"
    FAULTY = "faulty"
    UNSEEN = "not shown"


@dataclass(frozen=True, slots=True)
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


def coverage_of(program: Program, library: str) -> Iterator[Coverage]:
    """Yield the coverage of each endpoint that the answer itself wrote."""
    evaluator = Evaluator(program.resolver)
    runner = Runner(evaluator)
    for endpoint in program.routes.endpoints:
        block = endpoint.unit.block
        if block.role is not BlockRole.CODE or block.origin is Origin.SUPPLIED:
            continue
        if program.is_counter_example(endpoint.unit, endpoint.node):
            continue
        effects = Effects()
        for handler in (*endpoint.chain, *endpoint.handlers):
            final = handler is endpoint.handler
            terms = evaluator.ground(handler.value, Env())
            for term in terms:
                runner.run(term, effects, final=final, label=handler.node)
            if not terms and final:
                effects.hidden_handler = True
        yield _judged(endpoint, effects, library)


def _judged(endpoint: Endpoint, effects: Effects, library: str) -> Coverage:
    label = f"{endpoint.method.upper()} {endpoint.path}"
    reads = {source for source in effects.reads if source in SOURCES}
    covered = {source for source, found in effects.covers.items() if library in found}
    unsure = {source for source, found in effects.covers.items() if found == {""}}
    others = {
        source: min(found - {"", library})
        for source, found in effects.covers.items()
        if library not in found and found - {""}
    }
    faults = tuple(fault for fault in effects.faults if set(fault.sources) - covered)
    expected = reads or set(others) or {source for fault in faults for source in fault.sources}
    missing = tuple(source for source in SOURCES if source in expected and source not in covered)

    def made(state: State, **more: object) -> Coverage:
        return Coverage(label, endpoint.node, endpoint.unit, state, missing, **more)  # type: ignore[arg-type]

    if not missing:
        if covered:
            return made(State.COVERED)
        if effects.unseen or unsure or (effects.hidden_handler and _expects_input(endpoint)):
            return made(State.UNSEEN, unseen=effects.unseen[0][0] if effects.unseen else "")
        return made(State.NO_INPUT)
    relevant = tuple(fault for fault in faults if set(fault.sources) & set(missing))
    if relevant:
        return made(State.FAULTY, faults=relevant)
    if any(source in others for source in missing):
        return made(State.OTHER, other=next(others[source] for source in missing if source in others))
    open_ = [source for source in missing if source not in unsure and not _suspected(source, effects)]
    if open_:
        return made(State.UNCOVERED)
    return made(State.UNSEEN, unseen=effects.unseen[0][0] if effects.unseen else "")


def _suspected(source: str, effects: Effects) -> bool:
    return any(not sources or source in sources for _, sources in effects.unseen)


def _expects_input(endpoint: Endpoint) -> bool:
    return endpoint.method in _WRITING or ":" in endpoint.path
