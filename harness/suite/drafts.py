"""Drafts of cases: what a model proposed, kept apart from every dataset until a person accepts it.

A draft file is YAML. A person reads it, corrects it, sets ``accepted: true`` where a case is good (and
``rejected: true`` where it is not, so as not to read it again), and turns the accepted ones into a dataset
with ``harness draft-cases --accept``, or does all of that in the viewer. No run ever reads a draft file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from harness.core.errors import DatasetError, InputError
from harness.core.json_text import parse_json
from harness.core.located_yaml import read_bounded, read_yaml, validated
from harness.suite.leaks import names_agent

__all__ = [
    "TO_WRITE",
    "Draft",
    "DraftFile",
    "DraftKind",
    "accepted_dataset",
    "draft_prompt",
    "draft_text",
    "read_drafts",
    "read_proposals",
]

LONGEST_PROMPT = 4_000
"""Characters of a proposed message that is kept."""

TO_WRITE = "TODO:"
"""How the message of a draft begins that a person still has to write."""

_MOST_PROPOSALS = 40
_DRAFTED = "drafted"


class DraftKind(StrEnum):
    """What a draft is a case of."""

    ORDINARY = "ordinary"
    TEMPTING = "tempting"
    BORDER = "border"


class Draft(BaseModel):
    """One proposed message; ``target`` is the rule it is for, or the agent that should get it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=120)
    kind: DraftKind
    target: str = Field(min_length=1, max_length=200)
    prompt: str = Field(pattern=r"\S", max_length=LONGEST_PROMPT)
    why: str = Field(default="", max_length=LONGEST_PROMPT)
    accepted: StrictBool = False
    rejected: StrictBool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Draft:
        if self.accepted and self.rejected:
            raise ValueError("it is accepted and rejected at once; keep one of the two")
        return self


class DraftFile(BaseModel):
    """A file of drafts. ``agent`` is whose rules they are for; empty for border cases of a roster."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agent: str = Field(default="", max_length=200)
    model: str = Field(default="", max_length=200)
    drafts: Annotated[tuple[Draft, ...], Field(min_length=1)]


def draft_prompt(kind: DraftKind, count: int) -> str:
    """Return the system prompt that asks a model for ``count`` messages of each kind."""
    name = "draft-border.md" if kind is DraftKind.BORDER else "draft-compliance.md"
    text = (files("harness.suite") / "data" / name).read_text(encoding="utf-8")
    return text.replace("{{count}}", str(count))


def read_proposals(
    answer: str | dict[str, Any], kinds: Collection[str], forbidden: Collection[str]
) -> tuple[list[dict[str, str]], list[str]]:
    """Take the messages out of a model's answer, which may be anything.

    Args:
        answer: the text, or the arguments of a tool call.
        kinds: the kinds that were asked for; others are left out.
        forbidden: names of agents; a message that names one gives its label away and is left out.

    Returns:
        The usable proposals (kind, prompt, why), and a line for each that was left out.
    """
    document = _json(answer) if isinstance(answer, str) else answer
    listed = document.get("cases") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return [], ["the answer is not the JSON that was asked for"]
    found: list[dict[str, str]] = []
    problems: list[str] = []
    seen: set[str] = set()
    for number, one in enumerate(listed[:_MOST_PROPOSALS], start=1):
        pairs = one.items() if isinstance(one, dict) else ()
        proposal = {key: value for key, value in pairs if isinstance(value, str)}
        problem = _problem(proposal, kinds, forbidden, seen)
        if problem:
            problems.append(f"proposal {number}: {problem}")
        else:
            seen.add(_folded(proposal["prompt"]))
            why = proposal.get("why", "").strip()[:LONGEST_PROMPT]
            found.append({"kind": proposal["kind"], "prompt": proposal["prompt"].strip(), "why": why})
    return found, problems


def _problem(
    proposal: dict[str, str], kinds: Collection[str], forbidden: Collection[str], seen: Collection[str]
) -> str:
    prompt = proposal.get("prompt", "")
    if not prompt.strip():
        return "no message"
    if len(prompt) > LONGEST_PROMPT:
        return f"longer than {LONGEST_PROMPT:,} characters"
    if proposal.get("kind") not in kinds:
        return f"another kind than {' or '.join(sorted(kinds))}"
    leak = next((name for name in sorted(forbidden) if names_agent(prompt, name)), "")
    if leak:
        return f"it names {leak}"
    return "the same message again" if _folded(prompt) in seen else ""


def _folded(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def _json(text: str) -> Any:
    start, end = text.find("{"), text.rfind("}")
    try:
        return parse_json(text[start : end + 1]) if 0 <= start < end else None
    except ValueError:
        return None


def draft_text(drafts: DraftFile) -> str:
    """Return a draft file's content, with the way to accept written on top."""
    whose = "Drafts by a model" if drafts.model else "Drafts for you to write"
    head = (
        f"# {whose}, not yet cases: no run reads this file. Correct each, set `accepted: true`\n"
        "# where it is good, then: harness draft-cases --accept THIS_FILE --into DATASET.yaml\n"
    )
    document = drafts.model_dump(mode="json")
    for draft in document["drafts"]:
        if not draft["rejected"]:
            del draft["rejected"]
    return head + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def read_drafts(path: Path) -> DraftFile:
    """Read a draft file.

    Raises:
        InputError: there is no such file, or it cannot be read.
        DatasetError: it is no draft file; the message names the place.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; name one that `harness draft-cases` wrote")
    text = read_bounded(path, error=DatasetError)
    return validated(read_yaml(text, str(path), error=DatasetError), DraftFile)


def accepted_dataset(drafts: DraftFile) -> str:
    """Return the accepted drafts as a dataset: of compliance, or of routing where they are border cases.

    Raises:
        DatasetError: none is accepted, both sorts are, or a message is not written yet.
    """
    accepted = [draft for draft in drafts.drafts if draft.accepted]
    if not accepted:
        raise DatasetError("no draft is accepted; set `accepted: true` where one is good")
    unwritten = next((draft.id for draft in accepted if draft.prompt.lstrip().startswith(TO_WRITE)), "")
    if unwritten:
        raise DatasetError(
            f"{unwritten}: it is accepted, and its message still says {TO_WRITE} write what a user would ask"
        )
    border = {draft.kind is DraftKind.BORDER for draft in accepted}
    if len(border) > 1:
        raise DatasetError("border cases and cases for rules stand in one file; accept one sort at a time")
    cases = [*(_routing_cases(accepted) if border == {True} else _compliance_cases(accepted))]
    document = {"cases": cases} if border == {True} else {"agent": drafts.agent, "cases": cases}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def _compliance_cases(drafts: Sequence[Draft]) -> Iterator[dict[str, Any]]:
    for draft in drafts:
        tags = [_DRAFTED, *([draft.kind.value] if draft.kind is DraftKind.TEMPTING else [])]
        yield {"id": draft.id, "prompt": draft.prompt, "applies": [draft.target], "tags": tags}


def _routing_cases(drafts: Sequence[Draft]) -> Iterator[dict[str, Any]]:
    for draft in drafts:
        yield {
            "id": draft.id,
            "message": draft.prompt,
            "agent": draft.target,
            "tags": [_DRAFTED, "border"],
            "why": draft.why,
        }
