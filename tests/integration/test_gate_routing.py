"""Routing in ``harness compare``, ``harness gate`` and baselines: a description that loses its words."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gate_project import edit, git
from messages_api import Answer, Fault, MessagesApi, Seen
from run_project import MODEL, Command, Ran, write_project

AGENTS = {
    "tester": "Builds endpoints and their tests.",
    "painter": "Paints walls.",
    "ghost": "Haunts houses.",
}
MESSAGES = 30
BASELINE = "reports/baselines/tester.json"
Questions = defaultdict[str, list[str]]


@pytest.fixture
def rosters() -> Questions:
    """Question -> the rosters in which it was asked, in order."""
    return defaultdict(list)


@pytest.fixture
def server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rosters: Questions
) -> Iterator[list[Callable[[Seen], Answer | Fault | None]]]:
    """Three agents in a repository; a model that sends a message to the agent whose line has its word.

    What is put into the yielded list answers before it does.
    """
    cases = "\n".join(
        f"  - {{id: m{n}, message: Build endpoint {n}, agent: tester}}\n"
        f"  - {{id: p{n}, message: Paint wall {n}, agent: painter}}"
        for n in range(MESSAGES)
    )
    agents = {
        f"agents/{name}.md": f"---\nname: {name}\ndescription: {text}\n---\nYou do that.\n"
        for name, text in AGENTS.items()
    }
    write_project(tmp_path, {**agents, "datasets/routing.yaml": f"roster: ../agents\ncases:\n{cases}\n"})
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    first: list[Callable[[Seen], Answer | Fault | None]] = []

    def answer(seen: Seen) -> Answer | Fault:
        for other in first:
            if (said := other(seen)) is not None:
                return said
        system = str(seen.body.get("system", ""))
        rosters[seen.question].append(system)
        word = "endpoint" if "endpoint" in seen.question else "Paint"
        named = re.search(rf"- (\w+): [^\n]*{word}", system)
        if named is None:
            return Answer("I do that myself.")
        call = {"description": "d", "prompt": "p", "subagent_type": named[1]}
        return Answer("", "tool_use", ("Agent", call))

    with MessagesApi(answer) as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield first


def gated(harness: Command, *more: str) -> Ran:
    return harness("gate", "agents/tester.md", *more, *MODEL, "--trials", "1")


def spoiled(folder: Path) -> None:
    """Take from the description what its messages are about."""
    edit(folder, "endpoints", "things")


@pytest.mark.usefixtures("server")
def test_a_description_that_loses_its_messages_is_red(tmp_path: Path, harness: Command) -> None:
    """The recall of the edited agent fell from all to none."""
    spoiled(tmp_path)
    assert gated(harness, "--against", "git:HEAD").code == 1


@pytest.mark.usefixtures("server")
def test_the_agent_and_its_messages_are_named(tmp_path: Path, harness: Command) -> None:
    """With the roster's line that changed, and where the messages went."""
    spoiled(tmp_path)
    (agent,) = gated(harness, "--against", "git:HEAD", "--json").document["agents"]
    routing = agent["comparison"]["routing"]
    fallen = [one["agent"] for one in routing["agents"] if one["decision"] == "regressed"]
    flips = {(one["expected"], *one["before"]["chosen"], *one["after"]["chosen"]) for one in routing["flips"]}
    assert (fallen, flips, routing["roster"]["changed"]) == (
        ["tester"],
        {("tester", "tester", "none")},
        ["tester"],
    )


@pytest.mark.usefixtures("server")
def test_the_pages_and_files_of_a_gate_show_where_messages_went(tmp_path: Path, harness: Command) -> None:
    """The comparison page has a section on routing; SARIF and annotations point at the description."""
    spoiled(tmp_path)
    gated(harness, "--against", "git:HEAD", "--html", "gate.html", "--sarif", "gate.sarif")
    (run,) = json.loads(Path("gate.sarif").read_text("utf-8"))["runs"]
    lines = {one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in run["results"]}
    page = Path("gate.html").read_text("utf-8")
    shown = [words in page for words in ("Messages for", "should reach tester: tester before, none now")]
    assert (lines, shown) == ({3}, [True, True])


