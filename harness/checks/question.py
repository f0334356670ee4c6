"""What the user asked for: a whole, a piece of code, or one narrow thing; and what he does without.

A rule about the answer as a whole ("plan for growth") does not speak of answers to "just the query, please".
Only the user's own words decide; what they leave open is a whole.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from harness.checks.base import Exchange
from harness.core.types import Role

__all__ = ["Scope", "Scoped", "asks_to_build", "declines", "question_text", "raises", "scope_of"]

MAX_QUESTION = 8_000


class Scope(StrEnum):
    """How much was asked for."""

    WHOLE = "whole"
    PIECE = "piece"
    NARROW = "narrow"


Scoped = tuple[Scope, str]
"""A scope with the words of the question that say so."""

_FENCE = re.compile(
    r"^[ ]{0,3}(?P<mark>```+|~~~+)[^\n]*\n.*?(?:^[ ]{0,3}(?P=mark)[ ]*$|\Z)", re.MULTILINE | re.DOTALL
)
_SMALL = (
    r"quer(?:y|ies)|sql|statements?|regex(?:p|es)?|regular\sexpression|functions?|methods?|snippets?|lines?"
    r"|one-?liners?"
    r"|commands?|diff|patch|ddl|route\sfile"
)
# "just the query", "only show me the lines", "the SQL only", "code only", "no explanations".
_LIMIT = re.compile(
    rf"""\b(?:just|only|solely|merely|nothing\s(?:but|more\sthan))\s+
      (?:(?:give|show|send|write|post|paste|need|want)\s+(?:me\s+|us\s+)?)?
      (?:(?:the|an?|one|this|that|your)\s+)?(?:(?!another)[\w-]+\s+){{0,2}}?(?:{_SMALL}|code|answer)\b
    |\b(?:code|{_SMALL})\s+(?:only|alone)\b
    |\b(?:no|without(?:\sany)?)\s+(?:explanations?|prose|words|text|commentary|discussion|story)\b
    |\bnothing\s+else\b|\bone-?liner\b
    |\b(?:in|with)\s+(?:one|a\ssingle|two|a\sfew)\s+(?:sentences?|paragraphs?|lines?|words?)\b|\byes\sor\sno\b
    |\b(?:smallest|minimal)\s+(?:possible\s+)?(?:fix|change|patch|diff)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_MEND = re.compile(
    r"""\b(?:fix|correct|mend|rewrite|patch|review|debug|convert|shorten|simplify|explain)\b
    |\bwhat(?:'s|’s|\sis)\s+(?:wrong|the\s(?:matter|problem|mistake))|\bwhy\s+(?:does|do|is|are|did|can)\b
    |\bhow\s+(?:do|can|could|would|should)\s+(?:i|we|you)\s+(?:fix|speed|make|get)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_BUILD = re.compile(
    r"""\b(?:implement|build|design|create|develop|add|extend|set\s+up|bootstrap|scaffold|integrate|introduce|deploy
    |migrate|refactor|write\s+(?:me\s+|us\s+)?(?:an?|the|our|some)\b
    |(?:i|we)\s+(?:need|want)\s+(?:an?|to|the)\b|give\s+(?:me|us)\s+(?:an?|the|our)\b|endpoints?\b|api\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_ASKS = re.compile(
    r"(?:^|[.!?:;,\n]\s*)(?:and\s|so\s|but\s)?(?:how|what|why|which|when|where|should|can|could|is|are|does"
    r"|do)\b"
    r"[^.!?\n]{3,300}(?:\?|$)",
    re.IGNORECASE | re.MULTILINE,
)
# One thing in a database or a program, not a system.
_DETAIL = re.compile(
    rf"\b(?:{_SMALL}|tables?|columns?|index(?:es)?|constraints?|triggers?|resolver|loops?|join|deadlock)\b"
    r"|\bselect\s+[\w*.,\s]{{1,200}}\sfrom\b",
    re.IGNORECASE,
)
_SYSTEM = re.compile(
    r"""\b(?:services?|microservices?|architectures?|systems?|platforms?|clusters?|instances?|servers?|replicas?
    |production|pods?|containers?|kubernetes|load\sbalanc\w+|saas|monolith|app|application|backend|pipeline)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# A single function or the like: it has an inside to test, but nothing to deploy.
_PIECE = re.compile(
    r"""\b(?:write|need|want|give\s+(?:me|us)|show\s+(?:me|us)|create|make|implement)\s+(?:me\s+|us\s+)?(?:an?|one|the)\s+
    (?:[\w.-]+\s+){0,4}(?:middlewares?|functions?|helpers?|decorators?|hooks?|validators?|regex|guards?|wrappers?|mixins?
    |utilit(?:y|ies)|triggers?|quer(?:y|ies)|types?|interfaces?)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_DECLINE = (
    r"\b(?:no|without(?:\sany)?|skip(?:\sthe)?|omit(?:\sthe)?|leave\sout(?:\sthe)?|never\smind(?:\sthe)?"
    r"|(?:don['’]?t|do\snot|doesn['’]?t)\s+(?:need|want|bother\s(?:with|about)|write|include|add|care\sabout)"
    r"(?:\s(?:any|the))?|not?\s+need\s+for(?:\sany)?|spare\s+(?:me|us)(?:\sthe)?)\s+"
    r"(?:\w+[ ,]+(?:and\s+|or\s+)?){0,3}?"
)


def question_text(exchange: Exchange) -> str:
    """Return what the user said, the last turn first, without the code in it."""
    turns = [message.text for message in exchange.messages if message.role is Role.USER]
    return _without_code("\n\n".join(reversed(turns))[: 2 * MAX_QUESTION])


@lru_cache(maxsize=4)
def _without_code(text: str) -> str:
    return _FENCE.sub("\n", text)[:MAX_QUESTION]


def scope_of(exchange: Exchange) -> Scoped:
    """Say how much the user asked for, by the last thing he said."""
    turns = [message.text for message in exchange.messages if message.role is Role.USER]
    if not turns:
        return Scope.WHOLE, ""
    has_code = "```" in turns[-1] or "~~~" in turns[-1] or bool(exchange.files)
    return _scope(_without_code(turns[-1][: 2 * MAX_QUESTION]), has_code)


@lru_cache(maxsize=4)
def _scope(text: str, has_code: bool) -> Scoped:
    limit = _LIMIT.search(text)
    if limit is not None:
        return Scope.NARROW, _quoted(limit)
    builds = _BUILD.search(text)
    mends = _MEND.search(text)
    if mends is not None and has_code and builds is None:
        return Scope.NARROW, _quoted(mends)
    detail = _DETAIL.search(text)
    if detail is not None and builds is None and _ASKS.search(text) and not _SYSTEM.search(text):
        return Scope.NARROW, _quoted(detail)
    piece = _PIECE.search(text)
    if piece is not None:
        return Scope.PIECE, _quoted(piece)
    return Scope.WHOLE, ""


def asks_to_build(exchange: Exchange) -> bool:
    """Say whether the user wants something designed or built, rather than explained."""
    return _BUILD.search(question_text(exchange)) is not None


def _quoted(found: re.Match[str]) -> str:
    return " ".join(found[0].split())[:60]


def raises(exchange: Exchange, pattern: re.Pattern[str]) -> bool:
    """Say whether the question itself speaks of a topic, other than to do without it."""
    text = question_text(exchange)
    return pattern.search(text) is not None and not declines(exchange, pattern)


def declines(exchange: Exchange, pattern: re.Pattern[str]) -> bool:
    """Say whether the user wants to do without what a pattern describes ("no tests")."""
    declined = _declining(pattern.pattern, pattern.flags)
    return declined.search(question_text(exchange)) is not None


@lru_cache(maxsize=32)
def _declining(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(
        _DECLINE.replace("\n", "").replace("    ", "") + rf"(?:{pattern})", flags | re.IGNORECASE
    )
