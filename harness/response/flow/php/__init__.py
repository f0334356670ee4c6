"""PHP in the common form."""

from __future__ import annotations

from ast_grep_py import SgNode, SgRoot

from harness.response.block import Block
from harness.response.flow.php.definitions import DEFINITIONS
from harness.response.flow.php.expressions import EXPRESSIONS
from harness.response.flow.php.source import CLASS_START, MEMBERS, php_source
from harness.response.flow.php.statements import SKIPPED, STATEMENTS
from harness.response.flow.reader import Grammar, Reader
from harness.response.flow.statements import Unit

__all__ = ["lower", "parse"]

_GRAMMAR = Grammar({**EXPRESSIONS, **DEFINITIONS}, STATEMENTS, SKIPPED)


def parse(block: Block) -> SgNode:
    """Parse the text of a block; members of a class that is not shown are parsed within one."""
    source = php_source(block.text)
    root = SgRoot(source, "php").root()
    if MEMBERS.match(source) and _errors(root):
        wrapped = SgRoot(f"{CLASS_START}{source}\n}}", "php").root()
        if _errors(wrapped) < _errors(root):
            return wrapped
    return root


def _errors(root: SgNode) -> int:
    return sum(1 for _ in root.find_all(kind="ERROR"))


def lower(block: Block, root: SgNode) -> Unit:
    """Return a parsed block in the common form."""
    reader = Reader(_GRAMMAR)
    nodes = root.named_children()
    is_wrapped = bool(nodes) and _is_wrapper(nodes[0]) and CLASS_START not in block.text
    if is_wrapped:
        reader.in_class = True
        nodes = [inner for part in nodes[0].named_children()[1:] for inner in part.named_children()] + nodes[
            1:
        ]
    unit = reader.finish(block, root, reader.body(nodes))
    if is_wrapped:
        unit.shifted = len(CLASS_START)
    return unit


def _is_wrapper(node: SgNode) -> bool:
    if node.kind() != "class_declaration":
        return False
    parts = node.named_children()
    return bool(parts) and parts[0].kind() == "name" and parts[0].text() == "_"
