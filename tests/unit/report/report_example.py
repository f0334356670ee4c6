"""A run as it could be, put together by hand: what the tests of the report and the browser look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import report_texts as texts

from harness.checks.bind import Binding
from harness.core.types import (
    Agent,
    Basis,
    Case,
    CaseKind,
    Completion,
    Decision,
    Finding,
    Message,
    Mode,
    Outcome,
    Polarity,
    Role,
    Rule,
    Sample,
    SampleFailure,
    Severity,
    Span,
    StopReason,
    SuppliedFile,
    Usage,
    Variant,
    Verdict,
)
from harness.report.model import (
    HAND_WRITTEN,
    AgentRouting,
    Confusion,
    LabelAgreement,
    Misrouted,
    RouterKind,
    RouterResult,
    RoutingSummary,
    RunResults,
    UsageTotals,
)
from harness.routing.ask import Routed
from harness.routing.metrics import RoutingRow
from harness.stats.interval import NO_NUMBER, estimate
from harness.stats.score import score_verdicts

MODEL = "local:smollm2"
PATH = "agents/backend-architect.md"
NAMES = (
    "api-documenter backend-architect code-reviewer data-engineer database-administrator devops-engineer "
    "frontend-developer mobile-developer performance-engineer product-manager qa-engineer "
    "security-auditor none"
)


def rules() -> tuple[Binding, ...]:
    """Every rule of the agent file of the example, with its line."""
    found = []
    section = ""
    for number, line in enumerate(texts.AGENT_FILE.split("\n"), start=1):
        if line.endswith(":") and not line.startswith("-"):
            section = line.strip("# :")
        for sign, polarity in (("❌", Polarity.NEVER), ("✅", Polarity.ALWAYS), ("- [ ]", Polarity.SHOULD)):
            if line.startswith(sign):
                text = line.removeprefix(sign).strip()
                slug, check = texts.BINDINGS.get(text, ("-".join(text.lower().split()[:4]), ""))
                span = Span(number, len(sign) + 2, number, len(line) + 1)
                rule = Rule(slug, text, polarity, section, universal=True, span=span)
                severity = Severity.CRITICAL if slug in texts.CRITICAL else Severity.MAJOR
                why = f"the rule's words are a declared phrase of {check}" if check else ""
                waived = "our users write the documentation" if slug == "explain-your-reasoning-step" else ""
                parameters = {"path": "utils/logger.js"} if check == "logging/project-logger" else {}
                found.append(Binding(rule, check, parameters, why, severity, waived))
    return tuple(found)


def case(name: str, question: str, *tags: str, cluster: str = "") -> Case:
    """One compliance case."""
    files = (
        (SuppliedFile("src/utils/logger.js", "module.exports = require('winston').createLogger();\n"),)
        if "supplied" in tags
        else ()
    )
    return Case(
        id=name,
        kind=CaseKind.COMPLIANCE,
        agent="backend-architect",
        messages=(Message(Role.USER, question),),
        files=files,
        applies=(),
        not_applicable=(),
        expected_agent="",
        tags=tags,
        cluster=cluster,
        provenance="datasets/backend-architect/compliance.yaml:12",
        sha=f"sha-of-{name}",
    )


def sample(name: str, variant: str, text: str, trial: int = 1, stop: StopReason = StopReason.END) -> Sample:
    """One answer."""
    served = "a person" if variant == HAND_WRITTEN else "SmolLM2-135M-Instruct.Q4_1.gguf"
    completion = Completion(text, (), Usage(1_073, len(text) // 4), stop, served, 4.8)
    return Sample(f"{name}-{variant}-{trial}", name, variant, trial, MODEL, completion)


def finding(text: str, quote: str, message: str) -> Finding:
    """A finding at the first place where the quote stands in the response."""
    at = text.index(quote)
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return Finding(1, line, column, line, column + len(quote), message, quote)


def verdict(answer: Sample, rule: str, outcome: Outcome, reason: str, *findings: Finding) -> Verdict:
    """One verdict of the rule's check."""
    check = next((check for slug, check in texts.BINDINGS.values() if slug == rule), "")
    flag = "omitted" if "leaves out" in reason else "vacuous" if "nothing is logged" in reason else ""
    decision = Decision(outcome, reason, findings)
    return Verdict(
        answer.case,
        answer.variant,
        answer.trial,
        rule,
        check,
        1,
        Mode.ANALOGUE,
        Basis.STATIC,
        decision,
        flag,
    )


def verdicts_of(answer: Sample, decided: dict[str, tuple[str, ...]]) -> list[Verdict]:
    """Verdicts from the shorthand of report_texts: rule -> (outcome, reason, quote, message, quote, …)."""
    found = []
    for rule, (outcome, reason, *places) in decided.items():
        pairs = zip(places[::2], places[1::2], strict=True)
        findings = [finding(answer.completion.text, quote, message) for quote, message in pairs]
        found.append(verdict(answer, rule, Outcome(outcome), reason, *findings))
    return found


