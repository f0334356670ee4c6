"""Files that an answer writes through tool calls are part of its program, as if it had printed them.

Known are the tools of Claude Code (Write, Edit, MultiEdit, NotebookEdit), the text editor tool of the
Messages API (``str_replace_based_edit_tool`` with create, str_replace, insert), and what file servers call
the same (``write_file``, ``edit_file``). Calls are carried out in memory alone; paths are names here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

from harness.core.types import SuppliedFile, ToolCall
from harness.response.notebooks import Cell, edited_cells, is_notebook, new_cell, read_cells
from harness.response.toolpaths import ToolPaths

__all__ = ["MAX_CALLS", "MAX_WRITTEN_CHARACTERS", "Written", "WrittenFile", "files_of_tool_calls"]

MAX_CALLS = 2_000
MAX_WRITTEN_CHARACTERS = 4_000_000
_MOST_READ = 200_000_000  # characters that edits go through, all together
_MOST_EDITS = 1_000  # of one call
_MOST_COMPARED = 1_000  # lines in which an edited file is compared with what it was

_EDITORS = frozenset("str_replace_based_edit_tool str_replace_editor text_editor".split())
_WRITES = frozenset("write create create_file write_file".split())
_EDITS = frozenset("edit str_replace multiedit multi_edit edit_file search_replace".split())
_PATHS = ("file_path", "path", "notebook_path", "target_file", "filename")


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file after all calls, or a part of one that is not known.

    Attributes:
        path: in the project, with forward slashes; a cell of a notebook is ``name.ipynb#cell``.
        text: what is known of it.
        kept_lines: lines (from 1) that stood in the user's file and that the answer left as they were.
        whole: false for the new text of an edit whose surroundings are not known.
        language: where the path does not say it.
    """

    path: str
    text: str
    kept_lines: frozenset[int] = frozenset()
    whole: bool = True
    language: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What tool calls came to. ``limits`` say which of them could not be carried out."""

    files: tuple[WrittenFile, ...]
    limits: tuple[str, ...]


def files_of_tool_calls(calls: Sequence[ToolCall], supplied: Sequence[SuppliedFile]) -> Written:
    """Carry out the calls that write files, and return each file as it is in the end, in order of writing.

    An edit of a file that is neither supplied nor written before gives its new text alone. So does one whose
    old text is not in the file, or is there more than once: that is said in ``limits``, since what the
    answer meant to become of the file is not known.
    """
    if not calls:
        return Written((), ())
    desk = _Desk(calls, supplied)
    for call in calls[:MAX_CALLS]:
        desk.carry_out(call)
    if len(calls) > MAX_CALLS:
        desk.limits.append(f"the answer has more than {MAX_CALLS:,} tool calls")
    return Written(tuple(desk.files()), tuple(desk.limits))


@dataclass(slots=True)
class _File:
    """A file between two calls. ``before`` is the user's text; ``None`` where there is none or all is new."""

    text: str | None = None
    before: str | None = None
    touched: bool = False
    fragments: list[str] = field(default_factory=list)
    cells: list[Cell] | None = None


