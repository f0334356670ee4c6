"""The walk through a run, printed: tables that fit 80 columns, answers with their offending lines marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from harness.core.types import Case, Outcome, Role, Verdict
from harness.report import words
from harness.report.escape import clip, split_lines
from harness.report.formats.show_answer import COLOURS, print_answer
from harness.report.formats.terminal import Screen, print_scores
from harness.report.show import Answered, Choice, Walk
from harness.report.written import printed_answer
from harness.stats.interval import NO_NUMBER
from harness.stats.score import AGGREGATE

__all__ = ["Limits", "print_walk"]

_NAMED = 12  # ids that a sentence names
_ASKED = 1_500  # characters of a message that are shown
_ASKED_LINES = 40
_REASON = 300
_NAME = 120


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is printed at most: rows of a table, lines of an answer (marked ones apart)."""

    rows: int = 40
    lines: int = 400


def print_walk(walk: Walk, choice: Choice, limits: Limits, console: Console) -> None:
    """Print the part of a run that was chosen.

    Args:
        walk: the run; its texts may be hostile, control characters are written out.
        choice: what to show, with full names.
        limits: what is beyond them is counted, not printed.
        console: where to; rich leaves colours out when this is no terminal.
    """
    screen = Screen(console)
    run = walk.run
    screen.say((run.agent, "bold"), (f"  {walk.place}", "dim"))
    screen.say((f"{run.model}, {words.moment(run.created)}", "dim"))
    for note in walk.notes:
        screen.say(("note: ", "yellow"), (note, ""))
    if choice.case:
        _case(screen, walk, choice, limits)
    elif choice.rule:
        _rule(screen, walk, choice, limits)
    elif choice.outcome is not None:
        _verdicts(screen, walk, choice, limits)
    else:
        _overview(screen, walk, choice, limits)


# --- a run ------------------------------------------------------------------------------------------


def _overview(screen: Screen, walk: Walk, choice: Choice, limits: Limits) -> None:
    several = len(walk.variants) > 1
    shown = [name for name in walk.variants if choice.variant in {"", name}]
    for name in shown:
        own = [one for one in walk.scores if one.variant == name]
        total = next((one for one in own if one.rule == AGGREGATE), None)
        if total is not None:
            screen.say((words.rate_sentence(total, f" with the variant {name}" if several else ""), ""))
        print_scores(screen, own, f"Answers of {walk.run.model}{f', variant {name}' if several else ''}")
    if not walk.run.verdicts:
        screen.say(("No answer of a model was decided in this run.", ""))
    _routing(screen, walk, choice, limits)
    screen.console.print()
    _named(screen, "exercised by no case", walk.uncovered)
    _named(screen, "decided by nobody (they need a judge, --judge)", walk.undecidable)
    _missing(screen, walk, choice)
    if walk.run.verdicts:
        screen.say((words.MEANING, "dim"))
        screen.say(("Go on with --rule ID, --case ID or --outcome fail.", "dim"))


def _named(screen: Screen, what: str, ids: Sequence[str]) -> None:
    if ids:
        more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
        screen.say(
            (f"{words.count(len(ids), 'rule')} {what}: ", "bold"), (", ".join(ids[:_NAMED]) + more, "")
        )


def _missing(screen: Screen, walk: Walk, choice: Choice) -> None:
    missing = walk.missing(choice)
    if missing:
        kinds = Counter(one.kind for one in missing).most_common(_NAMED)
        said = ", ".join(f"{kind} {number:,}" for kind, number in kinds)
        cases = list(dict.fromkeys(one.case for one in missing))
        more = f" and {len(cases) - _NAMED} more" if len(cases) > _NAMED else ""
        screen.say(
            (f"{words.count(len(missing), 'answer')} missing", "bold yellow"),
            (f" ({said}): {', '.join(cases[:_NAMED])}{more}", ""),
        )


def _routing(screen: Screen, walk: Walk, choice: Choice, limits: Limits) -> None:
    routed = walk.routed(choice)
    if not routed:
        return
    wrong = [(case, one) for case, one in routed if one.predicted != case.expected_agent]
    screen.console.print()
    screen.say(
        ("Routing", "bold"), (f"  {len(routed) - len(wrong):,} of {len(routed):,} messages rightly sent", "")
    )
    if not wrong:
        return
    table = _table(screen, "message", "expected", "sent to")
    for case, one in wrong[: limits.rows]:
        table.add_row(
            screen.text(clip(_question(case), 160)),
            screen.text(clip(case.expected_agent, 40)),
            screen.text(clip(one.predicted or one.note or "no choice", 60), "red"),
        )
    screen.console.print(table)
    _left(screen, len(wrong) - limits.rows, "message")


