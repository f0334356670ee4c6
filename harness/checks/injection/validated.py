"""What a schema lets through: a choice, a number or a date cannot change a statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Mapping,
    Name,
)
from harness.response.flow.statements import Define, Evaluate, Return
from harness.response.flow.taint.environment import path_of
from harness.response.flow.taint.patterns import delimited, lets_only_plain_through
from harness.response.flow.taint.values import CLEAN, Hole, Kind, Value, is_clean, member, opened, with_holes
from harness.response.flow.walk import walk

if TYPE_CHECKING:
    from harness.response.flow.taint.calls import Given
    from harness.response.flow.taint.walker import Walker

__all__ = [
    "is_plain_text",
    "made_of_class",
    "plain_fields",
    "scalar_fields",
    "typed_by_class",
    "validated_value",
]

_VALIDATING = frozenset(
    "validate validateAsync validateSync attempt parse parseAsync safeParse safeParseAsync cast load".split()
)
_OBJECTS = frozenset({"object", "keys", "shape", "strictObject", "append"})
_OTHER_PARSERS = frozenset(
    {"JSON", "Date", "url", "qs", "querystring", "json", "yaml", "path", "Number", "csv", "ast"}
)
_MAX_FIELD = 600
_MAX_NODES = 400
_SCHEMA_CLASS = re.compile(r"Serializer|Form\b|BaseModel|Schema|Struct|Model\b|Request\b|Dto\b")
# A field that is no free text, in the words of Joi, zod, yup, class-validator, DRF, forms, pydantic, Laravel.
_PLAIN = re.compile(
    r"""\.(?:valid|equal|allow_only|only|oneOf|nativeEnum|enum|literal
        |number|integer|int|boolean|bool|date|uuid|uuidv[47]|guid|hex|alphanum
        |isin|cuid2?|ulid|nanoid|iso|datetime|objectId|base64|ip|token)\(
    | @?\bIs(?:In|Int|Number|UUID|Enum|Boolean|BooleanString|NumberString
        |Date|DateString|MongoId|Alphanumeric|Alpha|Hexadecimal|ISO8601|Positive
        |Numeric|Latitude|Longitude)\(
    | \b(?:Integer|Float|Decimal|Boolean|NullBoolean|Date|DateTime|Time|Duration|UUID|Choice|MultipleChoice
        |TypedChoice
        |ModelChoice|Slug|IPAddress
        |GenericIPAddress|PrimaryKeyRelated|Number)Field\b
    | \bfields\.(?:Int|Integer|Float|Decimal|Bool|Boolean|Date|DateTime|UUID|Enum)\b|OneOf\(
    | (?:\A|['"|\s\[])(?:in:|integer\b|int\b|numeric\b|uuid\b|ulid\b|date(?:_format)?\b|boolean\b
        |digits|alpha_num\b|alpha_dash\b|alpha\b)
    | Rule::(?:in|enum)\(|new\s+Enum\(|\bLiteral\[""",
    re.VERBOSE,
)
# What a field begins with: `Joi.string()`, `z.coerce.number()`, and zod's formats that stand alone.
_SCALAR = re.compile(
    r"""\A\s*[\w$]+\s*(?:\.\s*coerce)?\s*\.\s*(?:string|number|boolean|bool|date|bigint|email|uuid|url|iso|int|enum
        |nativeEnum|literal)\s*[.(]""",
    re.VERBOSE,
)
_ANNOTATION = re.compile(
    r"(?:Optional\[|list\[|List\[|Annotated\[)*(?:int|float|bool|Decimal|UUID4?|date|datetime|number|boolean|Date|PositiveInt|conint\b|confloat\b|constr_none)\b"
)
_PATTERN = re.compile(
    r"(?:pattern|regex|matches|Matches|regex:|pattern=|RegexField)\s*[(:=]?\s*(?:r?(['\"])(.{1,200}?)\1|/(.{1,200}?)/[a-z]*)"
)


def validated_value(walker: Walker, given: Given) -> Value | None:
    """Return what validating by a schema that is shown gives; ``None`` for anything else."""
    if given.name not in _VALIDATING or not given.positional:
        return None
    ready = given.receiver.field("validated_data")
    if ready is not None:
        return ready
    base = given.base
    if base is None or (isinstance(base, Name) and base.name in _OTHER_PARSERS):
        return None
    if walker.language == "php":
        return _laravel(walker, given)
    subject, schema = given.first, base
    if given.name in {"attempt", "validate"} and isinstance(base, Name) and base.name in {"Joi", "joi"}:
        schema = given.expression(1) or base
    if is_clean(subject):
        return None
    fields = _fields_of(walker, schema)
    if fields is None:
        return None
    kept = _kept(subject, fields)
    return Value(fields=(*kept.fields, ("value", kept), ("data", kept)))


def _kept(subject: Value, fields: dict[str, str]) -> Value:
    found: list[tuple[str, Value]] = []
    for name, text in fields.items():
        if _is_plain(text):
            found.append((name, CLEAN))
        else:
            part = member(subject, name)
            found.append((name, with_holes(part, textual=True) if "tring" in text else part))
    return Value(fields=tuple(found))


def is_plain_text(text: str) -> bool:
    """Say whether the definition of a field, as written, leaves no room for a piece of SQL."""
    return _is_plain(text)


def _is_plain(text: str) -> bool:
    if _PLAIN.search(text):
        return True
    found = _PATTERN.search(text)
    if found is None:
        return False
    return lets_only_plain_through(delimited(found[2] or found[3] or ""))


def _fields_of(walker: Walker, schema: Expression) -> dict[str, str] | None:
    """Return the fields of a schema of Joi, zod or yup as they are written."""
    written = walker.analysis.written(walker, schema) or schema
    for count, node in enumerate(walk([written])):
        if count > _MAX_NODES:
            break
        if isinstance(node, Call) and isinstance(node.callee, Attribute) and node.callee.name in _OBJECTS:
            for argument in node.arguments[:1]:
                if isinstance(argument.value, Mapping):
                    return dict(_entries(argument.value))
    return None


def _entries(mapping: Mapping) -> Iterator[tuple[str, str]]:
    for entry in mapping.entries:
        if isinstance(entry.key, Constant):
            yield str(entry.key.value), entry.value.node.text()[:_MAX_FIELD]


def scalar_fields(mapping: Mapping) -> Iterator[str]:
    """Yield the names of a schema's fields that no object passes, in the words of Joi, zod and yup."""
    for name, text in _entries(mapping):
        if _SCALAR.match(text):
            yield name


def plain_fields(mapping: Mapping) -> Iterator[str]:
    """Yield the names of a schema's fields that leave no room for a piece of SQL."""
    for name, text in _entries(mapping):
        if _is_plain(text):
            yield name


def _laravel(walker: Walker, given: Given) -> Value | None:
    """``$request->validate(['sort' => 'in:name,age'])``."""
    rules = given.expression(0)
    if not isinstance(rules, Mapping):
        return None
    kept = _kept(given.receiver, dict(_entries(rules)))
    path = "" if given.base is None else path_of(given.base)
    for name, value in kept.fields:
        if path and value is CLEAN:
            walker.here.refine(f"{path}\t{name}", CLEAN)
    return kept


# Classes that describe what comes in.


def made_of_class(walker: Walker, given: Given) -> Value | None:
    """Return an instance of a serializer, form or model that is shown, filled by a request."""
    callee = given.call.callee
    name = callee.name if isinstance(callee, Name) else ""
    definition = walker.analysis.classes.get(name) if name[:1].isupper() else None
    if definition is None or walker.language != "python" or not _is_schema(definition):
        return None
    fields = _class_fields(definition)
    subject = given.named.get("data") or given.first
    if not fields:
        return None
    source = subject if not is_clean(subject) else Value(pieces=(Hole(Kind.REQUEST, name, textual=True),))
    kept = _kept(source, fields)
    parts = (("validated_data", kept), ("cleaned_data", kept), ("data", kept))
    return Value(fields=(*kept.fields, *parts))


def _is_schema(definition: ClassDefinition) -> bool:
    bases = " ".join(base.node.text()[:60] for base in definition.bases)
    return _SCHEMA_CLASS.search(bases) is not None


def _class_fields(definition: ClassDefinition) -> dict[str, str]:
    found: dict[str, str] = {}
    for statement in definition.body:
        value = statement.value if isinstance(statement, Evaluate) else None
        if isinstance(value, Assignment) and isinstance(value.target, Name):
            decorators = " ".join(f"@{one.node.text()[:120].lstrip('@')}" for one in value.decorators)
            written = "" if value.value is None else value.value.node.text()[:_MAX_FIELD]
            plain = ".int()" if _ANNOTATION.match(value.annotation) else ""
            literal = "Literal[" if "Literal[" in value.annotation else ""
            found[value.target.name] = f"{decorators} {written} {plain} {literal} string"
    return found


def typed_by_class(walker: Walker, annotation: str, name: str) -> Value | None:
    """Return a parameter whose type is a class that says what its fields may hold."""
    definition = walker.analysis.classes.get(annotation.rpartition("\\")[2])
    if definition is None:
        return None
    if walker.language == "php":
        return _form_request(definition, name)
    fields = _class_fields(definition)
    described = (
        _is_schema(definition) if walker.language == "python" else any("@" in one for one in fields.values())
    )
    if not fields or not described:
        return None
    source = Value(pieces=(Hole(Kind.REQUEST, name, textual=True),))
    return _kept(source, fields)


def _form_request(definition: ClassDefinition, name: str) -> Value | None:
    rules = next(
        (
            one.value
            for one in definition.body
            if isinstance(one, Define) and isinstance(one.value, Function) and one.value.name == "rules"
        ),
        None,
    )
    if not isinstance(rules, Function):
        return None
    source = opened(Hole(Kind.REQUEST, name))
    for statement in rules.body:
        if isinstance(statement, Return) and isinstance(statement.value, Mapping):
            return replace(source, fields=_kept(source, dict(_entries(statement.value))).fields)
    return None
