"""The plan of a gate for the terminal and as JSON: what is asked, what it costs, what it could find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from harness.compare.foresight import AgentPlan, GatePlan, RuleReach
from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.report.escape import clip
from harness.report.money import dollars, expected
from harness.report.words import count
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["plan_document", "print_plan"]

_LONGEST = 2_000
_NAMED = 8
_WHOLE = 5
"""Agents up to which each has its paragraph; of more, each has a line."""


def plan_document(plan: GatePlan) -> dict[str, Any]:
    """Return the document as JSON values; a stable interface, see docs/ci.md."""
    return {
        "model": plan.model,
        "against": plan.against,
        "alpha_of_each": plan.policy.alpha,
        "margin": plan.policy.margin,
        "max_cost": plan.max_cost,
        "max_tokens_total": plan.max_tokens_total,
        "agents": [_agent(one, plan) for one in plan.agents],
        "errors": [to_jsonable(one) for one in plan.troubles],
        "warnings": list(plan.warnings),
    }


def _agent(one: AgentPlan, plan: GatePlan) -> dict[str, Any]:
    return {
        "path": one.path,
        "cases": one.cases,
        "clusters": one.clusters,
        "trials": one.trials,
        "prompts": one.prompts,
        "wanted": one.wanted,
        "stored": one.stored,
        "calls": one.estimate.calls,
        "confirmation_calls_at_most": _most_fresh(one, plan),
        "input_tokens": to_jsonable(one.estimate.input_tokens),
        "output_tokens": to_jsonable(one.estimate.output_tokens),
        "cost_usd": to_jsonable(one.estimate.dollars),
        "pilot": list(one.pilot.names),
        "minimum_detectable": to_jsonable(one.detectable),
        "cases_needed_per_rule": one.needed,
        "rules": [
            {
                "rule": each.rule.id,
                "check": each.rule.check,
                "line": each.rule.line,
                "cases": each.cases,
                "measured": each.measured,
                "minimum_detectable": to_jsonable(each.detectable),
                "can_be_red": each.can_be_red,
            }
            for each in one.rules
        ],
    }


def _most_fresh(one: AgentPlan, plan: GatePlan) -> int:
    return min(plan.policy.confirm_cells, one.cases) * plan.policy.confirm_trials * one.prompts


def print_plan(plan: GatePlan, console: Console) -> None:
    """Print the plan of every agent (of many agents: a line each), then what holds for all."""
    if len(plan.agents) > _WHOLE:
        console.print(_text(f"{len(plan.agents)} agents against {plan.against}", "bold"), soft_wrap=True)
        for one in plan.agents:
            console.print(_text(f"  {_short(one)}"), soft_wrap=True)
    else:
        for one in plan.agents:
            console.print(_text(f"{one.path} against {plan.against}", "bold"), soft_wrap=True)
            for line in (*_asked(one, plan), *_power(one, plan), *_reach(one)):
                console.print(_text(f"  {line}"), soft_wrap=True)
    for trouble in plan.troubles:
        console.print(_text(f"{trouble.path}: cannot be gated: {trouble.message}", "magenta"), soft_wrap=True)
    for line in _whole(plan):
        console.print(_text(line, "dim"), soft_wrap=True)
    for warning in plan.warnings:
        console.print(_text(f"warning: {warning}", "yellow"), soft_wrap=True)


def _short(one: AgentPlan) -> str:
    """Say of an agent among many what is asked, what it costs, and what could turn red."""
    able = sum(each.can_be_red for each in one.rules)
    cost = one.estimate.dollars
    price = f", about {dollars(cost.likely)}" if cost is not None else ""
    seen = "no drop" if one.detectable is NO_NUMBER else f"a drop of {_points(one.detectable)} points"
    return (
        f"{one.path}: {count(one.wanted, 'answer')}, {one.stored:,} stored{price}; {seen} would be found; "
        f"{able} of {count(len(one.rules), 'rule')} can turn red alone"
    )


def _asked(one: AgentPlan, plan: GatePlan) -> list[str]:
    likes = f" ({one.clusters:,} independent)" if one.clusters != one.cases else ""
    said = (
        f"{count(one.cases, 'case')}{likes} × {count(one.trials, 'trial')} × {count(one.prompts, 'prompt')}"
    )
    stored = f", {one.stored:,} of them stored" if one.stored else ""
    use = expected(one.estimate)
    return [
        f"{said}: {count(one.wanted, 'answer')} wanted from {plan.model}{stored}{'; ' + use if use else ''}",
        f"at most {count(_most_fresh(one, plan), 'fresh answer')} more, to confirm suspected failures",
    ]


def _power(one: AgentPlan, plan: GatePlan) -> list[str]:
    basis = f"from {', '.join(one.pilot.names)}" if one.pilot.names else "assumed: no answer is stored yet"
    if one.detectable is NO_NUMBER:
        return [f"all rules together: no drop at all would be found with these cases ({basis})"]
    seen, margin = _points(one.detectable), _points(plan.policy.margin)
    return [
        f"all rules together: a drop of {seen} points is found four times in five (margin {margin}; {basis})"
    ]


def _reach(one: AgentPlan) -> list[str]:
    """Say which rules could turn the gate red by themselves, and why the others could not."""
    able = [each for each in one.rules if each.can_be_red]
    weak = [each for each in one.rules if each.rule.check and not each.can_be_red]
    few = [each for each in weak if each.measured]
    unknown = [each for each in weak if not each.measured]
    unbound = [each for each in one.rules if not each.rule.check]
    lines = [f"{len(able)} of {count(len(one.rules), 'rule')} can turn red by a drop of their own"]
    if few:
        named = _listed(few, lambda each: f"{each.rule.id} ({each.cases})")
        lines.append(f"too few cases (it takes {one.needed} that all fall): {named}")
    if unbound:
        lines.append(f"no check decides: {_listed(unbound, lambda each: each.rule.id)}")
    if unknown:
        named = _listed(unknown, lambda each: f"{each.rule.id} ({each.cases})")
        lines.append(
            f"not known before there are answers (it takes {one.needed} cases; named by the dataset): {named}"
        )
    if weak and not able:
        lines.append(
            f"more cases make it see more: `harness draft-cases {one.path}` lets a model propose them, "
            "a person accepts; docs/datasets.md shows how to write one"
        )
    return lines


def _listed(rules: Sequence[RuleReach], name: Callable[[RuleReach], str]) -> str:
    more = f" and {len(rules) - _NAMED} more" if len(rules) > _NAMED else ""
    return ", ".join(name(each) for each in rules[:_NAMED]) + more


def _whole(plan: GatePlan) -> list[str]:
    lines = []
    if len(plan.agents) > _WHOLE:
        lines.append("name one agent instead of all, and --dry-run says what each of its rules could show")
    if len(plan.agents) + len(plan.troubles) > 1:
        lines.append(
            f"the error budget is divided: {plan.policy.alpha:.3g} for each of "
            f"{count(len(plan.agents) + len(plan.troubles), 'agent')}"
        )
    costs = [one.estimate.dollars for one in plan.agents]
    likely = sum(cost.likely for cost in costs if cost is not None)
    if costs and None not in costs:
        lines.append(f"in all about {dollars(likely)}, without confirmations")
    if plan.max_cost is not None:
        lines.append(
            f"budget: {dollars(plan.max_cost)} (max_cost), shared evenly by the agents that are left"
        )
    if plan.max_tokens_total is not None:
        lines.append(f"budget: {plan.max_tokens_total:,} tokens (max_tokens_total), shared in the same way")
    if not plan.agents and not plan.troubles:
        lines.append("no agent changed: nothing would be asked")
    return lines


def _points(number: Number) -> str:
    return str(number) if number is NO_NUMBER else f"{100 * number:.1f}"


def _text(text: str, style: str = "") -> Text:
    return Text(reveal(clip(text, _LONGEST)), style=style)
