"""What a suite can see, and what it would take: for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.compare.pilot import Pilot, Subject
from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.report.escape import clip
from harness.report.words import count, percent
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.power import CaseGroup, cases_needed, detectable_drop, power_of, unpaired_cases_needed

__all__ = ["Question", "power_document", "print_power"]

_WAYS = 3  # to be red: all rules together, one rule, a confirmed failure; each has a third of the budget
_LADDER = (25, 50, 100, 200, 400, 800)
_BAR = 24


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a pilot.

    Attributes:
        drop: the drop that is to be seen.
        alpha: one-sided level of the test; with ``gate`` the whole error budget.
        power: probability with which the drop is to be found.
        trials: numbers of trials to answer for.
        gate: whether the level is what the gate leaves for each test.
    """

    drop: float
    alpha: float
    power: float
    trials: tuple[int, ...]
    gate: bool

    def level(self, rules: int) -> float:
        """Return the level of one test; ``rules`` is 1 for all rules together.

        The gate gives a third of its budget to each way to be red. Where one rule of R falls, its q-value is
        at worst R times its p-value (Benjamini and Hochberg), hence the division by R.
        """
        return self.alpha / _WAYS / rules if self.gate else self.alpha


def power_document(pilot: Pilot, question: Question) -> dict[str, Any]:
    """Return the JSON document of ``harness power --json``."""
    tested = _tested(pilot)
    return {
        "pilot": list(pilot.names),
        "trials_of_pilot": pilot.trials,
        "drop": question.drop,
        "alpha": question.alpha,
        "power": question.power,
        "gate": question.gate,
        "correlation": pilot.correlation,
        "carry_over": pilot.carry_over,
        "aggregate": _subject(pilot.aggregate, question, question.level(1)),
        "rules": [_subject(rule, question, question.level(tested)) for rule in pilot.rules],
        "notes": list(pilot.notes),
    }


def _tested(pilot: Pilot) -> int:
    return max(1, sum(rule.rate is not NO_NUMBER for rule in pilot.rules))


def _subject(subject: Subject, question: Question, level: float) -> dict[str, Any]:
    answers, unpaired = [], None
    if subject.rate is not NO_NUMBER:
        answers = [_answer(subject, question, trials, level) for trials in question.trials]
        if question.drop <= subject.rate:
            unpaired = unpaired_cases_needed(subject.rate, question.drop, alpha=level, power=question.power)
    return {
        "rule": subject.rule,
        "line": subject.line or None,
        "cases": subject.group.cases,
        "worth": subject.group.worth,
        "rate": to_jsonable(subject.rate),
        "level": level,
        "by_trials": answers,
        "unpaired_cases_needed": unpaired,
    }


def _answer(subject: Subject, question: Question, trials: int, level: float) -> dict[str, Any]:
    spread, group = subject.spread, subject.group
    seen = detectable_drop(group, spread, trials, alpha=level, power=question.power)
    needed = cases_needed(question.drop, spread, trials, alpha=level, power=question.power)
    return {
        "trials": trials,
        "detectable_drop": to_jsonable(seen),
        "cases_needed": to_jsonable(needed),
        "power": power_of(group, question.drop, spread, trials, alpha=level) if group.cases else None,
    }


def print_power(pilot: Pilot, question: Question, console: Console) -> None:
    """Print what the suite can see and what the drop would take."""
    for line in _headline(pilot, question):
        console.print(line, soft_wrap=True)
    console.print()
    console.print(_table(pilot, question))
    console.print()
    _ladder(pilot, question, console)
    for note in _footnotes(pilot, question):
        console.print(Text(reveal(note), style="dim"), soft_wrap=True)


def _headline(pilot: Pilot, question: Question) -> Iterator[Text]:
    where = " and ".join(pilot.names) if pilot.names else "no pilot: rate and correlations are assumed"
    yield Text(reveal(clip(where, 300)), style="bold")
    of = "the gate's error budget" if question.gate else "one-sided level"
    yield Text(
        f"a drop is found with probability {question.power:.2f}; {of} {question.alpha:g}; "
        f"correlation of two answers to one case {pilot.correlation:.2f}, "
        f"of a case's rates before and after an edit {pilot.carry_over:.2f}",
        style="dim",
    )


