"""Blocks that lean on each other in a circle are resolved to what is known, and the search ends."""

from __future__ import annotations

from harness.checks.base import Exchange
from harness.checks.validation.library import ValidationLibrary
from harness.core.types import Message, Outcome, Role
from harness.response.parse import parse_response

# The arrow function is left open, as in an answer that was cut off.
ANSWER = """\
```js
const validate = require('../middleware/validate');
const logger = require('../utils/logger');
const validate = (schema) => (req, res, next) => {
    req.validationErrors = error.details.map((detail) => detail.message);
    logger.warn('validation failed', { path: req.path, count: req.validationErrors.length });
module.exports = validate;
"""


def test_a_name_that_is_imported_declared_and_exported_ends() -> None:
    exchange = Exchange((Message(Role.USER, "Write it."),), (), parse_response(ANSWER))
    assert ValidationLibrary().decide(exchange).outcome is not Outcome.ERROR
