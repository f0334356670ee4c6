"""Words and statements of an audit trail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from harness.checks.access.sessions.ground import Ground, Scope
from harness.checks.errors.terms import last_name
from harness.response.flow.constants import NOT_CONSTANT
from harness.response.flow.expressions import (
    Attribute,
    Binary,
    Call,
    Constant,
    Expression,
    Function,
    Mapping,
    Name,
    Tagged,
    Text,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk

__all__ = [
    "AUDIT",
    "TRAILS",
    "Level",
    "Statement",
    "handed_over",
    "keys_of",
    "level_of_keys",
    "sent",
    "statements_of",
    "subjects_of",
]

MAX_STATEMENT = 4_000
MAX_KEPT = 200_000
# The shortest statement that changes something: ``update t``.
_MIN_STATEMENT = 8
AUDIT = re.compile(r"audit", re.IGNORECASE)
# Tables and models that may hold a trail: they do where an actor is among what they are given.
TRAILS = re.compile(
    r"audit|history|(?:_|^)events?$|[a-z]Events?$|^Events?$|activit|journal|ledger|(?:change|access|action"
    r"|operation)_?logs?"
    r"|_log$|[a-z]LogEntry$|revision|movements?$|_trail|Trail$|_changes$|[a-z]Changes?$",
)
_ACTOR = re.compile(
    r"^(?:actor|operator|principal|who|initiator|causer|performer|agent|editor|author)(?:_?id|_?name"
    r"|_?email)?$"
    r"|^(?:performed|changed|created|updated|done|made|executed|booked|modified|deleted|triggered|recorded"
    r"|requested"
    r"|imported|approved)_?by(?:_?id)?$|^by$",
    re.IGNORECASE,
)
_USER = re.compile(
    r"^(?:user|account|admin|staff|member|employee|customer)(?:_?id|_?pk)?$|^uid$|^sub$", re.IGNORECASE
)
_ACTION = re.compile(
    r"^(?:action|operation|event|event_?(?:name|type)|verb|activity|op|type|method)$", re.IGNORECASE
)
_TARGET = re.compile(
    r"^(?:resource|target|entity|object|subject|table|record)(?:_?(?:id|type|name|pk))?$|[a-z_]ids?$|_pk$"
    r"|Id$|^id$",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"\b(?P<verb>insert\s+(?:ignore\s+)?into|update|delete\s+from|merge\s+into|replace\s+into"
    r"|truncate(?:\s+table)?)\s+"
    r"(?:only\s+)?(?P<table>[\w.\"`\[\]$]{1,120})",
    re.IGNORECASE,
)


# What is given a statement by name: elsewhere only texts that stand in the call itself are read.
_SENDERS = frozenset(
    (
        "query execute exec prepare raw run statement executemany batch unsafe fetch fetchrow fetchval "
        "scalar scalars execute_query mysqli_query pg_query pg_query_params db_query all get one none any "
        "text insert $executeRaw $executeRawUnsafe $queryRawUnsafe update delete "
        "sql"
    ).split()
)


class Level(IntEnum):
    """How well something is recorded: not, perhaps, or with actor, action and target."""

    NONE = 0
    WEAK = 1
    STRONG = 2


class Statement:
    """One statement of SQL that changes something: its table, and the names that stand behind it."""

    def __init__(self, verb: str, table: str, rest: str) -> None:
        self.verb = verb.split(maxsplit=1)[0].lower()
        self.table = table.replace('"', "").replace("`", "").strip("[]").rpartition(".")[2]
        self.names = re.findall(r"[A-Za-z_]\w*", rest[:1_000])

    @property
    def level(self) -> Level:
        """How well it records, where it writes into a table of a trail."""
        if self.verb != "insert" or not TRAILS.search(self.table):
            return Level.NONE
        if AUDIT.search(self.table):
            return Level.STRONG
        if any(_ACTOR.match(name) for name in self.names):
            return Level.STRONG
        return Level.WEAK if any(_USER.match(name) for name in self.names) else Level.NONE


def sent(ground: Ground, scope: Scope) -> tuple[tuple[Call | Tagged, Unit], ...]:
    """Return the calls and tagged templates that a scope reaches; nothing else changes or records things."""
    known = ground.remembered("sent", _Sent)
    key = (scope.unit, scope.function)
    found = known.places.get(key)
    if found is None:
        found = tuple((node, unit) for node, unit in ground.reach(scope) if isinstance(node, Call | Tagged))
        known.kept += len(found)
        if known.kept <= MAX_KEPT:
            known.places[key] = found
    return found


@dataclass(slots=True)
class _Sent:
    """What scopes reach; many handlers may reach the same large helpers, so that not all is kept."""

    places: dict[object, tuple[tuple[Call | Tagged, Unit], ...]] = field(default_factory=dict)
    kept: int = 0


def statements_of(ground: Ground, call: Call | Tagged, unit: Unit) -> tuple[Statement, ...]:
    """Return the changing statements of SQL that a call or a tagged template sends."""
    known = ground.memory.get(call)
    if isinstance(known, tuple):
        return known
    found: list[Statement] = []
    if isinstance(call, Tagged):
        found = _read("".join(_piece(one) for one in call.parts))
    else:
        sends = last_name(call.callee) in _SENDERS
        for argument in call.arguments[:3]:
            if sends or isinstance(argument.value, Constant | Text | Binary):
                found += _read(_text(ground, argument.value, unit))
    result = tuple(found)
    ground.memory[call] = result
    return result


def _text(ground: Ground, expression: Expression, unit: Unit) -> str:
    if isinstance(expression, Constant):
        return expression.value[:MAX_STATEMENT] if isinstance(expression.value, str) else ""
    if isinstance(expression, Call):
        # SQLAlchemy's `text("...")`.
        first = expression.arguments[0].value if expression.arguments else None
        return (
            _text(ground, first, unit) if first is not None and last_name(expression.callee) == "text" else ""
        )
    found = ground.value(expression, unit)
    if found is not NOT_CONSTANT:
        return found[:MAX_STATEMENT] if isinstance(found, str) else ""
    for value, _ in ground.names.values(expression, unit):
        if isinstance(value, Text | Binary):
            return "".join(_piece(one) for one in walk([value]) if isinstance(one, Constant | Name))[
                :MAX_STATEMENT
            ]
    return ""


def _piece(part: Expression) -> str:
    if isinstance(part, Constant):
        return str(part.value)[:MAX_STATEMENT]
    return "x"


def _read(text: str) -> list[Statement]:
    if len(text) < _MIN_STATEMENT:
        return []
    return [
        Statement(match["verb"], match["table"], text[match.end() :])
        for match in _STATEMENT.finditer(text[:MAX_STATEMENT])
        if not re.search(
            r"\b(?:for|do|on\s+duplicate\s+key|on\s+conflict)\s+$", text[: match.start()], re.IGNORECASE
        )
    ]


def keys_of(call: Call) -> Iterator[str]:
    """Yield the keys of all that a call is given: keyword arguments, mappings and what is in them."""
    for argument in call.arguments:
        if argument.name:
            yield argument.name
    for node in walk([one.value for one in call.arguments], into_functions=False):
        if isinstance(node, Mapping):
            for entry in node.entries:
                if isinstance(entry.key, Constant):
                    yield str(entry.key.value)
                elif entry.key is None and isinstance(entry.value, Name):
                    yield entry.value.name
        elif isinstance(node, Call):
            yield from (one.name for one in node.arguments if one.name)


def level_of_keys(keys: list[str], *, named: bool = False) -> Level:
    """Return how well a record says who did what to which thing; ``named``: a message says what was done."""
    what = sum((any(_ACTION.match(key) for key in keys) or named, any(_is_target(key) for key in keys)))
    if any(_ACTOR.match(key) for key in keys):
        return Level.STRONG if what == 2 else Level.WEAK
    return Level.WEAK if any(_USER.match(key) for key in keys) and what == 2 else Level.NONE


def _is_target(key: str) -> bool:
    return _TARGET.search(key) is not None and not _ACTOR.match(key) and not _USER.match(key)


def subjects_of(call: Call) -> list[str]:
    """Return what a call is about: the models and tables that it, and what it is chained to, are given."""
    found: list[str] = []
    here: Expression = call
    while isinstance(here, Call):
        for argument in here.arguments[:1]:
            value = argument.value
            if isinstance(value, Name):
                found.append(value.name)
            elif isinstance(value, Constant) and isinstance(value.value, str) and len(value.value) < 60:
                found.append(value.value)
            elif isinstance(value, Call):
                found.append(last_name(value.callee))
            elif isinstance(value, Attribute) and value.name == "class":
                found.append(last_name(value.base))
        here = here.callee.base if isinstance(here.callee, Attribute) else here.callee
    return found


def handed_over(value: Expression) -> Iterator[Expression]:
    """Yield what an argument hands over to be run: itself, and the functions in an object of them."""
    yield value
    if isinstance(value, Mapping):
        yield from (node for node in walk([value]) if isinstance(node, Function))
