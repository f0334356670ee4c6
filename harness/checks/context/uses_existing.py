"""P04: what the project already has is used, not made a second time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from ast_grep_py import SgNode

from harness.checks.base import ABSENCE, Check, Exchange, Soundness
from harness.checks.context.configuration import second_configuration
from harness.checks.context.existing import Existing, existing_of
from harness.checks.context.imports import imports_of, path_parts
from harness.checks.context.parts import Part
from harness.checks.topics.verdict import is_cut
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import Block, BlockRole, Origin
from harness.response.flow.expressions import Attribute, Call, Expression, Name
from harness.response.flow.origins import required
from harness.response.flow.statements import Unit
from harness.response.program import Program

__all__ = ["UsesExisting"]

_JUDGED = (BlockRole.CODE, BlockRole.CONFIG)
MAX_BYPASS = 3


class UsesExisting(Check):
    """The logger, the pool, the settings and the like that a project has are used and not made anew.

    It applies where the user shows files or names a module that is there. An answer that imports the module,
    calls what it defines or goes on in its file, uses it. One that makes a logger, a pool, a Redis client, a
    loader of settings or a limiter of its own, prints past the logger, or starts a second file for the
    services that the compose file has, does not. What is neither is left to a judge.
    """

    id: ClassVar[str] = "context/uses-existing"
    version: ClassVar[int] = 1
    of_answers: ClassVar[bool] = True
    soundness: ClassVar[Soundness] = Soundness.EVIDENCE
    unread: ClassVar[frozenset[Outcome]] = ABSENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Reuse what is already in the codebase",
        "Check for existing utilities before writing new ones",
        "Do not reinvent existing helpers",
        "Extend existing modules, do not duplicate them",
        "Use the project's existing modules",
        "Never pass over infrastructure that the project already has, its logger, its configuration etc",
        "Use the logger and the configuration that the project already has",
        "Never ignore the infrastructure that exists, such as the logger and configs",
        "Reuse the infrastructure the project already has, its logger and configuration",
        "Never pass over the infrastructure that the project has",
        "Reuse existing infrastructure",
        "Use the existing logger, configuration and utilities of the project",
        "Use the helpers and utilities that already exist in the project",
        "Never ignore existing utilities",
        "Build on existing infrastructure",
        "Prefer existing utilities over new ones",
        "Never pass over infrastructure that the project already has, its logger, its configuration",
        "Never pass over infrastructure that the project already has, such as its logger",
        "Passing over infrastructure that exists, such as the logger and the configuration, is forbidden",
        "Reuse existing modules instead of writing new ones",
        "Reuse the helpers that the project already has",
        "Build on existing utilities before creating new ones",
        "Prefer existing helpers over new ones",
        "Check for an existing module before writing a new one",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on what the question shows and the answer makes."""
        existing = existing_of(exchange)
        if not existing:
            return Decision(Outcome.NOT_APPLICABLE, "the question shows and names nothing that exists")
        used = [one for one in existing if _is_used(exchange, one)]
        findings, doubt = _made_anew(exchange.program, existing, used)
        findings += second_configuration(exchange)
        findings = sorted(
            {(one.block, one.line, one.message): one for one in findings}.values(), key=lambda one: one.line
        )
        if findings:
            more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
            return Decision(Outcome.FAIL, findings[0].message + more, tuple(findings))
        if is_cut(exchange):
            return Decision(Outcome.UNDECIDED, "the answer was cut off")
        if doubt:
            return Decision(Outcome.UNDECIDED, doubt)
        if used:
            return Decision(
                Outcome.PASS, f"{', '.join(one.path for one in used[:3])} is used, nothing is made anew"
            )
        return Decision(Outcome.UNDECIDED, f"{existing[0].path} is neither used nor made anew")


def _is_used(exchange: Exchange, existing: Existing) -> bool:
    program = exchange.program
    wanted = existing.stem
    for block in program.answered:
        if (
            block.path
            and block.role is not BlockRole.COUNTER_EXAMPLE
            and _same_file(block.path, existing.path)
        ):
            return True
    for one in program.once(imports_of):
        # `import redis` is the library, and no file of that name.
        is_own = len(one.parts) > 1 or one.is_own
        if is_own and one.block.origin is not Origin.SUPPLIED and _same_module(one.parts, wanted):
            return True
    return any(_calls(unit, existing.names) for unit in program.flow.answered) if existing.names else False


