"""``harness run`` as a user runs it: what is asked, and the document that comes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from messages_api import MessagesApi
from run_project import (
    COMPLIANCE_QUESTIONS,
    MODEL,
    NO_CONSOLE,
    ROUTING_QUESTIONS,
    SHORTER,
    Command,
    finish,
    manifest,
    questions,
    runs,
    start,
)

pytestmark = pytest.mark.usefixtures("small_project", "model_server")

SCORE_KEYS = set(
    "rule check variant mean low high n missing omitted vacuous not_applicable undecided error".split()
)


def test_json_is_the_documented_document_and_nothing_else(
    small_project: Path, model_server: MessagesApi
) -> None:
    """Standard output is one document, equal to results.json; standard error is one line of plan."""
    ran = finish(start(small_project, "run", *MODEL, "--json", url=model_server.url))
    stored = json.loads((small_project / ran.folder / "results.json").read_text(encoding="utf-8"))
    keys = {"run", "agent", "model", "scores", "routing", "uncovered", "usage", "warnings"}
    assert (ran.code, ran.out.count("\n"), ran.document == stored, ran.document.keys() >= keys) == (
        0,
        1,
        True,
        True,
    )
    plan = "4 compliance cases, 6 routing cases: 10 answers wanted from anthropic:m; about "
    assert (ran.err.startswith(plan), ran.err.endswith("; price unknown\n"), ran.err.count("\n")) == (
        True,
        True,
        1,
    )


def test_scores_are_one_row_per_rule_and_variant_and_one_over_all(harness: Command) -> None:
    rows = harness("run", *MODEL, "--json").document["scores"]
    assert [row["rule"] for row in rows] == [
        "*",
        NO_CONSOLE,
        "always-use-the-project-logger-in-utils-logger",
        "always-explain-your-reasoning-for-each-decision-in",
    ]
    assert all(row.keys() >= SCORE_KEYS for row in rows)


def test_a_rule_is_scored_by_what_the_answers_hold(harness: Command) -> None:
    """Of two answers with code one logs to the console; the two in prose have nothing to decide."""
    row = harness("run", *MODEL, "--json").scores()["base"]
    assert (row["mean"], row["n"], row["missing"], row["not_applicable"]) == (0.5, 2, 0, 2)


def test_an_always_rule_that_the_case_names_is_omitted_by_prose(harness: Command) -> None:
    scores = harness("run", *MODEL, "--json").scores("always-use-the-project-logger-in-utils-logger")
    assert scores["base"]["omitted"] == 1


def test_a_run_leaves_its_files(harness: Command) -> None:
    folder = harness("run", *MODEL, "--json").folder
    assert {path.name for path in folder.iterdir()} == {
        "decided.json",
        "manifest.json",
        "report.html",
        "results.json",
        "verdicts.csv",
    }


def test_the_manifest_of_a_whole_run_is_complete_and_names_every_call(harness: Command) -> None:
    written = manifest(harness("run", *MODEL, "--json").folder)
    assert (written["status"], len(written["samples"])) == (
        "complete",
        COMPLIANCE_QUESTIONS + ROUTING_QUESTIONS,
    )
    assert written["models_served"] == ["m-served"]


def test_variants_are_scored_beside_the_base_against_the_same_rules(
    harness: Command, small_project: Path
) -> None:
    """A variant is called after its file; a rule that its prompt lacks is still decided."""
    (small_project / "none.md").write_text(SHORTER.replace("brief", "kind"), encoding="utf-8")
    ran = harness("run", "tester", *MODEL, "--variant", "shorter.md", "--variant", "none.md", "--json")
    assert {name: row["n"] for name, row in ran.scores().items()} == {"base": 2, "shorter": 2, "none": 2}


def test_a_variant_gets_its_own_prompt(harness: Command, model_server: MessagesApi) -> None:
    harness("run", "tester", *MODEL, "--variant", "shorter.md", "--no-routing")
    prompts = {seen.body["system"] for seen in model_server.seen}
    assert {prompt.strip()[:9] for prompt in prompts} == {"You are a", "Be brief."}


def test_a_variant_takes_its_place_in_the_roster(harness: Command) -> None:
    ran = harness("run", "datasets", *MODEL, "--variant", "shorter.md", "--json")
    assert {("model", "base"), ("model", "shorter"), ("baseline", "base")} == set(ran.routers())


def test_trials_ask_each_case_so_often(harness: Command, model_server: MessagesApi) -> None:
    row = harness("run", "tester", *MODEL, "--trials", "3", "--no-routing", "--json").scores()["base"]
    assert (len(model_server.seen), row["n"]) == (3 * COMPLIANCE_QUESTIONS, 6)


def test_a_limit_holds_for_each_kind(harness: Command, model_server: MessagesApi) -> None:
    harness("run", *MODEL, "--limit", "2")
    counts = [len(questions(model_server, routing=routing)) for routing in (False, True)]
    assert counts == [2, 2]


def test_a_pattern_chooses_cases_by_id(harness: Command, model_server: MessagesApi) -> None:
    harness("run", *MODEL, "--case", "o*", "--case", "weather")
    assert {seen.question for seen in model_server.seen} == {
        "Write an endpoint for orders",
        "What is the weather?",
    }


def test_a_tag_chooses_cases(harness: Command, model_server: MessagesApi) -> None:
    harness("run", *MODEL, "--tag", "node")
    assert questions(model_server, routing=False) == [
        "Write an endpoint for users",
        "Write an endpoint for orders",
    ]


def test_quick_takes_the_declared_subset_with_short_answers(
    harness: Command, model_server: MessagesApi
) -> None:
    Path("harness.toml").write_text("[quick]\nmax_tokens = 77\n", encoding="utf-8")
    harness("run", *MODEL, "--quick")
    asked = {(seen.question, seen.body["max_tokens"]) for seen in model_server.seen}
    assert asked == {("Write an endpoint for users", 77), ("Build an endpoint", 256)}


def test_without_routing_no_routing_case_is_asked(harness: Command, model_server: MessagesApi) -> None:
    document = harness("run", *MODEL, "--no-routing", "--json").document
    assert (questions(model_server, routing=True), document["routing"]) == ([], {})


def test_an_agents_name_means_all_its_cases(harness: Command, model_server: MessagesApi) -> None:
    """Its datasets and its dialogues, and no routing dataset."""
    harness("run", "tester", *MODEL)
    assert len(questions(model_server, routing=False)) == COMPLIANCE_QUESTIONS
    assert questions(model_server, routing=True) == ["Build an endpoint for invoices"]


def test_a_dataset_is_run_without_the_dialogues_of_the_agent(
    harness: Command, model_server: MessagesApi
) -> None:
    harness("run", "datasets/tester/compliance.yaml", *MODEL)
    assert "Build an endpoint for invoices" not in {seen.question for seen in model_server.seen}


def test_another_agent_file_brings_its_own_rules(harness: Command, small_project: Path) -> None:
    """The dataset's references to rules that the file does not have are named, not counted."""
    other = "---\nname: tester\n---\nYou test.\n\n## Rules\n- NEVER use console.log\n"
    (small_project / "other.md").write_text(other, encoding="utf-8")
    document = harness("run", "datasets/tester", *MODEL, "--agent", "other.md", "--json").document
    assert [row["check"] for row in document["scores"]] == ["", "logging/no-console"]
    assert any("logging/project-logger" in warning for warning in document["warnings"])


