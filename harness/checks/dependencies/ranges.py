"""Versions and ranges of npm, PyPI and Packagist as sets of intervals, so that ranges can be compared.

A range asks for any of its versions: it is certainly affected where all of it lies in what an advisory
names, certainly not where nothing of it does, and in doubt between the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from harness.response.config.packages import Ecosystem
from harness.response.record import record

__all__ = ["Interval", "VersionSet", "affected_set", "requested_set"]

MAX_TEXT = 200
_SEMVER = re.compile(
    r"^[v=]*(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-([\w.-]+))?(?:\+[\w.-]*)?$"
)
_PARTIAL = re.compile(
    r"^[v=]*(\d{1,9}|[xX*])(?:\.(\d{1,9}|[xX*]))?(?:\.(\d{1,9}|[xX*]))?(?:\.(\d{1,9}|[xX*]))?$"
)
_COMPARATOR = re.compile(r"^(<=|>=|<|>|==|=|!=|\^|~>|~)?\s*(.+)$")
_OPERATOR_GAP = re.compile(r"(<=|>=|<|>|!=|==|=|\^|~>|~)\s+")
_HYPHEN = re.compile(r"^(\S+)\s+-\s+(\S+)$")

# A version that can be compared: a tuple for npm and Packagist, a `Version` for PyPI.
Key = Any
Parse = Callable[[str], Key]


class _NotARangeError(ValueError):
    """The text is no range of this ecosystem."""


@record
class Interval:
    """Versions between two ends; an end that is ``None`` is open to all sides."""

    low: Key | None
    high: Key | None
    low_in: bool = True
    high_in: bool = False

    def starts_before(self, other: Interval) -> bool:
        """Say whether this reaches at least as far down as another."""
        if self.low is None or other.low is None:
            return self.low is None
        return bool(self.low < other.low or (self.low == other.low and (self.low_in or not other.low_in)))

    def ends_after(self, other: Interval) -> bool:
        """Say whether this reaches at least as far up as another."""
        if self.high is None or other.high is None:
            return self.high is None
        return bool(
            self.high > other.high or (self.high == other.high and (self.high_in or not other.high_in))
        )

    def meets(self, other: Interval) -> bool:
        """Say whether some version lies in both."""
        return not (self._is_below(other) or other._is_below(self))

    def _is_below(self, other: Interval) -> bool:
        if self.high is None or other.low is None:
            return False
        return bool(self.high < other.low or (self.high == other.low and not (self.high_in and other.low_in)))

    @property
    def is_empty(self) -> bool:
        """Say whether no version lies in it."""
        if self.low is None or self.high is None:
            return False
        return bool(self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in)))


@record
class VersionSet:
    """Some intervals; a version is in the set where it lies in one of them."""

    intervals: tuple[Interval, ...]

    def lies_in(self, other: VersionSet) -> bool:
        """Say whether every version of this set is one of the other."""
        return bool(self.intervals) and all(
            any(two.starts_before(one) and two.ends_after(one) for two in other.intervals)
            for one in self.intervals
        )

    def meets(self, other: VersionSet) -> bool:
        """Say whether the two sets have a version in common."""
        return any(one.meets(two) for one in self.intervals for two in other.intervals)


def requested_set(ecosystem: Ecosystem, text: str) -> VersionSet | None:
    """Return the versions that a requirement allows; ``None`` where it is not understood.

    ``4.17`` is any patch of it for npm and ``==4.17`` one version for PyPI, as their tools have it.
    """
    bare = text.strip()[:MAX_TEXT]
    if bare.startswith(("==^", "==~")):  # `poetry add name@^1.0`
        bare = bare[2:]
    try:
        if ecosystem is Ecosystem.PYPI and not re.match(r"^(?:\^|~(?!=)|\d|\*)", bare):
            return _python_set(bare)
        return _set_of(bare, _parser(ecosystem), ecosystem)
    except _NotARangeError:
        return None


def affected_set(ecosystem: Ecosystem, text: str) -> VersionSet:
    """Return the versions that an advisory names: ``>=2.0.0 <2.6.7 || <1.4``; ``*`` is all of them.

    Raises:
        ValueError: the text is not understood.
    """
    return _set_of(text.strip(), _parser(ecosystem), ecosystem)


def _parser(ecosystem: Ecosystem) -> Parse:
    return _python_key if ecosystem is Ecosystem.PYPI else _semver_key


def _semver_key(text: str) -> Key:
    match = _SEMVER.match(text)
    if match is None:
        raise _NotARangeError(text)
    numbers = tuple(int(part or 0) for part in match.groups()[:4])
    pre = match[5]
    if not pre:
        return (numbers, 1, ())
    parts = tuple((0, int(one), "") if one.isdigit() else (1, 0, one) for one in pre.split(".")[:10])
    return (numbers, 0, parts)


def _python_key(text: str) -> Key:
    try:
        return Version(text)
    except InvalidVersion as error:
        raise _NotARangeError(text) from error


def _set_of(text: str, parse: Parse, ecosystem: Ecosystem) -> VersionSet:
    intervals: list[Interval] = []
    for part in re.split(r"\s*\|\|?\s*", text.strip()):
        intervals += _alternative(part, parse, ecosystem)
    return VersionSet(tuple(one for one in intervals if not one.is_empty))


def _alternative(text: str, parse: Parse, ecosystem: Ecosystem) -> list[Interval]:
    hyphen = _HYPHEN.match(text)
    if hyphen is not None:
        low, high = _span(hyphen[1], parse), _span(hyphen[2], parse)
        return [Interval(low.low, high.high, low_in=True, high_in=high.high_in)]
    found = [Interval(None, None)]
    for word in _OPERATOR_GAP.sub(r"\1", text).replace(",", " ").split() or ["*"]:
        match = _COMPARATOR.match(word)
        if match is None:
            raise _NotARangeError(word)
        found = [
            both for one in found for two in _compared(match, parse, ecosystem) for both in _common(one, two)
        ]
    return found


def _common(one: Interval, two: Interval) -> Iterator[Interval]:
    lower = two if one.starts_before(two) else one
    upper = two if one.ends_after(two) else one
    both = Interval(lower.low, upper.high, lower.low_in, upper.high_in)
    if not both.is_empty:
        yield both


def _compared(match: re.Match[str], parse: Parse, ecosystem: Ecosystem) -> list[Interval]:
    operator, text = match[1] or "", match[2]
    if operator in {"^", "~", "~>"}:
        return [_widened(operator, text, parse, ecosystem)]
    span = _span(text, parse)
    if operator in {"", "=", "=="}:
        numbers = len(re.findall(r"\d+", text.split("-")[0]))
        # Only npm reads a bare 4.17 as all of its patches.
        if ecosystem is not Ecosystem.NPM and "*" not in text and numbers < 4:
            exact = parse(text)
            return [Interval(exact, exact, high_in=True)]
        return [span]
    low, high = span.low, span.high
    if operator == ">=":
        return [Interval(low, None)]
    if operator == "<":
        return [Interval(None, low)]
    exact = span.high_in or ecosystem is not Ecosystem.NPM
    if operator == ">":
        return [Interval(low, None, low_in=False) if exact else Interval(high, None)]
    if operator == "<=":
        return [Interval(None, low, high_in=True) if exact else Interval(None, high)]
    return [Interval(None, low), Interval(low, None, low_in=False)]


def _span(text: str, parse: Parse) -> Interval:
    """Return what a version, full or partial, stands for."""
    match = _PARTIAL.match(text)
    if match is None:
        exact = parse(text)
        return Interval(exact, exact, high_in=True)
    numbers = _numbers(match)
    if not numbers:
        return Interval(None, None)
    if len(numbers) >= 3:
        exact = parse(".".join(map(str, numbers)))
        return Interval(exact, exact, high_in=True)
    return Interval(_key(numbers, parse), _key([*numbers[:-1], numbers[-1] + 1], parse))


def _numbers(match: re.Match[str]) -> list[int]:
    found: list[int] = []
    for part in match.groups():
        if part is None or not part.isdigit():
            break
        found.append(int(part))
    return found


def _key(numbers: list[int], parse: Parse) -> Key:
    return parse(".".join(str(one) for one in [*numbers, 0, 0][: max(3, len(numbers))]))


def _widened(operator: str, text: str, parse: Parse, ecosystem: Ecosystem) -> Interval:
    """Return what a caret or a tilde allows."""
    numbers = [int(one) for one in re.findall(r"\d+", re.split(r"[-+]", text.lstrip("v="))[0])][:4]
    if not numbers:
        return Interval(None, None)
    low = _key(numbers, parse) if re.fullmatch(r"[v=]*[\d.xX*]+", text) else parse(text)
    if operator == "^":
        place = next((index for index, one in enumerate(numbers) if one), len(numbers) - 1)
    elif ecosystem is Ecosystem.PACKAGIST or operator == "~>":
        # ~1.2 of Composer stops before 2, that of npm before 1.3.
        place = max(len(numbers) - 2, 0)
    else:
        place = min(1, len(numbers) - 1)
    return Interval(low, _key([*numbers[:place], numbers[place] + 1], parse))


def _python_set(text: str) -> VersionSet | None:
    if not text:
        return None
    try:
        specifiers = SpecifierSet(text)
    except InvalidSpecifier:
        return None
    found = [Interval(None, None)]
    for specifier in specifiers:
        found = [both for one in found for two in _specified(specifier) for both in _common(one, two)]
    return VersionSet(tuple(found))


def _specified(specifier: Specifier) -> list[Interval]:
    operator, text = specifier.operator, specifier.version
    bare = text.removesuffix(".*")
    version = _python_key(bare)
    release = list(version.release)
    following = _key_of([*release[:-1], release[-1] + 1])
    if operator in {"==", "==="}:
        return [Interval(version, following) if bare != text else Interval(version, version, high_in=True)]
    if operator == "!=":
        above = Interval(following, None) if bare != text else Interval(version, None, low_in=False)
        return [Interval(None, version), above]
    if operator == "~=":
        return [
            Interval(
                version, _key_of([*release[:-2], release[-2] + 1] if len(release) > 1 else [release[0] + 1])
            )
        ]
    return {
        ">=": [Interval(version, None)],
        ">": [Interval(version, None, low_in=False)],
        "<=": [Interval(None, version, high_in=True)],
        "<": [Interval(None, version)],
    }[operator]


def _key_of(numbers: list[int]) -> Version:
    return Version(".".join(map(str, numbers)))
