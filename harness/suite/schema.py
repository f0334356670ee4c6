"""The files of a suite as people write them: compliance datasets, routing datasets, golden responses.

These models are the one description of the formats: loading validates with them, the published JSON
Schemas (for editors) are generated from them, and ``docs/datasets.md`` explains them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

from harness.core.types import Outcome, Role

__all__ = [
    "LABELS_SUFFIX",
    "SCHEMAS",
    "ComplianceCase",
    "ComplianceFile",
    "GoldenFront",
    "LabelEntry",
    "LabelsFile",
    "MessageEntry",
    "RoutingCase",
    "RoutingFile",
    "SuppliedFileEntry",
    "schema_text",
]

MAX_TEXT = 1_000_000  # characters of one message or file: far more than a model can read


def _usable_path(path: str) -> str:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or path.startswith("~"):
        raise ValueError(f"{path!r} must be a path inside the project, with forward slashes")
    if not path.isprintable() or "`" in path:
        raise ValueError(f"{path!r} holds characters that a path in a message cannot have")
    return path


Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=120)]
AgentName = Annotated[str, Field(pattern=r"^\S(.*\S)?$", max_length=200)]
Reference = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)?$", max_length=120)]
Text = Annotated[str, Field(pattern=r"\S", max_length=MAX_TEXT)]
RelativePath = Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_usable_path)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MessageEntry(_Entry):
    """One turn of a conversation."""

    role: Role = Field(description="Who speaks.")
    text: Text = Field(description="What is said.")


class SuppliedFileEntry(_Entry):
    """A file of the user's project that comes with the question."""

    path: RelativePath = Field(description="Path inside the user's project, with forward slashes.")
    text: str = Field(max_length=MAX_TEXT, description="The content of the file.")


Messages = Annotated[
    tuple[MessageEntry, ...],
    Field(
        default=(),
        max_length=200,
        description="A conversation that ends with a user turn, in place of one text.",
    ),
]
Tags = Annotated[tuple[Slug, ...], Field(default=(), description="Free words to select and group cases by.")]
Cluster = Annotated[
    str,
    Field(
        default="",
        pattern=r"^([a-z0-9][a-z0-9._-]*)?$",
        max_length=120,
        description="Cases that paraphrase each other share a cluster and count as one in statistics.",
    ),
]
Files = Annotated[
    tuple[SuppliedFileEntry, ...],
    Field(default=(), max_length=200, description="Project files that come with it."),
]


def _exactly_one(text: str, messages: Sequence[MessageEntry], key: str) -> None:
    if bool(text) == bool(messages):
        problem = "both are given" if text else "neither is given"
        raise ValueError(f"write either `{key}` or `messages`: {problem}")
    _ends_with_user(messages)


def _ends_with_user(messages: Sequence[MessageEntry]) -> None:
    if messages and messages[-1].role is not Role.USER:
        raise ValueError("`messages` must end with a user turn: it is what the model answers")


def _one_of(*keys: str) -> dict[str, Any]:
    return {"oneOf": [{"required": [key]} for key in keys]}


class ComplianceCase(_Entry):
    """A question whose answer must obey the agent's rules."""

    model_config = ConfigDict(json_schema_extra=_one_of("prompt", "messages"))

    id: Slug = Field(description="Unique in the suite.")
    prompt: Text = Field(default="", description="The user's message.")
    messages: Messages
    files: Files
    applies: tuple[Reference, ...] = Field(
        default=(),
        description="Rules that clearly apply to a good answer: check ids (group/name) or rule ids.",
    )
    not_applicable: tuple[Reference, ...] = Field(
        default=(), description="Rules that clearly do not apply: check ids (group/name) or rule ids."
    )
    tags: Tags
    cluster: Cluster
    note: str = Field(default="", description="Why this case is here.")

    @model_validator(mode="after")
    def _consistent(self) -> ComplianceCase:
        _exactly_one(self.prompt, self.messages, "prompt")
        both = sorted(set(self.applies) & set(self.not_applicable))
        if both:
            raise ValueError(f"{both[0]!r} stands under both `applies` and `not_applicable`; keep one")
        paths = [file.path for file in self.files]
        twice = next((path for path in paths if paths.count(path) > 1), "")
        if twice:
            raise ValueError(f"the file {twice!r} is supplied twice; keep one")
        return self


