"""Files that this package wrote and somebody may have changed: stores, bundles, runs, baselines, states."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from fuzz_core import FaultError, Surface, scratch

from harness.core.errors import HarnessError
from harness.core.types import Completion, Message, Request, Role, Sample, SampleFailure, StopReason, Usage
from harness.store.codec import request_sha
from harness.store.samples import SampleStore

__all__ = ["SURFACES"]

sys.path.append(str(Path(__file__).parents[1] / "unit" / "viewer"))
RUN = "20261101-101500-tester-anthropic-m"
SECOND = "20261102-101500-tester-anthropic-m"


@functools.cache
def project() -> Path:
    """A project with two finished runs, a baseline with its archive, and a bundle."""
    from viewer_example import MadeRun, write_project

    from harness.pipeline.sides import make_baseline
    from harness.store.bundle import export_bundle

    folder = scratch("kept") / "project"
    folder.mkdir()
    with contextlib.chdir(folder):
        write_project(folder)
        MadeRun(RUN).write()
        MadeRun(SECOND, fails=frozenset({1, 2})).write()
        shutil.copytree(Path("reports") / SECOND, "pristine")
        make_baseline(Path("reports") / RUN, Path("baseline.json"), variant="base", answers=True)
        with SampleStore(Path(".harness/samples.db")) as store:
            export_bundle(store, Path("bundle.gz"), None, ())
    return folder


def _silently(_: int) -> contextlib.AbstractContextManager[Callable[[int], None]]:
    @contextlib.contextmanager
    def opened() -> Iterator[Callable[[int], None]]:
        yield lambda _: None

    return opened()


def _store_bytes() -> list[bytes]:
    path = scratch("kept") / "seed.db"
    if not path.exists():
        with SampleStore(path) as store:
            for number in range(3):
                request = Request("anthropic:m", "s", (Message(Role.USER, f"q{number}"),), 100, 1)
                completion = Completion("text " * 20, (), Usage(1, 2), StopReason.END, "m", 1.0)
                store.put(
                    Sample(request_sha(request), f"c{number}", "base", 1, "anthropic:m", completion), request
                )
            store.put_failure(SampleFailure("0" * 64, "c", "base", 1, "timeout", "late", transient=True))
            store.database.read("PRAGMA wal_checkpoint(TRUNCATE)")
    return [path.read_bytes()]


def store(data: bytes) -> None:
    from harness.store.prune import holdings

    path = scratch("kept") / "fuzzed.db"
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    path.write_bytes(data)
    request = Request("anthropic:m", "s", (Message(Role.USER, "q1"),), 100, 1)
    actions: list[Callable[[SampleStore], object]] = [
        lambda one: [one.request(sample.request_sha) for sample in one.samples()],
        lambda one: one.failures(),
        lambda one: one.get_many([request_sha(request)]),
        lambda one: one.recorded({request_sha(request): ""}),
        holdings,
    ]
    for read_only in (True, False):
        with SampleStore(path, read_only=read_only) as opened:
            for action in actions:
                with contextlib.suppress(HarnessError):
                    action(opened)
            if not read_only:
                completion = Completion("new", (), Usage(1, 2), StopReason.END, "m", 1.0)
                opened.put(Sample(request_sha(request), "c", "base", 1, "anthropic:m", completion), request)
    _replayed(path)


def _replayed(path: Path) -> None:
    """Open what `replay:` names, and close it."""
    from harness.providers.replay import open_replay

    asyncio.run(open_replay(str(path)).close())


def _verdict_cache_bytes() -> list[bytes]:
    from harness.store.verdicts import VerdictCache

    path = scratch("kept") / "seed-verdicts.db"
    if not path.exists():
        with VerdictCache(path, "state") as cache:
            cache.put_many({b"k": b"body", b"l": b"x" * 100})
    return [path.read_bytes()]


def verdict_cache(data: bytes) -> None:
    from harness.store.verdicts import VerdictCache

    path = scratch("kept") / "fuzzed-verdicts.db"
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    path.write_bytes(data)
    with VerdictCache(path, "state") as cache:
        cache.get_many([b"k"])
        cache.put_many({b"m": b"n"})


def _batch_bytes() -> list[bytes]:
    from harness.store.batches import BatchRecord

    path = scratch("kept") / "seed-batches.db"
    if not path.exists():
        with BatchRecord(path) as record:
            record.submitted(record.intend("http://127.0.0.1", ["a" * 64]), "msgbatch_1")
    return [path.read_bytes()]


def batch_record(data: bytes) -> None:
    from harness.store.batches import BatchRecord

    path = scratch("kept") / "fuzzed-batches.db"
    for name in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    path.write_bytes(data)
    with BatchRecord(path) as record:
        for batch in record.open_batches("http://127.0.0.1"):
            record.waiting(batch)
        record.settle(record.intend("http://127.0.0.1", ["b" * 64]), ["b" * 64])


def _unpacked(name: str) -> list[bytes]:
    data = gzip.decompress((project() / name).read_bytes())
    return [b"P" + data, b"R" + gzip.compress(data)]


def _packed(name: str, data: bytes) -> Path:
    path = project() / name
    path.write_bytes(gzip.compress(data[1:], 1) if data[:1] == b"P" else data[1:])
    return path


def bundle(data: bytes) -> None:
    from harness.store.bundle import import_bundle, read_bundle

    path = _packed("fuzzed-bundle.gz", data)
    with contextlib.suppress(HarnessError):
        list(read_bundle(path))
    with contextlib.suppress(HarnessError):
        _replayed(path)
    target = scratch("kept") / "imported.db"
    for name in ("", "-wal", "-shm"):
        target.with_name(target.name + name).unlink(missing_ok=True)
    with SampleStore(target) as opened:
        import_bundle(opened, path)


def archive(data: bytes) -> None:
    from harness.pipeline.sides import open_run
    from harness.store.archive import read_archive

    with contextlib.chdir(project()):
        _packed("fuzzed.answers.jsonl.gz", data)
        read_archive(Path("fuzzed.answers.jsonl.gz"))
        text = Path("baseline.json").read_text(encoding="utf-8")
        answers = json.loads(text)["answers"]
        Path("by-archive").mkdir(exist_ok=True)
        Path("by-archive/baseline.json").write_text(text, encoding="utf-8")
        shutil.copy("fuzzed.answers.jsonl.gz", Path("by-archive") / answers)
        open_run(Path("by-archive/baseline.json"), _silently)


def baseline(data: bytes) -> None:
    from harness.pipeline.sides import open_run

    with contextlib.chdir(project()):
        for form in (data, _sealed(data)):
            with contextlib.suppress(HarnessError):
                Path("fuzzed.json").write_bytes(form)
                _compared(open_run(Path("fuzzed.json"), _silently).run)


def _sealed(data: bytes) -> bytes:
    """Whoever changes a baseline can make its sha anew."""
    from harness.compare.baseline import Baseline, _sha, baseline_text

    with contextlib.suppress(ValueError):
        read = Baseline.model_validate_json(data)
        return baseline_text(read.model_copy(update={"sha": _sha(read)})).encode()
    return data


def decided(data: bytes) -> None:
    from harness.pipeline.sides import open_run

    with contextlib.chdir(project()):
        folder = Path("reports") / SECOND
        (folder / "decided.json").write_bytes(data)
        _compared(open_run(folder, _silently).run)
        _read_in_python(folder)


def _read_in_python(folder: Path) -> None:
    from harness.pipeline.load import load_run

    run = load_run(folder)
    _ = run.rules, run.cases, run.verdicts, run.findings, run.scores, run.answers


def _compared(run: object) -> None:
    """Compare a run with an honest one, in every format."""
    from harness.compare.comparison import compare
    from harness.compare.history import PastRun, histories
    from harness.compare.model import Policy
    from harness.compare.pairing import side_of
    from harness.pipeline.side_texts import texts_of
    from harness.report.comparison.document import comparison_document
    from harness.report.comparison.html import render_comparison
    from harness.report.show import Choice, Walk, show_document
    from harness.store.decided import DecidedRun, read_decided

    assert isinstance(run, DecidedRun)
    with contextlib.suppress(HarnessError):
        walk = Walk(run, "place", (), ())
        json.dumps(show_document(walk, walk.chosen(Choice())), allow_nan=False)
    with contextlib.suppress(HarnessError):
        histories([PastRun(run, {}), PastRun(read_decided(Path("pristine")), {})])
    other = side_of(read_decided(Path("pristine")), "")
    for before, after in ((other, side_of(run, "")), (side_of(run, ""), other)):
        with contextlib.suppress(HarnessError):
            comparison = compare(before, after, Policy(0.02, 0.05))
            json.dumps(comparison_document(comparison), allow_nan=False)
            texts = (
                texts_of(Path("reports") / RUN, comparison.before),
                texts_of(Path("reports") / SECOND, comparison.after),
            )
            page = render_comparison(comparison, *texts)
            if "<img src=x" in page:
                raise FaultError("markup-in-the-page", page[:200])


def manifest(data: bytes) -> None:
    from harness.pipeline.merge_match import demand_one_suite
    from harness.store.manifest import read_manifest

    with contextlib.chdir(project()):
        folder = Path("reports/by-manifest")
        folder.mkdir(exist_ok=True)
        (folder / "manifest.json").write_bytes(data)
        read_manifest(folder)
        with contextlib.suppress(HarnessError):
            _merged([Path("reports") / RUN, folder])
        with contextlib.suppress(HarnessError):
            from harness.pipeline.merge_answers import ShardRun

            demand_one_suite([ShardRun(folder, read_manifest(folder), {})])
        _replayed(folder)


def _merged(folders: list[Path]) -> None:
    from unittest.mock import MagicMock

    from harness.core.config import Config
    from harness.pipeline.merge import merge_runs

    merge_runs(folders, Config(), MagicMock())


def results(data: bytes) -> None:
    """The sums of a run, as the list of runs in the viewer and merging read them."""
    from harness.pipeline.merge import _usage_of
    from harness.viewer.runs import read_row, rule_rates

    folder = project() / "reports" / SECOND
    (folder / "results.json").write_bytes(data)
    read_row(folder)
    rule_rates(folder)
    _usage_of(folder)


def _file(name: str) -> Callable[[], list[bytes]]:
    return lambda: [(project() / name).read_bytes()]


KEYS = (
    "verdicts",
    "rules",
    "cases",
    "variants",
    "format",
    "decision",
    "outcome",
    "pass",
    "fail",
    "base",
    "sha",
    "trial",
)
PIECES = ("SQLite format 3\x00", "CREATE TABLE samples", "samples", "completion", "{}", "\x00" * 40)
SURFACES = (
    Surface("store", store, _store_bytes, PIECES, form="bytes", longest=200_000, short=15, bound_s=20),
    Surface(
        "verdict_cache", verdict_cache, _verdict_cache_bytes, PIECES, form="bytes", longest=100_000, short=15
    ),
    Surface(
        "batch_record",
        batch_record,
        _batch_bytes,
        PIECES,
        form="bytes",
        longest=100_000,
        short=15,
        bound_s=20,
    ),
    Surface("bundle", bundle, lambda: _unpacked("bundle.gz"), KEYS, form="json", short=15),
    Surface("archive", archive, lambda: _unpacked("baseline.answers.jsonl.gz"), KEYS, form="json", short=10),
    Surface("baseline", baseline, _file("baseline.json"), KEYS, form="json", bound_s=30, short=10),
    Surface("decided", decided, _file("pristine/decided.json"), KEYS, form="json", bound_s=30, short=10),
    Surface("manifest", manifest, _file(f"reports/{RUN}/manifest.json"), KEYS, form="json", short=10),
    Surface(
        "results",
        results,
        _file(f"reports/{RUN}/results.json"),
        ("scores", "usage", "cost_usd", "mean", "n"),
        form="json",
    ),
)
