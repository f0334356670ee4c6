"""Before the first call: the specification, its variants, the suite, and which of its cases are wanted."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.agentfile.parse import read_agent
from harness.checks.base import Check
from harness.checks.registry import all_checks
from harness.core.errors import InputError
from harness.core.types import Agent, Case, CaseKind, Variant
from harness.pipeline.options import RunOptions
from harness.suite.catalogue import AgentFolder, Specification, closest, specification_of
from harness.suite.derive import derive_cases
from harness.suite.golden import GoldenResponse
from harness.suite.load import Suite, compliance_files, load_suite
from harness.suite.roster import read_roster

__all__ = ["BASE", "Prepared", "prepare"]

BASE = "base"  # the variant that is the specification's own file


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything a run needs to know before it asks a model.

    ``rosters`` gives for each variant the agents that routing chooses among; it is empty when there are no
    routing cases.
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


def prepare(options: RunOptions) -> Prepared:
    """Load everything and choose the cases.

    Raises:
        InputError: a file is missing or malformed, or nothing is left to run.
    """
    checks = all_checks()
    catalogue = AgentFolder(options.roster, checks, options.agent)
    paths, named = _paths(options)
    suite = load_suite(paths, catalogue, strict=options.agent is None) if paths else _EMPTY
    specification = _specification(options, suite, named, catalogue, checks)
    derived = _derived(specification.agent, options, named)
    compliance = _wanted([*suite.of_kind(CaseKind.COMPLIANCE), *_of(derived, CaseKind.COMPLIANCE)], options)
    routing = _wanted([*suite.of_kind(CaseKind.ROUTING), *_of(derived, CaseKind.ROUTING)], options)
    routing = routing if options.routing else ()
    golden = _wanted_golden(suite.golden, options)
    _check_names(options, [*suite.cases, *derived, *(one.case for one in suite.golden)])
    if not (compliance or routing or golden):
        raise InputError(_nothing(options))
    variants = _variants(specification.agent, options.variants)
    rosters, warnings = _rosters(variants, suite, routing, options)
    return Prepared(
        specification=specification,
        checks=checks,
        variants=variants,
        compliance=compliance,
        routing=routing,
        golden=golden,
        rosters=rosters,
        files=tuple(paths),
        warnings=(*_summarised(suite.warnings, specification.agent), *warnings),
    )


_MOST_WARNINGS = 3
_EMPTY = Suite((), (), {}, ())


def _paths(options: RunOptions) -> tuple[list[Path], tuple[str, ...]]:
    """Separate dataset paths from names of agents; a name means all the datasets of that agent."""
    paths: list[Path] = []
    named: list[str] = []
    for word in options.suite or options.config.suite:
        path = Path(word)
        if path.exists():
            paths.append(path)
        elif (options.roster / f"{word}.md").is_file() or _is_agent(options.roster, word):
            named.append(word)
            found = [Path(folder) for folder in options.config.suite if Path(folder).exists()]
            paths += compliance_files(found, word) if found else []
        elif options.suite:
            raise InputError(
                f"{word}: no such dataset file or folder, and no agent of that name in {options.roster}"
            )
    if not paths and not named and options.agent is None:
        raise InputError(
            f"no datasets: {', '.join(options.config.suite)} does not exist here; name a dataset, an agent, "
            "or give --agent FILE"
        )
    return paths, tuple(named)


def _is_agent(folder: Path, name: str) -> bool:
    return folder.is_dir() and any(agent.name == name for agent in read_roster(folder).agents)


def _specification(
    options: RunOptions,
    suite: Suite,
    named: tuple[str, ...],
    catalogue: AgentFolder,
    checks: Mapping[str, Check],
) -> Specification:
    if options.agent is not None:
        return specification_of(read_agent(options.agent), checks)
    cases = [*suite.of_kind(CaseKind.COMPLIANCE), *(golden.case for golden in suite.golden)]
    agents = list(dict.fromkeys([*named, *(case.agent for case in cases)]))
    if len(agents) > 1:
        raise InputError(
            f"the suite speaks of {len(agents)} agents ({', '.join(agents[:5])}); a run has one "
            "specification: name the datasets of one agent, or give --agent FILE"
        )
    if agents:
        return catalogue.specification(agents[0])
    roster = read_roster(options.roster).agents
    # Only routing is asked: any agent of the roster stands for the collection, with no rules to decide.
    return Specification(_without_rules(roster[0], options.roster), (), frozenset(checks))


def _without_rules(agent: Agent, folder: Path) -> Agent:
    return Agent(
        name=folder.name,
        description="",
        listing="",
        prompt="",
        model="",
        tools=(),
        dialogues=(),
        rules=(),
        path=folder.as_posix(),
        sha=agent.sha,
    )


def _derived(agent: Agent, options: RunOptions, named: tuple[str, ...]) -> tuple[Case, ...]:
    """The agent file's own dialogues belong to a run of the agent, not to a run of one dataset."""
    whole = bool(named) or not options.suite
    return derive_cases(agent) if whole and agent.dialogues else ()


