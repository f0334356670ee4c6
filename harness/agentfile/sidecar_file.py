"""The sidecar of an agent file as its author writes it: ``<stem>.harness.yaml``, validated, with lines."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from harness.core.errors import ConfigurationError
from harness.core.types import Severity

__all__ = ["SUFFIX", "RuleEntry", "SidecarFile", "load_sidecar", "sidecar_path"]

SUFFIX = ".harness.yaml"
_MAX_BYTES = 1024 * 1024
_MAX_DEPTH = 12
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _scalar_as_text(value: object) -> object:
    """Accept ``max: 200`` for a text; YAML reads it as a number, checks take their parameters as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value


_Text = Annotated[str, BeforeValidator(_scalar_as_text)]


class RuleEntry(BaseModel):
    """What the sidecar says about one rule; ``match`` is the rule's text or its unique beginning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: str = Field(min_length=1)
    id: str = Field(default="", pattern=r"^(?:[a-z0-9]+(?:-[a-z0-9]+)*)?$", max_length=80)
    severity: Severity | None = None
    check: str = ""
    parameters: dict[str, _Text] = {}
    waive: str = ""
    rubric: str = ""


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[RuleEntry, ...] = ()
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SidecarFile:
    """A sidecar as it was read: its entries and includes, each with its line (from 1)."""

    path: Path
    entries: tuple[tuple[RuleEntry, int], ...]
    includes: tuple[tuple[str, int], ...]


def sidecar_path(agent: Path) -> Path:
    """Return where the sidecar of an agent file lies: beside it, with the same stem."""
    return agent.with_name(agent.stem + SUFFIX)


def load_sidecar(path: Path) -> SidecarFile:
    """Read a sidecar; one that does not exist is empty.

    Raises:
        ConfigurationError: it cannot be read, is not YAML, holds an unknown key or a wrong value.
    """
    if not path.is_file():
        return SidecarFile(path, (), ())
    node = _compose(_read(path), path)
    if node is None:
        return SidecarFile(path, (), ())
    try:
        schema = _Schema.model_validate(yaml.constructor.SafeConstructor().construct_document(node))
    except ValidationError as error:
        raise _explain(error, node, path) from error
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, path) from error
    except ValueError as error:
        raise ConfigurationError(f"{path}: a value cannot be read: {error}; put it in quotes") from error
    return SidecarFile(
        path,
        tuple((entry, _line(node, ("rules", index))) for index, entry in enumerate(schema.rules)),
        tuple((name, _line(node, ("include", index))) for index, name in enumerate(schema.include)),
    )


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror or error})") from error
    if len(data) > _MAX_BYTES:
        raise ConfigurationError(
            f"{path}: larger than {_MAX_BYTES:,} bytes; a sidecar holds a few lines per rule"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from error


def _compose(text: str, path: Path) -> yaml.Node | None:
    """Compose the node tree after bounding what composing may cost."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise ConfigurationError(
                    f"{path}:{line}: aliases (*name) are not allowed here; write the value out"
                )
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise ConfigurationError(
                    f"{path}: nested more than {_MAX_DEPTH} levels deep; make it flatter"
                )
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, path) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from error
    return node


def _not_yaml(error: yaml.MarkedYAMLError, path: Path) -> ConfigurationError:
    mark = error.problem_mark or error.context_mark
    where = f":{mark.line + 1}" if mark else ""
    return ConfigurationError(f"{path}{where}: not valid YAML: {error.problem or error.context}")


def _line(node: yaml.Node, where: tuple[Any, ...]) -> int:
    """Return the line (from 1) of a part of the document, or of the nearest part around it."""
    line = node.start_mark.line if node.start_mark else 0
    for part in where:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == part), None)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line if node.start_mark else line
        else:
            break
    return line + 1


def _explain(error: ValidationError, node: yaml.Node, path: Path) -> ConfigurationError:
    problems = error.errors(include_url=False)
    first = min(problems, key=lambda problem: _line(node, problem["loc"]))
    where = first["loc"]
    spelled = ".".join(str(part + 1) if isinstance(part, int) else part for part in where) or "the file"
    if first["type"] == "extra_forbidden":
        known = list((_Schema if len(where) == 1 else RuleEntry).model_fields)
        close = difflib.get_close_matches(str(where[-1]), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
        message = f"unknown key {str(where[-1])!r}; {hint}"
    elif first["type"] == "missing":
        message = f"{spelled} is missing; add it"
    elif where[-1:] == ("id",):
        message = f"{spelled}: an id is a slug such as no-console; found {first['input']!r}"
    else:
        message = f"{spelled}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return ConfigurationError(f"{path}:{_line(node, where)}: {message}{more}")
