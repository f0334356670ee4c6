"""Which web framework a program uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, string_value

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


def foreign_framework(units: Sequence[Unit]) -> str:
    """Return a web framework that the program uses and whose requests are not followed; else empty."""
    modules = (module for unit in units for module in imported_modules(unit))
    return next((_FRAMEWORKS[module] for module in modules if module in _FRAMEWORKS), "")


def imported_modules(unit: Unit) -> Iterator[str]:
    """Yield the modules that a unit imports or requires."""
    for statement in unit.imports:
        yield string_value(statement.field("source")) or ""
    for callee in unit.callees:
        if callee.name == "require" and callee.kind == "identifier":
            for argument in arguments_of(callee.call)[:1]:
                yield string_value(argument) or ""
