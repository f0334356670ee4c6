"""Ways that data takes in the clear: plain addresses, connections without TLS, cookies that leave HTTPS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.checks.errors.terms import last_name
from harness.core.types import Finding
from harness.response.block import Block, BlockRole, Origin
from harness.response.flow.expressions import Assignment, Attribute, Call, Constant, Expression, Mapping, Name
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node, walk
from harness.response.program import MAX_QUOTE, Program

__all__ = ["open_ways"]

_ROLES = (BlockRole.CODE, BlockRole.SCRIPT, BlockRole.CONFIG)
_MAX_TEXT = 2_000
_PLAIN = re.compile(
    r"(?i)\b(?P<scheme>http|ws|ftp|smtp|ldap|amqp|mqtt)://(?P<host>[^\s/:'\"`?#@]+@)?(?P<name>[\w.\-]+)"
)
# Hosts of the own machine or network of containers, names for documents, and names that only identify.
_LOCAL = re.compile(
    r"(?i)localhost|127\.|0\.0\.0\.0|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[?::1|host\.docker\.internal|[\w-]+\Z"
    r"|[\w.-]*\.(?:svc|svc\.cluster\.local|test|localhost)\Z|(?:www\.)?w3\.org"
    r"|[\w.]*xmlsoap\.org|[\w.]*json-schema\.org"
    r"|[\w.]*opengis\.net|[\w.]*isotc211\.org|w3id\.org|[\w.]*iana\.org|ogp\.me|xmlns\.com|docbook\.org|ns\.adobe\.com"
    r"|example\.(?:com|org|net)\Z"
    r"|[\w.]*openxmlformats\.org|(?:www\.)?apache\.org|purl\.org|xmlns\.|schemas?\.|[\w.]*schema\.org"
)
_UNENCRYPTED = re.compile(r"(?i)sslmode=disable|ssl_mode=disabled|sslMode=DISABLED|useSSL=false")
# Searched in small letters: ignoring case costs ten times as much.
_MENTION = re.compile(
    r"http://|ws://|ftp://|smtp://|ldap://|amqp://|mqtt://|sslmode|ssl_mode|usessl|secure|session\("
    r"|password_hashers|ssl_redirect"
)
# Names under which a program keeps where it goes; `url` alone is as often a link for people.
_ADDRESS_NAME = re.compile(
    r"(?i)base|api|service|gateway|endpoint|webhook|backend|server|upstream|host|callback|broker|proxy|"
    r"(?:database|db|redis|mongo|amqp|rabbit|elastic|kafka|_)_?ur[il]$|ur[il]s$|[a-z]Ur[il]$|[a-z]UR[IL]$"
    r"|origin|dsn|connection|target|address"
)
_LINK_NAME = re.compile(r"(?i)docs?_?ur|link|help|home_?page|website|specified_?by|licen[cs]e|readme")
_ONLY_SAYS = frozenset(
    (
        "log info warn warning debug error critical exception fatal trace print echo printf format replace "
        "split "
        "startswith endswith includes test match search sub expect describe it raise valueerror typeerror "
        "runtimeerror exception help add_argument option dedent _ gettext gettext_lazy ngettext"
    ).split()
)
# Arguments that people read, or that only identify something.
_FOR_READERS = frozenset(
    (
        "namespaces nsmap ns xmlns scheme description help help_text placeholder label title message website "
        "homepage href link verbose_name default_ns"
    ).split()
)
_COOKIE_OPTIONS = frozenset(
    {"httpOnly", "sameSite", "maxAge", "httponly", "samesite", "path", "domain", "expires"}
)
_SECURE_SETTINGS = frozenset(
    {"SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "cookie_secure"}
)
_SETTING_LINE = re.compile(r"(?i)^\s*-?\s*[\"']?(\w+)[\"']?\s*[:=]")


def open_ways(program: Program) -> Iterator[Finding]:
    """Yield what sends data in the clear, in what the answer wrote."""
    if not any(_MENTION.search(block.text.lower()) for block in program.answered):
        return
    flow = program.flow
    read: set[Block] = set()
    for unit in flow.units_with(_ROLES):
        read.add(unit.block)
        for place, message in _of_unit(unit):
            if not flow.is_counter_example(unit, place.node):
                yield flow.finding(unit, place.node, message)
    for block in program.answered:
        if block not in read and block.role is BlockRole.CONFIG:
            yield from _of_lines(block)


def _of_unit(unit: Unit) -> Iterator[tuple[Expression, str]]:
    if _MENTION.search(unit.block.text.lower()) is None:
        return
    told: set[Expression] = set()
    for node in walk(unit.body):
        for used in _used_texts(node):
            text = used.value if isinstance(used.value, str) and used not in told else ""
            message = "" if _is_told(text) else _of_text(text)
            told.add(used)
            if message:
                yield used, message
        if isinstance(node, Mapping):
            yield from _of_mapping(node)
        elif isinstance(node, Call):
            yield from _of_session(node)
            if any(one.name in {"secure", "https_only"} and _is_false(one.value) for one in node.arguments):
                yield node, "the cookie travels without HTTPS, too"
        elif isinstance(node, Assignment):
            yield from _of_assignment(node)


def _used_texts(node: Node) -> Iterator[Constant]:
    """Yield the texts that something is done with: handed over, or kept under the name of an address.

    A link in a docstring, a message or the data sheet of a class is read by people and reached by nobody.
    """
    if isinstance(node, Call):
        if last_name(node.callee).lower() not in _ONLY_SAYS:
            given = [argument.value for argument in node.arguments if argument.name not in _FOR_READERS]
            # `new URL(path, "http://x")` asks nobody: the base only makes the path readable.
            yield from _texts_in(given[:1] if node.is_new and last_name(node.callee) == "URL" else given)
    elif isinstance(node, Assignment):
        name = node.target.name if isinstance(node.target, Name | Attribute) else ""
        if node.value is not None and _ADDRESS_NAME.search(name) and not _LINK_NAME.search(name):
            yield from _texts_in([node.value])
    elif isinstance(node, Mapping):
        for entry in node.entries:
            name = str(entry.key.value) if isinstance(entry.key, Constant) else ""
            if _ADDRESS_NAME.search(name) and not _LINK_NAME.search(name):
                yield from _texts_in([entry.value])


def _texts_in(values: Sequence[Expression]) -> Iterator[Constant]:
    for part in walk(values, into_functions=False):
        if isinstance(part, Constant) and isinstance(part.value, str):
            yield part


def _is_told(text: str) -> bool:
    """Say whether an address stands in a sentence: people read it, and nothing goes there."""
    return len(_PLAIN.sub(" ", text[:_MAX_TEXT]).split(maxsplit=4)) > 3


def _is_false(value: Expression | None) -> bool:
    return isinstance(value, Constant) and value.value is False


def _of_text(text: str) -> str:
    if len(text) > _MAX_TEXT:
        return ""
    if _UNENCRYPTED.search(text):
        return "the connection to the database is not encrypted"
    for found in _PLAIN.finditer(text):
        if not _LOCAL.match(found["name"]):
            return f"{found['scheme']}://{found['name'][:60]} is reached in the clear"
    return ""


def _of_mapping(node: Mapping) -> Iterator[tuple[Expression, str]]:
    names = {str(entry.key.value) for entry in node.entries if isinstance(entry.key, Constant)}
    for entry in node.entries:
        if not isinstance(entry.key, Constant):
            continue
        if entry.key.value == "ignoreTLS" and isinstance(entry.value, Constant) and entry.value.value is True:
            yield entry.value, "mail is sent in the clear, though the server could do otherwise"
        if not _is_false(entry.value):
            continue
        if entry.key.value in {"secure", "cookie_secure"} and names & _COOKIE_OPTIONS:
            yield entry.value, "the cookie travels without HTTPS, too"


def _of_session(call: Call) -> Iterator[tuple[Expression, str]]:
    """The cookie of express-session travels in the clear unless it is told not to."""
    callee = call.callee
    if not isinstance(callee, Name) or callee.name not in {"session", "expressSession"} or not call.arguments:
        return
    options = call.arguments[0].value
    if not isinstance(options, Mapping):
        return
    known = {
        str(entry.key.value): entry.value for entry in options.entries if isinstance(entry.key, Constant)
    }
    cookie = known.get("cookie")
    if "secret" not in known or any(entry.key is None for entry in options.entries):
        return
    if cookie is None or (isinstance(cookie, Mapping) and not _names(cookie, "secure")):
        yield call, "the session's cookie is not told to be secure"


def _names(mapping: Mapping, name: str) -> bool:
    """Say whether a mapping has an entry, or takes over others."""
    return any(
        entry.key is None or (isinstance(entry.key, Constant) and entry.key.value == name)
        for entry in mapping.entries
    )


def _of_assignment(node: Assignment) -> Iterator[tuple[Expression, str]]:
    name = node.target.name if isinstance(node.target, Name | Attribute) else ""
    if name in _SECURE_SETTINGS and _is_false(node.value):
        yield node, f"{name} is off"
    elif name == "PASSWORD_HASHERS" and node.value is not None:
        first = re.search(r"\.(\w+)PasswordHasher", node.value.node.text())
        if first is not None and re.match(r"(?i)md5|sha1|unsalted|crypt", first[1]):
            yield node, f"passwords are hashed with {first[1]}, which is too fast"


def _of_lines(block: Block) -> Iterator[Finding]:
    """Configuration without a tree of its own here: what stands on each line."""
    for number, line in enumerate(block.text.split("\n")[:5_000]):
        if number + 1 in block.counter_lines or line.lstrip().startswith(("#", "//", ";")):
            continue
        setting = _SETTING_LINE.match(line[:200])
        message = _of_text(line[:_MAX_TEXT])
        if setting is None or not message or re.search(r"(?i)health|probe|test:|schema|xmlns", line):
            continue
        indent = block.indent_of(number)
        start = len(line) - len(line.lstrip())
        yield Finding(
            block=block.number,
            line=block.line + number,
            column=start + 1 + indent,
            end_line=block.line + number,
            end_column=len(line) + 1 + indent,
            message=message,
            quote=line.strip()[:MAX_QUOTE],
            file=block.path if block.origin in {Origin.FILE, Origin.TOOL_CALL} else "",
        )