def router(
    name: str, kind: RouterKind, right: dict[str, int], wrong: list[tuple[str, str, int]]
) -> RouterResult:
    """A router's result from its confusion counts."""
    cells = [Confusion(agent, agent, number) for agent, number in right.items()]
    cells += [Confusion(*cell) for cell in wrong]
    expected: Counter[str] = Counter()
    chosen: Counter[str] = Counter()
    for cell in cells:
        expected[cell.expected] += cell.count
        chosen[cell.predicted] += cell.count
    rows = []
    for agent in NAMES.split():
        hit = right.get(agent, 0)
        precision = hit / chosen[agent] if chosen[agent] else NO_NUMBER
        recall = hit / expected[agent] if expected[agent] else NO_NUMBER
        f1 = 2 * hit / (chosen[agent] + expected[agent]) if chosen[agent] + expected[agent] else NO_NUMBER
        rows.append(AgentRouting(agent, precision, recall, f1, expected[agent], chosen[agent]))
    n, hits = sum(expected.values()), sum(right.values())
    rate = estimate([1.0] * hits + [0.0] * (n - hits), [str(i) for i in range(n)], n)
    return RouterResult(
        router=name,
        kind=kind,
        variant="base",
        accuracy=rate.mean,
        low=rate.low,
        high=rate.high,
        n=n,
        missing=0,
        unknown=1 if kind is RouterKind.MODEL else 0,
        agents=tuple(rows),
        confusion=tuple(cells),
        misrouted=tuple(Misrouted(f"m{i}", texts.MESSAGES[i % 3], *cell[:2]) for i, cell in enumerate(wrong)),
        choices=choices_of(cells),
    )


def choices_of(cells: Sequence[Confusion]) -> tuple[Routed, ...]:
    """One choice per count of each cell, each of a message of its own."""
    pairs = [cell for cell in cells for _ in range(cell.count)]
    return tuple(
        Routed(
            replace(case(f"m{i}", texts.MESSAGES[i % 3]), expected_agent=cell.expected),
            RoutingRow(f"m{i}", cell.expected, cell.predicted),
        )
        for i, cell in enumerate(pairs)
    )


def routing() -> RoutingSummary:
    """A weak model beside the lexical baseline, 20 messages."""
    everyone = NAMES.split()
    weak = [(agent, "api-documenter", 1) for agent in everyone[1:11]] + [("none", "backend architect!", 1)]
    better = [("qa-engineer", "code-reviewer", 1), ("none", "backend-architect", 2)]
    better += [
        ("performance-engineer", "database-administrator", 2),
        ("security-auditor", "code-reviewer", 1),
    ]
    return RoutingSummary(
        (
            router(MODEL, RouterKind.MODEL, {"api-documenter": 4, "backend-architect": 5}, weak),
            router("lexical", RouterKind.BASELINE, dict.fromkeys(everyone[:7], 2), better),
        ),
        chance=0.25,
    )


def example_results() -> RunResults:
    """The whole run."""
    cases = [case(name, question, *tags) for name, (question, tags, _, _) in texts.ANSWERS.items()]
    samples = [
        sample(name, "base", text, stop=StopReason.MAX_TOKENS if "cut" in name else StopReason.END)
        for name, (_, _, text, _) in texts.ANSWERS.items()
    ]
    decided = [item for answer in samples for item in verdicts_of(answer, texts.ANSWERS[answer.case][3])]
    lost = case("graphql-orders", "Design a GraphQL API for orders.", "graphql", "node")
    for name, (question, text, outcomes) in texts.GOLDEN.items():
        cases.append(
            replace(case(name, question, "node"), provenance=f"datasets/backend-architect/golden/{name}.md")
        )
        samples.append(sample(name, HAND_WRITTEN, text))
        decided += verdicts_of(samples[-1], outcomes)
    reported = rules()
    agent = Agent(
        "backend-architect",
        "Server side",
        "Server side",
        "…",
        "sonnet",
        (),
        (),
        tuple(r.rule for r in reported),
        PATH,
        "s",
    )
    checks = [(rule.rule.id, rule.check) for rule in reported if rule.check]
    return RunResults(
        run="2026-11-23T11-42-07-quick",
        folder=Path("reports/2026-11-23T11-42-07-quick"),
        created="2026-11-23T11:42:07Z",
        agent=agent,
        rules=reported,
        variants=(Variant("base", agent),),
        model=MODEL,
        models_served=("SmolLM2-135M-Instruct.Q4_1.gguf",),
        cases=(*cases, lost),
        samples=tuple(samples),
        failures=(
            SampleFailure("x", lost.id, "base", 1, "timeout", "no answer within 600 s", transient=True),
        ),
        verdicts=tuple(decided),
        scores=score_verdicts(decided, {"base": 1}, {}, checks),
        routing=routing(),
        uncovered=("indexed",),
        agreement=(
            LabelAgreement("no-console", "logging/no-console", Outcome.FAIL, Outcome.FAIL, 18),
            LabelAgreement("no-console", "logging/no-console", Outcome.PASS, Outcome.PASS, 20),
            LabelAgreement("joi-validation", "validation/library", Outcome.PASS, Outcome.UNDECIDED, 2),
            LabelAgreement("joi-validation", "validation/library", Outcome.FAIL, Outcome.FAIL, 11),
        ),
        usage=UsageTotals(
            asked=30, reused=2, input_tokens=34_210, output_tokens=3_940, cached_tokens=21_460, seconds=154.2
        ),
        warnings=(f"{MODEL} is a small demonstration model: expect poor answers.",),
        manifest={"harness": "0.1.0", "checks": {"logging/no-console": 1}, "python": "3.11.2"},
        agent_source=texts.AGENT_FILE,
    )
