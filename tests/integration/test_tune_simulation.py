"""Many seeds of the whole of ``harness tune``, without a server: how often it claims what is not there.

The model obeys by chance, at a rate that no line changes, and the search picks the best of many candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from obedient import AGENT, HELPFUL, InProcess, Obedient, dataset
from quiet import Quiet

from harness.compare.model import Comparison
from harness.core.config import load_config
from harness.core.types import Case
from harness.pipeline import asking, tuning
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import Prepared
from harness.pipeline.tuning import tune_agent
from harness.pipeline.tuning_ask import Asking
from harness.pipeline.tuning_begin import TuningOptions
from harness.pipeline.tuning_test import put_to_the_test
from harness.report.tuning import TuningReport
from harness.tune.candidate import Candidate
from harness.tune.optimise_model import Plan

NEUTRAL = "\n\nTake care of detail "
SEEDS = 100
MOST_CLAIMS = 10


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
    Path("tester.md").write_text(
        AGENT.replace("- ❌ NEVER hardcode secrets, use environment variables\n", "")
    )
    Path("cases.yaml").write_text(dataset(60).replace(", config/no-hardcoded-values", ""))


def tuned(script: Obedient, monkeypatch: pytest.MonkeyPatch, rounds: int) -> TuningReport:
    monkeypatch.setattr(asking, "open_provider", lambda model, options: InProcess(script, model))
    # A store of its own for each seed: answers of one must not serve another.
    Path("harness.toml").write_text(f'store = "samples-{script.seed}.db"\n')
    options = replace(
        RunOptions.of(load_config(Path.cwd())),
        agent=Path("tester.md"),
        suite=("cases.yaml",),
        model="anthropic:m",
        trials=1,
        seed=script.seed,
    )
    plan = Plan(rounds=rounds, batch=1, seed=script.seed)
    how = TuningOptions(plan, "anthropic:r", shares=(0.1, 0.6, 0.3), max_growth=1.0)
    return tune_agent(options, how, Quiet()).report


def claims(seeds: Sequence[int], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many of some seeds claim an improvement where there is none."""

    def neutral(prompt: str, asked: int) -> str:
        return f"{prompt.split(NEUTRAL, 1)[0]}{NEUTRAL}{asked}."

    return sum(tuned(Obedient(lambda prompt: 0.5, neutral, seed), monkeypatch, 16).improved for seed in seeds)


def test_where_nothing_is_planted_claims_are_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    assert claims(range(1_000, 1_002), monkeypatch) <= 1


def test_what_is_planted_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def propose(prompt: str, asked: int) -> str:
        return (
            f"{prompt}\n\n{HELPFUL}" if asked % 2 and HELPFUL not in prompt else f"{prompt}{NEUTRAL}{asked}."
        )

    script = Obedient(propose=propose)
    assert (HELPFUL in (report := tuned(script, monkeypatch, 4)).after, report.improved) == (True, True)


@pytest.mark.full
def test_of_a_hundred_seeds_few_claim_what_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert claims(range(SEEDS), monkeypatch) <= MOST_CLAIMS


@pytest.mark.full
def test_a_search_that_saw_its_test_would_claim_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation can tell: were the candidate tested on what it was chosen by, it would turn red."""

    def broken(
        prepared: Prepared, candidate: Candidate, cases: Sequence[Case], fresh: int, *rest: object
    ) -> Comparison:
        work = rest[0]
        assert isinstance(work, Asking)
        known = set(cases)
        seen = [case for case in prepared.compliance if case not in known]
        return put_to_the_test(prepared, candidate, seen, 1, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(tuning, "put_to_the_test", broken)
    assert claims(range(SEEDS), monkeypatch) > MOST_CLAIMS
