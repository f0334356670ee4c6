"""Does code ask a database at all, if only through a mapper that makes its statements itself?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.response.flow.expressions import Attribute, Call, Expression, Name
from harness.response.flow.statements import Unit

__all__ = ["mapped_queries"]

# Names that no other kind of library gives its methods.
_SURE = frozenset(
    "findAll findByPk findAndCountAll findOrCreate findUnique findUniqueOrThrow findFirst "
    "findFirstOrThrow findMany findOneBy findBy "
    "findOneOrFail findOneByOrFail findOne findById findByIdAndUpdate findByIdAndDelete "
    "findOneAndUpdate findOneAndDelete updateMany createMany "
    "deleteMany insertMany insertOne updateOne deleteOne bulkCreate bulkWrite countDocuments "
    "createQueryBuilder getRepository upsert "
    "get_or_create update_or_create bulk_create bulk_update select_related prefetch_related "
    "get_object_or_404 select_for_update "
    "get_list_or_404 findOrFail firstOrFail firstOrCreate updateOrCreate firstOrNew forceDelete "
    "onlyTrashed withTrashed "
    "paginate simplePaginate cursorPaginate whereHas belongsToMany hasMany belongsTo scalars session_query "
    "find_one insert_one insert_many update_one update_many delete_one delete_many "
    "find_one_and_update executeQuery "
    "createQuery getEntityManager persist flush mysqli_query query execute whereIn orderByDesc "
    "lockForUpdate".split()
)
_CHAIN = re.compile(
    r"\.objects\.|\bprisma\.\w+\.|\bDB::|::query\(\)|\bsession\.(?:add|query|get|scalars?|execute|commit|delete|merge|flush)\b|\bdb\.session\b|->(?:save|delete|update|create|load|sync|attach)\(|\$em->"
)
_STATIC = re.compile(
    r"[A-Z]\w*::(?:where|create|find|all|first|with|select|insert|update|destroy|count|query|firstWhere|upsert|latest|orderBy)\Z"
)
_MODEL_CALL = frozenset(
    {
        "create",
        "find",
        "save",
        "update",
        "destroy",
        "remove",
        "count",
        "exists",
        "aggregate",
        "build",
        "where",
        "insert",
        "select",
        "del",
        "first",
        "returning",
    }
)


def mapped_queries(units: Sequence[Unit]) -> int:
    """Return how many calls ask a database through a mapper."""
    return sum(1 for unit in units for call in unit.calls if _asks(call, unit.language))


def _asks(call: Call, language: str) -> bool:
    callee = call.callee
    if not isinstance(callee, Attribute):
        return isinstance(callee, Name) and callee.name in {"get_object_or_404", "get_list_or_404"}
    if callee.name in _SURE:
        return True
    if language == "php":
        base = _name(callee.base)
        return (
            (
                _STATIC.search(f"{base}::{callee.name}") is not None
                and base not in {"Route", "Str", "Arr", "Http", "Log", "Cache", "Storage", "Hash"}
            )
            or base == "DB"
            or callee.name == "save"
        )
    if callee.name not in _MODEL_CALL and language == "javascript":
        return _CHAIN.search(_dotted(callee)) is not None
    base = _name(callee.base)
    if (
        callee.name in _MODEL_CALL
        and base[:1].isupper()
        and base not in {"Object", "Array", "Promise", "Math", "JSON", "Buffer", "Map", "Set"}
    ):
        return True
    return _CHAIN.search(_dotted(callee)) is not None


def _name(expression: Expression) -> str:
    if isinstance(expression, Name | Attribute):
        return expression.name
    return ""


def _dotted(callee: Attribute) -> str:
    links = [callee.name]
    here: Expression = callee.base
    for _ in range(8):
        if isinstance(here, Attribute):
            links.append(here.name)
            here = here.base
        elif isinstance(here, Call):
            here = here.callee
        else:
            break
    if isinstance(here, Name):
        links.append(here.name)
    return ".".join(reversed(links)) + "."
