"""An experiment as people write it down: one YAML file, kept beside the prompts it speaks of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)

from harness.core.located_yaml import read_bounded, read_yaml, validated
from harness.tune.template import BASE

__all__ = ["ExperimentFile", "read_experiment"]

_MOST_BYTES = 200_000


def _not_base(name: str) -> str:
    if name == BASE:
        raise ValueError(f"{BASE!r} is the prompt of the agent file; give the parameter another name")
    return name


Place = Annotated[str, Field(min_length=1, max_length=400)]
ParameterName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$"), AfterValidator(_not_base)]
ParameterValue = StrictBool | StrictInt | StrictFloat | Annotated[StrictStr, Field(max_length=20_000)]


class ExperimentFile(BaseModel):
    """The keys of the file; paths are relative to the folder in which the command runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(
        default="", max_length=500, description="What is to be found out; the report says it."
    )
    agent: Place = Field(description="The agent file: the base, and the rules that decide.")
    suite: tuple[Place, ...] = Field(default=(), description="Datasets; default: those of harness.toml.")
    variants: tuple[Place, ...] = Field(
        default=(), max_length=100, description="Prompts, templates (.j2) and folders of them."
    )
    params: dict[ParameterName, Annotated[tuple[ParameterValue, ...], Field(min_length=1, max_length=48)]] = (
        Field(default_factory=dict, description="Values of the templates' parameters; all combinations.")
    )
    model: str = Field(
        default="", max_length=200, description="provider:name; default: that of harness.toml."
    )
    trials: int = Field(default=0, ge=0, le=1_000, description="Answers per case; 0: harness.toml.")
    limit: int = Field(default=0, ge=0, description="So many cases, spread over all; 0: all.")
    tags: tuple[Place, ...] = Field(default=(), description="Only cases with one of these tags.")
    max_tokens: int = Field(default=0, ge=0, description="Longest answer; 0: harness.toml.")
    max_cost: float = Field(default=0.0, ge=0, description="US dollars that may be spent; 0: harness.toml.")
    margin: float = Field(default=0.02, ge=0, lt=1, description="A smaller difference counts as none.")
    alpha: float = Field(default=0.05, gt=0, le=0.5, description="Probability of any false claim.")


def read_experiment(path: Path) -> ExperimentFile:
    """Read an experiment file.

    Raises:
        InputError: it cannot be read, or breaks the format; the message begins with ``file:line``.
    """
    return validated(read_yaml(read_bounded(path, _MOST_BYTES), str(path)), ExperimentFile)
