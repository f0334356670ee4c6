"""What the harness costs beside the model: measured in one run beside a bare client and its peers.

    python benchmarks/overhead.py [--cases 2000] [--delay 0.05 0] [--rounds 2] [--only NAME]... [--json FILE]

Everyone asks the same distinct questions of a model on loopback that answers with 600 tokens after the
delay, 50 in flight, with one system prompt of 6 KB, and looks at each answer with the same two simple
assertions (the harness: two declared checks of the syntax tree; once more all rules of the backend
architect with every check that ships). The harness commits every answer to its store before it counts it,
and writes its report; what the others keep is what they keep by themselves. Each contender lives in an
environment of its own that this script installs from the package registries.

Figures are ratios to the bare SDK in the same round, so that a busy machine does not count; of several
rounds the least of each figure. Then: start-up beside ``python -c pass``, a second run with everything
stored, cost per case as a run grows, and peak memory from 1,000 cases to 20,000.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).with_name("overhead")))

from contenders import CONTENDERS, Contender, environment_of, install
from measure import Cost, FailedError, cost_of, serving

import harness

REFERENCE = "bare SDK"
GROWTH = (10, 100, 1_000, 10_000)
MEMORY = (1_000, 20_000)
_PARAGRAPH = (
    "You are a backend engineer. The service keeps its layers apart: routes call services, services call "
    "repositories, and each says what it needs. Name things by their business meaning. Keep functions short. "
)
PROMPT = (_PARAGRAPH * (6_000 // len(_PARAGRAPH) + 1))[:6_000]


class Bench:
    """Where contenders are installed and do their work."""

    def __init__(self, root: Path, environments: Path) -> None:
        self.root = root
        self.environments = environments
        self.prompt = root / "prompt.txt"
        self.prompt.write_text(PROMPT, encoding="utf-8")
        self.folders = 0

    def folder(self, contender: Contender, count: int) -> Path:
        """Return a new folder with what the contender needs."""
        self.folders += 1
        folder = self.root / f"{self.folders:03}-{contender.name.replace(' ', '-').replace(',', '')}"
        folder.mkdir()
        contender.prepare(folder, count, PROMPT)
        return folder

    def cost(self, contender: Contender, count: int, address: str, folder: Path | None = None) -> Cost:
        """Measure one run, in a folder of its own unless one is given."""
        environment = install(contender, self.environments)
        place = folder or self.folder(contender, count)
        variables = environment_of(contender, address, self.prompt)
        return cost_of(contender.command(environment, count), place, variables)


def table(title: str, rows: dict[str, Cost], reference: str = REFERENCE) -> None:
    """Print figures and their ratios to those of the reference."""
    base = rows.get(reference)
    print(f"\n{title}\n{'':22}{'wall':>16}{'CPU':>16}{'peak memory':>18}{'disk':>10}")
    for name, cost in rows.items():
        print(
            f"{name:22}{cost.wall:8.2f} s {_ratio(cost.wall, base and base.wall)}"
            f"{cost.cpu:8.2f} s {_ratio(cost.cpu, base and base.cpu)}"
            f"{cost.memory / 1e6:9.0f} MB {_ratio(cost.memory, base and base.memory)}"
            f"{cost.disk / 1e6:7.1f} MB"
        )


def _ratio(value: float, base: float | None) -> str:
    return f"{value / base:5.2f}×" if base else "     –"


def beside_peers(bench: Bench, chosen: list[Contender], options: argparse.Namespace) -> dict[str, object]:
    """Measure everyone at each delay; contenders take turns."""
    told: dict[str, object] = {}
    for delay in options.delay:
        best: dict[str, Cost] = {}
        for _ in range(options.rounds):
            for contender in chosen:
                with serving(delay) as address:
                    cost = tried(bench, contender, options.cases, address)
                if cost is None:
                    continue
                best[contender.name] = best.get(contender.name, cost).least(cost)
        table(f"{options.cases:,} cases, {delay * 1e3:.0f} ms latency", best)
        told[f"{delay * 1e3:.0f} ms"] = {name: asdict(cost) for name, cost in best.items()}
    return told


def tried(bench: Bench, contender: Contender, count: int, address: str) -> Cost | None:
    """Measure one run; a contender that crashes gets two more chances, and then is left out."""
    for _ in range(3):
        try:
            cost = bench.cost(contender, count, address)
        except FailedError as failure:
            print(f"{contender.name}: {str(failure)[-400:]}", file=sys.stderr)
        else:
            print(f"{contender.name}: {cost.wall:.1f} s, {cost.cpu:.1f} s CPU", file=sys.stderr)
            return cost
    return None


def start_up(bench: Bench, chosen: list[Contender], rounds: int) -> dict[str, object]:
    """Measure how long help (or the import of a library) takes beside an empty Python."""
    place = bench.root / "start-up"
    place.mkdir()
    least: dict[str, float] = {}
    commands = {"python -c pass": [sys.executable, "-c", "pass"]}
    variables = {}
    for contender in chosen:
        if contender.start_up is not None:
            commands[contender.name] = list(contender.start_up(install(contender, bench.environments)))
            variables[contender.name] = environment_of(contender, "http://127.0.0.1:9", bench.prompt)
    for _ in range(max(5, rounds)):
        for name, command in commands.items():
            wall = cost_of(command, place, variables.get(name, {})).wall
            least[name] = min(wall, least.get(name, wall))
    base = least["python -c pass"]
    print("\nStart-up")
    for name, wall in least.items():
        print(f"{name:22}{wall:8.3f} s {wall / base:6.1f}×")
    return dict(least)


def again(bench: Bench, chosen: list[Contender], options: argparse.Namespace) -> dict[str, object]:
    """Measure a second run in the same folder: everything is stored."""
    best: dict[str, Cost] = {}
    for contender in (one for one in chosen if one.again):
        with serving(0.0) as address:
            folder = bench.folder(contender, options.cases)
            try:
                bench.cost(contender, options.cases, address, folder)
                for _ in range(options.rounds):
                    cost = bench.cost(contender, options.cases, address, folder)
                    best[contender.name] = best.get(contender.name, cost).least(cost)
            except FailedError as failure:
                print(f"{contender.name}: {str(failure)[-400:]}", file=sys.stderr)
    table(f"The same {options.cases:,} cases again, all stored", best, "harness")
    return {name: asdict(cost) for name, cost in best.items()}


def growth(bench: Bench) -> dict[str, object]:
    """Measure the harness as the run grows: cost per case beyond the fixed cost, and peak memory."""
    contender = next(one for one in CONTENDERS if one.name == "harness")
    costs: dict[int, Cost] = {}
    for count in sorted({*GROWTH, *MEMORY}):
        with serving(0.0) as address:
            costs[count] = bench.cost(contender, count, address)
    print("\nThe harness as the run grows (no latency)")
    fixed = costs[GROWTH[0]]
    for count, cost in costs.items():
        each = (cost.cpu - fixed.cpu) / (count - GROWTH[0]) * 1e3 if count > GROWTH[0] else 0.0
        print(
            f"{count:8,} cases {cost.wall:8.2f} s wall {cost.cpu:8.2f} s CPU, {each:6.2f} ms CPU a case, "
            f"{cost.memory / 1e6:6.0f} MB, {cost.disk / 1e6:7.1f} MB disk"
        )
    few, many = (costs[count].memory for count in MEMORY)
    print(f"peak memory, {MEMORY[0]:,} → {MEMORY[1]:,} cases: {many / few:.2f}×")
    return {str(count): asdict(cost) for count, cost in costs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--delay", type=float, nargs="*", default=[0.05, 0.0], help="seconds")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", action="append", help="a contender; may be repeated")
    parser.add_argument(
        "--skip", action="append", default=[], choices=["peers", "start-up", "again", "growth"]
    )
    parser.add_argument(
        "--environments", type=Path, default=Path.home() / ".cache/agentfile-harness/overhead"
    )
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    chosen = [one for one in CONTENDERS if not options.only or one.name in options.only]
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a part is done after minutes
    root = Path(tempfile.mkdtemp(prefix="overhead-"))
    told: dict[str, object] = {"load before": os.getloadavg()}
    try:
        bench = Bench(root, options.environments)
        # What pip installs it compiles; the harness may be installed for editing, and is not.
        compileall.compile_dir(str(Path(harness.__file__).parent), quiet=1)
        for contender in chosen:
            install(contender, options.environments)
        if "start-up" not in options.skip:
            told["start-up"] = start_up(bench, chosen, options.rounds)
        if "peers" not in options.skip:
            told["beside peers"] = beside_peers(bench, chosen, options)
        if "again" not in options.skip:
            told["again"] = again(bench, chosen, options)
        if "growth" not in options.skip:
            told["growth"] = growth(bench)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    told["load after"] = os.getloadavg()
    print(f"\nload of the machine: {told['load before']} before, {told['load after']} after")
    if options.json:
        options.json.write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
