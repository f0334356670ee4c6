"""Examples in an OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.tree import Mapping, Sequence, Tree
from harness.response.block import Block, BlockRole
from harness.response.config.model import ConfigFile, Kind
from harness.response.program import Program
from harness.response.record import record

__all__ = ["Operation", "operations_of"]

MAX_DEPTH = 12
_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


@record
class Operation:
    """One method on one path, whether it takes a body, and which examples it has."""

    method: str
    path: str
    block: Block
    line: int
    takes_body: bool
    request: bool
    response: bool


def operations_of(program: Program) -> tuple[Operation, ...]:
    """Return the operations of all OpenAPI documents that an answer wrote."""
    files: tuple[ConfigFile, ...] = (*program.config.yaml, *program.config.json)
    return tuple(
        one
        for file in files
        if file.kind is Kind.OPENAPI
        and not file.supplied
        and file.block.role is not BlockRole.COUNTER_EXAMPLE
        for tree in file.trees
        if isinstance(tree, Mapping)
        for one in _operations(file.block, tree)
    )


def _operations(block: Block, document: Mapping) -> Iterator[Operation]:
    paths = document.mapping("paths")
    for path in () if paths is None else paths.entries:
        if not isinstance(path.value, Mapping):
            continue
        for method in path.value.entries:
            if method.key.text.lower() not in _METHODS or not isinstance(method.value, Mapping):
                continue
            body = _resolved(document, method.value.get("requestBody"))
            responses = method.value.mapping("responses")
            answers = (
                [] if responses is None else [_resolved(document, one.value) for one in responses.entries]
            )
            examples = (any(_has_example(document, one) for one in answers)) or _bodiless(responses)
            yield Operation(
                method.key.text.upper(),
                path.key.text,
                block,
                block.line + method.key.line,
                body is not None,
                _has_example(document, body),
                examples,
            )


def _bodiless(responses: Mapping | None) -> bool:
    """Say whether all that an operation answers on success has no body."""
    codes = (
        [] if responses is None else [one.key.text for one in responses.entries if one.key.text[:1] == "2"]
    )
    return bool(codes) and all(code in {"204", "205"} for code in codes)


def _resolved(document: Mapping, part: Tree | None) -> Tree | None:
    """Follow references within the document, a few of them."""
    for _ in range(MAX_DEPTH):
        reference = part.text("$ref") if isinstance(part, Mapping) else ""
        if not reference.startswith("#/"):
            return part
        part = document.get(
            *(step.replace("~1", "/").replace("~0", "~") for step in reference[2:].split("/"))
        )
    return None


def _has_example(document: Mapping, part: Tree | None) -> bool:
    """Say whether a body has an example: its own, its schema's, or of its schema's properties."""
    if not isinstance(part, Mapping):
        return False
    content = part.mapping("content")
    media = [] if content is None else [one.value for one in content.entries]
    media.append(part)  # Swagger 2 has the schema at the response itself
    return any(
        isinstance(one, Mapping)
        and (_given(one, "example", "examples") or _in_schema(document, one.get("schema"), MAX_DEPTH))
        for one in media
    )


def _given(part: Mapping, *keys: str) -> bool:
    return any(part.get(key) is not None for key in keys)


def _in_schema(document: Mapping, schema: Tree | None, depth: int) -> bool:
    found = _resolved(document, schema)
    if depth <= 0 or not isinstance(found, Mapping):
        return False
    if _given(found, "example", "examples"):
        return True
    properties = found.mapping("properties")
    if properties is not None and properties.entries:
        return any(_in_schema(document, one.value, depth - 4) for one in properties.entries[:50])
    parts = [found.get("items"), *(_items(found.get(key)) for key in ("allOf", "oneOf", "anyOf"))]
    return any(
        _in_schema(document, one, depth - 4)
        for part in parts
        for one in (part if isinstance(part, tuple) else (part,))[:10]
    )


def _items(part: Tree | None) -> tuple[Tree, ...]:
    return part.items if isinstance(part, Sequence) else ()
