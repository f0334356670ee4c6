"""Comments that stand where code should: what is still to be done, what was left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ast_grep_py import SgNode, SgRoot

from harness.core.types import Finding
from harness.response.block import Block, BlockRole
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.names import comment_text
from harness.response.program import MAX_QUOTE, Program, finding_at

__all__ = ["Remark", "remarks_in"]

_MAX_COMMENT = 400
_JUDGED = frozenset({BlockRole.CODE, BlockRole.CONFIG, BlockRole.SHELL, BlockRole.SCRIPT})
_TREES = frozenset({"python", "php", "yaml", "bash"}) | JAVASCRIPT_FAMILY
_COMMENTED = frozenset({"sql", "dockerfile", "nginx", "env", "prisma", "graphql", "toml", "ini"})
# A first look at the text in small letters, so that most blocks are not searched: ignoring case costs ten
# times as much.
_SIGN = re.compile(
    r"todo|fixme|xxx|tbd|here|rest|\.\.|…|implement|placeholder|stub|replace|real|omitted|fill|exercise|"
    r"same|later|for now|left|brevity|remain|and so on|etc|likewise|similarly|analogous|repeat|to be|"
    r"in production"
)
_THING = (
    r"(?:code|logic|implementation|methods?|functions?|handlers?|routes?|fields?|file|class|part|lines?|"
    r"stuff)"
)
_UNFINISHED = re.compile(
    rf"""^\W*(?:TODO|FIXME|XXX|TBD|HACK)\b
    |^\W*(?:to-?do|fixme|tbd)\s*:
    |\b(?:TODO|FIXME)\b(?=\s*[:(\[])
    |\bnot\s+(?:yet\s+)?implemented\b|\bto\s+be\s+(?:implemented|done|written|filled\s+in|added|decided)\b
    |\bimplement(?:ation)?\s+(?:me|this|these|it)\b
    |\bimplement(?:ation|ed|s)?\b[^.;]{{0,60}}\b(?:here|later|below|yourself|as\s+needed)\b
    |\b(?:add|put|insert|write|place|handle|do|call|your|actual|real|business)\b[^.;]{{0,60}}\bhere\b
        (?!\s+(?:because|since|so|we|it|the))
    |\b(?:comes?|goes|go|belongs?)\s+(?:in\s+)?here\b
    |\b(?:fill|filled)\s+(?:this\s+|it\s+)?in\b(?:\s+(?:later|the\s+(?:rest|details?|blanks?))|\s*$)
    |\bleft\s+(?:out|as\s+an?\s+exercise|to\s+the\s+reader)\b
    |\b(?:replace|swap)\b[^.;]{{0,40}}\b(?:with|by|for)\b[^.;]{{0,20}}\b(?:real|actual|proper|call|your\s+own)\b
    |\bin\s+(?:a\s+)?(?:real|production)(?:-world|-life)?\s+
        (?:system|app(?:lication)?|implementation|setup|world|life|code)\b[^.]{{0,40}}\b(?:would|should|will|must|you|this|we|use|call|replace)
    |\b(?:just|only|this\s+is)\s+an?\s+(?:placeholder|stub|skeleton)\b
    |^\W*(?:placeholder|stub)\b\s*[:.\-–—]?(?:\s+(?:for|only|until|implementation)\b|\s*$)
    |\b(?:for\s+now|temporar(?:y|ily))\b[^.;]{{0,30}}\b(?:return|hard-?code|stub|skip|fake|empty|nothing)\b
    |\byour\s+(?:own\s+)?{_THING}\b\s*(?:here|goes|\.\.\.|…|$)""",
    re.IGNORECASE | re.VERBOSE,
)
_ELIDED = re.compile(
    rf"""^\W*(?:\.{{2,}}|…)\W*$
    |^\W*(?:\.{{2,}}|…)\s*\(?(?:the\s+)?(?:rest|remaining|remainder|others?|more|same|similar|etc|and\s+so
        |like|as|constructor|existing|imports?|previous|unchanged|{_THING})
    |^\W*(?:the\s+)?(?:rest|remainder|remaining)\s+(?:of\s+)?(?:the\s+|this\s+|your\s+)?{_THING}\b
    |^\W*(?:the\s+)?same\s+(?:for|as|goes\s+for|thing|pattern|way)\b
    |\bomitted\s+(?:for\s+(?:brevity|clarity|space)|here)\b|\bfor\s+brevity\b
    |^\W*(?:and\s+so\s+on|etc\.?|likewise|similarly)\b\W*$|\band\s+so\s+on\b\W*$
    |^\W*(?:repeat|analogous)\b[^.]{{0,40}}\b(?:for|to)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_UNCHANGED = re.compile(
    r"\b(?:existing|unchanged|as\s+before|as\s+(?:it\s+)?(?:is|was)|previous|stays?|remains?|already\s+there|"
    r"same\s+as\s+(?:before|above|today))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment in the place of code.

    ``elides`` says that something is left out (rather than still to be done), ``unchanged`` that it is
    something that exists already.
    """

    finding: Finding
    block: Block
    elides: bool
    unchanged: bool


def remarks_in(program: Program) -> tuple[Remark, ...]:
    """Return the comments in what the answer wrote that say that code is missing."""
    return program.once(_remarks)


def _remarks(program: Program) -> tuple[Remark, ...]:
    roots = {unit.block: unit.root for unit in program.units}
    return tuple(
        remark
        for block in program.answered
        if block.role in _JUDGED and not block.oversized and _SIGN.search(block.text.lower())
        for remark in _in_block(block, roots.get(block))
    )


def _in_block(block: Block, root: SgNode | None) -> Iterator[Remark]:
    if block.language in _TREES:
        yield from _in_tree(block, root or SgRoot(_source(block), block.language).root())
    elif block.language in _COMMENTED:
        for number, line in enumerate(block.text.split("\n")):
            words = comment_text(line)
            if words is not None and number + 1 not in block.counter_lines:
                remark = _judged(block, words, _finding_on(block, number, line))
                if remark is not None:
                    yield remark


def _source(block: Block) -> str:
    return f"<?php {block.text}" if block.language == "php" and "<?" not in block.text else block.text


def _in_tree(block: Block, root: SgNode) -> Iterator[Remark]:
    for node in root.find_all(kind="comment"):
        if node.range().start.line + 1 in block.counter_lines:
            continue
        words = node.text()[:_MAX_COMMENT].strip("/*#<!->\t \n")
        remark = _judged(block, words, finding_at(block, node, "")) if words else None
        if remark is not None:
            yield remark


def _finding_on(block: Block, number: int, line: str) -> Finding:
    indent = block.indent_of(number)
    column = len(line) - len(line.lstrip()) + 1 + indent
    return Finding(
        block=block.number,
        line=block.line + number,
        column=column,
        end_line=block.line + number,
        end_column=len(line) + 1 + indent,
        message="",
        quote=line.strip()[:MAX_QUOTE],
        file=block.path if block.origin.value in {"file", "tool_call"} else "",
    )


def _judged(block: Block, words: str, finding: Finding) -> Remark | None:
    unfinished = _UNFINISHED.search(words)
    elided = _ELIDED.search(words)
    if unfinished is None and elided is None:
        return None
    said = "code is left out here" if unfinished is None else "a comment stands in the place of code"
    unchanged = unfinished is None and _UNCHANGED.search(words) is not None
    message = f"{said}: {' '.join(words.split())[:80]}"
    return Remark(replace(finding, message=message), block, unfinished is None, unchanged)
