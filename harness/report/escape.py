"""Text from models, agent files and datasets, made fit to be shown: nothing hidden, nothing endless."""

from __future__ import annotations

import hashlib
import re

__all__ = ["anchor", "clip", "reveal", "split_lines"]

# Control characters but tab and newline; soft hyphen; the Arabic letter mark and the other bidi controls,
# zero-width space, word joiner and invisible operators; line and paragraph separators; surrogates; byte
# order mark; interlinear annotation; tag characters. The joiners U+200C and U+200D stay: emoji and whole
# scripts are spelt with them.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
NEWLINE = re.compile(r"\r\n|\r|\n")
UNSAFE_IN_ANCHOR = re.compile(r"[^A-Za-z0-9._-]")


def reveal(text: str) -> str:
    r"""Return text in which every character that hides or steers is written out (``\x1b``, ``\u202e``)."""
    return HIDDEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def clip(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of a text and, where some are cut, how many."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… [{len(text) - limit:,} more characters left out]"


def split_lines(text: str) -> list[str]:
    """Split at the newlines that Markdown knows, so that line numbers agree with those of findings."""
    return NEWLINE.split(text)


def anchor(prefix: str, *names: str) -> str:
    """Return a fragment id for names; different names give different ids, plain names stay readable."""
    plain = "-".join(UNSAFE_IN_ANCHOR.sub("-", name) for name in names)
    if any(UNSAFE_IN_ANCHOR.search(name) or len(name) > 80 for name in names):
        digest = hashlib.sha256("\0".join(names).encode("utf-8", "surrogatepass")).hexdigest()
        plain = f"{plain[:80]}-{digest[:8]}"
    return f"{prefix}-{plain}"
