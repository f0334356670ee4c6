"""A run as it was decided: its rules, its cases and every verdict, in one file of the run's folder.

The report is for people and ``results.json`` holds sums; a comparison needs the verdicts themselves, and
what they were about. Samples stay in the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from posixpath import normpath
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from harness.core.documents import parse_document
from harness.core.errors import InputError
from harness.core.jsonl import canonical_json, sha_of, write_atomic
from harness.core.types import Case, Rule, Severity, Verdict
from harness.store.coherent import incoherence

__all__ = [
    "DECIDED_NAME",
    "DecidedRouting",
    "DecidedRule",
    "DecidedRun",
    "MissingAnswer",
    "RosterLine",
    "RoutingChoice",
    "RunIdentity",
    "read_decided",
    "write_decided",
]

DECIDED_NAME = "decided.json"
FORMAT = 2
_CHUNK = 500


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DecidedRule(_Record):
    """A rule of the specification, and what decided it (``check`` is empty where nothing did).

    ``rubric`` is the remark of the sidecar to a judge.
    """

    rule: Rule
    severity: Severity
    check: str
    parameters: dict[str, str]
    rubric: str = ""

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule.id

    @property
    def line(self) -> int:
        """The rule's line in its file."""
        return self.rule.span.line

    @property
    def file(self) -> str:
        """The shared file that has the rule; empty: the agent's own."""
        return normpath(self.rule.source) if self.rule.source else ""


class MissingAnswer(_Record):
    """An answer that was wanted and does not exist."""

    case: str
    variant: str
    trial: int
    kind: str


class RoutingChoice(_Record):
    """Whom a model chose for a routing case; the case says who is right.

    ``predicted`` is the chosen agent, ``none``, or any other name; empty where the answer holds no choice
    (``note`` says why). A call that failed is a :class:`MissingAnswer`.
    """

    case: str
    variant: str
    trial: int
    predicted: str
    note: str = ""


class RosterLine(_Record):
    """What a router is told about one agent."""

    name: str
    listing: str
    tools: tuple[str, ...]

    @property
    def sha(self) -> str:
        """The sha of name, description and tools."""
        return sha_of([self.name, self.listing, list(self.tools)])


class DecidedRouting(_Record):
    """The routing part of a run; all empty where routing was not asked.

    ``rosters`` gives, per variant, each agent's name and the sha of its line, ``lines`` the lines themselves;
    a baseline without its answers has no lines.
    ``answers`` is, per variant, the sha of the answers that the choices rest on.
    """

    cases: tuple[Case, ...] = ()
    choices: tuple[RoutingChoice, ...] = ()
    missing: tuple[MissingAnswer, ...] = ()
    lines: dict[str, RosterLine] = {}
    rosters: dict[str, dict[str, str]] = {}
    answers: dict[str, str] = {}

    def roster(self, variant: str) -> tuple[RosterLine, ...]:
        """Return the roster that a variant's messages were routed among; empty where it is not known."""
        shas = self.rosters.get(variant, {}).values()
        return tuple(self.lines[sha] for sha in shas) if self.lines else ()

    def of(self, variant: str) -> DecidedRouting:
        """Return what belongs to one variant."""
        roster = self.rosters.get(variant, {})
        return DecidedRouting(
            cases=self.cases,
            choices=tuple(one for one in self.choices if one.variant == variant),
            missing=tuple(one for one in self.missing if one.variant == variant),
            lines={sha: line for sha, line in self.lines.items() if sha in roster.values()},
            rosters={variant: roster} if roster else {},
            answers={name: sha for name, sha in self.answers.items() if name == variant},
        )


class RunIdentity(_Record):
    """What names a run: when it was made, of which agent, and how which model was asked.

    ``agent_sha`` is that of the specification; ``max_tokens`` the longest answer that was allowed.
    """

    run: str
    created: str
    agent: str
    agent_path: str
    agent_sha: str
    model: str
    models_served: tuple[str, ...]
    seed: int
    max_tokens: int

    def identity(self) -> dict[str, Any]:
        """Return these fields by name, for another record of the same run."""
        return {name: getattr(self, name) for name in RunIdentity.model_fields}


class DecidedRun(RunIdentity):
    """Everything a comparison needs to know of a run, and all but the answers that deciding it again needs.

    ``variants`` gives each variant's name and the sha of its agent file, in order; ``answers`` the sha of
    the answers that each rests on. Verdicts on hand-written responses are left out: no model wrote them.
    ``routing`` is what came of the routing cases.
    """

    variants: tuple[tuple[str, str], ...]
    rules: tuple[DecidedRule, ...]
    cases: tuple[Case, ...]
    missing: tuple[MissingAnswer, ...]
    verdicts: tuple[Verdict, ...]
    answers: dict[str, str]
    routing: DecidedRouting = DecidedRouting()
    format: int = FORMAT


def write_decided(folder: Path, run: DecidedRun) -> Path:
    """Write ``decided.json`` into a run's folder, atomically and deterministically; return its path.

    Raises:
        IncompleteError: the folder cannot be written to or the disk is full.
    """
    path = folder / DECIDED_NAME
    write_atomic(path, _text(run))
    return path


def read_decided(path: Path) -> DecidedRun:
    """Read a run as it was decided, given its folder or the file itself.

    Raises:
        InputError: there is none, it is not one of this release, or its parts do not fit.
    """
    file = path / DECIDED_NAME if path.is_dir() else path
    try:
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: holds no decided run ({DECIDED_NAME}); name the folder of a run that came to its end"
        ) from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check its permissions") from error
    run = parse_document(
        DecidedRun, data, file, "a decided run", "run again, or use the release that wrote it"
    )
    if wrong := incoherence(run):
        raise InputError(f"{file}: {wrong}; it was damaged or changed: restore it, or run again")
    return run


def _text(run: DecidedRun) -> str:
    """Return canonical JSON, made piece by piece: of a large run, plain values take ten times its text."""
    parts = run.model_dump(mode="json", exclude={"cases", "verdicts"})
    texts = {name: canonical_json(value) for name, value in parts.items()}
    texts["cases"] = _list_text(TypeAdapter(tuple[Case, ...]), run.cases)
    texts["verdicts"] = _list_text(TypeAdapter(tuple[Verdict, ...]), run.verdicts)
    return "{" + ",".join(f'"{name}":{texts[name]}' for name in sorted(texts)) + "}\n"


def _list_text(adapter: TypeAdapter[Any], items: Sequence[object]) -> str:
    chunks = (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
    return "[" + ",".join(canonical_json(adapter.dump_python(one, mode="json"))[1:-1] for one in chunks) + "]"
