"""Filters of MongoDB that a client may fill with operators, and code for ``$where``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.response.flow.expressions import Attribute, Call, Expression, Index, Name
from harness.response.flow.taint.values import UNSEEN, Hole, Value, holes_of

if TYPE_CHECKING:
    from harness.checks.injection.watch import Watch
    from harness.response.flow.taint.calls import Given
    from harness.response.flow.taint.walker import Walker

__all__ = ["FILTER_METHODS", "is_document_query", "watch_filter"]

FILTER_METHODS = frozenset(
    "find findOne find_one findOneAndUpdate findOneAndDelete findOneAndReplace findOneAndRemove "
    "find_one_and_update find_one_and_delete "
    "find_one_and_replace updateOne updateMany update_one update_many replaceOne replace_one "
    "deleteOne deleteMany delete_one delete_many "
    "remove count countDocuments count_documents exists distinct aggregate where $where update "
    "findAndModify find_and_modify".split()
)
_OTHER_MAPPERS = re.compile(
    r"typeorm|sequelize|prisma|@mikro-orm|knex|objection|EntityRepository|django|sqlalchemy"
)
_MONGO = re.compile(r"(?i)mongo|pymongo|motor_asyncio|monk\b")
_COLLECTION = re.compile(
    r"(?i)(?:collection|coll|col)\w{0,3}\Z|\Adb\.\w+\Z|(?:^|\.)db\.\w+\Z|\Amongo\.db\.\w+"
)
_CODE = frozenset({"$where", "$function", "$accumulator", "mapReduce", "$expr_code"})


def watch_filter(watch: Watch, walker: Walker, given: Given) -> None:
    """Note filters with holes, and code that is put together."""
    if given.name not in FILTER_METHODS or given.base is None or not given.positional:
        return
    if not is_document_query(walker, given):
        return
    filter_ = given.positional[0]
    if given.name in {"$where", "where"} and len(given.positional) == 1 and filter_.pieces:
        if given.name == "$where" and holes_of(filter_):
            watch.note(walker, given, "code", filter_)
        return
    if given.name == "distinct":
        filter_ = given.positional[1] if len(given.positional) > 1 else UNSEEN
    watch._count(given.call)  # noqa: SLF001 - one class in two modules
    if filter_.pieces and holes_of(filter_):
        watch.note(walker, given, "filter", Value(pieces=filter_.pieces))
    _inside(watch, walker, given, filter_, 0)


def _inside(watch: Watch, walker: Walker, given: Given, filter_: Value, depth: int) -> None:
    if depth > 4:
        return
    for name, value in filter_.fields:
        if name in _CODE:
            if holes_of(value):
                watch.note(walker, given, "code", value, name)
        elif name in {"$eq", "$in", "$set", "$unset", "$inc", "$push"}:
            continue
        elif len(value.pieces) == 1 and isinstance(value.pieces[0], Hole):
            watch.note(walker, given, "filter", value, f"{depth}.{name}")
        elif value.is_container:
            _inside(watch, walker, given, value, depth + 1)
    if filter_.element is not None and not filter_.fields:
        _inside(watch, walker, given, filter_.element, depth + 1)


def is_document_query(walker: Walker, given: Given) -> bool:
    """Say whether a call asks a document store: by its object, its imports, the shape of its filter."""
    base = given.base
    first = given.positional[0]
    if base is None or first.field("where") is not None or first.functions:
        return False
    if given.receiver.data == "collection":
        return True
    text = walker.unit.block.text
    receiver = _dotted(base)
    if _COLLECTION.search(receiver) and not (
        receiver.startswith("db.") and "." in receiver[3:] and given.name == "find"
    ):
        return True
    if (
        isinstance(base, Call)
        and isinstance(base.callee, Attribute)
        and base.callee.name in {"collection", "get_collection", "model", "selectCollection"}
    ):
        return True
    last = receiver.rpartition(".")[2]
    if _MONGO.search(text) and not _OTHER_MAPPERS.search(text):
        return last[:1].isupper() or "model" in last.lower() or "repo" not in last.lower()
    if walker.language == "php" or walker.language == "python":
        return given.name in {
            "find_one",
            "update_one",
            "delete_one",
            "count_documents",
        } and not _OTHER_MAPPERS.search(text)
    return last[:1].isupper() and not _OTHER_MAPPERS.search(text) and given.name != "update"


def _dotted(expression: Expression) -> str:
    links: list[str] = []
    here = expression
    for _ in range(6):
        if isinstance(here, Name):
            links.append(here.name.lstrip("$"))
            break
        if isinstance(here, Attribute):
            links.append(here.name)
            here = here.base
        elif isinstance(here, Index):
            links.append("*")
            here = here.base
        else:
            break
    return ".".join(reversed(links))