class _Desk:
    def __init__(self, calls: Sequence[ToolCall], supplied: Sequence[SuppliedFile]) -> None:
        self._paths = ToolPaths(
            (said for call in calls[:MAX_CALLS] if (said := _said_path(call.input))),
            [file.path for file in supplied],
        )
        self._files: dict[str, _File] = {}
        for file in supplied:
            text = _lines_ended(file.text)
            self._files[self._paths.path_of(file.path)] = _File(text, text)
        self._room = MAX_WRITTEN_CHARACTERS
        self._patience = _MOST_READ
        self.limits: list[str] = []

    def carry_out(self, call: ToolCall) -> None:
        """Carry out one call; of those that write no file nothing comes."""
        name, given = call.name.lower().rpartition("__")[2], call.input
        if name in _EDITORS:
            name = str(given.get("command") or "")
        path = self._paths.path_of(_said_path(given))
        if not path:
            return
        if name in {"notebookedit", "notebook_edit"}:
            self._notebook(path, given)
        elif name in _WRITES:
            self._write(path, given)
        elif name in _EDITS:
            self._edit(path, given)
        elif name == "insert":
            self._insert(path, given)

    def files(self) -> list[WrittenFile]:
        """Return what was written, in the order of first writing."""
        found: list[WrittenFile] = []
        for path, file in self._files.items():
            if file.cells is not None:
                found += [
                    WrittenFile(f"{path}#{cell.name}", cell.text, language="python" if cell.code else "text")
                    for cell in file.cells
                    if cell.own
                ]
            elif file.touched and file.text is not None:
                kept = _kept_lines(file.before, file.text) if file.before is not None else frozenset()
                found.append(WrittenFile(path, file.text, kept))
            found += [WrittenFile(path, one, whole=False) for one in file.fragments]
        return found

    def _at(self, path: str) -> _File:
        """Return a file; one that is written for the first time takes its place in the order now."""
        file = self._files.get(path)
        if file is None or not (file.touched or file.fragments or file.cells):
            file = self._files[path] = self._files.pop(path, _File())
        return file

    def _write(self, path: str, given: Mapping[str, Any]) -> None:
        content = _first_text(given, "content", "file_text", "contents")
        if content is None or not self._fits(path, len(content)):
            return
        file = self._at(path)
        # What is written anew is the answer's own, every line of it: as if it had been printed.
        file.text, file.before, file.touched, file.fragments = _lines_ended(content), None, True, []
        file.cells = read_cells(file.text, own=True) if is_notebook(path) else None

    def _edit(self, path: str, given: Mapping[str, Any]) -> None:
        edits = given.get("edits")
        listed = edits if isinstance(edits, list) else [given]
        if len(listed) > _MOST_EDITS:
            self.limits.append(f"an edit of {path} has more than {_MOST_EDITS:,} parts")
        for one in listed[:_MOST_EDITS]:
            if isinstance(one, dict):
                self._replace(path, one)

    def _replace(self, path: str, edit: Mapping[str, Any]) -> None:
        old = _first_text(edit, "old_string", "old_str", "oldText")
        new = _first_text(edit, "new_string", "new_str", "newText")
        if new is None:
            return
        old, new = _lines_ended(old or ""), _lines_ended(new)
        everywhere = edit.get("replace_all") is True
        file = self._at(path)
        known = [file.text] if file.text is not None else file.fragments
        if not self._fits(path, 0, sum(map(len, known)) + len(known)):
            return
        if file.text is None:
            self._change_fragment(path, file, (old, new), everywhere=everywhere)
            return
        trouble = _trouble(file.text, old, everywhere=everywhere)
        if trouble:
            self._doubt(path, file, new, trouble)
            return
        text = self._replaced(path, file.text, (old, new), everywhere=everywhere) if old else new
        if text is not None:
            file.text, file.touched = text, True

    def _replaced(self, path: str, text: str, edit: tuple[str, str], *, everywhere: bool) -> str | None:
        old, new = edit
        times = text.count(old) if everywhere else 1
        return text.replace(old, new, times) if self._fits(path, times * (len(new) - len(old))) else None

    def _change_fragment(self, path: str, file: _File, edit: tuple[str, str], *, everywhere: bool) -> None:
        """Edit what earlier edits of an unknown file wrote, or add to it."""
        old, new = edit
        for place, known in enumerate(file.fragments):
            if old and not _trouble(known, old, everywhere=everywhere):
                text = self._replaced(path, known, edit, everywhere=everywhere)
                file.fragments[place] = known if text is None else text
                return
        if not self._fits(path, len(new)):
            return
        if old:
            file.fragments.append(new)
        else:
            file.text, file.touched = new, True  # an edit of nothing makes the file

    def _insert(self, path: str, given: Mapping[str, Any]) -> None:
        new = _first_text(given, "insert_text", "new_str", "text")
        line = given.get("insert_line", given.get("line"))
        if new is None or not self._fits(path, len(new)):
            return
        new, file = _lines_ended(new), self._at(path)
        if file.text is None:
            file.fragments.append(new)
            return
        lines = file.text.split("\n")
        if type(line) is not int or not 0 <= line <= len(lines):
            self._doubt(path, file, new, "there is no such line to insert at")
            return
        lines[line:line] = new.removesuffix("\n").split("\n")
        file.text, file.touched = "\n".join(lines), True

    def _notebook(self, path: str, given: Mapping[str, Any]) -> None:
        if not self._fits(path, len(str(given.get("new_source") or ""))):
            return
        file = self._at(path)
        known = file.cells
        if known is None and file.text is not None:
            known = read_cells(file.text, own=False)
        cells = edited_cells(known, given)
        if isinstance(cells, str):
            self.limits.append(f"an edit of {path} cannot be carried out: {cells}")
            cells = [*(known or ()), new_cell(given)]
        file.cells = [replace(one, text=_lines_ended(one.text)) for one in cells]

    def _doubt(self, path: str, file: _File, new: str, why: str) -> None:
        self.limits.append(f"an edit of {path} cannot be carried out: {why}")
        if new and self._fits(path, len(new)):
            file.fragments.append(new)

    def _fits(self, path: str, characters: int, searched: int = 0) -> bool:
        """Take from the room and the time that all calls have together: edits of edits grow without end."""
        if characters > self._room or searched > self._patience:
            limit = f"not all that was written to {path} is read: the answer's tool calls write too much"
            if limit not in self.limits:
                self.limits.append(limit)
            return False
        self._room -= max(characters, 0)
        self._patience -= searched
        return True


def _said_path(given: Mapping[str, Any]) -> str:
    return _first_text(given, *_PATHS) or ""


def _first_text(given: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        value = given.get(name)
        if isinstance(value, str):
            return value
    return None


def _lines_ended(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _trouble(text: str, old: str, *, everywhere: bool) -> str:
    """Say why an edit cannot be carried out; empty if it can."""
    if not old:
        return "it makes the file, which is there already" if text.strip() else ""
    found = text.find(old)
    if found < 0:
        return "the text to replace is not in the file"
    if not everywhere and text.find(old, found + 1) >= 0:
        return "the text to replace is in the file more than once"
    return ""


def _kept_lines(before: str, after: str) -> frozenset[int]:
    """Return the lines of a text (from 1) that are those of an earlier one."""
    old, new = before.split("\n"), after.split("\n")
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    kept = {*range(1, head + 1), *range(len(new) - tail + 1, len(new) + 1)}
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(len(old), len(new)) <= _MOST_COMPARED:
        for match in SequenceMatcher(None, old, new).get_matching_blocks():
            kept.update(range(head + match.b + 1, head + match.b + match.size + 1))
    return frozenset(kept)
