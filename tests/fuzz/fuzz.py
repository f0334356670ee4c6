"""Fuzz the surfaces for a while: ``python tests/fuzz/fuzz.py --minutes 10 [--surface NAME]...``.

Each surface runs in a process of its own, guided by the coverage that atheris measures where it is
installed (it has wheels for Linux), else by chance alone. What is found lies in ``.fuzz/faults/SURFACE``;
inputs that reached something new are kept in ``.fuzz/corpus``, so that the next time goes on from there.
A fault that is mended goes into ``tests/fuzz/corpus/SURFACE`` and is tried by ``make test`` from then on.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]

MOST_MEMORY_MB = 2_500
MOST_GROWTH_MB = 400  # after a quarter of the time: caches are full by then
HANGS_S = 120
KNOWN = HERE / "corpus"


def main() -> int:
    """Fuzz; the exit code is 1 where something was found."""
    options = _options()
    if options.child:
        _child(options.child, options.seconds, options.folder)
        return 0
    from fuzz_surfaces import SURFACES

    names = options.surface or list(SURFACES)
    unknown = sorted(set(names) - set(SURFACES))
    if unknown:
        print(f"{unknown[0]}: no such surface; known: {', '.join(SURFACES)}", file=sys.stderr)  # noqa: T201 - a program
        return 2
    seconds = options.minutes * 60 / len(names)
    total: Counter[str] = Counter()
    found = 0
    for name in names:
        stats = _supervised(name, seconds, options.folder)
        total.update(executions=stats["executions"], seconds=round(stats["seconds"]))
        found += len(stats["faults"])
        print(  # noqa: T201 - a program
            f"{name:16} {stats['executions']:>9,} executions {stats['seconds']:>6.0f} s "
            f"refused {stats['refused']:>9,} memory {stats['memory_mb']:>5} MB (+{stats['growth_mb']}) "
            f"faults {len(stats['faults'])}: {', '.join(stats['faults']) or 'none'}",
            flush=True,
        )
    print(f"in all {total['executions']:,} executions in {total['seconds'] / 60:.1f} minutes, faults {found}")  # noqa: T201 - a program
    return 1 if found else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="for all surfaces together")
    parser.add_argument("--surface", action="append", help="only this one; may be given several times")
    parser.add_argument("--folder", type=Path, default=Path(".fuzz"), help="where inputs and faults are kept")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=0.0, help=argparse.SUPPRESS)
    return parser.parse_args()


def _supervised(name: str, seconds: float, folder: Path) -> dict[str, Any]:
    """Run one surface to its end; a process that hangs or dies is a fault, and another one goes on."""
    folder = folder.absolute()
    stats: dict[str, Any] = {"executions": 0, "refused": 0, "seconds": 0.0, "memory_mb": 0, "growth_mb": 0}
    faults: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > min(1.0, seconds / 2):
        report = folder / f"{name}.json"
        report.unlink(missing_ok=True)
        command = (sys.executable, __file__, "--child", name, "--seconds", str(left), "--folder", str(folder))
        died = ""
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=left + 3 * HANGS_S, check=False
            )
            died = "" if done.returncode == 0 else f"died-with-{done.returncode}"
            log = done.stderr
        except subprocess.TimeoutExpired as error:
            died, log = "never-came-back", str(error.stderr)
        told = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
        for key in ("executions", "refused", "seconds"):
            stats[key] += told.get(key, 0)
        for key in ("memory_mb", "growth_mb"):
            stats[key] = max(stats[key], told.get(key, 0))
        faults.update(told.get("faults", {}))
        if died:
            faults[died] += 1
            (folder / f"{name}.log").write_text(log, encoding="utf-8")
            if not told.get("executions"):
                break  # it would die again at once
    return {**stats, "faults": dict(faults)}


@dataclass
class Watch:
    """What came of the inputs so far."""

    surface: Any
    folder: Path
    seconds: float
    begun: float = field(default_factory=time.monotonic)
    executions: int = 0
    refused: int = 0
    settled_mb: int = 0
    written: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)

    def take(self, data: bytes) -> None:
        """Try one input; keep what is a fault, the shortest of each kind."""
        from fuzz_core import FaultError, examine

        self.executions += 1
        try:
            self.refused += bool(examine(self.surface, data))
        except FaultError as fault:
            self._keep(fault.name, str(fault), data)
        if time.monotonic() - self.written > 2:
            self.write()

    def write(self) -> None:
        """Write the state down: libFuzzer ends the process without asking."""
        self.written = time.monotonic()
        took, memory = self.written - self.begun, _memory_mb()
        if took > self.seconds / 4 and not self.settled_mb:
            self.settled_mb = memory
        growth = max(0, memory - self.settled_mb) if self.settled_mb else 0
        if growth > MOST_GROWTH_MB and not self.faults["growth"]:
            self.faults["growth"] += 1
        told = {
            "executions": self.executions,
            "refused": self.refused,
            "seconds": took,
            "memory_mb": memory,
            "growth_mb": growth,
            "faults": self.faults,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{self.surface.name}.json").write_text(json.dumps(told), encoding="utf-8")

    def _keep(self, name: str, words: str, data: bytes) -> None:
        self.faults[name] += 1
        folder = self.folder / "faults" / self.surface.name
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name[:120]
        if not path.exists() or len(data) < path.stat().st_size:
            path.write_bytes(data)
            path.with_name(f"{path.name}.txt").write_text(
                f"{words}\n", encoding="utf-8", errors="backslashreplace"
            )


def _child(name: str, seconds: float, folder: Path) -> None:
    try:
        import atheris
    except ImportError:
        atheris = None
    with _instrumented(atheris):
        from fuzz_surfaces import SURFACES
    from fuzz_mutation import mutated

    surface = SURFACES[name]
    known = KNOWN / name
    seeds = [*surface.seeds(), *(path.read_bytes() for path in sorted(known.glob("*")) if path.is_file())]
    watch = Watch(surface, folder, seconds)
    for seed in seeds:
        watch.take(seed)
    if atheris is None:
        random = Random(0)
        while time.monotonic() - watch.begun < seconds:
            watch.take(mutated(surface, random.choice(seeds), random, seeds))
        watch.write()
        return
    corpus, artifacts = folder / "corpus" / name, folder / "faults" / name
    for path in (corpus, artifacts):
        path.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number:03}").write_bytes(seed)

    def mutator(data: bytes, longest: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.25:
            return bytes(atheris.Mutate(data, longest))
        return mutated(surface, data, random, seeds)[:longest]

    arguments = (
        f"-max_total_time={max(1, int(seconds - (time.monotonic() - watch.begun)))}",
        f"-max_len={surface.longest}",
        f"-timeout={HANGS_S}",
        f"-rss_limit_mb={MOST_MEMORY_MB}",
        f"-artifact_prefix={artifacts}/",
        "-len_control=0",
        "-print_final_stats=0",
        str(corpus),
    )
    atheris.Setup([sys.argv[0], *arguments], watch.take, custom_mutator=mutator)
    atheris.Fuzz()


@contextlib.contextmanager
def _instrumented(atheris: Any) -> Iterator[None]:
    if atheris is None:
        yield
        return
    with atheris.instrument_imports(include=["harness"], enable_loader_override=False):
        yield
        _import_all()


def _import_all() -> None:
    """Modules that are imported at first use would not be instrumented."""
    import importlib
    import pkgutil

    import harness

    for module in pkgutil.walk_packages(harness.__path__, "harness."):
        if ".cli" in module.name or module.name.endswith(("__main__", "pytest_plugin", "weights")):
            continue
        with contextlib.suppress(ImportError):
            importlib.import_module(module.name)


def _memory_mb() -> int:
    pages = (
        int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) if sys.platform == "linux" else 0
    )
    return pages * resource.getpagesize() >> 20


if __name__ == "__main__":
    sys.exit(main())
