"""A small project with golden responses, runs and drafts, and a way into its viewer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from harness.agentfile.parse import read_agent
from harness.checks.registry import all_checks
from harness.core.config import Config
from harness.core.types import (
    Basis,
    Case,
    CaseKind,
    Completion,
    Decision,
    Finding,
    Message,
    Mode,
    Outcome,
    Request,
    Role,
    Sample,
    StopReason,
    Usage,
    Verdict,
)
from harness.store.codec import request_sha
from harness.store.decided import DecidedRule, DecidedRun, write_decided
from harness.store.manifest import (
    FileRecord,
    Manifest,
    RunStatus,
    SampleRecord,
    VariantRecord,
    write_manifest,
)
from harness.store.samples import SampleStore
from harness.suite.catalogue import specification_of
from harness.viewer.app import make_app
from harness.viewer.guard import Door

AGENT = """---
name: tester
description: Use this agent for endpoints.
---
You are a backend engineer.

## Rules
- ❌ NEVER use console.log or console.error
- ✅ ALWAYS explain your reasoning for each decision in prose
"""
NO_CONSOLE = "never-use-console-log-or-console-error"
REASONING = "always-explain-your-reasoning-for-each-decision-in"
GOLDEN = """---
prompt: Plan the service with the number {number}
author: writer
labels: {{{rule}: {label}}}
---
Answer {number}: I use a queue, since the peak is short.

