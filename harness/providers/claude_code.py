"""``claude-code[:model]``: the real Claude Code program says which agent it hands a message to.

The program is started for each message in a folder of its own that holds nothing but the roster's agent
files, reads the message as a user would have typed it, and is stopped once it has called the ``Agent`` tool.
Nothing is carried out: every tool call is denied. The SDK is imported at the first call.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from harness.core.errors import PermanentProviderError, ProviderError
from harness.core.types import Completion, Message, Request, Role
from harness.providers.base import FailureKind, ProviderOptions, Traits, brief, clean_text, redact
from harness.providers.claude_program import find_program, program_version, secrets, surroundings
from harness.providers.claude_stream import DELEGATION, MOST_TURNS, Listener
from harness.providers.cores import allowed_cores
from harness.providers.faults import named_failure
from harness.providers.messages import completion_from
from harness.suite.roster_files import agent_files

__all__ = ["ClaudeCodeProvider"]

_FAREWELL_S = 5.0
"""Seconds the program has to end its turn before it is stopped the hard way."""

_REFUSED = "Tools cannot be used here. Decide with what you know."
_LAST_LINES = 5  # of what the program wrote to standard error


class ClaudeCodeProvider(Traits):
    """The Claude Code program, with the model that is named or its own default."""

    def __init__(self, model: str, options: ProviderOptions) -> None:
        self._model = model
        self._options = options
        self._program = find_program()
        self._place = f"{self.name} ({self._program.name} {program_version(self._program)})"
        surroundings(Path(), options.timeout_s, 1)  # a wrong address is found before anything is asked
        self._folders = tempfile.TemporaryDirectory(prefix="harness-claude-code-", ignore_cleanup_errors=True)
        self._projects: dict[str, Path] = {}

    @property
    def name(self) -> str:
        """The model as asked for."""
        return f"claude-code:{self._model}" if self._model else "claude-code"

    @property
    def supports_tools(self) -> bool:
        """The program has tools of its own."""
        return False

    @property
    def supports_schema(self) -> bool:
        """The program answers as it likes."""
        return False

    @property
    def lists_agents(self) -> bool:
        """The program reads the agent files and lists them."""
        return True

    @property
    def max_concurrency(self) -> int:
        """As many programs as there are cores: each takes most of a second of one, and 240 MB."""
        return max(2, allowed_cores())

    async def generate(self, request: Request) -> Completion:
        """Ask once."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._options.timeout_s):
                message = await self._message(request)
            asked = (self._model or "claude-code", time.perf_counter() - started)
            return completion_from(message, request, asked, secrets())
        except TimeoutError:
            raise named_failure(FailureKind.TIMEOUT, "no choice in time", self._place) from None
        except ProviderError as error:
            error.args = (f"{self._place}: {error}",)
            raise

    async def close(self) -> None:
        """Remove the folders that the program was started in."""
        await asyncio.to_thread(self._folders.cleanup)

    async def _message(self, request: Request) -> dict[str, Any]:
        """Start the program, and return the message with which the model chose."""
        earlier, said = _turns(request.messages)
        project, roster = self._project(request.system)
        sdk = await asyncio.to_thread(_import_sdk)
        listener = Listener(roster)
        complaints: list[str] = []
        with tempfile.TemporaryDirectory(dir=self._folders.name, ignore_cleanup_errors=True) as settings:
            env = surroundings(Path(settings), self._options.timeout_s, request.max_tokens)
            options = await _options(sdk, (self._model, self._program, project), earlier)
            options.env, options.stderr = env, complaints.append
            client = sdk.ClaudeSDKClient(options)
            try:
                await _listen(client, said, listener)
            except (sdk.ClaudeSDKError, OSError) as error:
                raise self._stopped(error, complaints) from None
            finally:
                await client.disconnect()
        if listener.failure is not None:
            kind, detail = listener.failure
            raise named_failure(kind, _shown(detail), "asked the model")
        return listener.message()

    def _project(self, document: str) -> tuple[Path, frozenset[str]]:
        """Return the folder with a roster's agent files, written once, and the names of the agents.

        Raises:
            PermanentProviderError: the request is not one for a roster.
        """
        try:
            files = agent_files(document)
        except ValueError:
            raise PermanentProviderError(
                FailureKind.BAD_REQUEST,
                "only routing can be asked of Claude Code; name another model for everything else",
                fatal=True,
            ) from None
        folder = self._projects.get(document)
        if folder is None:
            folder = Path(self._folders.name) / f"project-{len(self._projects) + 1}"
            agents = folder / ".claude" / "agents"
            agents.mkdir(parents=True)
            for name, text in files.items():
                (agents / name).write_text(clean_text(text), encoding="utf-8", newline="\n")
            self._projects[document] = folder
        return folder, frozenset(row["name"] for row in json.loads(document)["roster"])

    def _stopped(self, error: Exception, complaints: Sequence[str]) -> ProviderError:
        """Say why the program ended; one that does not start at all will not start the next time."""
        detail = _shown(" ".join([str(error), *complaints[-_LAST_LINES:]]))
        if isinstance(error, OSError) or type(error).__name__ == "CLINotFoundError":
            return PermanentProviderError(
                FailureKind.NOT_FOUND, f"the program cannot be started ({detail})", fatal=True
            )
        return named_failure(FailureKind.INVALID_RESPONSE, detail, "the program stopped")


