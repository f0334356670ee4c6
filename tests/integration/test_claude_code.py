"""The real Claude Code program is asked whom it hands a message to, its server being one of our own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import threading

import pytest
from messages_api import Answer, Fault, MessagesApi

from harness.agentfile.parse import parse_agent
from harness.cli.app import main
from harness.core.errors import ProviderError
from harness.core.types import Message, Request, Role
from harness.providers.base import ProviderOptions
from harness.providers.registry import default_parameters, open_provider
from harness.suite.roster import roster_text
from harness.suite.roster_files import roster_document

FILES = {
    "db-tuner": r'description: "Use for slow SQL.\n<example>user: \"x\"</example>"' + "\ntools: Read, Edit",
    "front-end": "description: Use for React pages\ndisallowedTools: Bash, Write",
    "Ärzte_app": "description: 'Emoji 😀: <b>&amp; \"quotes\" \\n and a line'",
    "api_docs": "description: Use for OpenAPI",
    "api-design": "description: Use for new APIs\ntools: Read, Bash(git *), mcp__x__y\ndisallowedTools: Read",
}
AGENTS = [
    parse_agent(f"---\nname: {name}\n{rest}\nmodel: opus\n---\nBody.\n".encode(), f"{name}.md")
    for name, rest in FILES.items()
]


def calls(name, tool="Agent"):
    return Answer("", "tool_use", (tool, {"description": "d", "prompt": "p", "subagent_type": name}))


def asking(*messages, system=None):
    return Request(
        model="claude-code:claude-haiku-4-5",
        system=roster_document(AGENTS) if system is None else system,
        messages=messages or (Message(Role.USER, "Why is my query slow?"),),
        max_tokens=2_000,
        trial=1,
    )


@pytest.fixture
def ask(monkeypatch):
    """Ask the program one question; return its answer and what the server saw."""

    def asked(script, *messages, key="sk-secret-key", timeout_s=60.0, **more):
        async def work():
            provider = open_provider("claude-code:claude-haiku-4-5", ProviderOptions(timeout_s=timeout_s))
            try:
                return await provider.generate(asking(*messages, **more))
            finally:
                await provider.close()

        with MessagesApi(script) as server:
            monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
            monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
            if key:
                monkeypatch.setenv("ANTHROPIC_API_KEY", key)
            else:
                monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
            return asyncio.run(work()), server.seen

    return asked


def said(seen):
    """Return the texts of the last user turn: what the program adds, and the message itself at the end."""
    return [part.get("text", "") for part in seen.body["messages"][-1]["content"]]


def test_the_agent_that_is_called_is_the_choice_and_nothing_follows(ask):
    """One request per message: the program is stopped before it starts an agent."""
    completion, seen = ask(lambda _: calls("db-tuner"))
    assert [(call.name, call.input["subagent_type"]) for call in completion.tool_calls] == [
        ("Agent", "db-tuner")
    ]
    assert (completion.model_served, len(seen)) == ("claude-haiku-4-5-served", 1)


def test_the_program_lists_the_agents_as_we_do(ask):
    """Line by line: names, order, descriptions, tools."""
    _, seen = ask(lambda _: calls("db-tuner"))
    listed = next(text for text in said(seen[0]) if "Available agent types for" in text)
    own = re.compile(r"^- (?:claude|Explore|general-purpose|Plan|statusline-setup): .*\n", re.MULTILINE)
    listed = own.sub(
        "", listed.partition("for the Agent tool:\n")[2].partition("\n\nWhen you launch")[0] + "\n"
    )
    assert listed.rstrip("\n") == roster_text(AGENTS)


def test_a_message_is_sent_as_it_is(ask):
    """No file is read and no command carried out for it."""
    text = "/usage @/etc/hostname what is in there?"
    _, seen = ask(Answer("I do not know."), Message(Role.USER, text))
    assert said(seen[0])[-1] == text


def test_without_a_call_the_answer_is_kept(ask):
    """None of the agents was chosen."""
    completion, _ = ask(Answer("It lacks an index."))
    assert (completion.text, completion.tool_calls) == ("It lacks an index.", ())


def test_another_tool_is_refused_and_the_next_message_counts(ask):
    """The model looks around first, as it does."""

    def script(seen):
        return (
            calls("front-end") if seen.number else Answer("", "tool_use", ("Read", {"file_path": "/etc/a"}))
        )

    completion, seen = ask(script)
    results = [part for part in seen[1].body["messages"][-1]["content"] if part["type"] == "tool_result"]
    assert results[0]["is_error"]
    assert completion.tool_calls[0].input["subagent_type"] == "front-end"
    assert completion.usage.output_tokens == 2


def test_a_model_that_only_wants_other_tools_has_chosen_nobody(ask):
    """After four messages the question is closed."""
    completion, seen = ask(lambda _: Answer("", "tool_use", ("Bash", {"command": "touch /tmp/x"})))
    assert ([call.name for call in completion.tool_calls], len(seen)) == (["Bash"], 4)


def test_an_agent_of_the_programs_own_is_told_apart(ask):
    """It is in nobody's roster."""
    completion, _ = ask(lambda _: calls("general-purpose"))
    assert completion.tool_calls[0].name == "Agent:general-purpose"


