"""Checks that a team declares in YAML: ast-grep rules over the code blocks of an answer."""

from __future__ import annotations

import dataclasses
import re
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

from ast_grep_py import SgNode, SgRoot

from harness.checks.base import Check, Exchange, Soundness
from harness.checks.declared_file import Declaration, read_declaration
from harness.checks.declared_rule import ProvedRule
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import Block, BlockRole
from harness.response.program import Program, finding_at

__all__ = ["DeclaredCheck", "declared_check"]

MAX_FINDINGS = 200
# Below this size a text cannot nest so deeply that a search up and down the tree takes long.
SMALL = 1_500
MAX_DEPTH = 250
_META = re.compile(r"\$([A-Z_][A-Z0-9_]*)")
_MAX_VALUE = 80


class DeclaredCheck(Check):
    """A check whose rule stands in a YAML file; each file makes a class of its own."""

    @property
    @abstractmethod
    def declaration(self) -> Declaration:
        """What the file says."""

    def decide(self, exchange: Exchange) -> Decision:
        """Match the rule objects against the code that the answer wrote."""
        said = self.declaration
        program = exchange.program
        blocks = [block for block in program.answered if _is_looked_at(block, said)]
        if not blocks:
            return Decision(Outcome.NOT_APPLICABLE, f"no code in {' or '.join(sorted(said.languages))}")
        read = [block for block in blocks if not self._too_much(program, block)]
        places = list(_places(program, read, said.applies_when)) if said.applies_when else []
        doubt = self._doubt(exchange, blocks, read)
        if said.applies_when and not places:
            return doubt or Decision(Outcome.NOT_APPLICABLE, "nothing that the rule speaks of")
        found = list(_places(program, read, said.fail_when))
        if not found and said.require and not any(True for _ in _places(program, read, said.require)):
            if doubt or exchange.truncated:
                return doubt or Decision(Outcome.UNDECIDED, "the answer was cut off before what is missing")
            found = places[:1]
        findings = [_finding(said.message, *place) for place in found if not place[0].truncated]
        if findings:
            return Decision(Outcome.FAIL, _reason(findings), tuple(findings[:MAX_FINDINGS]))
        return doubt or Decision(Outcome.PASS, "no violation seen")

    def _too_much(self, program: Program, block: Block) -> bool:
        said = self.declaration
        rules = (*said.applies_when, *said.fail_when, *said.require)
        if block.oversized:
            return True
        return any(rule.far_reaching for rule in rules) and program.once(_Trees).is_deep(block)

    def _doubt(self, exchange: Exchange, blocks: list[Block], read: list[Block]) -> Decision | None:
        """Say why the absence of something proves nothing, if so."""
        if len(read) < len(blocks):
            return Decision(Outcome.UNDECIDED, "a block is too large or nested too deeply to be searched")
        if any(block.truncated for block in blocks):
            return Decision(Outcome.UNDECIDED, "a block was cut off; elsewhere no violation is seen")
        trees = exchange.program.once(_Trees)
        if self.soundness is Soundness.BOTH and any(trees.is_broken(block) for block in read):
            return Decision(
                Outcome.UNDECIDED, "parts of the code do not parse; elsewhere no violation is seen"
            )
        return None


def declared_check(path: Path) -> DeclaredCheck:
    """Make the check of one file.

    Raises:
        CheckDefinitionError: the file is malformed, or one of its rules; the message has its line.
    """
    said = read_declaration(path)
    name = "".join(part.capitalize() for part in re.split(r"[/-]", said.id))
    body = {
        "__doc__": said.rule,
        "__module__": __name__,
        "id": said.id,
        "version": said.version,
        "phrases": said.phrases,
        "soundness": said.soundness,
        "severity": said.severity,
        "declaration": said,
    }
    made: type[DeclaredCheck] = type(name, (DeclaredCheck,), body)
    return made()


class _Trees:
    """The trees of a program's blocks, parsed once for all declarative checks."""

    def __init__(self, program: Program) -> None:  # noqa: ARG002 - each program has its own
        self._roots: dict[Block, tuple[SgNode, int]] = {}
        self._deep: dict[Block, bool] = {}

    def of(self, block: Block) -> tuple[SgNode, int]:
        """Return the root of a block, and by how many lines the tree runs ahead of the block."""
        if block not in self._roots:
            # Answers leave the opening tag of PHP out.
            tag = "<?php\n" if block.language == "php" and "<?" not in block.text else ""
            self._roots[block] = SgRoot(tag + block.text, block.language).root(), bool(tag)
        return self._roots[block]

    def is_deep(self, block: Block) -> bool:
        """Tell whether a tree is so deep that searching up and down from each node would take too long."""
        if len(block.text) <= SMALL:
            return False
        if block not in self._deep:
            level = [self.of(block)[0]]
            depth = 0
            while level and depth <= MAX_DEPTH:
                level = [child for node in level for child in node.children()]
                depth += 1
            self._deep[block] = bool(level)
        return self._deep[block]

    def is_broken(self, block: Block) -> bool:
        """Tell whether parts of a block do not parse."""
        return self.of(block)[0].find(kind="ERROR") is not None


def _is_looked_at(block: Block, said: Declaration) -> bool:
    return (
        block.language in said.languages
        and block.role in said.roles
        and block.role is not BlockRole.COUNTER_EXAMPLE
    )


def _places(
    program: Program, blocks: list[Block], rules: tuple[ProvedRule, ...]
) -> Iterator[tuple[Block, SgNode, int]]:
    """Yield what matches, apart from lines that are shown only as wrong."""
    trees = program.once(_Trees)
    for rule in rules:
        for block in blocks:
            root, ahead = trees.of(block)
            for node in rule.matches(root):
                if node.range().start.line + 1 - ahead not in block.counter_lines:
                    yield block, node, ahead


def _finding(message: str, block: Block, node: SgNode, ahead: int) -> Finding:
    found = finding_at(block, node, _META.sub(lambda match: _value(node, match), message))
    return dataclasses.replace(found, line=found.line - ahead, end_line=found.end_line - ahead)


def _value(node: SgNode, name: re.Match[str]) -> str:
    """Return what a variable of the pattern stands for, in one bounded line; unknown ones stay as written."""
    value = node.get_match(name[1])
    if value is None:
        return name[0]
    text = " ".join(value.text().split())
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…"


def _reason(found: list[Finding]) -> str:
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{found[0].message}{more}"
