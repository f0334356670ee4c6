"""All endpoints of a program that other frameworks than Express define."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from harness.response.block import Origin
from harness.response.endpoints.django import django_endpoints
from harness.response.endpoints.fastapi import fastapi_endpoints
from harness.response.endpoints.fastify import fastify_endpoints
from harness.response.endpoints.flask import flask_endpoints
from harness.response.endpoints.graphql import graphql_endpoints
from harness.response.endpoints.laravel import laravel_endpoints
from harness.response.endpoints.model import ServerEndpoint
from harness.response.endpoints.nest import nest_endpoints
from harness.response.endpoints.reading import Reading
from harness.response.endpoints.scripts import script_endpoints
from harness.response.languages import JAVASCRIPT_FAMILY

if TYPE_CHECKING:
    from harness.response.program import Program

__all__ = ["server_endpoints"]

_MAX_ENDPOINTS = 2_000
_FAMILY = tuple(JAVASCRIPT_FAMILY)
_READERS: tuple[tuple[tuple[str, ...], tuple[Callable[[Reading], Iterator[ServerEndpoint]], ...]], ...] = (
    (("python",), (fastapi_endpoints, flask_endpoints, django_endpoints)),
    (("php",), (laravel_endpoints, script_endpoints)),
    (_FAMILY, (nest_endpoints, fastify_endpoints, graphql_endpoints)),
)
# Without one of these words JavaScript has no endpoint that is read here; asking costs less than reading.
_SIGNS = (
    "fastify",
    "Fastify",
    ".setErrorHandler(",
    ".addHook(",
    ".jwtVerify(",
    "reply.",
    "@Controller",
    "@Resolver",
    "@nestjs",
    "Mutation",
)


def server_endpoints(program: Program) -> tuple[ServerEndpoint, ...]:
    """Return the endpoints that the answer itself defines, Express left out; read once for a program."""
    return program.once(_read)


def _read(program: Program) -> tuple[ServerEndpoint, ...]:
    found: list[ServerEndpoint] = []
    languages = {block.language for block in program.answered}
    for family, readers in _READERS:
        if languages.isdisjoint(family):
            continue
        if family == _FAMILY and not any(sign in one.text for one in program.answered for sign in _SIGNS):
            continue
        reading = Reading(program, family)
        for reader in readers:
            for endpoint in reader(reading):
                if len(found) >= _MAX_ENDPOINTS:
                    return tuple(found)
                if _counts(program, endpoint):
                    found.append(endpoint)
    return tuple(found)


def _counts(program: Program, endpoint: ServerEndpoint) -> bool:
    """Leave out what the user supplied and what is shown only as wrong."""
    written = (
        endpoint.unit.block.origin is not Origin.SUPPLIED or endpoint.home.block.origin is not Origin.SUPPLIED
    )
    return written and not program.flow.is_counter_example(endpoint.unit, endpoint.node.node)
