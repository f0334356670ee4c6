"""The page that compares two runs, or two variants of one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from harness.compare.comparison import compare
from harness.compare.model import CaseFlip, Comparison, Policy, RuleChange
from harness.compare.pairing import side_of
from harness.core.errors import HarnessError, InputError
from harness.core.json_text import parse_json
from harness.core.types import Verdict
from harness.pipeline.side_texts import texts_of
from harness.pipeline.sides import open_run
from harness.report.comparison.html import render_comparison
from harness.stats.interval import NO_NUMBER
from harness.store.decided import DECIDED_NAME
from harness.store.manifest import read_manifest
from harness.viewer.cache import Cache
from harness.viewer.project import Project
from harness.viewer.render import Renderer, address, asked
from harness.viewer.run_pages import REPORT_POLICY

__all__ = ["ComparePages"]

_MOST_FLIPS = 200


@dataclass(frozen=True)
class ComparePages:
    """The page; it takes a request."""

    project: Project
    show: Renderer
    compared: Cache = field(default_factory=Cache)

    def page(self, request: Request) -> Response:
        """Show the choice of two sides and, where they are chosen, what changed."""
        runs = {path.name: path for path in self.project.labelled_runs()}
        before, after = asked(request, "before"), asked(request, "after")
        comparison, problem = None, ""
        if before:
            try:
                comparison = self._comparison(_side(before), _side(after or before), runs)
            except HarnessError as error:
                problem = str(error)
        sides = self._sides(list(runs.values()))
        return self.show(
            "compare.html.j2",
            200 if not problem else 400,
            here="compare",
            sides=sides,
            # The newest is held against the one before it where nothing is chosen yet.
            before=before or (sides[1][0] if len(sides) > 1 else ""),
            after=after,
            comparison=comparison,
            problem=problem,
            rules=_rules(comparison),
            flips=_flips(comparison, before, after or before),
        )

    def report(self, request: Request) -> Response:
        """Show the whole comparison: answers and prompts side by side, as `harness compare --html` writes it.

        Raises:
            InputError: two sides are not chosen, or cannot be compared.
        """
        runs = {path.name: path for path in self.project.labelled_runs()}
        before, after = _side(asked(request, "before")), _side(asked(request, "after"))
        comparison = self._comparison(before, after, runs)
        page = render_comparison(
            comparison,
            texts_of(runs[before[0]], comparison.before),
            texts_of(runs[after[0]], comparison.after),
        )
        return HTMLResponse(page, headers={"Content-Security-Policy": REPORT_POLICY})

    def _sides(self, runs: list[Path]) -> list[tuple[str, str]]:
        """Return the sides to choose from: the value of each, and what people read."""
        found = []
        for path in runs:
            names = [one.name for one in read_manifest(path).variants]
            found += [
                (json.dumps([path.name, name]), f"{path.name}{f' · {name}' if len(names) > 1 else ''}")
                for name in names
            ]
        return found

    def _comparison(
        self, before: tuple[str, str], after: tuple[str, str], runs: dict[str, Path]
    ) -> Comparison:
        unknown = next((name for name, _ in (before, after) if name not in runs), "")
        if unknown:
            raise InputError(f"{unknown[:200]}: no such run, or it has not come to its end; choose another")
        if before == after:
            raise InputError("both sides are the same; choose another run or another variant")

        def work() -> Comparison:
            sides = [side_of(open_run(runs[name], _silent).run, variant) for name, variant in (before, after)]
            return compare(sides[0], sides[1], Policy())

        stamp = tuple((runs[name] / DECIDED_NAME).stat().st_mtime_ns for name, _ in (before, after))
        return self.compared.get((before, after), stamp, work)


def _side(text: str) -> tuple[str, str]:
    try:
        name, variant = parse_json(text)
    except (ValueError, TypeError):
        return text, ""
    return str(name), str(variant)


@contextmanager
def _silent(_: int) -> Iterator[Callable[[int], None]]:
    """Watch without a word."""
    yield lambda _: None


def _rules(comparison: Comparison | None) -> list[RuleChange]:
    """Return the rules with figures on both sides, the greatest drop first."""
    ranked = [
        (delta, change)
        for change in (() if comparison is None else comparison.rules)
        if (delta := change.change.difference.delta) is not NO_NUMBER
    ]
    return [change for _, change in sorted(ranked, key=lambda pair: pair[0])]


def _flips(comparison: Comparison | None, before: str, after: str) -> list[dict[str, object]]:
    flips = () if comparison is None else comparison.flips[:_MOST_FLIPS]
    return [
        {
            "flip": flip,
            "before": _address(_side(before)[0], flip.verdict_before),
            "after": _address(_side(after)[0], flip.verdict_after),
            "reason": _reason(flip),
        }
        for flip in flips
    ]


def _reason(flip: CaseFlip) -> str:
    return (flip.verdict_after if flip.delta < 0 else flip.verdict_before).decision.reason


def _address(run: str, verdict: Verdict) -> str:
    return address(f"/runs/{run}/answer", case=verdict.case, variant=verdict.variant, trial=verdict.trial)
