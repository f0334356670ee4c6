"""What came of an ablation, for a person at a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli.conflict_view import conflict_words
from harness.core.escape import reveal
from harness.pipeline.ablation import Ablated
from harness.report import words
from harness.report.escape import clip
from harness.report.money import dollars
from harness.tune.conflicts import observed_in, wording_conflicts
from harness.tune.model import Effect, Finding, Standing
from harness.tune.units import UnitKind

__all__ = ["show"]

_WIDTH = 110
_SHOWN_CONFLICTS = 8
_STYLES = {
    Standing.EARNS: "blue",
    Standing.HARMFUL: "red",
    Standing.UNKNOWN: "yellow",
    Standing.NONE_SEEN: "dim",
}
_ORDER = (Standing.HARMFUL, Standing.EARNS, Standing.NONE_SEEN, Standing.UNKNOWN)


def show(result: Ablated, model: str) -> None:
    """Print the findings: harmful parts first, then by strength of effect; the controls apart."""
    found = Console(highlight=False, markup=False, emoji=False)
    console = Console(width=min(found.width, _WIDTH), highlight=False, markup=False, emoji=False)
    agent = result.prepared.specification.agent
    console.print(Text(reveal(f"{agent.path}  asked of {model}"), style="bold"))
    parts = [one for one in result.ablation.findings if one.unit.kind is not UnitKind.CONTROL]
    controls = [one for one in result.ablation.findings if one.unit.kind is UnitKind.CONTROL]
    console.print()
    console.print(_table(controls, "without"))
    console.print()
    ordered = sorted(parts, key=lambda one: (_ORDER.index(one.standing), -abs(one.own.mean)))
    console.print(_table(ordered, "part"))
    console.print()
    for sentence in _sentences(result, parts):
        console.print(Text(reveal(sentence)))
    for conflict in result.ablation.conflicts[:_SHOWN_CONFLICTS]:
        said = (
            f"conflict: without {conflict.unit} the rule {conflict.rule} is obeyed "
            f"{-conflict.effect.mean:.0%} more often ({conflict.effect.cases} cases, such as "
            f"{', '.join(conflict.cases[:3])})"
        )
        console.print(Text(reveal(said), style="yellow"))
    for pair in wording_conflicts(agent.rules):
        seen = observed_in(pair, result.ablation.conflicts)
        said = "; the answers show it too" if seen else "; not shown by these answers"
        console.print(Text(reveal(conflict_words(pair) + said), style="yellow"))


def _table(findings: list[Finding], first: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, overflow="fold", ratio=1)
    for name in ("line", "tokens", "cases", "its own rules", "others"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for one in findings:
        table.add_row(
            Text(reveal(clip(one.unit.title, 90))),
            str(one.unit.span.line),
            str(one.unit.tokens),
            str(one.asked),
            _effect(one.own),
            _effect(one.others),
            Text(one.standing.value, style=_STYLES[one.standing]),
        )
    return table


def _effect(effect: Effect) -> str:
    if not effect.cases:
        return "–"
    return f"{100 * effect.mean:+.0f} ({100 * effect.low:+.0f} to {100 * effect.high:+.0f})"


def _sentences(result: Ablated, parts: list[Finding]) -> list[str]:
    ablation = result.ablation
    idle = [one for one in parts if one.standing in {Standing.NONE_SEEN, Standing.HARMFUL}]
    unknown = [one for one in parts if one.standing is Standing.UNKNOWN]
    effect = "An effect is how many points more often rules are obeyed with the part than without"
    said = [f"{effect}; its interval holds however often one looked."]
    if idle:
        saved = sum(one.unit.tokens for one in idle)
        said.append(
            f"{words.count(len(idle), 'part')} without a shown benefit: about {saved:,} tokens of every call."
        )
    most = max((one.needed for one in unknown), default=0)
    if unknown:
        more = f"; up to {most:,} more cases would tell" if most else ""
        said.append(f"{words.count(len(unknown), 'part')} cannot be told about{more}.")
    share = ablation.asked / ablation.exhaustive if ablation.exhaustive else 0.0
    spent = f", {dollars(result.spent)}" if result.spent else ""
    said.append(
        f"{ablation.asked:,} questions asked, {words.percent(share)} of a design without stops{spent}."
        + (f" {result.missing:,} answers are missing." if result.missing else "")
    )
    return said
