"""The advisory snapshot: what is known of which packages and base images, and until when.

``advisories.jsonl`` is data: its first line says when it was compiled and what it covers, every other line
is one package with its advisories or one base image with the days on which its releases end. To bring it
up to date, edit the lines and the date; ``tests/unit/checks/dependencies`` holds it to its format.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from harness.checks.dependencies.ranges import VersionSet, affected_set
from harness.core.errors import CheckDefinitionError
from harness.response.config.packages import Ecosystem
from harness.response.record import record

__all__ = ["Advisory", "Snapshot", "read_snapshot", "snapshot"]

_PATH = Path(__file__).with_name("advisories.jsonl")


@record
class Advisory:
    """One published vulnerability; ``affected`` is the range as written, ``versions`` the same as a set."""

    id: str
    affected: str
    about: str
    versions: VersionSet


@record
class Snapshot:
    """All that is known on ``date``. A package that ``packages`` does not have was not looked at."""

    date: str
    packages: dict[tuple[Ecosystem, str], tuple[Advisory, ...]]
    images: dict[str, dict[str, str]]
    deprecated: frozenset[tuple[Ecosystem, str]]

    @property
    def size(self) -> int:
        """How many advisories there are."""
        return sum(len(found) for found in self.packages.values())


@cache
def snapshot() -> Snapshot:
    """Return the snapshot that this release ships; read once.

    Raises:
        CheckDefinitionError: its file is broken.
    """
    return read_snapshot(_PATH.read_text(encoding="utf-8"), str(_PATH))


def read_snapshot(text: str, path: str) -> Snapshot:
    """Read a snapshot.

    Raises:
        CheckDefinitionError: a line is no JSON, lacks a field, or names a range that cannot be read.
    """
    packages: dict[tuple[Ecosystem, str], tuple[Advisory, ...]] = {}
    images: dict[str, dict[str, str]] = {}
    head: dict[str, object] = {}
    deprecated: set[tuple[Ecosystem, str]] = set()
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = json.loads(line)
            if number == 1:
                head = {"date": row["snapshot"]}
                deprecated = {
                    (Ecosystem(eco), one) for eco, names in row["deprecated"].items() for one in names
                }
                continue
            ecosystem = Ecosystem(row["ecosystem"])
            if ecosystem is Ecosystem.IMAGE:
                images[row["package"]] = dict(row["ends"])
            else:
                packages[ecosystem, row["package"]] = tuple(
                    _advisory(ecosystem, one) for one in row["advisories"]
                )
        except (ValueError, KeyError, TypeError) as error:
            raise CheckDefinitionError(
                f"{path}:{number}: not a line of the snapshot ({type(error).__name__}: {error}); mend it"
            ) from error
    return Snapshot(str(head.get("date", "")), packages, images, frozenset(deprecated))


def _advisory(ecosystem: Ecosystem, entry: dict[str, str]) -> Advisory:
    versions = affected_set(ecosystem, entry["affected"])
    return Advisory(entry["id"], entry["affected"], entry["about"], versions)
