"""Handlers that reach only what belongs to the caller: ``filter(owner=request.user)``."""

from __future__ import annotations

import re

from harness.checks.access.served.guards import Guards
from harness.checks.access.words import words_of
from harness.response.endpoints.model import ServerEndpoint
from harness.response.endpoints.reading import last_name
from harness.response.flow.expressions import (
    Attribute,
    Binary,
    Call,
    Constant,
    Expression,
    Items,
    Mapping,
    Text,
)
from harness.response.flow.statements import Statement, Unit
from harness.response.flow.walk import Node, walk

__all__ = ["reaches_own"]

_QUERIES = frozenset(
    "filter filter_by get get_or_404 get_object_or_404 create update_or_create get_or_create where findOne "
    "execute fetch fetchrow fetchval fetch_one fetch_all query scalar scalars select update delete insert "
    "firstOrCreate updateOrCreate exclude find first one prepare get_or_none filter_for save".split()
)
_OWNED_ROWS = re.compile(
    r"\b(?:owner|user|author|customer|member|account|creator|seller|donor|patient|employee)_?id\b",
    re.IGNORECASE,
)
_MAX_TEXT = 2_000
_OWN_METHODS = ("get_queryset", "perform_create", "get_object", "form_valid")


def reaches_own(guards: Guards, endpoint: ServerEndpoint) -> bool:
    """Say whether a handler asks for rows by their owner, who is the caller."""
    bodies: list[tuple[tuple[Statement, ...], Unit]] = [(endpoint.body, endpoint.home)]
    if endpoint.owner is not None:
        for name in _OWN_METHODS:
            found = guards.reading.method(endpoint.owner, endpoint.home, name)
            if found is not None:
                bodies.append((found[0].body, found[1]))
    return any(
        isinstance(node, Call) and _is_own(guards, node, unit) for body, unit in bodies for node in walk(body)
    )


def _is_own(guards: Guards, call: Call, unit: Unit) -> bool:
    name = last_name(call.callee)
    if _of_relation(guards, call, unit):
        return True
    if name not in _QUERIES and not (name[:1].isupper() and "Response" not in name and "Error" not in name):
        return False
    values = [one.value for one in call.arguments]
    pairs: list[tuple[str, Expression]] = [(one.name, one.value) for one in call.arguments if one.name]
    texts = " ".join(_texts(values))[:_MAX_TEXT]
    for value in values:
        pairs += _pairs(value, guards, unit)
    if any(
        guards.meaning.names_owner(key)
        and not {"actor", "by"} & set(words_of(key))
        and guards.meaning.is_callers(value, unit)
        for key, value in pairs
    ):
        return True
    if _OWNED_ROWS.search(texts):
        given = [item for value in values for item in (value.items if isinstance(value, Items) else (value,))]
        return any(
            guards.meaning.is_callers(one, unit) for one in given if not isinstance(one, Constant | Text)
        )
    return False


def _pairs(value: Expression, guards: Guards, unit: Unit) -> list[tuple[str, Expression]]:
    found: list[tuple[str, Expression]] = []
    if isinstance(value, Mapping):
        found += [
            (guards.reading.text(entry.key, unit), entry.value)
            for entry in value.entries
            if entry.key is not None
        ]
    # `where(Note.owner_id == user.id)`
    for node in walk([value], into_functions=False):
        if isinstance(node, Binary) and node.operator in {"==", "==="} and isinstance(node.left, Attribute):
            found.append((node.left.name, node.right))
    return found


def _of_relation(guards: Guards, call: Call, unit: Unit) -> bool:
    """Say whether a call goes through the caller: ``$request->user()->posts()->create(...)``."""
    arguments = call.arguments
    if last_name(call.callee) == "where" and len(arguments) >= 2:
        key = guards.reading.text(arguments[0].value, unit)
        return guards.meaning.names_owner(key) and guards.meaning.is_callers(arguments[-1].value, unit)
    names: list[str] = []
    here: Node = call
    while isinstance(here, Call | Attribute):
        if isinstance(here, Attribute):
            names.append(here.name)
        here = here.callee if isinstance(here, Call) else here.base
    if not names or names[0] not in _QUERIES | {"delete", "update", "associate"}:
        return False
    return "user" in names[1:] and len(names) >= 3 and not guards.meaning.is_client(call)


def _texts(values: list[Expression]) -> list[str]:
    return [
        node.value
        for value in values
        for node in walk([value], into_functions=False)
        if isinstance(node, Constant) and isinstance(node.value, str)
    ]
