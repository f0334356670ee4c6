"""Queries that Python puts to Django's models."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.block import Block, Origin
from harness.response.schema.builder import Builder, Draft
from harness.response.schema.model import Condition, Place, Query, TableUse, canonical
from harness.response.schema.pythonic import call_of, string_of

__all__ = ["read_django_queries"]

_FILTERS = frozenset({"filter", "get", "get_or_create", "update_or_create"})
_LOOKUPS = frozenset(
    (
        "exact iexact contains icontains in gt gte lt lte startswith istartswith endswith iendswith range "
        "date year month day week"
    ).split()
)
_RANGES = frozenset({"gt", "gte", "lt", "lte", "range", "date", "year", "month", "day", "week"})
_MAX_CHAIN = 40


def read_django_queries(builder: Builder, block: Block, root: SgNode) -> None:
    """Take ``Model.objects.filter(...)`` and what follows into the schema."""
    for node in root.find_all(kind="attribute"):
        owner, name = node.field("object"), node.field("attribute")
        if owner is None or name is None or name.text() != "objects":
            continue
        draft = builder.known(owner.text()[:200].rsplit(".", 1)[-1])
        if draft is not None and draft.source == "django":
            _Chain(block, draft).read(builder, node)


class _Chain:
    def __init__(self, block: Block, draft: Draft) -> None:
        self.block, self.draft = block, draft
        self.filters: list[Condition] = []
        self.order: Condition | None = None
        self.limited = False
        self.foreign = False

    def read(self, builder: Builder, manager: SgNode) -> None:
        here = manager
        for _ in range(_MAX_CHAIN):
            up = here.parent()
            if up is None or up.kind() not in {"attribute", "call", "subscript"}:
                break
            if up.kind() == "call" and up.field("function") == here:
                self._link(up)
            elif up.kind() == "subscript" and up.field("value") == here:
                self.limited = True
            elif up.kind() != "attribute" or up.field("object") != here:
                break
            here = up
        if self.foreign or not (self.filters or self.order):
            return
        use = TableUse(self.draft.name, tuple(self.filters), self.order)
        supplied = self.block.origin is Origin.SUPPLIED
        builder.queries.append(Query((use,), (), self.limited, self._place(manager), supplied))

    def _place(self, node: SgNode) -> Place:
        return Place(self.block, node.range().start.line)

    def _link(self, node: SgNode) -> None:
        call = call_of(node)
        if call is None:
            return
        if call.name in _FILTERS:
            self.foreign = self.foreign or bool(call.positional)  # Q objects may be alternatives
            for name, value in call.keywords.items():
                self._filter(name, value)
        elif call.name == "order_by" and call.positional:
            name = string_of(call.positional[0]).lstrip("-")
            column = self._column(name)
            if column:
                self.order = Condition(((column,),), (name,), self._place(call.positional[0]))
        elif call.name in {"first", "last"}:
            self.limited = self.order is not None

    def _filter(self, name: str, value: SgNode) -> None:
        parts = name.split("__")
        lookup = parts.pop() if len(parts) > 1 and parts[-1] in _LOOKUPS else ""
        column = self._column("__".join(parts))
        if value.text() in {"True", "False", "None"} or name.endswith("__isnull") or name == "defaults":
            return
        if not column:
            self.foreign = True  # over a relation, by a column of another table
            return
        place = Place(self.block, value.range().start.line)
        self.filters.append(Condition(((column,),), (parts[0],), place, lookup not in _RANGES))

    def _column(self, name: str) -> str:
        """Return the column of a field; a relation's ends in ``_id``."""
        for one in (name, f"{name}_id"):
            if canonical(one) in self.draft.columns:
                return canonical(one)
        return canonical(name) if name in {"pk", "id"} else ""
