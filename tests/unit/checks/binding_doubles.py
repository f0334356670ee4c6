"""Stand-ins for the five first checks: their ids, phrases and parameters, without any deciding.

Binding is tested against these, so that its tests do not change when a check does.
"""

from __future__ import annotations

import re
from typing import ClassVar

from harness.checks.base import Check, Exchange, Soundness
from harness.core.types import Decision, Outcome

LIBRARIES = re.compile(
    r"\b(joi|zod|yup|ajv|valibot|superstruct|typebox|class-validator|express-validator|fastest-validator|celebrate|"
    r"vine(?:js)?|pydantic|marshmallow|cerberus)\b",
    re.IGNORECASE,
)
PATH = re.compile(r"(?<![\w/])(?:@?[\w.-]+/|@/)+(?:logger|logging|log|winston)(?:\.[cm]?[jt]s)?(?![\w/.-])")


class _Double(Check):
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.BOTH

    def decide(self, exchange: Exchange) -> Decision:
        return Decision(Outcome.UNDECIDED, "a stand-in decides nothing")


class NoConsole(_Double):
    id: ClassVar[str] = "logging/no-console"
    phrases: ClassVar[tuple[str, ...]] = (
        "Never use console.log",
        "Never use console.log, console.error or console.warn",
        "No console.log statements in production code",
        "Do not leave console.log in the code",
        "Never log with console methods, only through the winston logger",
        "Log through winston, console.log, console.error and console.warn are forbidden",
        "Use the winston logger instead of console.log",
        "Use a proper logger instead of console",
        "Use a logging library rather than console.log",
        "Replace console.log calls with the logger",
        "Remove console.log statements",
        "Avoid console output for logging",
        "No console statements",
        "Never call console.log or console.error",
    )


class ProjectLogger(_Double):
    id: ClassVar[str] = "logging/project-logger"
    phrases: ClassVar[tuple[str, ...]] = (
        "Log everything through the project logger in utils/logger.js",
        "All log output goes through the logger in utils/logger.js",
        "All logging must go through src/utils/logger.ts",
        "Import the logger from lib/logger",
        "Log only with the logger exported by config/logger.js",
        "Use the logger in core/logger.ts, never create a new logger",
        "Every log line goes through the shared logger module utils/logger",
        "Use the shared logger at lib/logging.js for log messages",
    )
    defaults: ClassVar[dict[str, str]] = {"path": "utils/logger.js"}

    @classmethod
    def parameters_of(cls, rule_text: str) -> dict[str, str] | None:
        found = PATH.search(rule_text)
        return {"path": found[0]} if found else None


class ValidationLibrary(_Double):
    id: ClassVar[str] = "validation/library"
    phrases: ClassVar[tuple[str, ...]] = (
        "Joi schemas for input validation",
        "Validate all input with Joi",
        "Use Zod for input validation",
        "Use Zod for validation",
        "Use zod for runtime validation",
        "Validate request bodies with zod schemas",
        "Validate every request body, query and params with a Joi schema",
        "Check user input against Joi schemas",
        "Request validation with class-validator",
        "Every route validates its input with yup",
        "All API inputs must be validated using zod",
        "Never accept a request body without validating it with Joi",
        "Use Joi schemas to validate user input on all endpoints",
        "Implement validation with Joi",
        "Reject requests that fail the Joi schema",
        "Input validation on every route with express-validator",
        "Never accept request data without Joi validation",
        "Incoming request data is validated with ajv before it is processed",
    )
    defaults: ClassVar[dict[str, str]] = {"library": "joi"}

    @classmethod
    def parameters_of(cls, rule_text: str) -> dict[str, str] | None:
        named = {name.lower(): name for name in LIBRARIES.findall(rule_text)}
        return {"library": next(iter(named.values()))} if len(named) == 1 else None


class Rbac(_Double):
    id: ClassVar[str] = "access/rbac"
    phrases: ClassVar[tuple[str, ...]] = (
        "RBAC must be in place",
        "Guard routes by role-based access control",
        "Use role-based access control for all protected endpoints",
        "Enforce RBAC on every privileged route",
        "Protect endpoints with RBAC",
        "Authorize every request by the role of the user",
        "Check the user's role before every privileged operation",
        "Require role checks on admin routes",
        "Never expose an admin endpoint without a role check",
        "Role-based authorization for API endpoints",
        "Restrict mutations to users with the required role or permission",
        "Implement role-based access control for users and permissions",
    )


class AuthenticatedAndRateLimited(_Double):
    id: ClassVar[str] = "access/authenticated-and-rate-limited"
    phrases: ClassVar[tuple[str, ...]] = (
        "Never publish APIs without authentication and rate limiting",
        "Never expose an endpoint that lacks authentication or rate limiting",
        "Every endpoint must have authentication and rate limiting",
        "All API endpoints require authentication and a rate limiter",
        "Add rate limiting and authentication to all routes",
        "Protect every route with authentication and a rate limiter",
        "Endpoints must be authenticated and rate-limited",
        "No unauthenticated or unthrottled endpoints",
        "Secure every API with authentication middleware and rate limits",
        "Do not expose routes without auth and throttling",
        "Require authentication and rate limiting for every public API",
    )


DOUBLES: dict[str, Check] = {
    check.id: check
    for check in (NoConsole(), ProjectLogger(), ValidationLibrary(), Rbac(), AuthenticatedAndRateLimited())
}
