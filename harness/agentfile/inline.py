"""Inline markdown to plain text: emphasis and links taken off, code kept in its backticks."""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["plain_text"]

_MARKUP = re.compile(r"[*_`\[\]<&\\!~]")
_SPACES = re.compile(r"\s+")
_MAX_INLINE = 8_000
_BREAK_TAG = re.compile(r"<br\s*/?>\Z", re.IGNORECASE)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("strikethrough")


@lru_cache(maxsize=4096)
def plain_text(markdown: str) -> str:
    """Return one line of text without emphasis; backticks around code stay, since code is not prose."""
    if not _MARKUP.search(markdown):
        return _SPACES.sub(" ", markdown).strip()
    if len(markdown) > _MAX_INLINE:
        return _SPACES.sub(" ", markdown.replace("**", "")).strip()
    tokens = _parser().parseInline(markdown)
    text = "".join(_render(token) for token in (tokens[0].children or []))
    # A marker of emphasis that closes nowhere on the line is a slip of the pen, not text.
    return _SPACES.sub(" ", text.replace("**", "") if text.count("**") == 1 else text).strip()


def _render(token: Token) -> str:
    if token.type == "code_inline":
        fence = "``" if "`" in token.content else "`"
        return f"{fence}{token.content}{fence}"
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    if token.type == "html_inline":
        return " " if _BREAK_TAG.match(token.content) else token.content
    if token.type == "image":
        return token.content
    return token.content if token.type in {"text", "text_special"} else ""
