"""Declarative checks for tests: a file that is right, and the answers it decides."""

from __future__ import annotations

from pathlib import Path

from harness.checks.base import Exchange
from harness.checks.declared import DeclaredCheck, declared_check
from harness.core.types import Decision
from harness.response.parse import parse_response

__all__ = ["MOMENT", "decided", "file_of", "made"]

MOMENT = """\
id: team/no-moment
rule: moment is in maintenance mode; new code uses date-fns.
phrases: [Never use moment]
languages: [javascript, typescript]
message: moment is imported as $NAME; use date-fns
fail_when:
  pattern: const $NAME = require($MODULE)
constraints:
  MODULE: {regex: moment}
examples:
  good:
    - title: date-fns
      response: |
        ```js
        const { format } = require('date-fns');
        ```
  bad:
    - title: moment
      response: |
        ```js
        const moment = require('moment');
        ```
      findings: [{line: 2, words: imported as moment}]
  skip:
    - title: no code
      response: Hello
      outcome: not_applicable
"""


def file_of(folder: Path, text: str = MOMENT, name: str = "no-moment.yaml") -> Path:
    """Write a declarative check."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def made(folder: Path, text: str = MOMENT) -> DeclaredCheck:
    """Return the check of a file."""
    return declared_check(file_of(folder, text))


def decided(check: DeclaredCheck, response: str, *, truncated: bool = False) -> Decision:
    """Decide a response."""
    return check.decide(Exchange((), (), parse_response(response), truncated=truncated))
