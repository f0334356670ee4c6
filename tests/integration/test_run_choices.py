"""Routing, hand-written responses and what a person sees of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from messages_api import Answer, MessagesApi
from run_project import MODEL, PAINTER, ROUTING_QUESTIONS, Command, finish, runs, start

GOLDEN = ("run", "datasets/tester/golden")


def test_choices_are_counted_right_wrong_unknown_and_none(
    model_server: MessagesApi, harness: Command
) -> None:
    """Three of five are right: endpoint, page, weather; a ghost is unknown, one of two is wrong."""
    router = harness("run", "datasets/routing.yaml", *MODEL, "--json").routers()["model", "base"]
    assert (router["accuracy"], router["n"], router["unknown"], router["missing"]) == (0.6, 5, 1, 0)
    cells = {(cell["expected"], cell["predicted"]): cell["count"] for cell in router["confusion"]}
    assert cells == {
        ("tester", "tester"): 1,
        ("painter", "painter"): 1,
        ("none", "none"): 1,
        ("painter", "poltergeist"): 1,
        ("tester", "painter"): 1,
    }


def test_the_lexical_baseline_is_measured_on_the_same_cases(
    model_server: MessagesApi, harness: Command
) -> None:
    routers = harness("run", *MODEL, "--json").routers()
    assert routers["baseline", "base"]["n"] == routers["model", "base"]["n"] == ROUTING_QUESTIONS


def test_several_calls_count_as_the_first(model_server: MessagesApi, harness: Command) -> None:
    """A model that names a second agent has chosen the first."""
    call = {"description": "d", "prompt": "p", "subagent_type": "Tester"}
    model_server.script = Answer("I'll ask.", "tool_use", ("Agent", call))
    ran = harness("run", "datasets/routing.yaml", "--case", "build", *MODEL, "--json")
    assert ran.routers()["model", "base"]["accuracy"] == 1.0


def test_a_run_of_routing_says_that_the_model_was_asked(model_server: MessagesApi, harness: Command) -> None:
    out = harness("run", "datasets/routing.yaml", *MODEL).out
    assert "anthropic:m was asked to choose an agent for 5 messages." in out


def test_a_summary_counts_questions_and_messages(model_server: MessagesApi, harness: Command) -> None:
    out = " ".join(harness("run", *MODEL).out.split())
    assert (
        "anthropic:m answered 4 questions with the prompt of tester and was asked to choose an agent for "
        "6 messages."
    ) in out


def test_a_roster_of_its_own_is_used(
    model_server: MessagesApi, small_project: Path, harness: Command
) -> None:
    """A routing dataset names the folder of its agents; the project's own agents are not needed."""
    (small_project / "crew").mkdir()
    (small_project / "crew/painter.md").write_text(PAINTER, encoding="utf-8")
    dataset = "roster: crew\ncases:\n  - {id: p, message: Paint a page, agent: painter}\n"
    (small_project / "crew.yaml").write_text(dataset, encoding="utf-8")
    (small_project / "agents").rename("unused")
    ran = harness("run", "crew.yaml", *MODEL, "--json")
    assert (ran.document["agent"], ran.routers()["model", "base"]["accuracy"]) == ("crew", 1.0)


def test_golden_responses_need_no_model_and_no_key(small_project: Path, harness: Command) -> None:
    """The embedded model is not even fetched."""
    ran = harness(*GOLDEN, "--json")
    assert (ran.code, ran.scores()["hand-written"]["mean"]) == (0, 0.0)
    assert (ran.err, ran.document["usage"]["asked"]) == ("1 hand-written response; no model is asked\n", 0)


def test_golden_responses_make_no_score_of_a_model(small_project: Path, harness: Command) -> None:
    assert {row["variant"] for row in harness(*GOLDEN, "--json").document["scores"]} == {"hand-written"}


@pytest.mark.parametrize("where", ["terminal", "page"])
def test_hand_written_responses_are_called_so(small_project: Path, harness: Command, where: str) -> None:
    shown = harness(*GOLDEN).out
    if where == "page":
        shown = (runs(small_project)[0] / "report.html").read_text(encoding="utf-8")
    assert "no model wrote" in shown
    assert "1 of 1 labelled verdict came out as labelled" in " ".join(shown.split())


def test_golden_responses_are_chosen_by_their_own_name(small_project: Path, harness: Command) -> None:
    assert harness(*GOLDEN, "--case", "console").code == 0


def test_where_nobody_watches_there_is_one_line_of_plan_and_no_bar(
    model_server: MessagesApi, small_project: Path
) -> None:
    ran = finish(start(small_project, "run", *MODEL, url=model_server.url))
    plan = "4 compliance cases, 6 routing cases: 10 answers wanted from anthropic:m; about "
    assert (ran.err.startswith(plan), ran.err.endswith("; price unknown\n"), ran.err.count("\n")) == (
        True,
        True,
        1,
    )
