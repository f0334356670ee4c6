"""Endpoints that the route graph does not understand: other frameworks and other languages.

They are only recognised, never judged: a check that meets them cannot say that nothing is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ast_grep_py import SgNode, SgRoot

from harness.response.block import Block, BlockRole
from harness.response.javascript.handlers import handler_style
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    callee_of,
    string_value,
    unwrap,
)
from harness.response.javascript.values import FunctionValue, Module, options_of, origin_of
from harness.response.languages import UNREAD_LANGUAGES
from harness.response.record import record

if TYPE_CHECKING:
    from harness.response.javascript.scopes import Unit
    from harness.response.program import Program

__all__ = ["ForeignEndpoint", "foreign_endpoints", "unread_code"]

_SERVER_ROLES = frozenset({BlockRole.CODE, BlockRole.CONFIG})
_LANGUAGES = {"python": "Python", "php": "PHP", **UNREAD_LANGUAGES}
# Modules whose use makes endpoints, and how people call them.
_FRAMEWORKS = {
    "fastify": "Fastify",
    "koa": "Koa",
    "koa-router": "Koa",
    "@koa/router": "Koa",
    "@hapi/hapi": "hapi",
    "hapi": "hapi",
    "@nestjs/common": "NestJS",
    "@nestjs/core": "NestJS",
    "restify": "Restify",
    "hono": "Hono",
    "polka": "Polka",
    "@adonisjs/core": "AdonisJS",
    "@feathersjs/express": "Feathers",
    "routing-controllers": "routing-controllers",
    "next/server": "Next.js",
    "@trpc/server": "tRPC",
    "elysia": "Elysia",
}
# The same where the import is left out.
_GLOBALS = {"fastify": "Fastify", "Fastify": "Fastify", "Hono": "Hono", "Koa": "Koa", "Elysia": "Elysia"}
_GLOBALS |= {"Hapi": "hapi", "hapi": "hapi", "OpenAPIHono": "Hono", "polka": "Polka", "restify": "Restify"}
_VERBS = frozenset("get post put patch delete all on".split())
_REGISTERS = _VERBS | {"route", "register", "listen", "server", "use", "createServer"}
_NATIVE = frozenset({"http", "https", "http2"})
# A function of a cloud that answers requests.
_FUNCTION = re.compile(
    r"^(?:module\.)?(?:exports\.handler\s*=|export\s+(?:const\s+handler\b|async\s+function\s+handler\b))[^\n]{0,80}"
    r"\(\s*_?event\b",
    re.MULTILINE,
)
# Without one of these there is no framework, no server of Node's own, and no call of what is looked up.
_WORDS = (
    *_FRAMEWORKS,
    *_GLOBALS,
    "Procedure",
    "statusCode",
    "ctx",
    "(c)",
    "reply",
    "createServer",
    "](",
    "] (",
    "]?.(",
    "]\n",
)


@record
class ForeignEndpoint:
    """A sign of endpoints in ``what`` (a framework or language), at a line of the response."""

    what: str
    block: Block
    line: int


def foreign_endpoints(program: Program) -> tuple[ForeignEndpoint, ...]:
    """Return signs of server endpoints that the route graph does not read, in what the answer wrote."""
    return program.once(_find)


def unread_code(program: Program) -> str:
    """Name the first language that the answer wrote server code in and that is not read; else empty."""
    return program.once(_first_unread)


def _first_unread(program: Program) -> str:
    for block in program.answered:
        if block.role is BlockRole.CODE and block.language in UNREAD_LANGUAGES and block.text.strip():
            return UNREAD_LANGUAGES[block.language]
    return ""


def _find(program: Program) -> tuple[ForeignEndpoint, ...]:
    found: list[ForeignEndpoint] = []
    # Resolving every call costs more than looking whether anything here could be one of them.
    texts = [unit.block.text for unit in program.units]
    if any(word in text for text in texts for word in _WORDS):
        for unit in program.units_with(_SERVER_ROLES):
            found += _of_unit(program, unit)
    for block in program.answered:
        if block.role is BlockRole.CODE and block.language in _LANGUAGES and not block.oversized:
            line = _line_in(block)
            if line:
                found.append(ForeignEndpoint(_LANGUAGES[block.language], block, block.line + line - 1))
    return tuple(found)


def _of_unit(program: Program, unit: Unit) -> Iterator[ForeignEndpoint]:
    seen: set[str] = set()
    for statement in unit.imports:
        source = statement.field("source")
        what = _FRAMEWORKS.get("" if source is None else source.text()[1:-1])
        if what is not None and what not in seen:
            seen.add(what)
            yield ForeignEndpoint(what, unit.block, unit.block.line + statement.range().start.line)
    function = _FUNCTION.search(unit.block.text) if "statusCode" in unit.block.text else None
    if function is not None:
        line = unit.block.line + unit.block.text.count("\n", 0, function.start())
        yield ForeignEndpoint("a function of the cloud", unit.block, line)
    for call in unit.calls:
        what = _framework_of(program, call, unit) or _table_of(call) or _by_handler(call)
        if what and what not in seen:
            seen.add(what)
            yield ForeignEndpoint(what, unit.block, unit.block.line + call.range().start.line)


def _framework_of(program: Program, call: SgNode, unit: Unit) -> str:
    callee = callee_of(call)
    value = None if callee is None else program.resolver.resolve(callee, unit)
    origin = None if value is None else origin_of(value)
    if origin is None:
        required = program.resolver.resolve(call, unit)
        return _FRAMEWORKS.get(required.specifier, "") if isinstance(required, Module) else ""
    module, path = origin
    if module in _NATIVE and path == ("createServer",):
        given = [
            option
            for argument in arguments_of(call)
            for option in options_of(program.resolver.resolve(argument, unit))
        ]
        return "Node's own http server" if any(isinstance(one, FunctionValue) for one in given) else ""
    if module in _FRAMEWORKS:
        return _FRAMEWORKS[module]
    return _GLOBALS.get(path[0], "") if module == "global" and path[1:] and path[1] in _REGISTERS else ""


def _by_handler(call: SgNode) -> str:
    """`router.get('/', async (ctx) => ...)`: what a handler takes tells the framework that calls it."""
    callee, given = callee_of(call), arguments_of(call)
    if callee is None or not given or callee.kind() != "member_expression":
        return ""
    name = callee.field("property")
    if (
        name is not None
        and name.text() in {"mutation", "query"}
        and unwrap(given[0]).kind() in FUNCTION_KINDS
    ):
        return "tRPC" if "Procedure" in callee.text()[:2_000] else ""
    if len(given) < 2:
        return ""
    last = unwrap(given[-1])
    if name is None or name.text() not in _VERBS or last.kind() not in FUNCTION_KINDS:
        return ""
    return handler_style(last)


def _table_of(call: SgNode) -> str:
    """``router[route.method](route.path, ...)``: which routes there are is data."""
    callee = callee_of(call)
    callee = None if callee is None else unwrap(callee)
    if callee is None or callee.kind() != "subscript_expression" or len(arguments_of(call)) < 2:
        return ""
    target, index = callee.field("object"), callee.field("index")
    if target is None or index is None or string_value(index) is not None:
        return ""
    name = target.text().rsplit(".", 1)[-1].lower()
    return "a table of routes" if name.endswith(("router", "app", "server", "routes")) else ""


# Other languages: a few kinds of nodes whose text says "endpoint".

_SIGNS: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "python": (
        (
            "decorator",
            re.compile(
                r"@[\w.]*\.?(?:route|get|post|put|patch|delete|websocket|api_view|action|view_config)\b\s*\("
            ),
        ),
        (
            "class_definition",
            re.compile(r"class\s+\w+\s*\([^)]*(?:View|ViewSet|Viewset|Resource|MethodView)\b"),
        ),
        ("assignment", re.compile(r"urlpatterns\b")),
        ("function_definition", re.compile(r"(?:async\s+)?def\s+\w+\s*\(\s*(?:self\s*,\s*)?request\b")),
        (
            "call",
            re.compile(r"(?:\w+\.)*(?:add_url_rule|add_api_route|include_router|router\.register)\s*\("),
        ),
    ),
    "php": (
        ("scoped_call_expression", re.compile(r"\\?(?:\w+\\)*Route::(?:\w+)\s*\(")),
        (
            "member_call_expression",
            re.compile(r"\$(?:app|router|group)->(?:get|post|put|patch|delete|map)\s*\("),
        ),
        ("class_declaration", re.compile(r"(?:final\s+|abstract\s+)*class\s+\w*Controller\b")),
        ("attribute", re.compile(r"Route\s*\(")),
        ("variable_name", re.compile(r"\$_(?:GET|POST|PUT|REQUEST|FILES)\b")),
        ("function_call_expression", re.compile(r"filter_input(?:_array)?\s*\(")),
    ),
}
_TEXT_SIGNS = re.compile(
    r"""^\s*(?:
      @(?:RestController|Controller|(?:Get|Post|Put|Patch|Delete|Request)Mapping|Path|GET|POST)\b
    | \[(?:ApiController|Http(?:Get|Post|Put|Patch|Delete)|Route)\b
    | \w+\.(?:HandleFunc|Handle|GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Delete|MapGet|MapPost)\(\s*"
    | (?:resources?|get|post|put|patch|delete)\s+[:'"/]
    | \#\[(?:get|post|put|patch|delete)\(
    )""",
    re.VERBOSE | re.MULTILINE,
)


def _line_in(block: Block) -> int:
    """Return the line (from 1) of the first sign of an endpoint in a block, or 0."""
    signs = _SIGNS.get(block.language)
    if signs is None:
        found = _TEXT_SIGNS.search(block.text)
        return 0 if found is None else block.text.count("\n", 0, found.end()) + 1
    text = block.text
    if block.language == "php" and "<?" not in text:
        text = f"<?php {text}"  # answers leave the opening tag out
    return _first_sign(SgRoot(text, block.language).root(), signs)


def _first_sign(root: SgNode, signs: Sequence[tuple[str, re.Pattern[str]]]) -> int:
    lines = [
        node.range().start.line + 1
        for kind, pattern in signs
        for node in root.find_all(kind=kind)
        if pattern.match(node.text()[:400])
    ]
    return min(lines, default=0)
