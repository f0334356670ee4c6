"""S03: the contract of an API, with examples of requests and responses."""

from __future__ import annotations

import re
from typing import ClassVar

from harness.checks.api.exchanges import BODILESS, Event, EventKind, events_of
from harness.checks.api.openapi import operations_of
from harness.checks.base import ABSENCE, Check, Exchange, Soundness
from harness.checks.question import Scope, declines, question_text, raises, scope_of
from harness.checks.topics.verdict import is_cut, omission
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import BlockRole, Origin
from harness.response.foreign import foreign_endpoints
from harness.response.program import Program

__all__ = ["ApiContract"]

MAX_QUOTE = 160
_NOT_IT = r"(?!\s+(?:keys?|changes?|tokens?|containers?|images?|services?)\b)"
_ASKED = re.compile(
    rf"\bAPIs?\b{_NOT_IT}|\bREST(?:ful)?\b|\bendpoints?\b|\bGraphQL\b|\bCRUD\b|\bweb\s?hooks?\b|\bcontract\b"
    r"|\b(?:GET|POST|PUT|PATCH|DELETE)\s+/",
    re.IGNORECASE,
)
_CONTRACT = re.compile(
    r"\bcontract\b|\bopen-?api\b|\bswagger\b|\bapi\s+(?:docs?|documentation)\b|\bHTTP\b|\bAPI\s+changes",
    re.IGNORECASE,
)
# What is built comes before "for": a Dockerfile for an API is none.
_BUILD = r"\b(?:implement|build|design|write|create|add|give\s+me|need|code)\b(?:(?!\bfor\b)[^.?!]){0,100}?"
_WANTED = re.compile(rf"{_BUILD}\b(?:apis?\b{_NOT_IT}|endpoints?|routes?|web\s?hooks?)\b", re.IGNORECASE)
_SERVER = re.compile(
    rf"{_BUILD}\b(?:server|service|receiver|workflow|microservices?|backend)\b", re.IGNORECASE
)
_DEFINING = frozenset({BlockRole.CODE, BlockRole.CONFIG, BlockRole.DATA})
_DECORATED = re.compile(r"^\s*@(?:Controller|Get|Post|Put|Patch|Delete|Resolver|Mutation)\(", re.MULTILINE)
_SDL_WORDS = (
    *("@Controller", "@Get", "@Post", "@Put", "@Patch", "@Delete", "@Resolver", "@Mutation"),
    *("type Query", "type Mutation", "schema {", "schema{"),
)
_SDL = re.compile(r"^\s*(?:extend\s+)?(?:type\s+(?:Query|Mutation)\b|schema\s*\{)", re.MULTILINE)
# Examples that stand in annotations of the code are read by other tools. The words are looked for first:
# a pattern that may begin anywhere is slow.
_ANNOTATION_WORDS = ("schema", "openapi", "OpenApi", "Api", "swagger", "bodyParam", "@response", "OA\\")
_ANNOTATED = re.compile(
    r"\b(?:json_schema_extra|openapi_examples|OpenApiExample|extend_schema|ApiProperty|ApiBody|ApiResponse)\b"
    r"|@(?:openapi|swagger|bodyParam|response|OA\\)\b|\bschema_extra\b|#\[OA\\"
)


