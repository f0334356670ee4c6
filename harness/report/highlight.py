"""Colours for code: the tokens of a fenced block as runs of a few styles, line by line.

Only the text is read, by Pygments; nothing of it runs. Languages are a fixed list, and long blocks and long
lines stay plain: a lexer's regular expressions were not written against an adversary.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, _TokenType

__all__ = ["LANGUAGES", "MOST_CODE", "STYLES", "Run", "language_of", "runs_of"]

Run = tuple[int, str]
"""So many characters of one style; the style is a letter of :data:`STYLES`, or empty for plain text."""

MOST_CODE = 20_000  # characters of a block that is coloured
_LONGEST_LINE = 500
_MOST_LINES = 800  # some lexers take quadratic time over thousands of empty lines

STYLES = {
    "k": "keyword",
    "s": "string",
    "c": "comment",
    "m": "number",
    "f": "name of a function, class or element",
    "b": "built-in, decorator or attribute",
    "i": "inserted line",
    "x": "deleted line",
}

_ALIASES = {
    "js": "javascript",
    "jsx": "javascript",
    "mjs": "javascript",
    "cjs": "javascript",
    "node": "javascript",
    "ts": "typescript",
    "tsx": "typescript",
    "py": "python",
    "python3": "python",
    "sh": "bash",
    "shell": "bash",
    "zsh": "bash",
    "yml": "yaml",
    "postgres": "sql",
    "postgresql": "sql",
    "mysql": "sql",
    "plpgsql": "sql",
    "gql": "graphql",
    "dockerfile": "docker",
    "jsonc": "json",
    "rb": "ruby",
    "rs": "rust",
    "golang": "go",
    "kt": "kotlin",
    "cs": "csharp",
    "c#": "csharp",
    "conf": "nginx",
    "env": "ini",
    "properties": "ini",
    "dotenv": "ini",
    "htm": "html",
}
LANGUAGES = frozenset(
    "bash c cpp csharp css diff docker go graphql html http ini java javascript json kotlin nginx php "
    "protobuf python ruby rust scala sql swift toml typescript xml yaml".split()
)

_WANTED = (
    (Comment, "c"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (String, "s"),
    (Number, "m"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Tag, "f"),
    (Name.Decorator, "b"),
    (Name.Attribute, "b"),
    (Name.Builtin, "b"),
    (Generic.Inserted, "i"),
    (Generic.Deleted, "x"),
)


def language_of(info: str) -> str:
    """Return the language that the info string of a fence names, in its usual name; empty for others.

    ``ts`` and ``typescript title="a.ts"`` are ``typescript``.
    """
    words = info.strip().split(maxsplit=1)
    if not words:
        return ""
    name = words[0].split("{", maxsplit=1)[0].split(":", maxsplit=1)[0].strip(".,").lower()
    name = _ALIASES.get(name, name)
    return name if name in LANGUAGES else ""


def runs_of(lines: Sequence[str], language: str) -> list[tuple[Run, ...]]:
    """Cut the lines of a block into runs of one style; the runs of a line add up to its length.

    Args:
        lines: the block without its fences.
        language: one of :data:`LANGUAGES`; otherwise, and for blocks that are too long, all is plain.
    """
    plain: list[tuple[Run, ...]] = [((len(line), ""),) if line else () for line in lines]
    size = sum(len(line) + 1 for line in lines)
    if language not in LANGUAGES or size > MOST_CODE or len(lines) > _MOST_LINES:
        return plain
    if any(len(line) > _LONGEST_LINE for line in lines):
        return plain
    found: list[list[Run]] = [[]]
    for _, kind, value in _lexer(language).get_tokens_unprocessed("\n".join(lines)):
        style = _style(kind)
        for index, piece in enumerate(value.split("\n")):
            if index:
                found.append([])
            if piece:
                _add(found[-1], len(piece), style)
    lengths = [sum(length for length, _ in runs) for runs in found]
    # A lexer that loses or invents characters would shift every mark behind them.
    return [tuple(runs) for runs in found] if lengths == [len(line) for line in lines] else plain


def _add(runs: list[Run], length: int, style: str) -> None:
    if runs and runs[-1][1] == style:
        runs[-1] = (runs[-1][0] + length, style)
    else:
        runs.append((length, style))


@cache
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language)


@cache
def _style(kind: _TokenType) -> str:
    return next((style for wanted, style in _WANTED if kind[: len(wanted)] == wanted), "")
