"""What two runs have in common: the same cases, and rules that are the same rule.

Cases are the same when their sha is (of question, files and labels, not the prompt). Rules are the same
when their id is; a rule without an id of its own (its slug comes from its words) is found again by its text,
and a reworded one by likeness. A doubtful match is reported and never made silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from harness.core.errors import InputError
from harness.core.types import Basis, Outcome
from harness.store.decided import DecidedRule, DecidedRun

__all__ = [
    "DOUBTFUL",
    "IDENTITY",
    "LIKE",
    "MatchedRules",
    "Side",
    "demand_comparable",
    "match_rules",
    "side_of",
]

LIKE = 0.75  # words alike from here on: the same rule, reworded
IDENTITY = ("judge", "rubric", "template", "way")
"""What the evidence of a verdict says of the judge who gave it."""
DOUBTFUL = 0.5  # from here on: perhaps the same rule; a person must say so by an explicit id
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two things compared: a variant of a run."""

    run: DecidedRun
    variant: str

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"{self.run.run} ({self.variant})" if len(self.run.variants) > 1 else self.run.run


@dataclass(frozen=True, slots=True)
class MatchedRules:
    """Rules of two versions of a specification.

    Attributes:
        same: (before, after) of rules that are one rule, in the order of the later version.
        reworded: ids (of the later version) among them whose text changed.
        removed: rules that only the earlier version has.
        added: rules that only the later version has.
        doubtful: (before, after) pairs that resemble each other without being taken for one rule.
    """

    same: tuple[tuple[DecidedRule, DecidedRule], ...]
    reworded: tuple[str, ...]
    removed: tuple[DecidedRule, ...]
    added: tuple[DecidedRule, ...]
    doubtful: tuple[tuple[DecidedRule, DecidedRule], ...]


def side_of(run: DecidedRun, variant: str = "") -> Side:
    """Return a variant of a run; without a name the first.

    Raises:
        InputError: the run has no such variant, or none at all.
    """
    names = [name for name, _ in run.variants]
    if not names:
        raise InputError(f"{run.run}: asked no model anything; there is nothing to compare")
    if variant and variant not in names:
        raise InputError(f"{run.run}: has no variant {variant!r}; it has {', '.join(names)}")
    return Side(run, variant or names[0])


def demand_comparable(before: Side, after: Side) -> None:
    """Refuse to compare what was not asked or decided alike.

    Raises:
        InputError: different agents, cases, checks or modes; the message names what differs.
    """
    first, second = before.run, after.run
    if first is second:
        return
    if first.agent != second.agent:
        raise InputError(
            f"{first.run} tests {first.agent!r}, {second.run} tests {second.agent!r}; "
            "compare two runs of one agent"
        )
    cases = _different(
        {case.id: case.sha for case in first.cases}, {case.id: case.sha for case in second.cases}
    )
    routed = first.routing.cases, second.routing.cases
    if not cases and all(routed):  # what only one side was asked is not compared, and told
        cases = _different(*({case.id: case.sha for case in asked} for asked in routed))
    if cases:
        raise InputError(
            f"{first.run} and {second.run} asked different cases: {cases}; "
            "run the earlier version on the suite of today, or compare runs of one suite"
        )
    checks = _versions(first), _versions(second)
    # A rule that only one side has brings a check that only one side uses.
    shared = checks[0].keys() & checks[1].keys()
    versions = _different(*({name: one[name] for name in shared} for one in checks))
    rebound = [
        f"{new.id} ({old.check} before, {new.check} after)"
        for old, new in match_rules(first.rules, second.rules).same
        if old.check and new.check and (old.check, old.parameters) != (new.check, new.parameters)
    ]
    if rebound:
        more = f" and {len(rebound) - _SHOWN} more rules" if len(rebound) > _SHOWN else ""
        raise InputError(
            f"{first.run} and {second.run} decide a rule by different checks or parameters: "
            f"{', '.join(rebound[:_SHOWN])}{more}; bind it alike in the sidecar, or compare "
            "two variants of one run"
        )
    if versions:
        raise InputError(
            f"{first.run} and {second.run} were decided by different checks: {versions}; "
            "`harness redecide RUN` decides stored answers again with the checks of today"
        )
    _demand_same_judging(first, second)


