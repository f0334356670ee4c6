"""Text from models, agent files and datasets, made fit to be shown: what hides or steers is written out."""

from __future__ import annotations

import re

__all__ = ["clean_text", "reveal"]

# Control characters but tab and newline; soft hyphen; the Arabic letter mark and the other bidi controls,
# zero-width space, word joiner and invisible operators; line and paragraph separators; surrogates; byte
# order mark; interlinear annotation; tag characters. The joiners U+200C and U+200D stay: emoji and whole
# scripts are spelt with them.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Replace lone surrogates, which neither UTF-8 nor a parser nor a database can hold; places stay."""
    return _SURROGATE.sub("\ufffd", text)


def reveal(text: str) -> str:
    r"""Return text in which every character that hides or steers is written out (``\x1b``, ``\u202e``)."""
    return HIDDEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
