"""Routing cases from where people have them: JSON Lines, routing datasets, the dialogues of agent files."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from harness.core.errors import DatasetError, InputError
from harness.core.json_text import parse_json
from harness.core.types import Agent, Case, CaseKind, Message, Role
from harness.routing.metrics import NONE
from harness.routing.names import same_names
from harness.suite.cases import sealed
from harness.suite.derive import derive_cases

__all__ = ["Labelled", "dialogue_cases", "read_cases"]

YAML_SUFFIXES = frozenset({".yaml", ".yml"})
_MAX_BYTES = 200_000_000
_MAX_MESSAGE = 200_000  # characters
_SHOWN = 8  # names of a roster that an error message lists


@dataclass(frozen=True, slots=True)
class Labelled:
    """A case and the id that its author gave it, which may be a number."""

    id: str | int
    case: Case


def read_cases(path: Path, names: Collection[str]) -> tuple[Labelled, ...]:
    """Read labelled messages.

    Args:
        path: ``.yaml`` or ``.yml``: a routing dataset. Anything else: JSON Lines of ``{"message", "agent"}``
            with, if wanted, ``"id"`` (else the number of the line), ``"tags"`` and ``"cluster"``; other
            keys are ignored.
        names: the roster. A label must be one of them or ``none``.

    Raises:
        InputError: there is no such file.
        DatasetError: the file breaks its format, names an unknown agent or holds no case; the message begins
            with ``file:line``.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file of cases; check the spelling (you are in {Path.cwd()})")
    cases = _from_yaml(path, names) if path.suffix.lower() in YAML_SUFFIXES else _from_lines(path, names)
    if not cases:
        raise DatasetError(f'{path}: holds no case; write one {{"message": ..., "agent": ...}} per line')
    return cases


def dialogue_cases(agents: Sequence[Agent]) -> tuple[Labelled, ...]:
    """Return the routing cases of :func:`harness.suite.derive.derive_cases` for a whole roster.

    The right agent is the one the dialogue names, if it is in the roster, else the agent of the file.

    Raises:
        InputError: no agent has a dialogue.
    """
    names = {agent.name for agent in agents}
    found: dict[str, Labelled] = {}
    for agent in agents:
        for case in derive_cases(agent):
            if case.kind is not CaseKind.ROUTING:
                continue
            right = next(iter(same_names(case.expected_agent, names)), agent.name)
            case_id = f"{agent.path}#{case.id}" if case.id in found else case.id  # two files share the name
            found[case_id] = Labelled(case_id, sealed(replace(case, id=case_id, expected_agent=right)))
    if not found:
        raise InputError("no agent file holds an example dialogue; name a file of cases with --cases")
    return tuple(found.values())


def _case(case_id: str, message: str, agent: str, provenance: str) -> Case:
    return sealed(
        Case(
            id=case_id,
            kind=CaseKind.ROUTING,
            agent="",
            messages=(Message(Role.USER, message),),
            files=(),
            applies=(),
            not_applicable=(),
            expected_agent=agent,
            tags=(),
            cluster="",
            provenance=provenance,
            sha="",
        )
    )


class _Roster:
    """A catalogue for :func:`load_suite` whose only roster is the one the user named."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def roster(self, folder: Path | None) -> Collection[str]:  # noqa: ARG002 - ours wins over the dataset's
        return self._names

    def specification(self, name: str) -> NoReturn:
        raise InputError(
            f"it has cases for the rules of {name!r}; routing needs a dataset of labelled messages"
        )


def _from_yaml(path: Path, names: Collection[str]) -> tuple[Labelled, ...]:
    from harness.suite.load import load_suite

    suite = load_suite([path], _Roster(names))
    return tuple(Labelled(case.id, case) for case in suite.of_kind(CaseKind.ROUTING))


def _from_lines(path: Path, names: Collection[str]) -> tuple[Labelled, ...]:
    found: dict[str, Labelled] = {}
    for number, line in _lines(path):
        where = f"{path}:{number}"
        row = _row(line, where)
        given = row.get("id", number)
        case_id = str(given)
        if case_id in found:
            raise DatasetError(f"{where}: the id {given!r} is taken by {found[case_id].case.provenance}")
        case = _case(case_id, row["message"], _label(row["agent"], names, where), where)
        found[case_id] = Labelled(given, _with_tags(case, row, where))
    return tuple(found.values())


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DatasetError(f"{path}: larger than {_MAX_BYTES:,} bytes; split the file")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or error}); check its permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _row(line: str, where: str) -> dict[str, Any]:
    wanted = 'each line is {"message": ..., "agent": ...}'
    try:
        row = parse_json(line)
    except ValueError as error:
        raise DatasetError(f"{where}: not valid JSON ({error}); {wanted}") from error
    if not isinstance(row, dict):
        raise DatasetError(f"{where}: not a JSON object; {wanted}")
    for key in ("message", "agent"):
        value = row.get(key)
        if not isinstance(value, str) or not value.strip():
            problem = "has no" if key not in row else "has an empty or non-text"
            hint = '; a message that no agent should get has "agent": "none"' if key == "agent" else ""
            raise DatasetError(f"{where}: {problem} {key!r}; {wanted}{hint}")
    if len(row["message"]) > _MAX_MESSAGE:
        raise DatasetError(f"{where}: the message is longer than {_MAX_MESSAGE:,} characters; shorten it")
    given = row.get("id", "")
    if not isinstance(given, (str, int)) or isinstance(given, bool):
        raise DatasetError(f"{where}: the id must be a text or a whole number, not {given!r}")
    return row


def _with_tags(case: Case, row: dict[str, Any], where: str) -> Case:
    tags, cluster = row.get("tags", []), row.get("cluster", "")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise DatasetError(f'{where}: "tags" must be a list of texts')
    if not isinstance(cluster, str):
        raise DatasetError(f'{where}: "cluster" must be a text')
    return sealed(replace(case, tags=tuple(tags), cluster=cluster)) if tags or cluster else case


def _label(agent: str, names: Collection[str], where: str) -> str:
    if agent == NONE or agent in names:
        return agent
    near = difflib.get_close_matches(agent, names, n=1)
    known = sorted(names)
    listed = ", ".join(known[:_SHOWN]) + (f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else "")
    hint = f"did you mean {near[0]!r}?" if near else f"the roster has {listed}"
    raise DatasetError(f"{where}: no agent of the roster is named {agent!r}; {hint}")