def _table(pilot: Pilot, question: Question) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), collapse_padding=True, header_style="dim")
    table.add_column("", ratio=1, overflow="fold", min_width=20)
    table.add_column("cases", justify="right", no_wrap=True)
    table.add_column("rate", justify="right", no_wrap=True)
    trials = "/".join(str(number) for number in question.trials)
    table.add_column(f"smallest drop seen\n{trials} trials", justify="right", no_wrap=True)
    table.add_column(
        f"cases for {100 * question.drop:g} points\n{trials} trials", justify="right", no_wrap=True
    )
    level = question.level(_tested(pilot))
    table.add_row(*_row("all rules together", pilot.aggregate, question, question.level(1)), style="bold")
    for rule in sorted(pilot.rules, key=lambda rule: -rule.group.cases):
        if rule.rate is not NO_NUMBER:
            table.add_row(*_row(rule.rule, rule, question, level))
    return table


def _row(name: str, subject: Subject, question: Question, level: float) -> list[Text]:
    answers = [_answer(subject, question, trials, level) for trials in question.trials]
    rate = subject.spread.rate
    possible = rate is NO_NUMBER or question.drop <= rate
    return [
        Text(reveal(clip(name, 120))),
        Text(_cases(subject.group)),
        Text(percent(subject.rate)),
        Text("/".join(_points(one["detectable_drop"]) for one in answers)),
        Text("/".join(_count(one["cases_needed"]) for one in answers) if possible else str(NO_NUMBER)),
    ]


def _cases(group: CaseGroup) -> str:
    if not group.cases:
        return str(NO_NUMBER)
    return f"{group.cases:,}" if group.worth == group.cases else f"{group.cases:,} (worth {group.worth:.0f})"


def _points(value: float | None) -> str:
    return str(NO_NUMBER) if value is None else f"{100 * value:.1f}"


def _count(value: int | None) -> str:
    return ">1M" if value is None else f"{value:,}"


def _ladder(pilot: Pilot, question: Question, console: Console) -> None:
    """Draw how the smallest drop shrinks with the number of cases, in the middle of the trials asked for."""
    trials = question.trials[len(question.trials) // 2]
    level = question.level(1)
    seen = [
        (
            cases,
            detectable_drop(
                CaseGroup.alone(cases), pilot.aggregate.spread, trials, alpha=level, power=question.power
            ),
        )
        for cases in _LADDER
    ]
    largest = max((drop for _, drop in seen if drop is not NO_NUMBER), default=0.0)
    if not largest:
        return
    console.print(Text(f"smallest drop of all rules together, {count(trials, 'trial')}:", style="dim"))
    for cases, drop in seen:
        console.print(Text(f"  {cases:>4} cases  {_bar(drop, largest)}"))


def _bar(drop: Number, largest: float) -> str:
    if drop is NO_NUMBER:
        return "nothing can be seen"
    return f"{'█' * max(1, round(_BAR * drop / largest))} {100 * drop:.1f} points"


def _footnotes(pilot: Pilot, question: Question) -> Iterator[str]:
    yield from pilot.notes
    tested, silent = _tested(pilot), [rule.rule for rule in pilot.rules if rule.rate is NO_NUMBER]
    if silent:
        yield f"{count(len(silent), 'rule')} no case of the pilot decides; nothing can be said about them"
    blind = _blind(pilot.rules, question, question.level(tested))
    if blind:
        yield (
            f"{count(blind, 'rule')} with too few cases: a dash says that not even a fall to zero "
            "would be seen; add cases"
        )
    if question.gate:
        yield (
            f"the gate gives {question.level(1):.4f} to all rules together and {question.level(tested):.5f} "
            f"to each of {count(tested, 'rule')}"
        )
    else:
        yield "each figure is for one test alone; --gate divides the error budget as the gate does"


def _blind(rules: Sequence[Subject], question: Question, level: float) -> int:
    return sum(
        rule.rate is not NO_NUMBER
        and detectable_drop(rule.group, rule.spread, question.trials[-1], alpha=level, power=question.power)
        is NO_NUMBER
        for rule in rules
    )
