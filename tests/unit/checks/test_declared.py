"""Declarative checks: what they decide, and where they say that they cannot."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from declared_doubles import MOMENT, decided, made

from harness.checks.own import examples_of
from harness.checks.verify import problems_of
from harness.core.types import Outcome, Severity, SuppliedFile
from harness.response.parse import parse_response

IMPORT = "const moment = require('moment');"
AWAIT = MOMENT.replace(
    "  pattern: const $NAME = require($MODULE)\n",
    "  kind: call_expression\n  inside: {kind: for_statement, stopBy: end}\n",
).replace("constraints:\n  MODULE: {regex: moment}\n", "")
REQUIRE = """\
id: team/helmet
rule: An Express app uses helmet.
phrases: [Always use helmet]
languages: javascript
message: the app of this answer never uses helmet
applies_when: {pattern: express()}
require: {pattern: helmet($$$)}
examples:
  good: [{title: used, response: "```js\\nconst app = express(); app.use(helmet());\\n```"}]
  bad:
    - title: missing
      response: "```js\\nconst app = express();\\n```"
      findings: [{line: 2, words: never uses helmet}]
"""


def block(code: str, language: str = "js") -> str:
    return f"```{language}\n{code}\n```\n"


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (block(IMPORT), Outcome.FAIL),
        (block(IMPORT, "ts"), Outcome.FAIL),
        (block("let a;"), Outcome.PASS),
        (block("x = 1", "python"), Outcome.NOT_APPLICABLE),
        ("Never write `require('moment')`.", Outcome.NOT_APPLICABLE),
        (f"Wrong, do not write this:\n\n{block(IMPORT)}", Outcome.NOT_APPLICABLE),
        (f"```js\n// src/a.test.js\n{IMPORT}\ndescribe('a', () => {{}});\n```", Outcome.NOT_APPLICABLE),
        (block(f"// ❌ Bad\n{IMPORT}\n\n// ✅ Good\nlet a;"), Outcome.PASS),
        ("```js\nlet a;\n", Outcome.UNDECIDED),
        (f"```js\n{IMPORT}\nlet a", Outcome.UNDECIDED),
        (f"{block(IMPORT)}\n```js\nlet a", Outcome.FAIL),
    ],
    ids=[
        "broken",
        "typescript",
        "kept",
        "python",
        "prose",
        "counter-example",
        "test",
        "lines shown as wrong",
        "cut off",
        "broken where it was cut off",
        "broken before",
    ],
)
def test_a_response_is_decided(tmp_path: Path, response: str, outcome: Outcome) -> None:
    """Only what the answer wants to run counts."""
    assert decided(made(tmp_path), response).outcome is outcome


def test_a_finding_has_the_place_and_the_value_of_a_variable(tmp_path: Path) -> None:
    """The message says what stands there."""
    (finding,) = decided(made(tmp_path), f"Hello\n\n{block('let a;' + chr(10) + '  ' + IMPORT)}").findings
    assert (finding.line, finding.column, finding.message) == (
        5,
        3,
        "moment is imported as moment; use date-fns",
    )


def test_a_value_in_a_message_is_bounded(tmp_path: Path) -> None:
    """Names come from a model."""
    (finding,) = decided(made(tmp_path), block(f"const {'m' * 500} = require('moment');")).findings
    assert len(finding.message) < 150


def test_supplied_files_are_not_held_against_the_answer(tmp_path: Path) -> None:
    """They are the user's."""
    from harness.checks.base import Exchange

    files = (SuppliedFile("src/a.js", IMPORT),)
    exchange = Exchange((), files, parse_response(block("let a;"), supplied=files))
    assert made(tmp_path).decide(exchange).outcome is Outcome.PASS


def test_an_answer_that_ends_behind_its_code_is_decided(tmp_path: Path) -> None:
    """Only prose is missing."""
    assert decided(made(tmp_path), block("let a;"), truncated=True).outcome is Outcome.PASS


def test_a_sound_pass_needs_code_that_parses(tmp_path: Path) -> None:
    """Where `soundness: both` is claimed."""
    sound = MOMENT.replace("message:", "soundness: both\nmessage:")
    assert decided(made(tmp_path, sound), block("let a = ...;")).outcome is Outcome.UNDECIDED


