"""The gate: a change of an agent, run, compared, asked again where it looks broken, judged by policy."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.agentfile.sidecar import read_sidecar, sidecar_path
from harness.compare.baseline import archive_of, read_baseline
from harness.compare.cells import grid_of
from harness.compare.comparison import compare
from harness.compare.gate import AgentGate, Confirmation, apply_policy, confirm
from harness.compare.model import Comparison, Policy
from harness.compare.pairing import Side, demand_comparable, match_rules, side_of
from harness.compare.suspects import Suspect, suspects
from harness.core.config import GateConfig
from harness.core.errors import ConfigurationError, InputError
from harness.core.types import Agent, Severity
from harness.pipeline.confirm import Prompts, ask_again
from harness.pipeline.decided import decided_run
from harness.pipeline.git import changed_since, export_folder
from harness.pipeline.job import Outcome, run_job
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import prepare
from harness.pipeline.redecide import decide_again, stored_answers
from harness.pipeline.sampling import Watcher
from harness.pipeline.sides import open_run
from harness.report.comparison.answers import write_cited
from harness.stats.score import Score, score_verdicts
from harness.store.archive import read_archive
from harness.store.decided import DecidedRule, DecidedRun

__all__ = ["DEMONSTRATION", "Gated", "agents_changed", "demand_model", "gate_against", "gate_baseline"]

DEMONSTRATION = "local:smollm2"


@dataclass(frozen=True, slots=True)
class Gated:
    """What the gate says about one agent, and the run that it rests on."""

    gate: AgentGate
    outcome: Outcome


def demand_model(model: str, policy: GateConfig) -> None:
    """Refuse a model that the policy does not let gate.

    Raises:
        ConfigurationError: it is not on the list, or is the demonstration model and there is no list.
    """
    if policy.models and model not in policy.models:
        raise ConfigurationError(
            f"harness.toml: gate.models lets {', '.join(policy.models)} gate, not {model}; "
            "name one of them with --model"
        )
    if not policy.models and model == DEMONSTRATION:
        raise ConfigurationError(
            f"{model} is a demonstration model: its answers say nothing about your prompt; name a real one "
            f'with --model, or allow it with gate.models = ["{model}"] in harness.toml'
        )


def agents_changed(ref: str, folder: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Return the agent files of a folder that differ from a commit, and those that were not there then.

    An agent differs when its file, its sidecar or a file that it includes does.

    Raises:
        InputError: there is no such commit or folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; name the folder of your agents (agents in harness.toml)")
    changed = changed_since(ref, folder)
    differ = [
        path
        for path in sorted(folder.glob("*.md"))
        if path.name.lower() != "readme.md" and changed & _files_of(path)
    ]
    if not differ:
        return (), ()
    with tempfile.TemporaryDirectory(prefix="harness-gate-") as place:
        exported = export_folder(ref, folder, Path(place))
        known = {path for path in differ if exported is not None and (exported / path.name).is_file()}
    return (
        tuple(path for path in differ if path in known),
        tuple(path for path in differ if path not in known),
    )


def _files_of(agent: Path) -> set[Path]:
    sidecar = sidecar_path(agent)
    files = {agent.resolve(), sidecar.resolve()}
    if sidecar.is_file():
        files |= {(agent.parent / name).resolve() for name in read_sidecar(agent).includes}
    return files


def gate_against(agent: Path, ref: str, options: RunOptions, policy: GateConfig, watcher: Watcher) -> Gated:
    """Hold the file of an agent against the one at a commit, both asked in one run, in turns.

    Raises:
        InputError: there is no such commit, or the agent was not there.
    """
    with tempfile.TemporaryDirectory(prefix="harness-gate-") as place:
        exported = export_folder(ref, agent.parent, Path(place))
        base = None if exported is None else exported / agent.name
        if base is None or not base.is_file():
            raise InputError(
                f"{agent}: was not there at {ref}; there is nothing to compare it with. Run it, and make a "
                "baseline: `harness baseline RUN`"
            )
        outcome = run_job(replace(options, agent=base, variants=(agent,), interleaved=True), watcher)
        decided = decided_run(outcome.results)
        names = [name for name, _ in decided.variants]
        earlier, later = (variant.agent for variant in outcome.results.variants)
        before = side_of(decided, names[0])
        after = side_of(decided.model_copy(update={"rules": _where_now(decided, later)}), names[-1])
        prompts = Prompts(earlier.prompt, later.prompt, later)
        return _judged(agent, (before, after), prompts, outcome, (options, policy, watcher))


def _where_now(decided: DecidedRun, head: Agent) -> tuple[DecidedRule, ...]:
    """Return the rules of the base with the lines at which the head has them: people look into that file."""
    there = [DecidedRule(rule=rule, severity=Severity.MAJOR, check="", parameters={}) for rule in head.rules]
    spans = {old.id: new.rule.span for old, new in match_rules(decided.rules, there).same}
    return tuple(
        one.model_copy(update={"rule": replace(one.rule, span=spans.get(one.id, one.rule.span))})
        for one in decided.rules
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
    opened = open_run(baseline, watcher.deciding)
    for note in opened.notes:
        watcher.say(note)
    before = side_of(opened.run)
    _demand_same_question(before, agent, options)
    earlier = _prompt_of(baseline)
    outcome = run_job(replace(options, agent=agent), watcher)
    head = _decided_as_before(outcome, before.run, watcher)
    later = outcome.results.variants[0].agent
    prompts = Prompts(earlier, later.prompt, later)
    return _judged(agent, (before, side_of(head)), prompts, outcome, (options, policy, watcher))


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


def _decided_as_before(outcome: Outcome, base: DecidedRun, watcher: Watcher) -> DecidedRun:
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
    rules = (*(kept.get(rule.id, rule) for rule in head.rules), *matched.removed)
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
    outcome: Outcome,
    context: tuple[RunOptions, GateConfig, Watcher],
) -> Gated:
    options, policy, watcher = context
    before, after = sides
    comparison = compare(before, after, Policy(policy.margin, policy.alpha, options.seed))
    found = suspects(before, after, comparison.matched, policy.critical)
    followed, rest = found[: policy.confirm_cells], found[policy.confirm_cells :]
    confirmations = _confirmed(followed, comparison, prompts, context)
    scores = _scores(after)
    result = apply_policy(comparison, confirmations, rest, scores, policy)
    watcher.say(f"{agent}: {result.light.value}")
    folder = outcome.results.folder.as_posix()
    gate = AgentGate(after.run.agent, agent.as_posix(), folder, options.model, result, scores)
    write_cited(outcome.results.folder, gate, outcome.results.samples)
    return Gated(gate, outcome)


def _confirmed(
    followed: Sequence[Suspect],
    comparison: Comparison,
    prompts: Prompts,
    context: tuple[RunOptions, GateConfig, Watcher],
) -> tuple[Confirmation, ...]:
    options, policy, watcher = context
    if not followed:
        return ()
    cases = {case.id: case for case in comparison.after.run.cases}
    fresh = ask_again(followed, cases, prompts, policy.confirm_trials, options, watcher)
    share = comparison.policy.share
    if prompts.before is not None:
        return confirm(followed, fresh, share)
    grid = grid_of(comparison.before, {old.id: new.id for old, new in comparison.matched.same})
    # Not only those that did: which of the cells always passed is chance, too.
    among = sum(1 for cell in grid.values() if cell.decided)
    old = {one.cell: replace(fresh[one.cell], passed_before=one.passed_before) for one in followed}
    return confirm(followed, old, share, among)


def _scores(side: Side) -> tuple[Score, ...]:
    run = side.run
    absent = sum(1 for one in run.missing if one.variant == side.variant)
    return score_verdicts(
        [verdict for verdict in run.verdicts if verdict.variant == side.variant],
        {side.variant: absent},
        {case.id: case.cluster for case in run.cases},
        [(rule.id, rule.check) for rule in run.rules],
    )
