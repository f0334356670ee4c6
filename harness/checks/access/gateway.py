"""Limits that an nginx in front of the application sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.response.program import Program

__all__ = ["limited_paths"]

_TOKEN = re.compile(r"#[^\n]*|\"[^\"\n]*\"|'[^'\n]*'|[{};]|[^\s{};#\"']+")


def limited_paths(program: Program) -> tuple[str, ...]:
    """Return the path prefixes, as the application sees them, that an nginx block of the answer limits.

    ``limit_req`` counts; ``limit_req_zone`` alone only sets a counter up. Of locations with regular
    expressions nothing is known.
    """
    found: list[str] = []
    for block in program.blocks:
        if block.language == "nginx" and not block.oversized:
            found += _limited(block.text)
    return tuple(dict.fromkeys(found))


def _limited(text: str) -> Iterator[str]:
    contexts: list[list[str]] = []
    words: list[str] = []
    targets: dict[int, tuple[bool, str]] = {}
    for part in (match.group(0) for match in _TOKEN.finditer(text)):
        if part.startswith("#"):
            continue
        if part == "{":
            contexts.append(words)
            targets[len(contexts)] = (False, "")
            words = []
        elif part == "}":
            limited, target = targets.pop(len(contexts), (False, ""))
            if contexts and limited:
                yield from _prefix(contexts[-1], target)
            contexts = contexts[:-1]
            words = []
        elif part == ";":
            limited, target = targets.get(len(contexts), (False, ""))
            if words[:1] == ["limit_req"]:
                limited = True
            elif words[:1] == ["proxy_pass"] and len(words) > 1:
                target = words[1]
            targets[len(contexts)] = (limited, target)
            words = []
        else:
            words.append(part.strip("\"'"))
    if targets.get(0, (False, ""))[0]:
        yield "/"


def _prefix(context: list[str], target: str) -> Iterator[str]:
    if not context or context[0] != "location":
        yield "/"  # server or http: everything behind it
        return
    if len(context) == 3 and context[1].startswith("~"):
        return
    path = context[-1]
    try:
        replaced = urlsplit(target).path
    except ValueError:
        replaced = ""
    # `proxy_pass http://api/;` takes the location's own path away.
    yield replaced or path.rstrip("/") or "/"
