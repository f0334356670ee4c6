"""Labelled messages from files and from dialogues."""

import pytest
from routing_examples import agent, dialogue

from harness.core.errors import DatasetError, InputError
from harness.routing.cases import dialogue_cases, read_cases

NAMES = {"qa-engineer", "backend-architect"}


def read(tmp_path, text, name="cases.jsonl"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_cases(path, NAMES)


def test_the_id_defaults_to_the_number_of_the_line(tmp_path):
    """Empty lines count."""
    text = '{"message": "a", "agent": "none"}\n\n{"message": "b", "agent": "qa-engineer"}\n'
    assert [one.id for one in read(tmp_path, text)] == [1, 3]


def test_a_case_holds_message_label_and_place(tmp_path):
    """What the line says, and where it stands."""
    case = read(tmp_path, '{"message": "Write a test", "agent": "qa-engineer", "other": 1}')[0].case
    assert (case.messages[0].text, case.expected_agent) == ("Write a test", "qa-engineer")
    assert case.provenance.endswith("cases.jsonl:1")


def test_tags_and_cluster_are_kept(tmp_path):
    """They are optional keys of a line."""
    case = read(tmp_path, '{"message": "a", "agent": "none", "tags": ["typo"], "cluster": "x"}')[0].case
    assert (case.tags, case.cluster) == (("typo",), "x")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"message": "a", "agent": "none"}\n{"message": ', r"cases\.jsonl:2: not valid JSON"),
        ('["a"]', r":1: not a JSON object"),
        ('{"agent": "none"}', r":1: has no 'message'"),
        ('{"message": "a"}', r":1: has no 'agent'.*\"none\""),
        ('{"message": " ", "agent": "none"}', r":1: has an empty or non-text 'message'"),
        ('{"message": "a", "agent": null}', r":1: has an empty or non-text 'agent'"),
        (
            '{"message": "a", "agent": "qa-enginer"}',
            r":1: no agent .* 'qa-enginer'; did you mean 'qa-engineer'",
        ),
        (
            '{"message": "a", "agent": "zzz"}',
            r":1: no agent .* the roster has backend-architect, qa-engineer",
        ),
        ('{"message": "a", "agent": "none", "id": [1]}', r":1: the id must be"),
        ('{"message": "a", "agent": "none", "tags": "x"}', r':1: "tags" must be a list'),
        (
            '{"message":"a","agent":"none","id":2}\n{"message":"b","agent":"none"}',
            r":2: the id 2 is taken by .*:1",
        ),
        ("\n \n", r"cases\.jsonl: holds no case"),
        ("[" * 100_000, r":1: not valid JSON"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path, text, found):
    """The message says where, what, and what to do."""
    with pytest.raises(DatasetError, match=found):
        read(tmp_path, text)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    """Not UTF-8 is said, not guessed."""
    path = tmp_path / "c.jsonl"
    path.write_bytes(b'{"message": "caf\xe9", "agent": "none"}')
    with pytest.raises(DatasetError, match="not UTF-8"):
        read_cases(path, NAMES)


def test_a_missing_file_is_refused(tmp_path):
    """The path is named."""
    with pytest.raises(InputError, match=r"nowhere\.jsonl: no such file"):
        read_cases(tmp_path / "nowhere.jsonl", NAMES)


def test_a_routing_dataset_is_read(tmp_path):
    """YAML goes through the suite's loader; the roster is the one the user named."""
    text = "cases:\n  - {id: first, message: Write a test, agent: qa-engineer, tags: [plain]}\n"
    assert read(tmp_path, text, "core.yaml")[0].case.expected_agent == "qa-engineer"


def test_an_unknown_agent_in_a_dataset_is_named(tmp_path):
    """With file and line."""
    text = "cases:\n  - {id: first, message: Write a test, agent: ghost}\n"
    with pytest.raises(DatasetError, match=r"core\.yaml:2: .*'ghost'"):
        read(tmp_path, text, "core.yaml")


def test_dialogues_give_cases():
    """The user's turn is the message, the file's agent the label."""
    found = dialogue_cases([agent("qa-engineer", "", "", dialogue("Test it"), dialogue(""))])
    assert [(one.case.messages[0].text, one.case.expected_agent) for one in found] == [
        ("Test it", "qa-engineer")
    ]


def test_a_dialogue_may_name_another_agent():
    """If the roster has it."""
    agents = [agent("a", "", "", dialogue("x", agent="b"), dialogue("y", agent="ghost")), agent("b")]
    assert [one.case.expected_agent for one in dialogue_cases(agents)] == ["b", "a"]


def test_dialogues_of_two_files_with_one_name_have_ids_of_their_own():
    """No case is lost."""
    agents = [agent("a", "", "", dialogue(text), path=f"{text}.md") for text in ("x", "y")]
    assert len({one.id for one in dialogue_cases(agents)}) == 2


def test_agents_without_dialogues_give_an_error():
    """It says what to do."""
    with pytest.raises(InputError, match="--cases"):
        dialogue_cases([agent("a")])
