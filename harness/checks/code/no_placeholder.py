"""P05: no placeholder stands where code should, no folder is made and left empty."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.code.remarks import Remark, remarks_in
from harness.checks.code.stubs import stubs_in
from harness.checks.question import question_text
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import Block, BlockRole
from harness.response.program import Program

__all__ = ["NoPlaceholder"]

_WHOLE_FILE = re.compile(
    r"\b(?:complete|whole|full|entire)\s+(?:\w+\s+)?(?:files?|code|class|module|program|source|implementation)\b",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"\.(?:[cm]?[jt]sx?|py|php|sql|ya?ml|sh|go|rb|java|conf|toml|graphql|prisma)$|^(?:Dockerfile|Makefile)"
)
_CODE_FOLDER = re.compile(
    r"(?:\./)?(?:[\w-]+/){0,2}(?:src|app|lib|tests?|routes|controllers|services|models|modules|middlewares?|domain|"
    r"repositories|handlers|usecases?)(?:/|$)"
)
_KEPT = re.compile(r"(?:^|[\s/`'\"])\.(?:git)?keep\b")


_NOT_JUDGED = frozenset({BlockRole.COUNTER_EXAMPLE, BlockRole.TEST})


class NoPlaceholder(Check):
    """Nothing in the answer's code is left to be written.

    A placeholder is a function without a body (or one that only throws "not implemented"), a comment that
    says what should stand there or that the rest was left out, and a folder or file that is made and stays
    empty. What only declares (interfaces, abstract methods, overloads), callbacks that ignore on purpose, and
    the unchanged part of a file that the user supplied are no placeholders.
    """

    id: ClassVar[str] = "code/no-placeholder"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "No TODOs left in code",
        "Don't leave stubs or placeholders",
        "Complete implementations only, no placeholders",
        "No half-finished functions",
        "Never output placeholder comments in place of code",
        "Never leave TODO or FIXME comments",
        "No stubs, no TODO comments",
        "Implement everything, no stubs, no TODOs, no placeholder comments",
        "Nothing is left as a stub",
        "No function is left as a stub",
        "Never leave placeholder code or empty directories behind",
        "No placeholder implementations, no TODO comments, no stubs",
        "Do not leave unfinished functions or TODOs",
        "No placeholders",
        "No stubs, no placeholders, no TODO comments",
        "No TODOs or FIXMEs in the code",
        "No placeholder code",
        "Never leave stubs",
        "Write complete code without placeholders",
        "Never deliver unfinished code",
        "No comments that stand for the rest of the code",
        "No TODO comments and no empty functions",
        "No skeletons with TODO comments",
        "Never deliver skeletons or stubs",
        "Functions are written out, not stubbed",
        "Every function is fully written out, no stubs",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on functions, comments and shell commands of the answer."""
        program = exchange.program
        judged = [block for block in program.answered if block.role not in _NOT_JUDGED]
        if not any(block.language and block.language != "text" for block in judged):
            return Decision(Outcome.NOT_APPLICABLE, "no code")
        findings = [stub.finding for stub in stubs_in(program)]
        inside = {(one.block, line) for one in findings for line in range(one.line, one.end_line + 1)}
        findings += [
            remark.finding
            for remark in remarks_in(program)
            if not _is_excused(remark, exchange) and (remark.finding.block, remark.finding.line) not in inside
        ]
        findings += _left_empty(program, judged)
        cut = exchange.truncated or any(block.truncated for block in judged)
        findings = [one for one in findings if not _in_cut_block(one, judged)]
        if findings:
            ordered = sorted(findings, key=lambda one: (one.line, one.column))
            count = len(ordered)
            said = f"{count} placeholders, the first: " if count > 1 else ""
            return Decision(Outcome.FAIL, f"{said}{ordered[0].message}", tuple(ordered))
        if cut:
            return Decision(Outcome.UNDECIDED, "the answer was cut off; until then no placeholder is seen")
        return Decision(Outcome.PASS, "no placeholder is seen")


def _in_cut_block(finding: Finding, blocks: Sequence[Block]) -> bool:
    return any(block.truncated and block.number == finding.block for block in blocks)


def _is_excused(remark: Remark, exchange: Exchange) -> bool:
    """What stays of a supplied file may be left out, unless the whole file was asked for."""
    if not remark.elides:
        return False
    if not exchange.files or _WHOLE_FILE.search(question_text(exchange)):
        return False
    known = {posixpath.basename(file.path) for file in exchange.files}
    return remark.unchanged or posixpath.basename(remark.block.path) in known


# --- shell -------------------------------------------------------------------------------------


def _left_empty(program: Program, blocks: Sequence[Block]) -> Iterator[Finding]:
    """Find folders and files that commands make and nothing fills."""
    shells = {block for block in blocks if block.role is BlockRole.SHELL}
    if not any(word in block.text for block in shells for word in ("mkdir", "touch", "keep")):
        return
    filled = [block.path for block in program.blocks if block.path]
    for command in program.config.commands:
        place = command.place
        if place.block not in shells or place.shown_as_wrong:
            continue
        if _KEPT.search(command.line_text):
            yield place.finding("a folder is kept empty with a placeholder file")
        elif command.name == "touch":
            empty = [name for name in command.arguments if _is_source(name) and not _is_filled(name, filled)]
            if empty and ">" not in command.line_text:
                yield place.finding(f"{empty[0]} is created and stays empty")
        elif command.name == "mkdir":
            empty = [name for name in command.arguments if _is_code_folder(name) and not _has(name, filled)]
            if empty and filled and len(empty) == sum(map(_is_code_folder, command.arguments)):
                yield place.finding(f"the folder {empty[0]} is made and nothing is put into it")


def _is_source(name: str) -> bool:
    """Data that a program fills itself (logs, locks, databases, secrets) may begin empty."""
    base = posixpath.basename(name)
    return not name.startswith("-") and _SOURCE.search(base) is not None


def _is_filled(name: str, filled: Sequence[str]) -> bool:
    base = posixpath.basename(name)
    return any(posixpath.basename(path) == base for path in filled)


def _is_code_folder(name: str) -> bool:
    return _CODE_FOLDER.match(name) is not None


def _has(name: str, filled: Sequence[str]) -> bool:
    stem = re.split(r"[{*$]", name.removeprefix("./"), maxsplit=1)[0].rstrip("/")
    return any(path.startswith(f"{stem}/") or f"/{stem}/" in path for path in filled)
