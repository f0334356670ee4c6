"""``harness redecide`` by engines, and from exports, gives what one process gives from the store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from messages_api import MessagesApi
from run_project import MODEL, Command

from harness.scale.partition import read_responses

SECRET = "sk-live-0123456789abcdef"


@pytest.fixture
def spoiled(harness: Command, model_server: MessagesApi) -> Path:
    """A run with two trials, decided as an older check might have: every fail was a pass."""
    folder = harness(
        "run", "datasets/tester/compliance.yaml", *MODEL, "--no-routing", "--trials", "2", "--json"
    ).folder
    text = (folder / "decided.json").read_text(encoding="utf-8")
    (folder / "decided.json").write_text(text.replace('"outcome":"fail"', '"outcome":"pass"'), "utf-8")
    return folder


def test_engines_and_exports_show_what_one_process_shows(spoiled: Path, harness: Command) -> None:
    """To the byte: both engines, the run and the export of it, with the store gone."""
    run = str(spoiled)
    alone = harness("redecide", run, "--json").out
    shown = [harness("redecide", run, "--engine", one, "--json").out for one in ("local", "dask")]
    harness("redecide", run, "--export", "answers")
    Path(".harness/samples.db").unlink()
    shown.append(harness("redecide", "answers", "--workers", "1", "--json").out)
    assert (len(json.loads(alone)["changed"]) > 0, shown) == (True, [alone] * 3)


def test_an_engine_writes_what_one_process_writes(spoiled: Path, harness: Command) -> None:
    """And leaves nothing else behind."""
    before = sorted(path.name for path in spoiled.iterdir())
    stale = (spoiled / "decided.json").read_bytes()
    harness("redecide", str(spoiled), "--engine", "local", "--workers", "1", "--write")
    by_engine = (spoiled / "decided.json").read_bytes()
    (spoiled / "decided.json").write_bytes(stale)
    harness("redecide", str(spoiled), "--write")
    after = sorted(path.name for path in spoiled.iterdir())
    assert (by_engine, after) == ((spoiled / "decided.json").read_bytes(), before)


def test_secrets_do_not_leave_with_an_export(
    spoiled: Path, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value of a variable that is named like a secret is in no file."""
    text = (spoiled / "decided.json").read_text(encoding="utf-8")
    (spoiled / "decided.json").write_text(text.replace("Explain your plan", f"Explain {SECRET} now"), "utf-8")
    monkeypatch.setenv("TEAM_API_KEY", SECRET)
    told = harness("redecide", str(spoiled), "--export", "answers", "--json").document
    data = Path("answers/part-000000.parquet").read_bytes()
    held = repr(read_responses(data, "p"))
    assert (told["redacted"], SECRET in held, "[redacted]" in held) == (2, False, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--engine", "ray"), "--engine ray: there is none of this name"),
        (("--workers", "2"), "belong to an engine"),
        (("--engine", "local", "--scheduler", "tcp://a:1"), "only --engine dask has one"),
        (("--results", "there"), "is no export"),
        (("--export", "there", "--write"), "--export only writes the answers"),
    ],
)
def test_options_that_do_not_fit_are_told(
    arguments: tuple[str, ...], said: str, harness: Command, small_project: Path
) -> None:
    """One clear line, exit code 2, before anything is decided."""
    ran = harness("redecide", ".", *arguments)
    assert (ran.code, said in ran.err, ran.err.count("\n")) == (2, True, 1)


def test_a_damaged_partition_costs_only_itself(spoiled: Path, harness: Command) -> None:
    """It is named, and what is decided stays."""
    harness("redecide", str(spoiled), "--export", "answers")
    path = Path("answers/part-000000.parquet")
    path.write_bytes(path.read_bytes()[:-10])
    ran = harness("redecide", "answers")
    assert (ran.code, "part-000000.parquet: not what was exported" in ran.err) == (2, True)


def test_an_unreachable_scheduler_is_told(spoiled: Path, harness: Command) -> None:
    """With its address, exit code 3."""
    ran = harness("redecide", str(spoiled), "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    assert (ran.code, "tcp://127.0.0.1:9: cannot be reached" in ran.err) == (3, True)