def _of(cases: Sequence[Case], kind: CaseKind) -> list[Case]:
    return [case for case in cases if case.kind is kind]


def _wanted(cases: Sequence[Case], options: RunOptions) -> tuple[Case, ...]:
    chosen = [case for case in cases if _is_wanted(case, options)]
    return tuple(chosen[: options.limit] if options.limit else chosen)


def _is_wanted(case: Case, options: RunOptions) -> bool:
    if options.tags and not set(options.tags) & set(case.tags):
        return False
    return not options.cases or any(fnmatch.fnmatchcase(case.id, pattern) for pattern in options.cases)


def _wanted_golden(golden: Sequence[GoldenResponse], options: RunOptions) -> tuple[GoldenResponse, ...]:
    """Golden responses cost nothing, so tags do not thin them out; names and the limit do."""
    patterns = options.cases
    chosen = [
        one
        for one in golden
        if not patterns
        or any(fnmatch.fnmatchcase(name, p) for p in patterns for name in (one.id, one.case.id))
    ]
    return tuple(chosen[: options.limit] if options.limit else chosen)


def _check_names(options: RunOptions, known: Sequence[Case]) -> None:
    ids = [case.id for case in known]
    for pattern in options.cases:
        if not fnmatch.filter(ids, pattern):
            hint = closest(pattern, ids) or f"there are {len(ids)} cases"
            raise InputError(f"--case {pattern}: no case of the suite has this id; {hint}")


def _summarised(warnings: Sequence[str], agent: Agent) -> tuple[str, ...]:
    """A dataset that was written for another agent names many rules that this one does not have."""
    if len(warnings) <= _MOST_WARNINGS:
        return tuple(warnings)
    said = f"{len(warnings)} references to rules that {agent.path} does not have were left out"
    return (f"{said}; the first: {warnings[0]}",)


def _nothing(options: RunOptions) -> str:
    why = f" with the tag {' or '.join(options.tags)}" if options.tags else ""
    return f"nothing to run: the suite ({', '.join(options.suite or options.config.suite)}) has no case{why}"


def _variants(base: Agent, paths: Sequence[Path]) -> tuple[Variant, ...]:
    variants = [Variant(BASE, base)]
    for path in paths:
        name = path.stem if path.stem not in {v.name for v in variants} else path.as_posix()
        if name in {variant.name for variant in variants}:
            raise InputError(f"--variant {path}: given twice; leave one out")
        variants.append(Variant(name, read_agent(path)))
    return tuple(variants)


def _rosters(
    variants: Sequence[Variant], suite: Suite, routing: Sequence[Case], options: RunOptions
) -> tuple[dict[str, tuple[Agent, ...]], tuple[str, ...]]:
    """Each variant takes the place of the agent of its name in the roster."""
    if not routing:
        return {}, ()
    folders = list(dict.fromkeys(suite.rosters.get(case.id) or options.roster for case in routing))
    folders = list({folder.resolve(): folder for folder in folders}.values())
    if len(folders) > 1:
        raise InputError(
            f"the routing cases use {len(folders)} rosters ({', '.join(map(str, folders))}); "
            "run them one by one"
        )
    roster = read_roster(folders[0])
    rosters = {}
    for variant in variants:
        others = [agent for agent in roster.agents if agent.name != variant.agent.name]
        own = [variant.agent] if variant.agent.listing else []
        rosters[variant.name] = tuple(sorted([*others, *own], key=lambda agent: agent.name))
    return rosters, roster.warnings
