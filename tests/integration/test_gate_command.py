"""``harness gate`` in a git repository, with a stochastic model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gate_project import CASES, RULE, edit, git, make_repository, stochastic
from messages_api import MessagesApi
from run_project import MODEL, NO_CONSOLE, Command, Ran

PROJECT_LOGGER = "always-use-the-project-logger-in-utils-logger"


@pytest.fixture
def repository(small_project: Path) -> Path:
    """The small project with a larger suite, committed."""
    make_repository(small_project)
    return small_project


@pytest.fixture
def server(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    """A model that mostly obeys a rule that is in its prompt, and mostly does not without."""
    assert repository.is_dir()
    with stochastic() as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield running


@pytest.fixture
def gate(harness: Command, server: MessagesApi) -> Callable[..., Ran]:
    """Gate an agent of the repository."""

    def run(*arguments: str) -> Ran:
        return harness(
            "gate", *arguments, "--suite", "datasets/tester/compliance.yaml", *MODEL, "--trials", "2"
        )

    return run


def test_an_edit_that_deletes_a_rule_is_red(repository: Path, gate: Callable[..., Ran]) -> None:
    """The rule is still decided, though the new file has it no longer."""
    edit(repository, RULE, "")
    assert gate("agents/tester.md", "--against", "git:HEAD").code == 1


def test_the_deleted_rule_is_named(repository: Path, gate: Callable[..., Ran]) -> None:
    """So that the author knows which."""
    edit(repository, RULE, "")
    (agent,) = gate("agents/tester.md", "--against", "git:HEAD", "--json").document["agents"]
    regressed = [one["rule"] for one in agent["comparison"]["rules"] if one["decision"] == "regressed"]
    assert NO_CONSOLE in regressed


def test_an_unchanged_prompt_is_green(gate: Callable[..., Ran]) -> None:
    """Both sides are the same answers."""
    assert gate("agents/tester.md", "--against", "git:HEAD", "--json").document["light"] == "green"


def test_a_rule_is_told_with_its_line_in_the_file_of_today(
    repository: Path, gate: Callable[..., Ran]
) -> None:
    """Two lines were put above it, and its words changed so that the model no longer obeys."""
    edit(repository, "You are a backend engineer.", "You are a backend engineer.\n\nBe brief.")
    edit(repository, "NEVER use console.log or console.error", "NEVER use console logging or console errors")
    (agent,) = gate("agents/tester.md", "--against", "git:HEAD", "--json").document["agents"]
    lines = {one["rule"]: one["line"] for one in agent["comparison"]["rules"]}
    assert lines[PROJECT_LOGGER] == 19


def test_suspects_are_asked_again(repository: Path, gate: Callable[..., Ran]) -> None:
    """Cells that always passed and now always fail get fresh trials with both prompts."""
    edit(repository, RULE, "")
    (agent,) = gate("agents/tester.md", "--against", "git:HEAD", "--json").document["agents"]
    fresh = agent["confirmations"][0]["fresh"]
    assert fresh["passed_before"] + fresh["failed_before"] == 12


def test_only_changed_agents_are_gated(repository: Path, gate: Callable[..., Ran]) -> None:
    """The painter did not change."""
    edit(repository, "You are a backend engineer.", "You are a careful backend engineer.")
    gated = gate("--changed-since", "HEAD", "--against", "git:HEAD", "--json").document["agents"]
    assert [one["path"] for one in gated] == ["agents/tester.md"]


def test_nothing_changed_is_green_without_a_call(gate: Callable[..., Ran], server: MessagesApi) -> None:
    """No agent differs: nothing is asked."""
    assert (gate("--changed-since", "HEAD", "--against", "git:HEAD").code, server.seen) == (0, [])


def share_rules(repository: Path, name: str) -> None:
    """Commit an agent that includes a file of rules, and change that file afterwards."""
    file = repository / "agents" / name
    file.write_text("# Shared\n\n## Rules\n- NEVER use eval\n")
    (repository / "agents/tester.harness.yaml").write_text(f"include: [{name}]\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "shared rules")
    file.write_text("# Shared\n\n## Rules\n- NEVER use eval or exec\n")


def test_an_included_file_counts_as_a_change(repository: Path, gate: Callable[..., Ran]) -> None:
    """The rules of a shared file belong to the agents that include it."""
    share_rules(repository, "shared.txt")
    gated = gate("--changed-since", "HEAD", "--against", "git:HEAD", "--json").document["agents"]
    assert [one["agent"] for one in gated] == ["tester"]


def test_base_and_head_are_asked_in_turns(
    repository: Path, gate: Callable[..., Ran], server: MessagesApi
) -> None:
    """So that a model that drifts during the run does not look like an edit."""
    edit(repository, RULE, "")
    gate("agents/tester.md", "--against", "git:HEAD")
    with_rule = ["console.log" in str(seen.body["system"]) for seen in server.seen[: 4 * CASES]]
    assert sum(with_rule[: 2 * CASES]) == pytest.approx(CASES, abs=6)


def test_a_stored_baseline_is_held_against(
    repository: Path, gate: Callable[..., Ran], harness: Command
) -> None:
    """The rule that the new file lost is decided all the same."""
    suite = ("datasets/tester/compliance.yaml", "--no-routing", "--trials", "2")
    folder = harness("run", *suite, *MODEL, "--json").document["run"]
    harness("baseline", folder)
    edit(repository, RULE, "")
    assert gate("agents/tester.md", "--baseline", "reports/baselines/tester.json").code == 1


def test_an_unknown_commit_is_told(gate: Callable[..., Ran]) -> None:
    """One clear line, exit code 2, with what CI users must do."""
    said = gate("agents/tester.md", "--against", "git:nowhere")
    assert (said.code, "no such commit here" in said.err) == (2, True)


def test_a_new_agent_has_nothing_to_be_held_against(repository: Path, gate: Callable[..., Ran]) -> None:
    """It was not there at the commit."""
    (repository / "agents/fresh.md").write_text("---\nname: fresh\ndescription: d\n---\n- NEVER use eval\n")
    assert "was not there at HEAD" in gate("agents/fresh.md", "--against", "git:HEAD").err


def test_the_demonstration_model_may_not_gate(repository: Path, harness: Command) -> None:
    """Unless the policy names it."""
    assert repository.is_dir()
    said = harness("gate", "agents/tester.md", "--against", "git:HEAD")
    assert (said.code, "demonstration model" in said.err) == (2, True)


def test_a_model_that_is_not_on_the_list_may_not_gate(repository: Path, gate: Callable[..., Ran]) -> None:
    """gate.models is the list."""
    (repository / "harness.toml").write_text('[gate]\nmodels = ["anthropic:other"]\n')
    assert "lets anthropic:other gate" in gate("agents/tester.md", "--against", "git:HEAD").err


def test_something_to_compare_with_must_be_named(gate: Callable[..., Ran]) -> None:
    """Neither a commit nor a baseline: one clear line."""
    assert "--against git:REF, or --baseline FILE" in gate("agents/tester.md").err


def test_a_folder_outside_git_is_told(harness: Command, model_server: MessagesApi) -> None:
    """The project is no repository."""
    assert model_server.url
    said = harness("gate", "agents/tester.md", "--against", "git:main", *MODEL)
    assert (said.code, len(said.err.strip().splitlines())) == (2, 1)


def test_a_baseline_of_another_model_is_refused_before_anything_is_asked(
    repository: Path, gate: Callable[..., Ran], harness: Command, server: MessagesApi
) -> None:
    """A difference would not be the prompt's."""
    suite = ("datasets/tester/compliance.yaml", "--no-routing")
    harness("baseline", harness("run", *suite, "--model", "anthropic:other", "--json").document["run"])
    asked = len(server.seen)
    said = gate("agents/tester.md", "--baseline", "reports/baselines/tester.json")
    assert (said.code, "answered by anthropic:other" in said.err, len(server.seen)) == (2, True, asked)