def test_a_pattern_may_be_more_tolerant_than_the_language(tmp_path: Path) -> None:
    """A module's name is a string, and a variable of a pattern stands for it all the same."""
    check = made(tmp_path, MOMENT.replace("const $NAME = require($MODULE)", "import $NAME from $MODULE"))
    assert decided(check, block('import m from "moment";')).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("const app = express();", Outcome.FAIL),
        ("const app = express();\napp.use(helmet());", Outcome.PASS),
        ("let a;", Outcome.NOT_APPLICABLE),
    ],
)
def test_what_is_required_must_be_somewhere(tmp_path: Path, code: str, outcome: Outcome) -> None:
    """Once the rule applies."""
    assert decided(made(tmp_path, REQUIRE), block(code)).outcome is outcome


def test_what_is_required_may_stand_in_another_block(tmp_path: Path) -> None:
    """All blocks are one answer."""
    response = block("const app = express();") + "\n" + block("app.use(helmet());")
    assert decided(made(tmp_path, REQUIRE), response).outcome is Outcome.PASS


def test_what_is_required_may_have_been_cut_off(tmp_path: Path) -> None:
    """Nobody knows what would have come."""
    assert (
        decided(made(tmp_path, REQUIRE), block("const app = express();"), truncated=True).outcome
        is Outcome.UNDECIDED
    )


def test_php_needs_no_opening_tag(tmp_path: Path) -> None:
    """Answers leave it out; lines stay those of the answer."""
    text = MOMENT.replace("[javascript, typescript]", "php").replace(
        "const $NAME = require($MODULE)", "md5($NAME)"
    )
    text = text.replace("constraints:\n  MODULE: {regex: moment}\n", "")
    (finding,) = decided(made(tmp_path, text), block("$a = 1;\n$b = md5($a);", "php")).findings
    assert (finding.line, finding.end_line) == (3, 3)


@pytest.mark.parametrize(
    "code", ["[" * 10_000 + "]" * 10_000, "f(" * 5_000 + ")" * 5_000, "a" + ".b()" * 10_000]
)
def test_deep_nesting_is_undecided_at_once(tmp_path: Path, code: str) -> None:
    """A search up the tree from each node would take minutes."""
    begin = time.monotonic()
    assert decided(made(tmp_path, AWAIT), block(code)).outcome is Outcome.UNDECIDED
    assert time.monotonic() - begin < 60  # a hang is what is meant, not a time


def test_the_class_is_like_any_other(tmp_path: Path) -> None:
    """Binding, reports and the page of the checks see no difference."""
    check = made(tmp_path, MOMENT.replace("message:", "version: 3\nseverity: minor\nmessage:"))
    assert (check.id, check.version, check.severity, check.phrases) == (
        "team/no-moment",
        3,
        Severity.MINOR,
        ("Never use moment",),
    )
    assert type(check).__doc__ == "moment is in maintenance mode; new code uses date-fns."


def test_right_examples_have_no_problem(tmp_path: Path) -> None:
    """One good, one bad, one to skip."""
    check = made(tmp_path)
    assert [list(problems_of(check, example)) for example in examples_of(check)] == [[], [], []]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("require('date-fns')", "require('moment')", "must be pass, and is"),
        ("const moment = require('moment');", "let a;", "must be fail, and is pass: no violation seen"),
        ("line: 2", "line: 3", "no finding on line 3 of the response with the words 'imported as moment'"),
        (
            "words: imported as moment",
            "words: luxon",
            "no finding on line 2 of the response with the words 'luxon'",
        ),
        ("response: Hello", 'response: "```js\\nlet a;\\n```"', "must be not_applicable, and is pass"),
    ],
)
def test_a_wrong_example_is_told(tmp_path: Path, old: str, new: str, problem: str) -> None:
    """What it states, and what comes out."""
    assert old in MOMENT
    check = made(tmp_path, MOMENT.replace(old, new))
    problems = [said for example in examples_of(check) for said in problems_of(check, example)]
    assert problems[0].startswith(problem)


def test_an_example_knows_its_line(tmp_path: Path) -> None:
    """``file:line`` of the entry."""
    check = made(tmp_path)
    assert [example.place.rpartition(":")[2] for example in examples_of(check)] == ["12", "18", "25"]
