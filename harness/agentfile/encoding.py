"""Bytes to text: UTF-8 first, then the repairs that broken agent files really need.

Lines keep their numbers through every repair, so a line reported later is the line an editor shows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from harness.core.errors import AgentFileError
from harness.core.types import Repair

__all__ = ["MAX_BYTES", "MAX_LINES", "DecodedText", "decode", "line_of"]

MAX_BYTES = 2 * 1024 * 1024
"""Largest agent file that is read, in bytes; a prompt larger than this is a mistake or an attack."""

MAX_LINES = 30_000
"""Most lines of an agent file; reading takes about a tenth of a millisecond for each."""

_MAX_REPORTED_LINES = 20
_LINE_BREAK = re.compile(r"\r\n?")
_NON_ASCII_RUN = re.compile(r"[^\x00-\x7f]{2,}")
_UTF16_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

# A byte that has no character in Windows-1252 is passed through by the programs that make this mistake.
_WINDOWS_1252 = {
    **{chr(byte): byte for byte in range(0x80, 0xA0)},
    **{bytes([byte]).decode("cp1252", "replace"): byte for byte in range(0x80, 0x100)},
}
_WINDOWS_1252.pop("\N{REPLACEMENT CHARACTER}", None)
_MAC_ROMAN = {bytes([byte]).decode("mac_roman"): byte for byte in range(0x80, 0x100)}
_MISREADINGS: tuple[tuple[str, Mapping[str, int]], ...] = (
    ("Mac Roman", _MAC_ROMAN),
    ("Windows-1252", _WINDOWS_1252),
)
_CONFIRMING = 3  # so many different two-byte repairs are evidence enough without a longer one


@dataclass(frozen=True, slots=True)
class DecodedText:
    """Text with LF line ends, and what had to be repaired to get it."""

    text: str
    repairs: tuple[Repair, ...]


def line_of(text: str, offset: int) -> int:
    """Return the line, counted from 1, that holds the character at ``offset``."""
    return text.count("\n", 0, offset) + 1


def decode(data: bytes, path: str) -> DecodedText:
    """Decode the bytes of an agent file.

    Args:
        data: content of the file.
        path: name of the file, for error messages only.

    Raises:
        AgentFileError: the file is larger than :data:`MAX_BYTES` or :data:`MAX_LINES`, or is no text at all.
    """
    if len(data) > MAX_BYTES:
        raise AgentFileError(
            f"{path}: {len(data):,} bytes is more than the {MAX_BYTES:,} an agent file may have; "
            "name the prompt itself, not a collection of files"
        )
    repairs: list[Repair] = []
    text = _to_unicode(data, path, repairs)
    if text.startswith("\ufeff"):
        text = text[1:]
        repairs.append(Repair("byte-order-mark", 1, "a byte order mark was removed"))
    if "\r" in text:
        text = _LINE_BREAK.sub("\n", text)
        repairs.append(Repair("line-ends", 1, "CR and CRLF line ends were read as LF"))
    if text.count("\n") >= MAX_LINES:
        raise AgentFileError(
            f"{path}: more than {MAX_LINES:,} lines; an agent file is one prompt, not a collection"
        )
    return DecodedText(_mend_misreadings(text, repairs), tuple(repairs))


def _to_unicode(data: bytes, path: str, repairs: list[Repair]) -> str:
    codec = _UTF16_MARKS.get(data[:2])
    if codec:
        repairs.append(Repair("encoding", 1, "the file is UTF-16; it was read as such, save it as UTF-8"))
        return data.decode(codec, "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _decode_broken(data, repairs)
    if "\x00" in text:
        raise AgentFileError(
            f"{path}:{line_of(text, text.index(chr(0)))}: holds a NUL byte, so it is not text; "
            "an agent file is markdown"
        )
    return text


def _decode_broken(data: bytes, repairs: list[Repair]) -> str:
    """Decode bytes that are not UTF-8; what no encoding explains becomes U+FFFD and is reported."""
    lossy = data.decode("utf-8", "replace")
    has_real_utf8 = any(ord(char) > 0x7F and char != "\ufffd" for char in lossy)
    if not has_real_utf8:
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            text = ""
        if text:
            line = line_of(lossy, lossy.index("\ufffd"))
            repairs.append(Repair("encoding", line, "the file is not UTF-8; it was read as Windows-1252"))
            return text
    lines = lossy.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    broken = [number for number, line in enumerate(lines, 1) if "\ufffd" in line]
    repairs.extend(
        Repair("undecodable-bytes", number, "bytes that are not UTF-8 were replaced by U+FFFD")
        for number in broken[:_MAX_REPORTED_LINES]
    )
    if len(broken) > _MAX_REPORTED_LINES:
        more = len(broken) - _MAX_REPORTED_LINES
        repairs.append(
            Repair("undecodable-bytes", broken[_MAX_REPORTED_LINES], f"and on {more} more lines from here on")
        )
    return lossy


def _mend_misreadings(text: str, repairs: list[Repair]) -> str:
    """Undo UTF-8 that was once read as an older encoding (``‚ùå`` is a cross read as Mac Roman)."""
    if text.isascii():
        return text
    for name, table in _MISREADINGS:
        mended = _mend(text, table)
        if mended is None:
            continue
        lines, result = mended
        shown = ", ".join(str(number) for number in lines[:_MAX_REPORTED_LINES])
        shown += ", …" if len(lines) > _MAX_REPORTED_LINES else ""
        word = "line" if len(lines) == 1 else "lines"
        repairs.append(
            Repair(
                "mojibake",
                lines[0],
                f"characters that were UTF-8 read as {name} were repaired on {word} {shown}",
            )
        )
        text = result
    return text


def _mend(text: str, table: Mapping[str, int]) -> tuple[list[int], str] | None:
    """Return the repaired lines and text, or None where the file gives no sound evidence.

    A sequence that stands for three or four bytes hardly ever occurs in honest text. One of two
    bytes does (``√π``, ``“é``), so those are repaired only where other sequences confirm the cause.
    """
    pieces: list[tuple[int, int, str]] = []
    for run in _NON_ASCII_RUN.finditer(text):
        pieces.extend(_sequences(run.group(), run.start(), table))
    short = {char for start, end, char in pieces if end - start == 2}
    confirmed = any(end - start > 2 for start, end, _ in pieces) or len(short) >= _CONFIRMING
    if not confirmed:
        return None
    out: list[str] = []
    lines: list[int] = []
    position = 0
    line = 1
    for start, end, char in pieces:
        between = text[position:start]
        line += between.count("\n")
        out += (between, char)
        position = end
        if not lines or lines[-1] != line:
            lines.append(line)
    out.append(text[position:])
    return lines, "".join(out)


def _sequences(run: str, offset: int, table: Mapping[str, int]) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    codes = [table.get(char, 0) for char in run]
    position = 0
    while position < len(codes):
        length = _sequence_length(codes[position])
        char = _decode_one(codes[position : position + length]) if length else ""
        if char:
            found.append((offset + position, offset + position + length, char))
            position += length
        else:
            position += 1
    return found


def _sequence_length(lead: int) -> int:
    """Length in bytes of the UTF-8 sequence that starts with ``lead``; 0 when none can.

    Of the two-byte sequences only those for Latin-1 count: the other lead bytes are dashes and
    quotation marks in the older encodings and stand before accented letters in honest text.
    """
    if lead in (0xC2, 0xC3):
        return 2
    if 0xE0 <= lead <= 0xEF:
        return 3
    if 0xF0 <= lead <= 0xF4:
        return 4
    return 0


def _decode_one(codes: list[int]) -> str:
    if 0 in codes:
        return ""
    try:
        char = bytes(codes).decode("utf-8")
    except UnicodeDecodeError:
        return ""
    # Unassigned, private and control characters are no sign of a repair.
    return char if len(char) == 1 and unicodedata.category(char) not in {"Cn", "Co", "Cs", "Cc"} else ""
