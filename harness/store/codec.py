"""Requests, samples and completions as canonical JSON, and back."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from harness.core.errors import StoreError
from harness.core.json_text import parse_json
from harness.core.jsonl import canonical_json, sha_of
from harness.core.types import Completion, Message, Request, Role, StopReason, Tool, ToolCall, Usage

__all__ = [
    "answer_digest",
    "decode_completion",
    "decode_request",
    "encode",
    "is_seeded",
    "question_sha",
    "request_sha",
    "split_request",
]


def request_sha(request: Request) -> str:
    """Return the sha that identifies everything that alters the answer to a request."""
    return sha_of(request)


def question_sha(request: Request) -> str:
    """Return the sha of what was asked, whoever was asked and however long the answer might be."""
    return sha_of(dataclasses.replace(request, model="", max_tokens=0, parameters={}))


def is_seeded(request: Request) -> bool:
    """Tell whether a request names its random numbers, so that asking it again gives the same answer."""
    return "seed" in request.parameters


def answer_digest(completion: bytes) -> str:
    """Return what tells an encoded completion from other answers to the same request."""
    return hashlib.sha256(completion).hexdigest()[:32]


def encode(value: Any) -> bytes:
    """Return canonical JSON as bytes; a lone surrogate of a broken file survives the round trip."""
    return canonical_json(value).encode("utf-8", "surrogatepass")


def split_request(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a request into what many requests share and what is its own (messages and trial)."""
    shared = {
        "model": request.model,
        "system": request.system,
        "max_tokens": request.max_tokens,
        "tools": request.tools,
        "output_schema": request.output_schema,
        "parameters": request.parameters,
    }
    return shared, {"messages": request.messages, "trial": request.trial}


def _load(data: bytes, where: str) -> dict[str, Any]:
    try:
        value = parse_json(data.decode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise StoreError(f"{where}: not valid JSON ({error}); restore the file from a backup") from error
    if not isinstance(value, dict):
        raise StoreError(f"{where}: not a JSON object; restore the file from a backup")
    return value


def decode_request(shared: bytes, own: bytes, where: str) -> Request:
    """Put the two halves of a request together again.

    Raises:
        StoreError: the stored text is damaged.
    """
    value = _load(shared, where) | _load(own, where)
    try:
        return Request(
            model=value["model"],
            system=value["system"],
            messages=tuple(Message(Role(m["role"]), m["text"]) for m in value["messages"]),
            max_tokens=value["max_tokens"],
            trial=value["trial"],
            tools=tuple(Tool(t["name"], t["description"], t["schema"]) for t in value["tools"]),
            output_schema=value["output_schema"],
            parameters=value["parameters"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{where}: not a request ({error!r}); restore the file from a backup") from error


def decode_completion(data: bytes, where: str) -> Completion:
    """Read a completion as ``encode`` wrote it.

    Raises:
        StoreError: the stored text is damaged.
    """
    value = _load(data, where)
    try:
        return Completion(
            text=value["text"],
            tool_calls=tuple(ToolCall(call["name"], call["input"]) for call in value["tool_calls"]),
            usage=Usage(**value["usage"]),
            stop=StopReason(value["stop"]),
            model_served=value["model_served"],
            latency_s=value["latency_s"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{where}: not a completion ({error!r}); restore the file from a backup") from error
