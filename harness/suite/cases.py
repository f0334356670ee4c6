"""What every case has in common: its sha, and the messages that are really sent."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from harness.core.jsonl import sha_of
from harness.core.types import Case, Message, SuppliedFile

__all__ = ["case_sha", "messages_to_send", "render_message", "sealed"]

_BACKTICKS = re.compile(r"`{3,}")
_FENCE_WORDS = {
    "cjs": "js", "conf": "ini", "dockerfile": "dockerfile", "htm": "html", "md": "markdown", "mjs": "js",
    "py": "python", "sh": "bash", "yml": "yaml",
}  # fmt: skip
_WORD = re.compile(r"[a-z0-9+#-]{1,20}")


def case_sha(case: Case) -> str:
    """Return the sha of what a case asks and demands, as its author wrote it.

    The agent's prompt is no part of it, so that two versions of a prompt are measured on the same
    cases; neither is the place the case comes from. Call it before references are resolved: the sha
    must not change because another prompt binds its rules differently.
    """
    return sha_of(
        {
            "id": case.id,
            "kind": case.kind,
            "agent": case.agent,
            "messages": case.messages,
            "files": case.files,
            "applies": sorted(case.applies),
            "not_applicable": sorted(case.not_applicable),
            "expected_agent": case.expected_agent,
            "tags": sorted(case.tags),
            "cluster": case.cluster,
        }
    )


def sealed(case: Case) -> Case:
    """Return the case with its sha filled in."""
    return dataclasses.replace(case, sha=case_sha(case))


def render_message(text: str, files: Sequence[SuppliedFile]) -> str:
    """Return a user's message with the supplied files below it, each a fenced block under its path.

    The text is the same on every machine, and no content can end its block early: a fence is longer
    than any run of backticks inside.
    """
    if not files:
        return text
    parts = [text.rstrip("\n"), "Files of the project:"]
    parts.extend(_fenced(file) for file in files)
    return "\n\n".join(parts)


def messages_to_send(case: Case) -> tuple[Message, ...]:
    """Return the conversation as the model gets it: supplied files stand in the last user turn."""
    if not case.files:
        return case.messages
    *before, last = case.messages
    return (*before, Message(last.role, render_message(last.text, case.files)))


def _fenced(file: SuppliedFile) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(file.text)), default=2)
    fence = "`" * (longest + 1)
    end = "" if file.text.endswith("\n") or not file.text else "\n"
    return f"`{file.path}`\n\n{fence}{_fence_word(file.path)}\n{file.text}{end}{fence}"


def _fence_word(path: str) -> str:
    pure = PurePosixPath(path.lower())
    word = pure.suffix.removeprefix(".") or pure.name
    word = _FENCE_WORDS.get(word, word)
    return word if _WORD.fullmatch(word) else ""
