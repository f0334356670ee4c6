"""Secrets by their shape: tokens of services, addresses with passwords, headers, wherever they stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from harness.checks.config.secrets.addresses import carried_passwords
from harness.checks.config.secrets.judge import authorises
from harness.checks.config.secrets.place import Hardcoded, place_of_offset
from harness.checks.config.secrets.shapes import token_shapes
from harness.checks.config.secrets.values import is_label, is_placeholder, is_reference, nothing_secret
from harness.response.block import Block
from harness.response.flow.build import LANGUAGES, Flow
from harness.response.flow.expressions import Constant, Text
from harness.response.flow.statements import Evaluate

__all__ = ["secrets_by_shape"]

_TESTS = re.compile(r"^jobs:|^stages:|\"scripts\"\s*:", re.MULTILINE)
_LOOPBACK = re.compile(r"localhost|127\.0\.0\.1|\[::1\]")
_COMMENT = re.compile(r"^\s*(?:#(?!\{)|//|;|--|\*|/\*|<!--)")
_QUERY = re.compile(
    r"[?&](?:password|passwd|pwd|api_?key|client_secret|access_token|auth_token|secret)=(?P<value>[^&\s\"'<>`#)]{3,200})",
    re.IGNORECASE,
)
# A form as one text: `login=a&password=…`.
_FORM = re.compile(
    r"[\"'`](?:[\w.\-]{1,60}=[^&\s\"'`]{0,100}&){0,20}(?:password|passwd|pwd)=(?P<value>[^&\s\"'`;:?%{$<]{3,100})"
    r"(?=[\"'`&])",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"\b(?:proxy-)?authorization\s*:\s*(?P<value>(?:basic|bearer|token|apikey)\s+[^\s\"'`,;]{6,})",
    re.IGNORECASE,
)
# What stands for a token where somebody is told how to send one.
_EXEMPLARY = re.compile(r"\s(?:abc|xyz|foo|bar|test|token|1234?)[a-z]{0,3}\d{0,6}\\*$", re.IGNORECASE)
_SQL_USER = re.compile(
    r"\b(?:CREATE|ALTER)\s+(?:USER|ROLE)\b[^'\"]{0,120}'?[^']{0,60}\b(?:PASSWORD|IDENTIFIED\s+(?:WITH\s+\w+\s+)?BY)\s+"
    r"'(?P<value>[^'\n]{1,200})'",
    re.IGNORECASE,
)


def secrets_by_shape(flow: Flow, block: Block, *, sample: bool) -> Iterator[Hardcoded]:
    """Yield what stands in a block and is a secret by its shape; comments are left out.

    ``sample`` says that the block only shows which values are wanted: then only real tokens count.
    """
    text = block.text
    comments = _Comments(flow, block)
    for shape in token_shapes(text):
        if not shape.exemplary and not comments.hold(shape.start):
            yield Hardcoded(place_of_offset(block, shape.start, shape.end), f"{shape.what} is written out")
    if sample:
        return
    tests = block.language in {"yaml", "json"} and _TESTS.search(text) is not None
    for carried in carried_passwords(text):
        if tests and _LOOPBACK.match(carried.host):
            continue  # the database of a pipeline lives as long as its tests
        if not comments.hold(carried.start):
            yield Hardcoded(
                place_of_offset(block, carried.start, carried.end), f"{carried.what} is written out"
            )
    lower = text.lower()
    for pattern, message, signs in (
        (_FORM, "a password stands in a form that is written out", ("pass", "pwd")),
        (_QUERY, "a secret stands in the query of an address", ("?", "&")),
        (_HEADER, "the header Authorization is sent with a secret that is written out", ("authorization",)),
        (
            _SQL_USER,
            "the password of a database user is written out",
            ("identified", "password '"),
        ),
    ):
        for match in pattern.finditer(text) if any(sign in lower for sign in signs) else ():
            if _is_meant(match, pattern) and not comments.hold(match.start()):
                yield Hardcoded(place_of_offset(block, *match.span("value")), message)


def _is_meant(match: re.Match[str], pattern: re.Pattern[str]) -> bool:
    value = match["value"]
    if pattern is _HEADER:
        return authorises(value) and not _EXEMPLARY.search(value)
    if is_reference(value) or is_placeholder(value) or value[0] in "$%{:":
        return False
    return not (nothing_secret(value) or is_label(value) or value.startswith("..."))


class _Comments:
    """Where the comments and docstrings of a block are; asked for only when something was found."""

    def __init__(self, flow: Flow, block: Block) -> None:
        self.flow = flow
        self.block = block
        self._spans: list[tuple[int, int]] | None = None

    def hold(self, offset: int) -> bool:
        """Say whether a place of the text is no part of the program or its configuration."""
        if self.block.language not in LANGUAGES:
            start = self.block.text.rfind("\n", 0, offset) + 1
            return _COMMENT.match(self.block.text[start:offset]) is not None
        if self._spans is None:
            self._spans = sorted(self._found())
        at = bisect_right(self._spans, (offset, len(self.block.text) + 1)) - 1
        return at >= 0 and self._spans[at][0] <= offset < self._spans[at][1]

    def _found(self) -> Iterator[tuple[int, int]]:
        unit = self.flow.unit(self.block)
        if unit is None:
            return
        for node in unit.root.find_all(kind="comment"):
            span = node.range()
            yield span.start.index - unit.shifted, span.end.index - unit.shifted
        # A text that nobody uses is a comment too: Python's docstrings.
        for statement in self.flow.names.index(unit).parents:
            if isinstance(statement, Evaluate) and isinstance(statement.value, Constant | Text):
                span = statement.node.range()
                yield span.start.index - unit.shifted, span.end.index - unit.shifted
