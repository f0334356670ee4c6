"""What the code of a program imports: JavaScript, Python and PHP alike."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ast_grep_py import SgNode

from harness.response.block import Block
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Call, Constant, Name
from harness.response.flow.modules import is_own
from harness.response.flow.origins import required
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program
from harness.response.record import record

__all__ = ["Import", "imports_of", "tree_of"]

MAX_IMPORTS = 5_000
_INCLUDES = frozenset({"require", "require_once", "include", "include_once"})


@record
class Import:
    """One imported module: as it is written, as the parts of a path, and where."""

    module: str
    parts: tuple[str, ...]
    unit: Unit
    node: SgNode

    @property
    def block(self) -> Block:
        """The block it stands in."""
        return self.unit.block

    @property
    def is_own(self) -> bool:
        """Say whether the module is one of the project, as far as its name tells."""
        if self.unit.language == "python":
            return self.module.startswith(".")
        return is_own(self.module, self.unit.language)

    @property
    def shown_as_wrong(self) -> bool:
        """Say whether it stands in what is only shown to say that it is wrong."""
        return Flow.is_counter_example(self.unit, self.node)


def imports_of(program: Program) -> tuple[Import, ...]:
    """Return all imports of a program, supplied files included; ask through ``program.once``."""
    found: list[Import] = []
    for unit in program.flow.units:
        found += _imports(unit)
        if len(found) > MAX_IMPORTS:
            break
    return tuple(found[:MAX_IMPORTS])


def _imports(unit: Unit) -> Iterator[Import]:
    for statement in unit.imports:
        yield _made(statement.module, unit, statement.node)
        if unit.language not in JAVASCRIPT_FAMILY:
            # `from core import logging` and `use App\\Models\\User` may name a module in a package.
            joint = "\\" if unit.language == "php" else "."
            for name in statement.names:
                if name.name not in {"", "*"}:
                    yield _made(f"{statement.module}{joint}{name.name}", unit, statement.node)
    for call in unit.calls:
        module = required(call) if unit.language in JAVASCRIPT_FAMILY else _included(call)
        if module:
            yield _made(module, unit, call.node)


def _included(call: Call) -> str:
    """Return the end of the path that PHP's ``require`` loads, so far as it is written out."""
    if not isinstance(call.callee, Name) or call.callee.name not in _INCLUDES:
        return ""
    texts = [
        node.value
        for node in walk([argument.value for argument in call.arguments])
        if isinstance(node, Constant) and isinstance(node.value, str)
    ]
    return next((text for text in reversed(texts) if text.endswith(".php")), "")


def _made(module: str, unit: Unit, node: SgNode) -> Import:
    return Import(module, path_parts(module, unit.language), unit, node)


def path_parts(module: str, language: str) -> tuple[str, ...]:
    """Return the parts of a module's path: no dots or aliases in front, no ending."""
    if language == "python":
        path = module.replace(".", "/")
    elif module.endswith(".php"):
        path = module
    else:
        path = module.replace("\\", "/")
    stem, ending = posixpath.splitext(path)
    path = (
        stem
        if ending in {".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".jsx", ".tsx", ".php", ".py"}
        else path
    )
    parts = [part for part in path.split("/") if part not in {"", ".", "..", "@", "~", "#"}]
    return tuple(part.lstrip("@~#") for part in parts)


def tree_of(program: Program, block: Block) -> SgNode | None:
    """Return the tree of a block; ``None`` where it is too large or no program."""
    unit = program.flow.unit(block)
    return None if unit is None else unit.root