def test_a_colleague_is_not_asked_the_questions_of_another_agent(
    harness: Command, model_server: MessagesApi
) -> None:
    """Without a suite, --agent takes the datasets of that agent and the routing cases."""
    harness("run", *MODEL, "--agent", "agents/painter.md")
    assert questions(model_server, routing=False) == []
    assert len(questions(model_server, routing=True)) == ROUTING_QUESTIONS - 1


def test_an_agent_file_alone_is_run_from_its_dialogues(
    harness: Command,
    model_server: MessagesApi,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No project, no dataset, no roster: the dialogue is asked, and it is said that nobody was routed."""
    agent = str(Path("agents/tester.md").resolve())
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    ran = harness("run", *MODEL, "--agent", agent, "--json")
    assert [seen.question for seen in model_server.seen] == ["Build an endpoint for invoices"]
    assert "routing was not measured" in ran.document["warnings"][0]


def test_agents_without_datasets_are_routed_among(
    harness: Command, model_server: MessagesApi, small_project: Path
) -> None:
    """A user's own project that has nothing but agent files."""
    for path in sorted((small_project / "datasets").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    ran = harness("run", *MODEL, "--agent", "agents/tester.md", "--json")
    assert ran.routers()["model", "base"]["accuracy"] == 1.0
    assert len(model_server.seen) == 2


def test_a_dialogue_is_a_case_of_both_kinds_and_neither_hides_the_other(harness: Command) -> None:
    """The ids are the same; the page still shows the answer."""
    folder = harness("run", "tester", *MODEL, "--case", "tester/dialogue-1", "--json").folder
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert ("First the model, then the endpoint." in page, "1 message" in page) == (True, True)


def test_a_run_can_be_replayed_from_its_folder(harness: Command, model_server: MessagesApi) -> None:
    """The manifest finds its store, wherever the command is run."""
    first = harness("run", *MODEL, "--json")
    asked = len(model_server.seen)
    second = harness("run", "--model", f"replay:{first.folder}", "--json")
    assert (second.document["scores"], len(model_server.seen)) == (first.document["scores"], asked)


def test_rules_that_no_case_exercises_are_printed(harness: Command) -> None:
    ran = harness("run", *MODEL)
    assert "exercised by no case: always-explain-your-reasoning" in " ".join(ran.out.split())


def test_the_summary_names_the_page(harness: Command, small_project: Path) -> None:
    out = harness("run", *MODEL).out
    assert out.splitlines()[-1] == f"Report: reports/{runs(small_project)[0].name}/report.html"


def test_the_suite_in_the_manifest_is_files_not_folders(harness: Command) -> None:
    suite = manifest(harness("run", *MODEL, "--json").folder)["suite"]
    assert [entry["path"] for entry in suite] == ["datasets/routing.yaml", "datasets/tester/compliance.yaml"]
