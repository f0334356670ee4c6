"""The gate of one agent: its change, run, compared, asked again where it looks broken, judged by policy."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.agentfile.parse import read_agent
from harness.checks.registry import all_checks
from harness.compare.baseline import archive_of, read_baseline
from harness.compare.cells import grid_of
from harness.compare.comparison import compare
from harness.compare.gate import (
    AgentGate,
    Confirmation,
    Followed,
    Light,
    Trouble,
    apply_policy,
    confirm,
    most_confirmable,
)
from harness.compare.model import Comparison, Policy
from harness.compare.pairing import Side, demand_comparable, match_rules, side_of
from harness.compare.suspects import Suspect, suspects
from harness.core.config import GateConfig
from harness.core.errors import InputError
from harness.core.types import Agent, Severity, Span
from harness.pipeline.confirm import Fresh, Prompts, ask_again
from harness.pipeline.decided import decided_run
from harness.pipeline.git import export_agent
from harness.pipeline.job import Outcome, run_job
from harness.pipeline.judge_trust import trusted_sides
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import prepare
from harness.pipeline.redecide import decide_again, stored_answers
from harness.pipeline.sampling import Watcher
from harness.pipeline.shortfall import shortfall_of
from harness.pipeline.sides import open_run
from harness.report.comparison.answers import write_cited
from harness.stats.score import Score, score_verdicts
from harness.store.archive import read_archive
from harness.store.decided import DecidedRule, DecidedRun
from harness.suite.catalogue import specification_of

__all__ = ["Gated", "base_of", "gate_against", "gate_baseline", "side_of_baseline"]


_NOWHERE = Span(0, 1, 0, 1)
_UNTOLD = "what the model has become since then cannot be told from the edit"

Context = tuple[RunOptions, GateConfig, Watcher]
"""How the model is asked, by which policy, and who is told."""


@dataclass(frozen=True, slots=True)
class Gated:
    """What the gate says about one agent, and the run that it rests on.

    ``troubles`` say what is missing for a verdict; ``stopped``: the user wants no further calls.
    """

    gate: AgentGate
    outcome: Outcome
    troubles: tuple[Trouble, ...] = ()
    stopped: bool = False


def gate_against(agent: Path, ref: str, options: RunOptions, policy: GateConfig, watcher: Watcher) -> Gated:
    """Hold the file of an agent against the one at a commit, both asked in one run, in turns.

    Raises:
        InputError: there is no such commit, the agent was not there, or nothing could be decided about it.
    """
    with tempfile.TemporaryDirectory(prefix="harness-gate-") as place:
        base, head = base_of(agent, ref, Path(place), options), read_agent(agent)
        outcome = run_job(replace(options, agent=base, variants=(agent,), interleaved=True), watcher)
        decided = decided_run(outcome.results)
        names = [name for name, _ in decided.variants]
        earlier, later = (variant.agent for variant in outcome.results.variants)
        before = side_of(decided, names[0])
        after = side_of(decided.model_copy(update={"rules": _where_now(decided.rules, head)}), names[-1])
        prompts = Prompts(earlier.prompt, later.prompt, later)
        notes = _drift(outcome, (before.variant, after.variant))
        return _judged(agent, (before, after), prompts, (outcome, notes), (options, policy, watcher))


def base_of(agent: Path, ref: str, place: Path, options: RunOptions) -> Path:
    """Write the file of an agent as it was at a commit, with what belongs to it, below a folder.

    Raises:
        InputError: there is no such commit, the agent was not there, or none of its rules could be decided.
    """
    base = export_agent(ref, agent, place)
    if base is None:
        raise InputError(
            f"{agent}: was not there at {ref}; there is nothing to compare it with. Run it, and make a "
            "baseline: `harness baseline RUN`"
        )
    bindings = specification_of(read_agent(base), all_checks(options.config.checks_folder)).bindings
    if not options.config.judge.models and not any(one.check and not one.waived for one in bindings):
        raise InputError(
            f"{agent}: no check decides any of the rules that it had at {ref}, so no answer could show a "
            "difference; `harness rules` says why, and a judge ([judge] in harness.toml) may decide them"
        )
    return base


def _drift(outcome: Outcome, variants: tuple[str, str]) -> tuple[str, ...]:
    """Say where the answers of one side are older than those of the other."""
    (old, of_old), (new, of_new) = (outcome.reused[variant] for variant in variants)
    if old * of_new == new * of_old:
        return ()
    stored = f"{old:,} of {of_old:,} answers of the earlier prompt and {new:,} of {of_new:,} of the new one"
    return (f"{stored} were stored before this run: {_UNTOLD} (--fresh asks for all of them now)",)


def _where_now(rules: Sequence[DecidedRule], head: Agent) -> tuple[DecidedRule, ...]:
    """Return the earlier rules with the lines at which the head has them: people look into that file.

    A rule that the head has no longer gets line 0.
    """
    there = [DecidedRule(rule=rule, severity=Severity.MAJOR, check="", parameters={}) for rule in head.rules]
    now = {old.id: (new.rule.span, new.rule.source) for old, new in match_rules(rules, there).same}
    moved = ((one, now.get(one.id, (_NOWHERE, ""))) for one in rules)
    return tuple(
        one.model_copy(update={"rule": replace(one.rule, span=span, source=source)})
        for one, (span, source) in moved
    )


def gate_baseline(
    agent: Path, baseline: Path, options: RunOptions, policy: GateConfig, watcher: Watcher
) -> Gated:
    """Hold the file of an agent against a stored baseline.

    A rule that the new file has no longer is still decided: else an edit that deletes a rule would delete its
    test.

    Raises:
        InputError: the baseline is damaged, or of another suite.
    """
    before = side_of_baseline(baseline, agent, options, watcher)
    earlier = _prompt_of(baseline)
    outcome = run_job(replace(options, agent=agent), watcher)
    later = outcome.results.variants[0].agent
    head = _decided_as_before(outcome, before.run, later, watcher)
    prompts = Prompts(earlier, later.prompt, later)
    return _judged(agent, (before, side_of(head)), prompts, (outcome, ()), (options, policy, watcher))


def side_of_baseline(baseline: Path, agent: Path, options: RunOptions, watcher: Watcher) -> Side:
    """Return the stored side that an agent would be held against.

    Raises:
        InputError: the baseline is damaged, or of another agent, suite, model or length of answers.
    """
    opened = open_run(baseline, watcher.deciding)
    for note in opened.notes:
        watcher.say(note)
    before = side_of(opened.run)
    _demand_same_question(before, agent, options)
    return before


def _demand_same_question(before: Side, agent: Path, options: RunOptions) -> None:
    """Refuse, before anything is asked, a baseline that the answers could not be held against.

    Raises:
        InputError: it is of another agent, another suite or another model.
    """
    run = before.run
    if run.model != options.model:
        raise InputError(
            f"the baseline was answered by {run.model}, the gate asks {options.model}: a difference would "
            "not be the prompt's; name that model with --model, or make a baseline with this one"
        )
    if run.max_tokens != options.max_tokens:
        raise InputError(
            f"the answers of the baseline might have {run.max_tokens:,} tokens, the gate allows "
            f"{options.max_tokens:,}: a difference would not be the prompt's; give --max-tokens "
            f"{run.max_tokens}, or make a baseline with as many"
        )
    prepared = prepare(replace(options, agent=agent))
    asked = run.model_copy(
        update={
            "run": agent.as_posix(),
            "agent": prepared.specification.agent.name,
            "cases": prepared.compliance,
            "rules": (),
            "verdicts": (),
        }
    )
    demand_comparable(before, replace(before, run=asked))


def _decided_as_before(outcome: Outcome, base: DecidedRun, agent: Agent, watcher: Watcher) -> DecidedRun:
    """Decide the new answers by the rules of the baseline, as they were bound there.

    A rule that is gone is decided still, and one with other words keeps its check.
    """
    head = decided_run(outcome.results)
    matched = match_rules(base.rules, head.rules)
    kept = {
        new.id: new.model_copy(update={"check": old.check, "parameters": old.parameters})
        for old, new in matched.same
        if old.check and (old.check, old.parameters) != (new.check, new.parameters)
    }
    if not matched.removed and not kept:
        return head
    gone = _where_now(matched.removed, agent)
    rules = (*(kept.get(rule.id, rule) for rule in head.rules), *gone)
    more = head.model_copy(update={"rules": rules})
    return decide_again(more, stored_answers(outcome.results.folder, head), watcher.deciding).run


def _prompt_of(baseline: Path) -> str | None:
    if baseline.is_dir():
        return None
    archive = archive_of(baseline, read_baseline(baseline))
    return None if archive is None else next(iter(read_archive(archive).prompts.values()), None)


def _judged(
    agent: Path,
    sides: tuple[Side, Side],
    prompts: Prompts,
    ran: tuple[Outcome, tuple[str, ...]],
    context: Context,
) -> Gated:
    (outcome, notes), (options, policy, watcher) = ran, context
    measure = Policy(policy.margin, policy.alpha, options.seed)
    trusted = trusted_sides(*sides, options.config.judge, measure)
    before, after = trusted.before, trusted.after
    comparison = compare(before, after, measure)
    missing = shortfall_of(outcome, options.config.run.missing_limit)
    lacking = missing is not None and missing.code > 0
    found = suspects(before, after, comparison.matched, policy.critical)
    followed, fresh = (
        (Followed((), found, "too many answers are missing"), None)
        if lacking
        else _follow(found, comparison, prompts, context)
    )
    scores = _scores(after)
    if missing is not None and not missing.code:
        notes = (missing.message, *notes)
    notes = (*notes, *trusted.notes)
    result = apply_policy(comparison, followed, scores, policy, notes, trusted.warnings)
    trouble = _trouble(agent, outcome, fresh, options)
    if trouble is not None:
        # What follows from the answers that came stands, unless too many of them are missing.
        red = result.light is Light.RED and not lacking
        light = Light.RED if red else Light.NONE
        result = replace(result, light=light, reasons=(trouble.message, *result.reasons))
    watcher.say(f"{agent}: {result.light.value}")
    folder = outcome.results.folder.as_posix()
    gate = AgentGate(after.run.agent, agent.as_posix(), folder, options.model, result, scores)
    write_cited(outcome.results.folder, gate, outcome.results.samples)
    stopped = outcome.interrupted or (fresh is not None and fresh.interrupted)
    return Gated(gate, outcome, () if trouble is None else (trouble,), stopped)


def _trouble(agent: Path, outcome: Outcome, fresh: Fresh | None, options: RunOptions) -> Trouble | None:
    """Return what keeps the gate from a verdict: answers that are missing beyond the project's limit."""
    limit = options.config.run.missing_limit
    missing = shortfall_of(outcome, limit)
    if missing is not None and missing.code:
        return Trouble(agent.as_posix(), missing.message, missing.code)
    if fresh is None or fresh.missing <= limit * fresh.wanted:
        return None
    said = (
        f"{fresh.missing:,} of {fresh.wanted:,} fresh answers, which suspected failures were to be confirmed "
        f"with, are missing: {fresh.trouble}"
    )
    return Trouble(agent.as_posix(), said, fresh.code)


