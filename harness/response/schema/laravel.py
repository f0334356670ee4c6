"""Migrations of Laravel: ``Schema::create('orders', function (Blueprint $table) { ... })``."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.block import Block
from harness.response.schema.builder import Builder
from harness.response.schema.chains import Argument, Link, read_chain
from harness.response.schema.model import Place

__all__ = ["arguments_of_call", "read_argument", "read_laravel"]

_STRINGS = frozenset({"string", "encapsed_string"})
_CALLBACKS = frozenset({"anonymous_function", "anonymous_function_creation_expression", "arrow_function"})
_MAX_CHAIN = 60


def read_laravel(builder: Builder, block: Block, root: SgNode, shift: int) -> None:
    """Take the tables of a block's migrations into the schema."""
    for node in root.find_all(kind="scoped_call_expression"):
        scope, name = node.field("scope"), node.field("name")
        if scope is None or name is None or scope.text().rsplit("\\", 1)[-1] != "Schema":
            continue
        arguments = arguments_of_call(node)
        if (
            name.text() not in {"create", "table"}
            or len(arguments) < 2
            or arguments[1].kind() not in _CALLBACKS
        ):
            continue
        table = _text(arguments[0])
        if not table or _undoes(node):
            continue
        place = Place(block, node.range().start.line - shift)
        draft = builder.table(table, place, "laravel", creates=name.text() == "create")
        for statement in arguments[1].find_all(kind="expression_statement"):
            inner = statement.named_children()
            if inner:
                read_chain(draft, _chain(block, inner[0], shift), nullable=False)


def _undoes(node: SgNode) -> bool:
    for up in node.ancestors():
        if up.kind() == "method_declaration":
            name = up.field("name")
            return name is not None and name.text() == "down"
    return False


def arguments_of_call(call: SgNode) -> list[SgNode]:
    """Return the argument expressions of a call."""
    arguments = call.field("arguments")
    found = []
    for argument in [] if arguments is None else arguments.named_children():
        inner = argument.named_children()
        if argument.kind() == "argument" and inner:
            found.append(inner[-1])
    return found


def _text(node: SgNode) -> str:
    if node.kind() not in _STRINGS:
        return ""
    return "".join(child.text() for child in node.named_children() if child.kind() == "string_content")


def read_argument(node: SgNode) -> Argument:
    """Return a text, a list of texts, or nothing."""
    if node.kind() == "array_creation_expression":
        return tuple(_text(part) for item in node.named_children() for part in item.named_children()[-1:])
    return _text(node) or None


def _chain(block: Block, node: SgNode, shift: int) -> list[Link]:
    """Return the calls of a chain on a variable, first call first."""
    links: list[Link] = []
    here: SgNode | None = node
    for _ in range(_MAX_CHAIN):
        if here is None or here.kind() != "member_call_expression":
            break
        name = here.field("name")
        if name is None:
            return []
        arguments = tuple(read_argument(argument) for argument in arguments_of_call(here))
        links.append(Link(name.text(), arguments, Place(block, name.range().start.line - shift)))
        here = here.field("object")
    return links[::-1] if here is not None and here.kind() == "variable_name" else []
