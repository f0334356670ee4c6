"""What the static checks cost, as ratios to the bare parse of the same blocks, measured in one run.

    python benchmarks/checks.py [--rounds N]

The answer has about 600 tokens and one block of 30 lines of Express. Every figure is the least of many
rounds, and all are taken in turns, so that a busy machine slows all of them alike. A check is charged with
what it adds when it runs alone on a fresh program whose blocks are parsed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from ast_grep_py import SgRoot

from harness.checks.base import Check, Exchange
from harness.checks.registry import all_checks
from harness.response.parse import parse_response
from harness.response.program import Program

CODE = """\
const express = require('express');
const Joi = require('joi');
const logger = require('../utils/logger');
const { authenticate, authorize } = require('../middleware/auth');
const limiter = require('../middleware/limiter');
const users = require('../services/users');

const router = express.Router();

const createUser = Joi.object({
  email: Joi.string().email().required(),
  name: Joi.string().min(2).max(100).required(),
  role: Joi.string().valid('user', 'admin').default('user'),
});

router.post('/users', limiter, authenticate, authorize('admin'), async (req, res, next) => {
  const { error, value } = createUser.validate(req.body, { abortEarly: false });
  if (error) {
    return res.status(400).json({ error: error.details.map((detail) => detail.message) });
  }
  try {
    const user = await users.create(value);
    logger.info('user created', { id: user.id });
    return res.status(201).json({ data: user });
  } catch (err) {
    logger.error('user not created', { reason: err.message });
    return next(err);
  }
});

module.exports = router;
"""
PROSE = (
    "The route checks its input before anything touches the database, and only administrators may create "
    "accounts; the limiter keeps its counters in Redis, so that several processes share them.\n\n"
)
ANSWER = (
    f"# Create users\n\n{PROSE}## Route\n\nThis is `src/routes/users.js`:\n\n```javascript\n{CODE}```\n\n"
    f"## Notes\n\n- The unique index on `email` answers 409.\n- Roles come from the token.\n\n{PROSE * 3}"
)


def exchange_of(check: Check, program: Program) -> Exchange:
    return Exchange((), (), program, parameters=dict(check.defaults))


def read() -> Program:
    program = parse_response(ANSWER)
    if not program.units:
        raise SystemExit("the answer holds no code: nothing was measured")
    return program


def alone(check: Check) -> Callable[[], object]:
    return lambda: check.decide(exchange_of(check, read()))


def together(checks: dict[str, Check]) -> object:
    program = read()
    return [check.decide(exchange_of(check, program)) for check in checks.values()]


def least(tasks: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the least time of each task in seconds; the tasks take turns."""
    best = dict.fromkeys(tasks, float("inf"))
    for _ in range(rounds):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=300)
    arguments = parser.parse_args()
    checks = all_checks()
    tasks: dict[str, Callable[[], object]] = {
        "bare parse": lambda: SgRoot(CODE, "javascript").root(),
        "markdown, roles, names": lambda: parse_response(ANSWER),
        "blocks parsed and scoped": read,
        "all checks": lambda: together(checks),
        **{name: alone(check) for name, check in checks.items()},
    }
    best = least(tasks, arguments.rounds)
    bare, ready = best["bare parse"], best["blocks parsed and scoped"]
    lines = CODE.count("\n")
    print(f"{len(ANSWER):,} characters, {lines} lines of code; the least of {arguments.rounds} rounds")
    for name, seconds in best.items():
        added = f"  adds {(seconds - ready) / bare:5.2f} ×" if name in checks else ""
        print(f"{name:42} {seconds * 1e3:7.3f} ms {seconds / bare:6.2f} × bare parse{added}")
    if best["all checks"] > 12 * bare:
        print("all checks cost more than 12 bare parses", file=sys.stderr)


if __name__ == "__main__":
    main()