def _follow(
    found: Sequence[Suspect], comparison: Comparison, prompts: Prompts, context: Context
) -> tuple[Followed, Fresh | None]:
    """Ask again about as many suspicions as the policy wants and as fresh trials could confirm at all."""
    options, policy, watcher = context
    if not found:
        return Followed(), None
    share, among = comparison.policy.share, 0
    earlier = policy.confirm_trials
    if prompts.before is None:
        grid = grid_of(comparison.before, {old.id: new.id for old, new in comparison.matched.same})
        # Not only those that did: which of the cells always passed is chance, too.
        among = sum(1 for cell in grid.values() if cell.decided)
        earlier = max(one.passed_before for one in found)
    most = most_confirmable(earlier, policy.confirm_trials, share, among)
    chosen = found[: min(policy.confirm_cells, most)]
    why = ""
    if len(chosen) < len(found):
        why = (
            "raise gate.confirm_cells to follow more"
            if policy.confirm_cells <= most
            else f"gate.confirm_trials = {policy.confirm_trials} could confirm {most} at most; raise it"
        )
    if not chosen:
        return Followed((), tuple(found), why), None
    cases = {case.id: case for case in comparison.after.run.cases}
    fresh = ask_again(chosen, cases, prompts, policy.confirm_trials, options, watcher)
    return Followed(
        _confirmed(chosen, fresh, prompts, (share, among)), tuple(found[len(chosen) :]), why
    ), fresh


def _confirmed(
    chosen: Sequence[Suspect], fresh: Fresh, prompts: Prompts, level: tuple[float, int]
) -> tuple[Confirmation, ...]:
    if prompts.before is not None:
        return confirm(chosen, fresh.trials, level[0])
    old = {one.cell: replace(fresh.trials[one.cell], passed_before=one.passed_before) for one in chosen}
    return confirm(chosen, old, *level)


def _scores(side: Side) -> tuple[Score, ...]:
    run = side.run
    absent = sum(1 for one in run.missing if one.variant == side.variant)
    return score_verdicts(
        [verdict for verdict in run.verdicts if verdict.variant == side.variant],
        {side.variant: absent},
        {case.id: case.cluster for case in run.cases},
        [(rule.id, rule.check) for rule in run.rules],
    )