# --- a rule, or an outcome ----------------------------------------------------------------------------


def _rule(screen: Screen, walk: Walk, choice: Choice, limits: Limits) -> None:
    rule = walk.rules[choice.rule]
    screen.console.print()
    screen.say((rule.id, "bold"), (f"  {rule.severity.value}, {rule.rule.polarity.value}", "dim"))
    place = f"{rule.file or walk.run.agent_path}:{rule.line}"
    section = f", below “{rule.rule.section}”" if rule.rule.section else ""
    screen.say((f"{place}{section}", "dim"))
    screen.say((f"  {rule.rule.text}", ""))
    scores = [one for one in walk.scores if one.rule == rule.id and choice.variant in {"", one.variant}]
    decider = rule.check or next((one.check for one in scores if one.check), "")
    screen.say((f"Decided by {decider}." if decider else "No check decides it, and no judge was asked.", ""))
    for one in scores:
        rate = "no rate" if one.mean is NO_NUMBER else f"obeyed {words.percent(one.mean)}"
        beside = words.unweighed(one)
        screen.say(
            (f"{one.variant}: ", "bold"),
            (f"{rate} ({words.interval(one.low, one.high)}), {one.failed} of {one.n} broken", ""),
            (f"; {beside}" if beside else "", "dim"),
        )
    if rule.id in walk.uncovered:
        screen.say(("No case exercises it.", "yellow"))
    _verdicts(screen, walk, choice, limits)


def _verdicts(screen: Screen, walk: Walk, choice: Choice, limits: Limits) -> None:
    """Print which answers came out as asked for; without an outcome, those that did not pass."""
    found = walk.verdicts(choice)
    if choice.outcome is None:
        found = [one for one in found if one.decision.outcome not in {Outcome.PASS, Outcome.NOT_APPLICABLE}]
    screen.console.print()
    if not found:
        decided = walk.counts(choice.rule, choice.variant)
        passed = choice.outcome is None and decided.get(Outcome.PASS, 0)
        said = "No answer breaks it or is left open." if passed else "There is no such verdict."
        screen.say((said, ""))
        return
    both = not choice.rule
    table = _table(
        screen, *(["rule"] if both else []), "case", "came out", "line", "because", shares=(1, 1, 2)
    )
    for one in found[: limits.rows]:
        table.add_row(
            *([screen.text(clip(one.rule, _NAME))] if both else []),
            screen.text(_answer_name(walk, one)),
            screen.text(_came_out(one), COLOURS[one.decision.outcome]),
            screen.text(_first_line(one)),
            screen.text(clip(_because(one), _REASON)),
        )
    screen.console.print(table)
    _left(screen, len(found) - limits.rows, "verdict")
    screen.say((f"Go on with --case {clip(found[0].case, _NAME)}.", "dim"))


def _answer_name(walk: Walk, one: Verdict) -> str:
    """Name the answer: its case, and variant and trial where there are several."""
    variant = f", {clip(one.variant, 40)}" if len(walk.variants) > 1 else ""
    trial = f", trial {one.trial}" if one.trial > 1 else ""
    return f"{clip(one.case, _NAME)}{variant}{trial}"


def _came_out(one: Verdict) -> str:
    return f"{words.SYMBOLS[one.decision.outcome]} {one.flag or words.OUTCOMES[one.decision.outcome]}"


def _first_line(one: Verdict) -> str:
    found = one.decision.findings
    return (f"{found[0].line}" + (f" +{len(found) - 1}" if len(found) > 1 else "")) if found else ""


def _because(one: Verdict) -> str:
    found = one.decision.findings
    return found[0].message if found else one.decision.reason


# --- a case -------------------------------------------------------------------------------------------


