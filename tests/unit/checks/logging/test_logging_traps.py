"""Answers in many styles, labelled from the words of the two rules before the checks saw them.

``traps.txt`` holds them: a line ``=== <no-console> <project-logger> | <title>``, then the answer.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.checks.base import Check, Exchange
from harness.checks.logging.no_console import NoConsole
from harness.checks.logging.project_logger import ProjectLogger
from harness.core.types import SuppliedFile
from harness.response.parse import parse_response

CHECKS: tuple[Check, ...] = (NoConsole(), ProjectLogger())
TRAPS = []
for part in Path(__file__).with_name("traps.txt").read_text("utf-8").split("\n=== "):
    head, _, answer = part.removeprefix("=== ").partition("\n")
    outcomes, _, title = head.partition("|")
    TRAPS += [
        pytest.param(check, answer, outcome, id=f"{check.id}: {title.strip()}")
        for check, outcome in zip(CHECKS, outcomes.split(), strict=True)
    ]


def outcome_of(check: Check, answer: str, **parameters: str) -> str:
    exchange = Exchange((), (), parse_response(answer), parameters={**check.defaults, **parameters})
    return check.decide(exchange).outcome.value


@pytest.mark.parametrize(("check", "answer", "outcome"), TRAPS)
def test_a_trap_is_decided_as_labelled(check: Check, answer: str, outcome: str) -> None:
    assert outcome_of(check, answer) == outcome


@pytest.mark.parametrize(
    ("rule", "library"),
    [
        ("NEVER: Use console.log/error/warn - ONLY use proper winston logger", "winston"),
        ("Never use console.log; always log through pino", "pino"),
        ("No console statements in production code", ""),
        ("Do not use console.log; winston only", "winston"),
        ("Never use pino, use winston", "winston"),
        ("Use winston instead of pino or console.log", "winston"),
        ("Avoid pino and bunyan; log with winston", "winston"),
        ("Replace console.log with the Winston logger", "winston"),
        ("Do not debug with console.log", ""),
        ("Logging through console.log; a properly set-up winston logger is the only accepted way", "winston"),
    ],
)
def test_the_library_is_taken_from_the_rule(rule: str, library: str) -> None:
    assert NoConsole.parameters_of(rule) == {"library": library}


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("Use existing logger from utils/logger.js for ALL logging", "utils/logger.js"),
        ("Import the logger from `src/lib/log.ts`", "src/lib/log.ts"),
        ("Always log through @/utils/logger", "@/utils/logger"),
        ("Log with ./config/winston.js only", "config/winston.js"),
        ("All log lines go through src/core/appLogger.ts.", "src/core/appLogger.ts"),
        ("Use lib/logger for everything", "lib/logger"),
        ("Use the shared logger", None),
        ("Log error/warn/log levels consistently", None),
        ("Set up monitoring/logging for each service", None),
        ("Keep the blog/catalog.js file short", None),
        ("Never use console.log/error/warn", None),
    ],
)
def test_the_path_is_taken_from_the_rule(rule: str, path: str | None) -> None:
    assert ProjectLogger.parameters_of(rule) == (None if path is None else {"path": path})


@pytest.mark.parametrize(
    ("specifier", "path", "outcome"),
    [
        ("../../lib/log", "src/lib/log.ts", "pass"),
        ("@/lib/log", "src/lib/log.ts", "pass"),
        ("@/utils/logger", "@/utils/logger", "pass"),
        ("../lib/logger", "lib/logger", "pass"),
        ("../lib/log", "utils/logger.js", "fail"),
        ("../otherutils/logger", "utils/logger.js", "fail"),
        ("#logger", "utils/logger.js", "undecided"),
    ],
)
def test_an_import_is_compared_with_the_demanded_path(specifier: str, path: str, outcome: str) -> None:
    answer = f"```js\nimport log from '{specifier}';\nlog.info('x');\n```\n"
    assert outcome_of(ProjectLogger(), answer, path=path) == outcome


def test_a_supplied_logger_that_wraps_the_console_is_not_held_against_the_answer() -> None:
    supplied = (SuppliedFile("src/utils/logger.js", "module.exports = { info: (m) => console.log(m) };"),)
    program = parse_response(
        "```js\n// src/a.js\nconst logger = require('./utils/logger');\nlogger.info('x');\n```\n",
        supplied=supplied,
    )
    outcomes = [check.decide(Exchange((), supplied, program)).outcome.value for check in CHECKS]
    assert outcomes == ["pass", "pass"]


def test_a_violation_in_a_complete_block_stands_when_a_later_block_is_cut_off() -> None:
    answer = "```js\nconsole.log(1);\n```\n\n```js\nconst a = requ"
    assert outcome_of(NoConsole(), answer) == "fail"


def test_more_findings_than_anybody_reads_are_counted_but_not_listed() -> None:
    program = parse_response("```js\n" + "console.log(1);\n" * 600 + "```\n")
    decision = NoConsole().decide(Exchange((), (), program))
    assert (len(decision.findings), decision.reason) == (500, "uses the console: console.log and 599 more")
