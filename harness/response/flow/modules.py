"""Which block a module means, and which names the blocks of one answer lend each other."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harness.response.block import BlockRole, Origin
from harness.response.flow.definitions import Definition
from harness.response.flow.scopes import Index
from harness.response.flow.statements import Unit
from harness.response.javascript.modules import is_local_specifier, stem_of
from harness.response.languages import JAVASCRIPT_FAMILY

__all__ = ["Lenders", "Modules", "family_of", "is_own", "lenders_of"]

# What these blocks declare (mocks, browser globals) is not what server code means by the name.
_LENDS_TO_ITS_LIKE = frozenset({BlockRole.TEST, BlockRole.FRONTEND})
_MAX_LOOK = 50
# Folders and files that are a project's own, however its package is called.
_OWN = frozenset(
    (
        "app api apps auth backend common config controllers core crud database db deps dependencies "
        "domain exceptions extensions forms handlers helpers lib main middleware models permissions "
        "project repositories repository routers routes schemas security serializers server services "
        "settings shared src tasks utils validators views"
    ).split()
)


def family_of(language: str) -> str:
    """Return the language whose blocks share names."""
    return "javascript" if language in JAVASCRIPT_FAMILY else language


class Modules:
    """Finds the unit that a module means."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._found: dict[tuple[str, Unit], Unit | None] = {}
        self._by_tail: dict[tuple[str, str], list[tuple[list[str], Unit]]] = {}
        for unit in units:
            path = unit.block.path
            if not path or unit.block.role is BlockRole.COUNTER_EXAMPLE:
                continue
            parts = _parts_of(path, unit.language)
            if parts:
                key = (family_of(unit.language), parts[-1])
                self._by_tail.setdefault(key, []).append((parts, unit))

    def find(self, module: str, importer: Unit) -> Unit | None:
        """Return the unit that a module means when ``importer`` imports it, by the end of its path."""
        if not self._by_tail:
            return None
        key = (module, importer)
        if key not in self._found:
            self._found[key] = self._nearest(module, importer)
        return self._found[key]

    def _nearest(self, module: str, importer: Unit) -> Unit | None:
        _, slash, last = module.rpartition("/")
        family = family_of(importer.language)
        if slash and last.isidentifier() and last != "index" and (family, last) not in self._by_tail:
            return None
        wanted = self._wanted(module, importer)
        if not wanted:
            return None
        best: tuple[int, int, Unit] | None = None
        for parts, unit in self._by_tail.get((family, wanted[-1]), ()):
            shared = _common_tail(parts, wanted)
            # A bare `logger.js` may be `utils/logger`, but `b/auth.js` is not `a/auth`.
            if unit is importer or shared not in {len(parts), len(wanted)}:
                continue
            if best is None or (shared, unit.block.number) > best[:2]:
                best = (shared, unit.block.number, unit)
        return None if best is None else best[2]

    def _wanted(self, module: str, importer: Unit) -> list[str]:
        folder = posixpath.dirname(importer.block.path)
        if importer.language in JAVASCRIPT_FAMILY:
            if not is_local_specifier(module):
                return []
            if module.startswith(".") and folder:
                joined = posixpath.normpath(posixpath.join(folder, module))
                return [part for part in stem_of(joined).split("/") if part not in {"", ".", ".."}]
            return [part for part in stem_of(module.lstrip("@~#")).split("/") if part not in {"", ".", ".."}]
        if importer.language == "python":
            dots = len(module) - len(module.lstrip("."))
            named = [part for part in module.lstrip(".").split(".") if part]
            if dots and folder:
                above = [part for part in folder.split("/") if part]
                return [*above[: len(above) - dots + 1], *named]
            return named
        return []


def _parts_of(path: str, language: str) -> list[str]:
    stem = stem_of(path) if language in JAVASCRIPT_FAMILY else posixpath.splitext(path)[0]
    if language == "python":
        stem = stem.removesuffix("/__init__")
    return [part for part in stem.split("/") if part not in {"", ".", ".."}]


def _common_tail(ours: Sequence[str], theirs: Sequence[str]) -> int:
    count = 0
    for one, other in zip(reversed(ours), reversed(theirs), strict=False):
        if one != other:
            break
        count += 1
    return count


def is_own(module: str, language: str) -> bool:
    """Say whether a module is the project's own, as far as its name tells."""
    if language in JAVASCRIPT_FAMILY:
        return is_local_specifier(module)
    if language == "python":
        return module.startswith(".") or not _OWN.isdisjoint(module.split("."))
    return True


@dataclass(slots=True)
class Lenders:
    """The top-level definitions of one name, by the number of their block."""

    numbers: list[int] = field(default_factory=list)
    found: list[tuple[list[Definition], Unit]] = field(default_factory=list)
    supplied: list[tuple[list[Definition], Unit]] = field(default_factory=list)

    def nearest(self, unit: Unit) -> tuple[list[Definition], Unit] | None:
        """Return what a block means by an open name: the nearest before, after, then what was supplied."""
        at = bisect_left(self.numbers, unit.block.number)
        before = self.found[max(at - _MAX_LOOK, 0) : at][::-1]
        for candidates in (before, self.found[at : at + _MAX_LOOK], self.supplied[:_MAX_LOOK]):
            for definitions, other in candidates:
                role = other.block.role
                lends = role not in _LENDS_TO_ITS_LIKE or role is unit.block.role
                if other is not unit and lends:
                    return definitions, other
        return None


def lenders_of(
    units: Sequence[Unit], index_of: Callable[[Unit], Index], is_import: Callable[[Definition], bool]
) -> tuple[dict[tuple[str, str], Lenders], dict[tuple[str, str], Lenders]]:
    """Return by language and name what the blocks define at their top: all, and what they do not import.

    A counter-example lends its names to nobody.
    """
    everything: dict[tuple[str, str], Lenders] = {}
    made: dict[tuple[str, str], Lenders] = {}
    for unit in sorted(units, key=lambda unit: unit.block.number):
        if unit.block.role is BlockRole.COUNTER_EXAMPLE:
            continue
        family = family_of(unit.language)
        for name, definitions in index_of(unit).top.names.items():
            if not definitions:
                continue
            _lend(everything.setdefault((family, name), Lenders()), definitions, unit)
            if not all(is_import(definition) for definition in definitions):
                _lend(made.setdefault((family, name), Lenders()), definitions, unit)
    return everything, made


def _lend(lenders: Lenders, definitions: list[Definition], unit: Unit) -> None:
    if unit.block.origin is Origin.SUPPLIED:
        lenders.supplied.append((definitions, unit))
    else:
        lenders.numbers.append(unit.block.number)
        lenders.found.append((definitions, unit))
