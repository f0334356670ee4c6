"""PHP's strings: quotes, interpolation, heredoc and nowdoc."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Argument,
    Call,
    Constant,
    Expression,
    Index,
    Name,
    Text,
)
from harness.response.flow.reader import Reader

__all__ = ["STRINGS", "read_dynamic_variable"]

_ESCAPE = re.compile(r"\\(?:([nrtvef\\$\"`])|([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u\{([0-9a-fA-F]{1,6})\})")
_SINGLE = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "e": "\x1b", "f": "\f"}
_LITERAL = frozenset({"string_content", "escape_sequence", '"', "`"})
_LAST_CHARACTER = 0x10FFFF


def _character(found: re.Match[str]) -> str:
    single, octal, *hexadecimal = found.groups()
    if single is not None:
        return _SINGLE.get(single, single)
    code = int(octal, 8) if octal is not None else int(hexadecimal[0] or hexadecimal[1], 16)
    return chr(code) if code <= _LAST_CHARACTER else found.group()


def _unescaped(text: str, *, quote: bool = True) -> str:
    if "\\" not in text:
        return text
    if not quote:
        # A heredoc needs no escape for its quotes, and keeps one that is there.
        text = text.replace('\\"', '\\\\"')
    return _ESCAPE.sub(_character, text)


def _read_single(_: Reader, node: SgNode) -> Expression:
    text = node.text().lstrip("bB")[1:-1]
    return Constant(node, re.sub(r"\\([\\'])", r"\1", text) if "\\" in text else text)


def _read_double(reader: Reader, node: SgNode) -> Expression:
    text = node.text()
    if "$" not in text:
        return Constant(node, _unescaped(text.lstrip("bB")[1:-1]))
    first = text.index('"') + 1
    return _text(node, _parts(reader, node, text, (first, len(text) - 1)))


def _text(node: SgNode, parts: list[Expression]) -> Expression:
    if not parts:
        return Constant(node, "")
    if len(parts) == 1 and isinstance(parts[0], Constant):
        return Constant(node, parts[0].value)
    return Text(node, tuple(parts))


def _parts(
    reader: Reader, node: SgNode, text: str, bounds: tuple[int, int], quote: bool = True
) -> list[Expression]:
    """Return constants and expressions in order. Only what is no literal is asked for its place."""
    position, end = bounds
    origin = node.range().start.index
    parts: list[Expression] = []
    in_braces = False
    for child in node.children():
        kind = child.kind()
        if kind in _LITERAL:
            continue
        place = child.range()
        start = place.start.index - origin
        if not in_braces and start > position:
            parts.append(Constant(node, _unescaped(text[position:start], quote=quote)))
        position = place.end.index - origin
        if kind == "{":
            in_braces = True
        elif kind == "}":
            in_braces = False
        else:
            parts.append(reader.expression(child) if in_braces else _simple(reader, child, kind))
    if position < end:
        parts.append(Constant(node, _unescaped(text[position:end], quote=quote)))
    return parts


def _simple(reader: Reader, node: SgNode, kind: str) -> Expression:
    """Read ``$a[key]`` without braces: the key is a word, not a constant."""
    if kind == "subscript_expression":
        parts = node.named_children()
        if len(parts) > 1 and parts[1].kind() == "name":
            return Index(node, reader.expression(parts[0]), Constant(parts[1], parts[1].text()))
    return reader.expression(node)


def _read_heredoc(reader: Reader, node: SgNode) -> Expression:
    body, width = None, 0
    for child in node.named_children():
        kind = child.kind()
        if kind in {"heredoc_body", "nowdoc_body"}:
            body = child
        elif kind == "heredoc_end":
            width = child.range().start.column
    if body is None:
        return Constant(node, "")
    text = body.text()
    first = 1 if text.startswith("\n") else 0
    if body.kind() == "nowdoc_body":
        parts: list[Expression] = [Constant(node, text[first:])]
    else:
        parts = _parts(reader, body, text, (first, len(text)), quote=False)
    if width:
        _dedent(parts, width)
    return _text(node, parts)


def _dedent(parts: list[Expression], width: int) -> None:
    """Take the indentation of the closing word away from every line."""
    margin = re.compile(rf"(?<=\n)[ \t]{{1,{width}}}")
    for position, part in enumerate(parts):
        if isinstance(part, Constant) and isinstance(part.value, str):
            text = margin.sub("", part.value)
            part.value = re.sub(rf"\A[ \t]{{1,{width}}}", "", text) if position == 0 else text


def _read_shell(reader: Reader, node: SgNode) -> Expression:
    """Read backticks as what they are: a call of ``shell_exec``."""
    place = len(reader.calls)
    reader.calls.append(None)
    text = node.text()
    command = _text(node, _parts(reader, node, text, (1, len(text) - 1)))
    call = Call(node, Name(node, "shell_exec"), (Argument(command),))
    reader.calls[place] = call
    return call


def read_dynamic_variable(reader: Reader, node: SgNode) -> Expression:
    """Read ``${name}`` and ``${name['key']}``; what has no name (``$$x``) is ``Opaque``."""
    inner = reader.named(node)
    if len(inner) == 1 and inner[0].kind() == "name":
        return Name(node, f"${inner[0].text()}")
    if len(inner) == 1 and inner[0].kind() == "subscript_expression":
        parts = reader.named(inner[0])
        if len(parts) > 1 and parts[0].kind() == "name":
            return Index(node, Name(parts[0], f"${parts[0].text()}"), reader.expression(parts[1]))
    return reader.opaque(node)


STRINGS = {
    "string": _read_single,
    "encapsed_string": _read_double,
    "heredoc": _read_heredoc,
    "nowdoc": _read_heredoc,
    "shell_command_expression": _read_shell,
    "dynamic_variable_name": read_dynamic_variable,
}