def _shown(text: str) -> str:
    return brief(redact(text, secrets()))


def _turns(messages: Sequence[Message]) -> tuple[Sequence[Message], str]:
    """Split a dialogue into what was said before and the message to answer.

    Raises:
        PermanentProviderError: the last word is not the user's.
    """
    if not messages or messages[-1].role is not Role.USER:
        raise PermanentProviderError(
            FailureKind.BAD_REQUEST, "the last turn of a dialogue must be the user's"
        )
    return messages[:-1], clean_text(messages[-1].text)


def _import_sdk() -> Any:
    import claude_agent_sdk

    return claude_agent_sdk


async def _options(sdk: Any, asked: tuple[str, Path, Path], earlier: Sequence[Message]) -> Any:
    """Return the options of the SDK: the program as it is, without anybody's settings, tools refused."""
    model, program, project = asked
    options = sdk.ClaudeAgentOptions(
        model=model or None,
        cli_path=program,
        cwd=project,
        system_prompt={"type": "preset", "preset": "claude_code"},
        setting_sources=["project"],  # agent files are settings of the project; those of the user stay out
        strict_mcp_config=True,
        skills=[],
        verbatim_prompts=True,  # "@/etc/passwd" and "/command" in a message are text
        include_partial_messages=True,
        max_turns=MOST_TURNS,
        permission_mode="dontAsk",
        hooks={"PreToolUse": [sdk.HookMatcher(hooks=[_refuse])]},
    )
    if earlier:
        options.session_store, options.resume = await _spoken(sdk, project, earlier)
    else:
        options.extra_args = {"no-session-persistence": None}
    return options


async def _refuse(call: Any, _number: str | None, _context: Any) -> dict[str, Any]:
    """Refuse a tool; the one that hands over gets no answer at all, as the program is stopped now."""
    if call.get("tool_name") in DELEGATION:
        await asyncio.Event().wait()
    return {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": _REFUSED,
        }
    }


async def _spoken(sdk: Any, project: Path, turns: Sequence[Message]) -> tuple[Any, str]:
    """Keep earlier turns as a session that the program resumes."""
    session, parent = str(uuid.uuid4()), None
    entries: list[dict[str, Any]] = []
    for number, turn in enumerate(turns):
        text = clean_text(turn.text)
        message: dict[str, Any] = {"role": turn.role.value, "content": text}
        if turn.role is Role.ASSISTANT:
            message |= {
                "id": f"msg_{number}",
                "type": "message",
                "model": "earlier",
                "content": [{"type": "text", "text": text}],
                "stop_reason": "end_turn",
                "stop_sequence": None,
                "usage": {"input_tokens": 0, "output_tokens": 0},
            }
        entry = {
            "type": turn.role.value,
            "uuid": str(uuid.uuid4()),
            "parentUuid": parent,
            "sessionId": session,
            "isSidechain": False,
            "userType": "external",
            "cwd": str(project),
            "version": "2.1.257",
            "timestamp": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}.000Z",
            "message": message,
        }
        entries.append(entry)
        parent = entry["uuid"]
    store = sdk.InMemorySessionStore()
    await store.append(
        {"project_key": sdk.project_key_for_directory(project), "session_id": session}, entries
    )
    return store, session


async def _listen(client: Any, said: str, listener: Listener) -> None:
    """Say the message, and hear the program until the model has chosen; then tell it to stop."""
    await client.connect()
    await client.query(said)
    stream: AsyncIterator[Any] = client.receive_messages()
    async for heard in stream:
        if listener.hear(heard):
            break
    if listener.ended:
        return
    await client.interrupt()
    try:
        async with asyncio.timeout(_FAREWELL_S):
            async for heard in stream:
                if type(heard).__name__ == "ResultMessage":
                    return
    except TimeoutError:
        return  # it is stopped in a moment
