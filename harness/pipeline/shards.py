"""A suite dealt out to several machines: every case to exactly one, paraphrases together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from harness.core.errors import ConfigurationError
from harness.core.jsonl import sha_of
from harness.core.types import Case
from harness.suite.golden import GoldenResponse

__all__ = ["Selection", "Shard", "names_of", "sharded"]

_SPELT = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """Which part of how many; the first is 1."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    @classmethod
    def of(cls, text: str) -> Shard:
        """Read ``2/4``.

        Raises:
            ConfigurationError: it is not written like that, or there is no such part.
        """
        match = _SPELT.fullmatch(text)
        if match is None or int(match[1]) > int(match[2]):
            raise ConfigurationError(f"--shard {text}: write part/parts, such as 2/4 for the second of four")
        return cls(int(match[1]), int(match[2]))


class Selection(NamedTuple):
    """The cases of a run, and the hand-written responses that it decides."""

    compliance: tuple[Case, ...]
    routing: tuple[Case, ...]
    golden: tuple[GoldenResponse, ...]


def sharded(selection: Selection, shard: Shard) -> Selection:
    """Return the part of a selection that is a shard's, in its order.

    Cases stay together that share a cluster (they count as one in statistics) or a question (it is asked
    once). The groups are dealt out, the largest first, each to the shard that has least so far. Neither the
    order of files nor the machine matters.

    Raises:
        ConfigurationError: there are more shards than groups.
    """
    groups = _groups(selection)
    if shard.count > len(groups):
        raise ConfigurationError(
            f"--shard {shard}: the suite has {len(groups)} independent cases, which is the most shards that "
            "it can be dealt out to"
        )
    loads = [0] * shard.count
    own: set[str] = set()
    for group in sorted(groups, key=lambda names: (-len(names), sha_of(names))):
        place = loads.index(min(loads))
        loads[place] += len(group)
        if place == shard.index - 1:
            own.update(group)
    return Selection(
        tuple(case for case in selection.compliance if _name("compliance", case.id) in own),
        tuple(case for case in selection.routing if _name("routing", case.id) in own),
        tuple(one for one in selection.golden if _name("golden", one.id) in own),
    )


def _name(kind: str, name: str) -> str:
    return f"{kind}:{name}"


def _groups(selection: Selection) -> list[list[str]]:
    """Return the names of what must stay together, each group sorted."""
    members = [
        *((_name("compliance", case.id), case) for case in selection.compliance),
        *((_name("routing", case.id), case) for case in selection.routing),
        *((_name("golden", one.id), one.case) for one in selection.golden),
    ]
    parents: dict[str, str] = {}
    for name, case in members:
        for tie in _ties(case):
            parents[_root(parents, name)] = _root(parents, tie)
    groups: dict[str, list[str]] = {}
    for name, _ in members:
        groups.setdefault(_root(parents, name), []).append(name)
    return [sorted(group) for group in groups.values()]


def _ties(case: Case) -> Iterable[str]:
    yield f"question:{sha_of((case.messages, case.files))}"
    if case.cluster:
        yield f"cluster:{case.cluster}"


def _root(parents: dict[str, str], name: str) -> str:
    path: list[str] = []
    while name in parents and parents[name] != name:
        path.append(name)
        name = parents[name]
    for one in path:
        parents[one] = name
    return name


def names_of(shards: Sequence[Shard]) -> str:
    """Return shards as people write them."""
    return ", ".join(map(str, sorted(shards)))
