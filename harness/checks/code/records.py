"""Records written into the code: which look like samples, and what values are taken from them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.checks.code.pretence import PRETENDS
from harness.checks.errors.terms import last_name
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Await,
    Call,
    Conditional,
    Constant,
    Expression,
    Index,
    Items,
    Mapping,
    Name,
    Opaque,
    Text,
    Unary,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk

__all__ = [
    "generated_rows",
    "is_constant",
    "is_sample",
    "names_samples",
    "rows_in",
    "sample_table",
    "table_behind",
]

MAX_STEPS = 8  # from an answer back to the records it is taken from

_SAMPLE = re.compile(
    r"""@(?:example|test|email|mail|domain|sample|foo)\.(?:com|org|net|test)\b
    |\b(?:john|jane|joe|bob|alice|max|mary|peter)\s+(?:doe|smith|jones|roe|bloggs|mustermann|miller|johnson|brown)\b
    |\blorem\s+ipsum\b|\bfoo\s*bar\b
    |^(?:sample|dummy|fake|mock|demo|test|example|another|first|second)\s+\w+
    |^(?:product|item|user|order|post|customer|article|project|task|todo|book|widget)\s+(?:\d{1,3}|[abc]|one|two)$
    |\b123\s+(?:main|fake|elm)\b|\b555-\d{4}\b
    |^[a-z]{2,10}[_-]0*(?:123\w{0,6}|1)$|^(?:mock|fake|dummy|test|sample)[_-]\w+
    |\b(?:picsum\.photos|via\.placeholder\.com|placehold\.it|placekitten\.com|pravatar\.cc|randomuser\.me)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# Under these keys a sample is none: addresses that mail comes from, texts for forms and documents.
_NO_DATA = re.compile(
    r"^(?:from|to|schema|reply_?to|sender|contact|support|docs?|examples?|default\w*|placeholder|pattern|format|help|hint|"
    r"description|message|error|code|type|kind|event|action|topic|queue|channel|license|author)$",
    re.IGNORECASE,
)
_NAMES_A_ROW = re.compile(r"^(?:id|_id|uuid|sku)$|(?:_id|Id|name|Name|email|title|price|amount|total)$")
_SAMPLES = re.compile(
    r"^\$?_*(?:fake|mock(?:ed)?|dummy|sample|demo)(?:_?s)?(?=[A-Z_])|^\$?_*(?:FAKE|MOCK|DUMMY|SAMPLE|DEMO)_|"
    r"(?:Fake|Mock|Dummy|Sample|_fake|_mock|_dummy|_FAKE|_MOCK|_DUMMY)(?:_?[Dd]ata|_?DATA|_?[Dd]b|_?DB|_?\w*s)?$"
)
_HOLDERS = frozenset({"Map", "collect", "freeze"})
_UNWRAPS = frozenset(
    (
        "list dict tuple sorted values entries keys from parse stringify json_encode json_decode collect "
        "array_values "
        "array_filter len count find filter slice map get first where all copy reverse sort reduce some "
        "find_one next items"
    ).split()
)


def is_constant(value: Expression) -> bool:
    """Tell whether nothing in a value depends on anything."""
    return all(
        isinstance(node, Constant | Mapping | Items | Text)
        or (isinstance(node, Name | Attribute) and last_name(node) in {"undefined", "null", "None"})
        or (isinstance(node, Unary) and node.operator in {"-", "+"})
        for node in walk([value], into_functions=False)
    )


