"""The validation libraries of the JavaScript world: how code reaches them and how a failure shows."""

from __future__ import annotations

import re
from dataclasses import field
from enum import Enum

from harness.response.record import record

__all__ = ["ADAPTERS", "LIBRARIES", "Form", "Library", "display_name", "library_named", "library_of_module"]


class Form(Enum):
    """How a call tells that the input is invalid."""

    ERROR = "error"  # a result whose `error` is set
    SUCCESS = "success"  # a result whose `success` is false
    BOOLEAN = "boolean"  # false
    LIST = "list"  # a list of errors that is not empty
    PAIR = "pair"  # `[error, value]`
    THROWS = "throws"
    REJECTS = "rejects"
    REJECTS_FALSE = "rejects-false"  # a promise of false
    REJECTS_LIST = "rejects-list"  # a promise of a list of errors
    COLLECTOR = "collector"  # an object with `isEmpty()`


@record
class Library:
    """One library.

    ``methods`` gives the form of each call that validates; ``data_second`` are those whose data is the
    second argument. ``names`` are what excerpts without imports call the library.
    """

    name: str
    modules: frozenset[str]
    methods: dict[str, Form]
    data_second: frozenset[str] = frozenset()
    names: frozenset[str] = field(default_factory=frozenset)


_JOI = Library(
    "joi",
    frozenset(
        {"joi", "@hapi/joi", "celebrate", "joi-browser", "@joi/date", "joi-password", "@commercetools/joi"}
    ),
    {
        "validate": Form.ERROR,
        "validateAsync": Form.REJECTS,
        "attempt": Form.THROWS,
        "assert": Form.THROWS,
    },
    names=frozenset({"Joi", "joi", "JOI"}),
)
_ZOD = Library(
    "zod",
    frozenset({"zod", "zod/v3", "zod/v4", "zod/mini", "@hono/zod-openapi"}),
    {
        "parse": Form.THROWS,
        "parseAsync": Form.REJECTS,
        "safeParse": Form.SUCCESS,
        "safeParseAsync": Form.SUCCESS,
        "spa": Form.SUCCESS,
    },
    names=frozenset({"z", "zod"}),
)
_YUP = Library(
    "yup",
    frozenset({"yup"}),
    {
        "validate": Form.REJECTS,
        "validateSync": Form.THROWS,
        "validateAt": Form.REJECTS,
        "validateSyncAt": Form.THROWS,
        "isValid": Form.REJECTS_FALSE,
        "isValidSync": Form.BOOLEAN,
    },
    names=frozenset({"yup", "Yup"}),
)
_AJV = Library(
    "ajv",
    frozenset({"ajv", "ajv/dist/2019", "ajv/dist/2020", "ajv/dist/jtd"}),
    {"validate": Form.BOOLEAN, "compile": Form.BOOLEAN, "getSchema": Form.BOOLEAN},
    frozenset({"validate"}),
    frozenset({"Ajv", "ajv"}),
)
_EXPRESS_VALIDATOR = Library(
    "express-validator",
    frozenset({"express-validator", "express-validator/check"}),
    {"validationResult": Form.COLLECTOR},
)
_CLASS_VALIDATOR = Library(
    "class-validator",
    frozenset({"class-validator"}),
    {
        "validate": Form.REJECTS_LIST,
        "validateSync": Form.LIST,
        "validateOrReject": Form.REJECTS,
    },
)
_VALIBOT = Library(
    "valibot",
    frozenset({"valibot"}),
    {
        "parse": Form.THROWS,
        "parseAsync": Form.REJECTS,
        "safeParse": Form.SUCCESS,
        "safeParseAsync": Form.SUCCESS,
        "is": Form.BOOLEAN,
        "assert": Form.THROWS,
    },
    frozenset({"parse", "parseAsync", "safeParse", "safeParseAsync", "is", "assert"}),
)
_SUPERSTRUCT = Library(
    "superstruct",
    frozenset({"superstruct"}),
    {
        "assert": Form.THROWS,
        "create": Form.THROWS,
        "mask": Form.THROWS,
        "is": Form.BOOLEAN,
        "validate": Form.PAIR,
    },
)
_OTHERS = tuple(
    Library(
        name, frozenset({name, *more}), {"validate": Form.ERROR, "check": Form.ERROR, "parse": Form.THROWS}
    )
    for name, more in {
        "fastest-validator": (),
        "validatorjs": (),
        "@vinejs/vine": (),
        "io-ts": (),
        "runtypes": (),
        "arktype": (),
        "jsonschema": (),
        "typebox": ("@sinclair/typebox", "@sinclair/typebox/value"),
        "express-openapi-validator": (),
        "indicative": ("indicative/validator",),
        "typia": (),
    }.items()
)

LIBRARIES = {
    library.name: library
    for library in (
        _JOI,
        _ZOD,
        _YUP,
        _AJV,
        _EXPRESS_VALIDATOR,
        _CLASS_VALIDATOR,
        _VALIBOT,
        _SUPERSTRUCT,
        *_OTHERS,
    )
}
_BY_MODULE = {module: library for library in LIBRARIES.values() for module in library.modules}

# Packages whose middleware applies a library's schemas and answers by itself.
ADAPTERS = {
    "celebrate": "joi",
    "express-validation": "joi",
    "express-joi-validation": "joi",
    "express-joi-validator": "joi",
    "@escook/express-joi": "joi",
    "express-joi": "joi",
    "joi-express": "joi",
    "express-joi-middleware": "joi",
    "koa-joi-router": "joi",
    "nestjs-joi": "joi",
    "zod-express-middleware": "zod",
    "express-zod-safe": "zod",
    "express-zod-api": "zod",
    "zod-express": "zod",
    "nestjs-zod": "zod",
    "express-yup": "yup",
    "express-json-validator-middleware": "ajv",
    "express-jsonschema": "ajv",
    "class-validator-express": "class-validator",
    "express-openapi-validator": "express-openapi-validator",
}

_DISPLAY = {"joi": "Joi"}
_WORDS = tuple(
    (re.compile(rf"(?<![\w@/-]){re.escape(word)}(?![\w-])", re.IGNORECASE), name)
    for word, name in (
        *((name, name) for name in LIBRARIES),
        ("@hapi/joi", "joi"),
        ("celebrate", "joi"),
        ("expressvalidator", "express-validator"),
        ("express validator", "express-validator"),
        ("class validator", "class-validator"),
        ("vine", "@vinejs/vine"),
        ("vinejs", "@vinejs/vine"),
        ("@sinclair/typebox", "typebox"),
    )
)


def library_of_module(specifier: str) -> Library | None:
    """Return the library that a module specifier belongs to."""
    return _BY_MODULE.get(specifier)


def library_named(words: str) -> str | None:
    """Return the first library that a text names, spelled as in ``LIBRARIES``, else ``None``."""
    found = [
        (match.start(), name) for pattern, name in _WORDS if (match := pattern.search(words)) is not None
    ]
    return min(found)[1] if found else None


def display_name(library: str) -> str:
    """Return the name as its makers write it."""
    return _DISPLAY.get(library, library)
