"""``report.html``: one self-contained page, safe whatever the model wrote.

Everything shown passes through autoescape; characters that hide or steer text are written out; the
page's own style and script are the only ones its content-security policy lets run, by their hash;
nothing is fetched. Templates are ours and never built from data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from harness import __version__
from harness.core.jsonl import to_jsonable
from harness.core.types import Outcome, Sample, StopReason
from harness.report import figures, sections, words
from harness.report.answer_html import Links, blocks_html
from harness.report.escape import anchor, clip
from harness.report.model import RunResults
from harness.report.money import used
from harness.report.packed import pack_page
from harness.report.page import build_page
from harness.report.routing_view import views_of_run
from harness.report.template import asset, make_environment, source_hash
from harness.report.trend import TrendPoint
from harness.report.written import print_files
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.score import OMITTED, VACUOUS

__all__ = ["render_html"]

SCRIPTS = ("data.js", "heat.js", "script.js")
STOPS = {
    StopReason.END: "ended by itself",
    StopReason.MAX_TOKENS: "cut off at the token limit",
    StopReason.TOOL_USE: "ended with a tool call",
    StopReason.REFUSAL: "refused",
    StopReason.OTHER: "ended for another reason",
}
FLAGS = {
    OMITTED: "the answer leaves out what the rule asks for",
    VACUOUS: "nothing in the answer could have broken the rule",
}


def render_html(results: RunResults, trend: Sequence[TrendPoint] = ()) -> str:
    """Return the whole report as one HTML document.

    Args:
        results: the run; its texts may be hostile.
        trend: the run among earlier ones, from :func:`harness.report.trend.trend_of`.
    """
    results = print_files(results)
    style = asset("style.css") + asset("routing.css")
    script = f'"use strict";\n(() => {{\n{"".join(asset(name) for name in SCRIPTS)}}})();\n'
    environment = _environment()
    page = build_page(results)
    rule_lines = {rule.rule.id: rule.rule.span.line for rule in results.rules}
    context: dict[str, Any] = {
        "run": results,
        "page": page,
        "packed": pack_page(results, page, _aside),
        "asked_total": sum(not entry.by_hand for entry in page.entries),
        "hand_total": sum(entry.by_hand for entry in page.entries),
        "rule_numbers": {view.anchor: number for number, view in enumerate(page.rules)},
        "version": __version__,
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "style_hash": Markup(source_hash(style)),  # noqa: S704 - base64
        "script_hash": Markup(source_hash(script)),  # noqa: S704 - base64
        "summary": words.summary(results),
        "meaning": words.MEANING,
        "tiles": figures.tiles(results),
        "decided": figures.least_obeyed_first(page),
        "other_rules": [view for view in page.rules if not figures.is_decided(view)],
        "several_variants": len(results.variants) > 1,
        "several_answers": any(not one.by_hand and len(one.samples) > 1 for one in page.entries),
        "agent_lines": figures.agent_lines(results, page),
        "blocks_html": blocks_html,
        "links_of": lambda line: _links(line, rule_lines, shown=bool(results.agent_source)),
        "agreement": figures.agreement_rows(results),
        "routers": views_of_run(results),
        **_sections(results),
        "trend": trend,
        "created": words.moment(results.created),
        "manifest": clip(
            json.dumps(to_jsonable(dict(results.manifest)), indent=2, ensure_ascii=False), 60_000
        )
        if results.manifest
        else "",
    }
    return environment.get_template("report.html.j2").render(context)


def _sections(results: RunResults) -> dict[str, Any]:
    return {
        "flaky": sections.flaky_cells(results),
        "trials": sections.trials_asked(results),
        "speeds": sections.speeds(results),
        "trust": sections.trust_rows(results),
        "judged_heading": words.JUDGED,
    }


def _links(line: str, rule_lines: Mapping[str, int], *, shown: bool) -> Links:
    """Return where the marks of an answer lead; without the agent file to the rule."""

    def source(rule: str) -> str:
        return f"#agent-L{rule_lines[rule]}" if shown else f"#{anchor('rule', rule)}"

    return Links(line, lambda rule: f"#{anchor('rule', rule)}", source, lambda rule: rule_lines.get(rule, 0))


def _environment() -> Environment:
    environment = make_environment()
    environment.filters.update(
        latency=_latency,
        flag_meaning=lambda flag: FLAGS.get(flag, ""),
        duration=_duration,
        moment=words.moment,
        corrected_figure=words.corrected_figure,
        correction=words.correction,
    )
    environment.globals.update(
        unweighed=words.unweighed,
        answer_aside=_aside,
        used=used,
        outcomes=tuple(Outcome),
        PASS=Outcome.PASS,
        FAIL=Outcome.FAIL,
        NOT_APPLICABLE=Outcome.NOT_APPLICABLE,
    )
    return environment


def _aside(sample: Sample, by_hand: bool) -> str:
    """Say below the heading of an answer where it comes from."""
    if by_hand:
        return "Written by a person to show how rules are decided; no model wrote this."
    completion = sample.completion
    took = "" if completion.latency_s is None else f"{completion.latency_s:.1f} s · "
    return (
        f"{clip(completion.model_served, 120)} · {completion.usage.output_tokens:,} tokens · "
        f"{took}{STOPS[completion.stop]}"
    )


def _latency(seconds: Number) -> str:
    return str(NO_NUMBER) if seconds is NO_NUMBER else f"{seconds:.1f} s"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
