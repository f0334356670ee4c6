"""``harness calibrate``: what decides, held against labelled responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.core.config import Config, load_config
from harness.core.errors import ConfigurationError, InputError
from harness.core.types import Mode

if TYPE_CHECKING:
    from harness.calibration.result import Calibration
    from harness.checks.base import Check

__all__ = ["command"]

_CRASHED = 3


def command(  # noqa: PLR0913 - one parameter per option of the command line
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER]...", help="Folders of labelled responses; default: those of harness.toml."
        ),
    ] = None,
    checks: Annotated[bool, typer.Option("--checks", help="Measure the static checks.")] = False,
    check: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Measure only this check; may be repeated.")
    ] = None,
    held_back: Annotated[
        bool, typer.Option("--held-back", help="Take the part that is held back for final figures.")
    ] = False,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Also decide systematic mutants of what is labelled pass.")
    ] = False,
    disagreements: Annotated[
        bool, typer.Option("--disagreements", help="List each label that a check decided otherwise.")
    ] = False,
    checks_folder: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Your own declarative checks; default: [checks].")
    ] = None,
    mode: Annotated[
        Mode | None, typer.Option(help="How Node-only rules are read in other languages.")
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option(metavar="PROVIDER:NAME", help="Measure this judge; repeated: they vote."),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="With --judge: only this rule; may be repeated."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="With --judge: so many labels of each rule, spread over all; 0: all.")
    ] = 0,
    probe: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="With --judge: also see what misleads it; `all`, or by name."),
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(metavar="USD", min=0.0, help="With --judge: stop before more is spent.")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the picture goes; default: calibration.html in [reports]."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write one JSON document to standard output.")
    ] = False,
) -> None:
    """Hold the checks, or a judge, against labelled responses: how often is what they say so?

    Labelled responses are the files golden/*.md of a dataset (docs/datasets.md). Precision: of what is
    failed, how much is labelled fail. Recall: of what is labelled fail, how much is failed; what was left
    undecided was not caught. Scope: how often check and label agree that the rule does (not) apply.
    Intervals are 95 % (Wilson; docs/writing-checks.md says how F1 gets its own). A dash is no number: there
    was nothing to count. How often each check is wrong is kept in the folder of calibrations: later runs
    give rates corrected for it (docs/statistics.md).

    \b
    Examples:
      harness calibrate --checks
      harness calibrate --checks --check validation/library --disagreements
      harness calibrate --checks --mutants
      harness calibrate --checks path/to/golden --json
      harness calibrate --judge anthropic:claude-opus-5-5 --max-cost 5
      harness calibrate --judge local:smollm2 --rule edge-cases --limit 10 --probe all

    \b
    The JSON document (a rate is {"hits", "n", "mean", "low", "high"}; the last three are null without n):
      {"split": "development|held-back", "folders": [...], "responses": number,
       "checks": [{"check", "version", "soundness", "labels", "agreed": rate, "precision": rate,
                   "recall": rate, "f1": rate, "undecided": rate, "applicability": rate, "errors": number,
                   "confusion": {label: {outcome: number}},
                   "agreement": {"n", "clusters", "agreed"|"kappa"|"mcc"|"tpr"|"tnr"|"ppv"|"npv": measure}}],
       "unlabelled": [ids of checks without a label],
       "disagreements": [{"file", "line", "check", "label", "outcome", "reason", "note"}],
       "mutants": null or {"mutants": number, "verdicts": number,
                           "kinds": [cell], "cells": [cell],
                           "wrong": [{"response", "site", "kind", "check", "expected", "outcome", "reason"}]},
       "warnings": [...], "page": file, "kept": file or null}
    (pass is the positive class; a measure is {"value", "low", "high", "n"}, clustered by question).
    With --judge (docs/judge.md):
      {"judge": [...], "file": file, "responses": number,
       "rules": [{"rule", "rubric", "labels", "undecided", "escaped", "unasked", "may_gate", "trust",
                  "n", "clusters", "agreed"|"kappa"|"mcc"|"tpr"|"tnr"|"ppv"|"npv": measure,
                  "decided": the same over what the judge decides, "cells"}],
       "other_ways": [{"way", "rule", "kappa", "kappa_low", "labelled", "confusion"}],
       "annotators": measure, "disputed": [...],
       "probes": [{"probe", "kind", "asked", "flips", "favourable"}], "usage": {...}, "warnings": [...]}

    \b
    A cell is {"kind", "check" or "*" for all, "expected": outcome, "right": rate, "undecided": number}.

    Exit code: 0 however much disagrees; 2 for wrong input, 3 when a check crashed or a judge could not be
    asked about everything.
    """  # noqa: D301 - the escape keeps the examples on their lines
    if checks == bool(judge):
        raise InputError("say what to calibrate: --checks, or --judge MODEL; one of the two")
    of_checks: dict[str, object] = {"--check": check, "--held-back": held_back, "--mutants": mutants}
    of_checks |= {"--disagreements": disagreements, "--page": page}
    of_judges: dict[str, object] = {
        "--rule": rule,
        "--limit": limit,
        "--probe": probe,
        "--max-cost": max_cost is not None,
    }
    _demand_belonging(of_checks if judge else of_judges, "--checks" if judge else "--judge MODEL")
    config = load_config(Path.cwd()).with_checks_folder(checks_folder)
    if judge:
        run = config.run.model_copy(update={"mode": mode or config.run.mode})
        config = config.model_copy(update={"run": run})
        limits = (tuple(rule or ()), limit, tuple(probe or ()), max_cost)
        raise typer.Exit(_judge(folders or [], tuple(dict.fromkeys(judge)), config, limits, as_json))
    result = _measured(folders or [], config, list(check or []), _Choices(held_back, mutants, mode))
    written = _write_page(result, page or _default_page(config, result))
    kept = _keep(result, config)
    if as_json:
        from harness.calibration.result import calibration_document

        typer.echo(json.dumps(calibration_document(result, str(written), kept), ensure_ascii=True))
    else:
        from harness.cli.calibration_view import show

        show(result, disagreements=disagreements, page=str(written))
        if kept:
            typer.echo(f"Error rates, by which later runs correct: {kept}")
    raise typer.Exit(_CRASHED if result.crashed else 0)


def _demand_belonging(options: Mapping[str, object], to: str) -> None:
    """Refuse options that would change nothing: whoever gave one meant something by it."""
    given = next((name for name, value in options.items() if value), "")
    if given:
        raise InputError(f"{given} belongs to {to}; leave it out, or calibrate that")


def _keep(result: Calibration, config: Config) -> str:
    from harness.calibration.known import keep_errors

    kept = keep_errors(Path(config.judge.calibrations), result)
    return "" if kept is None else kept.as_posix()


@dataclass(frozen=True, slots=True)
class _Choices:
    """What is measured beside the checks themselves."""

    held_back: bool
    mutants: bool
    mode: Mode | None


def _measured(folders: list[Path], config: Config, names: list[str], choices: _Choices) -> Calibration:
    from harness.calibration.labelled import Split, labelled_folders
    from harness.calibration.measure import Measurement
    from harness.checks.registry import all_checks
    from harness.cli.progress import counting

    split = Split.HELD_BACK if choices.held_back else Split.DEVELOPMENT
    every = all_checks(config.checks_folder)
    measurement = Measurement(
        folders=labelled_folders(
            folders or [Path(name) for name in config.suite], split, named=bool(folders)
        ),
        split=split,
        agents=Path(config.agents),
        checks=_chosen(names, every),
        every=every,
        mode=choices.mode or config.run.mode,
    )
    suite, catalogue = measurement.load()
    with counting("Deciding labelled responses", len(suite.golden)) as progress:
        result = measurement.decide(suite, catalogue, progress)
    if not choices.mutants:
        return result
    with counting("Deciding mutants", len(suite.golden)) as progress:
        return measurement.with_mutants(result, suite, catalogue, progress)


def _judge(
    folders: list[Path],
    models: tuple[str, ...],
    config: Config,
    limits: tuple[tuple[str, ...], int, tuple[str, ...], float | None],
    as_json: bool,
) -> int:
    from harness.calibration.labelled import Split, labelled_folders
    from harness.cli.judge_view import measure_judge
    from harness.pipeline.judge_calibration import Wanted

    named = labelled_folders(
        folders or [Path(name) for name in config.suite], Split.DEVELOPMENT, named=bool(folders)
    )
    judges = config.judge.model_copy(update={"models": models})
    wanted = Wanted(named, Path(config.agents), *limits)
    return measure_judge(wanted, config.model_copy(update={"judge": judges}), as_json=as_json)


def _chosen(names: list[str], every: Mapping[str, Check]) -> dict[str, Check]:
    unknown = next((name for name in names if name not in every), "")
    if unknown:
        raise InputError(f"--check {unknown}: no such check; there are {', '.join(every)}")
    return {name: every[name] for name in names or every}


def _default_page(config: Config, result: Calibration) -> Path:
    from harness.calibration.labelled import Split

    part = "-held-back" if result.split is Split.HELD_BACK else ""
    return Path(config.reports) / f"calibration{part}.html"


def _write_page(result: Calibration, path: Path) -> Path:
    from harness.core.jsonl import write_atomic
    from harness.report.calibration import render_calibration

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{path.parent}: cannot be made a folder ({error.strerror}); give --page"
        ) from error
    write_atomic(path, render_calibration(result))
    return path
