"""Text from models, agent files and datasets, made fit for a report: nothing endless, ids that are safe."""

from __future__ import annotations

import hashlib
import re

__all__ = ["anchor", "clip", "split_lines"]

NEWLINE = re.compile(r"\r\n|\r|\n")
UNSAFE_IN_ANCHOR = re.compile(r"[^A-Za-z0-9._-]")


def clip(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of a text and, where some are cut, how many."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… [{len(text) - limit:,} more characters left out]"


def split_lines(text: str) -> list[str]:
    """Split at the newlines that Markdown knows, so that line numbers agree with those of findings."""
    return NEWLINE.split(text) if "\r" in text else text.split("\n")


def anchor(prefix: str, *names: str) -> str:
    """Return a fragment id for names; different names give different ids, plain names stay readable."""
    plain = "-".join(UNSAFE_IN_ANCHOR.sub("-", name) for name in names)
    if any(UNSAFE_IN_ANCHOR.search(name) or len(name) > 80 for name in names):
        digest = hashlib.sha256("\0".join(names).encode("utf-8", "surrogatepass")).hexdigest()
        plain = f"{plain[:80]}-{digest[:8]}"
    return f"{prefix}-{plain}"
