"""What a judge is asked: templates filled with rubric, question and the fenced answer.

The order serves prompt caches: the instructions are the same for every call, the exchange for all rules of
one answer, and what differs comes last, as a message of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from harness.checks.base import Exchange
from harness.core.jsonl import sha_of
from harness.core.types import Message, Outcome, Polarity, Role
from harness.judge.fence import boundary_of
from harness.judge.quotes import Part
from harness.judge.rubric import Rubric
from harness.response.block import Block, Origin

__all__ = [
    "MAX_RESPONSE",
    "Question",
    "again",
    "exchange_message",
    "question_message",
    "response_is_cut",
    "response_parts",
    "supplied_cut",
    "system_prompt",
    "template_sha",
]

MAX_RESPONSE = 120_000
"""Characters; what is longer is judged on its beginning, and said to be cut off."""
MAX_SUPPLIED = 40_000  # characters of supplied files, all together


@dataclass(frozen=True, slots=True)
class Question:
    """A rule as it is put to a judge. ``evidence`` is what a static check saw, ``remark`` the owner's."""

    key: str
    rule: str
    polarity: Polarity
    section: str
    rubric: Rubric
    remark: str = ""
    evidence: tuple[str, ...] = ()

    @property
    def offers(self) -> tuple[Outcome, ...]:
        """The verdicts that may be given."""
        return self.rubric.offers


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    # Plain text for a model: nothing to escape. Texts are values, never templates.
    return ImmutableSandboxedEnvironment(
        loader=PackageLoader("harness.judge"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )


def _render(name: str, **values: Any) -> str:
    return _environment().get_template(name).render(values).strip("\n")


@cache
def template_sha() -> str:
    """Return the sha of the wording that all rubrics share: another wording is another judge."""
    loader = _environment().loader
    assert loader is not None  # noqa: S101 - set above
    names = ("system.md.j2", "exchange.md.j2", "question.md.j2", "again.md.j2")
    return sha_of([loader.get_source(_environment(), name)[0] for name in names])


def system_prompt() -> str:
    """Return the instructions that every call begins with."""
    return _render("system.md.j2")


def response_parts(exchange: Exchange) -> tuple[str, tuple[Part, ...]]:
    """Return the text that is judged, and where in it the files stand that were written through tools."""
    texts, parts = [exchange.program.text], []
    length = len(exchange.program.text)
    for block in _written(exchange):
        head = f"\n\nFile {' '.join(block.path.split())[:200] or block.number}:\n"
        texts += [head, block.text]
        parts.append(Part(length, length + len(head), block))
        length += len(head) + len(block.text)
    return "".join(texts)[:MAX_RESPONSE], tuple(parts)


def response_is_cut(exchange: Exchange) -> bool:
    """Tell whether a judge sees less than was to be said: cut by the model's limit, or by ours."""
    program = exchange.program
    if exchange.truncated or program.limits or any(block.truncated for block in program.blocks):
        return True
    return len(program.text) + sum(len(block.text) for block in _written(exchange)) > MAX_RESPONSE


def _written(exchange: Exchange) -> Iterator[Block]:
    return (block for block in exchange.program.blocks if block.origin in {Origin.TOOL_CALL, Origin.FILE})


def supplied_cut(exchange: Exchange) -> str:
    """Say how much of the supplied files a judge is shown; empty: all of it."""
    whole = sum(len(file.text) for file in exchange.files)
    return f"{MAX_SUPPLIED:,} of {whole:,} characters shown" if whole > MAX_SUPPLIED else ""


def exchange_message(exchange: Exchange, response: str, salt: str = "") -> Message:
    """Return the question and the fenced answer as one message."""
    asked = "\n\n".join(
        message.text if message.role is Role.USER else f"(earlier answer) {message.text}"
        for message in exchange.messages
    )
    files, left = [], MAX_SUPPLIED
    for file in exchange.files:
        shown = file.text[:left]
        files.append({"path": file.path, "text": shown, "left_out": len(file.text) - len(shown)})
        left -= len(shown)
    text = _render(
        "exchange.md.j2",
        question=asked,
        files=files,
        boundary=boundary_of(response, salt),
        response=response,
        truncated=exchange.truncated or len(response) == MAX_RESPONSE,
    )
    return Message(Role.USER, text)


def question_message(questions: Sequence[Question], salt: str = "") -> Message:
    """Return the rules to decide as one message; what checks saw stands between boundaries of its own."""
    facts = "\n".join(fact for question in questions for fact in question.evidence)
    boundary = boundary_of(facts, f"facts {salt}")
    return Message(Role.USER, _render("question.md.j2", questions=questions, boundary=boundary))


def again(reason: str) -> Message:
    """Return the message that asks once more after an answer that could not be used."""
    return Message(Role.USER, _render("again.md.j2", reason=reason))
