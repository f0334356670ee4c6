"""Answers that are written into the code: constants, samples, lists that stand in for a database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from harness.checks.code.pretence import PRETENDS
from harness.checks.code.records import (
    generated_rows,
    is_constant,
    is_sample,
    rows_in,
    sample_table,
    table_behind,
)
from harness.checks.code.served import Served, is_static
from harness.checks.errors.terms import judged_units, last_name, names_in
from harness.core.types import Finding
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Await,
    Call,
    Constant,
    Entry,
    Expression,
    Index,
    Items,
    Mapping,
    Name,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk
from harness.response.program import Program

__all__ = ["made_up_answers", "makeshift_stores", "sample_tables"]

_STATIC_KEYS = frozenset(
    (
        "status ok success message error errors code detail version uptime healthy ready service name data "
        "title type links meta"
    ).split()
)
_MADE_UP = "the endpoint answers with made-up data"
_STORES_NOTHING = re.compile(
    r"cache|limit|attempt|session|token|socket|client|connection|room|queue|lock|seen|idempot|registry|metric|counter|"
    r"subscri|listener|handler|pending|inflight|buffer|bucket|hits|window|blacklist|blocklist|allow|deny|nonce|otp|error|"
    r"middleware|plugin|route|batch|chunk|result|promise|job|timer|flag|breaker|stream|online|presence|loader|log",
    re.IGNORECASE,
)
_PERSISTENT = re.compile(
    r"\b(?:pg|mysql2?|mongo\w*|sequelize|typeorm|knex|prisma\w*|drizzle\w*|sqlalchemy|psycopg\w*|sqlite3?|asyncpg|redis|PDO|"
    r"mysqli\w*|Eloquent|DB::|models\.Model|django\.db|supabase|firestore|dynamo\w*|pool|repositor(?:y|ies)|SELECT|INSERT)\b",
    re.IGNORECASE,
)
_READS = frozenset("values filter map items slice entries find get".split())
_ADDS = frozenset("push append set add unshift insert".split())


def made_up_answers(program: Program, unit: Unit, served: Served) -> Iterator[Finding]:
    """Yield what a function gives out as if it had been looked up."""
    flow = program.flow
    tables = program.once(_has_tables)
    static = served.is_entry and is_static(flow, unit, served.function)
    for answer in served.answers:
        found = None
        if (served.is_entry and not static and not served.works and _looks_like_data(flow, unit, answer)) or (
            served.is_entry and not static and _is_invented_record(answer)
        ):
            found = answer
        found = _sample_in(flow, unit, served, answer, static=static, tables=tables) or found
        if found is not None:
            yield flow.finding(unit, found.node, _MADE_UP if served.is_entry else _by_name(served))
            return


_SURE = frozenset({"confidence", "probability", "accuracy", "similarity", "certainty"})
_REQUESTS = frozenset("params query body args path_params matchdict".split())
_RECORD = 3  # constants that make an answer a record and not a notice


@lru_cache(maxsize=8)
def _counts(text: str) -> bool:
    return "range(" in text or "length" in text


def _has_tables(program: Program) -> bool:
    """Say whether constant records are written anywhere: lists and mappings are known already."""
    names = program.flow.names
    return any(
        any(rows_in(one) for one in names.nodes(unit, Items))
        or any(rows_in(one) for one in names.nodes(unit, Mapping))
        for unit in judged_units(program)
    )


def _by_name(served: Served) -> str:
    return f"{served.name}() returns made-up data, whatever it is asked"


def _sample_in(
    flow: Flow, unit: Unit, served: Served, answer: Expression, *, static: bool, tables: bool
) -> Expression | None:
    values = [answer]
    if isinstance(answer, Mapping):
        values += [entry.value for entry in answer.entries]
    for value in values:
        table = table_behind(flow, unit, value) if tables else None
        if table is not None:
            is_local = flow.names.enclosing(table, unit) is served.function
            if is_sample(table) or (is_local and served.is_entry and not static and len(rows_in(table)) > 1):
                return table
        elif isinstance(value, Mapping) and value is answer and is_sample(value):
            return value
        elif not served.works and _counts(unit.block.text):
            made = next((one for one, _ in flow.names.values(value, unit) if generated_rows(one)), None)
            if made is not None:
                return made
    return None


def _is_invented_record(value: Expression) -> bool:
    """Tell whether an answer is a record of constants, texts and numbers, whatever was done before."""
    if not isinstance(value, Mapping):
        return False
    if any(_is_sure(entry) for entry in value.entries):
        return True
    if not all(is_constant(entry.value) or _is_asked(entry.value) for entry in value.entries):
        return False
    held = {
        str(entry.key.value).lower(): entry.value.value
        for entry in value.entries
        if isinstance(entry.key, Constant) and isinstance(entry.value, Constant)
    }
    told = [
        one for key, one in held.items() if key not in _STATIC_KEYS and one not in (None, True, False, "")
    ]
    return len(told) >= _RECORD and any(isinstance(one, int | float) for one in told)


def _is_asked(value: Expression) -> bool:
    """Tell whether a value is what the request asked with: ``request.params.id``."""
    return isinstance(value, Attribute) and not _REQUESTS.isdisjoint(names_in(value))


def _is_written_row(item: Expression) -> bool:
    """Tell whether a row is numbered or named by hand, and only repeats what was asked beside that."""
    if not isinstance(item, Mapping) or any(isinstance(node, Call | Await) for node in walk([item])):
        return False
    keys = [
        str(entry.key.value).lower()
        for entry in item.entries
        if isinstance(entry.key, Constant) and isinstance(entry.value, Constant)
    ]
    return len(keys) > 1 and not {"id", "name", "title", "sku"}.isdisjoint(keys)


def _is_sure(entry: Entry) -> bool:
    """``confidence: 0.95``: how sure somebody is of what was never weighed."""
    if not isinstance(entry.key, Constant) or not isinstance(entry.value, Constant):
        return False
    value = entry.value.value
    return str(entry.key.value).lower() in _SURE and isinstance(value, float) and 0 < value < 1


def _looks_like_data(flow: Flow, unit: Unit, value: Expression) -> bool:
    if isinstance(value, Items):
        if any(isinstance(item, Mapping) and is_constant(item) for item in value.items):
            return True
        return len(value.items) > 1 and all(_is_written_row(item) for item in value.items)
    if isinstance(value, Name):
        found = [one for one, _ in flow.names.values(value, unit) if isinstance(one, Items | Mapping)]
        return any(_looks_like_data(flow, unit, one) for one in found)
    if not isinstance(value, Mapping):
        return False
    keys = [str(entry.key.value) for entry in value.entries if isinstance(entry.key, Constant)]
    if any(_looks_like_data(flow, unit, entry.value) for entry in value.entries):
        return True
    domain = [key for key in keys if key.lower() not in _STATIC_KEYS]
    return len(domain) >= 1 and len(keys) >= 2 and is_constant(value)


def sample_tables(flow: Flow, unit: Unit) -> Iterator[Finding]:
    """Yield the records whose very name says that they are made up."""
    for one in unit.assignments:
        name = last_name(one.target).lstrip("$")
        if one.value is None or flow.is_counter_example(unit, one.node):
            continue
        is_local = flow.names.enclosing(one, unit) is not None
        if (PRETENDS.search(name) and is_constant(one.value)) if is_local else sample_table(one):
            yield flow.finding(unit, one.node, f"{name} holds samples in place of data")


# --- lists that stand in for a database ---------------------------------------------------------


def makeshift_stores(program: Program, flow: Flow, unit: Unit, served: list[Served]) -> Iterator[Finding]:
    """Yield collections in memory that endpoints keep their records in, where nothing is kept elsewhere."""
    found = [one for one in unit.assignments if _may_store(flow, unit, one)]
    if not found or program.once(_is_kept_elsewhere):
        return
    asked = [each for each in served if each.is_entry or each.function.owner]
    filled = {name for each in asked for name in _added_to(each)}
    read = {name for each in asked for name in _given_out(each)}
    for one in found:
        name = last_name(one.target)
        if name in filled and name in read:
            message = f"{name.lstrip('$')} stands in for a database: it is lost with the process"
            yield flow.finding(unit, one.node, message)


def _may_store(flow: Flow, unit: Unit, one: Assignment) -> bool:
    name = last_name(one.target)
    if not name or one.value is None or _STORES_NOTHING.search(name) or not _is_collection(one.value):
        return False
    return flow.names.enclosing(one, unit) is None and not flow.is_counter_example(unit, one.node)


def _is_kept_elsewhere(program: Program) -> bool:
    return any(_PERSISTENT.search(block.text) for block in program.answered)


def _is_collection(value: Expression) -> bool:
    if isinstance(value, Call):
        return last_name(value.callee) in {"Map", "dict", "list", "OrderedDict", "defaultdict"}
    if isinstance(value, Items):
        return all(isinstance(item, Mapping) for item in value.items)
    return isinstance(value, Mapping) and (not value.entries or bool(rows_in(value)) or _is_stock(value))


def _is_stock(table: Mapping) -> bool:
    """Tell whether a table is keyed by things: ``{("A-1001", "R1"): 12}``."""
    return all(isinstance(entry.key, Items) for entry in table.entries)


def _added_to(served: Served) -> Iterator[str]:
    for node in walk(served.function.body):
        if isinstance(node, Assignment) and isinstance(node.target, Index):
            yield last_name(node.target.base)
        elif isinstance(node, Call) and isinstance(node.callee, Attribute) and node.callee.name in _ADDS:
            yield last_name(node.callee.base)


def _given_out(served: Served) -> Iterator[str]:
    """Yield what a function reads and answers with; what it only adds to is not read."""
    if not served.answers:
        return
    for node in walk(served.function.body):
        read = node.callee if isinstance(node, Call) and isinstance(node.callee, Attribute) else None
        if read is not None and read.name in _READS:
            yield last_name(read.base)
    for node in walk(served.answers):
        if isinstance(node, Name | Attribute):
            yield last_name(node)


def pretending_classes(flow: Flow, unit: Unit) -> Iterator[Finding]:
    """Yield the classes that say themselves that they are fakes, and that this code makes use of."""
    used = {last_name(call.callee) for each in flow.answered for call in each.calls}
    for one in unit.classes:
        if one.name in used and PRETENDS.search(one.name) and not flow.is_counter_example(unit, one.node):
            yield flow.finding(unit, one.node, f"{one.name} says itself that it is made up")