```js
app.get('/{number}', (req, res) => res.send(1));
```
"""
DRAFTS = """agent: tester
model: anthropic:m
drafts:
- {id: console-1, kind: tempting, target: never-use-console-log-or-console-error, prompt: Print it., why: w}
- {id: console-2, kind: ordinary, target: never-use-console-log-or-console-error, prompt: List them., why: w}
"""
RUN = "20261101-101500-tester-anthropic-m"
GOLDEN_SET = "golden datasets/tester/golden tester"
STORE = ".harness/samples.db"
ANSWERS = 4


def write_project(folder: Path, golden: int = 6) -> None:
    """Write agent, dataset, golden responses and drafts."""
    files = {
        "agents/tester.md": AGENT,
        "datasets/tester/compliance.yaml": "agent: tester\ncases:\n- {id: users, prompt: Write users}\n",
        "drafts/tester.yaml": DRAFTS,
        **{
            f"datasets/tester/golden/secret-name-{number}.md": GOLDEN.format(
                number=number, rule=REASONING, label="pass" if number % 2 else "fail"
            )
            for number in range(golden)
        },
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@dataclass
class MadeRun:
    """A run to be written into the project in the current folder."""

    name: str = RUN
    texts: tuple[str, ...] = tuple(f"```js\nconsole.log({number});\n```\n" for number in range(ANSWERS))
    status: RunStatus = RunStatus.COMPLETE
    created: datetime = datetime(2026, 11, 1, 10, 15, tzinfo=UTC)
    stored: int = -1
    fails: frozenset[int] = frozenset({0, 1})
    samples: list[Sample] = field(default_factory=list)

    def write(self) -> Path:
        """Write store, manifest and (of a run that has ended) the verdicts."""
        folder = Path("reports") / self.name
        folder.mkdir(parents=True)
        agent = read_agent(Path("agents/tester.md"))
        requests = [_request(number, text) for number, text in enumerate(self.texts)]
        self.samples = [
            _sample(number, request, text)
            for number, (request, text) in enumerate(zip(requests, self.texts, strict=True))
        ]
        known = len(self.texts) if self.stored < 0 else self.stored
        with SampleStore(Path(STORE)) as store:
            for sample, request in list(zip(self.samples, requests, strict=True))[:known]:
                store.put(sample, request)
        record = FileRecord(path="agents/tester.md", sha=agent.sha)
        write_manifest(
            folder,
            Manifest(
                id=self.name,
                created=self.created,
                status=self.status,
                suite=(),
                agent=record,
                variants=(VariantRecord(name="base", agent=record),),
                model_asked="anthropic:m",
                store=f"../../{STORE}",
                samples=tuple(
                    SampleRecord(case=one.case, variant="base", trial=1, request_sha=one.request_sha)
                    for one in self.samples
                ),
            ),
        )
        if self.status is not RunStatus.RUNNING:
            write_decided(folder, self._decided())
            (folder / "results.json").write_text(json.dumps(RESULTS), encoding="utf-8")
            (folder / "report.html").write_text("<!doctype html><title>report</title><h1>Report</h1>")
        return folder

    def _decided(self) -> DecidedRun:
        agent = read_agent(Path("agents/tester.md"))
        bindings = specification_of(agent, all_checks(None)).bindings
        return DecidedRun(
            run=self.name,
            created=self.created.isoformat(),
            agent="tester",
            agent_path="agents/tester.md",
            agent_sha=agent.sha,
            model="anthropic:m",
            models_served=("m",),
            seed=0,
            max_tokens=100,
            variants=(("base", agent.sha),),
            rules=tuple(
                DecidedRule(rule=one.rule, severity=one.severity, check=one.check, parameters={})
                for one in bindings
            ),
            cases=tuple(_case(number) for number in range(len(self.texts))),
            missing=(),
            verdicts=tuple(
                _verdict(number, one.rule.id, one.check, fails=number in self.fails)
                for number in range(len(self.texts))
                for one in bindings
            ),
            answers={"base": self.name},
        )


RESULTS: dict[str, Any] = {
    "agent": "tester",
    "scores": [
        {"rule": "*", "check": "", "variant": "base", "mean": 0.5, "low": 0.2, "high": 0.8, "n": 4},
        {"rule": NO_CONSOLE, "check": "c", "variant": "base", "mean": 0.5, "low": 0.2, "high": 0.8, "n": 4},
        {"rule": REASONING, "check": "", "variant": "base", "mean": None, "low": None, "high": None, "n": 0},
    ],
    "usage": {"cost_usd": 0.25},
}


def _request(number: int, text: str) -> Request:
    return Request("anthropic:m", "s", (Message(Role.USER, f"question {number} {len(text)}"),), 100, 1)


def _sample(number: int, request: Request, text: str) -> Sample:
    completion = Completion(text, (), Usage(100, 20), StopReason.END, "m", 1.0)
    return Sample(request_sha(request), f"case-{number}", "base", 1, "anthropic:m", completion)


def _case(number: int) -> Case:
    messages = (Message(Role.USER, f"question {number}"),)
    kind = CaseKind.COMPLIANCE
    return Case(f"case-{number}", kind, "tester", messages, (), (), (), "", (), "", "p", f"sha-{number}")


def _verdict(number: int, rule: str, check: str, *, fails: bool) -> Verdict:
    outcome = Outcome.UNDECIDED if not check else Outcome.FAIL if fails else Outcome.PASS
    found = (Finding(1, 2, 1, 2, 12, "printed to the console", "console.log"),) if fails and check else ()
    decision = Decision(outcome, f"reason of {outcome.value}", found)
    return Verdict(f"case-{number}", "base", 1, rule, check, 1, Mode.ANALOGUE, Basis.STATIC, decision)


class Visitor:
    """A browser of its own, let in."""

    def __init__(self, config: Config | None = None) -> None:
        self.door = Door(8000)
        self.app = make_app(config or Config(), self.door)
        self.client = TestClient(self.app, base_url="http://127.0.0.1:8000", follow_redirects=False)
        self.client.get(self.door.url)

    def get(self, path: str, **query: str) -> Any:
        """Open a page."""
        return self.client.get(path, params=query or None)

    def post(self, path: str, body: object, **headers: str) -> Any:
        """Do what a script of the page does."""
        sent = {"origin": "http://127.0.0.1:8000", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.client.post(path, json=body, headers=sent)

    def items(self, source: str, rule: str, annotator: str = "anna", seed: int = 0) -> list[str]:
        """The keys of the answers to label, in order, walking by the page's own links."""
        from urllib.parse import parse_qs, urlsplit

        query = {"set": source, "annotator": annotator, "rule": rule, "seed": str(seed)}
        page = self.get("/label/answer", **query)
        keys: list[str] = []
        address = page.headers["location"]
        while (key := parse_qs(urlsplit(address).query)["item"][0]) not in keys:
            keys.append(key)
            text = self.get(address).text
            address = text.split('data-after="')[1].split('"')[0].replace("&amp;", "&")
        return keys

    def label(self, item: str, /, label: Any = None, **more: Any) -> Any:
        """Give one label to a golden response; ``more`` overrides what the page would send."""
        body = {
            "set": GOLDEN_SET,
            "annotator": "anna",
            "rule": REASONING,
            "seed": "0",
            "item": item,
            "label": label,
            "note": "",
            "line": 0,
            "before": "",
            **more,
        }
        return self.post("/api/label", body)
