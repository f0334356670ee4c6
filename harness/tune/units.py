"""The parts of an agent file that can be taken out, one at a time, by their lines.

A unit is a rule, a section (a heading with all below it), or an example dialogue. What is left is the same
file without those lines: nothing else is rewritten, so that an effect is the effect of the lines.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.agentfile.parse import parse_agent
from harness.agentfile.sections import sections_of
from harness.core.types import Agent, Span
from harness.run.tokens import TYPICAL, text_tokens

__all__ = ["Unit", "UnitKind", "agent_without", "first_line_of_prompt", "units_of", "without"]


class UnitKind(StrEnum):
    """What kind of part is taken out."""

    RULE = "rule"
    SECTION = "section"
    DIALOGUE = "dialogue"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of an agent file.

    Attributes:
        id: ``rule:<id>``, ``section:<line>``, ``dialogue:<number>``, ``control:rules`` (all rules) or
            ``control:prompt`` (the whole body); stable while the file is.
        kind: what it is.
        title: its words, shortened by whoever shows them.
        span: where it stands.
        rules: ids of the rules that go with it: its own.
        tokens: what it costs in every call, estimated.
        cuts: the stretches that are taken out; more than the span alone for all rules together.
    """

    id: str
    kind: UnitKind
    title: str
    span: Span
    rules: tuple[str, ...]
    tokens: int
    cuts: tuple[Span, ...] = ()


def units_of(agent: Agent, source: str, kinds: Collection[UnitKind]) -> tuple[Unit, ...]:
    """Return the parts of an agent file that can be taken out, in its order.

    Rules that come from an included file do not stand in this one and are left out, as is a section that
    holds the whole prompt, or no rule at all.

    Args:
        agent: the file, read.
        source: its text; lines count as in the spans of the agent.
        kinds: which kinds of parts.
    """
    own = [rule for rule in agent.rules if not rule.source]
    lines = source.split("\n")
    units: list[Unit] = []
    if UnitKind.RULE in kinds:
        units += [
            _unit(f"rule:{rule.id}", UnitKind.RULE, rule.text, (rule.span,), (rule.id,), source)
            for rule in own
        ]
    first = first_line_of_prompt(lines)
    if UnitKind.CONTROL in kinds and own:
        every = tuple(rule.id for rule in own)
        spans = tuple(rule.span for rule in own)
        body = Span(first, 1, len(lines), len(lines[-1]) + 1)
        units.append(_unit("control:rules", UnitKind.CONTROL, "all its rules", spans, every, source))
        whole = _unit("control:prompt", UnitKind.CONTROL, "the whole prompt", (body,), every, source)
        units.append(whole)
    if UnitKind.SECTION in kinds:
        found = sections_of(lines[first - 1 :], first)
        for section in found:
            inside = tuple(rule.id for rule in own if section.line <= rule.span.line <= section.end_line)
            if inside and len(inside) < len(own):
                span = Span(section.line, 1, section.end_line, len(lines[section.end_line - 1]) + 1)
                name = f"section:{section.line}"
                units.append(_unit(name, UnitKind.SECTION, section.title, (span,), inside, source))
    if UnitKind.DIALOGUE in kinds:
        units += [
            _unit(f"dialogue:{number}", UnitKind.DIALOGUE, dialogue.user, (dialogue.span,), (), source)
            for number, dialogue in enumerate(agent.dialogues, start=1)
        ]
    return tuple(sorted(units, key=lambda unit: (unit.span, unit.kind)))


def first_line_of_prompt(lines: Sequence[str]) -> int:
    """Return the line, from 1, on which the text below the front matter begins."""
    if lines[0].strip() != "---":
        return 1
    return next((number for number, line in enumerate(lines[1:], 2) if line.strip() == "---"), 0) + 1


def _unit(
    name: str, kind: UnitKind, title: str, cuts: Sequence[Span], rules: tuple[str, ...], source: str
) -> Unit:
    gone = "".join(source[slice(*_offsets(source, cut))] for cut in cuts)
    tokens = round(text_tokens(gone) * TYPICAL)
    return Unit(name, kind, " ".join(title.split()), cuts[0], rules, tokens, tuple(cuts))


def without(source: str, spans: Sequence[Span]) -> str:
    """Return a text without some stretches; where nothing else stands on their lines, without the lines."""
    cuts = sorted((_offsets(source, span) for span in spans), reverse=True)
    last = len(source)
    for start, stop in cuts:  # from the back, so that offsets before a cut stay true
        if start < last:
            source = source[:start] + source[min(stop, last) :]
            last = start
    return source


def agent_without(agent: Agent, source: str, spans: Sequence[Span]) -> Agent:
    """Return the agent that is left when some stretches are taken out of its file.

    The rules of what is left have the ids that their words give; the specification is that of the whole file.
    """
    return parse_agent(without(source, spans).encode("utf-8", "surrogatepass"), agent.path)


def _offsets(source: str, span: Span) -> tuple[int, int]:
    """Return a stretch as half-open range of characters, widened to whole lines where it fills them."""
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    starts[-1] = len(source)
    start = min(starts[span.line - 1] + span.column - 1, len(source))
    end = min(starts[span.end_line - 1] + span.end_column - 1, len(source))
    line_start, line_end = starts[span.line - 1], min(starts[span.end_line], len(source))
    if not source[line_start:start].strip() and not source[end:line_end].strip():
        return line_start, line_end
    return start, end
