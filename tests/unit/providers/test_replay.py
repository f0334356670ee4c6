"""Replay: answers that exist already stand in for a model."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from calls import request, sample

from harness.core.errors import ConfigurationError, DatasetError, ReplayError
from harness.core.types import Completion, Request, StopReason, SuppliedFile, Tool
from harness.providers.registry import open_provider
from harness.store.codec import request_sha
from harness.store.manifest import (
    FileRecord,
    Manifest,
    RunStatus,
    SampleRecord,
    write_manifest,
)
from harness.store.samples import SampleStore
from harness.suite.cases import render_message

GOLDEN = """---
prompt: |
  Write a logger.
author: hand
labels:
  logging/no-console: pass
---

Use `utils/logger.js`.
"""
DATASET = """agent: tester
cases:
  - id: upload
    prompt: Write an upload.
    files: [{path: app.js, text: "const app = 1;"}]
"""


def ask(model: str, asked: Request) -> Completion:
    async def once() -> Completion:
        provider = open_provider(model)
        try:
            return await provider.generate(asked)
        finally:
            await provider.close()

    return asyncio.run(once())


def replayed(asked: Request) -> Request:
    return request(asked.messages[-1].text, asked.trial, model="replay:x", max_tokens=7, system=asked.system)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of one answered call, in a store that holds another as well."""
    folder = tmp_path / "reports" / "one"
    with SampleStore(tmp_path / "samples.db") as store:
        for text in ("in the run", "not in the run"):
            store.put(sample(request(text), f"Answer {text}"), request(text))
    agent = FileRecord(path="a.md", sha="0")
    record = SampleRecord(case="c", variant="base", trial=1, request_sha=request_sha(request("in the run")))
    manifest = Manifest(
        id="one",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        status=RunStatus.COMPLETE,
        suite=(),
        agent=agent,
        variants=(),
        model_asked="anthropic:test-model",
        store="../../samples.db",
        samples=(record,),
    )
    write_manifest(folder, manifest)
    return folder


def test_a_stored_answer_is_replayed_whatever_the_model_is_called_now(run: Path) -> None:
    assert ask(f"replay:{run}", replayed(request("in the run"))).text == "Answer in the run"


def test_answers_outside_the_run_are_not_replayed(run: Path) -> None:
    with pytest.raises(ReplayError, match="no answer to trial 1 of 'not in the run'"):
        ask(f"replay:{run}", replayed(request("not in the run")))


def test_a_whole_store_is_replayed(run: Path) -> None:
    store = run.parents[1] / "samples.db"
    assert ask(f"replay:{store}", replayed(request("not in the run"))).text == "Answer not in the run"


@pytest.mark.parametrize(
    "change", [{"system": "Another prompt."}, {"tools": (Tool("t", "d", {}),)}, {"trial": 2}]
)
def test_another_question_has_no_answer(run: Path, change: dict[str, object]) -> None:
    asked = {"model": "replay:x"} | change
    with pytest.raises(ReplayError):
        ask(f"replay:{run}", request("in the run", **asked))  # type: ignore[arg-type]


def test_two_models_answers_to_one_question_are_not_mixed(tmp_path: Path) -> None:
    with SampleStore(tmp_path / "samples.db") as store:
        for model in ("anthropic:one", "anthropic:two"):
            store.put(sample(request("both", model=model)), request("both", model=model))
    with pytest.raises(ReplayError, match="anthropic:one, anthropic:two"):
        ask(f"replay:{tmp_path / 'samples.db'}", replayed(request("both")))


def test_a_golden_answer_is_found_by_its_prompt(tmp_path: Path) -> None:
    (tmp_path / "logger.md").write_text(GOLDEN)
    got = ask(f"replay:{tmp_path}", request("Write a logger.\n"))
    assert (got.text.strip(), got.stop, got.model_served) == (
        "Use `utils/logger.js`.",
        StopReason.END,
        "hand-written",
    )


def test_a_golden_answer_is_found_by_its_case_with_supplied_files(tmp_path: Path) -> None:
    folder = tmp_path / "golden"
    folder.mkdir()
    (tmp_path / "compliance.yaml").write_text(DATASET)
    (folder / "upload.md").write_text(GOLDEN.replace("prompt: |\n  Write a logger.", "case: upload"))
    question = render_message("Write an upload.", [SuppliedFile("app.js", "const app = 1;")])
    assert "logger" in ask(f"replay:{folder}", request(question)).text


def test_a_golden_answer_that_was_cut_off_says_so(tmp_path: Path) -> None:
    (tmp_path / "logger.md").write_text(GOLDEN.replace("author: hand", "truncated: true"))
    assert ask(f"replay:{tmp_path}", request("Write a logger.\n")).stop is StopReason.MAX_TOKENS


def test_there_is_one_trial_of_a_golden_answer(tmp_path: Path) -> None:
    (tmp_path / "logger.md").write_text(GOLDEN)
    with pytest.raises(ReplayError, match="trial 2"):
        ask(f"replay:{tmp_path}", request("Write a logger.\n", 2))


def test_a_golden_answer_to_an_unknown_case_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(GOLDEN.replace("prompt: |\n  Write a logger.", "case: gone"))
    with pytest.raises(DatasetError, match=r"x\.md:2: .*'gone'"):
        open_provider(f"replay:{tmp_path}")


def test_two_answers_to_one_question_are_refused(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(GOLDEN)
    with pytest.raises(DatasetError, match=r"b\.md:2: a second answer"):
        open_provider(f"replay:{tmp_path}")


@pytest.mark.parametrize("name", ["missing", "."])
def test_nothing_to_replay_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="nothing to replay"):
        open_provider(f"replay:{tmp_path / name}")
