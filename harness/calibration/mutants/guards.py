"""Where the guards of an Express program stand: found by their place and by the words of their names.

This knows nothing of the checks: they are what it examines. It looks for middleware between the path and the
handler of a route, and for mounts (``router.use(guard)``), and goes by words alone. So it is careful: where
a guard may also stand elsewhere, it finds none, and the response gives no mutant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from ast_grep_py import SgNode

from harness.calibration.mutants.source import Mutable, Source

__all__ = ["Family", "Form", "Site", "guards_of", "is_named_like_a_guard", "is_whole"]

METHODS = frozenset({"get", "post", "put", "patch", "delete", "all", "use"})
_CLIENTS = frozenset(
    {"axios", "http", "https", "client", "got", "ky", "superagent", "request", "nock", "api"}
)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PATHS = frozenset({"string", "template_string", "regex", "array"})
_ROUTER = re.compile(r"[Rr]outer\b|[Rr]outes\b|require\(")
_THINGS = frozenset("admin admins auth staff login session sessions token tokens roles permissions".split())
_ARGUMENTS = re.compile(r"\([^()]*\)")
_APP = re.compile(r"\bexpress\(\)")
_MADE = re.compile(r"\bRouter\(")
_MOUNTED = re.compile(r"\.use\(\s*(['\"`])/[^;]*?,\s*(?:\w+|\w+\(['\"][^'\"]*['\"]\))\s*\)")
_INLINE = frozenset({"arrow_function", "function_expression"})


class Family(StrEnum):
    """What a guard demands."""

    ROLE = "role"
    AUTHENTICATION = "authentication"
    LIMIT = "rate limit"
    VALIDATION = "validation"


_WORDS = {
    Family.ROLE: frozenset(
        "role roles permission permissions permit authorize authorise authorized admin admins can ability "
        "allow acl rbac policy grant grants scope scopes staff only".split()
    ),
    Family.AUTHENTICATION: frozenset(
        "auth authenticate authenticated authentication authenticator login jwt passport session token "
        "protect verify bearer signature apikey caller identify signed".split()
    ),
    Family.LIMIT: frozenset("limit limiter limiters limited throttle throttled slowdown rate".split()),
    Family.VALIDATION: frozenset(
        "validate validates validated validator validation celebrate schema schemas joi check checked "
        "valid".split()
    ),
}
# Who asks for a role asks who is calling: without authentication means without either.
_WORDS[Family.AUTHENTICATION] |= _WORDS[Family.ROLE]
# What the code of a guard says when it refuses: found anywhere else, it is a guard that would stay behind.
_REFUSALS = {
    Family.ROLE: re.compile(r"\b403\b|[Ff]orbidden|FORBIDDEN|\brole\b|\bpermissions?\b"),
    Family.AUTHENTICATION: re.compile(r"\b40[13]\b|[Uu]nauthori[sz]ed|UNAUTHORIZED|[Ff]orbidden"),
    Family.LIMIT: re.compile(r"\b429\b|[Tt]oo[ _]?[Mm]any|\brateLimit\(|limit_req"),
    Family.VALIDATION: re.compile(r"\.validate(?:Async|Sync)?\(|\.attempt\(|\.assert\(|safeParse|\.parse\("),
}


class Form(StrEnum):
    """How a guard stands there: an argument among others, or a statement that mounts nothing else."""

    ARGUMENT = "argument"
    MOUNT = "mount"


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """One guard: the argument, or the whole statement of a mount, in its block."""

    mutable: Mutable
    node: SgNode
    form: Form
    receiver: str
    route: bool


def guards_of(source: Source, family: Family) -> tuple[Site, ...]:
    """Return every guard of a family; none when one may stand where this does not look."""
    blocks = [mutable for mutable in source.mutables if mutable.is_javascript]
    if len(blocks) < len(source.mutables) or _REFUSALS[family].search(source.supplied):
        return ()
    lists = _lists_of(blocks, family)
    sites = [site for mutable in blocks for site in _sites(mutable, family, lists)]
    if not sites or _stays_behind(blocks, sites, family):
        return ()
    return tuple(sites)


def is_whole(source: Source) -> bool:
    """Tell whether the app is shown on which everything is mounted: elsewhere a guard may stand there."""
    text = "\n".join(mutable.block.text for mutable in source.mutables)
    return bool(_APP.search(text)) and (not _MADE.search(text) or bool(_MOUNTED.search(text)))


def _sites(mutable: Mutable, family: Family, lists: frozenset[str]) -> list[Site]:
    found: list[Site] = []
    for call in mutable.root.find_all(kind="call_expression"):
        function, arguments = call.field("function"), call.field("arguments")
        if function is None or arguments is None or function.kind() != "member_expression":
            continue
        method, receiver = function.field("property"), function.field("object")
        if method is None or receiver is None or method.text() not in METHODS or not _is_router(receiver):
            continue
        given = [child for child in arguments.children() if child.is_named() and child.kind() != "comment"]
        mount = method.text() == "use"
        middle = _middleware(given, mount=mount)
        own = [node for node in middle if _speaks_of(node, family, lists)]
        statement = call.parent()
        alone = mount and len(own) == len(given) and statement is not None
        if alone and statement is not None and statement.kind() == "expression_statement":
            found.append(Site(mutable, statement, Form.MOUNT, receiver.text(), route=False))
        else:
            found += [Site(mutable, node, Form.ARGUMENT, receiver.text(), route=not mount) for node in own]
    return found


def _middleware(given: list[SgNode], *, mount: bool) -> list[SgNode]:
    """Return the arguments between the path and the handler; a mount has no handler."""
    rest = given[1:] if given and given[0].kind() in _PATHS - {"array"} else given
    rest = rest if mount else rest[:-1]
    if mount and len(rest) > 1 and _names_a_router(rest[-1]):
        rest = rest[:-1]
    return [node for node in rest if node.kind() not in _INLINE and not _ROUTER.search(node.text())]


def _names_a_router(node: SgNode) -> bool:
    """Tell what is mounted from what guards it: ``app.use('/admin', requireRole('admin'), admin)``."""
    return node.kind() == "identifier" and _words_of(node.text()) <= _THINGS


def _is_router(receiver: SgNode) -> bool:
    text = receiver.text()
    head = re.split(r"[.(\s]", text, maxsplit=1)[0]
    return head not in _CLIENTS and len(text) <= 2_000


def _speaks_of(node: SgNode, family: Family, lists: frozenset[str]) -> bool:
    """Tell by the words of what is called or named, arguments left out."""
    if node.kind() == "spread_element":
        return any(_speaks_of(child, family, lists) for child in node.children() if child.is_named())
    if node.kind() == "array":
        return False
    called = node.field("function") if node.kind() == "call_expression" else node
    text = called.text() if called is not None else ""
    while _ARGUMENTS.search(text):
        text = _ARGUMENTS.sub("", text)
    return text in lists or bool(_words_of(text) & _WORDS[family])


def is_named_like_a_guard(name: str) -> bool:
    """Tell by the words of a name whether it may guard something."""
    return any(_words_of(name) & words for words in _WORDS.values())


def _words_of(text: str) -> set[str]:
    return {part.lower() for part in _PARTS.findall(text)}


def _lists_of(blocks: list[Mutable], family: Family) -> frozenset[str]:
    """Return the names of lists of middleware that hold a guard of the family."""
    found = set()
    for mutable in blocks:
        for declarator in mutable.root.find_all(kind="variable_declarator"):
            name, value = declarator.field("name"), declarator.field("value")
            if name is None or value is None or value.kind() != "array":
                continue
            if any(_speaks_of(item, family, frozenset()) for item in value.children() if item.is_named()):
                found.add(name.text())
    return frozenset(found)


def _stays_behind(blocks: list[Mutable], sites: list[Site], family: Family) -> bool:
    """Tell whether code other than the guards' own refuses callers, too."""
    roots = {_root_name(site.node) for site in sites}
    taken = {(id(site.mutable), site.node.range().start.index, site.node.range().end.index) for site in sites}
    for mutable in blocks:
        if _defines_guards(mutable, family):
            continue
        for statement in mutable.root.children():
            spans = [(start, end) for owner, start, end in taken if owner == id(mutable)]
            text = _without(statement, spans)
            if _REFUSALS[family].search(text) and not roots & _declared(statement):
                return True
    return False


