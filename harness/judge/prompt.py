"""What a judge is asked: templates filled with rubric, question and the fenced answer.

The order serves prompt caches: the instructions are the same for every call, the exchange for all rules of
one answer, and what differs comes last, as a message of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from harness.checks.base import Exchange
from harness.core.jsonl import sha_of
from harness.core.types import Message, Outcome, Polarity, Role
from harness.judge.fence import boundary_of
from harness.judge.rubric import Rubric
from harness.response.block import Origin

__all__ = [
    "MAX_RESPONSE",
    "Question",
    "again",
    "exchange_message",
    "question_message",
    "response_of",
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


def response_of(exchange: Exchange) -> str:
    """Return the text that is judged: what was written, and the files that were written through tools."""
    program = exchange.program
    written = [
        f"\n\nFile {' '.join(block.path.split())[:200] or block.number}:\n{block.text}"
        for block in program.blocks
        if block.origin in {Origin.TOOL_CALL, Origin.FILE}
    ]
    return f"{program.text}{''.join(written)}"[:MAX_RESPONSE]


def exchange_message(exchange: Exchange, response: str, salt: str = "") -> Message:
    """Return the question and the fenced answer as one message."""
    asked = "\n\n".join(
        message.text if message.role is Role.USER else f"(earlier answer) {message.text}"
        for message in exchange.messages
    )
    files, left = [], MAX_SUPPLIED
    for file in exchange.files:
        files.append({"path": file.path, "text": file.text[:left]})
        left -= len(files[-1]["text"])
    text = _render(
        "exchange.md.j2",
        question=asked,
        files=files,
        boundary=boundary_of(response, salt),
        response=response,
        truncated=exchange.truncated or len(response) == MAX_RESPONSE,
    )
    return Message(Role.USER, text)


def question_message(questions: Sequence[Question]) -> Message:
    """Return the rules to decide as one message."""
    return Message(Role.USER, _render("question.md.j2", questions=questions))


def again(reason: str) -> Message:
    """Return the message that asks once more after an answer that could not be used."""
    return Message(Role.USER, _render("again.md.j2", reason=reason))
