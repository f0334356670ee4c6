"""Versions and ranges as sets: what a requirement allows, and whether it lies in what is affected."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness.checks.dependencies.ranges import affected_set, requested_set
from harness.response.config.packages import Ecosystem

NPM, PYPI, PACKAGIST = Ecosystem.NPM, Ecosystem.PYPI, Ecosystem.PACKAGIST


def allows(ecosystem: Ecosystem, text: str, version: str) -> bool:
    asked = requested_set(ecosystem, text)
    exact = affected_set(ecosystem, f"={version}")
    assert asked is not None
    return exact.lies_in(asked)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1.2.3", "1.2.3", "1.2.4"),
        ("v1.2.3", "1.2.3", "1.2.2"),
        ("^1.2.3", "1.9.0", "2.0.0"),
        ("^1.2.3", "1.2.3", "1.2.2"),
        ("^0.2.3", "0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0", "0.9.0", "1.0.0"),
        ("~1.2.3", "1.2.9", "1.3.0"),
        ("~1.2", "1.2.0", "1.3.0"),
        ("~1", "1.9.0", "2.0.0"),
        ("4", "4.17.1", "5.0.0"),
        ("4.17", "4.17.9", "4.18.0"),
        ("1.x", "1.99.0", "2.0.0"),
        ("1.2.*", "1.2.9", "1.3.0"),
        (">=1.2.0 <2", "1.9.9", "2.0.0"),
        (">= 1.2.0 < 2", "1.2.0", "1.1.9"),
        ("1.2.3 - 2.3", "2.3.9", "2.4.0"),
        ("^1 || ^3", "3.1.0", "2.0.0"),
        (">1.2", "1.3.0", "1.2.9"),
        ("<=1.2", "1.2.9", "1.3.0"),
        ("*", "9.9.9", None),
        (">=1.4.5-lts.1", "1.4.5-lts.2", "1.4.4"),
    ],
)
def test_ranges_of_npm(text: str, inside: str, outside: str | None) -> None:
    """As node-semver reads them."""
    assert allows(NPM, text, inside)
    if outside is not None:
        assert not allows(NPM, text, outside)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("6.5", "6.5.0", "6.5.1"),
        ("^6.5", "6.9.0", "7.0.0"),
        ("~6.5", "6.9.0", "7.0.0"),
        ("~6.5.1", "6.5.9", "6.6.0"),
        ("6.5.*", "6.5.9", "6.6.0"),
        ("^7.0|^8.0", "8.1.0", "9.0.0"),
        (">=1.0,<2.0", "1.5.0", "2.0.0"),
    ],
)
def test_ranges_of_composer(text: str, inside: str, outside: str) -> None:
    """A tilde of two numbers reaches to the next major version."""
    assert allows(PACKAGIST, text, inside)
    assert not allows(PACKAGIST, text, outside)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("==1.2", "1.2.0", "1.2.1"),
        ("~=2.2.1", "2.2.9", "2.3.0"),
        ("~=2.2", "2.9", "3.0"),
        ("==2.*", "2.99", "3.0"),
        (">=3,<4,!=3.1", "3.2", "3.1"),
        ("^2.0", "2.9", "3.0"),
        ("==^2.0", "2.9", "3.0"),
        ("~2.0.1", "2.0.9", "2.1"),
        ("2.0.1", "2.0.1", "2.0.2"),
    ],
)
def test_ranges_of_python(text: str, inside: str, outside: str) -> None:
    """Specifiers of pip, and those of Poetry."""
    assert allows(PYPI, text, inside)
    assert not allows(PYPI, text, outside)


@pytest.mark.parametrize("text", ["latest-and-greatest", "git+https://x", ">=a", "1.2.3.4.5.6"])
def test_what_is_no_range_is_none(text: str) -> None:
    """It is not guessed."""
    assert requested_set(NPM, text) is None


def test_a_range_lies_in_what_holds_all_of_it() -> None:
    """Then every version that may be installed is affected."""
    asked = requested_set(NPM, "~0.21.0")
    assert asked is not None
    assert asked.lies_in(affected_set(NPM, "<0.28.0"))


def test_a_range_that_reaches_further_does_not() -> None:
    """One version of it is not affected."""
    asked = requested_set(NPM, "^4.17.15")
    affected = affected_set(NPM, "<4.17.21")
    assert asked is not None
    assert not asked.lies_in(affected)
    assert asked.meets(affected)


def test_ranges_that_touch_at_an_open_end_do_not_meet() -> None:
    """The fixed version is not affected."""
    asked = requested_set(NPM, ">=4.17.21")
    assert asked is not None
    assert not asked.meets(affected_set(NPM, "<4.17.21"))


def test_a_prerelease_comes_before_its_release() -> None:
    """1.0.0-rc.1 < 1.0.0, and numbers in it count as numbers."""
    affected = affected_set(NPM, ">=1.0.0-rc.2 <1.0.0")
    assert affected_set(NPM, "=1.0.0-rc.10").lies_in(affected)
    assert not affected_set(NPM, "=1.0.0-rc.1").lies_in(affected)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["==", ">=", "<=", "<", ">", "~=", "!="]), st.integers(0, 5), st.integers(0, 5)
        ),
        min_size=1,
        max_size=3,
    ),
    st.tuples(st.integers(0, 6), st.integers(0, 6)),
)
def test_specifiers_agree_with_the_library(
    parts: list[tuple[str, int, int]], version: tuple[int, int]
) -> None:
    """A version is in the set exactly where ``packaging`` says that it satisfies the specifier."""
    text = ",".join(f"{operator}{major}.{minor}" for operator, major, minor in parts)
    written = ".".join(map(str, version))
    asked = requested_set(PYPI, text)
    assert asked is not None
    assert affected_set(PYPI, f"={written}").lies_in(asked) == (Version(written) in SpecifierSet(text))


@settings(deadline=None)
@given(st.sampled_from([NPM, PYPI, PACKAGIST]), st.text(alphabet="0123456789.^~<>=|* x-ab,!", max_size=40))
def test_any_text_is_a_range_or_none(ecosystem: Ecosystem, text: str) -> None:
    """Nothing is raised."""
    requested_set(ecosystem, text)
