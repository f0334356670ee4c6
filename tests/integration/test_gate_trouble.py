"""``harness gate`` when something goes wrong, and before it is run: every agent gets what can be had."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gate_project import CASES, RULE, edit, git, make_repository, stochastic
from junitparser import JUnitXml
from messages_api import Fault, MessagesApi, Seen
from run_project import MODEL, NO_CONSOLE, Command, Ran

AGAINST = ("--against", "git:HEAD", "--suite", "datasets/tester/compliance.yaml", *MODEL)


@pytest.fixture
def repository(small_project: Path) -> Path:
    """The small project with a larger suite, committed."""
    make_repository(small_project)
    return small_project


@pytest.fixture
def faults() -> list[Callable[[Seen], Fault | None]]:
    """What the server does wrong; a test appends to it."""
    return []


@pytest.fixture
def server(
    repository: Path, monkeypatch: pytest.MonkeyPatch, faults: list[Callable[[Seen], Fault | None]]
) -> Iterator[MessagesApi]:
    """The model."""
    assert repository.is_dir()

    def fault(seen: Seen) -> Fault | None:
        return next((found for one in faults if (found := one(seen)) is not None), None)

    with stochastic(fault) as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield running


@pytest.fixture
def gate(harness: Command, server: MessagesApi) -> Callable[..., Ran]:
    """Gate agents of the repository against the commit."""
    assert server.url
    return lambda *arguments: harness("gate", *arguments, *AGAINST)


def test_the_error_of_one_agent_loses_no_other(repository: Path, gate: Callable[..., Ran]) -> None:
    """The second was not there at the commit: the first is red, and told in the file; wrong input wins."""
    edit(repository, RULE, "")
    (repository / "agents/fresh.md").write_text("---\nname: fresh\ndescription: d\n---\n- NEVER use eval\n")
    said = gate("agents/fresh.md", "agents/tester.md", "--junit", "gate.xml")
    suites = {one.name: one.errors for one in JUnitXml.fromfile("gate.xml")}
    assert (said.code, suites) == (2, {"tester": 0, "agents/fresh.md": 1})


def test_an_unwritable_file_keeps_no_other_from_being_written(
    repository: Path, gate: Callable[..., Ran]
) -> None:
    """What was paid for is told."""
    (repository / "taken").write_text("a file")
    said = gate("agents/tester.md", "--junit", "taken/gate.xml", "--markdown", "gate.md", "--json")
    written = (repository / "gate.md").is_file()
    assert (said.code, written, said.document["light"]) == (3, True, "green")


def test_fresh_trials_that_fail_are_no_verdict_about_the_prompt(
    repository: Path,
    gate: Callable[..., Ran],
    faults: list[Callable[[Seen], Fault | None]],
    server: MessagesApi,
) -> None:
    """The server refuses all that is asked again: the drop stands, the exit code says what is missing."""
    edit(repository, RULE, "")
    refusal = Fault(status=400, kind="invalid_request_error", message="no more")
    faults.append(lambda _: refusal if len(server.seen) > 4 * CASES else None)
    said = gate("agents/tester.md", "--trials", "2", "--json")
    (trouble,) = said.document["errors"]
    assert (said.code, said.document["light"], "fresh answers" in trouble["message"]) == (3, "red", True)


def test_too_many_missing_answers_are_no_verdict(
    repository: Path, gate: Callable[..., Ran], faults: list[Callable[[Seen], Fault | None]]
) -> None:
    """A third of the questions fails: whatever the others say, the light is none."""
    edit(repository, RULE, "")
    refusal = Fault(status=400, kind="invalid_request_error", message="not this one")
    faults.append(lambda seen: refusal if "service 1" in seen.question else None)
    said = gate("agents/tester.md", "--json")
    assert (said.code, said.document["light"]) == (3, "none")


def test_a_budget_ends_the_gate_cleanly(repository: Path, gate: Callable[..., Ran]) -> None:
    """Exit code 3, and the reason in one line."""
    edit(repository, RULE, "")
    said = gate("agents/tester.md", "--max-tokens-total", "5000", "--json")
    (trouble,) = said.document["errors"]
    assert (said.code, "budget" in trouble["message"]) == (3, True)


def test_the_budget_is_shared_by_the_agents(
    repository: Path, gate: Callable[..., Ran], server: MessagesApi
) -> None:
    """Two agents that want more than there is: each is asked about."""
    painter = repository / "agents/painter.md"
    painter.write_text(painter.read_text(encoding="utf-8") + RULE, encoding="utf-8")
    git(repository, "commit", "-q", "-am", "the painter has a rule")
    painter.write_text(painter.read_text(encoding="utf-8") + "Be brief.\n", encoding="utf-8")
    edit(repository, RULE, "")
    gate("agents/tester.md", "agents/painter.md", "--max-tokens-total", "10000")
    prompts = {"painter" if "You paint" in str(seen.body["system"]) else "tester" for seen in server.seen}
    assert prompts == {"painter", "tester"}


def test_answers_that_were_stored_before_are_told(repository: Path, gate: Callable[..., Ran]) -> None:
    """The base was asked in an earlier run: what the model has become since looks like the edit."""
    gate("agents/tester.md")
    edit(repository, RULE, "")
    (agent,) = gate("agents/tester.md", "--json").document["agents"]
    assert any("stored before this run" in note for note in agent["notes"])


def test_fresh_asks_for_both_sides_now(
    repository: Path, gate: Callable[..., Ran], server: MessagesApi
) -> None:
    """Nothing is taken from the store, and all there is to tell is why routing was not asked."""
    gate("agents/tester.md")
    edit(repository, RULE, "")
    asked = len(server.seen)
    (agent,) = gate("agents/tester.md", "--fresh", "--json").document["agents"]
    before = sum("console.log" in str(seen.body["system"]) for seen in server.seen[asked:])
    assert ([note[:21] for note in agent["notes"]], before >= CASES) == (["routing was not asked"], True)


def test_a_rule_that_is_gone_is_told_as_gone(repository: Path, gate: Callable[..., Ran]) -> None:
    """Its old line is that of another rule now."""
    edit(repository, RULE, "")
    (agent,) = gate("agents/tester.md", "--trials", "2", "--json").document["agents"]
    lines = {one["rule"]: one["line"] for one in agent["comparison"]["rules"]}
    told = [one for one in agent["reasons"] if one.startswith(NO_CONSOLE)]
    assert (lines[NO_CONSOLE], "it was in line 16" in told[0]) == (None, True)


@pytest.mark.parametrize(("trials", "said"), [(3, "can never confirm"), (5, "4 suspicions at once")])
def test_too_few_fresh_trials_are_told_before_anything_is_asked(
    repository: Path, gate: Callable[..., Ran], server: MessagesApi, trials: int, said: str
) -> None:
    """Three of each prompt can confirm nothing within the error budget, five at most four suspicions."""
    (repository / "harness.toml").write_text(f"[gate]\nconfirm_trials = {trials}\n")
    told = gate("agents/tester.md", "--dry-run").out
    assert (said in told, server.seen) == (True, [])


def test_what_cannot_be_confirmed_is_not_asked_about(
    repository: Path, gate: Callable[..., Ran], server: MessagesApi
) -> None:
    """Fresh trials that could confirm nothing would only cost; the suspicions are told."""
    (repository / "harness.toml").write_text("[gate]\nconfirm_trials = 3\n")
    edit(repository, RULE, "")
    (agent,) = gate("agents/tester.md", "--json").document["agents"]
    told = any("could confirm 0 at most" in reason for reason in agent["reasons"])
    assert (len(server.seen), agent["confirmations"], told) == (2 * CASES, [], True)


def test_a_dry_run_asks_nothing(repository: Path, gate: Callable[..., Ran], server: MessagesApi) -> None:
    """It tells what would be."""
    edit(repository, RULE, "")
    (agent,) = gate("agents/tester.md", "--trials", "2", "--dry-run", "--json").document["agents"]
    assert (agent["wanted"], agent["calls"], server.seen) == (4 * CASES, 4 * CASES, [])


def test_a_dry_run_knows_what_stored_answers_decide(repository: Path, gate: Callable[..., Ran]) -> None:
    """After a run: which rules have the cases to turn red, and how large a drop would be seen."""
    gate("agents/tester.md")
    edit(repository, RULE, "")
    (agent,) = gate("agents/tester.md", "--dry-run", "--json").document["agents"]
    able = {one["rule"] for one in agent["rules"] if one["can_be_red"]}
    assert (NO_CONSOLE in able, agent["stored"], 0 < agent["minimum_detectable"] < 1) == (True, CASES, True)


def test_a_dry_run_against_a_commit_that_does_not_exist_is_wrong_input(
    server: MessagesApi, harness: Command
) -> None:
    """As the gate itself says, in one line."""
    assert server.url
    said = harness("gate", "agents/tester.md", "--against", "git:nowhere", *MODEL, "--dry-run")
    assert (said.code, "no such commit here" in said.out) == (2, True)


def test_a_link_out_of_the_repository_is_told(
    repository: Path, gate: Callable[..., Ran], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """How the file was at the commit cannot be known."""
    outside = tmp_path_factory.mktemp("outside") / "real.md"
    (repository / "agents/tester.md").rename(outside)
    (repository / "agents/tester.md").symlink_to(outside)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "link")
    said = gate("agents/tester.md")
    assert (said.code, "leads out of the repository" in said.out) == (2, True)


def test_a_shared_file_beside_the_folder_is_read_as_it_was(
    repository: Path, gate: Callable[..., Ran]
) -> None:
    """``include: [../shared/rules.md]``: the rule that was deleted there is still decided."""
    (repository / "shared").mkdir()
    (repository / "shared/rules.md").write_text(f"## Shared\n{RULE}- NEVER use eval\n")
    (repository / "agents/tester.harness.yaml").write_text("include: [../shared/rules.md]\n")
    edit(repository, RULE, "")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "shared")
    (repository / "shared/rules.md").write_text("## Shared\n- NEVER use eval\n")
    (agent,) = gate("--changed-since", "HEAD", "--json").document["agents"]
    lines = {one["rule"]: one["line"] for one in agent["comparison"]["rules"]}
    assert (agent["path"], lines[NO_CONSOLE]) == ("agents/tester.md", None)


def test_a_rule_of_a_shared_file_is_told_in_that_file(
    repository: Path, gate: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule stands there still, a line below; the prompt lost what made the model obey."""
    (repository / "shared").mkdir()
    (repository / "shared/rules.md").write_text(f"## Shared\n{RULE}")
    (repository / "agents/tester.harness.yaml").write_text("include: [../shared/rules.md]\n")
    edit(repository, RULE, "")
    edit(repository, "You are a backend engineer.", "You are a backend engineer. Not through console.log.")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "shared")
    (repository / "shared/rules.md").write_text(f"## Shared\n\n{RULE}")
    edit(repository, " Not through console.log.", "")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "::error file=shared/rules.md,line=3," in gate("agents/tester.md").err


def test_an_agent_of_which_nothing_can_be_decided_is_refused_before_anything_is_asked(
    repository: Path, gate: Callable[..., Ran], server: MessagesApi
) -> None:
    """Answers that no check looks at would be paid for in vain."""
    assert repository.is_dir()
    said = gate("agents/painter.md")
    assert (said.code, "no check decides any of the rules" in said.err, server.seen) == (2, True, [])


def test_the_document_is_one_json_value(repository: Path, gate: Callable[..., Ran]) -> None:
    """Whatever else is said goes to standard error."""
    assert repository.is_dir()
    assert set(json.loads(gate("agents/tester.md", "--json").out)) == {"light", "agents", "errors"}
