"""Files that an answer writes through tool calls (Write, Edit, MultiEdit) are part of its program."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.types import SuppliedFile, ToolCall

__all__ = ["files_of_tool_calls"]


def files_of_tool_calls(calls: Sequence[ToolCall], supplied: Sequence[SuppliedFile]) -> list[tuple[str, str]]:
    """Return (path, text) of each file after all calls, in the order of first writing.

    An edit of a file that is not known gives the new text alone: what was around it was not shown.
    """
    known = {file.path: file.text for file in supplied}
    written: dict[str, str] = {}
    for call in calls:
        path = str(call.input.get("file_path") or call.input.get("path") or "").replace("\\", "/")
        if not path:
            continue
        name = call.name.lower()
        before = written.get(path, known.get(path))
        if name in {"write", "create", "create_file", "write_file"}:
            content = call.input.get("content", call.input.get("file_text"))
            if isinstance(content, str):
                written[path] = content
        elif name in {"edit", "str_replace", "multiedit", "multi_edit"}:
            edits = call.input.get("edits")
            written[path] = _edited(before, edits if isinstance(edits, list) else [call.input])
    return list(written.items())


def _edited(text: str | None, edits: Sequence[object]) -> str:
    for edit in edits:
        if not isinstance(edit, dict):
            continue
        old, new = edit.get("old_string", edit.get("old_str")), edit.get("new_string", edit.get("new_str"))
        if not isinstance(new, str):
            continue
        if text is None:
            text = new
        elif isinstance(old, str) and old and old in text:
            text = text.replace(old, new, -1 if edit.get("replace_all") is True else 1)
        else:
            text = f"{text}\n{new}"
    return text or ""
