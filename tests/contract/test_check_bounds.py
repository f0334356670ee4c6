"""Whatever a model writes: no exception leaves a check, and what is too large is undecided, not guessed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.checks.base import Exchange
from harness.checks.decide import run_check
from harness.checks.registry import all_checks
from harness.core.types import Decision, Outcome
from harness.response.parse import parse_response

GOLDEN = Path(__file__).parents[2] / "datasets/backend-architect/golden"
PIECES = (
    *"{ } ( ) [ ] ` ``` ' \" ${ => :: -> ; : \\ /* */ // # ... ?> $".split(),
    *("\n", "\x00", "\ud7ff", "async ", "await ", "def ", "class ", "<?php ", "return", "import ", "SELECT "),
)


def decided(markdown: str) -> dict[str, Decision]:
    """Run all checks on one answer."""
    program = parse_response(markdown)
    return {
        name: run_check(check, Exchange((), (), program, parameters=dict(check.defaults)))
        for name, check in all_checks().items()
    }


def crashed(decisions: dict[str, Decision]) -> list[str]:
    """Return what checks said when they crashed."""
    return [one.reason for one in decisions.values() if one.outcome is Outcome.ERROR]


@lru_cache(maxsize=1)
def answers() -> tuple[str, ...]:
    """Return the labelled responses of the development part, without their front matter."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.md"))]
    return tuple(text.split("\n---\n", 1)[-1] for text in texts)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Draw an answer with stretches deleted, doubled, moved, and pieces of syntax put in."""
    text = draw(st.sampled_from(answers()))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, max(0, len(text) - 1)))
        length = draw(st.sampled_from((1, 7, 40, 300)))
        kind = draw(st.sampled_from(("delete", "double", "insert", "move")))
        part = text[start : start + length]
        if kind == "delete":
            text = text[:start] + text[start + length :]
        elif kind == "double":
            text = text[:start] + part + text[start:]
        elif kind == "insert":
            text = text[:start] + draw(st.sampled_from(PIECES)) + text[start:]
        else:
            rest = text[:start] + text[start + length :]
            place = draw(st.integers(0, len(rest)))
            text = rest[:place] + part + rest[place:]
    return text


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(damaged())
def test_no_exception_leaves_a_check(markdown: str) -> None:
    """Damaged answers are decided or undecided, never an error."""
    assert crashed(decided(markdown)) == []


@pytest.mark.full
@settings(max_examples=3_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_no_exception_leaves_a_check_however_long_one_tries(markdown: str) -> None:
    """The same, for longer and with other draws each time."""
    assert crashed(decided(markdown)) == []


def fenced(language: str, text: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text}\n```\n"


QUERY = "db.query('SELECT 1 FROM t WHERE a=' + req.query.a)"
ROUTES = "\n".join(
    f"app.get('/a{number}', async (req, res) => res.json(await {QUERY}));" for number in range(9_000)
)
MODULE = "const a{0} = require('./b{0}');\napp.get('/{0}', (req, res) => res.json(a{0}));"
BUNDLE = ";".join(f"var a{number}=function(b,c){{return b?c.query('S'+b):c}}" for number in range(9_000))
ALIASES = "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]" for n in range(12))
HOSTILE = {
    "a megabyte of routes": fenced("js", ROUTES),
    "ten thousand brackets": fenced("js", "x = " + "[" * 10_000 + "]" * 10_000),
    "ten thousand brackets in Python": fenced("python", "x = " + "(" * 10_000 + "1" + ")" * 10_000),
    "ten thousand brackets in PHP": fenced("php", "$x = " + "[" * 10_000 + "]" * 10_000 + ";"),
    "five thousand joined strings": fenced("js", f"db.query({' + '.join(f'a{n}' for n in range(5_000))})"),
    "five thousand blocks": "\n".join(fenced("js", MODULE.format(number)) for number in range(5_000)),
    "a minified bundle": fenced("js", f"!function(){{{BUNDLE}}}()"),
    "aliases that multiply": fenced("yaml", f"a: &a [x,x,x,x,x,x,x,x,x]\n{ALIASES}"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_huge_is_no_error(name: str) -> None:
    """And nobody waits for ever: the time limit of the test run would say so."""
    assert crashed(decided(HOSTILE[name])) == []


def test_what_was_not_read_is_not_passed() -> None:
    """A block that is too large to be read proves nothing."""
    outcomes = {one.outcome for one in decided(HOSTILE["a minified bundle"]).values()}
    assert outcomes <= {Outcome.UNDECIDED, Outcome.FAIL}
