"""All injections of a program, found once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ast_grep_py import SgNode

from harness.checks.injection.boundary import scalar_parts, tested_parts
from harness.checks.injection.need import constant_queries, mentions_queries
from harness.checks.injection.procedures import dynamic_statements
from harness.checks.injection.stores import mapped_queries
from harness.checks.injection.verdicts import Judged, final_kind, judge_made, judge_sighting
from harness.checks.injection.watch import Watch
from harness.checks.validation.coverage import joi_survey
from harness.core.types import Finding
from harness.response.block import Block, BlockRole, Origin
from harness.response.flow.expressions import Attribute, Call, Expression, Name
from harness.response.flow.statements import Unit
from harness.response.flow.taint.analysis import Analysis
from harness.response.flow.taint.environment import callee_of
from harness.response.flow.taint.values import Hole, Kind
from harness.response.program import MAX_QUOTE, Program
from harness.response.record import record

__all__ = ["Injections", "injections_of"]

# What hands statements to a database is no browser code, wherever it lies (`public/login.php`).
_ROLES = (BlockRole.CODE, BlockRole.SCRIPT, BlockRole.CONFIG, BlockRole.FRONTEND)


@record
class Injections:
    """What was found: violations, the first doubt, how many queries there are, what was too large."""

    findings: tuple[Finding, ...] = ()
    doubt: str = ""
    queries: int = 0
    limit: str = ""
    mapped: int = 0


def injections_of(program: Program) -> Injections:
    """Find the injections of a program."""
    in_sql, procedures = _in_procedures(program)
    if not any(mentions_queries(block.language, block.text) for block in program.answered):
        return Injections(in_sql, queries=procedures)
    flow = program.flow
    units = list(flow.units_with(_roles_of(program)))
    if not units:
        return Injections(in_sql, queries=procedures)
    constant = constant_queries(units)
    if constant is not None and not any(unit.limited for unit in units):
        queries = constant + procedures
        return Injections(in_sql, queries=queries, mapped=0 if queries else mapped_queries(units))
    watch = Watch()
    analysis = Analysis(flow, watch)
    analysis.run(units)
    judged = _without_tested(_without_scalars(list(_judged(analysis, watch)), program, units), units)
    answered = {unit.block for unit in units}
    firm: dict[tuple[int, int, int], Finding] = {}
    doubt = ""
    for one in judged:
        if one.unit.block not in answered or flow.is_counter_example(one.unit, one.place.node):
            continue
        if one.doubt:
            doubt = doubt or f"{_where(one)} gets {_label(one.hole)}, but {one.doubt}"
            continue
        finding = flow.finding(one.unit, _anchor(one.place), _message(analysis, one))
        firm.setdefault((finding.block, finding.line, finding.column), finding)
    findings = tuple(sorted([*firm.values(), *in_sql], key=lambda one: (one.block, one.line, one.column)))
    limit = (
        "the program is too large to be followed"
        if analysis.exceeded or any(unit.limited for unit in units)
        else ""
    )
    queries = watch.queries + watch.tags + procedures
    return Injections(findings, doubt, queries, limit, 0 if queries else mapped_queries(units))


def _without_scalars(judged: list[Judged], program: Program, units: Sequence[Unit]) -> list[Judged]:
    """Leave out filters made of what the routes validate, before the handler runs, to be no object."""
    if not any(_may_be_object(one) for one in judged):
        return judged
    validated = program.once(joi_survey).validated
    if not validated:
        return judged
    scalars = scalar_parts(units)
    return [
        one
        for one in judged
        if not (
            _may_be_object(one)
            and one.hole.function is not None
            and one.hole.path[-1] in scalars
            and one.hole.path[0] in validated.get(one.hole.function.node, ())
        )
    ]


def _may_be_object(one: Judged) -> bool:
    return one.how == "filter" and len(one.hole.path) == 2 and not one.doubt


def _without_tested(judged: list[Judged], units: Sequence[Unit]) -> list[Judged]:
    """Put in doubt what a route tests before its handler runs."""
    if not any(final_kind(one.hole) is Kind.REQUEST and not one.doubt for one in judged):
        return judged
    tested = tested_parts(units)
    return [
        replace(one, doubt=f"{one.hole.label} is tested by the route")
        if not one.doubt
        and final_kind(one.hole) is Kind.REQUEST
        and one.hole.label.rpartition(".")[2] in tested
        else one
        for one in judged
    ]


def _roles_of(program: Program) -> tuple[BlockRole, ...]:
    """Return the roles that count; a test counts where somebody asks for that one file."""
    alone = len(program.blocks) == 1 and program.blocks[0].origin is Origin.FILE
    return (*_ROLES, BlockRole.TEST) if alone else _ROLES


def _in_procedures(program: Program) -> tuple[tuple[Finding, ...], int]:
    """Return the statements that functions in SQL put together from unquoted text, and how many there are."""
    found: list[Finding] = []
    count = 0
    for block in program.answered:
        if block.role is BlockRole.COUNTER_EXAMPLE:
            continue
        for one in dynamic_statements(block):
            count += 1
            if one.joined and one.line not in block.counter_lines:
                message = (
                    f"{one.joined} becomes part of the text that EXECUTE runs; quote it or give it by USING"
                )
                found.append(_finding_in(block, one.line, message))
    return tuple(found), count


def _finding_in(block: Block, line: int, message: str) -> Finding:
    text = block.text.split("\n")[line - 1]
    indent = block.indent_of(line - 1)
    start = len(text) - len(text.lstrip())
    return Finding(
        block=block.number,
        line=block.line + line - 1,
        column=start + 1 + indent,
        end_line=block.line + line - 1,
        end_column=len(text) + 1 + indent,
        message=message,
        quote=text.strip()[:MAX_QUOTE],
        file=block.path if block.origin in {Origin.FILE, Origin.TOOL_CALL} else "",
    )


def _judged(analysis: Analysis, watch: Watch) -> Iterable[Judged]:
    for sighting in watch.sightings.values():
        yield from judge_sighting(analysis, sighting)
    for maker, made in analysis.makers.items():
        if "sunk" in made.uses or "composed" in made.uses:
            continue
        if made.uses and made.uses <= {"shown"}:
            continue
        yield from judge_made(analysis, maker, made.unit, made.value)


def _anchor(place: Expression) -> SgNode:
    """Return the node that a finding stands at: of a call over several lines the name of the method on."""
    if isinstance(place, Call):
        node = callee_of(place).node
        last = node.field("property") or node.field("attribute") or node.field("name")
        if last is not None and last.range().start.line != place.node.range().start.line:
            return last
    return place.node


def _where(one: Judged) -> str:
    if not isinstance(one.place, Call):
        return "a statement"
    callee = callee_of(one.place)
    if isinstance(callee, Attribute) and isinstance(callee.base, Name):
        return f"{callee.base.name}.{callee.name}()"
    return f"{callee.name}()" if isinstance(callee, Attribute | Name) else "a call"


_SOURCES = {
    Kind.REQUEST: "from the request",
    Kind.PARAMETER: "from the caller",
    Kind.STORED: "from stored data",
    Kind.OUTSIDE: "from outside",
}


def _label(hole: Hole) -> str:
    label = hole.label.split("\n", 1)[0]
    return label if len(label) <= 60 else label[:59] + "…"


def _message(analysis: Analysis, one: Judged) -> str:
    del analysis
    source = _SOURCES.get(final_kind(one.hole), "")
    what = f"{_label(one.hole)} ({source})" if source else _label(one.hole)
    if one.how == "filter":
        return f"{what} may be an object with operators; {_where(one)} takes it as its filter"
    if one.how == "code":
        return f"{what} becomes part of the code that {_where(one)} runs"
    if one.how == "made":
        return f"{what} becomes part of the text of a statement; give it as a parameter"
    return f"{what} becomes part of the text of a query at {_where(one)}; give it as a parameter"