class ApiContract(Check):
    """An API comes with its contract: an endpoint with an example of a request and of a response.

    The examples are JSON: blocks, messages of HTTP, a curl command with its answer, inline code, the
    variables and the result of a GraphQL operation, or those in an OpenAPI document. A GET needs no body,
    a 204 no answer. Configuration such as package.json, a schema and a record of a log are no payloads. One
    endpoint with both is enough; whether the examples fit the code is not asked.
    """

    id: ClassVar[str] = "api/contract"
    version: ClassVar[int] = 1
    of_answers: ClassVar[bool] = True
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = ABSENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Show a sample request and response for each endpoint",
        "Document every endpoint with request and response bodies",
        "API documentation with request and response examples",
        "Include example payloads for each API",
        "Request and response examples",
        "Request and response examples are complete",
        "Write API contracts with examples of requests and responses",
        "Document the API with example requests and responses",
        "State API contracts with examples",
        "Request and response examples for every endpoint",
        "Endpoints with example requests and responses",
        "Give examples of requests and responses",
        "Describe API endpoints with example payloads",
        "Provide the API contract with request and response examples",
        "Document the API with sample payloads",
        "Sample payloads for each endpoint",
        "A sample request and a sample response for each endpoint",
        "Show requests and responses as examples for each endpoint",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on what the answer shows of its endpoints."""
        operations = operations_of(exchange.program)
        documented = next(
            (one for one in operations if one.response and (one.request or not one.takes_body)), None
        )
        if documented is not None:
            return Decision(
                Outcome.PASS, f"OpenAPI has examples for {documented.method} {documented.path[:80]}"
            )
        events = events_of(exchange)
        shown = _shown(events, exchange)
        if shown:
            return Decision(Outcome.PASS, shown)
        place = exchange.program.once(_interface)
        if place is None and operations:
            first = operations[0]
            quote = f"{first.method} {first.path}"[:MAX_QUOTE]
            place = Finding(first.block.number, first.line, 1, first.line, 1, "", quote)
        return _lacking(exchange, events, place)


def _shown(events: list[Event], exchange: Exchange) -> str:
    """Say which requests and responses are shown, where they are enough; else empty."""
    kinds = _told(events)
    methods = {event.method for event in events if event.kind is EventKind.ENDPOINT} - {""}
    named = bool(methods) or exchange.program.once(_interface) is not None
    if EventKind.RESPONSE in kinds and EventKind.REQUEST in kinds and named:
        return "a request and a response are shown by example"
    if EventKind.REQUEST in kinds and EventKind.EMPTY in kinds and methods:
        return "a request is shown by example, its answer has no body"
    if EventKind.RESPONSE in kinds and methods and methods <= BODILESS and not _takes_body(exchange.program):
        return "a response is shown by example, and no endpoint takes a body"
    return ""


def _told(events: list[Event]) -> set[EventKind]:
    """Return the kinds of what is shown. A payload without a word is what is due after what was shown."""
    kinds: set[EventKind] = set()
    method, asked = "", False
    for event in events:
        kind = event.kind
        if kind is EventKind.ENDPOINT:
            method, asked = event.method, event.method in BODILESS
            continue
        if kind is EventKind.PAYLOAD:
            if not method and not kinds:
                continue  # data of something else
            kind = EventKind.RESPONSE if asked else EventKind.REQUEST
        asked = asked or kind is EventKind.REQUEST
        kinds.add(kind)
    return kinds


def _takes_body(program: Program) -> bool:
    """Say whether the code of an answer has an endpoint that is sent something."""
    written = (one for one in program.routes.endpoints if one.unit.block.origin is not Origin.SUPPLIED)
    return any(one.method.upper() not in BODILESS | {"USE", "ALL"} for one in written)


def _interface(program: Program) -> Finding | None:
    """Return where an answer defines its first endpoint, ``None`` where it defines none."""
    found: list[Finding] = []
    for endpoint in program.routes.endpoints:
        block = endpoint.unit.block
        wrong = program.is_counter_example(endpoint.unit, endpoint.node)
        if block.origin is not Origin.SUPPLIED and block.role is BlockRole.CODE and not wrong:
            found.append(program.finding(endpoint.unit, endpoint.node, ""))
    for foreign in () if found else program.once(foreign_endpoints):
        quote = _line(foreign.block.text, foreign.line - foreign.block.line)
        found.append(Finding(foreign.block.number, foreign.line, 1, foreign.line, 1, "", quote))
    for block in program.answered:
        if block.language in {"graphql", "javascript", "typescript"} and block.role in _DEFINING:
            looks = any(word in block.text for word in _SDL_WORDS)
            sdl = _SDL.search(block.text) or _DECORATED.search(block.text) if looks else None
            if sdl is not None:
                line = block.text.count("\n", 0, sdl.end()) + block.line
                found.append(Finding(block.number, line, 1, line, 1, "", sdl[0].strip()[:MAX_QUOTE]))
    return min(found, key=lambda one: one.line, default=None)


def _line(text: str, number: int) -> str:
    lines = text.split("\n")
    return lines[number].strip()[:MAX_QUOTE] if 0 <= number < len(lines) else ""


def _lacking(exchange: Exchange, events: list[Event], place: Finding | None) -> Decision:
    if declines(exchange, _CONTRACT):
        return Decision(Outcome.NOT_APPLICABLE, "the user wants to do without a contract")
    cut = is_cut(exchange)
    open_end = cut and (_ASKED.search(question_text(exchange)) or _is_cut_in_code(exchange))
    if place is None and not open_end and not _is_evaded(exchange):
        return Decision(Outcome.NOT_APPLICABLE, "no endpoint is defined and none was asked for")
    if cut:
        return Decision(Outcome.UNDECIDED, "the answer was cut off before it came to the contract")
    scope, words = scope_of(exchange)
    if _is_other_task(exchange):
        return Decision(Outcome.NOT_APPLICABLE, "the question is about something else than an API")
    if scope is Scope.NARROW and not raises(exchange, _CONTRACT):
        return Decision(Outcome.NOT_APPLICABLE, f"the question is narrow ({words})")
    if any(_is_annotated(block.text) for block in exchange.program.answered):
        return Decision(
            Outcome.UNDECIDED, "examples may stand in annotations of the code, which are not read"
        )
    kinds = _told(events)
    if EventKind.REQUEST in kinds:
        message = "no example of a response is shown"
    elif EventKind.RESPONSE in kinds:
        message = "no example of a request is shown"
    else:
        message = "neither a request nor a response is shown by example"
    if place is None:
        return omission(exchange, message)
    finding = Finding(
        place.block,
        place.line,
        place.column,
        place.end_line,
        place.end_column,
        message,
        place.quote,
        place.file,
    )
    return Decision(Outcome.FAIL, message, (finding,))


def _is_cut_in_code(exchange: Exchange) -> bool:
    return any(block.truncated and block.role is BlockRole.CODE for block in exchange.program.answered)


def _is_evaded(exchange: Exchange) -> bool:
    """Say whether the question asks to build an API that the answer has no code of."""
    if declines(exchange, _ASKED):
        return False
    text = question_text(exchange)
    if _WANTED.search(text):
        return True
    coded = any(
        block.role is BlockRole.CODE and block.language != "sql" for block in exchange.program.answered
    )
    return not coded and _SERVER.search(text) is not None


def _is_other_task(exchange: Exchange) -> bool:
    """Say whether a question asks for advice, and neither builds anything nor speaks of an interface."""
    text = question_text(exchange)
    builds = re.search(_BUILD, text, re.IGNORECASE) or _ASKED.search(text)
    return text.rstrip().rpartition("\n")[2].count("?") > 0 and builds is None


def _is_annotated(text: str) -> bool:
    return any(word in text for word in _ANNOTATION_WORDS) and _ANNOTATED.search(text) is not None
