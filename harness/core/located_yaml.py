"""YAML that people write, read with the line of every value and with bounds on what it may cost.

A dataset is edited by hand, so every complaint about it must name a line; and it may come from
anyone, so neither its size, its nesting nor its aliases may exhaust the machine. Only plain data is
read: mappings with text keys, lists, texts, numbers and booleans. Dates stay texts.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from harness.core.errors import HarnessError, InputError
from harness.core.yaml_events import LOADER, yaml_events

__all__ = ["MAX_BYTES", "Document", "Where", "read_bounded", "read_yaml", "validated"]

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 40
MAX_VALUES = 400_000  # with every alias written out

Where = tuple[str | int, ...]
ModelType = TypeVar("ModelType", bound=BaseModel)

_PLAIN = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null"))
_AS_TEXT = frozenset(f"tag:yaml.org,2002:{name}" for name in ("timestamp", "value"))
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its plain value, and the line on which each part of it stands.

    ``lines`` maps a path of keys and list indices (from 0) to a line counted from 1: that of the key
    for a value in a mapping, that of the item for a value in a list.
    """

    value: Any
    lines: dict[Where, int]
    path: str
    error: type[HarnessError]

    def line_of(self, where: Sequence[str | int]) -> int:
        """Return the line of a part, or of the nearest part around it that exists."""
        for end in range(len(where), -1, -1):
            line = self.lines.get(tuple(where[:end]))
            if line is not None:
                return line
        return 1

    def fault(self, where: Sequence[str | int], message: str) -> HarnessError:
        """Make the error for a part: ``file:line: message``."""
        return self.error(f"{self.path}:{self.line_of(where)}: {message}")


