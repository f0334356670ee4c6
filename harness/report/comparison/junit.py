"""The gate's answer as JUnit XML: what CI servers draw as a list of tests.

One suite per agent: a test for all rules together and one for routing, one per rule (and per agent that
messages should reach) that was decided on both sides, one per suspicion that was followed, and one for the
demands of the policy. An agent without a verdict is an error,
not a failure. The elements and attributes are those of the schema that Jenkins publishes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from harness.compare.conclusion import place_of
from harness.compare.gate import AgentGate, GateReport, Trouble
from harness.compare.model import Direction, RateChange, RuleChange
from harness.report.comparison.routes import accuracy_words, flip_words, tested_rules, worse_routes
from harness.report.escape import clip
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["render_junit"]

# Characters that XML 1.0 cannot hold, not even as references.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST = 2_000
_MOST = 10  # messages of one failure


def render_junit(report: GateReport) -> str:
    """Return the document as text that ends in a newline."""
    root = ET.Element("testsuites", name="harness gate")
    troubles = {trouble.path: trouble for trouble in report.troubles}
    for gate in report.gates:
        _suite(root, gate, troubles.pop(gate.path, None))
    for trouble in troubles.values():
        suite = ET.SubElement(root, "testsuite", name=_text(trouble.path))
        _error(suite, trouble.path, trouble)
        _counted(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, gate: AgentGate, trouble: Trouble | None) -> None:
    result = gate.result
    comparison = result.comparison
    suite = ET.SubElement(root, "testsuite", name=_text(gate.agent))
    _properties(suite, gate)
    fell = comparison.whole is Direction.REGRESSED
    if comparison.whole is not None:
        _test(suite, gate, "all rules together", comparison.reasons if fell else (), comparison.aggregate)
    routing = comparison.routing
    if routing is not None:
        said = [accuracy_words(routing), *map(flip_words, worse_routes(routing)[:_MOST])]
        wrong = said if routing.decision is Direction.REGRESSED else ()
        _test(suite, gate, "routing", wrong, routing.accuracy)
    for change in tested_rules(comparison):
        if change.change.difference.cases:
            said = [_rule(change)] if change.decision is Direction.REGRESSED else []
            _test(suite, gate, change.rule.id, said, change.change)
    for one in result.followed.confirmations:
        name = f"{one.suspect.case} · {one.suspect.rule.id}"
        _test(suite, gate, name, [one.counts] if one.confirmed else [])
    _test(suite, gate, "policy", result.missed)
    if trouble is not None:
        _error(suite, gate.agent, trouble)
    _counted(suite)


def _counted(suite: ET.Element) -> None:
    """Give a suite the counts of what it holds."""
    counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}
    for name, path in counts.items():
        suite.set(name, str(len(suite.findall(path))))
    suite.set("skipped", "0")
    suite.set("time", "0")


def _error(suite: ET.Element, agent: str, trouble: Trouble) -> None:
    test = ET.SubElement(suite, "testcase", classname=_text(agent), name="verdict", time="0")
    ET.SubElement(test, "error", message=_text(trouble.message), type="no verdict").text = _text(
        trouble.message
    )


def _properties(suite: ET.Element, gate: AgentGate) -> None:
    difference = gate.result.comparison.aggregate.difference
    values = {
        "light": gate.result.light.value,
        "decision": gate.result.comparison.decision.value,
        "model": gate.model,
        "run": gate.run,
        "delta": _number(difference.delta),
        "low": _number(difference.low),
        "high": _number(difference.high),
        "p_drop": _number(difference.p_drop),
        "minimum_detectable": _number(difference.minimum_detectable),
        "cases": str(difference.cases),
    }
    holder = ET.SubElement(suite, "properties")
    for name, value in values.items():
        ET.SubElement(holder, "property", name=name, value=_text(value))


def _test(
    suite: ET.Element, gate: AgentGate, name: str, failed: Sequence[str], change: RateChange | None = None
) -> None:
    test = ET.SubElement(suite, "testcase", classname=_text(gate.agent), name=_text(name), time="0")
    if failed:
        failure = ET.SubElement(test, "failure", message=_text(failed[0]), type="regression")
        failure.text = _text("\n".join(failed))
    if change is not None:
        ET.SubElement(test, "system-out").text = _numbers(change)


def _numbers(change: RateChange) -> str:
    difference = change.difference
    return (
        f"before {_number(change.before)}, after {_number(change.after)}, "
        f"delta {_number(difference.delta)} ({_number(difference.low)} to {_number(difference.high)}), "
        f"{difference.cases} cases"
    )


def _rule(change: RuleChange) -> str:
    before, after = _number(change.change.before), _number(change.change.after)
    place = place_of(change.rule, change.earlier)
    return f"{change.rule.id} ({place}): {before} before, {after} after, q = {_number(change.q_drop)}: " + (
        change.rule.rule.text
    )


def _number(value: Number) -> str:
    return str(value) if value is NO_NUMBER else f"{value:.4f}"


def _text(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", clip(text, _LONGEST))
