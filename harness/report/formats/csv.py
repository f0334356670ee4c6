"""``verdicts.csv``: one row per verdict, for pandas, spreadsheets and databases; see docs/reports.md."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from harness.core.escape import reveal
from harness.core.types import Verdict
from harness.report.escape import clip
from harness.report.model import HAND_WRITTEN, RunResults

__all__ = ["COLUMNS", "render_csv", "safe_cell"]

COLUMNS = (
    "case",
    "variant",
    "trial",
    "hand_written",
    "rule",
    "severity",
    "polarity",
    "check",
    "version",
    "mode",
    "basis",
    "outcome",
    "flag",
    "reason",
    "findings",
    "first_line",
    "first_message",
    "rule_line",
    "tags",
    "cluster",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
LONGEST_CELL = 2_000
_MOST_KEPT = 20_000


def render_csv(results: RunResults) -> str:
    r"""Return the verdicts as CSV (RFC 4180, ``\n`` line ends, UTF-8, one header row).

    A text that a spreadsheet would take for a formula (it begins with ``=``, ``+``, ``-``, ``@`` or a
    tab) gets an apostrophe in front, as spreadsheets themselves write it; numbers are left alone.
    Characters that hide or steer text are written out.
    """
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(results))
    return target.getvalue()


def _rows(results: RunResults) -> Iterator[list[str | int]]:
    rules = {rule.rule.id: rule for rule in results.rules}
    cases = {case.id: case for case in results.cases}
    shown = _Shown()
    for verdict in results.verdicts:
        rule, case = rules.get(verdict.rule), cases.get(verdict.case)
        first_line, first_message = _first(verdict)
        row: list[str | int] = [
            verdict.case,
            verdict.variant,
            verdict.trial,
            int(verdict.variant == HAND_WRITTEN),
            verdict.rule,
            rule.severity.value if rule else "",
            rule.rule.polarity.value if rule else "",
            verdict.check,
            verdict.version,
            verdict.mode.value,
            verdict.basis.value,
            verdict.decision.outcome.value,
            verdict.flag,
            verdict.decision.reason,
            len(verdict.decision.findings),
            first_line,
            first_message,
            rule.rule.span.line if rule else "",
            " ".join(case.tags) if case else "",
            case.cluster if case else "",
        ]
        yield [shown[cell] if isinstance(cell, str) else cell for cell in row]


class _Shown(dict[str, str]):
    """Texts as they are shown; most cells of a large run repeat, and each is looked at once.

    Forgets everything when it holds more than some megabytes.
    """

    def __missing__(self, text: str) -> str:
        if len(self) >= _MOST_KEPT:
            self.clear()
        self[text] = found = safe_cell(text)
        return found


def _first(verdict: Verdict) -> tuple[int | str, str]:
    """Return line and message of the first finding; both empty without one."""
    found = verdict.decision.findings
    return (found[0].line, found[0].message) if found else ("", "")


def safe_cell(text: str) -> str:
    """Return a bounded text that no spreadsheet takes for a formula and that hides nothing."""
    shown = reveal(clip(text, LONGEST_CELL))
    return f"'{shown}" if text.startswith(FORMULA_STARTS) else shown
