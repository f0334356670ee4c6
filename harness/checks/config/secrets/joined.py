"""Addresses that are put together from pieces: joined, formatted, filled in."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.config.secrets.addresses import carried_passwords
from harness.checks.config.secrets.circumstances import place_of_node
from harness.checks.config.secrets.place import Hardcoded
from harness.checks.config.secrets.readings import last_name, text_of
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Attribute, Binary, Call, Constant, Expression, Items, Text
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node
from harness.response.record import record

__all__ = ["passwords_in_joined_addresses"]

MAX_PIECES = 60
# Something that is not known: it is no part of any password.
_UNKNOWN = "\ue000"


@record
class _Piece:
    text: str
    node: Constant | None
    unit: Unit


def passwords_in_joined_addresses(flow: Flow, unit: Unit) -> Iterator[Hardcoded]:
    """Yield the literals that become the password of an address."""
    if "://" not in unit.block.text:
        return
    parents = flow.names.index(unit).parents
    for node, parent in list(parents.items()):
        if (
            isinstance(node, Binary | Text | Call)
            and not _is_inner(node, parent)
            and "://" in node.node.text()[:4000]
        ):
            yield from _passwords(flow, _pieces(flow, node, unit))


def _is_inner(node: Node, parent: Node | None) -> bool:
    return isinstance(node, Binary) and isinstance(parent, Binary) and parent.operator == "+" == node.operator


def _passwords(flow: Flow, pieces: list[_Piece]) -> Iterator[Hardcoded]:
    whole = "".join(piece.text for piece in pieces)
    if len(pieces) < 2 or "://" not in whole or "@" not in whole:
        return
    for carried in carried_passwords(whole):
        if _UNKNOWN in whole[carried.start : carried.end]:
            continue
        offset = 0
        for piece in pieces:
            end = offset + len(piece.text)
            if offset <= carried.start < end:
                if piece.node is not None and not flow.is_counter_example(piece.unit, piece.node.node):
                    yield Hardcoded(
                        place_of_node(piece.unit, piece.node), f"{carried.what} is written into the code"
                    )
                break
            offset = end


def _pieces(flow: Flow, node: Expression, unit: Unit) -> list[_Piece]:
    if isinstance(node, Call):
        return _of_call(flow, node, unit)
    if isinstance(node, Binary) and node.operator == "%":
        template = text_of(node.left)
        values = node.right.items if isinstance(node.right, Items) else (node.right,)
        return [] if template is None else _filled(flow, (template, node.left), values, unit)
    if isinstance(node, Text):
        return [_piece(flow, part, unit) for part in node.parts[:MAX_PIECES]]
    return [_piece(flow, part, unit) for part in _operands(node)]


def _operands(node: Expression) -> list[Expression]:
    found: list[Expression] = []
    stack = [node]
    while stack and len(found) < MAX_PIECES:
        here = stack.pop()
        if isinstance(here, Binary) and here.operator == "+":
            stack += [here.right, here.left]
        elif isinstance(here, Text):
            stack += reversed(here.parts)
        else:
            found.append(here)
    return found


def _of_call(flow: Flow, call: Call, unit: Unit) -> list[_Piece]:
    name = last_name(call.callee)
    base = call.callee.base if isinstance(call.callee, Attribute) else None
    if name == "format" and base is not None:
        template = text_of(base)
        if template is not None:
            return _filled(flow, (template, base), [one.value for one in call.arguments], unit)
    if name == "sprintf" and call.arguments:
        template = text_of(call.arguments[0].value)
        if template is not None:
            values = [one.value for one in call.arguments[1:]]
            return _filled(flow, (template, call.arguments[0].value), values, unit)
    if name == "join" and isinstance(base, Items):
        return [_piece(flow, item, unit) for item in base.items[:MAX_PIECES]]
    return []


def _filled(
    flow: Flow,
    template: tuple[str, Expression],
    values: tuple[Expression, ...] | list[Expression],
    unit: Unit,
) -> list[_Piece]:
    """Return the pieces of a template whose marks are filled in order."""
    text, node = template
    literal = node if isinstance(node, Constant) else None
    marked = text.replace("{}", "%s").replace("%d", "%s")
    found: list[_Piece] = []
    for number, part in enumerate(marked.split("%s")):
        if number:
            known = number <= len(values)
            found.append(_piece(flow, values[number - 1], unit) if known else _Piece(_UNKNOWN, None, unit))
        found.append(_Piece(part, literal, unit))
    return found


def _piece(flow: Flow, expression: Expression, unit: Unit) -> _Piece:
    found = flow.names.values(expression, unit)
    if len(found) == 1:
        value, where = found[0]
        if isinstance(value, Constant) and isinstance(value.value, str | int):
            return _Piece(str(value.value), value, where)
    return _Piece(_UNKNOWN, None, unit)
