"""Python's strings: prefixes, escapes, f-strings, literals that stand side by side."""

from __future__ import annotations

import re
import unicodedata

from ast_grep_py import SgNode

from harness.response.flow.expressions import Constant, Expression, Opaque, Text
from harness.response.flow.reader import Reader

__all__ = ["read_concatenation", "read_string"]

_START = re.compile(r"([A-Za-z]{0,3})(\"\"\"|'''|\"|')")
_ESCAPE = re.compile(
    r"\\(?:(\n|[\\'\"abfnrtv])|([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{([^}]{1,100})\})"
)
_SINGLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\n": ""}
_LAST_CHARACTER = 0x10FFFF


def _character(found: re.Match[str]) -> str:
    single, octal, *hexadecimal, name = found.groups()
    if single is not None:
        return _SINGLE.get(single, single)
    if octal is not None:
        return chr(int(octal, 8))
    if name is not None:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return found.group()
    code = int(next(digits for digits in hexadecimal if digits is not None), 16)
    return chr(code) if code <= _LAST_CHARACTER else found.group()


def unescaped(text: str) -> str:
    """Return a text with the escapes of Python resolved; an escape that is none stays as it is."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def read_string(reader: Reader, node: SgNode) -> Expression:
    """Read a string: ``Constant``, or ``Text`` where an f-string holds expressions."""
    text = node.text()
    start = _START.match(text)
    if start is None:
        return reader.opaque(node)
    prefix, quote = start.group(1).lower(), start.group(2)
    if "f" in prefix or "t" in prefix:
        return _formatted(reader, node, raw="r" in prefix)
    inner = text[start.end() :].removesuffix(quote)
    return Constant(node, inner if "r" in prefix else unescaped(inner))


def _formatted(reader: Reader, node: SgNode, *, raw: bool) -> Expression:
    parts: list[Expression] = []
    for child in node.named_children():
        kind = child.kind()
        if kind == "string_content":
            text = child.text().replace("{{", "{").replace("}}", "}")
            parts.append(Constant(child, text if raw else unescaped(text)))
        elif kind == "interpolation":
            parts += _interpolated(reader, child)
    if all(isinstance(part, Constant) and isinstance(part.value, str) for part in parts):
        # An f-string that holds nothing is a plain one.
        return Constant(node, "".join(str(part.value) for part in parts if isinstance(part, Constant)))
    return Text(node, tuple(parts))


def _interpolated(reader: Reader, node: SgNode) -> list[Expression]:
    """Read ``{value!r:>{width}}``; with a format it is ``Opaque``: what comes out is not the value."""
    values: list[Expression] = []
    label: list[Expression] = []
    is_formatted = False
    for child in node.children():
        kind = child.kind()
        if kind == "format_specifier":
            is_formatted = True
            for part in child.named_children():
                values += reader.expressions(reader.named(part))
        elif kind == "=":
            label = [Constant(child, "=")]
        elif child.is_named() and kind not in {"type_conversion", "comment"}:
            values.append(reader.expression(child))
    if is_formatted or len(values) != 1:
        return [*label, Opaque(node, tuple(values))]
    return [*label, *values]


def read_concatenation(reader: Reader, node: SgNode) -> Expression:
    """Read literals that stand side by side as one."""
    parts: list[Expression] = []
    for child in reader.named(node):
        part = read_string(reader, child) if child.kind() == "string" else reader.expression(child)
        parts += part.parts if isinstance(part, Text) else [part]
    texts = [part.value for part in parts if isinstance(part, Constant) and isinstance(part.value, str)]
    if len(texts) == len(parts):
        return Constant(node, "".join(texts))
    return Text(node, tuple(parts))