def _demand_same_judging(first: DecidedRun, second: DecidedRun) -> None:
    """Refuse two runs of which only one had a judge decide what the checks left open.

    Raises:
        InputError: a judge decided in one run what the other left open; the message names the rules.
    """
    pairs = match_rules(first.rules, second.rules).same
    put, open_there = (_put_to_judge(first), _put_to_judge(second)), (_left_open(first), _left_open(second))
    for place, judged, other in ((0, first, second), (1, second, first)):
        found = [
            pair[place].id
            for pair in pairs
            if put[place].get(pair[place].id, set()) & open_there[1 - place].get(pair[1 - place].id, set())
        ]
        if found:
            more = f" and {len(found) - _SHOWN} more rules" if len(found) > _SHOWN else ""
            raise InputError(
                f"a judge decided {', '.join(found[:_SHOWN])}{more} in {judged.run} and was not asked in "
                f"{other.run}; run that one again with the same judge (--judge MODEL): its answers are "
                "stored, only the judge is asked"
            )


def _put_to_judge(run: DecidedRun) -> dict[str, set[str]]:
    """Return, by rule, the outcomes of checks after which the judge of a run was asked."""
    found: dict[str, set[str]] = {}
    for verdict in run.verdicts:
        if verdict.basis is Basis.JUDGE:
            was = dict(verdict.decision.evidence).get("static", Outcome.UNDECIDED.value)
            found.setdefault(verdict.rule, set()).add(was)
    return found


def _left_open(run: DecidedRun) -> dict[str, set[str]]:
    """Return, by rule, the outcomes that stand as a check left them, without what only silence shows."""
    found: dict[str, set[str]] = {}
    for verdict in run.verdicts:
        if verdict.basis is Basis.STATIC and not verdict.flag:
            found.setdefault(verdict.rule, set()).add(verdict.decision.outcome.value)
    return found


def _versions(run: DecidedRun) -> dict[str, str]:
    decided = {
        (verdict.check, verdict.version, verdict.mode.value) for verdict in run.verdicts if verdict.check
    }
    versions = {check: f"version {version}, {mode}" for check, version, mode in sorted(decided)}
    return versions | _judges(run)


def _judges(run: DecidedRun) -> dict[str, str]:
    """Return who judged a rule, by which rubric: another judge is another instrument."""
    found: dict[str, str] = {}
    for verdict in run.verdicts:
        if verdict.basis is Basis.JUDGE:
            told = dict(verdict.decision.evidence)
            said = (told.get(name, "") for name in IDENTITY)
            found.setdefault(f"the judge of {verdict.rule}", " ".join(said))
    return found


def _different(first: Mapping[str, str], second: Mapping[str, str]) -> str:
    """Say in a few words what two tables do not share; empty when they are equal."""
    said = []
    for words, names in (
        ("only in the first", sorted(first.keys() - second.keys())),
        ("only in the second", sorted(second.keys() - first.keys())),
        ("changed", sorted(name for name in first.keys() & second.keys() if first[name] != second[name])),
    ):
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            said.append(f"{', '.join(names[:_SHOWN])}{more} ({words})")
    return "; ".join(said)


def match_rules(before: Sequence[DecidedRule], after: Sequence[DecidedRule]) -> MatchedRules:
    """Find each rule of the earlier version in the later one: by id, by text, then by likeness.

    Likeness is the ratio of Ratcliff and Obershelp over the words of the two texts (``difflib``); the most
    alike pair is taken first, and only between rules of the same polarity.
    """
    known = {rule.id: rule for rule in before}
    pairs = {rule.id: known.pop(rule.id) for rule in after if rule.id in known}
    texts = {rule.rule.text: rule for rule in known.values()}
    for rule in after:
        if rule.id not in pairs and rule.rule.text in texts:
            pairs[rule.id] = known.pop(texts.pop(rule.rule.text).id)
    fresh = [rule for rule in after if rule.id not in pairs]
    scored = sorted(
        (
            (_likeness(old.rule.text, new.rule.text), old.id, new)
            for old in known.values()
            for new in fresh
            if old.rule.polarity is new.rule.polarity
        ),
        key=lambda one: (-one[0], one[1], one[2].id),
    )
    doubtful = []
    for score, old, new in scored:
        if old not in known or new.id in pairs or score < DOUBTFUL:
            continue
        if score >= LIKE:
            pairs[new.id] = known.pop(old)
        else:
            doubtful.append((known[old], new))
    same = tuple((pairs[rule.id], rule) for rule in after if rule.id in pairs)
    return MatchedRules(
        same=same,
        reworded=tuple(new.id for old, new in same if old.rule.text != new.rule.text),
        removed=tuple(known.values()),
        added=tuple(rule for rule in after if rule.id not in pairs),
        doubtful=tuple((old, new) for old, new in doubtful if old.id in known and new.id not in pairs),
    )


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower().split(), other.lower().split(), autojunk=False).ratio()
