"""Filters of MongoDB behind routes that validate: what a schema lets be no object holds no operators."""

from __future__ import annotations

import pytest

from harness.checks.base import Exchange
from harness.checks.injection.sanitised import Sanitised
from harness.core.types import Outcome
from harness.response.parse import parse_files

VALIDATE = """
const Joi = require('joi');
const pick = require('../utils/pick');
module.exports = (schema) => (req, res, next) => {
  const wanted = pick(schema, ['params', 'query', 'body']);
  const { value, error } = Joi.compile(wanted).validate(pick(req, Object.keys(wanted)));
  if (error) return next(new ApiError(400, error.message));
  Object.assign(req, value);
  return next();
};
"""
SCHEMAS = """
const Joi = require('joi');
const body = Joi.object().keys({ email: Joi.string().required(), password: Joi.string() });
module.exports.login = { body };
"""
SERVICE = """
const User = require('../models/user');
module.exports.byEmail = (email) => User.findOne({ email });
"""
MODEL = """
const mongoose = require('mongoose');
module.exports = mongoose.model('User', new mongoose.Schema({ email: String }));
"""
CONTROLLER = """
const users = require('../services/users');
const catchAsync = (fn) => (req, res, next) => Promise.resolve(fn(req, res, next)).catch(next);
exports.login = catchAsync(async (req, res) => {
  const { email } = req.body;
  res.json(await users.byEmail(email));
});
"""
ROUTES = """
const express = require('express');
const validate = require('../middleware/validate');
const schemas = require('../validations/auth');
const controller = require('../controllers/auth');
const router = express.Router();
router.post('/login', validate(schemas.login), controller.login);
module.exports = router;
"""
FILES = {
    "src/middleware/validate.js": VALIDATE,
    "src/validations/auth.js": SCHEMAS,
    "src/services/users.js": SERVICE,
    "src/models/user.js": MODEL,
    "src/controllers/auth.js": CONTROLLER,
    "src/routes/auth.js": ROUTES,
}


def outcome_with(path: str = "", old: str = "", new: str = "") -> Outcome:
    """Decide the project with one change."""
    files = dict(FILES)
    if path:
        assert old in files[path]
        files[path] = files[path].replace(old, new)
    return Sanitised().decide(Exchange((), (), parse_files(files.items()))).outcome


def test_what_a_wrapper_of_another_file_validates_is_no_object() -> None:
    """The schema says that it is a string, and the route applies it."""
    assert outcome_with() is Outcome.PASS


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("src/routes/auth.js", "validate(schemas.login), ", ""),
        ("src/validations/auth.js", "email: Joi.string().required()", "email: Joi.any()"),
        ("src/validations/auth.js", "email: Joi.string().required()", "email: Joi.object()"),
        ("src/validations/auth.js", "email:", "mail:"),
        ("src/middleware/validate.js", "if (error) return next(new ApiError(400, error.message));", ""),
    ],
)
def test_without_what_keeps_objects_out_it_fails(path: str, old: str, new: str) -> None:
    """No middleware, a schema that lets anything or another field through, a fault that nobody looks at."""
    assert outcome_with(path, old, new) is Outcome.FAIL


def test_a_second_route_without_the_schema_lets_objects_in() -> None:
    """The same handler answers both."""
    second = "router.post('/signin', controller.login);\nmodule.exports"
    assert outcome_with("src/routes/auth.js", "module.exports", second) is Outcome.FAIL


def test_what_express_validator_tests_is_no_object() -> None:
    """A chain, and a handler that looks at its result."""
    chain = (
        "body('email').isEmail(), (req, res, next) => "
        "validationResult(req).isEmpty() ? next() : res.sendStatus(400)"
    )
    imports = "const { body, validationResult } = require('express-validator');\nconst express"
    files = {**FILES, "src/validations/auth.js": ""}
    routes = files["src/routes/auth.js"].replace("validate(schemas.login)", chain)
    files["src/routes/auth.js"] = routes.replace("const express", imports, 1)
    assert Sanitised().decide(Exchange((), (), parse_files(files.items()))).outcome is Outcome.PASS
