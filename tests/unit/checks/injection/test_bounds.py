"""Whatever a block holds, the analysis ends with a decision."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks.base import Exchange
from harness.checks.injection.sanitised import Sanitised
from harness.core.types import Decision, Outcome
from harness.response.parse import parse_response, parse_source

QUERY = "db.query('SELECT * FROM t WHERE a = ' + {})\n"


def decide(text: str, path: str) -> Decision:
    return Sanitised().decide(Exchange((), (), parse_source(text, path)))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (QUERY.format("f(" * 10_000 + "x" + ")" * 10_000), "a.js"),
        ("if (a) { " * 3_000 + QUERY.format("b") + "}" * 3_000, "a.js"),
        ("cur.execute(" + "f(" * 10_000 + "x" + ")" * 10_000 + ")", "a.py"),
    ],
)
def test_what_is_nested_too_deeply_is_no_pass(text: str, path: str) -> None:
    """What was not followed may break the rule."""
    assert decide(text, path).outcome is Outcome.UNDECIDED


def test_a_long_sum_is_followed_to_its_end() -> None:
    """Operands are read in a row, not one in another."""
    text = "const s = 'SELECT * FROM t WHERE a = '" + " + 'x'" * 1_500 + " + b;\ndb.query(s);"
    assert decide(text, "a.js").outcome is Outcome.FAIL


def test_functions_that_call_each_other_end() -> None:
    """What passes through a recursion is in doubt."""
    text = (
        "def a(x):\n    return b(x)\n\ndef b(x):\n    return a(x) + x\n\n"
        "def f(cur, y):\n    cur.execute('SELECT * FROM t WHERE x = ' + a(y))\n"
    )
    assert decide(text, "a.py").outcome in {Outcome.FAIL, Outcome.UNDECIDED}


def test_a_row_of_callers_is_linear() -> None:
    """Two thousand functions, each calling the next one twice."""
    rows = [f"def f{i}(x):\n    return f{i + 1}(x) + f{i + 1}(x)\n" for i in range(2_000)]
    text = "".join(rows) + "def f2000(x):\n    return x\n\ndef g(c, y):\n    c.execute('SELECT ' + f0(y))\n"
    assert decide(text, "a.py").outcome is not Outcome.ERROR


def test_every_block_of_a_long_answer_is_judged() -> None:
    """A thousand blocks, a thousand findings."""
    answer = "\n".join(f"```js\n{QUERY.format(f'x{number}')}```\n" for number in range(1_000))
    decision = Sanitised().decide(Exchange((), (), parse_response(answer)))
    assert len(decision.findings) == 1_000


_WORDS = st.sampled_from(
    "db.query( ' \" ` ${ } { ) ( [ ] + = => x y SELECT * FROM t WHERE a if else for return function def : \n "
    'in not f" % .format( $x -> :: class this.self. await const let , ; ?? ? .map( .join( ... lambda try: '
    "except <?php".split(" ")
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_WORDS, max_size=60), st.sampled_from(["a.js", "a.ts", "a.py", "a.php"]))
def test_any_text_gets_a_decision(words: list[str], path: str) -> None:
    """Broken programs as well."""
    text = " ".join(words)
    if path == "a.php":
        text = f"<?php {text}"
    assert isinstance(decide(text, path), Decision)
