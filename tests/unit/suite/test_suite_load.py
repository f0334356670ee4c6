"""Datasets become cases, and every fault in them is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from suite_example import COMPLIANCE, GOLDEN, ROUTING, OneCook, write

from harness.core.errors import DatasetError, InputError
from harness.core.types import Case, CaseKind, Message, Role, SuppliedFile
from harness.suite.load import Suite, compliance_files, load_suite


def load(*paths: Path, strict: bool = True) -> Suite:
    return load_suite(paths, OneCook(), strict=strict)


def cases(tmp_path: Path, text: str) -> tuple[Case, ...]:
    return load(write(tmp_path, "data.yaml", text)).cases


def fault(tmp_path: Path, text: str) -> str:
    path = write(tmp_path, "data.yaml", text)
    with pytest.raises(DatasetError) as caught:
        load(path)
    return str(caught.value).removeprefix(f"{tmp_path}/")


def test_a_check_id_means_every_rule_bound_to_it(tmp_path: Path) -> None:
    """Rule ids stand for themselves; after loading there are only rule ids."""
    assert cases(tmp_path, COMPLIANCE)[0].applies == ("washed", "wiped", "taste")


def test_a_reserved_kind_means_the_rules_of_that_kind(tmp_path: Path) -> None:
    """Datasets may refer to checks that are still to come."""
    text = COMPLIANCE.replace("kitchen/clean", "kitchen/later")
    assert cases(tmp_path, text)[0].applies == ("stored", "taste")


def test_a_prompt_is_one_user_turn(tmp_path: Path) -> None:
    """The short form of a conversation."""
    assert cases(tmp_path, COMPLIANCE)[0].messages == (Message(Role.USER, "Make a soup"),)


def test_messages_are_a_conversation(tmp_path: Path) -> None:
    """The long form keeps who said what."""
    roles = [message.role for message in cases(tmp_path, COMPLIANCE)[1].messages]
    assert roles == [Role.USER, Role.ASSISTANT, Role.USER]


def test_supplied_files_come_with_the_case(tmp_path: Path) -> None:
    """Path and text are taken over as they are."""
    assert cases(tmp_path, COMPLIANCE)[1].files == (SuppliedFile("recipes/cake.md", "flour\n"),)


def test_a_case_knows_where_it_comes_from(tmp_path: Path) -> None:
    """The report can lead back to the line."""
    assert [case.provenance.rpartition(":")[2] for case in cases(tmp_path, COMPLIANCE)] == ["3", "9"]


def test_a_routing_case_expects_an_agent_or_none(tmp_path: Path) -> None:
    """The kind of a file shows in its content."""
    loaded = cases(tmp_path, ROUTING)
    assert [(case.kind, case.expected_agent) for case in loaded] == [
        (CaseKind.ROUTING, "cook"),
        (CaseKind.ROUTING, "none"),
    ]


def test_the_roster_is_relative_to_the_dataset(tmp_path: Path) -> None:
    """A dataset can be moved together with its agents."""
    (tmp_path / "agents").mkdir()
    path = write(tmp_path, "data/routing.yaml", "roster: ../agents\n" + ROUTING)
    assert load(path).rosters["hungry"] == tmp_path / "data" / ".." / "agents"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("applies:", "aplies:", "data.yaml:5: unknown key 'aplies'; did you mean 'applies'?"),
        ("kitchen/clean", "kitchen/claen", "data.yaml:5: no check has the id 'kitchen/claen'; did you mean"),
        ("kitchen/clean", "kitchen/unbound", "data.yaml:5: no rule of the agent 'cook' is bound to"),
        ("taste]", "tasty]", "data.yaml:5: the agent 'cook' has no rule 'tasty'; did you mean 'taste'?"),
        ("[dessert]", "[washed]", "data.yaml:6: the rule 'washed' stands under `applies` as well; keep one"),
        ("[dessert]", "[taste]", "data.yaml:3: cases[1]: 'taste' stands under both"),
        ("id: cake", "id: soup", "data.yaml:9: the id 'soup' is taken by the case at"),
        ("id: cake", "id: A Cake", "data.yaml:9: cases[2].id: string should match pattern"),
        ("prompt: Make a soup", "prompt: 7", "data.yaml:4: cases[1].prompt must be a text, not 7"),
        ("prompt: Make a soup", "note: x", "data.yaml:3: cases[1]: write either `prompt` or `messages`"),
        ("agent: cook", "agent: smith", "data.yaml:1: the agent 'smith' cannot be used: there is no agent"),
        ("agent: cook\n", "", "data.yaml:1: not a dataset"),
        ("  - {role: user, text: A cake}\n", "", "must end with a user turn"),
        ("recipes/cake.md", "../cake.md", "data.yaml:14: cases[2].files[1].path: '../cake.md' must be"),
        ("recipes/cake.md", "/etc/passwd", "must be a path inside the project"),
        ("cases:", "cases: [", "data.yaml:3: not valid YAML"),
    ],
)  # fmt: skip
def test_a_faulty_compliance_dataset_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    """The message has the line, what was found, and what to do."""
    assert message in fault(tmp_path, COMPLIANCE.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "agent: cook",
            "agent: cok",
            "data.yaml:2: no agent of the roster is named 'cok'; did you mean 'cook'?",
        ),
        (", agent: none", "", "data.yaml:3: cases[2].agent is missing; add it"),
        ("message: I am tired", "prompt: I am tired", "data.yaml:3: unknown key 'prompt'"),
        ("cases:", "roster: nowhere\ncases:", "data.yaml:1: the roster cannot be used"),
        ("id: tired", "id: hungry", "data.yaml:3: the id 'hungry' is taken"),
    ],
)
def test_a_faulty_routing_dataset_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    """The message has the line, what was found, and what to do."""
    assert message in fault(tmp_path, ROUTING.replace(old, new, 1))


def test_an_id_is_unique_over_files(tmp_path: Path) -> None:
    """Results are keyed by the id of the case."""
    write(tmp_path, "a.yaml", COMPLIANCE)
    write(tmp_path, "b.yaml", COMPLIANCE)
    with pytest.raises(DatasetError, match=r"b\.yaml:3: the id 'soup' is taken by the case at .*a\.yaml:3"):
        load(tmp_path)


def test_another_agent_file_turns_unknown_references_into_warnings(tmp_path: Path) -> None:
    """A dataset can measure an agent that lacks some of the rules; nothing is silent about it."""
    path = write(tmp_path, "data.yaml", COMPLIANCE.replace("taste", "tasty"))
    assert [line.partition(": ")[2][:36] for line in load(path, strict=False).warnings] == [
        "the agent 'cook' has no rule 'tasty'"
    ]


def test_an_unknown_reference_leaves_the_others(tmp_path: Path) -> None:
    """What can be resolved still counts."""
    path = write(tmp_path, "data.yaml", COMPLIANCE.replace("taste", "tasty"))
    assert load(path, strict=False).cases[0].applies == ("washed", "wiped")


def test_a_folder_means_its_datasets_in_sorted_order(tmp_path: Path) -> None:
    """Sidecars of agents and golden responses are no datasets."""
    write(tmp_path, "b/x.yml", ROUTING)
    write(tmp_path, "a/x.yaml", COMPLIANCE)
    write(tmp_path, "a/cook.harness.yaml", "rules: []")
    write(tmp_path, "a/golden/one.md", GOLDEN)
    assert [case.id for case in load(tmp_path).cases] == ["soup", "cake", "hungry", "tired"]


def test_a_file_named_twice_is_loaded_once(tmp_path: Path) -> None:
    """A folder and a file in it may be given together."""
    path = write(tmp_path, "x.yaml", ROUTING)
    assert len(load(tmp_path, path).cases) == 2


@pytest.mark.parametrize("name", ["missing.yaml", "empty"])
def test_a_path_that_holds_nothing_is_an_error(tmp_path: Path, name: str) -> None:
    """Measuring nothing must not look like success."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=name):
        load(tmp_path / name)


def test_the_datasets_of_an_agent_are_found_by_their_content(tmp_path: Path) -> None:
    """`harness run AGENT` takes all cases of one agent."""
    mine = write(tmp_path, "mine.yaml", COMPLIANCE)
    write(tmp_path, "other.yaml", COMPLIANCE.replace("cook", "smith"))
    write(tmp_path, "routing.yaml", ROUTING)
    assert compliance_files([tmp_path], "cook") == [mine]