def is_sample(value: Expression) -> bool:
    """Tell whether a text in a value looks like that of an example: John Doe, Product 1."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Mapping):
            for entry in here.entries:
                name = str(entry.key.value) if isinstance(entry.key, Constant) else ""
                if not _NO_DATA.match(name):
                    waiting.append(entry.value)
        elif isinstance(here, Items):
            waiting += here.items
        elif isinstance(here, Call) and last_name(here.callee) in _HOLDERS:
            waiting += [one.value for one in here.arguments[:1]]
        elif here is not value and _is_sample_text(here):
            return True
    return False


def _is_sample_text(value: Expression) -> bool:
    return (
        isinstance(value, Constant)
        and isinstance(value.value, str)
        and bool(_SAMPLE.search(value.value[:200]))
    )


def rows_in(value: Expression) -> Sequence[Mapping]:
    """Return the constant records of a list, or of a table by key, that name what they describe."""
    if isinstance(value, Items):
        held: list[Expression] = list(value.items)
        pairs = [one.items[1] for one in held if isinstance(one, Items) and len(one.items) == 2]
        held = pairs if len(pairs) == len(held) else held  # what new Map([[key, record]]) takes
    elif isinstance(value, Mapping):
        held = [entry.value for entry in value.entries]
    elif isinstance(value, Call) and value.arguments and last_name(value.callee) in _HOLDERS:
        return rows_in(value.arguments[0].value)
    else:
        return ()
    found = [one for one in held if isinstance(one, Mapping) and _is_row(one)]
    return found if len(found) == len(held) else ()


def _is_row(record: Mapping) -> bool:
    keys = [str(entry.key.value) for entry in record.entries if isinstance(entry.key, Constant)]
    return len(keys) > 1 and any(_NAMES_A_ROW.search(key) for key in keys) and is_constant(record)


def names_samples(name: str) -> bool:
    """Tell whether the name of something says that it is made up."""
    return bool(_SAMPLES.search(name) or PRETENDS.search(name))


def sample_table(definition: Assignment) -> bool:
    """Tell whether a declaration holds records that are there only for show."""
    value, name = definition.value, last_name(definition.target)
    if value is None:
        return False
    rows = rows_in(value)
    if names_samples(name):
        return isinstance(value, Mapping | Items) and bool(rows or len(list(walk([value]))) > 2)
    return bool(rows) and is_sample(value)


def table_behind(flow: Flow, unit: Unit, value: Expression) -> Expression | None:
    """Return the constant records that a value is taken from: by name, search, filter or key."""
    here: Expression | None = value
    for _ in range(MAX_STEPS):
        if here is None:
            return None
        if rows_in(here):
            return here
        here = _before(flow, unit, here)
    return None


def _before(flow: Flow, unit: Unit, value: Expression) -> Expression | None:
    if isinstance(value, Name):
        found = [one for one, _ in flow.names.values(value, unit) if one is not value]
        return found[0] if found else None
    if isinstance(value, Attribute | Index):
        return value.base
    if isinstance(value, Await | Unary):
        return value.value
    if isinstance(value, Conditional):
        return value.then
    if isinstance(value, Items) and len(value.items) == 1:
        return value.items[0]
    if isinstance(value, Call):
        return _searched(value)
    return None


def _searched(call: Call) -> Expression | None:
    if last_name(call.callee) not in _UNWRAPS:
        return None
    if isinstance(call.callee, Attribute) and last_name(call.callee.base) not in {"Object", "Array", "JSON"}:
        return call.callee.base
    return call.arguments[0].value if call.arguments else None


def generated_rows(value: Expression) -> bool:
    """Tell whether rows are made by counting, each with its number in a text."""
    if isinstance(value, Call) and last_name(value.callee) == "from" and len(value.arguments) == 2:
        length, maker = (one.value for one in value.arguments)
        counted = isinstance(length, Mapping) and any(
            isinstance(entry.key, Constant)
            and entry.key.value == "length"
            and isinstance(entry.value, Constant)
            for entry in length.entries
        )
        return counted and any(_is_numbered(one) for one in walk([maker]))
    if isinstance(value, Opaque):
        counted = any(
            isinstance(one, Call)
            and last_name(one.callee) == "range"
            and all(isinstance(argument.value, Constant) for argument in one.arguments)
            for one in value.parts
        )
        return counted and any(_is_numbered(one) for one in value.parts)
    return False


def _is_numbered(value: object) -> bool:
    """Tell whether a record is named by a text with a number in it."""
    if not isinstance(value, Mapping):
        return False
    named = any(
        isinstance(entry.key, Constant)
        and _NAMES_A_ROW.search(str(entry.key.value))
        and isinstance(entry.value, Text)
        and any(isinstance(part, Constant) and str(part.value).strip() for part in entry.value.parts)
        for entry in value.entries
    )
    return named and not any(isinstance(one, Await) for one in walk([value]))
