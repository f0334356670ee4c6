"""The dialogues of a file, from its description and its body, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.agentfile.examples import MAX_DIALOGUES, Block, find_blocks, parse_dialogue
from harness.agentfile.frontmatter import Entry, FrontMatter
from harness.agentfile.scalars import lenient_value
from harness.core.types import Dialogue, Repair, Span

__all__ = ["FoundDialogues", "read_dialogues"]

_PLACEHOLDER = re.compile(r"\W*[\[{<][^\[\]]{2,300}[\]}>]\W*\Z")
_TEMPLATE = re.compile(r"^\s*(?:name|description):", re.MULTILINE)
_KEY_END = re.compile(r"[^:]*:[ \t]*")


@dataclass(frozen=True, slots=True)
class FoundDialogues:
    """The dialogues in the order of the file, the lines of the body that they cover, and what was odd."""

    dialogues: tuple[Dialogue, ...]
    body_lines: tuple[tuple[int, int], ...]
    repairs: tuple[Repair, ...]


def read_dialogues(
    lines: Sequence[str], front: FrontMatter, code: Sequence[tuple[int, int]], agent: str
) -> FoundDialogues:
    """Read every dialogue of a file.

    Args:
        lines: the lines of the file.
        front: its front matter.
        code: first and last lines of its code blocks; a template in one is no dialogue of this agent.
        agent: the agent that the dialogues should go to.
    """
    found: list[Dialogue] = []
    repairs: list[Repair] = []
    entry = front.entry("description")
    if entry is not None:
        _from_description(lines, entry, agent, found, repairs)
    spans = _from_body(lines, front.body_line, code, (agent, found, repairs))
    if len(found) > MAX_DIALOGUES:
        line = found[MAX_DIALOGUES].span.line
        repairs.append(
            Repair("too-many-examples", line, f"only the first {MAX_DIALOGUES} dialogues were taken")
        )
    return FoundDialogues(tuple(found[:MAX_DIALOGUES]), tuple(spans), tuple(repairs))


def _from_description(
    lines: Sequence[str], entry: Entry, agent: str, found: list[Dialogue], repairs: list[Repair]
) -> None:
    raw = "\n".join(lines[entry.line - 1 : entry.end_line])
    text = entry.value.text
    if entry.end_line > entry.line and entry.value.style != "nested":
        # YAML folds lines into one; the dialogue is read as its author laid it out.
        first = lines[entry.line - 1]
        start = _KEY_END.match(first)
        text = lenient_value(
            [first[start.end() :] if start else first, *lines[entry.line : entry.end_line]], fold=False
        ).text
    blocks = find_blocks(text)
    if not blocks:
        return
    places = find_blocks(raw)
    if len(places) != len(blocks):  # escapes hide the tags in the source: the key is the place then
        places = [Block(0, 0, 0, 0)] * len(blocks)
    counter = _LineCounter(raw, entry.line)
    for block, place in zip(blocks, places, strict=True):
        _add(text[block.inner_start : block.end], counter.span(place), agent, found, repairs)


def _from_body(
    lines: Sequence[str],
    first_line: int,
    code: Sequence[tuple[int, int]],
    target: tuple[str, list[Dialogue], list[Repair]],
) -> list[tuple[int, int]]:
    agent, found, repairs = target
    body = "\n".join(lines[first_line - 1 :])
    spans: list[tuple[int, int]] = []
    fenced = {number: block for block in code for number in range(block[0], block[1] + 1)}
    counter = _LineCounter(body, first_line)
    for block in find_blocks(body):
        span = counter.span(block)
        if body[block.start - 1 : block.start] == "`" or block.inner_end == block.end:
            continue  # the tag is only mentioned, or never closed
        fence = fenced.get(span.line)
        text = body[block.inner_start : block.end]
        if fence and _is_template("\n".join(lines[fence[0] - 1 : fence[1]]), text):
            continue
        spans.append((span.line, span.end_line))
        _add(text, span, agent, found, repairs)
    return spans


def _is_template(fence: str, text: str) -> bool:
    """Tell a template of an agent file, shown in a code block, from a dialogue of this agent."""
    if _TEMPLATE.search(fence):
        return True
    return bool(_PLACEHOLDER.match(next((turn.text for turn in parse_dialogue(text).turns), "")))


def _add(text: str, span: Span, agent: str, found: list[Dialogue], repairs: list[Repair]) -> None:
    parsed = parse_dialogue(text)
    if not parsed.turns:
        repairs.append(
            Repair("empty-example", span.line, "an <example> in which nobody says anything was left out")
        )
        return
    if not any(turn.role.value == "user" for turn in parsed.turns):
        repairs.append(Repair("no-user-turn", span.line, "an <example> has no message of a user"))
    found.append(Dialogue(parsed.context, parsed.turns, parsed.commentary, agent, span))


class _LineCounter:
    """Lines and columns of rising offsets, counted once."""

    def __init__(self, text: str, first_line: int) -> None:
        self._text = text
        self._position = 0
        self._line = first_line

    def _at(self, offset: int) -> tuple[int, int]:
        self._line += self._text.count("\n", self._position, offset)
        self._position = offset
        return self._line, offset - self._text.rfind("\n", 0, offset)

    def span(self, block: Block) -> Span:
        line, column = self._at(block.start)
        end_line, end_column = self._at(block.end)
        return Span(line, column, end_line, end_column)
