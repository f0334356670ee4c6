"""How the endpoints of Django, FastAPI, Flask, Laravel and PHP scripts validate what they read."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from harness.checks.validation.served_reads import Read, Reads
from harness.checks.validation.served_schemas import Schemas
from harness.response.endpoints.build import server_endpoints
from harness.response.endpoints.model import ServerEndpoint, Through
from harness.response.endpoints.reading import Reading
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program
from harness.response.record import record

__all__ = ["Standing", "Validated", "served_inputs"]


class Standing(Enum):
    """How an endpoint stands towards validation of its input."""

    NO_INPUT = "no input"
    VALIDATED = "validated"
    BY_HAND = "by hand"
    RAW = "raw"
    IGNORED = "ignored"
    UNSEEN = "not shown"


@record
class Validated:
    """An endpoint with its standing, what it is about, and where that is."""

    endpoint: ServerEndpoint
    standing: Standing
    what: str
    node: Node
    unit: Unit


def served_inputs(program: Program) -> tuple[Validated, ...]:
    """Return how each endpoint validates its input; asked once for a program."""
    return program.once(_all)


def _all(program: Program) -> tuple[Validated, ...]:
    return tuple(_each(program))


def _each(program: Program) -> Iterator[Validated]:
    readings: dict[str, tuple[Reads, Schemas]] = {}
    for endpoint in server_endpoints(program):
        language = endpoint.unit.language
        if language in JAVASCRIPT_FAMILY:
            continue
        if language not in readings:
            reading = Reading(program, (language,))
            readings[language] = (Reads(reading), Schemas(reading))
        yield _judged(endpoint, *readings[language])


def _judged(endpoint: ServerEndpoint, reads: Reads, schemas: Schemas) -> Validated:
    if endpoint.hidden:
        return Validated(endpoint, Standing.UNSEEN, "", endpoint.node, endpoint.unit)
    declared = schemas.declared(endpoint)
    found = list(reads.of(endpoint))
    validation = schemas.validation(endpoint)
    if validation.ignored is not None:
        node, unit = validation.ignored
        return Validated(endpoint, Standing.IGNORED, "", node, unit)
    raw = [one for one in found if not validation.covers(one)]
    raw += _declared_raw(endpoint, validation.found)
    open_reads = [one for one in raw if not one.by_hand]
    if open_reads:
        first = open_reads[0]
        return Validated(endpoint, Standing.RAW, first.what, first.node, first.unit)
    if raw:
        return Validated(endpoint, Standing.BY_HAND, raw[0].what, raw[0].node, raw[0].unit)
    is_validated = declared or validation.found or bool(found)
    standing = Standing.VALIDATED if is_validated else Standing.NO_INPUT
    return Validated(endpoint, standing, "", endpoint.node, endpoint.unit)


def _declared_raw(endpoint: ServerEndpoint, is_validated: bool) -> list[Read]:
    """Return what the declaration takes in without a schema: ``body: dict``."""
    if is_validated:
        return []
    return [Read(one.what, one.node, one.unit) for one in endpoint.inputs if one.through is Through.RAW]