def test_a_dialogue_comes_with_its_earlier_turns(ask):
    """In their order, the last one at the end."""
    turns = ("user", "We use Postgres."), ("assistant", "Noted."), ("user", "It is slow.")
    _, seen = ask(lambda _: calls("db-tuner"), *(Message(Role(role), text) for role, text in turns))
    sent = [(turn["role"], json.dumps(turn["content"])) for turn in seen[0].body["messages"]]
    assert [role for role, _ in sent] == ["user", "assistant", "user"]
    assert all(text in content for (_, text), (_, content) in zip(turns, sent, strict=True))


@pytest.mark.parametrize(
    ("fault", "kind", "transient"),
    [
        (Fault(401, "authentication_error", "wrong key sk-secret-key"), "authentication", False),
        (Fault(429, "rate_limit_error", "slow down"), "rate_limit", True),
        (Fault(act="reset"), "connection", True),
    ],
)
def test_a_failure_has_the_kind_that_every_provider_gives_it(ask, fault, kind, transient):
    """And the key is nowhere in its message."""
    with pytest.raises(ProviderError) as caught:
        ask(fault)
    assert (caught.value.kind, caught.value.transient) == (kind, transient)
    assert "sk-secret" not in str(caught.value)


def test_a_server_that_never_answers_is_a_timeout(ask):
    """The program is stopped."""
    with pytest.raises(ProviderError, match="timeout"):
        ask(Fault(act="hang"), timeout_s=3.0)


def test_a_server_on_this_machine_needs_no_key(ask):
    """The program would ask for a login."""
    assert ask(lambda _: calls("db-tuner"), key="")[0].tool_calls


def test_only_routing_can_be_asked(ask):
    """A prompt of one's own would not be the program's."""
    with pytest.raises(ProviderError, match="only routing"):
        ask(Answer("never"), system="You are a reviewer.")


def test_the_users_settings_and_agents_stay_out(ask, monkeypatch, tmp_path):
    """Neither an agent of the user's nor a hook takes part."""
    home = tmp_path / ".claude"
    (home / "agents").mkdir(parents=True)
    (home / "agents" / "mine.md").write_text("---\nname: mine\ndescription: d\n---\nB\n", encoding="utf-8")
    (home / "CLAUDE.md").write_text("Remember the zebra.", encoding="utf-8")
    hook = {"hooks": [{"type": "command", "command": f"touch {tmp_path}/ran"}]}
    (home / "settings.json").write_text(json.dumps({"hooks": {"SessionStart": [hook]}}), encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    _, seen = ask(lambda _: calls("db-tuner"))
    sent = json.dumps(seen[0].body)
    assert ("- mine:" in sent, "zebra" in sent, (tmp_path / "ran").exists()) == (False, False, False)


def test_nothing_else_is_reached(ask, monkeypatch):
    """Every other connection would go through the proxy, which counts them."""
    with counting_proxy() as (url, seen):
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
            monkeypatch.setenv(name, url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        ask(lambda _: calls("db-tuner"))
    assert seen == []


@contextlib.contextmanager
def counting_proxy():
    """Accept connections and close them."""
    seen = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                seen.append(connection.recv(1_000))
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", seen
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def test_the_version_of_the_program_is_part_of_every_key():
    """Another version lists and asks otherwise."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", default_parameters("claude-code:m")["@program"])


def test_harness_route_asks_the_program(tmp_path, monkeypatch, capsys):
    """As any other router."""
    for agent in AGENTS[:2]:
        (tmp_path / f"{agent.name}.md").write_text(
            f"---\nname: {agent.name}\ndescription: d\n---\nB\n", encoding="utf-8"
        )
    lines = [{"message": "slow SQL", "agent": "db-tuner"}, {"message": "hello there", "agent": "none"}]
    cases = tmp_path / "cases.jsonl"
    cases.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    with MessagesApi(lambda seen: calls("DB_Tuner") if "SQL" in said(seen)[-1] else Answer("Hi.")) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        router = ["--router", "claude-code:claude-haiku-4-5", "--json"]
        code = main(["route", "--agents", str(tmp_path), "--cases", str(cases), *router])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (code, [row.get("predicted") for row in rows[:2]]) == (0, ["db-tuner", "none"])
