"""From a check's decision to a verdict: what the case says, evasion, truncation and crashes.

A check only looks at the answer. Whether silence is obedience, evasion or simply no matter depends on the
case: where ``Case.applies`` names a rule and the answer holds nothing that the rule could apply to, an
*always* rule is ``omitted`` (a fail) and a *never* rule is obeyed ``vacuously``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.checks.base import Check, Exchange, decision_of
from harness.checks.bind import Binding
from harness.core.types import (
    Basis,
    Case,
    Completion,
    Decision,
    Finding,
    Mode,
    Outcome,
    Polarity,
    Sample,
    StopReason,
    Verdict,
)
from harness.response.block import Origin
from harness.response.foreign import unread_code
from harness.response.parse import parse_response

__all__ = [
    "OMITTED",
    "VACUOUS",
    "Position",
    "Table",
    "decide_answer",
    "decide_rule",
    "exchange_of",
    "run_check",
    "settled",
]

OMITTED = "omitted"
VACUOUS = "vacuous"

# A variant and a trial: which of the answers to a case is decided.
Position = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Table:
    """What decides: rules that are demanded, the checks, and how rules are read."""

    bindings: Sequence[Binding]
    checks: Mapping[str, Check]
    mode: Mode


def decide_answer(table: Table, sample: Sample, case: Case) -> tuple[Verdict, ...]:
    """Decide every rule for one answer; it is parsed once and shared by all checks."""
    exchange = replace(exchange_of(case, sample.completion), mode=table.mode)
    position = (sample.variant, sample.trial)
    return tuple(decide_rule(case, binding, table.checks, exchange, position) for binding in table.bindings)


def exchange_of(case: Case, completion: Completion) -> Exchange:
    """Parse an answer once, for all checks to share."""
    program = parse_response(completion.text, supplied=case.files, tool_calls=completion.tool_calls)
    return Exchange(
        messages=case.messages,
        files=case.files,
        program=program,
        truncated=completion.stop is StopReason.MAX_TOKENS,
    )


def run_check(check: Check, exchange: Exchange) -> Decision:
    """Run one check. A check that crashes decides nothing: its outcome is ``error``, with its name."""
    if check.of_answers and _is_source(exchange):
        return Decision(Outcome.NOT_APPLICABLE, "the rule speaks of an answer, not of source files")
    try:
        decision = decision_of(check, exchange)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the parser's panics are no Exceptions
        words = " ".join(str(error).split())[:200]
        return Decision(Outcome.ERROR, f"{check.id} crashed: {type(error).__name__}: {words}")
    decision = _own_faults(exchange, decision)
    if exchange.program.limits and decision.outcome in {Outcome.PASS, Outcome.NOT_APPLICABLE}:
        return Decision(Outcome.UNDECIDED, f"not all was read: {exchange.program.limits[0]}")
    if decision.outcome in check.unread and not (check.names_node and exchange.mode is Mode.LITERAL):
        language = unread_code(exchange.program)
        if language:
            return Decision(Outcome.UNDECIDED, f"code in {language} is not read; else {decision.reason}")
    return decision


def _own_faults(exchange: Exchange, decision: Decision) -> Decision:
    """Leave out what the user's file held before the answer edited it, in lines that it did not touch.

    Where nothing else speaks against the answer, it is open: the check saw a program that breaks the rule,
    and the answer's part in it is not known.
    """
    if decision.outcome is not Outcome.FAIL or not decision.findings:
        return decision
    kept = {block.number: block.kept_lines for block in exchange.program.blocks if block.kept_lines}
    if not kept:
        return decision
    own = tuple(one for one in decision.findings if not _is_kept(one, kept.get(one.block, frozenset())))
    if len(own) == len(decision.findings):
        return decision
    if own:
        left = f"{len(decision.findings) - len(own)} more in lines that the answer left as they were"
        return replace(decision, findings=own, reason=f"{decision.reason} ({left})")
    reason = f"only in lines of the user's files that the answer left as they were: {decision.reason}"
    return replace(decision, outcome=Outcome.UNDECIDED, reason=reason)


def _is_kept(finding: Finding, kept: frozenset[int]) -> bool:
    return bool(kept) and all(
        line in kept for line in range(finding.line, max(finding.line, finding.end_line) + 1)
    )


def _is_source(exchange: Exchange) -> bool:
    blocks = exchange.program.blocks
    return bool(blocks) and not exchange.program.text and all(one.origin is Origin.FILE for one in blocks)


def decide_rule(
    case: Case, binding: Binding, checks: Mapping[str, Check], exchange: Exchange, position: Position
) -> Verdict:
    """Decide one rule for one answer to a case."""
    check = checks.get(binding.check)
    if binding.rule.id in case.not_applicable:
        decision, flag = Decision(Outcome.NOT_APPLICABLE, "the case says that the rule does not apply"), ""
    elif check is None:
        reason = "no static check decides this rule; a judge model would"
        decision, flag = Decision(Outcome.UNDECIDED, reason), ""
    else:
        found = run_check(check, replace(exchange, parameters=binding.parameters))
        decision, flag = settled(case, binding, exchange, found)
    variant, trial = position
    return Verdict(
        case=case.id,
        variant=variant,
        trial=trial,
        rule=binding.rule.id,
        check=binding.check,
        version=0 if check is None else check.version,
        mode=exchange.mode,
        basis=Basis.STATIC,
        decision=decision,
        flag=flag,
    )


def settled(case: Case, binding: Binding, exchange: Exchange, decision: Decision) -> tuple[Decision, str]:
    """Return what a decision means for the case, and its flag: ``omitted``, ``vacuous`` or empty.

    Whoever decided, a check or a judge: silence where the case says that the rule applies is no obedience.
    """
    if decision.outcome is Outcome.PASS and ("vacuous", "true") in decision.evidence:
        return decision, VACUOUS
    if decision.outcome is not Outcome.NOT_APPLICABLE or binding.rule.id not in case.applies:
        return decision, ""
    if exchange.truncated or any(block.truncated for block in exchange.program.blocks):
        return Decision(Outcome.UNDECIDED, f"the answer was cut off; until then {decision.reason}"), ""
    if binding.rule.polarity is Polarity.NEVER:
        return Decision(Outcome.PASS, f"nothing to violate: {decision.reason}"), VACUOUS
    return Decision(Outcome.FAIL, f"omitted: {decision.reason}"), OMITTED
