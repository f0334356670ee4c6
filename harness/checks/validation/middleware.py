"""Middleware whose code is not shown: made by a package, given a shown schema, or only named."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from harness.checks.validation.libraries import ADAPTERS
from harness.checks.validation.schemas import Schemas
from harness.checks.validation.terms import Bound, strings_of
from harness.response.javascript.modules import is_local_specifier
from harness.response.javascript.syntax import callee_of, written_names
from harness.response.javascript.values import CallValue, Module, Value, names_towards, origin_of

__all__ = ["Middleware"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_VALIDATING = frozenset(
    "validate validates validation validations validator validators valid schema schemas joi dto".split()
)
_SOURCE_OF_WORD = {
    "body": "body",
    "payload": "body",
    "query": "query",
    "querystring": "query",
    "params": "params",
    "param": "params",
    "parameters": "params",
}


class Middleware:
    """Recognises middleware that applies a schema."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.evaluator = schemas.evaluator

    def applied(self, term: Bound, value: CallValue) -> tuple[str, tuple[str, ...]] | None:
        """Return library and sources of a middleware that a known package makes."""
        origin = origin_of(value)
        if origin is None:
            return None
        module, path = origin
        if module in ADAPTERS and path[-1:] not in {("errors",), ("isCelebrateError",)}:
            return ADAPTERS[module], self.sources(term, value)
        if module == "express-validator" and "validationResult" not in path:
            return "express-validator", self._chain_sources(path)
        return None

    @staticmethod
    def _chain_sources(path: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_SOURCE_OF_WORD[name] for name in path[:1] if name in _SOURCE_OF_WORD)

    def guessed(self, term: Bound, label: SgNode | None) -> tuple[str, tuple[str, ...], str] | None:
        """Judge a middleware that is not shown: its schema where that is shown, else only its name.

        Returns:
            The library (empty: unknown), the sources it seems to look at, and its name; ``None`` when
            nothing suggests that it validates.
        """
        value = term.value
        if isinstance(value, CallValue):
            library = self._first_argument_library(term, value)
            if library:
                return library, self.sources(term, value), _spelled(value.node)
        name = _spelled(label) if label is not None else ""
        words = {word.lower() for word in _WORD.findall(f"{name} {_names_of(value)}")}
        if not words & _VALIDATING:
            return None
        sources = self.sources(term, value) if isinstance(value, CallValue) else _sources_of_words(words)
        return "", sources, name

    def _first_argument_library(self, term: Bound, value: CallValue) -> str:
        arguments = self.evaluator.arguments(value.node, value.unit, term.env)
        for terms in arguments:
            self.schemas.note(terms)
        return next((found for terms in arguments if (found := self.schemas.first(terms))), "")

    def sources(self, term: Bound, value: CallValue) -> tuple[str, ...]:
        """Return which parts of a request a middleware looks at, as its arguments or its name say.

        Empty where nothing says it.
        """
        found: list[str] = []
        for argument in self.evaluator.arguments(value.node, value.unit, term.env):
            found += self.schemas.keys(argument) or ()
            strings = strings_of(argument)
            found += [_SOURCE_OF_WORD[text.lower()] for text in strings if text.lower() in _SOURCE_OF_WORD]
        if found:
            return tuple(dict.fromkeys(found))
        callee = callee_of(value.node)
        words = {word.lower() for word in _WORD.findall("" if callee is None else _spelled(callee))}
        return _sources_of_words(words)


def _sources_of_words(words: set[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_SOURCE_OF_WORD[word] for word in sorted(words) if word in _SOURCE_OF_WORD))


def _spelled(node: SgNode) -> str:
    """Return the name that a middleware is written with: the last two parts of its path."""
    return ".".join(written_names(node))


def _names_of(value: Value) -> str:
    names, root = names_towards(value)
    if isinstance(root, Module) and is_local_specifier(root.specifier):
        names.append(root.specifier.rsplit("/", 1)[-1])
    return " ".join(names)
