"""The versions of an agent file along its git history, joined with the runs that measured them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from harness.agentfile.parse import parse_agent, read_agent
from harness.agentfile.source import read_bytes
from harness.compare.comparison import compare
from harness.compare.model import Policy
from harness.compare.pairing import side_of
from harness.core.errors import HarnessError, InputError
from harness.core.jsonl import write_atomic_bytes
from harness.pipeline.git import FileVersion, versions_of
from harness.pipeline.options import RunOptions
from harness.pipeline.redecide import Deciding, decide_again, demand_ended, outdated, stored_answers
from harness.report.history import History, Measurement, Version
from harness.run.tokens import TYPICAL, text_tokens
from harness.stats.score import AGGREGATE, Score, score_verdicts
from harness.store.decided import DECIDED_NAME, DecidedRun, read_decided

__all__ = ["history_of", "options_to_measure"]

_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class _Known:
    """A run of the agent, and what had to be done to read it."""

    run: DecidedRun
    redecided: str
    outdated: str

    def variants(self) -> dict[str, str]:
        """Return the sha of each variant's file -> its name."""
        return {sha: name for name, sha in reversed(self.run.variants)}


def history_of(agent: Path, reports: Path, model: str, most: int, deciding: Deciding) -> History:
    """Join the versions of an agent file with the stored runs.

    Args:
        agent: the file.
        reports: where the project's runs lie.
        model: whose answers to show; empty: the one with most versions, the latest run deciding a tie.
        most: so many versions at most, the newest.
        deciding: opens the progress of so many answers that are decided again.

    Raises:
        InputError: there is no such file, or it is in no git repository.
    """
    today = read_agent(agent)
    versions = _versions(agent, most)
    shas = {version.sha for version in versions}
    notes: list[str] = []
    known = list(_runs(reports, shas, deciding, notes))
    models = _models(known, shas)
    chosen = model or next(iter(models), "")
    own = [one for one in known if one.run.model == chosen]
    return History(
        agent=today.name,
        path=agent.as_posix(),
        model=chosen,
        models=models,
        versions=_measured(versions, own),
        alpha=_ALPHA,
        notes=tuple(notes),
    )


def options_to_measure(history: History, agent: Path, options: RunOptions, most: int) -> RunOptions | None:
    """Return the options of one run that asks the versions nobody measured; ``None``: there are none.

    The file of today is the base: its rules decide, its cases are asked, and all versions answer each case in
    turns, so that they can be compared with each other and with nothing but the prompt between them.

    Raises:
        IncompleteError: the files cannot be written.
    """
    files = {version.commit: version for version in versions_of(agent, most)}
    folder = Path(options.config.store).parent / "versions"
    base = read_agent(agent).sha
    paths: dict[str, Path] = {}
    for version in history.missing:
        if version.sha == base or version.sha in paths:
            continue
        path = folder / f"{version.name}-{agent.name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic_bytes(path, files[version.commit].data)
        paths[version.sha] = path
    if not history.missing:
        return None
    return replace(options, agent=agent, variants=tuple(paths.values()), interleaved=True, routing=False)


def _versions(agent: Path, most: int) -> tuple[Version, ...]:
    found = [version for one in versions_of(agent, most) if (version := _read(one)) is not None]
    today = _read(FileVersion("", "", "not committed", PurePosixPath(agent.as_posix()), read_bytes(agent)))
    if today is not None and (not found or found[0].sha != today.sha):
        found.insert(0, today)
    return tuple(found)


def _read(version: FileVersion) -> Version | None:
    try:
        agent = parse_agent(version.data, version.path.as_posix())
    except InputError:
        return None  # it was no agent file then
    return Version(
        commit=version.commit,
        created=version.created,
        subject=version.subject,
        path=version.path.as_posix(),
        sha=agent.sha,
        tokens=round(text_tokens(agent.prompt) * TYPICAL),
    )