def _without(statement: SgNode, spans: list[tuple[int, int]]) -> str:
    """Return the text of a statement without the guards and without comments."""
    start = statement.range().start.index
    text = list(statement.text())
    comments = statement.find_all(kind="comment") if statement.kind() != "comment" else [statement]
    gone = [*spans, *((one.range().start.index, one.range().end.index) for one in comments)]
    for low, high in gone:
        for place in range(max(0, low - start), min(len(text), high - start)):
            text[place] = " "
    return "".join(text)


def _defines_guards(mutable: Mutable, family: Family) -> bool:
    """Tell a block that only defines guards: a file named so, without any route."""
    path = mutable.block.path.lower()
    named = "middleware" in path or bool(_words_of(path.rpartition("/")[2]) & _WORDS[family])
    return named and ".post(" not in mutable.block.text and ".use(" not in mutable.block.text


def _root_name(node: SgNode) -> str:
    """Return the first name of what stands there: ``auth`` of ``auth.require('x')``."""
    text = node.text().lstrip(".[ ")
    if node.kind() == "expression_statement":
        text = text.partition("(")[2].lstrip()
        if text[:1] in "'\"`":
            text = text.partition(",")[2].lstrip()
    found = re.match(r"[A-Za-z_$][\w$]*", text)
    return found[0] if found else ""


def _declared(statement: SgNode) -> set[str]:
    names = [statement.field("name")]
    names += [node.field("name") for node in statement.find_all(kind="variable_declarator")]
    names += [node.field("name") for node in statement.find_all(kind="function_declaration")]
    return {name.text() for name in names if name is not None}
