"""What the analysis is asked to watch: texts that become statements, and the calls that they reach."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.checks.injection.filters import watch_filter
from harness.checks.injection.sinks import DATABASE, Sinks, sinks_of
from harness.checks.injection.statements import has_fixed_text, is_condition, is_sql, is_statement, shape_of
from harness.checks.injection.types import typed_value
from harness.checks.injection.validated import made_of_class, validated_value
from harness.response.flow.expressions import Attribute, Call, Expression, Function, Name, Parameter, Tagged
from harness.response.flow.statements import Unit
from harness.response.flow.taint.values import (
    CLEAN,
    UNSEEN,
    Hole,
    Kind,
    Value,
    element_of,
    holes_of,
    opened,
)

if TYPE_CHECKING:
    from harness.response.flow.taint.calls import Given
    from harness.response.flow.taint.walker import Walker

__all__ = ["Sighting", "Watch"]


@dataclass(slots=True)
class Sighting:
    """A text (or a filter) that reached a call. ``kind``: statement, fragment, condition, filter or code."""

    kind: str
    call: Call
    unit: Unit
    name: str
    value: Value
    function: Function | None
    key: str = ""


@dataclass(slots=True)
class Watch:
    """Collects what reaches a database. ``queries`` counts the calls that a database gets a statement by."""

    sightings: dict[tuple[Call, str], Sighting] = field(default_factory=dict)
    queries: int = 0
    seen: set[Call] = field(default_factory=set)
    tags: int = 0

    def is_of_interest(self, value: Value) -> bool:
        """Remember texts that are statements beyond doubt and have holes."""
        if len(value.pieces) < 2:
            return False
        return any(isinstance(piece, Hole) for piece in value.pieces) and is_statement(shape_of(value))

    def joins(self, tag: Expression) -> bool:
        """``String.raw`` and tags that only colour the text join their parts."""
        if isinstance(tag, Attribute):
            return tag.name in {"raw", "unsafe"} and isinstance(tag.base, Name) and tag.base.name == "String"
        return isinstance(tag, Name) and tag.name in {
            "dedent",
            "outdent",
            "gql_sql",
            "oneLine",
            "stripIndent",
            "stripIndents",
            "html",
        }

    def tagged(self, walker: Walker, expression: Tagged, values: list[Value]) -> None:
        """Count statements that a tag makes safe."""
        del walker, values
        text = expression.node.text()[:300]
        _, _, statement = text.partition("`")
        if is_statement(statement):
            self.tags += 1

    def thrown(self, value: Value) -> None:
        """What is thrown is told to people."""
        del value

    def typed(self, walker: Walker, function: Function, parameter: Parameter) -> Value | None:
        """Numbers, dates, booleans and enumerations cannot hold a piece of SQL."""
        return typed_value(walker, function, parameter)

    def sight(self, walker: Walker, given: Given) -> Value | None:
        """See a call: a text for a database, a filter, a message for people."""
        sinks = sinks_of(walker.language)
        name = given.name
        if name in sinks.harmless and _is_harmless(given):
            for value in given.everything:
                walker.analysis.note_use(value, "shown")
            return None
        if name in sinks.composers:
            return CLEAN
        known = validated_value(walker, given) or made_of_class(walker, given)
        if known is not None or walker.analysis.functions_of(walker, given.call):
            return known
        if name in _COLLECTIONS and given.base is not None:
            return Value(data="collection")
        if name in sinks.fragments and _is_fragment(given):
            return self._fragment(walker, given, sinks)
        return self._asked(walker, given, sinks)

    def _asked(self, walker: Walker, given: Given, sinks: Sinks) -> Value | None:
        found = None
        if given.name in sinks.conditions and given.base is not None:
            self._condition(walker, given)
        elif given.name in sinks.clauses and _is_builder(walker, given):
            self._clause(walker, given)
        elif given.name in sinks.statements:
            found = self._statement(walker, given, sinks)
        if given.name == "extra" or (given.name == "order_by" and walker.language == "python"):
            self._extra(walker, given)
        watch_filter(self, walker, given)
        return found

    def note(self, walker: Walker, given: Given, kind: str, value: Value, key: str = "") -> None:
        """Note what reached a call."""
        place = (given.call, kind + key)
        known = self.sightings.get(place)
        if known is None or len(value.pieces) >= len(known.value.pieces):
            self.sightings[place] = Sighting(
                kind, given.call, walker.unit, given.name, value, walker.frame.function, key
            )
        walker.analysis.note_use(value, "sunk")

    # Kinds of calls.

    def _fragment(self, walker: Walker, given: Given, sinks: Sinks) -> Value | None:
        value = _text_argument(given, sinks.fragments[given.name], sinks)
        if value is None:
            return None
        if value.data == "composed":
            return value
        if given.name in _OTHERS_TOO and not _is_of_database(given, value):
            return None
        self._count(given.call)
        if holes_of(value):
            self.note(walker, given, "fragment", value)
        return Value(pieces=("x",), data="composed")

    def _statement(self, walker: Walker, given: Given, sinks: Sinks) -> Value | None:
        value = _text_argument(given, sinks.statements[given.name], sinks)
        if value is None or value.data == "composed":
            return None
        shape = shape_of(value)
        whole = is_statement(shape)
        if whole or (given.name not in sinks.common and is_sql(shape) and has_fixed_text(value)):
            self._count(given.call)
            if holes_of(value):
                self.note(walker, given, "statement", value)
            if "prepare" in given.name.lower() or given.name in {"createCommand", "createQuery", "setQuery"}:
                return Value(pieces=("x",), data="composed")
            return opened(Hole(Kind.STORED, f"what {given.name}() gave"))
        bare = len(value.pieces) == 1 and given.name not in sinks.common
        if bare and holes_of(value) and self._takes_statements(given):
            self._count(given.call)
            self.note(walker, given, "statement", value)
        return None

    def _takes_statements(self, given: Given) -> bool:
        """A text that is nothing but a hole says nothing itself: look at who gets it."""
        base = given.base
        if base is None:
            return given.name.endswith(("_query", "_exec", "_prepare", "_sql", "read_sql"))
        text = base.node.text()[-80:].rstrip("()?!. \n")
        return DATABASE.search(re.split(r"[.\s>:]+", text)[-1].split("(", 1)[0]) is not None

    def _condition(self, walker: Walker, given: Given) -> None:
        place = 2 if "oin" in given.name else 0
        value = given.positional[place] if place < len(given.positional) else UNSEEN
        if not has_fixed_text(value) or not holes_of(value) or value.data == "composed":
            return
        if is_condition(shape_of(value)):
            self._count(given.call)
            self.note(walker, given, "condition", value)

    def _clause(self, walker: Walker, given: Given) -> None:
        """A column in a query builder that takes it as text."""
        for value in given.positional:
            if walker.language == "python" and not has_fixed_text(value):
                continue  # an expression of SQLAlchemy; a plain text it takes for the name of a column
            if holes_of(value) and value.data != "composed":
                self._count(given.call)
                self.note(walker, given, "fragment", value, "clause")

    def _extra(self, walker: Walker, given: Given) -> None:
        """Django's ``extra(where=[...], select={...}, tables=[...], order_by=[...])``."""
        for key in ("where", "select", "tables", "order_by"):
            value = given.named.get(key)
            if value is None:
                continue
            self._count(given.call)
            inside = element_of(value) if value.is_container else value
            if holes_of(inside):
                self.note(walker, given, "fragment", inside, key)

    def _count(self, call: Call) -> None:
        if call not in self.seen:
            self.seen.add(call)
            self.queries += 1


