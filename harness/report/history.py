"""The history of a prompt: the score of each version of its file, as JSON and in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.compare.model import Direction, RateChange
from harness.core.jsonl import to_jsonable
from harness.stats.interval import NO_NUMBER
from harness.stats.score import Score

__all__ = ["History", "Measurement", "Version", "history_document", "history_words"]

_SHORT = 7


@dataclass(frozen=True, slots=True)
class Measurement:
    """The run that measured a version.

    Attributes:
        run: its name; ``variant`` under which it asked the version.
        score: all rules together.
        runs: how many runs measured this version; the largest is shown.
        redecided: check versions that were others then, in words; the verdicts are those of today's checks.
        outdated: the same where the answers are gone, so that the old verdicts had to stay.
        change: against the version measured before; empty for the first one, and where ``apart`` says why.
        decision: what can be said of the change.
        apart: why the two cannot be compared.
    """

    run: str
    variant: str
    score: Score
    runs: int
    redecided: str = ""
    outdated: str = ""
    change: RateChange | None = None
    decision: Direction = Direction.INCONCLUSIVE
    apart: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the file.

    Attributes:
        commit: its sha; empty: not committed yet.
        created: when, ISO 8601; empty for what is not committed.
        subject: first line of the commit's message.
        path: what the file was called.
        sha: of the agent file, as runs name it.
        tokens: of the prompt, estimated.
        measured: what is known of it; ``None``: no run measured it.
    """

    commit: str
    created: str
    subject: str
    path: str
    sha: str
    tokens: int
    measured: Measurement | None = None

    @property
    def name(self) -> str:
        """The short name: seven digits of the commit."""
        return self.commit[:_SHORT] or "working"


@dataclass(frozen=True, slots=True)
class History:
    """The versions of an agent file, the newest first.

    Attributes:
        agent: name of the agent; ``path`` its file.
        model: whose answers are shown; empty: nobody was asked.
        models: how many versions each model was asked with.
        versions: the newest first.
        alpha: probability of any false claim about a change.
        notes: what was left out.
    """

    agent: str
    path: str
    model: str
    models: Mapping[str, int]
    versions: tuple[Version, ...]
    alpha: float
    notes: tuple[str, ...]

    @property
    def missing(self) -> tuple[Version, ...]:
        """Versions that no run measured."""
        return tuple(one for one in self.versions if one.measured is None)


def history_words(history: History) -> tuple[str, ...]:
    """Return what must be said beside the table."""
    said = []
    measured = [one for one in history.versions if one.measured is not None]
    moved = [
        one
        for one in measured
        if one.measured is not None and one.measured.decision in {Direction.IMPROVED, Direction.REGRESSED}
    ]
    if len(measured) > 1:
        said.append(
            "Changes told from chance: " + ", ".join(f"{one.name} ({_how(one)})" for one in moved) + "."
            if moved
            else "No change between versions is shown; look at the intervals before the trend."
        )
        said.append(
            f"A change is in points against the version measured before it, on the same cases; its interval "
            f"holds for all of them together with {1 - history.alpha:.0%} confidence."
        )
    if any(one.measured is not None and one.measured.redecided for one in measured):
        said.append("†: the checks were others when it was run; its answers were decided by those of today.")
    if any(one.measured is not None and one.measured.outdated for one in measured):
        said.append("‡: decided by older checks, and the answers are gone: not comparable.")
    if history.missing:
        said.append(
            f"{len(history.missing)} of {len(history.versions)} versions were never measured"
            f"{f' with {history.model}' if history.model else ''}: `harness log {history.path} --measure "
            f"{history.model or 'PROVIDER:NAME'}` asks them today's cases."
        )
    others = [f"{name} ({number})" for name, number in history.models.items() if name != history.model]
    if others:
        said.append(f"Also measured (versions): {', '.join(others[:5])}; see --model.")
    return tuple(said)


def _how(version: Version) -> str:
    return "" if version.measured is None else version.measured.decision.value


def history_document(history: History) -> dict[str, Any]:
    """Return the JSON document of ``harness log --json``."""
    return {
        "agent": history.agent,
        "path": history.path,
        "model": history.model,
        "models": dict(history.models),
        "alpha": history.alpha,
        "versions": [_version(one) for one in history.versions],
        "missing": [one.commit for one in history.missing],
        "notes": list(history.notes),
    }


def _version(version: Version) -> dict[str, Any]:
    return {
        "commit": version.commit,
        "created": version.created,
        "subject": version.subject,
        "path": version.path,
        "sha": version.sha,
        "prompt_tokens": version.tokens,
        "measured": None if version.measured is None else _measurement(version.measured),
    }


def _measurement(found: Measurement) -> dict[str, Any]:
    score, change = found.score, found.change
    return {
        "run": found.run,
        "variant": found.variant,
        "runs": found.runs,
        **to_jsonable({"mean": score.mean, "low": score.low, "high": score.high}),
        "n": score.n,
        "cases": score.cases,
        "missing": score.missing,
        "redecided": found.redecided,
        "outdated": found.outdated,
        "change": None
        if change is None or change.difference.delta is NO_NUMBER
        else to_jsonable(
            {
                "delta": change.difference.delta,
                "low": change.difference.low,
                "high": change.difference.high,
                "p": change.difference.p,
                "cases": change.difference.cases,
            }
        ),
        "decision": found.decision.value,
        "apart": found.apart,
    }
