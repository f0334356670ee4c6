"""Which block a module specifier means, and what a block exports.

In a response, file names come from headings and leading comments, so they are matched from the end:
``../middleware/auth`` finds ``src/middleware/auth.js``. Exports are read from both module systems.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ast_grep_py import SgNode

from harness.response.javascript.scopes import Definition, Unit
from harness.response.javascript.syntax import named, property_name, string_value

__all__ = ["Exports", "ModuleMap", "exports_of", "is_local_specifier", "stem_of"]

_EXTENSIONS = (".d.ts", ".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".jsx", ".tsx", ".json")


def is_local_specifier(specifier: str) -> bool:
    """Say whether a specifier means a file of the project: relative, absolute, or by a path alias."""
    return specifier.startswith((".", "/", "@/", "~", "#", "_", "src/", "app/", "lib/")) or (
        specifier.startswith("@") and specifier.split("/", 1)[0] in _ALIAS_SCOPES
    )


# `@utils/logger` is a path alias: these words are folders of a project, not scopes of the registry.
_ALIAS_SCOPES = frozenset(
    "@" + name
    for name in (
        "app api common config controllers core db helpers lib middleware middlewares models modules "
        "routes schemas server services shared src types utils validators"
    ).split()
)


def stem_of(path: str) -> str:
    """Return a path without extension, ``/index`` and leading ``./``."""
    path = posixpath.normpath(path) if path else path
    for extension in _EXTENSIONS:
        if path.endswith(extension):
            path = path[: -len(extension)]
            break
    return path.removesuffix("/index")


class ModuleMap:
    """Finds the unit that a specifier means. Built once per program."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._by_stem: dict[str, list[Unit]] = {}
        self._by_tail: dict[str, list[Unit]] = {}
        for unit in units:
            if not unit.block.path:
                continue
            stem = stem_of(unit.block.path)
            self._by_stem.setdefault(stem, []).append(unit)
            self._by_tail.setdefault(posixpath.basename(stem), []).append(unit)

    def find(self, specifier: str, importer: Unit) -> Unit | None:
        """Return the unit that ``specifier`` means when ``importer`` imports it."""
        if not is_local_specifier(specifier):
            return None
        _, slash, last = specifier.rpartition("/")
        if slash and last.isidentifier() and last != "index" and last not in self._by_tail:
            return None
        if specifier.startswith(".") and importer.block.path:
            folder = posixpath.dirname(importer.block.path)
            exact = self._by_stem.get(stem_of(posixpath.join(folder, specifier)))
            if exact:
                return exact[-1]
        parts = [part for part in stem_of(specifier.lstrip("@~#")).split("/") if part not in {"", ".", ".."}]
        if not parts:
            return None
        candidates = [unit for unit in self._by_tail.get(parts[-1], ()) if unit is not importer]
        # The candidate that shares most of the path's end; of equals the latest version shown.
        best = max(
            candidates,
            key=lambda unit: (_common_tail(unit.block.path, parts), unit.block.number),
            default=None,
        )
        if best is None:
            return None
        folders = stem_of(best.block.path).split("/")
        shared = _common_tail(best.block.path, parts)
        # A bare `logger.js` may be `utils/logger`, but `b/auth.js` is not `a/auth`.
        return best if shared in {len(parts), len(folders)} else None


def _common_tail(path: str, parts: Sequence[str]) -> int:
    count = 0
    for ours, theirs in zip(reversed(stem_of(path).split("/")), reversed(parts), strict=False):
        if ours != theirs:
            break
        count += 1
    return count


@dataclass(slots=True)
class Exports:
    """What a unit exports: names, the value of ``module.exports``, and modules re-exported whole."""

    names: dict[str, Definition] = field(default_factory=dict)
    whole: list[Definition] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether the unit exports anything at all."""
        return bool(self.names or self.whole or self.stars)


def exports_of(unit: Unit) -> Exports:
    """Read all exports of a unit, ES modules and CommonJS."""
    exports = Exports()
    for statement in unit.exports:
        _es_export(statement, exports)
    for assignment in unit.assignments:
        _commonjs_export(assignment, exports)
    return exports


def _es_export(statement: SgNode, exports: Exports) -> None:
    source = string_value(statement.field("source"))
    declaration, value = statement.field("declaration"), statement.field("value")
    words = {child.kind() for child in statement.children()}
    if "default" in words:
        target = value or declaration
        if target is not None:
            exports.names["default"] = Definition("value", target)
        return
    if "=" in words:
        exports.whole += [Definition("value", child) for child in named(statement)]
        return
    if declaration is not None:
        exports.names.update(_declared(declaration))
    for child in named(statement):
        if child.kind() == "export_clause":
            exports.names.update(_clause(child, source))
        elif child.kind() == "namespace_export" and source is not None:
            exports.names.update({name.text(): Definition("import", module=source) for name in named(child)})
    if "*" in words and source is not None:
        exports.stars.append(source)


def _clause(clause: SgNode, source: str | None) -> Iterable[tuple[str, Definition]]:
    for specifier in named(clause):
        name, alias = specifier.field("name"), specifier.field("alias")
        if name is None:
            continue
        exported = (alias or name).text()
        if source is not None:
            yield exported, Definition("import", path=(name.text(),), module=source)
        else:
            yield exported, Definition("value", name)


def _declared(declaration: SgNode) -> Iterable[tuple[str, Definition]]:
    name = declaration.field("name")
    if name is not None:
        yield name.text(), Definition("name", name)
        return
    for declarator in named(declaration):
        target = declarator.field("name")
        if target is None:
            continue
        if target.kind() == "identifier":
            yield target.text(), Definition("name", target)
        else:
            for part in target.find_all(
                {"rule": {"any": [{"kind": "identifier"}, {"kind": "shorthand_property_identifier_pattern"}]}}
            ):
                yield part.text(), Definition("name", part)


def _commonjs_export(assignment: SgNode, exports: Exports) -> None:
    left, right = assignment.field("left"), assignment.field("right")
    if left is None or right is None:
        return
    if left.text() in {"module.exports", "exports"}:
        exports.whole.append(Definition("value", right))
        return
    target = left.field("object")
    if target is not None and target.text() in {"module.exports", "exports"}:
        key = property_name(left.field("property") or left.field("index"))
        if key is not None:
            exports.names[key] = Definition("value", right)
