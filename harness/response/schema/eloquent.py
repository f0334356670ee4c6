"""Queries that PHP puts to Laravel's models and tables."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.block import Block, Origin
from harness.response.schema.builder import Builder
from harness.response.schema.chains import Argument, Link
from harness.response.schema.laravel import arguments_of_call, read_argument
from harness.response.schema.model import Condition, Place, Query, TableUse, canonical

__all__ = ["read_eloquent_queries"]

_WHERE = frozenset({"where", "whereIn", "whereBetween", "whereDate", "whereLike", "firstWhere"})
_RANGES = frozenset({"<", ">", "<=", ">="})
_LIMITS = frozenset({"limit", "take", "paginate", "simplePaginate", "cursorPaginate", "first"})
_OPEN = frozenset({"orWhere", "when", "unless", "whereHas", "whereRaw", "tap", "scopes"})
_MAX_CHAIN = 40


def read_eloquent_queries(builder: Builder, block: Block, root: SgNode, shift: int) -> None:
    """Take ``Order::where(...)`` and ``DB::table('orders')->where(...)`` into the schema."""
    for node in root.find_all(kind="scoped_call_expression"):
        scope = node.field("scope")
        links = [] if scope is None else _links(block, node, shift)
        if scope is None or not links:
            continue
        name = scope.text()[:200].rsplit("\\", 1)[-1]
        if name == "DB" and links[0].name == "table" and links[0].arguments:
            first = links[0].arguments[0]
            name = first if isinstance(first, str) else ""
        draft = builder.known(name) if name else None
        if draft is not None and draft.source == "laravel":
            query = _query(block, draft.name, links)
            if query is not None:
                builder.queries.append(query)


def _links(block: Block, node: SgNode, shift: int) -> list[Link]:
    """Return the calls of a chain that begins with a static call, first call first."""
    found: list[Link] = []
    here: SgNode | None = node
    for _ in range(_MAX_CHAIN):
        name = None if here is None else here.field("name")
        if here is None or name is None:
            break
        arguments: tuple[Argument, ...] = tuple(read_argument(one) for one in arguments_of_call(here))
        found.append(Link(name.text(), arguments, Place(block, name.range().start.line - shift)))
        up = here.parent()
        here = (
            up
            if up is not None and up.kind() == "member_call_expression" and up.field("object") == here
            else None
        )
    return found


def _query(block: Block, table: str, links: list[Link]) -> Query | None:
    filters: list[Condition] = []
    order: Condition | None = None
    limited = False
    for link in links:
        if link.name.endswith("oin") or link.name in _OPEN:
            return None  # other tables, alternatives and conditions of which not all is said
        first = link.arguments[0] if link.arguments else None
        if link.name in _WHERE and isinstance(first, str):
            operator = link.arguments[1] if len(link.arguments) > 2 else "="
            if operator in {"<>", "!="}:
                continue
            exact = operator not in _RANGES
            filters.append(Condition(((canonical(first),),), (first,), link.place, exact))
        elif link.name in {"orderBy", "orderByDesc", "latest", "oldest"} and order is None:
            name = first if isinstance(first, str) else "created_at"
            order = Condition(((canonical(name),),), (name,), link.place)
        limited = limited or link.name in _LIMITS
    if not filters and order is None:
        return None
    use = TableUse(table, tuple(filters), order)
    return Query((use,), (), limited, links[0].place, block.origin is Origin.SUPPLIED)
