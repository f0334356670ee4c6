"""What labels say about a run, for the terminal and as JSON."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.calibration.labelled_run import LabelledRule, LabelledRun
from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.report.escape import clip
from harness.report.words import count, interval, percent
from harness.stats.agreement import Measure
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["agreement_document", "print_agreement"]

FEW_LABELS = 20  # labels of a rule below which its figures are hardly more than a hint


def agreement_document(found: LabelledRun) -> dict[str, Any]:
    """Return the JSON document of ``harness agreement --json``; what is no number is ``null``."""
    return {
        "run": found.run,
        "annotators": list(found.annotators),
        "answers": found.answers,
        "disputed": found.disputed,
        "alpha": to_jsonable(found.alpha),
        "rules": [to_jsonable(rule) for rule in found.rules],
        "differences": [
            {"rule": one.rule, "variant": one.variant, **to_jsonable(one.difference)}
            for one in found.differences
        ],
    }


def print_agreement(found: LabelledRun, console: Console) -> None:
    """Print who labelled how much, agreement per rule, and the rates that labels correct."""
    said = f"{count(found.answers, 'labelled answer')} by {count(len(found.annotators), 'annotator')}"
    console.print(_text(f"{found.run}: {said}", "bold"), soft_wrap=True)
    if len(found.annotators) > 1:
        disputed = f"; {found.disputed} without a majority are left out" if found.disputed else ""
        console.print(_text(f"annotators among themselves: α {_measure(found.alpha)}{disputed}"))
    several = len({rule.variant for rule in found.rules}) > 1
    console.print()
    console.print(_agreement(found, several=several))
    console.print()
    console.print(_rates(found, several=several))
    known = [one for one in found.differences if one.difference.mean is not NO_NUMBER]
    for one in known:
        change = one.difference
        console.print(
            _text(
                f"{one.rule}: {one.variant} differs by {_points(change.mean)} points "
                f"({_points(change.low)} to {_points(change.high)}), {change.labelled} labelled pairs"
            )
        )
    few = sum(rule.agreement.n < FEW_LABELS for rule in found.rules)
    if few:
        said = f"{count(few, 'rule')} with fewer than {FEW_LABELS} labels: hardly more than a hint"
        console.print(_text(said, "dim"))
    console.print(_text("the corrected rate holds if the labelled answers were drawn at random", "dim"))


def _text(text: str, style: str = "") -> Text:
    return Text(reveal(clip(text, 400)), style=style)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), collapse_padding=True, header_style="dim")
    table.add_column("rule", ratio=1, overflow="fold", min_width=16)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _agreement(found: LabelledRun, *, several: bool) -> Table:
    table = _table("labels", "agreed", "κ", "MCC", "TPR", "TNR", "PPV")
    for rule in found.rules:
        own = rule.agreement
        shown = (own.agreed, own.kappa, own.mcc, own.tpr, own.tnr, own.ppv)
        table.add_row(_name(rule, several=several), Text(str(own.n)), *(Text(_short(one)) for one in shown))
    return table


def _rates(found: LabelledRun, *, several: bool) -> Table:
    table = _table("raw rate", "95%", "with labels", "95%", "n", "weight")
    for rule in found.rules:
        raw, own = rule.raw, rule.corrected
        table.add_row(
            _name(rule, several=several),
            percent(raw.mean),
            interval(raw.low, raw.high),
            percent(own.mean),
            interval(own.low, own.high),
            f"{own.labelled} + {own.unlabelled:,}",
            f"{own.weight:.2f}",
        )
    return table


def _name(rule: LabelledRule, *, several: bool) -> Text:
    return _text(f"{rule.rule} ({rule.variant})" if several else rule.rule)


def _short(measure: Measure) -> str:
    return str(measure.value) if measure.value is NO_NUMBER else f"{measure.value:.2f}"


def _measure(measure: Measure) -> str:
    if measure.value is NO_NUMBER or measure.low is NO_NUMBER or measure.high is NO_NUMBER:
        return "cannot be computed (nobody ever disagreed in kind, or a single case)"
    return f"{measure.value:.2f} ({measure.low:.2f} to {measure.high:.2f})"


def _points(value: Number) -> str:
    return str(value) if value is NO_NUMBER else f"{100 * value:+.1f}"
