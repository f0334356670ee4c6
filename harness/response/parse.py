"""From a markdown answer, a source file or a tree of files to one program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.core.escape import clean_text
from harness.core.types import SuppliedFile, ToolCall
from harness.response.block import Block, BlockRole, Origin
from harness.response.languages import JAVASCRIPT_FAMILY, language_of, language_of_path
from harness.response.markdown import MAX_BLOCKS, Fence, fences_of
from harness.response.program import Program
from harness.response.roles import (
    counter_lines_of,
    file_name_of,
    looks_like_diff,
    role_of,
    without_removed_lines,
)
from harness.response.toolcalls import WrittenFile, files_of_tool_calls

__all__ = ["MAX_BLOCK_CHARACTERS", "MAX_RESPONSE_CHARACTERS", "parse_files", "parse_response", "parse_source"]

MAX_RESPONSE_CHARACTERS = 4_000_000
MAX_RESPONSE_LINES = 50_000
MAX_BLOCK_CHARACTERS = 400_000
_PATCHED = JAVASCRIPT_FAMILY | {"python", "php", "sql", ""}


def parse_response(
    markdown: str,
    *,
    supplied: Sequence[SuppliedFile] = (),
    tool_calls: Sequence[ToolCall] = (),
) -> Program:
    """Parse an answer: its code blocks, the files it wrote by tool calls, and the user's files as context.

    Args:
        markdown: the text of the answer.
        supplied: files of the user's project; they take part in resolving names but are never judged.
        tool_calls: Write and Edit calls of the answer.
    """
    limits: list[str] = []
    if len(markdown) > MAX_RESPONSE_CHARACTERS:
        limits.append(f"the response has more than {MAX_RESPONSE_CHARACTERS:,} characters")
        markdown = markdown[:MAX_RESPONSE_CHARACTERS]
    text = clean_text(markdown).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n", MAX_RESPONSE_LINES)
    if len(lines) > MAX_RESPONSE_LINES:
        limits.append(f"the response has more than {MAX_RESPONSE_LINES:,} lines")
        text = "\n".join(lines[:MAX_RESPONSE_LINES])
    fences = fences_of(text)
    if len(fences) >= MAX_BLOCKS:
        limits.append(f"the response has {MAX_BLOCKS:,} code blocks or more")
    blocks = [_block(fence, number) for number, fence in enumerate(fences, start=1)]
    rewritten = {block.path for block in blocks if block.path}
    written = files_of_tool_calls(tool_calls, supplied)
    blocks += [
        _written_block(file, len(blocks) + offset) for offset, file in enumerate(written.files, start=1)
    ]
    limits += written.limits
    rewritten |= {file.path for file in written.files if file.whole}
    blocks += [
        _file_block(file.path, file.text, len(blocks) + offset, Origin.SUPPLIED)
        for offset, file in enumerate((f for f in supplied if f.path not in rewritten), start=1)
    ]
    limits += [f"block {block.number} is too large to be read" for block in blocks if block.oversized]
    return Program(blocks, text=text, linked=True, limits=limits)


def parse_source(text: str, path: str) -> Program:
    """Parse one source file as a program of one block."""
    return parse_files([(path, text)])


def parse_files(files: Iterable[tuple[str, str]]) -> Program:
    """Parse a tree of files (path with forward slashes, text) as one program."""
    blocks = [
        _file_block(path, text, number, Origin.FILE) for number, (path, text) in enumerate(files, start=1)
    ]
    limits = [f"{block.path} is too large to be read" for block in blocks if block.oversized]
    return Program(blocks, linked=False, limits=limits)


def _block(fence: Fence, number: int) -> Block:
    tag, path = file_name_of(fence)
    text, indent, indents = fence.text, fence.indent, fence.indents
    language = language_of(tag, path, text, cut=not fence.closed)
    if language == "diff" or (language in _PATCHED and looks_like_diff(text)):
        language = language_of("" if language == "diff" else tag, path, without_removed_lines(text))
        # Python would take a leading blank for an indentation.
        keep = language in JAVASCRIPT_FAMILY
        text = without_removed_lines(text, keep_columns=keep)
        indent, indents = (indent, indents) if keep else (indent + 1, tuple(one + 1 for one in indents))
    oversized = len(text) > MAX_BLOCK_CHARACTERS
    head = "" if oversized else text
    return Block(
        number=number,
        language=language,
        role=role_of(language, path, head, fence),
        text=text,
        line=fence.line,
        indent=indent,
        path=path,
        heading=fence.headings[-1] if fence.headings else "",
        counter_lines=counter_lines_of(head),
        truncated=not fence.closed,
        oversized=oversized,
        indents=indents,
    )


def _written_block(file: WrittenFile, number: int) -> Block:
    block = _file_block(file.path, file.text, number, Origin.TOOL_CALL, file.language)
    return replace(block, kept_lines=file.kept_lines) if file.kept_lines else block


def _file_block(path: str, text: str, number: int, origin: Origin, language: str = "") -> Block:
    text = clean_text(text).replace("\r\n", "\n").replace("\r", "\n")
    language = language or language_of_path(path)
    oversized = len(text) > MAX_BLOCK_CHARACTERS
    role = BlockRole.DATA if not language else role_of(language, path, "" if oversized else text)
    return Block(
        number=number,
        language=language,
        role=role,
        text=text,
        line=1,
        path=path.removeprefix("./"),
        origin=origin,
        counter_lines=frozenset(),
        oversized=oversized,
    )
