"""Files that are read: the program's own, or what a request brought."""

from __future__ import annotations

import re

from harness.response.flow.taint.values import Kind, Value, holes_of

__all__ = ["reads_request"]

_READERS = frozenset({"readFile", "readFileSync", "file_get_contents"})
_OF_REQUEST = re.compile(r"\$?(?:req|request|ctx|c|event)\.")


def reads_request(name: str, path: Value) -> bool:
    """Say whether a call reads a request's own file: its body, an upload, a path that it names."""
    if name not in _READERS:
        return False
    return "php://input" in path.pieces or any(
        hole.kind is Kind.REQUEST or (hole.kind is Kind.PARAMETER and _OF_REQUEST.match(hole.label))
        for hole in holes_of(path)
    )
