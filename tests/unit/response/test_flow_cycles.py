"""Modules that give on what others gave them are followed to an end, however many and in a circle."""

from __future__ import annotations

from harness.checks.base import Exchange
from harness.checks.injection.sanitised import Sanitised
from harness.core.types import Mode, Outcome
from harness.response.parse import parse_files

MODULES = 80
MAIN = """\
import { run } from './m0.js';
import db from './db.js';
export async function go(req) {
  return db.query('SELECT ' + run(req.body.x));
}
"""


def test_modules_that_export_all_of_each_other_end() -> None:
    """As the barrel files of a large project do."""
    pass_on = "import {{ run }} from './{0}';\nexport * from './{0}';\n"
    files = [(f"m{n}.js", pass_on.format(f"m{(n + 1) % MODULES}.js")) for n in range(MODULES)]
    exchange = Exchange((), (), parse_files([*files, ("main.js", MAIN)]), mode=Mode.ANALOGUE)
    assert Sanitised().decide(exchange).outcome is not Outcome.ERROR