def test_a_baseline_of_another_suite_is_refused_before_anything_is_asked(
    repository: Path, gate: Callable[..., Ran], harness: Command, server: MessagesApi
) -> None:
    """What differs is named; nothing is paid for."""
    suite = ("datasets/tester/compliance.yaml", "--no-routing", "--limit", "3")
    harness("baseline", harness("run", *suite, *MODEL, "--json").document["run"])
    asked = len(server.seen)
    said = gate("agents/tester.md", "--baseline", "reports/baselines/tester.json")
    assert (said.code, "different cases" in said.err, len(server.seen)) == (2, True, asked)


def test_a_new_agent_does_not_stop_the_others(repository: Path, gate: Callable[..., Ran]) -> None:
    """It is told, and the agents that were there are gated; a README is no agent."""
    (repository / "agents/fresh.md").write_text("---\nname: fresh\ndescription: d\n---\n- NEVER use eval\n")
    (repository / "agents/README.md").write_text("# Our agents\n")
    said = gate("--changed-since", "HEAD", "--against", "git:HEAD")
    assert (said.code, "fresh.md: was not there at HEAD" in said.err) == (0, True)


def test_a_page_shows_both_prompts(repository: Path, gate: Callable[..., Ran]) -> None:
    """Also the earlier one, which only git still has."""
    edit(repository, RULE, "")
    gate("agents/tester.md", "--against", "git:HEAD", "--html", "page.html")
    page = Path("page.html").read_text(encoding="utf-8")
    assert ("1 line gone or changed" in page, "harness-gate-" in page) == (True, False)


def test_a_file_of_shared_rules_is_no_agent(repository: Path, gate: Callable[..., Ran]) -> None:
    """Though it lies among the agents: those that include it are gated."""
    share_rules(repository, "shared.md")
    plan = gate("--changed-since", "HEAD", "--against", "git:HEAD", "--dry-run", "--json").document
    assert [one["path"] for one in plan["agents"]] == ["agents/tester.md"]
