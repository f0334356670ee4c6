"""``experiment.html`` and ``experiment.json``: the leaderboard of a run, without scripts."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from harness import __version__
from harness.core.jsonl import to_jsonable
from harness.report.experiment import ExperimentReport, conclusion, difference_words, document, points
from harness.report.experiment_picture import numbered, picture_of
from harness.report.money import dollars
from harness.report.template import asset, make_environment, source_hash
from harness.report.words import moment
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["render_experiment", "render_experiment_json"]


def render_experiment_json(report: ExperimentReport) -> str:
    """Return the document that ``harness experiment --json`` writes, indented."""
    return json.dumps(document(report), indent=1, allow_nan=False) + "\n"


def render_experiment(report: ExperimentReport) -> str:
    """Return the page as one self-contained HTML document; every text of others is escaped."""
    style = asset("style.css") + asset("experiment.css")
    context: dict[str, Any] = {
        "report": report,
        "board": report.board,
        "rows": numbered(report.board),
        "picture": picture_of(report.board),
        "conclusion": conclusion(report.board),
        "created": moment(report.created),
        "version": __version__,
        "style": Markup(style),  # noqa: S704 - our own files
        "style_hash": Markup(source_hash(style)),  # noqa: S704 - base64
    }
    environment = make_environment()
    environment.filters.update(
        difference=difference_words,
        points=points,
        money=_money,
        tokens=_tokens,
        p=_p,
        plain=to_jsonable,
    )
    return environment.get_template("experiment.html.j2").render(context)


def _money(value: Number) -> str:
    return str(value) if value is NO_NUMBER else dollars(value)


def _tokens(value: Number) -> str:
    return str(value) if value is NO_NUMBER else f"{value:,.0f}"


def _p(value: Number) -> str:
    if value is NO_NUMBER:
        return str(value)
    return "<.001" if value < 0.001 else f"{value:.3f}".removeprefix("0")
