"""Files that people write: agents, sidecars, datasets, labels, drafts, settings, templates, own checks."""

from __future__ import annotations

import contextlib
from pathlib import Path

from fuzz_core import FaultError, Surface, scratch, text_of

from harness.agentfile.parse import parse_agent, read_agent
from harness.agentfile.sidecar import read_sidecar
from harness.checks.bind import bind_rules
from harness.checks.registry import all_checks
from harness.core.config import load_config
from harness.core.errors import HarnessError
from harness.suite.catalogue import AgentFolder
from harness.suite.drafts import read_drafts, read_proposals
from harness.suite.golden import read_golden
from harness.suite.load import load_suite
from harness.tune.experiment_file import read_experiment
from harness.tune.template import filled, parameters_of

__all__ = ["ROOT", "SURFACES", "development_responses", "first"]

ROOT = Path(__file__).parents[2]
AGENT = """---
name: tester
description: Use this agent for endpoints. <example>Context: x user: 'a' assistant: 'b'</example>
model: sonnet
tools: Read, Edit
---
You are a backend engineer.

## Rules
- ❌ NEVER use console.log or console.error
- ✅ ALWAYS use the project logger in utils/logger.js
1. Always explain your reasoning for each decision

| Rule | Why |
|---|---|
| MUST validate with Joi | safety |
"""
SIDECAR = """rules:
- {match: NEVER use console.log, id: no-console, severity: critical, check: logging/no-console}
- {match: ALWAYS use the project logger, parameters: {path: utils/logger}}
- {match: Always explain, waive: not now, rubric: Quote a sentence.}
include: [shared.md]
"""
LABELS = "annotator: anna\nlabels:\n  a:\n    no-console: pass\n    other: {label: fail, note: x, line: 3}\n"
DRAFTS = """agent: tester
model: anthropic:m
drafts:
- {id: console-1, kind: tempting, target: no-console, prompt: Print it., why: w, accepted: true}
- {id: console-2, kind: ordinary, target: no-console, prompt: List them., rejected: true}
"""
PROPOSALS = """{"messages": [{"kind": "tempting", "prompt": "Print it", "why": "w"},
{"kind": "ordinary", "prompt": "x"}]}"""
ROUTES = b"""{"message": "Build it", "agent": "tester", "id": 7, "tags": ["a"]}
{"message": "x", "agent": "none"}
"""
SMALL = b"""agent: tester
cases:
- id: a
  prompt: x
  applies: [logging/no-console]
  files:
  - {path: a.js, text: x}
"""
CONFIG = """agents = "agents"
suite = ["datasets"]
store = ".harness/samples.db"
[run]
model = "anthropic:m"
trials = 3
mode = "analogue"
max_cost = 1.5
[gate]
margin = 0.02
critical = ["a"]
thresholds = {a = 0.9}
[judge]
models = ["anthropic:j"]
[prices."anthropic:m"]
input = 3
output = 15.0
"""
EXPERIMENT = """question: Does it help?
agent: agents/tester.md
variants: [prompts/a.md.j2]
params: {tone: [short, long], n: [1, 2, 3]}
trials: 3
margin: 0.05
"""
TEMPLATE = (
    "{{ base }}\n{% if tone == 'short' %}Be brief.{% endif %}\n{% for i in range(n) %}{{ i }}{% endfor %}\n"
)
RULE = """id: team/no-eval
version: 1
rule: Never use eval.
phrases: [Never use eval]
languages: [javascript]
message: $A is evaluated
fail_when:
  any: [{pattern: eval($A)}, {kind: new_expression, has: {regex: '^Function$', stopBy: end}}]
examples:
  good: [{title: x, response: "```js\\nf(1)\\n```"}]
  bad: [{title: y, response: "```js\\neval(a)\\n```", findings: [{line: 2, words: eval(a)}]}]
"""
MARKS = (
    "❌ ",
    "✅ ",
    "- [ ] ",
    "NEVER ",
    "<example>",
    "</example>",
    "<commentary>",
    "---\n",
    "```\n",
    "‚ùå",
    "\\n",
    "user: ",
)
YAML = (
    "- ",
    ": ",
    "&a ",
    "*a",
    "<<: *a",
    "!!int ",
    "? ",
    "|\n  ",
    ">-\n",
    "{",
    "}",
    "[",
    "]",
    "labels:",
    "cases:",
    "agent:",
)


def development_responses() -> list[Path]:
    """The labelled responses of the development half."""
    return sorted((ROOT / "datasets/backend-architect/golden").glob("*.md"))