@pytest.mark.usefixtures("server")
def test_suspected_messages_are_confirmed_by_fresh_trials(tmp_path: Path, harness: Command) -> None:
    """Each with the old roster and with the new one."""
    spoiled(tmp_path)
    (agent,) = gated(harness, "--against", "git:HEAD", "--json").document["agents"]
    counts = {(*one["fresh"].values(), one["confirmed"]) for one in agent["confirmations"]}
    assert counts == {(12, 0, 0, 12, True)}


@pytest.mark.usefixtures("server")
def test_each_side_is_routed_among_its_own_roster(
    tmp_path: Path, harness: Command, rosters: Questions
) -> None:
    """The base's holds the base's description alone, the head's the head's."""
    spoiled(tmp_path)
    gated(harness, "--against", "git:HEAD")
    lines = {tuple(re.findall(r"- tester: Builds (\w+)", one)) for one in rosters["Build endpoint 0"]}
    assert lines == {("endpoints",), ("things",)}


@pytest.mark.usefixtures("server")
def test_a_prompt_edit_routes_nothing(tmp_path: Path, harness: Command, rosters: Questions) -> None:
    """No router sees the prompt, so asking would tell nothing and cost something."""
    edit(tmp_path, "You do that.", "You do that well.")
    gated(harness, "--against", "git:HEAD")
    assert rosters == {}


def test_failed_calls_are_missing_and_never_wrong(tmp_path: Path, harness: Command, server: list) -> None:
    """Too many of them are no verdict, whatever the others say."""
    edit(tmp_path, "Builds endpoints", "Makes endpoints")
    broken = tuple(f"endpoint {number}" for number in range(10, 20))
    server.append(
        lambda seen: Fault(400) if "Makes" in str(seen.body) and seen.question.endswith(broken) else None
    )
    (agent,) = (ran := gated(harness, "--against", "git:HEAD", "--json")).document["agents"]
    routing = agent["comparison"]["routing"]
    assert (ran.code, routing["flips"], routing["delta"]) == (3, [], 0)


@pytest.mark.usefixtures("server")
def test_a_threshold_for_routing_is_held(tmp_path: Path, harness: Command) -> None:
    """Of the new roster, as of any rule."""
    (tmp_path / "harness.toml").write_text("[gate.thresholds]\nrouting = 0.9\n")
    spoiled(tmp_path)
    (agent,) = gated(harness, "--against", "git:HEAD", "--json").document["agents"]
    assert [one.split(":")[0] for one in agent["missed"]] == ["routing"]


@pytest.fixture
def baseline(server: list, harness: Command) -> str:
    """A baseline of the first version."""
    assert server == []
    made = harness("run", "--agent", "agents/tester.md", *MODEL, "--json").document["run"]
    assert harness("baseline", made).code == 0
    return BASELINE


def test_a_baseline_keeps_routing(tmp_path: Path, harness: Command, baseline: str) -> None:
    """The edit is red against it, too, and both rosters are asked afresh: the archive has the old one."""
    spoiled(tmp_path)
    (agent,) = (ran := gated(harness, "--baseline", baseline, "--json")).document["agents"]
    fresh = {tuple(one["fresh"].values()) for one in agent["confirmations"]}
    assert (ran.code, fresh) == (1, {(12, 0, 0, 12)})


def test_a_baseline_without_answers_still_knows_the_choices(
    tmp_path: Path, harness: Command, baseline: str
) -> None:
    """As names per message; its roster can be compared and not asked."""
    (tmp_path / baseline).with_name("tester.answers.jsonl.gz").unlink()
    spoiled(tmp_path)
    (agent,) = gated(harness, "--baseline", baseline, "--json").document["agents"]
    assert agent["comparison"]["routing"]["decision"] == "regressed"


def test_compare_prints_what_went_elsewhere(tmp_path: Path, harness: Command, baseline: str) -> None:
    """The message, whom it should reach, whom it reached, and now reaches."""
    spoiled(tmp_path)
    after = harness("run", "--agent", "agents/tester.md", *MODEL, "--json").document["run"]
    said = harness("compare", baseline, after)
    assert (said.code, "should reach tester: tester before, none now" in " ".join(said.out.split())) == (
        1,
        True,
    )
