"""The gate of one agent: its change, run, compared, asked again where it looks broken, judged by policy."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.agentfile.encoding import decode
from harness.agentfile.frontmatter import description_line
from harness.agentfile.parse import read_agent
from harness.agentfile.source import read_bytes
from harness.checks.registry import all_checks
from harness.compare.baseline import archive_of, read_baseline
from harness.compare.comparison import compare
from harness.compare.conclusion import ROUTING
from harness.compare.gate import (
    AgentGate,
    Followed,
    Light,
    Trouble,
    apply_policy,
)
from harness.compare.model import Policy
from harness.compare.pairing import Side, demand_comparable, match_rules, side_of
from harness.compare.routing import routing_side
from harness.compare.suspects import suspects
from harness.core.config import GateConfig
from harness.core.errors import InputError
from harness.core.types import Agent, Severity, Span
from harness.pipeline.confirm import Fresh, Prompts
from harness.pipeline.decided import decided_run
from harness.pipeline.follow import Context, follow
from harness.pipeline.git import export_agent
from harness.pipeline.job import Outcome, run_job
from harness.pipeline.judge_trust import trusted_sides
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import BASE, Prepared, prepare
from harness.pipeline.redecide import decide_again, stored_answers
from harness.pipeline.results import routing_cases
from harness.pipeline.sampling import Watcher
from harness.pipeline.shortfall import shortfall_of
from harness.pipeline.sides import open_run
from harness.report.comparison.answers import write_cited
from harness.stats.score import AGGREGATE, Score, score_verdicts
from harness.store.archive import read_archive
from harness.store.decided import DecidedRouting, DecidedRule, DecidedRun, RosterLine
from harness.suite.catalogue import specification_of

__all__ = ["Gated", "base_of", "gate_against", "gate_baseline", "routing_wanted", "side_of_baseline"]


_NOWHERE = Span(0, 1, 0, 1)
_UNTOLD = "what the model has become since then cannot be told from the edit"


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
        options, note = routing_wanted(read_agent(base), head, options)
        outcome = run_job(replace(options, agent=base, variants=(agent,), interleaved=True), watcher)
        decided = decided_run(outcome.results)
        names = [name for name, _ in decided.variants]
        earlier, later = (variant.agent for variant in outcome.results.variants)
        before = side_of(decided, names[0])
        after = side_of(decided.model_copy(update={"rules": _where_now(decided.rules, head)}), names[-1])
        prompts = Prompts(earlier.prompt, later.prompt, later)
        notes = (*note, *_drift(outcome, (before.variant, after.variant)))
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
    earlier = read_agent(base)
    if routing_wanted(earlier, read_agent(agent), options)[0].routing:
        return base
    bindings = specification_of(earlier, all_checks(options.config.checks_folder)).bindings
    if not options.config.judge.models and not any(one.check and not one.waived for one in bindings):
        raise InputError(
            f"{agent}: no check decides any of the rules that it had at {ref}, so no answer could show a "
            "difference; `harness rules` says why, and a judge ([judge] in harness.toml) may decide them"
        )
    return base


def routing_wanted(base: Agent, head: Agent, options: RunOptions) -> tuple[RunOptions, tuple[str, ...]]:
    """Return the options with routing left out where no router would see a difference, and a note of that.

    A router is told an agent's name, description and tools; an edit of the prompt alone sends no message
    elsewhere.
    """
    if not options.routing or (base.listing, base.tools) != (head.listing, head.tools):
        return options, ()
    same = "routing was not asked: description and tools of the agent are what they were"
    return replace(options, routing=False), (same,)


def _drift(outcome: Outcome, variants: tuple[str, str]) -> tuple[str, ...]:
    """Say where the answers of one side are older than those of the other."""
    (old, of_old), (new, of_new) = (outcome.reused.get(variant, (0, 0)) for variant in variants)
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
    before, options = side_of_baseline(baseline, agent, options, watcher)
    earlier = _prompt_of(baseline)
    outcome = run_job(replace(options, agent=agent), watcher)
    later = outcome.results.variants[0].agent
    head = _decided_as_before(outcome, before.run, later, watcher)
    prompts = Prompts(earlier, later.prompt, later)
    return _judged(agent, (before, side_of(head)), prompts, (outcome, ()), (options, policy, watcher))


def side_of_baseline(
    baseline: Path, agent: Path, options: RunOptions, watcher: Watcher
) -> tuple[Side, RunOptions]:
    """Return the stored side that an agent would be held against, and the options to ask with.

    Routing is left out where the baseline has none, or was routed among the very same roster.

    Raises:
        InputError: the baseline is damaged, or of another agent, suite, model or length of answers.
    """
    opened = open_run(baseline, watcher.deciding)
    for note in opened.notes:
        watcher.say(note)
    before = side_of(opened.run)
    prepared = prepare(replace(options, agent=agent))
    if prepared.rosters:
        today = {_line(one) for one in prepared.rosters[BASE]}
        routed = set(before.run.routing.rosters.get(before.variant, {}).values())
        options = replace(options, routing=options.routing and bool(routed) and routed != today)
    _demand_same_question(before, agent, prepared, options)
    return before, options


def _line(agent: Agent) -> str:
    return RosterLine(name=agent.name, listing=agent.listing, tools=agent.tools).sha


def _demand_same_question(before: Side, agent: Path, prepared: Prepared, options: RunOptions) -> None:
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
    asked = run.model_copy(
        update={
            "run": agent.as_posix(),
            "agent": prepared.specification.agent.name,
            "cases": prepared.compliance,
            "rules": (),
            "verdicts": (),
            "routing": DecidedRouting(cases=routing_cases(prepared.routing) if options.routing else ()),
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
        else follow(found, comparison, prompts, context)
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
    line = description_line(decode(read_bytes(agent), agent.as_posix()).text)
    gate = AgentGate(after.run.agent, agent.as_posix(), folder, options.model, result, scores, line)
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


def _scores(side: Side) -> tuple[Score, ...]:
    """Return the scores of the rules, of routing as a whole and of each agent's recall."""
    routes = routing_side(side)
    routing = () if routes is None else _scores_of(routes)
    return (
        *_scores_of(side),
        *(replace(one, rule=ROUTING) if one.rule == AGGREGATE else one for one in routing),
    )


def _scores_of(side: Side) -> tuple[Score, ...]:
    run = side.run
    absent = sum(1 for one in run.missing if one.variant == side.variant)
    return score_verdicts(
        [verdict for verdict in run.verdicts if verdict.variant == side.variant],
        {side.variant: absent},
        {case.id: case.cluster for case in run.cases},
        [(rule.id, rule.check) for rule in run.rules],
    )
