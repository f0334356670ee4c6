"""What models send: answers, tool calls, verdicts of a judge."""

from __future__ import annotations

import contextlib
import functools
import json

from fuzz_core import FaultError, Surface, json_bytes, text_of
from surfaces_input import development_responses, first

from harness.checks.base import Exchange
from harness.checks.decide import run_check
from harness.checks.registry import all_checks
from harness.core.types import (
    Completion,
    Finding,
    Message,
    Outcome,
    Polarity,
    Role,
    StopReason,
    SuppliedFile,
    ToolCall,
    Usage,
)
from harness.judge.answer import Asked, Opinion, read_answers
from harness.judge.quotes import Source
from harness.response.parse import parse_response, parse_source

__all__ = ["SURFACES"]

ANSWER = "I log to the console.\n\n```js\nconsole.log('a');\nconst b = 1;\n```\nThat is all.\n"
VERDICT = {"evidence": ["console.log('a');"], "reason": "It logs.", "verdict": "fail"}
CODE = (
    *(
        "{ ",
        "} ",
        "(",
        ")",
        "[",
        "`",
        "```js\n",
        "```python\n",
        "```php\n<?php ",
        "```sql\n",
        "```yaml\n",
        "~~~\n",
        "```\n",
    ),
    *(
        "=> ",
        "async ",
        "await ",
        "def f():\n",
        "class A ",
        "import x from 'y';",
        "require('a')",
        "SELECT * FROM t;",
    ),
    *(
        "app.get('/a', (req, res) => res.send(1));\n",
        "console.log(",
        "process.env.A",
        "${",
        "f'{a}'",
        "// ❌ bad\n",
    ),
    *(
        "<!-- ",
        "-->",
        "## Wrong\n",
        "> ",
        "| a | b |\n|---|---|\n",
        "- [ ] ",
        "FROM node:20\n",
        "services:\n",
        "&a [*a]",
    ),
)
CALLS = [
    {"name": "Write", "input": {"file_path": "src/a.js", "content": "console.log(1)"}},
    {
        "name": "Edit",
        "input": {"file_path": "src/a.js", "old_string": "1", "new_string": "2", "replace_all": True},
    },
    {
        "name": "MultiEdit",
        "input": {"file_path": "b.py", "edits": [{"old_string": "", "new_string": "print(1)"}]},
    },
    {"name": "NotebookEdit", "input": {"notebook_path": "c.ipynb", "new_source": "print(1)", "cell_id": "x"}},
]
SUPPLIED = (
    SuppliedFile("src/a.js", "const a = 1;\n"),
    SuppliedFile("utils/logger.js", "module.exports = {};\n"),
)


@functools.cache
def _bodies() -> list[bytes]:
    return [data.split(b"\n---\n", 1)[-1] for data in first(development_responses(), 60)]


def markdown(data: bytes) -> None:
    text = text_of(data)
    program = parse_response(text, supplied=SUPPLIED)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    for block in program.blocks:
        if block.origin.value == "response" and not 1 <= block.line <= lines:
            raise FaultError(
                "block-outside-the-answer", f"block {block.number} on line {block.line} of {lines}"
            )


def source_file(data: bytes) -> None:
    name, _, rest = data.partition(b"\n")
    suffix = name[:6].decode("ascii", "ignore").strip() or "js"
    _decide(Exchange((), (), parse_source(text_of(rest), f"src/a.{suffix}")))


def checks(data: bytes) -> None:
    _decide(
        Exchange(
            (Message(Role.USER, "Build it"),), SUPPLIED, parse_response(text_of(data), supplied=SUPPLIED)
        )
    )


def _decide(exchange: Exchange) -> None:
    from dataclasses import replace

    text = exchange.program.text
    lines = max([text.count("\n"), *(one.text.count("\n") + one.line for one in exchange.program.blocks)]) + 1
    for name, check in all_checks().items():
        decision = run_check(check, replace(exchange, parameters=dict(check.defaults)))
        if decision.outcome is Outcome.ERROR:
            raise FaultError(
                f"crash-{name.replace('/', '-')}-{decision.reason.split(':')[1].strip()}", decision.reason
            )
        if text and any(not 0 <= found.line <= lines for found in decision.findings):
            raise FaultError(f"finding-outside-{name.replace('/', '-')}", str(decision.findings)[:300])


