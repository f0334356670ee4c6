"""Which web framework a program uses."""

from __future__ import annotations

from collections.abc import Iterator

from harness.response.block import BlockRole
from harness.response.endpoints.build import server_endpoints
from harness.response.foreign import foreign_endpoints
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, string_value
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program

__all__ = ["foreign_framework", "imported_modules"]

_FRAMEWORKS = {
    "koa": "Koa",
    "koa-router": "Koa",
    "@koa/router": "Koa",
    "hono": "Hono",
    "restify": "restify",
    "@hapi/hapi": "hapi",
    "fastify": "Fastify",
    "@trpc/server": "tRPC",
    "@apollo/server": "Apollo",
    "apollo-server": "Apollo",
    "apollo-server-express": "Apollo",
    "graphql-yoga": "GraphQL Yoga",
    "@adonisjs/core": "AdonisJS",
    "sails": "Sails",
    "polka": "Polka",
    "elysia": "Elysia",
    "next/server": "Next.js",
    "routing-controllers": "routing-controllers",
    "@loopback/rest": "LoopBack",
    "@feathersjs/feathers": "Feathers",
}


def foreign_framework(program: Program) -> str:
    """Return a web framework that the program uses and whose requests are not followed; else empty."""
    units = program.units_with({BlockRole.CODE})
    modules = (module for unit in units for module in imported_modules(unit))
    named = next((_FRAMEWORKS[module] for module in modules if module in _FRAMEWORKS), "")
    if named:
        return named
    read = {endpoint.framework for endpoint in server_endpoints(program)}
    others = (one for one in foreign_endpoints(program) if one.block.language in JAVASCRIPT_FAMILY)
    return next((one.what for one in others if one.what not in read | {"NestJS"}), "")


def imported_modules(unit: Unit) -> Iterator[str]:
    """Yield the modules that a unit imports or requires."""
    for statement in unit.imports:
        yield string_value(statement.field("source")) or ""
    for callee in unit.callees:
        if callee.name == "require" and callee.kind == "identifier":
            for argument in arguments_of(callee.call)[:1]:
                yield string_value(argument) or ""
