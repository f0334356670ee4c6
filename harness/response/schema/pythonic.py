"""Reading helpers over trees of Python: calls, arguments, strings and lists."""

from __future__ import annotations

from collections.abc import Iterator

from ast_grep_py import SgNode

from harness.response.record import record

__all__ = ["Call", "assignments_of", "call_of", "name_of_call", "string_of", "strings_of"]


@record
class Call:
    """A call: the last name of what is called, its arguments by position and by keyword."""

    name: str
    node: SgNode
    positional: tuple[SgNode, ...]
    keywords: dict[str, SgNode]

    def flag(self, name: str) -> bool | None:
        """Return the value of a keyword that is True or False, else ``None``."""
        given = self.keywords.get(name)
        return None if given is None else {"True": True, "False": False}.get(given.text())


def name_of_call(node: SgNode) -> str:
    """Return the last name of what a call calls; cheaper than all that ``call_of`` reads."""
    function = node.field("function")
    return "" if function is None else function.text()[:200].rsplit(".", 1)[-1]


def call_of(node: SgNode | None) -> Call | None:
    """Return what a node calls, or ``None`` where it is no call."""
    if node is None or node.kind() != "call":
        return None
    function, arguments = node.field("function"), node.field("arguments")
    if function is None or arguments is None:
        return None
    positional, keywords = [], {}
    for argument in arguments.named_children():
        if argument.kind() == "keyword_argument":
            name, value = argument.field("name"), argument.field("value")
            if name is not None and value is not None:
                keywords[name.text()] = value
        elif argument.kind() != "comment":
            positional.append(argument)
    return Call(function.text()[:200].rsplit(".", 1)[-1], node, tuple(positional), keywords)


def string_of(node: SgNode | None) -> str:
    """Return the text of a string, or nothing."""
    if node is None or node.kind() != "string":
        return ""
    return "".join(child.text() for child in node.children() if child.kind() == "string_content")


def strings_of(node: SgNode | None) -> tuple[str, ...]:
    """Return the strings in a list, tuple or set; a single string is a list of one."""
    if node is None:
        return ()
    if node.kind() == "string":
        return (string_of(node),)
    if node.kind() not in {"list", "tuple", "set"}:
        return ()
    return tuple(string_of(child) for child in node.named_children() if child.kind() == "string")


def assignments_of(body: SgNode | None) -> Iterator[tuple[str, SgNode, SgNode]]:
    """Yield name, target and value of the assignments that stand directly in a block."""
    for statement in [] if body is None else body.named_children():
        inner = statement.named_children()
        node = inner[0] if statement.kind() == "expression_statement" and inner else statement
        if node.kind() == "assignment":
            left, right = node.field("left"), node.field("right")
            if left is not None and right is not None:
                yield left.text(), left, right
