"""JSON of others, read without trusting how deep it is nested."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

MAX_DEPTH = 400
"""Levels of nesting that are read; far more than any document of ours or of the API has."""

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]+|[\]}]+', re.DOTALL)


def parse_json(
    text: str | bytes,
    *,
    object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None,
    parse_constant: Callable[[str], Any] | None = None,
) -> Any:
    """Return the value of a JSON text; `json.loads` with a bound on nesting.

    The standard parser recurses, and what is nested deeper than the interpreter's limit ends in a
    `RecursionError` with the stack used up to its last frame: whatever else runs there (a finalizer, a
    handler of the error itself) fails with it. So the depth is measured before anything is parsed.

    Args:
        text: the JSON; bytes are UTF-8, UTF-16 or UTF-32 (RFC 8259 and its predecessors).
        object_pairs_hook: as in `json.loads`.
        parse_constant: as in `json.loads`.

    Raises:
        ValueError: no JSON, or nested deeper than `MAX_DEPTH`.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    if _deeper_than(text, MAX_DEPTH):
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    return json.loads(text, object_pairs_hook=object_pairs_hook, parse_constant=parse_constant)


def _deeper_than(text: str, bound: int) -> bool:
    if text.count("[") + text.count("{") <= bound:
        return False
    depth = 0
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        first = text[start]
        if first in "[{":
            depth += end - start
            if depth > bound:
                return True
        elif first != '"':
            depth -= end - start
    return False


def is_json(text: str) -> bool:
    """Say whether a text is JSON that :func:`parse_json` reads."""
    try:
        parse_json(text)
    except ValueError:
        return False
    return True
