"""Requests and responses that an answer shows: where its prose, its blocks and its commands name them.

The answer is read from top to bottom: endpoints, statuses and payloads in their order. A payload is a
request or a response by the words that lead to it, and where no word does, by what has been shown already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from harness.checks.base import Exchange
from harness.core.tree import Mapping, Tree
from harness.response.block import Block, BlockRole, Origin
from harness.response.config.model import Kind
from harness.response.program import Program
from harness.response.prose.document import Passage, PassageKind
from harness.response.prose.read import prose_of
from harness.response.record import record

__all__ = ["BODILESS", "Event", "EventKind", "endpoint_in", "events_of"]

BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
MAX_EVENTS = 2_000
MAX_LINES = 400


class EventKind(StrEnum):
    """What is met while reading."""

    ENDPOINT = "endpoint"
    EMPTY = "empty"  # a status that has no body
    REQUEST = "request"
    RESPONSE = "response"
    PAYLOAD = "payload"  # no word says which of the two it is


@record
class Event:
    """One thing met; ``method`` and ``path`` are those of an endpoint."""

    kind: EventKind
    line: int
    method: str = ""
    path: str = ""


_ENDPOINT = re.compile(
    r"(?<![\w/-])(?P<method>GET|POST|PUT|PATCH|DELETE|HEAD)[`*|:\s]{1,8}"
    r"(?P<path>/[\w/{}:.<>\[\]$*?=&%,+~@…-]*|https?://[^\s`'\"]+)"
)
_STATUS_LINE = re.compile(
    r"^\s*(?:[<#>-]+\s*)?(?:HTTP/[\d.]+\s+|(?:→|->|=>|Response:?|Status:?)\s*)(?P<status>[1-5]\d\d)\b"
)
_BARE_STATUS = re.compile(r"^\s*(?P<status>[1-5]\d\d)(?:\s+[A-Z][\w ]{1,40})?\s*$")
_RESPONSE = re.compile(
    r"\bresponses?\b|\banswer(?:s|ed)?\b|\breturn(?:s|ed)?\b|\brepl(?:y|ies)\b|\bresults?\b|\boutput\b"
    r"|\b[1-5]\d\d\b"
    r"|\bOK\b|\bCreated\b|\berrors?\b|\bgives?\b|\bgets?\s+back\b|\bfailure\b|\bsuccess\b|\bAntwort"
    r"|\brespuesta",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\brequests?\b(?!\s+(?:fail|fails|failed|without))|\bsend(?:s|ing)?\b|\bposts?\s+(?:this|the)\b"
    r"|\bvariables\b"
    r"|\bAnfrage|\bpetici|\bcall\s+(?:it|with)\b|\binput\b",
    re.IGNORECASE,
)
_BODY = re.compile(r"\b(?:body|payload)\b", re.IGNORECASE)
_INLINE = re.compile(r"`\s*(?:[1-5]\d\d\s+)?[{\[][^`]{2,2000}[}\]]\s*`")
_EMPTY = re.compile(r"\b204\b")
_OPERATION = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:(?:query|mutation|subscription)\b|\{)")
_OPENING = re.compile(r"^\s*[{\[]")
# JSON that configures a tool, describes a type, or is a record of a log.
_CONFIGURES = frozenset(
    "compilerOptions extends scripts dependencies devDependencies rules presets plugins printWidth $schema "
    "nodeVersion require autoload version services resources Statement engines eslintConfig env jest exec "
    "watch routes builds framework testEnvironment singleQuote".split()
)
_CONFIG_NAME = re.compile(
    r"(?:^|/)(?:package(?:-lock)?|composer|tsconfig[\w.]*|jsconfig|\.\w+rc|\.eslintrc|nodemon|vercel|app"
    r"|turbo|nx|biome"
    r"|appsettings[\w.]*|launch|settings|[\w.-]*config[\w.-]*|[\w.-]*\.schema|openapi"
    r"|swagger)(?:\.json[c5]?)?$",
    re.IGNORECASE,
)
_LOG = frozenset({"level", "severity"})


def endpoint_in(text: str) -> re.Match[str] | None:
    """Return the first method with a path in a text."""
    return _ENDPOINT.search(text)


def events_of(exchange: Exchange) -> list[Event]:
    """Return what an answer shows of requests and responses, in its order."""
    return exchange.program.once(_events)


def _events(program: Program) -> list[Event]:
    by_block: dict[int, list[Passage]] = {}
    for passage in program.once(prose_of).passages:
        by_block.setdefault(passage.before, []).append(passage)
    blocks = {block.number: block for block in program.blocks if block.origin is Origin.RESPONSE}
    found: list[Event] = []
    for number in range(max([*by_block, *blocks, 0]) + 1):
        passages = by_block.get(number - 1, []) if number else []
        for passage in passages:
            found += _of_passage(passage)
        block = blocks.get(number)
        if block is not None and block.role is not BlockRole.COUNTER_EXAMPLE:
            found += _of_block(program, block, _lead(passages, block))
        if len(found) > MAX_EVENTS:
            return found
    for passage in by_block.get(max([*blocks, 0]), []):
        found += _of_passage(passage)
    return found


def _lead(passages: list[Passage], block: Block) -> str:
    """Return the words that lead to a block: since the block before, the nearest heading first."""
    words = [block.heading, *(f"{one.label} {one.text[-400:]}" for one in passages[-3:])]
    return "\n".join(word for word in words if word.strip())


# --- prose --------------------------------------------------------------------------------------


def _of_passage(passage: Passage) -> Iterator[Event]:
    text = f"{passage.label} {passage.text}"
    if passage.kind is PassageKind.ROW:
        text = text.replace("|", " ")
    if "/" in text:
        for found in _ENDPOINT.finditer(text):
            yield Event(EventKind.ENDPOINT, passage.line, found["method"], found["path"])
    if "204" in text and _EMPTY.search(text):
        yield Event(EventKind.EMPTY, passage.line)
    for span in _INLINE.finditer(text) if "`" in text and ("{" in text or "[" in text) else ():
        if '"' in span[0] or ":" in span[0]:
            yield Event(_kind_by(text[max(0, span.start() - 200) : span.start()]), passage.line)


def _kind_by(words: str) -> EventKind:
    """Say what a payload is by the words before it: the last of them that tells."""
    last = {"": -1, "request": -1, "response": -1}
    for name, pattern in (("request", _REQUEST), ("response", _RESPONSE)):
        for found in pattern.finditer(words):
            last[name] = found.start()
    if last["request"] == last["response"]:
        return EventKind.REQUEST if _BODY.search(words) else EventKind.PAYLOAD
    return EventKind.REQUEST if last["request"] > last["response"] else EventKind.RESPONSE


# --- blocks -------------------------------------------------------------------------------------


def _of_block(program: Program, block: Block, lead: str) -> Iterator[Event]:
    if block.language == "json":
        yield from _of_json(program, block, lead)
    elif block.language in {"http", "text", ""}:
        yield from _of_messages(block, lead)
    elif block.language == "bash":
        yield from _of_commands(program, block)
        yield from _of_messages(block, "")
    elif block.language == "graphql" and _OPERATION.match(block.text):
        yield Event(EventKind.ENDPOINT, block.line, "GRAPHQL", "")
        yield Event(EventKind.REQUEST, block.line)
    elif block.language in {"javascript", "typescript", "tsx", "python"}:
        yield from _of_clients(block)


def _of_json(program: Program, block: Block, lead: str) -> Iterator[Event]:
    file = next((one for one in program.config.json if one.block is block), None)
    if file is None or file.kind is not Kind.JSON or _CONFIG_NAME.search(block.path):
        return
    kind = _kind_by("\n".join(lead.split("\n")[-1:])) if lead else EventKind.PAYLOAD
    if kind is EventKind.PAYLOAD and lead:
        kind = _kind_by(lead)
    for position, tree in enumerate(file.trees or (None,)):
        if tree is None and not _OPENING.match(block.text):
            continue
        line = block.line + (tree.line if tree is not None else 0)
        yield from _of_tree(tree, kind if not position else EventKind.PAYLOAD, line)


def _of_tree(tree: Tree | None, kind: EventKind, line: int) -> Iterator[Event]:
    keys = tree.effective().keys() if isinstance(tree, Mapping) else frozenset()
    if keys & _CONFIGURES and not keys & {"data", "id"}:
        return
    if keys & _LOG and keys & {"message", "msg"}:
        return
    if {"properties", "type"} <= keys:
        return  # a schema describes, it gives no example
    if {"request", "response"} <= {key.lower() for key in keys}:
        yield Event(EventKind.REQUEST, line)
        yield Event(EventKind.RESPONSE, line)
        return
    if kind is EventKind.PAYLOAD and keys & {"error", "errors", "data", "statusCode"}:
        kind = EventKind.RESPONSE
    yield Event(kind, line)


def _of_messages(block: Block, lead: str) -> Iterator[Event]:
    """Read messages of HTTP: a request line or a status, headers, and a body that looks like JSON."""
    if "{" not in block.text and "[" not in block.text and "/" not in block.text:
        return
    state = _kind_by(lead) if lead else EventKind.PAYLOAD
    opened = True
    for number, line in enumerate(block.text.split("\n")[:MAX_LINES]):
        request = _ENDPOINT.search(line[:500])
        status = _STATUS_LINE.match(line[:200]) or _BARE_STATUS.match(line[:80])
        if request is not None and "curl" not in line:
            yield Event(EventKind.ENDPOINT, block.line + number, request["method"], request["path"])
            state, opened = EventKind.REQUEST, True
        if status is not None:
            state, opened = EventKind.RESPONSE, True
            if status["status"] in {"204", "304"}:
                yield Event(EventKind.EMPTY, block.line + number)
        body = line.lstrip("<> \t#")
        if opened and body[:1] in {"{", "["} and (request is None or "{" in line[request.end() :]):
            yield Event(state, block.line + number)
            opened = False
        elif not opened and not line.strip():
            opened = True


def _of_commands(program: Program, block: Block) -> Iterator[Event]:
    for command in program.config.commands:
        if command.place.block is not block or command.name not in {"curl", "http", "https", "xh"}:
            continue
        line = block.line + command.place.line
        arguments = command.arguments
        bodies = [
            word.text
            for word in command.option_values("-d", "--data", "--data-raw", "--json", "--data-binary")
        ]
        method = next(
            (word.text for word in command.option_values("-X", "--request")), "POST" if bodies else "GET"
        )
        address = next((one for one in arguments if "/" in one and not one.startswith(("-", "{"))), "")
        if address:
            yield Event(EventKind.ENDPOINT, line, method.upper(), address[:200])
        if any(_OPENING.match(body) for body in bodies) or (
            command.name != "curl" and any("=" in a for a in arguments)
        ):
            yield Event(EventKind.REQUEST, line)


_CLIENT = re.compile(
    r"\b(?:fetch|axios(?:\.\w+)?|requests\.\w+|httpx\.\w+|client\.(?:post|put"
    r"|patch))\s*\(\s*[`'\"f](?P<path>[^`'\"\n]{1,200})"
)
_CLIENT_BODY = re.compile(r"JSON\.stringify\(\s*\{|\bjson\s*=\s*\{|\bdata\s*:\s*\{|,\s*\{\s*\n?\s*\w+\s*:")


def _of_clients(block: Block) -> Iterator[Event]:
    """A call that a client makes is an example of a request; only browser code is taken for one."""
    if block.role is not BlockRole.FRONTEND:
        return
    for found in _CLIENT.finditer(block.text):
        line = block.line + block.text.count("\n", 0, found.start())
        yield Event(EventKind.ENDPOINT, line, "", found["path"])
        if _CLIENT_BODY.search(block.text[found.end() : found.end() + 600]):
            yield Event(EventKind.REQUEST, line)
