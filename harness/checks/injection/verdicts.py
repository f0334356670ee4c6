"""From what reached a database to findings: where holes lead back to, and what may stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from harness.checks.injection.statements import (
    HOLE,
    in_quotes,
    is_core_statement,
    is_identifier,
    is_sql,
    shape_of,
)
from harness.checks.injection.watch import Sighting
from harness.response.flow.expressions import Call, Expression, Function
from harness.response.flow.statements import Unit
from harness.response.flow.taint.analysis import Analysis
from harness.response.flow.taint.substitution import substitute
from harness.response.flow.taint.values import Hole, Kind, Value, holes_of, text_of
from harness.response.record import record

__all__ = ["Judged", "final_kind", "judge_made", "judge_sighting", "variants"]

MAX_LEVELS = 4
MAX_VARIANTS = 40
_REQUEST_ROOT = re.compile(r"(?:req|request|ctx|\$request|event|httpRequest|c)(?:\.|\Z)", re.IGNORECASE)
_REQUEST_PART = re.compile(
    r"\.(?:body|query|params|headers|cookies|GET|POST|args|form|json|data|queryStringParameters|pathParameters|input|get|values|files|param|rawBody|nextUrl|url)\b"
)
_HARMLESS_LABEL = re.compile(
    r"(?i)(?:\A|[._$])(?:escaped|quoted|saniti[sz]ed|safe)"
    r"|(?:place_?holders?|marks|binds?|bindings|prefix|dialect|schema_?name|param_?list)\w{0,3}(?:\(\))?\Z"
)
_ID_LABEL = re.compile(
    r"(?i)(?:^|[._])(?:id|count|total|num|number|size|seq|version|pk|rowid|oid|timestamp)\Z|Id\Z"
)


@record
class Judged:
    """A text at a place with a hole that matters; ``doubt`` says why it may yet be harmless."""

    unit: Unit
    place: Expression
    hole: Hole
    how: str
    doubt: str = ""


@record
class Variant:
    """A value as one chain of callers makes it, and the call by which the whole of it came in."""

    value: Value
    via: Call | None = None
    unit: Unit | None = None


def variants(analysis: Analysis, value: Value) -> Iterator[Variant]:
    """Yield a value with parameters replaced by what the callers that are shown give."""
    waiting = [(Variant(value), 0)]
    count = 0
    while waiting and count < MAX_VARIANTS:
        variant, level = waiting.pop()
        function = _open_function(analysis, variant.value)
        if function is None or level >= MAX_LEVELS:
            count += 1
            yield variant
            continue
        bare = len(variant.value.pieces) == 1
        for entry in analysis.entries[function]:
            summary = analysis.summary(function)
            values = {**(summary.defaults if summary is not None else {}), **entry.values}
            changed = substitute(variant.value, function, values)
            via, unit = (entry.call, entry.unit) if bare else (variant.via, variant.unit)
            waiting.append((Variant(changed, via, unit), level + 1))


def _open_function(analysis: Analysis, value: Value) -> Function | None:
    """Return a function of the program that is called and whose parameter is in a value."""
    for hole in holes_of(value, deep=True):
        if hole.kind is Kind.PARAMETER and hole.function is not None and analysis.entries.get(hole.function):
            return hole.function
    return None


def judge_sighting(analysis: Analysis, sighting: Sighting) -> Iterator[Judged]:
    """Yield what is wrong with a text or filter that reached a call."""
    for variant in variants(analysis, sighting.value):
        value = _with_fields(analysis, variant.value)
        place: Expression = sighting.call if variant.via is None else variant.via
        unit = sighting.unit if variant.unit is None else variant.unit
        for hole, doubt in _harmful(sighting, value):
            yield Judged(unit, place, hole, sighting.kind, doubt)


def judge_made(analysis: Analysis, maker: Expression, unit: Unit, value: Value) -> Iterator[Judged]:
    """Yield what is wrong with a statement that was put together and is not seen to reach a database."""
    for variant in variants(analysis, value):
        resolved = _with_fields(analysis, variant.value)
        if is_core_statement(shape_of(resolved)):
            for hole, doubt in _in_text(resolved):
                yield Judged(unit, maker, hole, "made", doubt)


def _with_fields(analysis: Analysis, value: Value) -> Value:
    """Put in what is known of fields that were not yet assigned where they were read."""
    if not any(hole.kind is Kind.FIELD for hole in holes_of(value)):
        return value
    parts: list[str | Hole] = []
    for piece in value.pieces:
        if isinstance(piece, Hole) and piece.kind is Kind.FIELD and len(piece.path) == 2:
            held = analysis.field_of(piece.path[0], piece.path[1], piece.label.partition(".")[0])
            parts += text_of(held) or ("x",)
        else:
            parts.append(piece)
    return replace(value, pieces=tuple(parts))


def _harmful(sighting: Sighting, value: Value) -> Iterator[tuple[Hole, str]]:
    if sighting.kind == "filter":
        yield from _in_filter(value)
    elif sighting.kind == "code":
        yield from ((hole, hole.doubt) for hole in holes_of(value) if not hole.quoted)
    elif _is_whole(value):
        yield from _as_a_whole(sighting, value)
    elif sighting.kind != "statement" or is_sql(shape_of(value)):
        yield from _in_text(value, whole_statement=sighting.kind == "statement")


def _is_whole(value: Value) -> bool:
    return (
        not any(isinstance(piece, str) and piece.strip() for piece in text_of(value))
        and len(text_of(value)) == 1
    )


_OWN_FILE = re.compile(r"(?:\A|[.\\])(?:readFile(?:Sync)?|file_get_contents)\(\)\Z")
# What a program itself calls untrusted.
_UNTRUSTED = re.compile(
    r"(?i)user_?(?:input|supplied|controlled|data)|untrusted|unsafe|taint|attacker|malicious"
)


def _as_a_whole(sighting: Sighting, value: Value) -> Iterator[tuple[Hole, str]]:
    """A text that is one hole: who calls decides, unless it comes straight from a request.

    A file that the program itself chooses holds its own statements, as a migration does.
    """
    del sighting
    for hole in holes_of(value):
        if hole.kind is Kind.OUTSIDE and _OWN_FILE.search(hole.label):
            continue
        if final_kind(hole) in {Kind.REQUEST, Kind.OUTSIDE} or _UNTRUSTED.search(hole.label):
            yield hole, hole.doubt


def final_kind(hole: Hole) -> Kind:
    """Return where a hole leads, the usual names of requests considered."""
    if hole.label.startswith("event.data"):
        return hole.kind  # what an application tells itself; what calls a function of a cloud has a body
    if hole.kind is Kind.PARAMETER and _REQUEST_ROOT.match(hole.label) and _REQUEST_PART.search(hole.label):
        return Kind.REQUEST
    return hole.kind


def _in_text(value: Value, *, whole_statement: bool = True) -> Iterator[tuple[Hole, str]]:
    before = ""
    for piece in text_of(value):
        if isinstance(piece, str):
            before += piece
            continue
        doubt = _doubt_of(piece, before, whole_statement)
        if doubt is not None:
            yield piece, doubt
        before += HOLE


def _doubt_of(hole: Hole, before: str, whole_statement: bool) -> str | None:
    """Return why a hole may be harmless, empty where it is not, ``None`` where it surely is."""
    if hole.quoted and in_quotes(before):
        return None
    if hole.doubt:
        return hole.doubt
    kind = final_kind(hole)
    if kind in {Kind.REQUEST, Kind.OUTSIDE}:
        return ""
    made_elsewhere = kind in {Kind.RESULT, Kind.FIELD, Kind.STORED, Kind.IMPORTED}
    if not before.strip() and (whole_statement or made_elsewhere):
        return f"what begins with {hole.label} is not shown"
    if _HARMLESS_LABEL.search(hole.label):
        return f"{hole.label} is not shown"
    if kind is Kind.STORED and _ID_LABEL.search(hole.label):
        return f"{hole.label} is likely a number"
    if kind is Kind.PARAMETER and hole.function is not None:
        is_constructor = hole.function.name in {"constructor", "__init__", "__construct"}
        return (
            f"{hole.label} is set where the object is made"
            if is_constructor and is_identifier(before)
            else ""
        )
    if kind is Kind.UNKNOWN or not is_identifier(before) or in_quotes(before):
        return ""
    return f"{hole.label} names a table or column and is not shown"


def _in_filter(value: Value) -> Iterator[tuple[Hole, str]]:
    for hole in holes_of(value):
        if final_kind(hole) is not Kind.REQUEST or hole.textual or _is_string(hole):
            continue
        if _SCHEMA.search(hole.doubt):
            continue
        yield hole, hole.doubt


# What a schema let through is of the types that it names.
_SCHEMA = re.compile(r"(?i)validat|parse|attempt|schema|cast|instance|sanit")
_STRING_PARTS = re.compile(
    r"(?:\.params\b|\.headers?\b|\.args\b|\.form\b|\.GET\b|\.POST\b|\.pathParameters\b|\.queryStringParameters\b|\.get\(\)|\.user\b|\.session\b|\.cookies\b|\.ip\b|\.file\b|\.auth\b|\.method\b|\.path\b|\.url\b)"
)


def _is_string(hole: Hole) -> bool:
    """Parts of a request that are strings in every framework."""
    return _STRING_PARTS.search(hole.label) is not None
