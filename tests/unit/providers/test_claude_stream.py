"""What the Claude Code program says, read without it."""

from types import SimpleNamespace

import pytest

from harness.core.errors import ConfigurationError, TransientProviderError
from harness.providers.base import FailureKind
from harness.providers.claude_program import PROGRAM_VARIABLE, find_program, program_version
from harness.providers.claude_stream import Assembly, Listener


def named(kind, **fields):
    """Return an object of a class of that name, as the SDK's are."""
    return type(kind, (SimpleNamespace,), {})(**fields)


def event(**fields):
    return named("StreamEvent", event=fields, parent_tool_use_id=None)


def result(**fields):
    given = {"is_error": True, "subtype": "success", "result": "", "errors": None, "api_error_status": None}
    return named("ResultMessage", **(given | fields))


def message(*blocks, stop="end_turn", output=3):
    """Yield the events of a message; a block is a text or (tool, pieces of JSON)."""
    yield {
        "type": "message_start",
        "message": {"model": "m", "usage": {"input_tokens": 5, "output_tokens": 1}},
    }
    for index, block in enumerate(blocks):
        if isinstance(block, str):
            start, key, pieces = {"type": "text", "text": ""}, "text", [block]
        else:
            start, key, pieces = {"type": "tool_use", "name": block[0], "input": {}}, "partial_json", block[1]
        yield {"type": "content_block_start", "index": index, "content_block": start}
        for piece in pieces:
            yield {"type": "content_block_delta", "index": index, "delta": {key: piece}}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": output}}
    yield {"type": "message_stop"}


def assembled(*blocks, **more):
    assembly = Assembly()
    return next(found for one in message(*blocks, **more) if (found := assembly.add(one)))


def heard(*said, roster=("a",)):
    listener = Listener(roster)
    enough = [listener.hear(one) for one in said]
    return listener, enough


def test_pieces_of_a_call_are_put_together():
    """They come as they are written."""
    made = assembled("Yes.", ("Agent", ['{"subagent', '_type": "a"}']), stop="tool_use")
    assert [block.get("input") or block["text"] for block in made["content"]] == [
        "Yes.",
        {"subagent_type": "a"},
    ]


def test_a_call_that_is_cut_off_is_none():
    """Half a name might be another agent's."""
    assert assembled(("Agent", ['{"subagent_type": "ab']), stop="max_tokens")["content"] == []


def test_two_calls_of_one_message_are_both_kept():
    """The reader says that there were two."""
    made = assembled(("Agent", ['{"subagent_type": "a"}']), ("Task", ['{"subagent_type": "b"}']))
    assert [block["name"] for block in made["content"]] == ["Agent", "Task"]


def test_what_an_agent_itself_says_is_not_the_choice():
    """Its messages name the call that started it."""
    events = [named("StreamEvent", event=one, parent_tool_use_id="t") for one in message("x")]
    assert heard(*events)[1] == [False] * len(events)


def test_tokens_of_all_messages_are_counted():
    """Those of the refused tools too."""
    said = [event(**one) for one in (*message(("Read", ["{}"]), stop="tool_use"), *message("No."))]
    listener, enough = heard(*said)
    assert (enough[-1], any(enough[:-1])) == (True, False)
    assert listener.message()["usage"] == {"input_tokens": 10, "output_tokens": 6}


def test_an_agent_of_the_roster_wins_over_one_of_the_program():
    """Whoever calls an agent Plan gets it."""
    init = named("SystemMessage", subtype="init", data={"agents": ["Plan", "Explore"]})
    calls = [("Agent", [f'{{"subagent_type": "{name}"}}']) for name in ("Plan", "Explore")]
    listener, _ = heard(init, *(event(**one) for one in message(*calls)), roster=("Plan",))
    assert [block["name"] for block in listener.message()["content"]] == ["Agent", "Agent:Explore"]


@pytest.mark.parametrize(
    ("status", "said", "words", "kind"),
    [
        (401, "authentication_failed", "Invalid API key", FailureKind.AUTHENTICATION),
        (None, "authentication_failed", "Not logged in", FailureKind.AUTHENTICATION),
        (404, "model_not_found", "There's an issue with the selected model", FailureKind.NOT_FOUND),
        (529, "server_error", "API Error: 529", FailureKind.OVERLOADED),
        (400, "invalid_request", "Prompt is too long", FailureKind.TOO_LARGE),
        (None, "billing_error", "Credit balance is too low", FailureKind.PERMISSION),
        (None, "server_error", "Request timed out.", FailureKind.TIMEOUT),
        (None, "server_error", "API Error: Connection refused (ECONNREFUSED)", FailureKind.CONNECTION),
        (
            None,
            "unknown",
            "API Error: JSON Parse error: Unrecognized token '<'",
            FailureKind.INVALID_RESPONSE,
        ),
        (None, "server_error", "Something broke", FailureKind.SERVER_ERROR),
    ],
)
def test_a_failure_is_named_by_status_by_word_or_by_what_it_tells(status, said, words, kind):
    """As the program of today words it."""
    listener, enough = heard(
        named("AssistantMessage", error=said), result(api_error_status=status, result=words)
    )
    assert listener.failure is not None
    assert (enough[-1], listener.failure[0]) == (True, kind)


def test_an_end_without_a_word_is_no_choice():
    """Nobody was chosen only where the model answered."""
    listener, _ = heard(result(is_error=False))
    with pytest.raises(TransientProviderError, match="without a word"):
        listener.message()


def program(folder, says):
    path = folder / "claude"
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("says", "words"), [("2.1.200 (Claude Code)", "or newer"), ("hello", "--version says")]
)
def test_a_program_that_is_too_old_or_another_is_refused(tmp_path, says, words):
    """An old one would read files that a message names."""
    with pytest.raises(ConfigurationError, match=words):
        program_version(program(tmp_path, says))


@pytest.fixture
def sdk(tmp_path, monkeypatch):
    """The Claude Agent SDK seems to be installed, without a program of its own."""
    found = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found)


@pytest.mark.usefixtures("sdk")
def test_the_environment_names_another_program(tmp_path, monkeypatch):
    """The one that a team has installed."""
    path = program(tmp_path, "2.1.999 (Claude Code)")
    monkeypatch.setenv(PROGRAM_VARIABLE, str(path))
    assert (find_program(), program_version(path)) == (path, "2.1.999")


@pytest.mark.usefixtures("sdk")
def test_a_named_program_that_is_not_there_is_an_error(monkeypatch):
    """It is not replaced by another."""
    monkeypatch.setenv(PROGRAM_VARIABLE, "/nowhere/claude")
    with pytest.raises(ConfigurationError, match=r"names /nowhere/claude, which is no program"):
        find_program()


def test_without_the_sdk_the_extra_is_named(monkeypatch):
    """One line says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'agentfile-harness\[claude-code\]'"):
        find_program()