_COLLECTIONS = frozenset({"collection", "get_collection", "selectCollection", "model"})
_ALONE = frozenset({"literal", "text", "raw", "RawSQL", "SQL", "literal_column", "raw_sql"})
_OTHERS_TOO = frozenset({"raw", "literal", "unsafe"})  # of a chat, of a template engine
_OF_DATABASE = re.compile(
    r"(?i)knex|sql|db|database|quer|sequelize|prisma|orm\Z|tra?n?x|transaction|builder|conn|pool|client|expression"
    r"|models?\Z|\b(?:k|q|qb)\Z"
)
_LIBRARY = re.compile(r"(?i)(?:sa|sqlalchemy|db|sql|orm|alchemy|psycopg\d?|expression|sqla?|func|models)")


_BUILDER = re.compile(r"createQueryBuilder|QueryBuilder\b")


def _is_of_database(given: Given, value: Value) -> bool:
    if is_sql(shape_of(value)):
        return True
    if given.base is None:
        return has_fixed_text(value)
    text = given.base.node.text()[-80:].rstrip("()?!. \n")
    return _OF_DATABASE.search(re.split(r"[.\s>:]+", text)[-1].split("(", 1)[0]) is not None


def _is_builder(walker: Walker, given: Given) -> bool:
    """Say whether a method belongs to a builder that takes text: of TypeORM, Doctrine, SQLAlchemy."""
    base = given.base
    if base is None:
        return False
    text = walker.unit.block.text
    if walker.language == "python":
        return "sqlalchemy" in text.lower() and "django" not in text
    if _BUILDER.search(base.node.text()[:2_000]):
        return True
    return (
        isinstance(base, Name)
        and base.name.lower().lstrip("$") in {"qb", "builder", "querybuilder"}
        and (_BUILDER.search(text) is not None)
    )


def _is_fragment(given: Given) -> bool:
    """Say whether a call makes a piece of SQL; ``draw.text()`` and ``SQL()`` of others do not."""
    base = given.base
    if base is None:
        return given.name in _ALONE
    if given.name in {"text", "SQL"}:
        return isinstance(base, Name) and _LIBRARY.fullmatch(base.name) is not None
    return True


def _is_harmless(given: Given) -> bool:
    # `logger.info(...)`, `res.send(...)`; `db.log(...)` as well.
    return given.base is None or given.name not in {"execute", "query"}


def _text_argument(given: Given, place: int, sinks: Sinks) -> Value | None:
    """Return the text that a call gets: by its place, by its name, or inside an object of options."""
    for name, value in given.named.items():
        if name in sinks.keywords and value.pieces:
            return value
    if not given.positional:
        return None
    value = (
        given.positional[place] if -len(given.positional) <= place < len(given.positional) else given.first
    )
    if not has_fixed_text(value):
        # `run(connection, sql)`: the statement stands elsewhere.
        for other in given.positional:
            if other is not value and has_fixed_text(other) and is_statement(shape_of(other)):
                return other
    if value.fields and not value.pieces:
        for name, inside in value.fields:
            if name in sinks.keywords and (inside.pieces or inside.element is not None):
                return inside
        return None
    return value if value.pieces else None
