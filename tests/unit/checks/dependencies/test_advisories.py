"""The advisory snapshot holds to its format, and its dates and ranges to sense."""

from __future__ import annotations

import re

import pytest

from harness.checks.dependencies.advisories import Snapshot, read_snapshot, snapshot
from harness.checks.dependencies.images import ended_release
from harness.core.errors import CheckDefinitionError
from harness.response.config.packages import Ecosystem

HEAD = '{"snapshot": "2025-07-31", "deprecated": {}}\n'


@pytest.fixture(scope="module")
def known() -> Snapshot:
    return snapshot()


def test_the_snapshot_has_a_date(known: Snapshot) -> None:
    """A pass is only worth what is known until that day."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", known.date)


def test_ids_are_those_of_advisories(known: Snapshot) -> None:
    """Anyone can look them up."""
    ids = [one.id for found in known.packages.values() for one in found]
    assert not [one for one in ids if not re.fullmatch(r"CVE-\d{4}-\d{4,}|GHSA(?:-[a-z0-9]{4}){3}", one)]


def test_no_id_stands_twice_in_a_package(known: Snapshot) -> None:
    """A finding would count it twice."""
    for found in known.packages.values():
        assert len({one.id for one in found}) == len(found)


def test_no_advisory_is_younger_than_the_snapshot(known: Snapshot) -> None:
    """Its year is told by its id."""
    year = int(known.date[:4])
    ids = [one.id for found in known.packages.values() for one in found if one.id.startswith("CVE-")]
    assert not [one for one in ids if int(one.split("-")[1]) > year]


def test_every_range_names_some_version(known: Snapshot) -> None:
    """An empty range would never be found."""
    for found in known.packages.values():
        assert all(one.versions.intervals for one in found)


def test_python_names_are_canonical(known: Snapshot) -> None:
    """Requirements are compared by such names."""
    names = [name for ecosystem, name in known.packages if ecosystem is Ecosystem.PYPI]
    assert names == [re.sub(r"[-_.]+", "-", name).lower() for name in names]


def test_days_of_end_are_days(known: Snapshot) -> None:
    """Compared as texts, they must all be written alike."""
    days = [day for ends in known.images.values() for day in ends.values()]
    assert not [day for day in days if not re.fullmatch(r"\d{4}-\d\d-\d\d", day)]


@pytest.mark.parametrize(
    ("image", "tag", "release"),
    [
        ("node", "14", "node 14"),
        ("node", "14.21.3-alpine", "node 14.21.3"),
        ("python", "3.8-slim", "python 3.8"),
        ("python", "3.12-slim-buster", "debian 10"),
        ("node", "22-alpine3.14", "alpine 3.14"),
        ("postgres", "9.6.24", "postgres 9.6.24"),
        ("ubuntu", "bionic", "ubuntu 18.04"),
    ],
)
def test_an_ended_release_is_known_by_its_tag(known: Snapshot, image: str, tag: str, release: str) -> None:
    """By its number, its code name, or the distribution it is built on."""
    assert ended_release(known, image, tag)[0] == release


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("node", "22-bookworm"),
        ("node", "lts"),
        ("python", "3"),
        ("postgres", "16.4"),
        ("redis", "7.4"),
        ("x", "1"),
    ],
)
def test_a_supported_or_unknown_release_is_not(known: Snapshot, image: str, tag: str) -> None:
    """Nothing is held against it."""
    assert ended_release(known, image, tag) == ("", "")


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        '{"ecosystem": "npm", "package": "x"}',
        '{"ecosystem": "cpan", "package": "x", "advisories": []}',
        '{"ecosystem": "npm", "package": "x", "advisories": [{"id": "CVE-1", "affected": "<a"}]}',
    ],
)
def test_a_broken_line_is_named(line: str) -> None:
    """With its number."""
    with pytest.raises(CheckDefinitionError, match="snapshot:2: not a line of the snapshot"):
        read_snapshot(HEAD + line, "snapshot")
