"""G05: tables are related by keys, and each fact has a place of its own."""

from __future__ import annotations

from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.database.outcome import decided, unread_definition, without_schema
from harness.checks.database.smells import (
    lists,
    missing_foreign_keys,
    missing_primary_keys,
    numbered_columns,
    references,
    unrelated_parents,
    whole_records,
)
from harness.core.types import Decision, Outcome

__all__ = ["Relations"]


class Relations(Check):
    """Tables refer to each other by foreign keys, have primary keys, and hold no lists in a column.

    A fail is certain: a column that names a shown table and is no foreign key, a table without any key,
    ids in a text, numbered columns of one kind. Whether the design is normalised well is a question of
    meaning: a pass says that none of this was seen. Logs and the like may name rows that are gone; tables
    of services with a database each cannot be related.
    """

    id: ClassVar[str] = "database/relations"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Use foreign keys for relationships",
        "Foreign key constraints between related tables",
        "Normalized database design",
        "Proper relationships and normalization in the schema",
        "Tables reference each other through foreign keys",
        "Database schema is normalized",
        "Normalize schemas to reduce redundancy",
        "Normalize database schemas and model authentic relationships between tables",
        "Design the database with real relationships and normalization",
        "Model authentic relationships in the database, normalize properly and consider performance",
        "Model relations with foreign keys and normalize the schema",
        "Normalize database tables to third normal form",
        "Normalize the database schema",
        "Normalized schemas with proper relationships",
        "Model relationships between tables with foreign keys",
        "Tables are linked by foreign keys",
        "Tables are normalized and linked with foreign keys",
        "Model relationships with foreign keys",
        "Keep tables in third normal form with foreign keys",
        "Referential integrity through foreign keys",
        "Foreign keys between related tables",
        "Foreign keys for every relationship and no repeated columns",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the tables that the answer defines."""
        schema = exchange.program.schema
        created = [table for table in schema.written if table.created and not table.derived]
        if not created:
            if schema.tables or schema.queries or schema.through_models:
                return Decision(Outcome.NOT_APPLICABLE, "no table is defined")
            return without_schema(schema, "no schema")
        text = exchange.program.text
        named = list(references(schema, text))
        seen = [
            *missing_foreign_keys(schema, text),
            *unrelated_parents(schema),
            *(one for one in named if not one.doubt),
            *whole_records(schema),
            *missing_primary_keys(schema, text),
            *lists(schema),
            *numbered_columns(schema),
        ]
        decision = decided(exchange, seen) or unread_definition(schema)
        if decision is not None:
            return decision
        related = sum(len(table.foreign_keys) for table in created)
        unrelated = None if related or not named else named[0]
        if unrelated is not None:
            return Decision(Outcome.UNDECIDED, f"{unrelated.message}, but {unrelated.doubt}")
        if not related and len(created) == 1:
            return Decision(Outcome.NOT_APPLICABLE, "a single table that refers to nothing")
        if not related and not any(table.embedded for table in created):
            return Decision(Outcome.UNDECIDED, f"{len(created)} tables and no relation between them")
        words = f"{related} relations between {len(created)} tables; how well it is normalised is not decided"
        return Decision(Outcome.PASS, words, evidence=(("foreign keys", str(related)),))
