"""Small reading helpers over tree-sitter nodes of JavaScript and TypeScript.

Nodes are ``ast_grep_py.SgNode``: they compare and hash by identity within one tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode, SgRoot

__all__ = [
    "FUNCTION_KINDS",
    "arguments_of",
    "callee_of",
    "elements_of",
    "is_async",
    "named",
    "parameters_of_function",
    "parse_as",
    "parse_javascript",
    "property_name",
    "string_value",
    "unescaped",
    "unwrap",
    "walk",
    "written_names",
]

FUNCTION_KINDS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function_declaration",
        "generator_function",
    }
)

# Wrappers that do not change which value an expression stands for.
_WRAPPING = frozenset(
    {
        "sequence_expression",
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
        "await_expression",
    }
)
_VALUE_LAST = frozenset({"type_assertion", "sequence_expression"})


_NAME_KINDS = frozenset(
    {
        "property_identifier",
        "private_property_identifier",
        "identifier",
        "number",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
    }
)


_GRAMMARS = {"typescript": ("typescript", "tsx"), "tsx": ("tsx", "typescript")}
_ANY_GRAMMAR = ("javascript", "typescript", "tsx")


def parse_as(text: str, language: str) -> SgNode:
    """Parse with the grammar of a language, errors and all."""
    return SgRoot(text, _GRAMMARS.get(language, _ANY_GRAMMAR)[0]).root()


def parse_javascript(text: str, language: str) -> SgNode:
    """Parse with the grammar that fits best; a wrong tag (``js`` on TypeScript) does no harm."""
    first, *others = _GRAMMARS.get(language, _ANY_GRAMMAR)
    best = SgRoot(text, first).root()
    errors = _errors(best)
    for grammar in others:
        if not errors:
            break
        root = SgRoot(text, grammar).root()
        count = _errors(root)
        if count < errors:
            best, errors = root, count
    return best


def _errors(root: SgNode) -> int:
    """Return the number of characters inside error nodes, plus one for each error."""
    return sum(1 + len(node.text()) for node in root.find_all(kind="ERROR"))


def named(node: SgNode) -> list[SgNode]:
    """Return the named children without comments."""
    return [child for child in node.named_children() if child.kind() != "comment"]


def elements_of(array: SgNode) -> list[SgNode | None]:
    """Return the elements of an array or array pattern by position; a hole (``[, b]``) is ``None``."""
    elements: list[SgNode | None] = []
    open_place = True
    for child in array.children()[1:-1]:
        kind = child.kind()
        if kind == ",":
            if open_place:
                elements.append(None)
            open_place = True
        elif kind != "comment":
            elements.append(child)
            open_place = False
    return elements


def walk(node: SgNode, *, into_functions: bool = True) -> Iterator[SgNode]:
    """Yield a node and all named nodes below it in source order, without recursion."""
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        if not into_functions and here is not node and here.kind() in FUNCTION_KINDS:
            continue
        stack.extend(reversed(here.named_children()))


def unwrap(node: SgNode) -> SgNode:
    """Strip parentheses, type assertions and ``await``; of ``(a, b)`` take the last part."""
    kind = node.kind()
    while kind in _WRAPPING:
        inner = named(node)
        if not inner:
            break
        # `<T>value` has the type first, `value as T` has it last.
        node = inner[-1] if kind in _VALUE_LAST else inner[0]
        kind = node.kind()
    return node


def string_value(node: SgNode | None) -> str | None:
    """Return the value of a string literal or of a template without substitutions, else ``None``."""
    if node is None:
        return None
    kind = node.kind()
    if kind == "template_string":
        if any(child.kind() == "template_substitution" for child in node.named_children()):
            return None
    elif kind != "string":
        return None
    text = node.text()[1:-1]
    return unescaped(text) if "\\" in text else text


_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r?\n|[^ux]))")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}


def unescaped(text: str) -> str:
    r"""Return what a string or identifier with escapes means: ``c\u006fnsole`` is ``console``."""

    def meant(escape: re.Match[str]) -> str:
        code = escape[1] or escape[2] or escape[3]
        if code is None:
            return _ESCAPED.get(escape[4], escape[4])
        point = int(code, 16)
        # Half of a surrogate pair is no character: it could not be written out again.
        return chr(point) if point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF else escape[0]

    return _ESCAPE.sub(meant, text)


def property_name(node: SgNode | None) -> str | None:
    """Return the name that a property key or a subscript stands for, if it is written out."""
    if node is None:
        return None
    kind = node.kind()
    if kind == "computed_property_name":
        inner = named(node)
        return string_value(inner[0]) if inner else None
    return node.text() if kind in _NAME_KINDS else string_value(node)


def callee_of(call: SgNode) -> SgNode | None:
    """Return the function part of a call or the class part of ``new``."""
    return call.field("function") or call.field("constructor")


def arguments_of(call: SgNode) -> list[SgNode]:
    """Return the argument expressions of a call; a tagged template has none."""
    arguments = call.field("arguments")
    if arguments is None or arguments.kind() != "arguments":
        return []
    return named(arguments)


def parameters_of_function(function: SgNode) -> list[SgNode]:
    """Return the parameter patterns of a function in order (defaults and types still around them)."""
    single = function.field("parameter")
    if single is not None:
        return [single]
    parameters = function.field("parameters")
    return [] if parameters is None else named(parameters)


def written_names(node: SgNode) -> list[str]:
    """Return the last two names that a function is written with, calls taken off: ``roles.require('x')``."""
    here = unwrap(node)
    while here.kind() == "call_expression":
        inner = callee_of(here)
        if inner is None:
            break
        here = unwrap(inner)
    parts = here.text()[:200].replace("?.", ".").split(".")[-2:]
    return [part for part in parts if part.isidentifier()]


def is_async(function: SgNode) -> bool:
    """Say whether a function is declared ``async``."""
    return any(child.kind() == "async" for child in function.children())
