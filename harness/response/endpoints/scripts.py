"""Endpoints that are PHP scripts: a file that reads the request itself."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from harness.response.block import BlockRole, Origin
from harness.response.endpoints.model import ServerEndpoint
from harness.response.endpoints.reading import Reading, is_fragment, joined_path
from harness.response.flow.expressions import (
    Binary,
    Call,
    Constant,
    Expression,
    Index,
    Name,
)
from harness.response.flow.statements import Define, Import, Statement, Unit
from harness.response.flow.walk import Node, walk

__all__ = ["included", "script_endpoints"]

_READS = re.compile(r"\$_(?:GET|POST|PUT|REQUEST|FILES|SERVER|COOKIE|SESSION)\b|filter_input|php://input")
_INPUTS = frozenset({"$_GET", "$_POST", "$_REQUEST", "$_FILES"})
_POSTED = frozenset({"$_POST", "$_FILES"})
_FRAMEWORKS = re.compile(r"\bRoute::|Illuminate\\|Symfony\\Component\\Routing|\$app->(?:get|post|group)\(")
_INCLUDES = frozenset({"require", "require_once", "include", "include_once"})
# A file that opens a connection to the database asks nobody who calls.
_CONNECTS = re.compile(
    r"(?:^|/)(?:db|database|pdo|mysqli?|conn|connect|connection|db_?(?:conn\w*|connect\w*|config))(?:\.inc)?\.php$",
    re.IGNORECASE,
)
_MAX_INCLUDED = 12


def script_endpoints(reading: Reading) -> Iterator[ServerEndpoint]:
    """Yield the scripts that read a request at their top level."""
    for unit in reading.units:
        text = unit.block.text
        if unit.block.origin is Origin.SUPPLIED or not _READS.search(text) or _FRAMEWORKS.search(text):
            continue
        if unit.block.role is not BlockRole.CODE:
            continue
        top = tuple(one for one in unit.body if not isinstance(one, Define | Import))
        place = _reads_input(top)
        if place is None or _is_included(reading, unit):
            continue
        script, is_open = included(reading, unit)
        yield ServerEndpoint(
            "PHP",
            _method(top),
            joined_path(posixpath.basename(unit.block.path)) if unit.block.path else "",
            place,
            unit,
            None,
            unit,
            name=posixpath.basename(unit.block.path).partition(".")[0] or "the script",
            script=script,
            open=is_open or is_fragment(unit),
        )


def included(reading: Reading, unit: Unit) -> tuple[tuple[Statement, ...], bool]:
    """Return the statements that run, required files that are shown first; and whether some are not shown."""
    before: list[Statement] = []
    is_open = False
    seen = {unit}
    work = [unit]
    while work and len(seen) < _MAX_INCLUDED:
        here = work.pop(0)
        for call in here.calls:
            if not isinstance(call.callee, Name) or call.callee.name not in _INCLUDES or not call.arguments:
                continue
            name = _file_name(call.arguments[0].value)
            if "vendor/autoload" in name or "templates/" in name or "views/" in name:
                continue
            found = next((one for one in reading.units if name and one.block.path.endswith(name)), None)
            if found is None:
                is_open = is_open or _CONNECTS.search(name) is None
            elif found not in seen:
                seen.add(found)
                work.append(found)
                before += [one for one in found.body if not isinstance(one, Define | Import)]
    return (*before, *unit.body), is_open


def _file_name(expression: Expression) -> str:
    """Return the constant end of a path: ``__DIR__ . '/../src/auth.php'`` is ``src/auth.php``."""
    while isinstance(expression, Binary):
        expression = expression.right
    text = expression.value if isinstance(expression, Constant) and isinstance(expression.value, str) else ""
    return posixpath.normpath("/" + text).lstrip("/") if text else ""


def _is_included(reading: Reading, unit: Unit) -> bool:
    """Say whether another shown script requires this one."""
    name = posixpath.basename(unit.block.path)
    return bool(name) and any(
        isinstance(call.callee, Name)
        and call.callee.name in _INCLUDES
        and call.arguments
        and _file_name(call.arguments[0].value).endswith(name)
        for other in reading.units
        if other is not unit
        for call in other.calls
    )


def _reads_input(body: tuple[Statement, ...]) -> Node | None:
    """Return the first place where a script reads what a client sends."""
    for node in walk(body, into_functions=False):
        if isinstance(node, Name) and node.name in _INPUTS:
            return node
        if isinstance(node, Constant) and node.value == "php://input":
            return node
        if (
            isinstance(node, Call)
            and isinstance(node.callee, Name)
            and node.callee.name.startswith("filter_input")
        ):
            return node
        if isinstance(node, Index) and isinstance(node.base, Name) and node.base.name == "$_SERVER":
            key = node.key
            if isinstance(key, Constant) and key.value in {"REQUEST_METHOD", "REQUEST_URI", "PATH_INFO"}:
                return node
    # A page that only looks into the session answers requests as well.
    for node in walk(body, into_functions=False):
        if isinstance(node, Index) and isinstance(node.base, Name) and node.base.name == "$_SESSION":
            return node
    return None


def _method(body: tuple[Statement, ...]) -> str:
    for node in walk(body, into_functions=False):
        if isinstance(node, Name) and node.name in _POSTED | {"INPUT_POST"}:
            return "post"
        if isinstance(node, Constant) and node.value in {"php://input", "POST"}:
            return "post"
    return "get"
