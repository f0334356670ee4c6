"""What a call gives back, in the eyes of access control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ast_grep_py import SgNode

from harness.checks.access.kinds import NOTHING, Nature, NatureSet
from harness.checks.access.ownership import reaches_only_own
from harness.checks.access.words import (
    DECIDING,
    IDENTITY_WORDS,
    ROLE_WORDS,
    VERIFYING,
    names_credential,
    words_of,
)
from harness.response.javascript.members import returns_of
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    callee_of,
    property_name,
    string_value,
    unwrap,
)
from harness.response.javascript.values import origin_of

if TYPE_CHECKING:
    from harness.checks.access.natures import Natures

__all__ = ["is_verification", "last_name", "nature_of_call"]

# Calls that give back what they were called on or with, in another form.
_FORM_METHODS = frozenset(
    (
        "split replace replaceAll slice substring substr trim toLowerCase toUpperCase toString at pop "
        "shift match concat flat filter map valueOf normalize lean exec select populate toObject "
        "toJSON get"
    ).split()
)
_FORM_FUNCTIONS = frozenset(
    "String Number parseInt decodeURIComponent encodeURIComponent parse from atob hash sha256 digest update "
    "createHash createHmac hashToken Boolean toLowerCase trim".split()
)

_TOKEN_MODULES = frozenset(
    {"jsonwebtoken", "jose", "jwt-simple", "google-auth-library", "express-jwt", "paseto"}
)
# What is looked up by the caller's id under these names is the caller.
_PEOPLE = IDENTITY_WORDS | {"users", "accounts", "members", "sessions", "authenticate", "login"}
_CALLER = frozenset({Nature.IDENTITY})


def last_name(node: SgNode) -> str:
    """Return the last name of an expression: ``update`` of ``a.b.update``, ``fn`` of ``fn``."""
    node = unwrap(node)
    if node.kind() == "call_expression":
        inner = callee_of(node)
        return "" if inner is None else last_name(inner)
    if node.kind() in {"member_expression", "subscript_expression"}:
        return property_name(node.field("property") or node.field("index")) or ""
    return node.text() if node.kind() in {"identifier", "shorthand_property_identifier"} else ""


def nature_of_call(natures: Natures, call: SgNode, unit: Unit) -> NatureSet:
    """Return what is known about the result of a call."""
    callee = callee_of(call)
    if callee is None:
        return NOTHING
    callee, name = unwrap(callee), last_name(callee)
    target = callee.field("object")
    base = NOTHING if target is None else natures.of(target, unit)
    if base & {Nature.REQUEST, Nature.RESPONSE}:
        return _of_request(base, name, call)
    functions = natures.functions(callee, unit)
    if functions:
        return _of_shown(natures, call, unit)
    if name in {"then", "catch", "finally"}:
        return base
    given = frozenset[Nature]().union(
        *(
            natures.of(argument, unit)
            for argument in arguments_of(call)
            if argument.kind() not in FUNCTION_KINDS
        )
    )
    if (target is not None and name in _FORM_METHODS and base) or name in _FORM_FUNCTIONS:
        return base | (given if name in _FORM_FUNCTIONS or Nature.ROLE in given else NOTHING)
    if is_verification(natures, call, unit):
        return _CALLER
    return _of_unseen(natures, call, unit, base | given)


def _of_request(base: NatureSet, name: str, call: SgNode) -> NatureSet:
    if Nature.RESPONSE in base:
        return frozenset({Nature.RESPONSE})
    if name in {"get", "header"}:
        literals = [string_value(argument) or "" for argument in arguments_of(call)]
        if any(names_credential(text, in_header=True) for text in literals):
            return frozenset({Nature.CREDENTIAL})
        is_claim = any(set(words_of(text)) & ROLE_WORDS for text in literals)
        return frozenset({Nature.CLIENT, Nature.CLAIM} if is_claim else {Nature.CLIENT})
    if name in {"isAuthenticated", "isLoggedIn"}:
        return _CALLER
    return NOTHING


def _of_shown(natures: Natures, call: SgNode, unit: Unit) -> NatureSet:
    found: NatureSet = NOTHING
    callee = callee_of(call)
    for function in natures.functions(callee, unit) if callee is not None else ():
        with natures.binding(natures.arguments(function, arguments_of(call), unit)):
            for returned in returns_of(function.node):
                found |= natures.of(returned, function.unit)
    if found:
        return found
    given = frozenset[Nature]().union(*(natures.of(argument, unit) for argument in arguments_of(call)))
    return _of_unseen(natures, call, unit, given) - {Nature.IDENTITY, Nature.DECISION, Nature.CLIENT}


def _of_unseen(natures: Natures, call: SgNode, unit: Unit, given: NatureSet) -> NatureSet:
    callee = callee_of(call)
    name = "" if callee is None else last_name(callee)
    words = set(words_of(name))
    if _is_unverified_decoding(natures, call, unit, words):
        return frozenset({Nature.CLIENT})
    found = set[Nature]()
    if Nature.ROLE in given:
        found |= {Nature.ROLE, Nature.DECISION}
    if given & {Nature.IDENTITY, Nature.RELATED}:
        about = set(words_of(callee.text()[:200])) if callee is not None else words
        found.add(Nature.IDENTITY if about & _PEOPLE else Nature.RELATED)
        if _starts_reading(call, words) and reaches_only_own(natures, call, unit):
            found.add(Nature.OWN)
        if (words | _words_of_texts(call)) & ROLE_WORDS:
            found.add(Nature.ROLE)
        if words & DECIDING:
            found |= {Nature.ROLE, Nature.DECISION} if words & ROLE_WORDS or not words - DECIDING else set()
    elif Nature.CREDENTIAL in given:
        found.add(Nature.IDENTITY)
    elif Nature.CLIENT in given:
        found.add(Nature.CLIENT)
    return frozenset(found)


def _starts_reading(call: SgNode, words: set[str]) -> bool:
    text = next((part.text()[1:20].lstrip().lower() for part in arguments_of(call)[:1]), "")
    return bool(words & {"find", "get", "load", "exists", "count", "first", "fetch"}) or text.startswith(
        "select"
    )


def _words_of_texts(call: SgNode) -> set[str]:
    """The words of the texts given to a call: ``query('SELECT name FROM roles ...')``."""
    texts = (argument for argument in arguments_of(call) if argument.kind() in {"string", "template_string"})
    return {word for text in texts for word in words_of(text.text()[:400])}


def is_verification(natures: Natures, call: SgNode, unit: Unit) -> bool:
    """Say whether a call, by the name of what it calls, verifies a token or another credential."""
    callee = callee_of(call)
    if callee is None:
        return False
    words = {*words_of(last_name(callee)), last_name(callee).lower()}
    if not words & VERIFYING:
        return False
    origin = origin_of(natures.resolver.resolve(callee, unit))
    if origin is not None and origin[0] in _TOKEN_MODULES:
        return True
    return any(Nature.CREDENTIAL in natures.of(argument, unit) for argument in arguments_of(call))


def _is_unverified_decoding(natures: Natures, call: SgNode, unit: Unit, words: set[str]) -> bool:
    """``jwt.decode`` reads a token without asking whether it is genuine."""
    if "decode" not in words or words & VERIFYING:
        return False
    origin = origin_of(natures.resolver.resolve(call, unit))
    if origin is not None and origin[0] in _TOKEN_MODULES | {"jwt-decode"}:
        return True
    return "jwt" in words or "token" in words