def first(paths: list[Path], most: int) -> list[bytes]:
    """The bytes of files, spread over the list."""
    return [path.read_bytes() for path in paths[:: max(1, len(paths) // most)][:most]]


def _agents() -> Path:
    folder = scratch("input") / "agents"
    if not folder.exists():
        folder.mkdir()
        (folder / "tester.md").write_text(AGENT, encoding="utf-8")
        (folder / "shared.md").write_text("## Rules\n- NEVER guess\n", encoding="utf-8")
    return folder


def _put(place: str, data: bytes) -> Path:
    path = _agents().parent / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def agent_file(data: bytes) -> None:
    agent = parse_agent(data, "agents/x.md")
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    utf16 = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    if not utf16 and any(rule.span.line > lines for rule in agent.rules):
        raise FaultError("line-outside-the-file", str([rule.span for rule in agent.rules])[:200])
    folder = _agents().parent / "bound"
    folder.mkdir(exist_ok=True)
    (folder / "x.md").write_bytes(data)
    bind_rules(read_agent(folder / "x.md"), read_sidecar(folder / "x.md"), all_checks())


def sidecar(data: bytes) -> None:
    folder = _agents()
    _put("agents/tester.harness.yaml", data)
    bind_rules(read_agent(folder / "tester.md"), read_sidecar(folder / "tester.md"), all_checks())


def dataset(data: bytes) -> None:
    (_agents() / "tester.harness.yaml").unlink(missing_ok=True)
    load_suite([_put("datasets/cases.yaml", data)], AgentFolder(_agents(), all_checks()))


def golden(data: bytes) -> None:
    (_agents() / "tester.harness.yaml").unlink(missing_ok=True)
    path = _put("golden-set/golden/a.md", data)
    read_golden(path)
    (path.parents[1] / "compliance.yaml").write_text(
        "agent: tester\ncases:\n- {id: a, prompt: x}\n", encoding="utf-8"
    )
    load_suite([path], AgentFolder(_agents(), all_checks()), strict=False)


def routing_lines(data: bytes) -> None:
    from harness.routing.cases import read_cases

    read_cases(_put("cases.jsonl", data), {"tester", "painter"})


def labels(data: bytes) -> None:
    from harness.calibration.human_labels import read_rows
    from harness.suite.annotations import labels_text, read_labels_file

    with contextlib.suppress(HarnessError):
        # Labels of runs are lines of JSON, those of golden responses a file of YAML.
        list(read_rows(_put("labels.jsonl", data)))
    read = read_labels_file(_put("golden-set/a.labels.yaml", data))
    again = read_labels_file(_put("golden-set/b.labels.yaml", labels_text(read).encode()))
    # As texts: `{label: fail, line: 0}` says no more than `fail`, and is written so.
    if labels_text(again) != labels_text(read):
        raise FaultError("labels-change-when-written", labels_text(read)[:300])


def drafts(data: bytes) -> None:
    read_proposals(text_of(data), ("tempting", "ordinary"), ("tester",))
    read_drafts(_put("drafts.yaml", data))


def config(data: bytes) -> None:
    load_config(_put("project/harness.toml", data).parent)


def experiment(data: bytes) -> None:
    with contextlib.suppress(HarnessError):
        parameters_of(text_of(data).split("\n"))
    read_experiment(_put("experiment.yaml", data))


def template(data: bytes) -> None:
    filled(
        _put("a.md.j2", data), parse_agent(AGENT.encode(), "x.md"), {"tone": ("short", "long"), "n": (1, 3)}
    )


def own_check(data: bytes) -> None:
    from harness.checks.base import Exchange
    from harness.checks.decide import run_check
    from harness.checks.declared import declared_check
    from harness.response.parse import parse_response

    check = declared_check(_put("own/check.yaml", data))
    text = "```js\nconst a = eval(b);\nclass C { d = new Function('x') }\n```\n\n```python\neval(1)\n```\n"
    decision = run_check(check, Exchange((), (), parse_response(text), parameters={}))
    if decision.outcome.value == "error":
        raise FaultError("own-check-crashed", decision.reason)


def _yaml_datasets() -> list[bytes]:
    folder = ROOT / "datasets"
    paths = [folder / "backend-architect/compliance-existing-files.yaml", folder / "routing/further.yaml"]
    return [SMALL, *(path.read_bytes()[:6_000] for path in paths)]


SURFACES = (
    Surface(
        "agent_file",
        agent_file,
        lambda: [AGENT.encode(), *(path.read_bytes() for path in sorted((ROOT / "agents").glob("*.md"))[:4])],
        MARKS,
        bound_s=20,
        short=8,
    ),
    Surface("sidecar", sidecar, lambda: [SIDECAR.encode()], YAML, short=15),
    Surface("dataset", dataset, _yaml_datasets, YAML),
    Surface("golden", golden, lambda: first(development_responses(), 8), YAML),
    Surface(
        "routing_lines",
        routing_lines,
        lambda: [ROUTES],
        ('"message"', '"agent"', "tester", "none"),
        form="json",
    ),
    Surface(
        "labels",
        labels,
        lambda: [
            LABELS.encode(),
            b'{"case": "a", "variant": "base", "trial": 1, "rule": "r", "label": "pass"}\n',
        ],
        YAML,
    ),
    Surface("drafts", drafts, lambda: [DRAFTS.encode(), PROPOSALS.encode()], YAML, form="json"),
    Surface(
        "config",
        config,
        lambda: [CONFIG.encode()],
        ("[run]", "[[gate]]", "= ", '"""', "inf", "nan", "1979-05-27"),
    ),
    Surface("experiment", experiment, lambda: [EXPERIMENT.encode(), b"tone=short,long\nn=1,2\n"], YAML),
    Surface(
        "template",
        template,
        lambda: [TEMPLATE.encode()],
        (
            "{{ ",
            " }}",
            "{% for i in ",
            "%}",
            "base",
            "tone",
            "range(9999999)",
            "*9**9",
            "|join",
            ".__class__",
            "{% include 'x' %}",
        ),
        bound_s=20,
        short=2,
    ),
    Surface(
        "own_check",
        own_check,
        lambda: [RULE.encode()],
        (*YAML, "pattern: ", "inside: ", "$$$", "$A", "nthChild: ", "matches: "),
        short=15,
    ),
)
