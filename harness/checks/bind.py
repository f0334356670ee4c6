"""Bind each rule of an agent to the check that decides it, or leave it to the judge.

A false binding is a wrong verdict on every answer; an unbound rule only costs a judge. So a rule is
bound when it is much like a phrase of one check, clearly less like anything else, and the check finds
its parameters in the rule's words. What the sidecar says comes first.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from harness.agentfile.sidecar import RuleOverride, Sidecar
from harness.checks.base import Check
from harness.checks.reserved import other_phrases, reserved_phrases
from harness.checks.setting import misplaced, setting_of
from harness.checks.similarity import Likeness, PhraseIndex
from harness.checks.wording import Clause, clauses_of, masked, stems_of
from harness.checks.wording_vocabulary import GENERAL
from harness.core.errors import ConfigurationError
from harness.core.types import Agent, Rule, Severity

__all__ = ["JUDGE", "MARGIN", "THRESHOLD", "Binding", "bind_rules"]

THRESHOLD = 0.62  # least likeness to a phrase
MARGIN = 0.06  # least distance to the second-best kind of rule

TOPIC_THRESHOLD = 0.60  # the same for reserved kinds, where a mistake changes no verdict
TOPIC_MARGIN = 0.03

JUDGE = "judge"  # what a sidecar writes as `check` to keep a rule away from every check
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class Binding:
    """How one rule is decided.

    ``check`` is empty when no check decides the rule: it goes to the judge. ``topic`` then names the
    kind of rule it is, where that has a reserved id; for a bound rule it equals ``check``. ``why``
    says in a sentence what led here. ``waived`` is the reason for which the rule is not demanded,
    empty when it is. ``rubric`` is what the sidecar tells the judge.
    """

    rule: Rule
    check: str
    parameters: dict[str, str]
    why: str
    severity: Severity
    waived: str
    topic: str = ""
    rubric: str = ""


@dataclass(frozen=True, slots=True)
class _Match:
    """What the words of a rule lead to."""

    check: str
    topic: str
    why: str
    parameters: dict[str, str] = field(default_factory=dict)


def bind_rules(agent: Agent, sidecar: Sidecar, checks: Mapping[str, Check]) -> tuple[Binding, ...]:
    """Bind every rule of an agent, in the order of its file.

    Args:
        agent: the agent, its rules with their final ids.
        sidecar: overrides by rule id; they win over the words of the rule.
        checks: the checks that may be bound, by id.

    Raises:
        ConfigurationError: the sidecar names a check that does not exist, or gives a check parameters
            it does not know.
    """
    index = _index_of(tuple((name, _masked_phrases(check)) for name, check in sorted(checks.items())))
    bindings = []
    for rule in agent.rules:
        override = sidecar.overrides.get(rule.id)
        match = _overridden(rule, override, agent, checks) if override else None
        match = match or _by_words(rule, agent, index, checks)
        if override and match.check:
            match = _with_parameters(match, override, agent, checks[match.check])
        bindings.append(
            Binding(
                rule=rule,
                check=match.check,
                parameters=match.parameters,
                why=match.why,
                severity=(override.severity if override else None) or _severity(match, checks),
                waived=override.waived if override else "",
                topic=match.topic,
                rubric=override.rubric if override else "",
            )
        )
    return tuple(bindings)


def _severity(match: _Match, checks: Mapping[str, Check]) -> Severity:
    return checks[match.check].severity if match.check else Severity.MAJOR


# --- the sidecar -----------------------------------------------------------------------------


def _overridden(
    rule: Rule, override: RuleOverride, agent: Agent, checks: Mapping[str, Check]
) -> _Match | None:
    """Return what the sidecar says about the check of a rule; ``None`` when it says nothing."""
    name = override.check
    if not name:
        return None
    if name == JUDGE:
        return _Match("", "", "the sidecar leaves this rule to the judge")
    if name in checks:
        check = checks[name]
        parameters = {**check.defaults, **(check.parameters_of(rule.text) or {})}
        return _Match(name, name, "the sidecar names this check", parameters)
    if name in reserved_phrases():
        return _Match("", name, f"the sidecar names {name}, which no check decides yet: it goes to the judge")
    near = difflib.get_close_matches(name, [*checks, *reserved_phrases()], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"write the id of a check, or {JUDGE!r}"
    raise ConfigurationError(
        f"the sidecar of {agent.path} binds the rule {rule.id!r} to {name!r}, which is no check; {hint}"
    )


def _with_parameters(match: _Match, override: RuleOverride, agent: Agent, check: Check) -> _Match:
    """Put the sidecar's parameters over those found in the words of the rule."""
    known = {**check.defaults, **match.parameters}
    for name in override.parameters:
        if name not in known:
            listed = f"it has {', '.join(sorted(known))}" if known else "it has none"
            raise ConfigurationError(
                f"the sidecar of {agent.path} gives the check {check.id!r} a parameter {name!r}; {listed}"
            )
    return dataclasses.replace(match, parameters={**match.parameters, **override.parameters})


