"""Before the first call: the specification, its variants, the suite, and which of its cases are wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.agentfile.parse import read_agent
from harness.checks.base import Check
from harness.checks.registry import all_checks
from harness.core.errors import InputError
from harness.core.types import Agent, Case, CaseKind, Message, Variant
from harness.pipeline.locate import Located, locate, names_roster
from harness.pipeline.options import RunOptions
from harness.pipeline.select import check_names, dialogue_cases, wanted_cases, wanted_golden
from harness.pipeline.shards import Selection, sharded
from harness.report.model import HAND_WRITTEN
from harness.suite.catalogue import AgentFolder, Specification, specification_of
from harness.suite.golden import GoldenResponse
from harness.suite.load import Suite, load_suite
from harness.suite.roster import Roster, read_roster
from harness.tune.variants import CONTROLS, Arms, arms_of, control_arms, demand_content

__all__ = ["BASE", "Prepared", "prepare"]

BASE = "base"  # the variant that is the specification's own file


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything a run needs to know before it asks a model.

    ``rosters`` gives for each variant the agents that routing chooses among; it is empty when there are no
    routing cases. ``texts`` holds, by name, the agent files of variants that stand in no file of their own.
    """

    specification: Specification
    checks: Mapping[str, Check]
    variants: tuple[Variant, ...]
    compliance: tuple[Case, ...]
    routing: tuple[Case, ...]
    golden: tuple[GoldenResponse, ...]
    rosters: Mapping[str, tuple[Agent, ...]]
    files: tuple[Path, ...]
    warnings: tuple[str, ...]
    texts: Mapping[str, str] = field(default_factory=dict)


def prepare(options: RunOptions) -> Prepared:
    """Load everything and choose the cases.

    Raises:
        InputError: a file is missing or malformed, or nothing is left to run.
    """
    checks = all_checks(options.config.checks_folder)
    under_test = None if options.agent is None else _read_prompt(options.agent)
    located = locate(options, under_test)
    catalogue = AgentFolder(options.roster, checks, options.agent)
    suite = load_suite(located.files, catalogue, strict=under_test is None) if located.files else _EMPTY
    specification = (
        _specification(suite, located, catalogue, options)
        if under_test is None
        else specification_of(under_test, checks)
    )
    roster, notes = _roster(suite, located, options)
    derived = _derived(specification.agent, located, roster, suite)
    routing = [*suite.of_kind(CaseKind.ROUTING), *_of(derived, CaseKind.ROUTING)]
    check_names(options, [*suite.cases, *derived], suite.golden)
    chosen = wanted_cases(routing if roster is not None else (), options)
    compliance = wanted_cases(
        [*suite.of_kind(CaseKind.COMPLIANCE), *_of(derived, CaseKind.COMPLIANCE)], options
    )
    golden = wanted_golden(suite.golden, options)
    if not (compliance or chosen or golden):
        raise InputError(_nothing(options, specification.agent))
    if options.shard is not None:
        compliance, chosen, golden = sharded(Selection(compliance, chosen, golden), options.shard)
    arms = _variants(specification.agent, options)
    variants = arms.variants
    return Prepared(
        specification=specification,
        checks=checks,
        variants=variants,
        compliance=compliance,
        routing=chosen,
        golden=golden,
        rosters=_rosters(variants, roster.agents) if chosen and roster is not None else {},
        files=located.files,
        warnings=(
            *_summarised(suite.warnings, specification.agent),
            *(notes if chosen or (roster is None and routing) else ()),
            *arms.notes,
        ),
        texts=arms.texts,
    )


_MOST_WARNINGS = 3
_EMPTY = Suite((), (), {}, ())


def _read_prompt(path: Path) -> Agent:
    """Read an agent file that is to be tested.

    Raises:
        AgentFileError: it cannot be read, or holds nothing to test.
    """
    return demand_content(read_agent(path), path)


def _specification(
    suite: Suite, located: Located, catalogue: AgentFolder, options: RunOptions
) -> Specification:
    cases = [*suite.of_kind(CaseKind.COMPLIANCE), *(golden.case for golden in suite.golden)]
    agents = list(dict.fromkeys([*located.agents, *(case.agent for case in cases)]))
    if len(agents) > 1:
        raise InputError(
            f"the suite speaks of {len(agents)} agents ({', '.join(agents[:5])}); a run has one "
            "specification: name the datasets of one agent, or give --agent FILE"
        )
    if agents:
        return catalogue.specification(agents[0])
    # Only routing is asked: the collection stands where an agent would, with no rules to decide.
    folder = _roster_folder(suite, options)
    return Specification(_collection(read_roster(folder), folder), (), frozenset())


