"""What a client sends and where it must not arrive: commands, code, paths, addresses, pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from harness.checks.injection.types import typed_value
from harness.checks.injection.validated import made_of_class, validated_value
from harness.checks.injection.verdicts import final_kind, variants
from harness.checks.mentions import mentions
from harness.checks.tables import table_beside
from harness.response.block import BlockRole
from harness.response.flow.expressions import Attribute, Call, Expression, Function, Name, Parameter, Tagged
from harness.response.flow.statements import Unit
from harness.response.flow.taint.analysis import Analysis
from harness.response.flow.taint.values import CLEAN, Hole, Kind, Value, holes_of
from harness.response.program import Program
from harness.response.record import record

if TYPE_CHECKING:
    from harness.response.flow.taint.calls import Given
    from harness.response.flow.taint.walker import Walker

__all__ = ["Danger", "dangers_of"]

_ROLES = (BlockRole.CODE, BlockRole.SCRIPT)
_LANGUAGES = frozenset({"javascript", "typescript", "tsx", "python", "php"})
_MENTION = re.compile(
    r"exec|system|popen|passthru|eval|Function\(|runIn|render_template_string|mark_safe|Markup|readFile|createReadStream"
    r"|writeFile|unlink|sendFile|download|open\(|file_get_contents|readfile|include|fetch|axios|urlopen|requests\.|httpx"
    r"|curl_init|redirect|Redirect|unserialize|unsafe_load|pickle|marshal|echo|\.send\(|\.write\(|send_file"
)
# Pieces of which one stands in all of these.
_PIECES = (
    "exec system popen passthru eval function( runin render_template_string mark_safe markup readfile "
    "createreadstream writefile unlink sendfile download open( file_get_contents include fetch axios "
    "urlopen requests. httpx curl_init redirect unserialize unsafe_load pickle marshal echo .send( .write( "
    "send_file"
).split()
# What makes a value harmless in such a place.
_CLEANING = frozenset(
    "basename escapeshellarg escapeshellcmd quote secure_filename realpath escape htmlspecialchars "
    "htmlentities esc_html esc_attr "
    "encodeURIComponent sanitize sanitizeHtml xss strip_tags e conditional_escape format_html "
    "urlencode rawurlencode "
    "json_encode intval stringify jsonify dumps render bleach clean escapeHtml encode url_for route "
    "url_has_allowed_host_and_scheme "
    "urlsafe_b64encode b64encode".split()
)


@record
class Place:
    """One kind of call."""

    kind: str
    category: str
    says: str
    built: bool
    text: bool
    functions: frozenset[str]
    methods: frozenset[str]
    receivers: re.Pattern[str] | None


@record
class Danger:
    """A violation at a place, with the category of OWASP that it belongs to."""

    unit: Unit
    place: Expression
    category: str
    message: str


@cache
def _places() -> tuple[Place, ...]:
    loaded = table_beside(__file__, "dangers.yaml")
    return tuple(
        Place(
            kind,
            entry["category"],
            entry["says"],
            entry["built"],
            entry.get("text", False),
            frozenset(entry["functions"].split()),
            frozenset(entry["methods"].split()),
            re.compile(entry["receivers"]) if entry["receivers"] else None,
        )
        for kind, entry in loaded.items()
    )


@dataclass(slots=True)
class _Watch:
    """Collects what reaches the calls of the table."""

    seen: dict[tuple[Call, str], tuple[Place, Call, Unit, Value]] = field(default_factory=dict)

    def is_of_interest(self, value: Value) -> bool:
        """No text is of interest by itself."""
        del value
        return False

    def joins(self, tag: Expression) -> bool:
        """Tags are left alone."""
        del tag
        return False

    def tagged(self, walker: Walker, expression: Tagged, values: list[Value]) -> None:
        """Tags are left alone."""

    def thrown(self, value: Value) -> None:
        """What is thrown is no danger here."""

    def typed(self, walker: Walker, function: Function, parameter: Parameter) -> Value | None:
        """Numbers and enumerations are harmless everywhere."""
        return typed_value(walker, function, parameter)

    def sight(self, walker: Walker, given: Given) -> Value | None:
        """Note what reaches a call of the table."""
        if given.name in _CLEANING:
            return CLEAN
        known = validated_value(walker, given) or made_of_class(walker, given)
        if known is not None:
            return known
        for place in _places():
            if given.positional and _matches(place, given, walker.language):
                value = given.positional[0]
                if holes_of(value):
                    self.seen[given.call, place.kind] = (place, given.call, walker.unit, value)
        return None


def _matches(place: Place, given: Given, language: str) -> bool:
    base = given.base
    if base is None:
        if given.name == "print" and language != "php":
            return False
        return given.name in place.functions
    if given.name not in place.methods:
        return False
    if place.receivers is None:
        return True
    name = base.name if isinstance(base, Name | Attribute) else ""
    if isinstance(base, Call):  # `res.status(200).send(...)`
        inner = base.callee
        while isinstance(inner, Attribute):
            inner = inner.base
        name = inner.name if isinstance(inner, Name) else ""
    return place.receivers.fullmatch(name.lstrip("$")) is not None


def dangers_of(program: Program) -> tuple[Danger, ...]:
    """Find what a client sends in places where it must not arrive."""
    if not mentions(program, _PIECES):
        return ()
    asked = [block for block in program.answered if block.language in _LANGUAGES]
    if not any(_MENTION.search(block.text) for block in asked):
        return ()
    units = program.flow.units_with(_ROLES)
    watch = _Watch()
    analysis = Analysis(program.flow, watch)
    analysis.run(units)
    answered = {unit.block for unit in units}
    return tuple(one for one in _judged(analysis, watch) if one.unit.block in answered)


def _judged(analysis: Analysis, watch: _Watch) -> Iterator[Danger]:
    for place, call, unit, value in watch.seen.values():
        for variant in variants(analysis, value):
            hole = _harmful(place, variant.value)
            if hole is not None:
                yield Danger(unit, call, place.category, f"{hole.label[:60]} {place.says}")
                break


def _harmful(place: Place, value: Value) -> Hole | None:
    is_built = any(isinstance(piece, str) and piece.strip() for piece in value.pieces)
    if place.text and not is_built and place.kind != "page":
        return None
    for hole in holes_of(value):
        kind = final_kind(hole)
        if hole.doubt or (place.kind == "page" and not is_built and kind is not Kind.REQUEST):
            continue
        if kind in {Kind.REQUEST, Kind.OUTSIDE} and (kind is Kind.REQUEST or place.built):
            return hole
        if place.built and is_built and kind in {Kind.PARAMETER, Kind.UNKNOWN, Kind.STORED}:
            return hole
    return None
