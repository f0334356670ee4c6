"""What the code of an answer shows of three matters: input, injection, and who may call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from harness.checks.mentions import mentions
from harness.response.block import BlockRole, Origin
from harness.response.flow.constants import NOT_CONSTANT
from harness.response.flow.expressions import Attribute, Call, Constant, Expression, Items, Name, Text
from harness.response.flow.origins import required
from harness.response.flow.statements import Unit
from harness.response.foreign import foreign_endpoints
from harness.response.program import Program
from harness.response.record import record
from harness.response.routes import Endpoint

__all__ = ["Matter", "Signs", "signs_of"]

Matter = str
INPUT, INJECTION, ACCESS = "input", "injection", "authentication"

_VALIDATION = re.compile(
    r"valid|sanit|escape|htmlspecialchars|filter_(?:var|input)|safe_?parse|celebrate|\bjoi\b|\bzod\b|\byup\b"
    r"|\bajv\b|pydantic"
    r"|serializer|FormRequest|BaseModel|is_valid|class-validator|marshmallow|bleach|dompurify|parse_obj"
    r"|cleaned_data"
    r"|isInteger|isNaN|isFinite|ctype_|is_numeric|preg_match|fullmatch|isUUID|isEmail|isinstance",
    re.IGNORECASE,
)
_ACCESS = re.compile(
    r"auth(?!or(?!i[sz]))|login_?required|permission|require_?(?:role|login|user|admin)|current_?user|\bjwt"
    r"|verify_?(?:token|jwt|"
    r"signature)|passport|session_regenerate|regenerate|password_verify|argon2|bcrypt|timingsafeequal"
    r"|compare_digest|hash_equals"
    r"|\bgate\b|\bpolicy\b|guard|sanctum|security\b|oidc|openid|api_?key|has_?perm|IsAuthenticated"
    r"|signed_?in|^role:|^can:|^abilit(?:y|ies):",
    re.IGNORECASE,
)
_NAMED = ((INPUT, _VALIDATION), (ACCESS, _ACCESS))
# To read the claims of a token is not to check it.
_UNCHECKED = re.compile(
    r"(?:jsonwebtoken|jwt|jose|jwt-decode)\.(?:decode|decodeJwt|jwtDecode|default)|jwt-decode"
)
_CHECKED = re.compile(
    r"(?:jsonwebtoken|jwt|jose|express-jwt|passport\w*|@nestjs/jwt)\.(?:\w*[vV]erify\w*|createRemoteJWKSet)"
)
_QUERY = re.compile(
    r"\b(?:select\s.+\sfrom|insert\s+into|update\s+\S+\s+set|delete\s+from)\b", re.IGNORECASE | re.DOTALL
)
# One of them stands in every query, and in every name of an unsafe call.
_QUERY_WORDS = ("select", "insert", "update", "delete", "unsafe", "$where")
_TOKEN_CALL = re.compile(r"decode|verify|jwks|JWK", re.IGNORECASE)
_TOKEN_CALLS = ("decode", "verify", "jwk")
_DATABASE_CALL = re.compile(
    r"^(?:query|execute\w*|prepare|raw|exec|run|fetch\w*|scalars?|text|cursor|sql)$|Raw|^\$where$|^unsafe$"
)
_UNSAFE_NAME = re.compile(r"RawUnsafe$|^unsafe$|^\$where$")
_CONSTANT, _BUILT, _UNSAFE = "constant", "built", "unsafe"
_MODELS = re.compile(
    r"find(?:One|Many|Unique|First|All|ById|_by|_or_fail|OrFail)?|create|save|insert|update(?:One|Many)?"
    r"|upsert|filter|objects|scalars?"
    r"|where|get|delete(?:One|Many)?|destroy|aggregate"
)
_STORES = re.compile(
    r"prisma|objects|query|\w*[rR]epo(?:sitory)?|\w+Model|em|entityManager|manager|collection|knex|DB|session"
)
_NO_MODELS = frozenset(
    (
        "Route Math JSON Object Promise Array Joi Router Date Map Set Response Request Http Cache Log "
        "Storage Redis Reflect Schema Number String Error Buffer URL Path File Depends Query Body Field "
        "Config Arr Str"
    ).split()
)
_LINKS = 6
_MAX_NAME = 80
# Paths that everybody may call by their nature.
_PUBLIC = re.compile(
    r"health|ready|live|metrics|login|sign-?in|sign-?up|register|reset|forgot|webhook|callback|ping",
    re.IGNORECASE,
)
_INPUT_KINDS = {
    "python": ("attribute",),
    "php": ("variable_name", "member_call_expression", "formal_parameters"),
    "typescript": ("decorator", "member_expression"),
    "javascript": ("member_expression",),
}
_INPUT_READ = re.compile(
    r"(?:request|req)\.(?:POST|GET|FILES|data|query_params|json|form|args|files|body|get_json|values|query|params)\b"
    r"|\$_(?:POST|GET|REQUEST|FILES)\b|\$request->|->(?:input|validated)\(|\w*Request\s+\$|^@(?:Body|Query|Param)\("
    r"|(?:ctx|c)\.(?:request\.body|query|params)\b|serializer\.is_valid|get_serializer",
)
# What a framework hands in, and not the caller.
_GIVEN = re.compile(
    r"Request$|Response$|Session$|Depends|Settings|Connection|Logger|BackgroundTasks|User$|Pool$"
)
_JUDGED = (BlockRole.CODE, BlockRole.CONFIG)


@record
class Signs:
    """``relevant`` are the matters that the code has a surface for, ``handled`` those that it handles.

    ``open`` are the matters that the code handles wrongly, whatever else it does; ``doubtful`` those where
    that hangs on values that are not followed here.
    """

    relevant: frozenset[Matter]
    handled: frozenset[Matter]
    open: frozenset[Matter]
    doubtful: frozenset[Matter]


def signs_of(program: Program) -> Signs:
    """Return what the code that an answer wrote shows; ask through ``program.once``."""
    units = program.flow.units_with(_JUDGED)
    relevant: set[Matter] = set()
    handled: set[Matter] = set()
    wrong: set[Matter] = set()
    endpoints = [one for one in program.routes.endpoints if one.unit.block.origin is not Origin.SUPPLIED]
    foreign = not endpoints and bool(program.once(foreign_endpoints))
    guarded = [one for one in endpoints if not _PUBLIC.search(one.path)]
    relevant |= {ACCESS} if guarded or foreign else set()
    reads = any(_takes_input(one) for one in endpoints) or (
        foreign and any(_reads_input(one) for one in units)
    )
    relevant |= {INPUT} if reads else set()
    kinds = {kind for unit in units for kind in _queries(program, unit)} if _speaks_sql(program) else set()
    if kinds or any(_uses_models(unit) for unit in units):
        relevant.add(INJECTION)
        wrong |= {INJECTION} if _UNSAFE in kinds else set()
        handled |= {INJECTION} if not kinds & {_UNSAFE, _BUILT} else set()
    doubtful = {INJECTION} if _BUILT in kinds and _UNSAFE not in kinds else set()
    # What stands above a router, or in the settings of another framework, may know the callers.
    doubtful |= {ACCESS} & relevant if not any(one.rooted for one in guarded) else set()
    named: set[Matter] = set()
    for name in (name for unit in units for name in _names(unit)):
        named |= _matters_of(name)
        if len(named) == len(_NAMED):
            break
    handled |= named
    if _reads_unchecked_tokens(program, units):
        wrong.add(ACCESS)
    return Signs(frozenset(relevant), frozenset(handled - wrong), frozenset(wrong), frozenset(doubtful))


def _matters_of(name: str) -> frozenset[Matter]:
    """Return the matters that a name speaks of."""
    return _known_matters(name) if len(name) <= _MAX_NAME else _matters(name)


# The same names (`req`, `json`, `status`) stand in nearly all code.
@lru_cache(maxsize=8_192)
def _known_matters(name: str) -> frozenset[Matter]:
    return _matters(name)


def _matters(name: str) -> frozenset[Matter]:
    return frozenset(matter for matter, pattern in _NAMED if pattern.search(name))


def _takes_input(endpoint: Endpoint) -> bool:
    """Say whether an endpoint takes more than the identity of its caller, by its registration."""
    texts = [part.node.text()[:4_000] for part in endpoint.handlers]
    if any(name in text for text in texts for name in (".query", ".body", ".params", ".files")):
        return True
    shown = any("=>" in text or "function" in text for text in texts)
    return ":" in endpoint.path or (not shown and endpoint.method.upper() in {"POST", "PUT", "PATCH"})


def _reads_input(unit: Unit) -> bool:
    """Say whether code of another framework reads what a caller sent: the request, or a typed parameter."""
    for kind in _INPUT_KINDS.get(unit.language, ()):
        if any(_INPUT_READ.search(node.text()[:200]) for node in unit.root.find_all(kind=kind)):
            return True
    return any(
        function.decorators and parameter.annotation and not _GIVEN.search(parameter.annotation)
        for function in unit.functions
        for parameter in function.parameters
    )


def _reads_unchecked_tokens(program: Program, units: Sequence[Unit]) -> bool:
    if not mentions(program, _TOKEN_CALLS):
        return False
    read = [
        program.flow.names.origin(call.callee, unit)
        for unit in units
        for call in unit.calls
        if _TOKEN_CALL.search(_last_name(call.callee))
    ]
    origins = [one.dotted for one in read if one is not None]
    unchecked = any(_UNCHECKED.fullmatch(origin) for origin in origins)
    return unchecked and not any(_CHECKED.fullmatch(origin) for origin in origins)


def _speaks_sql(program: Program) -> bool:
    """Say whether any block holds a word of a query, supplied files included: a constant may stand there."""
    texts = [unit.block.text.lower() for unit in program.flow.units]
    return any(word in text for text in texts for word in _QUERY_WORDS)


def _queries(program: Program, unit: Unit) -> Iterator[str]:
    """Yield how the text of each query is made: of constants, of other parts, or unsafely."""
    for call in unit.calls:
        name = _last_name(call.callee)
        if not call.arguments or (not _DATABASE_CALL.search(name) and not _is_text(call.arguments[0].value)):
            continue
        if program.flow.is_counter_example(unit, call.node):
            continue
        if _UNSAFE_NAME.search(name):
            yield _UNSAFE
            continue
        text = call.arguments[0].value
        parts = text.parts if isinstance(text, Text) else (text,)
        known = [program.flow.names.constant(part, unit) for part in parts]
        if _QUERY.search(" ".join(one for one in known if isinstance(one, str))[:5_000]):
            yield _BUILT if NOT_CONSTANT in known else _CONSTANT


def _last_name(callee: Expression) -> str:
    return callee.name if isinstance(callee, Attribute | Name) else ""


def _is_text(value: Expression) -> bool:
    """Say whether a first argument may be the text of a query; short words are none."""
    return isinstance(value, Text) or (
        isinstance(value, Constant) and isinstance(value.value, str) and len(value.value) > 12
    )


def _uses_models(unit: Unit) -> bool:
    return any(
        isinstance(call.callee, Attribute)
        and _MODELS.fullmatch(call.callee.name)
        and _is_model(call.callee.base)
        for call in unit.calls[:2_000]
    )


def _is_model(base: Expression) -> bool:
    """Say whether a query is put to this: a class of the project, a repository, what an ORM hands out."""
    for _ in range(_LINKS):
        name = _last_name(base)
        if _STORES.fullmatch(name):
            return True
        if isinstance(base, Name):
            return name[:1].isupper() and name not in _NO_MODELS
        if not isinstance(base, Attribute):
            return False
        base = base.base
    return False


def _names(unit: Unit) -> Iterator[str]:
    """Yield what code calls, passes on, decorates with, inherits from, imports and takes as parameters."""
    for statement in unit.imports:
        yield statement.module
        yield from (name.name for name in statement.names)
    for call in unit.calls[:5_000]:
        yield from _words(call)
        module = required(call)
        if module:
            yield module
    for assignment in unit.assignments[:2_000]:
        if isinstance(assignment.target, Name):
            yield assignment.target.name
        if isinstance(assignment.value, Items):
            yield from (item.name for item in assignment.value.items if isinstance(item, Name | Attribute))
    for one in unit.classes:
        yield from (base.name for base in one.bases if isinstance(base, Name | Attribute))
    for function in unit.functions:
        yield function.name
        yield from (parameter.annotation for parameter in function.parameters if parameter.annotation)
        for decorator in function.decorators:
            yield from _words(decorator)


def _words(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Name | Attribute):
        yield expression.name
    elif isinstance(expression, Call):
        yield from _words(expression.callee)
        for argument in expression.arguments[:20]:
            value = argument.value
            yield from _plain(value.items[:20] if isinstance(value, Items) else (value,))


def _plain(values: Sequence[Expression]) -> Iterator[str]:
    """Yield the names and the short texts among some values (``auth:sanctum`` is a guard by its name)."""
    for value in values:
        if isinstance(value, Name | Attribute):
            yield value.name
        elif isinstance(value, Constant) and isinstance(value.value, str) and len(value.value) < 40:
            yield value.value if " " not in value.value and "/" not in value.value else ""
