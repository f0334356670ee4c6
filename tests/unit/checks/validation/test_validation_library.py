"""The library that a rule names, and answers that end early or are too large."""

from __future__ import annotations

import pytest

from harness.checks.base import Exchange
from harness.checks.validation.library import ValidationLibrary
from harness.core.types import Decision, Outcome
from harness.response.parse import parse_response

CHECK = ValidationLibrary()
ROUTE = "const app = require('express')();\napp.post('/x', (req, res) => res.json(save(req.body)));\n"


def decide(text: str, *, truncated: bool = False) -> Decision:
    return CHECK.decide(
        Exchange((), (), parse_response(text), parameters={"library": "joi"}, truncated=truncated)
    )


@pytest.mark.parametrize(
    ("words", "library"),
    [
        ("Implement proper input validation with Joi schemas", "joi"),
        ("Validate everything with ZOD", "zod"),
        ("Request DTOs use class-validator", "class-validator"),
        ("Use express-validator on every route", "express-validator"),
        ("Validate with @hapi/joi", "joi"),
    ],
)
def test_the_library_is_taken_from_the_rule(words: str, library: str) -> None:
    """The first library that the rule names becomes the parameter."""
    assert CHECK.parameters_of(words) == {"library": library}


@pytest.mark.parametrize("words", ["Validate all input", "Join tables on keys", "Use a super-joi-like tool"])
def test_a_rule_without_a_library_does_not_fit(words: str) -> None:
    """Without a library that is known, the check has nothing to demand."""
    assert CHECK.parameters_of(words) is None


def test_a_lack_in_a_truncated_answer_is_open() -> None:
    """What stands after the cut could have validated."""
    assert decide(f"```js\n{ROUTE}").outcome is Outcome.UNDECIDED


def test_a_fault_in_a_truncated_answer_is_a_violation() -> None:
    """An error that is never tested stays so, whatever comes after."""
    handler = "(req, res) => { s.validate(req.body); save(req.body); }"
    fault = f"const s = Joi.object({{}});\napp.post('/y', {handler});\n"
    text = f"```js\nconst Joi = require('joi');\n{ROUTE}{fault}```\n\n```js\nconst z ="
    assert [finding.message for finding in decide(text).findings] == [
        "POST /y: the Joi error is never tested"
    ]


def test_a_truncated_answer_in_another_language_is_not_judged() -> None:
    """A cut inside PHP hides no JavaScript."""
    assert decide("```php\n<?php\nfunction f(", truncated=True).outcome is Outcome.NOT_APPLICABLE


def test_a_counter_example_is_not_judged() -> None:
    """A route that is shown as wrong is no route of the answer."""
    assert decide(f"❌ Bad:\n\n```js\n{ROUTE}```\n").outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "code",
    [
        "app.post('/x', (req, res) => f(" + "(" * 3000 + "req.body" + ")" * 3000 + "));",
        "app.post('/x', (req, res) => {" + "(() => {" * 400 + "save(req.body)" + "})()" * 400 + "});",
        "app.post('/x', (req, res) => {" + "if (a) {" * 1500 + "save(req.body);" + "}" * 1500 + "});",
    ],
    ids=["parentheses", "functions", "conditions"],
)
def test_deep_nesting_is_decided(code: str) -> None:
    """Depth is bounded by memory, not by recursion."""
    assert decide(f"```js\nconst app = require('express')();\n{code}\n```\n").outcome is Outcome.FAIL


def test_functions_that_call_each_other_end() -> None:
    """Recursion in the judged program is followed once."""
    code = "function a(d) { return b(d); }\nfunction b(d) { return a(d); }\n"
    route = "app.post('/x', (req, res) => { a(req.body); b(req); res.end(); });\n"
    text = f"```js\nconst app = require('express')();\n{code}{route}```\n"
    assert decide(text).outcome is Outcome.FAIL