class ComplianceFile(_Entry):
    """``datasets/<agent>/compliance.yaml``: cases for the rules of one agent."""

    agent: AgentName = Field(description="Name of the agent, as the front matter of its file has it.")
    cases: tuple[ComplianceCase, ...] = Field(min_length=1)


class RoutingCase(_Entry):
    """A message, and the agent that should get it."""

    model_config = ConfigDict(json_schema_extra=_one_of("message", "messages"))

    id: Slug = Field(description="Unique in the suite.")
    message: Text = Field(default="", description="The user's message.")
    messages: Messages
    agent: AgentName = Field(description="Name of the agent that should get it, or `none`.")
    tags: Tags
    cluster: Cluster
    why: str = Field(default="", description="The reason for the label where it is debatable.")

    @model_validator(mode="after")
    def _consistent(self) -> RoutingCase:
        _exactly_one(self.message, self.messages, "message")
        return self


class RoutingFile(_Entry):
    """``datasets/routing/*.yaml``: labelled messages over a roster of agents."""

    roster: str = Field(
        default="",
        max_length=400,
        description="Folder of the agent files, relative to this file; by default the project's agents.",
    )
    cases: tuple[RoutingCase, ...] = Field(min_length=1)


class GoldenFront(_Entry):
    """The front matter of a golden response: the question, and the outcome each rule should get."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": ["case"]}, {"required": ["prompt"]}, {"required": ["messages"]}]
        }
    )

    case: str = Field(default="", max_length=120, description="Id of the compliance case that is answered.")
    agent: str = Field(
        default="",
        max_length=200,
        description="Agent, where the file does not lie in datasets/<agent>/golden/.",
    )
    prompt: Text = Field(default="", description="The user's message; required without `case`.")
    messages: Messages
    files: Files
    truncated: StrictBool = Field(default=False, description="The response was cut off before its end.")
    author: str = Field(default="hand", max_length=200, description="Who or what wrote the response.")
    labels: dict[Reference, Outcome] = Field(
        min_length=1, description="Expected outcome per check id (group/name) or rule id."
    )
    notes: dict[Reference, str] = Field(default_factory=dict, description="Why a label is what it is.")

    @model_validator(mode="after")
    def _consistent(self) -> GoldenFront:
        if self.case and (self.prompt or self.messages or self.files):
            raise ValueError(
                "with `case` the question comes from the dataset: take out `prompt`, `messages`, `files`"
            )
        if not self.case:
            _exactly_one(self.prompt, self.messages, "prompt")
        if Outcome.ERROR in self.labels.values():
            raise ValueError("`error` is no label: write pass, fail, not_applicable or undecided")
        stray = next((reference for reference in self.notes if reference not in self.labels), "")
        if stray:
            raise ValueError(f"`notes` speaks of {stray!r}, which `labels` does not hold")
        return self


LABELS_SUFFIX = ".labels.yaml"


class LabelEntry(_Entry):
    """A label with a remark."""

    label: Outcome = Field(description="The outcome that the rule should get.")
    note: str = Field(default="", max_length=2_000, description="Why.")
    line: int = Field(default=0, ge=0, description="The line of the response that it rests on; 0: none.")


class LabelsFile(_Entry):
    """The labels of one annotator, in a file ``<annotator>.labels.yaml`` beside golden responses."""

    annotator: str = Field(min_length=1, max_length=200, description="Who labels; one file for each.")
    labels: dict[Slug, dict[Reference, Outcome | LabelEntry]] = Field(
        description="Per response (its file without .md): per rule id or check id the outcome, or "
        "{label, note, line}."
    )

    @model_validator(mode="after")
    def _outcomes(self) -> LabelsFile:
        for response, labels in self.labels.items():
            for reference, given in labels.items():
                if (given.label if isinstance(given, LabelEntry) else given) is Outcome.ERROR:
                    raise ValueError(
                        f"{response}, {reference}: `error` is no label: write pass, fail, not_applicable "
                        "or undecided"
                    )
        return self


SCHEMAS: dict[str, type[BaseModel]] = {
    "compliance": ComplianceFile,
    "routing": RoutingFile,
    "golden": GoldenFront,
    "labels": LabelsFile,
}


def schema_text(name: str) -> str:
    """Return the JSON Schema (draft 2020-12) of one format as it is published, ending in a newline.

    Args:
        name: ``compliance``, ``routing`` or ``golden`` (the front matter of a golden response).
    """
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **SCHEMAS[name].model_json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
