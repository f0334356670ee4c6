"""The gate's answer as SARIF 2.1.0 (OASIS): a result at the line of each rule that got worse.

The location is the rule's line in the agent file, where the author has to look; related locations are the
lines of answers that break it now, in files of the run's folder.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from harness import __version__
from harness.compare.conclusion import place_of
from harness.compare.gate import AgentGate, GateReport, Light, Trouble
from harness.compare.model import Direction
from harness.core.types import Finding
from harness.report.comparison.answers import answer_path, cited
from harness.report.comparison.routes import tested_rules
from harness.report.escape import clip
from harness.report.words import finding_words
from harness.store.decided import DecidedRule

__all__ = ["render_sarif"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MOST_RELATED = 10
_LONGEST = 1_000


def render_sarif(report: GateReport) -> str:
    """Return the log as JSON text that ends in a newline.

    An agent without a verdict is a notification, and the invocation has failed: no results are not good news.
    """
    results = [result for gate in report.gates for result in _results(gate)]
    rules = {rule.id: rule for gate in report.gates for rule in gate.result.comparison.after.run.rules}
    rules |= {one.rule.id: one.rule for gate in report.gates for one in tested_rules(gate.result.comparison)}
    named = sorted({result["ruleId"] for result in results})
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "agentfile-harness",
                        "semanticVersion": __version__,
                        "rules": [_descriptor(rules[name]) for name in named],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": not report.troubles,
                        "toolExecutionNotifications": [_notification(one) for one in report.troubles],
                    }
                ],
                "results": results,
            }
        ],
    }
    return json.dumps(log, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def _notification(trouble: Trouble) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": clip(trouble.message, _LONGEST)},
        "locations": [_location(trouble.path, 1)],
    }


def _descriptor(rule: DecidedRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": clip(rule.rule.text, _LONGEST)},
        "properties": {"check": rule.check, "severity": rule.severity.value},
    }


def _results(gate: AgentGate) -> list[dict[str, Any]]:
    red = gate.result.light is Light.RED
    said: dict[str, str] = {}
    rules: dict[str, DecidedRule] = {}
    for change in tested_rules(gate.result.comparison):
        if change.decision is Direction.REGRESSED:
            rules[change.rule.id] = change.rule
            said[change.rule.id] = (
                f"obeyed in {change.change.before:.1%} of answers before and {change.change.after:.1%} now "
                f"(q = {change.q_drop:.3f}, {change.change.difference.cases} cases); "
                f"{place_of(change.rule, change.earlier)}"
            )
    for one in gate.result.confirmed:
        rule = one.suspect.rule
        rules[rule.id] = rule
        said.setdefault(rule.id, f"fails where it always passed ({one.suspect.case}): {one.counts}")
    return [_result(gate, rules[name], said[name], "error" if red else "warning") for name in sorted(rules)]


def _result(gate: AgentGate, rule: DecidedRule, said: str, level: str) -> dict[str, Any]:
    related = [
        _cited_place(f"{gate.run}/{answer_path(flip.verdict_after)}", found)
        for flip in cited(gate)
        if flip.rule.id == rule.id
        for found in flip.verdict_after.decision.findings[:1]
    ]
    return {
        "ruleId": rule.id,
        "level": level,
        "message": {"text": clip(f"{rule.id}: {said}", _LONGEST)},
        "locations": [_location(rule.file or gate.path, gate.line_of(rule))],
        "relatedLocations": related[:_MOST_RELATED],
        "partialFingerprints": {"agentRule/v1": f"{gate.agent}/{rule.id}"},
    }


def _cited_place(answer: str, found: Finding) -> dict[str, Any]:
    """Return the line of an answer; of a file that it wrote through a tool, the place in words."""
    if found.file:
        return _location(answer, 1, finding_words(found))
    return _location(answer, found.line, found.message)


def _location(uri: str, line: int, message: str = "") -> dict[str, Any]:
    place: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": quote(uri)}, "region": {"startLine": max(1, line)}}
    }
    if message:
        place["message"] = {"text": clip(message, _LONGEST)}
    return place