def tool_calls(data: bytes) -> None:
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(data)
        if isinstance(value, list):
            given = [one for one in value if isinstance(one, dict) and isinstance(one.get("input"), dict)]
            calls = [ToolCall(str(one.get("name")), one["input"]) for one in given]
            for program in (
                parse_response("", supplied=SUPPLIED, tool_calls=calls),
                parse_response(ANSWER, tool_calls=calls),
            ):
                json_bytes([block.text for block in program.blocks])


def answer_page(data: bytes) -> None:
    from harness.core.types import Basis, Decision, Mode, Verdict
    from harness.report.answer_html import answer_html

    head, _, body = data.partition(b"\n")
    text = text_of(body)
    numbers = [int(part) for part in head.split()[:6] if part.lstrip(b"-").isdigit() and len(part) < 12]
    numbers += [1] * (5 - len(numbers))
    found = Finding(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], text[:40], text[40:80])
    verdict = Verdict(
        "c", "base", 1, "r", "a/b", 1, Mode.ANALOGUE, Basis.STATIC, Decision(Outcome.FAIL, "x", (found,))
    )
    page = str(answer_html(text, (verdict,)))
    if "<script" in page.lower() or "<img" in page.lower():
        raise FaultError("markup-in-the-page", page[:300])


def judge_answer(data: bytes) -> None:
    asked = Asked("r1", (Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE), Polarity.NEVER)
    other = Asked("r2", (Outcome.PASS, Outcome.FAIL), Polarity.ALWAYS)
    program = parse_response(ANSWER)
    completion = Completion(text_of(data), (), Usage(1, 1), StopReason.END, "m", 0.1)
    for questions in ([asked], [asked, other]):
        for key, opinion in read_answers(completion, questions, Source(ANSWER), program).items():
            if isinstance(opinion, Opinion):
                one = next(question for question in questions if question.key == key)
                if opinion.verdict not in one.offers or (
                    one.must_quote(opinion.verdict) and not opinion.findings
                ):
                    raise FaultError("verdict-without-proof", repr(opinion)[:300])
            elif "\n" in str(opinion):
                raise FaultError("reason-of-several-lines", str(opinion)[:300])


SURFACES = (
    Surface("markdown", markdown, lambda: [ANSWER.encode(), *_bodies()], CODE, bound_s=10, short=40),
    Surface(
        "checks", checks, lambda: [ANSWER.encode(), *_bodies()], CODE, bound_s=60, longest=20_000, short=6
    ),
    Surface(
        "source_file",
        source_file,
        lambda: [
            b"js\nconsole.log(1)\n",
            b"py\nprint(1)\n",
            b"php\n<?php echo 1;\n",
            b"sql\nSELECT 1\n",
            b"yml\na: 1\n",
        ],
        CODE,
        bound_s=60,
        longest=20_000,
        short=6,
    ),
    Surface(
        "tool_calls",
        tool_calls,
        lambda: [json_bytes(CALLS)],
        ("file_path", "content", "old_string", "Write"),
        form="json",
    ),
    Surface(
        "answer_page",
        answer_page,
        lambda: [b"1 4 1 4 12\n" + ANSWER.encode(), *(b"1 3 1 9 2\n" + one for one in _bodies()[:9])],
        CODE,
    ),
    Surface(
        "judge_answer",
        judge_answer,
        lambda: [
            json_bytes(VERDICT),
            b"```json\n" + json_bytes({"r1": VERDICT, "r2": VERDICT}) + b"\n```",
            json_bytes({"r1": VERDICT, "r2": VERDICT}),
        ],
        ('"verdict"', '"pass"', "…", " ... ", "console.log", "r1", "r2", "not_applicable"),
        form="json",
    ),
)