def _collection(roster: Roster, folder: Path) -> Agent:
    return Agent(
        name=folder.resolve().name or "agents",
        description="",
        listing="",
        prompt="",
        model="",
        tools=(),
        dialogues=(),
        rules=(),
        path=folder.as_posix(),
        sha=roster.agents[0].sha,
    )


def _roster(suite: Suite, located: Located, options: RunOptions) -> tuple[Roster | None, tuple[str, ...]]:
    """Read the agents that routing chooses among, and what to say about them.

    Routing datasets demand a roster. The dialogues of an agent file are routing cases only where there is
    one: a single agent file can be tested without colleagues.
    """
    if not options.routing:
        return None, ()
    demanded = bool(suite.of_kind(CaseKind.ROUTING))
    if not demanded and not located.dialogues:
        return None, ()
    try:
        roster = read_roster(_roster_folder(suite, options))
    except InputError as error:
        if demanded or names_roster(options):
            raise
        return None, (f"routing was not measured: {error}",)
    return roster, roster.warnings


def _roster_folder(suite: Suite, options: RunOptions) -> Path:
    named = [suite.rosters.get(case.id) or options.roster for case in suite.of_kind(CaseKind.ROUTING)]
    folders = list({folder.resolve(): folder for folder in named}.values()) or [options.roster]
    if len(folders) > 1:
        raise InputError(
            f"the routing cases use {len(folders)} rosters ({', '.join(map(str, folders))}); "
            "run them one by one"
        )
    return folders[0]


def _derived(agent: Agent, located: Located, roster: Roster | None, suite: Suite) -> tuple[Case, ...]:
    """Return the cases of the agent's dialogues, but those that a dataset asks in the same words."""
    if not located.dialogues:
        return ()
    names = {other.name for other in roster.agents} if roster is not None else set()
    asked = {_question(case) for case in suite.cases}
    return tuple(case for case in dialogue_cases(agent, {*names, agent.name}) if _question(case) not in asked)


def _question(case: Case) -> tuple[CaseKind, str, str, tuple[Message, ...]]:
    return case.kind, case.agent, case.expected_agent, case.messages


def _of(cases: Sequence[Case], kind: CaseKind) -> list[Case]:
    return [case for case in cases if case.kind is kind]


def _summarised(warnings: Sequence[str], agent: Agent) -> tuple[str, ...]:
    """A dataset that was written for another agent names many rules that this one does not have."""
    if len(warnings) <= _MOST_WARNINGS:
        return tuple(warnings)
    said = f"{len(warnings)} references to rules that {agent.path} does not have were left out"
    return (f"{said}; the first: {warnings[0]}",)


def _nothing(options: RunOptions, agent: Agent) -> str:
    where = ", ".join(options.suite or options.config.suite)
    if options.tags:
        return f"nothing to run: no case of the suite ({where}) has the tag {' or '.join(options.tags)}"
    if not options.routing:
        asks = f"no case of the suite ({where}) asks {agent.path} anything but routing"
        return f"nothing to run: {asks}; write a dataset for it (docs/datasets.md), or leave --no-routing out"
    return (
        f"nothing to run: {agent.path} has no example dialogues to make cases of, and no dataset was named; "
        "docs/datasets.md shows how to write one"
    )


def _variants(base: Agent, options: RunOptions) -> Arms:
    """Return the base, what is tested beside it, and, where they are wanted, the control arms."""
    named = arms_of(base, options.variants, options.parameters, (BASE, HAND_WRITTEN, *CONTROLS))
    controls = control_arms(base) if options.controls else Arms((), {})
    return Arms(
        (Variant(BASE, base), *named.variants, *controls.variants),
        {**named.texts, **controls.texts},
        (*named.notes, *controls.notes),
    )


def _rosters(variants: Sequence[Variant], roster: Sequence[Agent]) -> dict[str, tuple[Agent, ...]]:
    """Each variant takes the place of the agent under test, under the name that the labels know.

    No variant stands in the roster of another: a renamed agent would compete with what it was.
    """
    rosters = {}
    tested = {variant.agent.name for variant in variants}
    others = [agent for agent in roster if agent.name not in tested]
    for variant in variants:
        named = replace(variant.agent, name=variants[0].agent.name)
        own = [named] if named.listing else []
        rosters[variant.name] = tuple(sorted([*others, *own], key=lambda agent: agent.name))
    return rosters