def _case(screen: Screen, walk: Walk, choice: Choice, limits: Limits) -> None:
    case = walk.cases[choice.case]
    screen.console.print()
    tags = f"  {', '.join(case.tags)}" if case.tags else ""
    screen.say((choice.case, "bold"), (tags, "dim"))
    screen.say((case.provenance, "dim"))
    for message in case.messages:
        said = "Asked: " if message.role is Role.USER else "Answered before: "
        screen.say((said, "bold"), (_shortened(message.text), ""))
    for file in case.files:
        screen.say(("With the file ", "dim"), (f"{file.path} ({len(file.text):,} characters)", "dim"))
    for _, one in walk.routed(choice):
        right = one.predicted == case.expected_agent
        screen.say(
            (f"{one.variant}: sent to {one.predicted or one.note or 'nobody'}", "blue" if right else "red"),
            (f", expected {case.expected_agent}", ""),
        )
    _missing(screen, walk, choice)
    answers = walk.answers(choice)
    if not answers:
        if not walk.routed(choice):
            screen.say(("No answer of the run fits.", "yellow"))
        return
    _answer(screen, walk.cases[choice.case], answers[0], limits)
    _others(screen, answers[1:], limits)


def _answer(screen: Screen, case: Case, answer: Answered, limits: Limits) -> None:
    screen.console.print()
    sample = answer.sample
    served = f", {sample.completion.model_served}, stopped: {sample.completion.stop.value}" if sample else ""
    screen.say((f"Answer of {answer.variant}, trial {answer.trial}", "bold"), (served, "dim"))
    shown: Sequence[Verdict] = [
        one for one in answer.verdicts if one.decision.outcome is not Outcome.NOT_APPLICABLE
    ]
    text = ""
    if sample is not None:
        text, shown = printed_answer(sample, case.files, shown)
    table = _table(screen, "rule", "came out", "line", "because", shares=(2, 3))
    for one in shown:
        table.add_row(
            screen.text(clip(one.rule, _NAME)),
            screen.text(_came_out(one), COLOURS[one.decision.outcome]),
            screen.text(_first_line(one)),
            screen.text(clip(one.decision.reason, _REASON), "dim"),
        )
    if shown:
        screen.console.print(table)
    silent = len(answer.verdicts) - len(shown)
    if silent:
        screen.say((f"{words.count(silent, 'rule')} not applicable.", "dim"))
    screen.console.print()
    if sample is None:
        _findings(screen, shown)
        return
    print_answer(screen, text, shown, limits.lines)
    for call in sample.completion.tool_calls[: limits.rows]:
        screen.say(("Called the tool ", "dim"), (clip(call.name, _NAME), ""))


def _findings(screen: Screen, verdicts: Sequence[Verdict]) -> None:
    """Print the places alone, of an answer that is gone."""
    for one in verdicts:
        for found in one.decision.findings:
            screen.say(
                (f"line {found.line}: ", "bold"),
                (f"{one.rule}: {found.message}", ""),
                (f"  {found.quote}", "dim"),
            )


def _others(screen: Screen, answers: Sequence[Answered], limits: Limits) -> None:
    if not answers:
        return
    screen.console.print()
    screen.say((f"{words.count(len(answers), 'other answer')} to this case:", "bold"))
    for one in answers[: limits.rows]:
        screen.say((f"  --variant {one.variant} --trial {one.trial}", ""), (f"  {one.fails} broken", "dim"))
    _left(screen, len(answers) - limits.rows, "answer")


# --- what all share -----------------------------------------------------------------------------------


def _table(screen: Screen, *headings: str, shares: Sequence[int] = ()) -> Table:
    """Return a table as wide as the screen; columns with ids and sentences share what is left."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    wide = [name for name in headings if name in {"rule", "case", "because", "message"}]
    ratios = dict(zip(wide, shares[-len(wide) :] or (1,) * len(wide), strict=False))
    for name in headings:
        if name in ratios:
            table.add_column(name, ratio=ratios[name], overflow="fold")
        else:
            table.add_column(name, no_wrap=name in {"came out", "line"}, overflow="fold")
    table.expand = True
    table.width = min(screen.console.width, 120)
    return table


def _left(screen: Screen, count: int, what: str) -> None:
    if count > 0:
        screen.say((f"… {words.count(count, 'more ' + what)}; --most shows more, --json all", "dim"))


def _question(case: Case) -> str:
    return next((one.text for one in reversed(case.messages) if one.role is Role.USER), "")


def _shortened(text: str) -> str:
    lines = split_lines(clip(text, _ASKED))
    if len(lines) <= _ASKED_LINES:
        return "\n".join(lines)
    left = len(split_lines(text)) - _ASKED_LINES
    return "\n".join([*lines[:_ASKED_LINES], f"… {words.count(left, 'line')} left out"])
