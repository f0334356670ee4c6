"""What the Claude Code program says while it works on a message, read until the model has chosen. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from harness.core.errors import TransientProviderError
from harness.core.json_text import parse_json
from harness.providers.base import FailureKind, brief
from harness.providers.faults import kind_of_status

__all__ = ["DELEGATION", "MOST_TURNS", "Assembly", "Listener"]

DELEGATION = frozenset({"Agent", "Task"})
"""The tool that hands work to an agent; Task is its former name."""

MOST_TURNS = 4
"""Messages of the model that are waited for: the first ones may ask for other tools, which are refused."""

_OWN = frozenset({"fork"})  # of the program, and not among the agents that it says it has
_KINDS = {
    "authentication_failed": FailureKind.AUTHENTICATION,
    "billing_error": FailureKind.PERMISSION,
    "rate_limit": FailureKind.RATE_LIMIT,
    "model_not_found": FailureKind.NOT_FOUND,
    "invalid_request": FailureKind.BAD_REQUEST,
}
_NO_CONNECTION = ("econn", "enotfound", "connection", "network")


class Assembly:
    """Puts the events of a stream of the Messages API together to messages."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._written: dict[int, list[str]] = {}

    def add(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """Take an event; return the message that it ends, if it ends one."""
        kind, index = event.get("type"), event.get("index", 0)
        if kind == "message_start":
            self._message, self._blocks, self._written = dict(event["message"]), {}, {}
        elif kind == "content_block_start":
            self._blocks[index] = dict(event["content_block"])
            self._written[index] = []
        elif kind == "content_block_delta" and index in self._written:
            delta = event["delta"]
            self._written[index].append(delta.get("text") or delta.get("partial_json") or "")
        elif kind == "message_delta":
            self._message |= event.get("delta") or {}
            self._message["usage"] = {**(self._message.get("usage") or {}), **(event.get("usage") or {})}
        elif kind == "message_stop":
            blocks = [self._block(place) for place in sorted(self._blocks)]
            return {**self._message, "content": [block for block in blocks if block]}
        return None

    def _block(self, index: int) -> dict[str, Any] | None:
        """Return a finished block; a tool call that was cut off in the middle is none."""
        block, written = self._blocks[index], "".join(self._written[index])
        if block.get("type") == "text":
            return {**block, "text": str(block.get("text") or "") + written}
        if block.get("type") != "tool_use" or not written:
            return block
        try:
            value = parse_json(written)
        except ValueError:
            return None
        return {**block, "input": value} if isinstance(value, dict) else None


class Listener:
    """Hears the program out.

    Args:
        roster: names of the agents whose choice is measured.

    Attributes:
        ended: the program has ended its turn by itself.
        failure: why there is no choice, kind and words; ``None`` if there is one.
    """

    def __init__(self, roster: Collection[str]) -> None:
        self._roster = frozenset(roster)
        self._own: frozenset[str] = _OWN
        self._assembly = Assembly()
        self._messages: list[dict[str, Any]] = []
        self._chosen = False
        self._said = ""
        self.ended = False
        self.failure: tuple[FailureKind, str] | None = None

    def hear(self, heard: Any) -> bool:
        """Take what the SDK hands on; return whether that is enough."""
        kind = type(heard).__name__
        if kind == "SystemMessage" and heard.subtype == "init":
            listed = heard.data.get("agents") or ()
            self._own = _OWN | {str(name) for name in listed} - self._roster
        elif kind == "StreamEvent" and heard.parent_tool_use_id is None:
            return self._heard_event(heard.event)
        elif kind == "AssistantMessage" and heard.error:
            self._said = str(heard.error)
        elif kind == "ResultMessage":
            self._heard_end(heard)
        return self.ended

    def message(self) -> dict[str, Any]:
        """Return the message with which the model chose, with the tokens of all messages.

        A call of one of the program's own agents is named ``Agent:name``: it is none of the roster.

        Raises:
            TransientProviderError: there is none.
        """
        if not self._messages:
            raise TransientProviderError(FailureKind.INVALID_RESPONSE, "the program ended without a word")
        usage: Counter[str] = Counter()
        for message in self._messages:
            counts = message.get("usage") or {}
            usage.update({name: count for name, count in counts.items() if type(count) is int})
        last = self._messages[-1]
        return {**last, "usage": dict(usage), "content": [self._marked(block) for block in last["content"]]}

    def _heard_event(self, event: dict[str, Any]) -> bool:
        message = self._assembly.add(event)
        if message is None:
            return False
        self._messages.append(message)
        named = {block.get("name") for block in message["content"] if block.get("type") == "tool_use"}
        waits = message.get("stop_reason") == "tool_use" and not named & DELEGATION
        self._chosen = not waits or len(self._messages) >= MOST_TURNS
        return self._chosen

    def _heard_end(self, result: Any) -> None:
        self.ended = True
        if self._chosen or not result.is_error or result.subtype == "error_max_turns":
            return
        words = str(result.result or " ".join(result.errors or ()) or result.subtype)
        self.failure = _kind(result.api_error_status, self._said, words), brief(words)

    def _marked(self, block: dict[str, Any]) -> dict[str, Any]:
        asked = (block.get("input") or {}).get("subagent_type") if block.get("name") in DELEGATION else None
        return {**block, "name": f"Agent:{asked}"} if asked in self._own else block


def _kind(status: int | None, said: str, words: str) -> FailureKind:
    """Name a failure: by the status of the server, by the program's own word, else by what it tells."""
    if status:
        return kind_of_status(status, words)
    if said in _KINDS:
        return _KINDS[said]
    lower = words.lower()
    if "timed out" in lower:
        return FailureKind.TIMEOUT
    if any(word in lower for word in _NO_CONNECTION):
        return FailureKind.CONNECTION
    return FailureKind.INVALID_RESPONSE if "parse error" in lower else FailureKind.SERVER_ERROR
