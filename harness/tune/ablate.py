"""Which lines earn their place: each is taken out, and the answers are compared with those of the whole file.

The design is sequential. Every unit is asked about a few cases at a time, in random order, with and without
it; a unit whose question is settled gets no further calls. What is found is found with e-values
(:mod:`harness.stats.eprocess`), which may be looked at after every batch: among all effects that are claimed,
at most a share α is wrong on average, whenever and for whatever reason the asking stops. Why a unit is *not*
asked any further is a matter of thrift alone and costs no validity.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.tune.findings import Track, claims, conflicts_of, findings_of, is_small
from harness.tune.model import ROUTING, WHOLE, Ablation, Design, Measure, Observation, StoppedError, Wanted
from harness.tune.units import Unit

__all__ = ["ablate"]


def _unwatched(done: int, total: int) -> None:
    """Nobody watches."""


def ablate(
    units: Sequence[Unit],
    cases: Mapping[str, Sequence[str]],
    measure: Measure,
    design: Design,
    watch: Callable[[int, int], None] = _unwatched,
) -> Ablation:
    """Find out what each unit does.

    Args:
        units: the parts to take out, one at a time.
        cases: the rules that each case exercises, by the id of the case (:data:`ROUTING` for messages).
        measure: asks and decides.
        design: how.
        watch: told how many questions are done, of how many at most.

    Raises:
        HarnessError: whatever ``measure`` raises.
    """
    tracks = [_track(unit, cases, design) for unit in units]
    whole: dict[tuple[str, str], float] = {}
    known: set[str] = set()
    most = design.most // design.trials if design.most else None
    total = sum(track.planned for track in tracks) + len({case for t in tracks for case in t.pending})
    asked = 0
    while round_ := _next_round(tracks, known, design, None if most is None else most - asked):
        wanted, given = round_
        try:
            observations = measure(wanted)
        except StoppedError:
            break
        asked += len(wanted)
        known |= {one.case for one in wanted if one.unit == WHOLE}
        _take(tracks, whole, given, observations)
        _close(tracks, design)
        watch(asked, total)
    return Ablation(
        findings=findings_of(tracks, design),
        conflicts=conflicts_of(tracks, design),
        asked=asked,
        exhaustive=total,
        design=design,
    )


# --- asking ----------------------------------------------------------------------------------


def _track(unit: Unit, cases: Mapping[str, Sequence[str]], design: Design) -> Track:
    """Put the cases of a unit into the order in which it will be asked: its own, mixed with a sample."""
    chance = random.Random(f"{design.seed}/{unit.id}")  # noqa: S311 - an order, not a secret
    goals = set(unit.rules) or {ROUTING}
    own = sorted(case for case, rules in cases.items() if goals & set(rules))
    rest = sorted(set(cases) - set(own) - {case for case, rules in cases.items() if ROUTING in rules})
    if ROUTING in goals:
        rest = []
    chance.shuffle(own)
    chance.shuffle(rest)
    sample = rest[: math.ceil(design.rest * len(own))] if own else rest[: design.batch]
    pending: list[str] = []
    for index, case in enumerate(own):
        pending.append(case)
        upto = math.ceil((index + 1) * len(sample) / len(own))
        pending += sample[math.ceil(index * len(sample) / len(own)) : upto]
    pending = pending or sample
    return Track(unit, pending, len(pending), has_own=bool(own), sample=frozenset(sample))


def _next_round(
    tracks: Sequence[Track], known: set[str], design: Design, left: int | None
) -> tuple[list[Wanted], dict[str, list[str]]] | None:
    """Return the next questions and the cases of each unit among them; nothing when all is settled."""
    wanted: dict[Wanted, None] = {}
    given: dict[str, list[str]] = {}
    size = design.batch + round(design.batch * design.rest)
    for track in tracks:
        if not track.open:
            continue
        chosen: list[str] = []
        for case in track.pending[:size]:
            new = [Wanted(track.unit.id, case)]
            new += [Wanted(WHOLE, case)] if case not in known and Wanted(WHOLE, case) not in wanted else []
            if left is not None and len(wanted) + len(new) > left:
                break
            wanted.update(dict.fromkeys(new))
            chosen.append(case)
        del track.pending[: len(chosen)]
        track.asked += len(chosen)
        if chosen:
            given[track.unit.id] = chosen
    return (list(wanted), given) if wanted else None


def _take(
    tracks: Sequence[Track],
    whole: dict[tuple[str, str], float],
    given: Mapping[str, Sequence[str]],
    observations: Iterable[Observation],
) -> None:
    """Turn what was seen into differences, one for each case and rule that both answers decide."""
    without: defaultdict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for one in observations:
        if one.unit == WHOLE:
            whole[(one.case, one.rule)] = one.obeyed
        else:
            without[(one.unit, one.case)][one.rule] = one.obeyed
    for track in tracks:
        goals = set(track.unit.rules) or {ROUTING}
        for case in given.get(track.unit.id, ()):
            differences = {
                rule: whole[(case, rule)] - obeyed
                for rule, obeyed in without[(track.unit.id, case)].items()
                if (case, rule) in whole
            }
            own = [value for rule, value in differences.items() if rule in goals]
            others = [value for rule, value in differences.items() if rule not in goals]
            track.own += [sum(own) / len(own)] if own else []
            track.others += [sum(others) / len(others)] if others else []
            for rule, value in differences.items():
                if rule not in goals:
                    track.by_rule[rule].append((case, value))


def _close(tracks: Sequence[Track], design: Design) -> None:
    """Ask no further about what is settled; what a change of the others unsettles is asked about again."""
    for track, (helps, hurts) in zip(tracks, claims(tracks, design), strict=True):
        elsewhere = not track.others or is_small(track.others, design)
        if track.has_own and elsewhere:  # own cases show other rules, too; a sample of the rest adds nothing
            track.pending = [case for case in track.pending if case not in track.sample]
        small = is_small(track.own, design) and elsewhere
        track.open = bool(track.pending) and not (helps or hurts or small)
