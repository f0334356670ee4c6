"""A judge held against labels: asked for, shown, kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.calibration.judge import asked_otherwise, write_judge_file
from harness.calibration.judge_files import LEAST_LABELS, Trust, calibration_path, trust_of
from harness.core.config import Config
from harness.core.errors import ConfigurationError
from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.judge.probes import ProbeFigures
from harness.pipeline.judge_calibration import JudgeCalibration, Wanted, calibrate_judge
from harness.report import words
from harness.report.money import dollars
from harness.stats.agreement import Measure
from harness.stats.interval import NO_NUMBER

__all__ = ["measure_judge"]

_WIDTH = 110
_NARROW = 100
_SHOWN = 8


def measure_judge(wanted: Wanted, config: Config, *, as_json: bool) -> int:
    """Calibrate the judges of a configuration, keep the result, show it; return the exit code.

    Raises:
        HarnessError: the input is wrong, or a judge cannot be asked.
    """
    from harness.checks.registry import all_checks
    from harness.cli.progress import TerminalWatcher

    checks = all_checks(config.checks_folder)
    result = calibrate_judge(wanted, config, checks, config.run.mode, TerminalWatcher())
    path = calibration_path(Path(config.judge.calibrations), result.models)
    better = _keep(result, path)
    if better:
        said = f"measured before on more labels, which stays: {', '.join(better)}"
        result = replace(result, warnings=(*result.warnings, said))
    if as_json:
        typer.echo(json.dumps(_document(result, path, config.judge.kappa), ensure_ascii=True))
    else:
        _show(result, path, config.judge.kappa)
    trouble = result.calls.trouble(0.0)
    return 0 if trouble is None else trouble.exit_code


def _keep(result: JudgeCalibration, path: Path) -> tuple[str, ...]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{path.parent}: cannot be made a folder ({error.strerror}); set judge.calibrations"
        ) from error
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return write_judge_file(path, result.models, created, result.responses, result.rules)


def _document(result: JudgeCalibration, path: Path, least: float) -> dict[str, Any]:
    return {
        "judge": list(result.models),
        "file": path.as_posix(),
        "responses": result.responses,
        "rules": [
            {
                "rule": row.rule,
                "rubric": row.rubric,
                "labels": row.labels,
                "undecided": row.undecided,
                "escaped": row.escaped,
                "unasked": row.unasked,
                "may_gate": trust_of(row.agreement.kappa, least) is Trust.CURRENT,
                "trust": trust_of(row.agreement.kappa, least).value,
                **dict(to_jsonable(row.agreement)),
                "decided": to_jsonable(row.decided),
                "cells": to_jsonable(row.cells),
            }
            for row in result.rules
        ],
        "other_ways": [
            {
                "way": row.way,
                **row.model_dump(include={"rule", "kappa", "kappa_low", "labelled", "confusion"}),
            }
            for row in asked_otherwise(path, result.rules)
        ],
        "annotators": to_jsonable(result.human),
        "disputed": to_jsonable(result.disputed),
        "probes": [
            {
                "probe": one.probe.name,
                "kind": one.probe.kind,
                "asked": one.asked,
                "flips": to_jsonable(one.flips),
                "favourable": one.favourable,
            }
            for one in result.probes
        ],
        "usage": {
            "asked": result.calls.asked,
            "reused": result.calls.reused,
            "failed": len(result.calls.failures),
            "spent_usd": result.calls.spent,
        },
        "warnings": list(result.warnings),
    }


def _show(result: JudgeCalibration, path: Path, least: float) -> None:
    found = Console(highlight=False, markup=False, emoji=False)
    console = Console(width=min(found.width, _WIDTH), highlight=False, markup=False, emoji=False)
    labels = sum(row.labels for row in result.rules)
    said = f"{words.count(labels, 'label')} on {words.count(result.responses, 'response')}"
    console.print(Text(f"{' and '.join(result.models)}: {said}", style="bold"))
    for warning in result.warnings[:_SHOWN]:
        console.print(Text(reveal(f"note: {warning}"), style="yellow"))
    console.print()
    console.print(_table(result, least, wide=console.width >= _NARROW))
    console.print()
    for row in asked_otherwise(path, result.rules):
        kappa = "no κ" if row.kappa is None else f"κ {row.kappa:.2f}"
        said = f"{row.rule}: {kappa} on {words.count(row.labelled, 'label')} when asked with {row.way}"
        console.print(Text(reveal(said), style="dim"))
    for sentence in _sentences(result, least):
        console.print(Text(reveal(sentence)))
    if result.probes:
        console.print()
        console.print(_probes(result.probes))
    console.print()
    console.print(Text(f"Kept: {reveal(path.as_posix())}"), soft_wrap=True)


def _table(result: JudgeCalibration, least: float, *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("rule", overflow="fold", min_width=20)
    for name in ("labels", "open", "κ", *(("TPR", "TNR", "PPV") if wide else ()), "may gate"):
        table.add_column(name, justify="right", no_wrap=name != "may gate")
    for row in result.rules:
        agreement = row.agreement
        shares = (agreement.tpr, agreement.tnr, agreement.ppv) if wide else ()
        trust = trust_of(agreement.kappa, least)
        gates = ("yes", "blue") if trust is Trust.CURRENT else (f"no: {trust.value}", "yellow")
        table.add_row(
            Text(reveal(row.rule)),
            str(row.labels),
            str(row.escaped) if row.escaped else "·",
            _figure(agreement.kappa),
            *(_value(one) for one in shares),
            Text(*gates),
        )
    return table


def _value(measure: Measure) -> str:
    return "–" if measure.value is NO_NUMBER else f"{measure.value:.2f}"


def _figure(measure: Measure) -> str:
    if measure.value is NO_NUMBER:
        return "–"
    low, high = measure.low, measure.high
    if low is NO_NUMBER or high is NO_NUMBER:
        return f"{measure.value:.2f}"
    return f"{measure.value:.2f} ({low:.2f} to {high:.2f})"


def _sentences(result: JudgeCalibration, least: float) -> list[str]:
    fit = sum(trust_of(row.agreement.kappa, least) is Trust.CURRENT for row in result.rules)
    rules = words.count(len(result.rules), "rule")
    demand = f"Cohen's kappa of at least {least:g}, {LEAST_LABELS} labelled answers or more"
    said = [f"{fit} of {rules} may gate: {demand}. For the others the judge warns."]
    if any(row.escaped for row in result.rules):
        said.append(
            "open: labelled pass or fail, and the judge says neither; that counts against it in κ, TPR, TNR."
        )
    if result.human.value is not NO_NUMBER:
        answers = words.count(result.human.n, "answer")
        alpha = f"Krippendorff's alpha {_figure(result.human)} on {answers} that several labelled"
        said.append(f"Annotators among themselves: {alpha}; no judge can be shown to do better.")
    if result.disputed:
        labels = words.count(len(result.disputed), "label")
        said.append(f"{labels} on which annotators differ: held against nobody.")
    spent = f", {dollars(result.calls.spent)}" if result.calls.spent else ""
    calls = words.count(result.calls.asked, "call")
    said.append(f"{calls} made, {result.calls.reused:,} answers from the store{spent}.")
    return said


def _probes(probes: tuple[ProbeFigures, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("probe", "what changes", "asked", "flipped", "fail→pass"):
        table.add_column(name, justify="left" if name in {"probe", "what changes"} else "right")
    for one in probes:
        share = f"{len(one.flips)} ({words.percent(len(one.flips) / one.asked)})" if one.asked else "–"
        table.add_row(one.probe.name, one.probe.says, str(one.asked), share, str(one.favourable))
    return table
