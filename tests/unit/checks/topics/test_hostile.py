"""Checks of prose and context survive whatever an answer or a question holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks.api.contract import ApiContract
from harness.checks.base import Check, Exchange
from harness.checks.context.uses_existing import UsesExisting
from harness.checks.security.considered import SecurityConsidered
from harness.checks.testing.strategy import TestingStrategy
from harness.checks.topics.deployment import Deployment
from harness.checks.topics.observability import Observability
from harness.checks.topics.performance import Performance
from harness.checks.topics.scalability import Scalability
from harness.core.types import Message, Outcome, Role, SuppliedFile
from harness.response.parse import parse_response

CHECKS: list[Check] = [
    Performance(),
    Deployment(),
    Observability(),
    Scalability(),
    TestingStrategy(),
    ApiContract(),
    SecurityConsidered(),
    UsesExisting(),
]
FILES = (SuppliedFile("src/utils/logger.js", "module.exports = require('winston').createLogger();\n"),)
LINES = """\
## Performance
**Tests**
- index on `a`
no cache
```js
```
app.post('/a', b);
{"a": 1}
POST /a
| a | b |
|---|---|
Request:
201
import x from 'y'
def test_a():
    assert 1
<?php
SELECT 1
services:
  db: {image: redis}
~~~
> quoted
"""
WORDS = st.sampled_from(LINES.splitlines())


def decide(check: Check, answer: str, question: str = "Build our API.") -> Outcome:
    messages = (Message(Role.USER, question),)
    return check.decide(Exchange(messages, FILES, parse_response(answer, supplied=FILES))).outcome


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
@pytest.mark.parametrize(
    "answer",
    [
        "",
        "```",
        "(" * 10_000,
        "```js\n" + "(" * 10_000 + "\n```",
        "```json\n" + "[" * 10_000 + "\n```",
        "```python\n" + "a(" * 3_000 + "\n```",
        "- index on `a`, " * 20_000,
        "```js\na();\n```\n\n" * 1_000,
        "| index | " * 20_000 + "\n|---|\n",
        "cache not " * 30_000,
        "test " * 50_000,
    ],
    ids=range(11),
)
def test_a_hostile_answer_is_decided(check: Check, answer: str) -> None:
    """Nothing is raised, nothing hangs."""
    assert decide(check, answer) in Outcome


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
@given(lines=st.lists(WORDS, max_size=25))
@settings(max_examples=60, deadline=None)
def test_any_mixture_is_decided_twice_alike(check: Check, lines: list[str]) -> None:
    """A check is pure."""
    answer = "\n".join(lines)
    assert decide(check, answer) == decide(check, answer)
