"""No input makes the logging checks or the reading of a response raise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks.base import Check, Exchange
from harness.checks.examples import load_examples
from harness.checks.logging.no_console import NoConsole
from harness.checks.logging.project_logger import ProjectLogger
from harness.core.types import Decision, Outcome
from harness.response.parse import parse_response

CHECKS: tuple[Check, ...] = (NoConsole(), ProjectLogger())
RESPONSES = [example.response for check in CHECKS for example in load_examples(check)]
TOKENS = (
    "console globalThis require( import from 'node:console' export default * { } ( ) [ ] => = ... ; , . ?. "
    "` ${ \" ' // /* */ class extends super this new await async function return const let var typeof pino "
    "winston morgan logger .info( .child( \\u0063 \n ``` ```js ~~~ > - 1. # ❌ ✅ Bad: @ <T> : 😀 \t \r\n \0"
).split(" ")
PIECES = st.one_of(st.sampled_from(TOKENS), st.text(max_size=8))


def decisions(markdown: str) -> list[Decision]:
    program = parse_response(markdown)
    return [
        check.decide(Exchange((), (), program, parameters=dict(check.defaults), truncated=False))
        for check in CHECKS
    ]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Return an example with some stretches cut out, doubled or replaced."""
    text = draw(st.sampled_from(RESPONSES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        middle = draw(st.one_of(st.just(""), st.just(text[start:end] * 2), PIECES))
        text = text[:start] + middle + text[end:]
    return text


@settings(max_examples=120, deadline=None)
@given(st.lists(PIECES, max_size=60).map(" ".join))
def test_any_markdown_is_decided(markdown: str) -> None:
    assert all(decision.outcome is not Outcome.ERROR for decision in decisions(markdown))


@settings(max_examples=120, deadline=None)
@given(st.lists(PIECES, max_size=60).map(" ".join))
def test_any_code_is_decided(code: str) -> None:
    assert all(decision.outcome is not Outcome.ERROR for decision in decisions(f"```ts\n{code}\n```\n"))


@settings(max_examples=200, deadline=None)
@given(mutated())
def test_a_damaged_answer_is_decided_with_quotes_at_their_places(markdown: str) -> None:
    lines = markdown.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").split("\n")
    for decision in decisions(markdown):
        for finding in decision.findings:
            quoted = lines[finding.line - 1][finding.column - 1 :]
            assert quoted.startswith(finding.quote.rstrip("…"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(RESPONSES), st.integers(0, 2_000))
def test_a_cut_in_the_only_block_never_fails(response: str, length: int) -> None:
    """A block that was cut off is never held against the answer."""
    cut = response[: length % len(response)]
    program = parse_response(cut)
    if len(program.blocks) == 1 and program.blocks[0].truncated:
        assert all(decision.outcome is not Outcome.FAIL for decision in decisions(cut))


@pytest.mark.parametrize(
    "code",
    [
        "(" * 10_000,
        "[" * 10_000 + "console" + "]" * 10_000,
        "a=>" * 10_000 + "console.log(1)",
        "{" * 10_000 + "console.log(1)" + "}" * 10_000,
        "a?b:" * 10_000 + "console",
        "const logger=require('./utils/logger');logger" + ".child({})" * 5_000 + ".info(1)",
        "const x=" + "'a'+" * 10_000 + "'b';globalThis[x]",
        "const a0=console;\n" + "\n".join(f"const a{i}=a{i - 1};" for i in range(1, 5_000)) + "\na4999.log()",
        "\n".join(f"const a{i}=a{i + 1};" for i in range(5_000)) + "\nconst a5000=console;a0.log(1)",
        "const a0={};"
        + "".join(f"const a{i}={{...a{i - 1},...a{i - 1}}};" for i in range(1, 3_000))
        + "a2999.log()",
        "const a={...a,...b};const b={...a,...b};a.log(1)",
        "const " + "{a:" * 3_000 + "b" + "}" * 3_000 + "=console; b.log()",
        "const " + "[" * 3_000 + "b" + "]" * 3_000 + "=[console]; b.log()",
        "`${" * 3_000 + "console.log(1)" + "}`" * 3_000,
        "class A0 extends console.Console{}"
        + "".join(f"class A{i} extends A{i - 1}{{}}" for i in range(1, 2_000)),
        "!function(e,t){" + "var a=e.b(t),c=a?e.c:t.d;e.f=function(g){return g.h(a,c)};" * 1_000 + "}()",
        "'" * 20_001,
    ],
    ids=lambda code: code[:20],
)
def test_deep_and_long_code_is_decided(code: str) -> None:
    assert all(decision.outcome is not Outcome.ERROR for decision in decisions(f"```js\n{code}\n```\n"))


@pytest.mark.parametrize(
    "block",
    [
        "```js\nconst logger = require('./utils/logger');\nlogger.info(x)\n```\n\n",
        "```js\nconst logger = make(); use(logger);\n```\n\n",
        "```js\nimport log from './log'; log.info(1);\n```\n\n",
    ],
)
def test_many_blocks_that_share_a_name_are_decided(block: str) -> None:
    assert all(decision.outcome is not Outcome.ERROR for decision in decisions(block * 600))


def test_many_modules_that_hand_on_a_name_are_decided() -> None:
    chain = "".join(f"```js\n// m{i}.js\nexport * from './m{i + 1}.js';\n```\n\n" for i in range(600))
    assert all(
        d.outcome is not Outcome.ERROR for d in decisions(chain + "```js\nimport {a} from './m0';a(1)\n```\n")
    )