def read_bounded(path: Path, limit: int = MAX_BYTES, error: type[HarnessError] = InputError) -> str:
    """Read a UTF-8 text file of at most ``limit`` bytes; CRLF becomes LF and a BOM goes.

    Raises:
        HarnessError: of the kind ``error``: the file cannot be read, is too large or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as problem:
        raise error(f"{path}: cannot be read: {problem.strerror or problem}") from problem
    if len(data) > limit:
        raise error(f"{path}: larger than {limit:,} bytes; split it into several files")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise error(
            f"{path}:{line}: not UTF-8 (byte 0x{data[problem.start]:02x}); save the file as UTF-8"
        ) from problem
    return text.replace("\r\n", "\n")


def read_yaml(
    text: str, path: str, *, first_line: int = 1, error: type[HarnessError] = InputError
) -> Document:
    """Read one YAML document; ``first_line`` is the line of ``path`` on which ``text`` begins.

    Raises:
        HarnessError: of the kind ``error``: not YAML, a key given twice, or beyond the bounds.
    """
    reader = _Reader(path, first_line, error)
    try:
        reader.check_depth(text)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, problem.position) + first_line
        raise error(f"{path}:{line}: not valid YAML: {problem.reason}") from problem
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + first_line if mark else first_line
        parts = [part for part in (problem.context, problem.problem) if part]
        raise error(f"{path}:{line}: not valid YAML: {', '.join(parts)}") from problem
    value = None if node is None else reader.read(node, ())
    return Document(value, reader.lines, path, error)


class _Reader:
    """Turns composed nodes into plain values, counting what it makes."""

    def __init__(self, path: str, first_line: int, error: type[HarnessError]) -> None:
        self.path = path
        self.first_line = first_line
        self.error = error
        self.lines: dict[Where, int] = {}
        self.values = 0
        self.plain = yaml.constructor.SafeConstructor()

    def fault(self, mark: Any, message: str) -> HarnessError:
        line = (mark.line if mark else 0) + self.first_line
        return self.error(f"{self.path}:{line}: {message}")

    def check_depth(self, text: str) -> None:
        """Refuse deep nesting before anything recursive looks at the text."""
        depth = 0
        for event in yaml_events(text):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise self.fault(
                    event.start_mark, f"nested more than {MAX_DEPTH} levels deep; make it flatter"
                )

    def read(self, node: yaml.Node, where: Where) -> Any:
        # An alias that holds itself has no end, and nested aliases grow exponentially.
        self.values += 1
        if self.values > MAX_VALUES or len(where) > MAX_DEPTH:
            raise self.fault(
                node.start_mark, "the aliases (*name) of this file expand without end; write it out"
            )
        self.lines.setdefault(where, node.start_mark.line + self.first_line)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, where)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*where, index)) for index, item in enumerate(node.value)]
        return self.scalar(node)

    def mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merged.append(value_node)
                continue
            key = self.scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise self.fault(key_node.start_mark, "a key must be a text; put it in quotes")
            if key in own:
                raise self.fault(key_node.start_mark, f"the key {key!r} stands here twice; keep one")
            self.lines[(*where, key)] = key_node.start_mark.line + self.first_line
            own[key] = self.read(value_node, (*where, key))
        return {**self.merge(merged, where), **own}

    def merge(self, nodes: Sequence[yaml.Node], where: Where) -> dict[str, Any]:
        """Read what ``<<:`` brings in; of several mappings the first wins, as YAML has it."""
        found: dict[str, Any] = {}
        for node in nodes:
            parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
            for part in parts:
                if not isinstance(part, yaml.MappingNode):
                    raise self.fault(part.start_mark, "<<: needs a mapping, such as an alias of one")
                self.values += 1
                found = {**self.read(part, (*where, "<<")), **found}
        return found

    def scalar(self, node: yaml.Node) -> Any:
        if node.tag in _AS_TEXT:
            return node.value
        if node.tag not in _PLAIN:
            raise self.fault(node.start_mark, f"the YAML tag {node.tag!r} is not allowed; write plain data")
        try:
            return self.plain.construct_object(node)
        except (ValueError, IndexError) as problem:  # PyYAML looks for the sign of an empty number
            raise self.fault(
                node.start_mark, f"{str(node.value)[:60]!r} is not a usable value: {problem}"
            ) from problem


def validated(document: Document, model: type[ModelType]) -> ModelType:
    """Validate a document against a schema.

    Raises:
        HarnessError: of the document's kind; the first problem with its line and how many more there are.
    """
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        problems: list[dict[str, Any]] = [
            dict(item) for item in error.errors(include_url=False, include_input=True)
        ]
        causes = [item for item in problems if not _follows(item, problems)]
        ordered = sorted(causes, key=lambda item: document.line_of(item["loc"]))
        first = ordered[0]
        more = f" (and {len(ordered) - 1} more)" if len(ordered) > 1 else ""
        raise document.fault(first["loc"], _explain(first, model) + more) from error


def _follows(problem: dict[str, Any], problems: Sequence[dict[str, Any]]) -> bool:
    """Tell whether a problem goes away with another one, which is what must be mended.

    A misspelt key is also a missing one; a list whose entries are all wrong is also too short.
    """
    where = problem["loc"]
    if problem["type"] == "missing":
        return any(
            other["type"] == "extra_forbidden" and other["loc"][:-1] == where[:-1] for other in problems
        )
    if problem["type"] == "too_short":
        return any(
            len(other["loc"]) > len(where) and other["loc"][: len(where)] == where for other in problems
        )
    return False


def _explain(problem: dict[str, Any], model: type[BaseModel]) -> str:
    """Say in the words of a person who edits YAML what pydantic found."""
    where = problem["loc"]
    name = _spell(where)
    kind = problem["type"]
    if kind == "extra_forbidden":
        known = _known_keys(model, where[:-1])
        close = difflib.get_close_matches(str(where[-1]), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
        return f"unknown key {str(where[-1])!r}; {hint}"
    if kind == "missing":
        return f"{name} is missing; add it"
    if kind == "string_type":
        return f"{name} must be a text, not {_show(problem['input'])}; put it in quotes"
    if kind == "value_error":
        return f"{name}: {problem['ctx']['error']}" if name else str(problem["ctx"]["error"])
    message = problem["msg"][:1].lower() + problem["msg"][1:]
    return f"{name or 'the file'}: {message}, found {_show(problem['input'])}"


def _spell(where: Sequence[str | int]) -> str:
    """Spell a path as people do: ``cases[2].tags[0]``, items counted from 1."""
    text = ""
    for part in where:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _show(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _known_keys(model: type[BaseModel], where: Sequence[str | int]) -> list[str]:
    """Return the keys that a schema knows at a path, in the order in which it declares them."""
    current: type[BaseModel] = model
    for part in where:
        if isinstance(part, str) and part in current.model_fields:
            current = _model_within(current.model_fields[part].annotation) or current
    return list(current.model_fields)


def _model_within(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_within(inner)
        if found is not None:
            return found
    return None