def _same_file(one: str, other: str) -> bool:
    ours, theirs = one.split("/"), other.split("/")
    length = min(len(ours), len(theirs))
    return ours[-length:] == theirs[-length:]


def _same_module(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Say whether an import means a module: one path is the end of the other."""
    wanted = wanted[:-1] if wanted[-1:] in {("index",), ("__init__",)} else wanted
    length = min(len(parts), len(wanted))
    # A namespace of PHP is written with capitals where its folder is not.
    ours, theirs = ([part.lower() for part in path[len(path) - length :]] for path in (parts, wanted))
    return length > 0 and ours == theirs


def _calls(unit: Unit, names: frozenset[str]) -> bool:
    if unit.block.role is BlockRole.COUNTER_EXAMPLE:
        return False
    for call in unit.calls:
        callee = call.callee
        name = callee.name if isinstance(callee, Name | Attribute) else ""
        if name in names:
            return True
    return False


# --- made anew ----------------------------------------------------------------------------------


def _made_anew(
    program: Program, existing: Sequence[Existing], used: Sequence[Existing]
) -> tuple[list[Finding], str]:
    """Return what an answer makes a second time, and a doubt where that may be meant."""
    findings: list[Finding] = []
    doubt = ""
    by_part: dict[Part, Existing] = {}
    for one in existing:
        if one.part is not None:
            by_part.setdefault(one.part, one)
    for part, there in by_part.items():
        in_use = any(one.part is part for one in used)
        for unit in program.flow.units_with(_JUDGED):
            if any(
                _same_file(unit.block.path, one.path)
                for one in existing
                if one.part is part and unit.block.path
            ):
                continue
            if _is_home(unit.block, part, existing):
                continue
            for node, what in _makes(program, unit, part):
                if in_use and not part.single:
                    doubt = f"{there.path} is used, and {what} makes another {part.name}; a judge may see why"
                else:
                    message = f"{what} makes another {part.name}, the project has {there.path}"
                    findings.append(program.flow.finding(unit, node, message))
            findings += _bypasses(program, unit, part, there)
    return findings, doubt


def _is_home(block: Block, part: Part, existing: Sequence[Existing]) -> bool:
    """Say whether a block is the named module under another spelling of its path."""
    parts = path_parts(block.path, "")
    return bool(parts) and any(_same_module(parts, one.stem) for one in existing if one.part is part)


def _makes(program: Program, unit: Unit, part: Part) -> Iterator[tuple[SgNode, str]]:
    names = program.flow.names
    for call in unit.calls:
        origin = names.origin(call.callee, unit)
        if origin is None or part.makers.fullmatch(origin.dotted) is None:
            continue
        if not _is_made(program, call.callee, unit) and not program.flow.is_counter_example(unit, call.node):
            yield call.node, origin.dotted
    for one in unit.classes:
        for base in one.bases:
            origin = names.origin(base, unit)
            if origin is not None and part.makers.fullmatch(origin.dotted):
                yield one.node, origin.dotted


def _is_made(program: Program, callee: Expression, unit: Unit) -> bool:
    """Say whether what is called was made before: ``knex("users")`` only uses what ``knex(...)`` made."""
    values = program.flow.names.values(callee, unit)
    return any(isinstance(value, Call) and required(value) is None for value, _ in values)


def _bypasses(program: Program, unit: Unit, part: Part, there: Existing) -> Iterator[Finding]:
    if part.bypass is None:
        return
    count = 0
    for call in unit.calls:
        origin = program.flow.names.origin(call.callee, unit)
        passed_by = origin is not None and part.bypass.fullmatch(origin.dotted) is not None
        if passed_by and not program.flow.is_counter_example(unit, call.node):
            count += 1
            message = f"this goes past the {part.name} that the project has in {there.path}"
            yield program.flow.finding(unit, call.node, message)
        if count >= MAX_BYPASS:
            return
