"""Draw the pictures of docs/statistics.md and write its tables, from what was simulated.

    python benchmarks/statistics_figures.py     # simulate (minutes), keep the figures
    python benchmarks/statistics_pictures.py    # draw them, write the tables

Pictures go to ``docs/images/statistics-*.svg``; a table of the page stands between ``<!-- table: NAME -->``
and ``<!-- end -->`` and is written anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from statistics_figures import FIGURES
from svg_chart import BLUE, GREEN, GREY, ORANGE, RED, Chart

from harness.core.jsonl import write_atomic

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "statistics.md"
IMAGES = ROOT / "docs" / "images"
TENTHS = [0, 0.2, 0.4, 0.6, 0.8, 1]


def coverage(figures: dict[str, Any]) -> Chart:
    """Bars: how often the interval holds the true rate, ours and the naive one."""
    rows = [row for row in figures["coverage"] if row["rate"] == 0.8]
    chart = Chart("How often a 95 % interval holds the true rate (.8)", (0, len(rows)), (0, 1.05))
    chart.axes(("", "share of simulated runs"), ([], TENTHS))
    for place, row in enumerate(rows):
        chart.bar(place + 0.32, row["naive"], 0.3, GREY, short(row["naive"]))
        chart.bar(place + 0.68, row["ours"], 0.3, BLUE, short(row["ours"]))
        first, _, rest = row["suite"].partition(" in ")
        chart.name(place + 0.5, f"{first}, 3 trials")
        chart.name(place + 0.5, f"in {rest}" if rest else "each alone", row=1)
    chart.rule(0.95, "promised: .95")
    chart.legend("every answer counts as independent", GREY)
    chart.legend("clustered, as reported", BLUE)
    return chart


def power(figures: dict[str, Any]) -> Chart:
    """Lines: power by number of cases; dots: simulated."""
    data = figures["power"]
    title = f"Chance of seeing a drop of {100 * data['drop']:.1f} points from {data['rate']:.2f}"
    chart = Chart(title, (0, 500), (0, 1))
    chart.axes(("cases", "power"), (range(0, 501, 100), TENTHS))
    colours = {"1": ORANGE, "3": BLUE, "5": GREEN}
    for number, colour in colours.items():
        name = f"paired, {number} trial{'s' if number != '1' else ''}"
        chart.line(data["lines"][number], colour, name)
    chart.line(data["unpaired"], GREY, "unpaired", "6 5")
    for cases, number, found in data["dots"]:
        chart.dot(cases, found, colours[str(number)])
    chart.rule(0.8, ".8")
    return chart


def eager(figures: dict[str, Any]) -> Chart:
    """Bars: false alarms of raw rules and of confirmation."""
    rows = [row for row in figures["eager"] if row["rate"] in {0.8, 0.9}]
    chart = Chart("False alarms in 300 cells that nothing broke", (0, len(rows)), (0, 0.8))
    chart.axes(("", "probability of any alarm"), ([], [0, 0.2, 0.4, 0.6, 0.8]))
    for place, row in enumerate(rows):
        chart.bar(place + 0.32, row["alarms"], 0.3, RED, short(row["alarms"]))
        chart.bar(place + 0.68, row["confirmed"], 0.3, BLUE, short(row["confirmed"], 3))
        first, second = row["rule"].split(", ")
        for line, text in enumerate((first, second, f"at a rate of {short(row['rate'], 1)}")):
            chart.name(place + 0.5, text, row=line)
    chart.legend("the raw rule", RED)
    chart.legend("confirmed by 12 fresh trials on each side", BLUE)
    return chart


def gate(figures: dict[str, Any]) -> Chart:
    """Bars: the error budget of the gate and what is spent of it."""
    data = figures["gate"]
    names = [
        ("all rules", "together", data["aggregate"], 0.05 / 3),
        ("a single", "rule", data["rule"], 0.05 / 3),
        ("a confirmed", "failure", data["confirmed"], 0.05 / 3),
        ("any of the three", "(the gate)", data["any"], 0.05),
    ]
    chart = Chart("The gate's error budget: edits that change nothing", (0, 4), (0, 0.06))
    chart.axes(("", "probability of red"), ([], [0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06]))
    for place, (first, second, spent, budget) in enumerate(names):
        chart.bar(place + 0.32, budget, 0.3, GREY, f".{round(budget * 1000):03d}")
        chart.bar(place + 0.68, spent, 0.3, BLUE, f".{round(spent * 1000):03d}" if spent else "0")
        chart.name(place + 0.5, first)
        chart.name(place + 0.5, second, row=1)
    chart.legend("budget", GREY)
    chart.legend("spent in 1,000 simulated edits", BLUE)
    return chart


def judge(figures: dict[str, Any]) -> Chart:
    """Lines: coverage of a judge's rate, of the labels', and of both together."""
    chart = Chart(
        "A judge with TPR .95 and TNR .70: 600 answers, 100 of them labelled", (0.48, 0.97), (0, 1.05)
    )
    chart.axes(("true rate", "interval holds it"), ([0.5, 0.6, 0.7, 0.8, 0.9, 0.95], TENTHS))
    for key, name, colour, dash in (
        ("judge", "the judge alone", RED, "6 5"),
        ("labels", "the labels alone", GREY, "2 4"),
        ("both", "both (PPI++)", BLUE, ""),
    ):
        points = [(row["rate"], row["coverage"][key]) for row in figures["judge"]]
        chart.line(points, colour, name, dash)
        for x, y in points:
            chart.dot(x, y, colour, hollow=key != "both")
    chart.rule(0.95, "promised: .95")
    return chart


PICTURES = {"coverage": coverage, "power": power, "eager": eager, "gate": gate, "judge": judge}


def tables(figures: dict[str, Any]) -> dict[str, list[str]]:
    """Return the tables of the page by name."""
    power_data, alarms, gates = figures["power"], figures["false_alarms"], figures["gate"]
    return {
        "coverage": table(
            ["suite, three trials", "true rate", "clustered", "naive"],
            (
                [row["suite"], short(row["rate"]), short(row["ours"]), short(row["naive"])]
                for row in figures["coverage"]
            ),
        ),
        "alarms": table(
            ["test", "alarms at .05"],
            [
                ["sign-flip test on case differences", short(alarms["paired"], 3)],
                ["t test on all answers", short(alarms["naive"], 3)],
            ],
        ),
        "power": table(
            ["trials", "paired cases"],
            [[number, str(cases)] for number, cases in power_data["pilot_needed"].items()]
            + [["unpaired, one trial", f"{power_data['pilot_unpaired']} per side"]],
        ),
        "eager": table(
            ["rule", "true rate", "raw", "confirmed"],
            (
                [row["rule"], short(row["rate"]), short(row["alarms"]), short(row["confirmed"], 3)]
                for row in figures["eager"]
            ),
        ),
        "gate": table(
            ["way to be red", "budget", "spent"],
            [
                ["all rules together", ".0167", short(gates["aggregate"], 3)],
                ["a single rule", ".0167", short(gates["rule"], 3)],
                ["a confirmed failure", ".0167", short(gates["confirmed"], 3)],
                ["any of them", ".05", short(gates["any"], 3)],
                ["for comparison: any “3 of 3, then 0 of 3”", "", short(gates["raw"], 3)],
            ],
        ),
        "judge": table(
            ["true rate", "the judge says", "judge alone", "labels alone", "both", "width: labels", "both"],
            (
                [
                    short(row["rate"]),
                    short(row["seen"]),
                    *(short(row["coverage"][key]) for key in ("judge", "labels", "both")),
                    *(short(row["width"][key]) for key in ("labels", "both")),
                ]
                for row in figures["judge"]
            ),
        ),
        "corrected": table(
            ["labels", "true rate", "raw", "corrected"],
            (
                [row["labels"], short(row["rate"]), short(row["raw"]), short(row["corrected"])]
                for row in figures["corrected"]
            ),
        ),
    }


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """Return the lines of a Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def short(value: float, digits: int = 2) -> str:
    """Return a share as ``.95``; 0 and 1 are kept for none and all."""
    if value in {0, 1}:
        return str(int(value))
    least = 10**-digits
    return f"{min(max(value, least / 2), 1 - least / 2):.{digits}f}".removeprefix("0")


def with_tables(page: str, figures: dict[str, Any]) -> str:
    """Return the page with its tables written anew."""
    for name, lines in tables(figures).items():
        start, end = f"<!-- table: {name} -->\n", "<!-- end -->"
        if page.count(start) != 1:
            raise SystemExit(f"{PAGE}: the table {name!r} stands there {page.count(start)} times, not once")
        before, rest = page.split(start)
        _, after = rest.split(end, 1)
        page = "".join([before, start, "\n".join(lines), "\n", end, after])
    return page


def main() -> None:
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    for name, draw in PICTURES.items():
        write_atomic(IMAGES / f"statistics-{name}.svg", draw(figures).text())
    write_atomic(PAGE, with_tables(PAGE.read_text(encoding="utf-8"), figures))
    print(f"{PAGE.relative_to(ROOT)}: {len(PICTURES)} pictures")


if __name__ == "__main__":
    main()