def _runs(reports: Path, shas: set[str], deciding: Deciding, notes: list[str]) -> Iterator[_Known]:
    """Yield the runs that asked one of the versions, decided by the checks of today where that can be."""
    for file in sorted(reports.glob(f"*/{DECIDED_NAME}")):
        try:
            run = read_decided(file.parent)
            if not shas & {sha for _, sha in run.variants} or not run.verdicts:
                continue
            demand_ended(file.parent)
        except InputError as error:
            notes.append(f"left out: {error}")
            continue
        said = ", ".join(f"{name} {then} → {now}" for name, (then, now) in outdated(run).items())
        if not said:
            yield _Known(run, "", "")
            continue
        try:
            again = decide_again(run, stored_answers(file.parent, run), deciding)
        except HarnessError:
            yield _Known(run, "", said)
        else:
            yield _Known(again.run, said, "")


def _models(known: Sequence[_Known], shas: set[str]) -> dict[str, int]:
    """Return how many versions each model answered for, most first; the latest run decides a tie."""
    versions = {(one.run.model, sha) for one in known for sha in one.variants() if sha in shas}
    counts = Counter(model for model, _ in versions)
    latest = {one.run.model: one.run.created for one in sorted(known, key=lambda one: one.run.created)}
    return dict(sorted(counts.items(), key=lambda item: (item[1], latest[item[0]]), reverse=True))


def _measured(versions: Sequence[Version], known: Sequence[_Known]) -> tuple[Version, ...]:
    """Return the versions with what the runs say; each against the one measured before it."""
    largest = {version.sha: _largest(version.sha, known) for version in versions}
    steps = max(1, sum(found is not None for found in largest.values()) - 1)
    policy = Policy(alpha=_ALPHA / steps)
    done: list[Version] = []
    before = ""
    for version in reversed(versions):
        found = largest[version.sha]
        if found is None:
            done.append(version)
            continue
        measured = _measurement(version.sha, found, known)
        if before and before != version.sha:
            measured = _changed(measured, (before, version.sha), (largest, known), policy)
        before = version.sha
        done.append(replace(version, measured=measured))
    return tuple(reversed(done))


def _largest(sha: str, known: Sequence[_Known]) -> _Known | None:
    """Return the run with most decided answers about a version; of equals the latest."""
    having = [one for one in known if sha in one.variants()]
    return max(having, key=lambda one: (_answers(one, sha), one.run.created), default=None)


def _answers(known: _Known, sha: str) -> int:
    name = known.variants()[sha]
    return len({(one.case, one.trial) for one in known.run.verdicts if one.variant == name})


def _measurement(sha: str, found: _Known, known: Sequence[_Known]) -> Measurement:
    name = found.variants()[sha]
    return Measurement(
        run=found.run.run,
        variant=name,
        score=_score(found.run, name),
        runs=sum(sha in one.variants() for one in known),
        redecided=found.redecided,
        outdated=found.outdated,
    )


def _score(run: DecidedRun, variant: str) -> Score:
    own = [verdict for verdict in run.verdicts if verdict.variant == variant]
    missing = {variant: sum(one.variant == variant for one in run.missing)}
    scores = score_verdicts(own, missing, {case.id: case.cluster for case in run.cases})
    return next(score for score in scores if score.rule == AGGREGATE)


def _changed(
    measured: Measurement,
    shas: tuple[str, str],
    source: tuple[Mapping[str, _Known | None], Sequence[_Known]],
    policy: Policy,
) -> Measurement:
    """Compare a version with the one before: in one run where one asked both, else between two runs."""
    largest, known = source
    both = [one for one in known if all(sha in one.variants() for sha in shas)]
    together = max(both, key=lambda one: _answers(one, shas[1]), default=None)
    pair = [together or largest[sha] for sha in shas]
    sides = [side_of(one.run, one.variants()[sha]) for one, sha in zip(pair, shas, strict=True) if one]
    try:
        comparison = compare(sides[0], sides[1], policy)
    except InputError as error:
        return replace(measured, apart=str(error))
    return replace(measured, change=comparison.aggregate, decision=comparison.decision)
