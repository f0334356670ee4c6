"""Pages about runs: the list, one run, its report, its answers, and how far it has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from harness.core.errors import InputError
from harness.core.types import Case, Outcome, Verdict
from harness.report.answer_html import Links, answer_html
from harness.report.written import printed_answer
from harness.store.decided import DecidedRun
from harness.viewer.answers import stored_answer
from harness.viewer.live import LiveRuns
from harness.viewer.project import Project
from harness.viewer.render import Renderer, address, asked, duration
from harness.viewer.runs import REPORT, read_row, rule_rates

__all__ = ["REPORT_POLICY", "RunPages"]

# The report is a page of its own, with its own style and script. It is shut into an origin of its own, so
# that a report that came from somebody else can do nothing here.
REPORT_POLICY = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PER_PAGE = 100
_ORDER = (Outcome.FAIL, Outcome.ERROR, Outcome.UNDECIDED, Outcome.PASS, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True)
class RunPages:
    """The pages; each takes a request."""

    project: Project
    live: LiveRuns
    show: Renderer

    def index(self, _: Request) -> Response:
        """Show the list of runs."""
        return self.show("runs.html.j2", here="runs", runs=[read_row(path) for path in self.project.runs()])

    def overview(self, request: Request) -> Response:
        """Show one run: its figures, and where to go from there."""
        folder = self._folder(request)
        row = read_row(folder)
        rates = sorted(rule_rates(folder), key=lambda one: (-one.n == 0, _rate(one.mean), one.rule))
        rules = (
            {rule.id: rule.rule for rule in self.project.decided(folder).rules} if row.has_verdicts else {}
        )
        return self.show(
            "run.html.j2",
            here="runs",
            run=row,
            decided=[one for one in rates if one.n],
            open_rules=[one for one in rates if not one.n],
            rules=rules,
            several=len({one.variant for one in rates}) > 1,
            live=self.live.look(folder) if row.running else None,
        )

    def report(self, request: Request) -> Response:
        """Send the report as it lies in the run's folder."""
        path = self._folder(request) / REPORT
        if not path.is_file():
            raise InputError(f"{path}: there is no report; a run writes it when it has come to its end")
        headers = {"Content-Security-Policy": REPORT_POLICY}
        return FileResponse(path, media_type="text/html; charset=utf-8", headers=headers)

    def progress(self, request: Request) -> Response:
        """Say as JSON how far a run has come; the page asks for it again and again."""
        live = self.live.look(self._folder(request))
        said = {
            "status": live.status.value,
            "wanted": live.wanted,
            "stored": live.stored,
            "answered": live.answered,
            "failed": live.failed,
            "waiting": live.waiting,
            "kinds": [f"{kind} ({number})" for kind, number in live.kinds],
            "elapsed": duration(live.seconds),
            "left": "" if live.left_s is None else duration(live.left_s),
            "quiet": duration(live.quiet_s) if live.quiet else "",
            "tokens": f"{live.input_tokens:,} in, {live.output_tokens:,} out",
            "cost": "not known" if live.cost is None else f"${live.cost:,.4f}",
        }
        return JSONResponse(said)

    def answers(self, request: Request) -> Response:
        """List the answers with what came of one rule, or of all."""
        folder = self._folder(request)
        run = self.project.decided(folder)
        rule, outcome = asked(request, "rule"), asked(request, "outcome")
        if outcome and outcome not in {one.value for one in Outcome}:
            raise InputError(f"{outcome!r} is no outcome; choose one of the list")
        page = _number(asked(request, "page"))
        chosen = [
            one
            for one in run.verdicts
            if (one.rule == rule if rule else True) and (one.decision.outcome.value == outcome or not outcome)
        ]
        rows = _rows(folder.name, chosen, rule)
        return self.show(
            "answers.html.j2",
            here="runs",
            run=folder.name,
            rules=run.rules,
            rule=rule,
            outcome=outcome,
            rows=rows[page * _PER_PAGE : (page + 1) * _PER_PAGE],
            total=len(rows),
            page=page,
            pages=-(-len(rows) // _PER_PAGE),
        )

    def answer(self, request: Request) -> Response:
        """Show one answer with all that was found in it."""
        folder = self._folder(request)
        run = self.project.decided(folder)
        name, variant = asked(request, "case"), asked(request, "variant")
        trial = _number(asked(request, "trial"))
        case = _case(run, name)
        sample = stored_answer(folder, name, variant, trial)
        verdicts = sorted(
            (one for one in run.verdicts if (one.case, one.variant, one.trial) == (name, variant, trial)),
            key=lambda one: _ORDER.index(one.decision.outcome),
        )
        return self.show(
            "answer.html.j2",
            here="runs",
            run=folder.name,
            case=case,
            sample=sample,
            lines={rule.id: rule.line for rule in run.rules},
            verdicts=[one for one in verdicts if one.decision.outcome is not Outcome.NOT_APPLICABLE],
            silent=[one for one in verdicts if one.decision.outcome is Outcome.NOT_APPLICABLE],
            response=_response(folder.name, run, *printed_answer(sample, case.files, verdicts)),
        )

    def _folder(self, request: Request) -> Path:
        return self.project.run(str(request.path_params["run"]))


def _response(name: str, run: DecidedRun, text: str, verdicts: Sequence[Verdict]) -> str:
    lines = {rule.id: rule.line for rule in run.rules}
    links = Links(
        line="answer",
        rule=lambda rule: address(f"/runs/{name}/answers", rule=rule),
        source_line=lambda rule: lines.get(rule, 0),
    )
    return answer_html(text, verdicts, links)


def _rows(run: str, verdicts: list[Verdict], rule: str) -> list[dict[str, object]]:
    """Return one row for each answer: its address, and what came of it."""
    grouped: dict[tuple[str, str, int], list[Verdict]] = {}
    for one in verdicts:
        grouped.setdefault((one.case, one.variant, one.trial), []).append(one)
    rows = []
    for (case, variant, trial), group in grouped.items():
        tally = Counter(one.decision.outcome for one in group)
        rows.append(
            {
                "case": case,
                "variant": variant,
                "trial": trial,
                "tally": [(outcome, tally[outcome]) for outcome in _ORDER if tally[outcome]],
                "reason": group[0].decision.reason if rule else "",
                "address": address(f"/runs/{run}/answer", case=case, variant=variant, trial=trial),
            }
        )
    worst = {outcome: rank for rank, outcome in enumerate(_ORDER)}
    return sorted(rows, key=lambda row: (worst[row["tally"][0][0]], -row["tally"][0][1]))  # type: ignore[index]


def _case(run: DecidedRun, name: str) -> Case:
    for one in run.cases:
        if one.id == name:
            return one
    raise InputError(f"{run.run}: has no case {name[:200]!r}; choose one of its answers")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _rate(value: object) -> float:
    return value if isinstance(value, float) else 2.0
