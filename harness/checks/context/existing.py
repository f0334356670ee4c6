"""What the project already has: the files that the user supplied, and those that he names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from harness.checks.base import Exchange
from harness.checks.context.imports import imports_of, path_parts
from harness.checks.context.parts import Part, part_named
from harness.checks.question import question_text
from harness.core.types import SuppliedFile
from harness.response.flow.modules import is_own
from harness.response.languages import language_of_path
from harness.response.parse import parse_files
from harness.response.program import Program
from harness.response.record import record

__all__ = ["Existing", "existing_of", "supplied_program"]

MAX_NAMED = 50
_PATH = re.compile(
    r"(?<![\w/.-])(?P<path>(?:@/|\.?/)?(?:[\w.-]{1,60}/){1,8}[\w-]{1,60}(?:\.(?:[cm]?[jt]sx?|py"
    r"|php))?)(?![\w/-])"
)
_CODE_ENDING = re.compile(r"\.(?:[cm]?[jt]sx?|py|php)$")
# Words of a sentence that say that what it names is there.
_THERE = re.compile(
    r"\b(?:exists?|existing|already|is\s+our|our|ours|we\s+(?:have|use|log|validate|keep)|lives?\s+in"
    r"|is\s+in|are\s+in"
    r"|through|via|as\s+always|in\s+place|attached|below|use|uses|using|has|there['’]?s|there\s+(?:is|are)"
    r"|sits?\s+in|see)\b",
    re.IGNORECASE,
)
# Words that say that it is still to be made, or to be left behind.
_TO_BE = re.compile(
    r"\b(?:create|creates|write|add|put|make|new|generate|ignore|replace|instead\s+of|get\s+rid|remove"
    r"|delete|drop|separate"
    r"|second|own|scaffold|should\s+be|into)\b",
    re.IGNORECASE,
)
_CALLED = re.compile(r"(?<![\w.])\$?(?P<name>[A-Za-z_]\w{2,60})\(\)")


@record
class Existing:
    """A module of the project: its path, what it holds, and the names that it defines."""

    path: str
    part: Part | None
    names: frozenset[str]

    @property
    def stem(self) -> tuple[str, ...]:
        """The parts of its path without the ending."""
        return path_parts(self.path, "")


def existing_of(exchange: Exchange) -> tuple[Existing, ...]:
    """Return the modules that the user shows or names."""
    found = {one.path: one for one in _supplied(exchange)}
    for one in (*_named(exchange), *_imported(exchange)):
        found.setdefault(one.path, one)
    return tuple(found.values())[:MAX_NAMED]


@lru_cache(maxsize=2)
def supplied_program(files: tuple[SuppliedFile, ...]) -> Program:
    """Return the user's files as a program of their own, as they were before the answer rewrote any."""
    return parse_files((file.path, file.text) for file in files)


def _supplied(exchange: Exchange) -> Iterator[Existing]:
    program = supplied_program(exchange.files)
    for block in program.blocks:
        unit = program.flow.unit(block)
        names = [] if unit is None else [one.name for one in unit.functions if not one.is_method]
        names += [] if unit is None else [one.name for one in unit.classes]
        yield Existing(block.path, part_named(block.path), frozenset(name for name in names if len(name) > 2))


def _named(exchange: Exchange) -> Iterator[Existing]:
    for sentence in re.split(r"(?<=[.!?;])\s+|\n", question_text(exchange)):
        paths = [found["path"] for found in _PATH.finditer(sentence) if _is_module(found["path"])]
        # "Create src/x.js" names nothing that is there; "use the logger in utils/logger.js" does.
        if paths and _THERE.search(sentence) and not _to_be_made(sentence, paths[0]):
            names = frozenset(found["name"] for found in _CALLED.finditer(sentence))
            for path in paths:
                yield Existing(path.removeprefix("./").removeprefix("@/"), part_named(path), names)


def _is_module(path: str) -> bool:
    if _CODE_ENDING.search(path):
        return bool(language_of_path(path))
    return part_named(path) is not None and not path.startswith("/") and path.count("/") < 5


def _to_be_made(sentence: str, path: str) -> bool:
    """Say whether the words right before a path say that it is to be made or left behind."""
    before = sentence[: sentence.find(path)]
    last = max((found.start() for found in _THERE.finditer(before)), default=-1)
    making = max((found.start() for found in _TO_BE.finditer(before)), default=-1)
    return making > last


def _imported(exchange: Exchange) -> Iterator[Existing]:
    """A logger that the supplied code imports is there, shown or not."""
    if not exchange.files:
        return
    for one in supplied_program(exchange.files).once(imports_of):
        if one.parts and is_own(one.module, one.unit.language):
            path = "/".join(one.parts)
            part = part_named(path)
            if part is not None and part.single:
                yield Existing(path, part, frozenset())