# --- the words of the rule ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """A rule as one check reads it: its parameters, and its clauses with their values masked."""

    parameters: dict[str, str]
    clauses: tuple[Clause, ...]


def _by_words(rule: Rule, agent: Agent, index: PhraseIndex, checks: Mapping[str, Check]) -> _Match:
    """Find the kind of rule that the words speak of; bind only where nothing else comes near."""
    subject, around = stems_of(agent.name), stems_of(rule.section) - GENERAL
    plain = index.read(clauses_of(rule.text, rule.polarity), subject)
    readings = _readings(rule, subject, index, checks)
    found = {
        clauses: index.likenesses(clauses, around)
        for clauses in {plain, *(r.clauses for r in readings.values())}
    }
    own = {name: found[reading.clauses][name] for name, reading in readings.items()}
    rest = {kind: likeness for kind, likeness in found[plain].items() if kind not in checks}
    if not own:
        return _unbound(rest, "")
    name = _whole(_first(own), own, checks)
    best = own.pop(name)
    own = {other: likeness for other, likeness in own.items() if other not in checks[name].includes}
    # Rivals see the rule as the check does, without the values of parameters: "Validate with Zod" is less
    # like "Validate all input" when Zod is a thing of its own and not just another word.
    rivals = {**own, **{kind: found[readings[name].clauses][kind] for kind in rest}}
    rival = _first(rivals)
    if best.score < THRESHOLD / 2:
        return _unbound(rest, "")
    lacking = sorted((index.core(name) & best.stems) - readings[name].clauses[0].stems - around)
    if lacking:
        without = ", ".join(lacking)
        return _unbound(rest, f"like {name} ({best.phrase!r}, {best.score:.2f}), but without {without!r}")
    if best.score < THRESHOLD:
        return _unbound(rest, f"too little like {name} ({best.phrase!r}, {best.score:.2f})")
    if best.score - rivals[rival].score < MARGIN:
        near = f"{rivals[rival].phrase!r}, {rivals[rival].score:.2f}"
        return _unbound(
            rest, f"like {name} ({best.phrase!r}, {best.score:.2f}), but nearly as much like {near}"
        )
    setting = setting_of(agent.name, agent.description, rule.section)
    if elsewhere := misplaced(name, setting, rule.section):
        return _Match("", "", f"like {name} ({best.phrase!r}, {best.score:.2f}), but {elsewhere}")
    why = f"like {best.phrase!r} ({best.score:.2f}; next {_spoken(rival)} {rivals[rival].score:.2f})"
    return _Match(name, name, why, readings[name].parameters)


def _readings(
    rule: Rule, subject: frozenset[str], index: PhraseIndex, checks: Mapping[str, Check]
) -> dict[str, _Reading]:
    """Read the rule once per check; a check that does not find its parameters is left out."""
    readings = {}
    read: dict[str, tuple[Clause, ...]] = {}
    for name, check in checks.items():
        parameters = check.parameters_of(rule.text)
        if parameters is None:
            continue
        text = masked(rule.text, parameters)
        if text not in read:
            read[text] = index.read(clauses_of(text, rule.polarity), subject)
        readings[name] = _Reading(parameters, read[text])
    return readings


def _unbound(rest: Mapping[str, Likeness], why: str) -> _Match:
    """Leave a rule to the judge, naming the reserved kind it belongs to where that is clear."""
    ranked = sorted(rest, key=lambda kind: (-rest[kind].score, kind))
    first, second = rest[ranked[0]], rest[ranked[1]]
    certain = first.score >= TOPIC_THRESHOLD and first.score - second.score >= TOPIC_MARGIN
    if certain and ranked[0] in reserved_phrases():
        found = f"like {first.phrase!r} ({first.score:.2f}), which no check decides yet"
        return _Match("", ranked[0], found)
    return _Match("", "", why or "like no kind of rule that a check decides")


def _first(scores: Mapping[str, Likeness]) -> str:
    """Return the kind with the greatest likeness; the first by name when two are equal."""
    return min(scores, key=lambda kind: (-scores[kind].score, kind))


def _whole(name: str, own: Mapping[str, Likeness], checks: Mapping[str, Check]) -> str:
    """Return the check that includes the likeliest one, where the rule asks for what both decide."""
    least = max(THRESHOLD, own[name].score - MARGIN)
    wider = (other for other in sorted(own) if name in checks[other].includes and own[other].score >= least)
    return next(wider, name)


def _spoken(kind: str) -> str:
    return "another kind of rule" if kind.startswith(_OTHER) else kind


def _masked_phrases(check: Check) -> tuple[str, ...]:
    return tuple(masked(phrase, check.parameters_of(phrase) or {}) for phrase in check.phrases)


@lru_cache(maxsize=8)
def _index_of(phrases: tuple[tuple[str, tuple[str, ...]], ...]) -> PhraseIndex:
    kinds: dict[str, tuple[str, ...]] = {**reserved_phrases(), **dict(phrases)}
    # Every wording of "something else" is a kind of its own: they have nothing in common.
    kinds.update({f"{_OTHER} {number}": (phrase,) for number, phrase in enumerate(other_phrases())})
    return PhraseIndex(kinds)
