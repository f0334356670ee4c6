"""The configuration of a program as facts with places; every reader of this folder makes these."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from harness.core.tree import Tree
from harness.core.types import Finding
from harness.response.block import Block, BlockRole, Origin
from harness.response.program import MAX_QUOTE
from harness.response.record import record

__all__ = ["ConfigFile", "Kind", "Place", "Setting", "Unread"]


class Kind(StrEnum):
    """What sort of configuration a block is."""

    COMPOSE = "compose"
    KUBERNETES = "kubernetes"
    OPENAPI = "openapi"
    PIPELINE = "pipeline"
    YAML = "yaml"
    PACKAGE_JSON = "package.json"
    COMPOSER_JSON = "composer.json"
    JSON = "json"
    PYPROJECT = "pyproject.toml"
    PIPFILE = "Pipfile"
    TOML = "toml"
    INI = "ini"
    ENV = "env"
    ENV_EXAMPLE = "env.example"
    DOCKERFILE = "dockerfile"
    NGINX = "nginx"
    REQUIREMENTS = "requirements"
    SHELL = "shell"


@lru_cache(maxsize=16)
def _lines_of(block: Block) -> list[str]:
    # A long block may hold thousands of places.
    return block.text.split("\n")


@record
class Place:
    """A stretch of one line of a block; line and column count from 0 in the block's own text."""

    block: Block
    line: int
    column: int = 0
    width: int = 0

    @property
    def supplied(self) -> bool:
        """Say whether the user wrote this."""
        return self.block.origin is Origin.SUPPLIED

    @property
    def shown_as_wrong(self) -> bool:
        """Say whether this stands in what the answer only shows to say that it is wrong."""
        return self.block.role is BlockRole.COUNTER_EXAMPLE or self.line + 1 in self.block.counter_lines

    def finding(self, message: str) -> Finding:
        """Make a finding here: lines and columns of the response (or file) as a whole."""
        lines = _lines_of(self.block)
        whole = lines[min(self.line, len(lines) - 1)]
        code = whole.strip()
        start = self.block.line + self.line
        begin = self.column if self.width else len(whole) - len(whole.lstrip())
        column = begin + self.block.indent_of(self.line) + 1
        return Finding(
            block=self.block.number,
            line=start,
            column=column,
            end_line=start,
            end_column=column + max(self.width or len(code), 1),
            message=message,
            quote=code if len(code) <= MAX_QUOTE else code[: MAX_QUOTE - 1] + "…",
            file=self.block.path if self.block.origin in {Origin.FILE, Origin.TOOL_CALL} else "",
        )


@record
class Setting:
    """One fact: at ``path`` stands ``value``.

    ``path`` are keys from the outside in (list items by their number from 0). An environment list
    (``- KEY=value``, ``- name: KEY``) is given as if it were a mapping. ``value`` is the text without its
    quotes, with ``${NAME}`` left as it is; ``plain`` says that it stood without quotes. ``key_place`` is
    where the key stands, ``place`` where the value does.
    """

    path: tuple[str, ...]
    value: str
    place: Place
    key_place: Place
    kind: Kind
    plain: bool = True

    @property
    def name(self) -> str:
        """The last key that is not the number of a list item."""
        return next((part for part in reversed(self.path) if not part.isdigit()), "")


@record
class Unread:
    """Something that could not be read: why, and where."""

    place: Place
    reason: str


@record
class ConfigFile:
    """A block of configuration, read as far as it goes.

    ``trees`` are its documents (YAML, JSON, TOML); ``settings`` its key/value facts. ``elided`` says that
    parts are left out (``...``).
    """

    block: Block
    kind: Kind
    settings: tuple[Setting, ...] = ()
    trees: tuple[Tree, ...] = ()
    unread: tuple[Unread, ...] = ()
    elided: bool = False

    @property
    def supplied(self) -> bool:
        """Say whether the user wrote this."""
        return self.block.origin is Origin.SUPPLIED

    @property
    def name(self) -> str:
        """The file name without folders, in small letters; empty where none is told."""
        return self.block.path.rpartition("/")[2].lower()
