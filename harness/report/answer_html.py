"""One answer as HTML: numbered lines, code in colours, findings marked and explained where they are.

The report's page and the viewer show an answer the same way. The markup needs ``style.css`` of this folder
(:func:`harness.report.template.asset`) and no script; every text in it is escaped, and characters that hide
or steer are written out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Template
from markupsafe import Markup

from harness.core.types import Finding, Outcome, Verdict
from harness.report.lines import Block, mark_lines
from harness.report.template import make_environment

__all__ = ["Links", "answer_html", "blocks_html", "findings_of"]

FINDINGS_PER_VERDICT = 100
_SILENT = (Outcome.PASS, Outcome.NOT_APPLICABLE)


def _nowhere(_: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Links:
    """Where an answer's marks lead; an empty address is shown as plain text.

    Attributes:
        line: prefix of the ids of marked lines: the marked line 11 is ``<line>-L11``; empty: no ids.
        rule: address of a rule, given its id.
        source: address of the rule's line in the agent file, given its id.
        source_line: that line's number, given the rule's id; 0 where it is not known.
    """

    line: str = ""
    rule: Callable[[str], str] = _nowhere
    source: Callable[[str], str] = _nowhere
    source_line: Callable[[str], int] = lambda _: 0


def findings_of(verdicts: Sequence[Verdict]) -> list[tuple[Outcome, str, Finding]]:
    """Return what is to be marked in an answer: outcome, rule id and finding, of all but passes.

    Args:
        verdicts: those on this answer; of each at most 100 findings are taken.
    """
    return [
        (verdict.decision.outcome, verdict.rule, finding)
        for verdict in verdicts
        if verdict.decision.outcome not in _SILENT
        for finding in verdict.decision.findings[:FINDINGS_PER_VERDICT]
    ]


def answer_html(text: str, verdicts: Sequence[Verdict], links: Links | None = None) -> Markup:
    """Return an answer with the findings of its verdicts, as an HTML fragment (one ``<div>``).

    Args:
        text: the response, as long and as hostile as it may be.
        verdicts: those on this answer.
        links: where marks lead; without it nothing is a link.
    """
    return blocks_html(mark_lines(text, findings_of(verdicts)), links or Links())


def blocks_html(blocks: Sequence[Block], links: Links) -> Markup:
    """Return lines that are marked already (:func:`harness.report.lines.mark_lines`) as an HTML fragment."""
    return Markup(_template().render(blocks=blocks, links=links).strip())  # noqa: S704 - autoescaped


@cache
def _template() -> Template:
    return make_environment().get_template("response.html.j2")
