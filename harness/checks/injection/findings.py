"""All injections of a program, found once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ast_grep_py import SgNode

from harness.checks.injection.verdicts import Judged, final_kind, judge_made, judge_sighting
from harness.checks.injection.watch import Watch
from harness.core.types import Finding
from harness.response.block import BlockRole
from harness.response.flow.expressions import Call, Expression
from harness.response.flow.statements import Unit
from harness.response.flow.taint.analysis import Analysis
from harness.response.flow.taint.values import Hole, Kind
from harness.response.program import Program

__all__ = ["Injections", "injections_of"]

_ROLES = (BlockRole.CODE, BlockRole.SCRIPT, BlockRole.CONFIG)


@dataclass(frozen=True, slots=True)
class Injections:
    """What was found: violations, the first doubt, how many queries there are, what was too large."""

    findings: tuple[Finding, ...] = ()
    doubt: str = ""
    queries: int = 0
    limit: str = ""


def injections_of(program: Program) -> Injections:
    """Find the injections of a program."""
    if not any(_may_query(block.language, block.text) for block in program.answered):
        return Injections()
    flow = program.flow
    units = [unit for unit in flow.units_with(_ROLES) if not unit.block.oversized]
    if not units:
        return Injections()
    watch = Watch()
    analysis = Analysis(flow, watch)
    analysis.run(units)
    judged = list(_judged(analysis, watch))
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
    findings = tuple(firm[key] for key in sorted(firm))
    limit = "the program is too large to be followed" if analysis.exceeded else ""
    return Injections(findings, doubt, watch.queries + watch.tags, limit)


# Without one of these words there is no statement, no raw fragment, and no filter.
_MENTION = re.compile(
    r"(?i:select|insert|update|delete|where|execute|query|prepare|order\s+by|create|drop|alter|truncate|pragma|grant)"
    r"|[rR]aw|SQL|sql|literal|[uU]nsafe|find|count|aggregate|remove|exists|objects|extra|fetch|DB::|text\("
)
_LANGUAGES = frozenset({"javascript", "typescript", "tsx", "python", "php"})


def _may_query(language: str, text: str) -> bool:
    return language in _LANGUAGES and _MENTION.search(text) is not None


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
        node = place.callee.node
        last = node.field("property") or node.field("attribute") or node.field("name")
        if last is not None and last.range().start.line != place.node.range().start.line:
            return last
    return place.node


def _where(one: Judged) -> str:
    if isinstance(one.place, Call):
        text = one.place.callee.node.text().split("\n")[-1].strip()[-40:]
        return f"{text}()"
    return "a statement"


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


_ = Unit
