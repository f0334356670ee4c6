"""Front matter: strict YAML where the file is YAML, and a lenient reading of ``key:`` lines where not.

The strict reading walks YAML events and never builds nested values: an alias is not expanded and
depth costs no stack, so hostile front matter is cheap to refuse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.agentfile.scalars import YamlProblem, YamlValue, lenient_value, strict_values, unclosed_quote
from harness.core.types import Repair

__all__ = ["KNOWN_KEYS", "Entry", "FrontMatter", "description_line", "read_front_matter"]

KNOWN_KEYS = frozenset(
    {
        "name", "description", "tools", "disallowedTools", "model", "permissionMode", "maxTurns", "skills",
        "mcpServers", "hooks", "memory", "background", "effort", "isolation", "color", "initialPrompt",
    }
)  # fmt: skip
"""The keys Claude Code documents; only these end a value that is not YAML without further signs."""

_FENCE = re.compile(r"---[ \t]*\Z")
_CLOSING = re.compile(r"(?:---|\.\.\.)[ \t]*\Z")
_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_-]{0,63})[ \t]*:(?=[ \t]|\Z)[ \t]*")
_SPEAKERS = frozenset(
    {
        "user", "assistant", "human", "agent", "ai", "claude", "system", "context", "commentary",
        "example", "examples", "note", "notes", "situation", "scenario", "rationale", "reasoning",
        "e", "http", "https",
    }
)  # fmt: skip
_OPENING_TAG = "<example"
_CLOSING_TAG = "</example"
_HEADING = re.compile(r"#{1,6}[ \t]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of the front matter. ``line`` and ``end_line`` count from 1, the end is inclusive."""

    key: str
    value: YamlValue
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The keys in the order of the file, the line where the body starts (from 1), and the repairs."""

    entries: tuple[Entry, ...]
    body_line: int
    present: bool
    repairs: tuple[Repair, ...]

    def entry(self, key: str) -> Entry | None:
        """Return the entry of a key; of a key that occurs twice, the first."""
        return next((entry for entry in self.entries if entry.key == key), None)


def read_front_matter(lines: list[str]) -> FrontMatter:
    """Read the front matter of a file that was split into lines.

    Missing and unclosed front matter, and values that are not YAML, are read as well as they can be
    and named as repairs; nothing raises.
    """
    repairs: list[Repair] = []
    start = _opening(lines, repairs)
    if start is None:
        repairs.append(Repair("missing-front-matter", 1, "no front matter; the whole file is the prompt"))
        return FrontMatter((), 1, present=False, repairs=tuple(repairs))
    end, body_line = _end(lines, start, repairs)
    block = lines[start:end]
    values = strict_values("\n".join(block))
    if isinstance(values, YamlProblem):
        entries = _lenient(block, start, values, repairs)
    else:
        entries = [Entry(key, value, start + first, start + last) for key, value, first, last in values]
        _warn_about_comments(entries, lines, repairs)
    _report_duplicates(entries, repairs)
    return FrontMatter(tuple(entries), body_line, present=True, repairs=tuple(repairs))


def description_line(text: str) -> int:
    """Return the line of an agent file's text where its description starts, 1 where it has none."""
    entries = read_front_matter(text.splitlines()).entries
    return next((entry.line for entry in entries if entry.key == "description"), 1)


def _opening(lines: list[str], repairs: list[Repair]) -> int | None:
    """Return the index of the first line inside the front matter, or None where there is none."""
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return None
    if _FENCE.match(lines[first]):
        if first:
            repairs.append(
                Repair("late-front-matter", first + 1, "blank lines before the front matter were skipped")
            )
        return first + 1
    found = _KEY.match(lines[first])
    if found and found.group(1) in {"name", "description"} and _has_closing_fence(lines, first):
        repairs.append(
            Repair("missing-opening-fence", first + 1, "the front matter lacks its opening ---; it was read")
        )
        return first
    return None


def _has_closing_fence(lines: list[str], first: int) -> bool:
    """Tell whether a ``---`` follows before anything that only a body holds."""
    for line in lines[first : first + 60]:
        if _FENCE.match(line):
            return True
        if _HEADING.match(line):
            return False
    return False


def _end(lines: list[str], start: int, repairs: list[Repair]) -> tuple[int, int]:
    """Return the index after the last front-matter line, and the line (from 1) where the body starts."""
    for index in range(start, len(lines)):
        if _CLOSING.match(lines[index]):
            return index, index + 2
    end = _guess_end(lines, start)
    repairs.append(
        Repair(
            "unclosed-front-matter",
            start,
            f"no closing ---; the front matter was taken to end before line {end + 1}",
        )
    )
    return end, end + 1


def _guess_end(lines: list[str], start: int) -> int:
    """Find the end of unclosed front matter: the first blank line after the last key, or a heading."""
    stop = next((index for index in range(start, len(lines)) if _HEADING.match(lines[index])), len(lines))
    last_key = start
    for index in range(start, stop):
        found = _KEY.match(lines[index])
        if found and (found.group(1) in KNOWN_KEYS or last_key == index - 1):
            last_key = index
    return next((index for index in range(last_key + 1, stop) if not lines[index].strip()), stop)


def _lenient(block: list[str], start: int, problem: YamlProblem, repairs: list[Repair]) -> list[Entry]:
    """Read ``key:`` lines at column 0; each value is taken up to the next key."""
    starts = _key_lines(block)
    entries: list[Entry] = []
    repairs.append(
        Repair(
            "front-matter",
            # A parser that misses something finds that out one line below the last.
            start + min(problem.line, max(len(block), 1)),
            f"not valid YAML ({problem.message}); read line by line",
        )
    )
    for number, index in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(block)
        entry, mended = _slice(block[index:end], start + index + 1)
        entries.append(entry)
        if mended:
            repairs.append(
                Repair(
                    "front-matter-value",
                    entry.line,
                    f"the value of {entry.key!r} is not valid YAML; its text was taken",
                )
            )
    if starts and starts[0]:
        repairs.append(Repair("front-matter", start + 1, "text before the first key was left out"))
    return entries


def _slice(lines: list[str], line: int) -> tuple[Entry, bool]:
    """Read one key and its value; say whether the value had to be mended."""
    end_line = line + len(lines) - 1
    values = strict_values("\n".join(lines))
    if not isinstance(values, YamlProblem) and len(values) == 1:
        key, value, _, _ = values[0]
        return Entry(key, value, line, end_line), False
    found = _KEY.match(lines[0])
    key = found.group(1) if found else ""
    first = lines[0][found.end() :] if found else lines[0]
    return Entry(key, lenient_value([first, *lines[1:]]), line, end_line), True


def _key_lines(block: list[str]) -> list[int]:
    """Indexes of the lines that start a key, known or plausibly unknown."""
    found: list[int] = []
    still_to_close = sum(line.count(_CLOSING_TAG) for line in block)
    depth = 0
    seen: set[str] = set()
    for index, line in enumerate(block):
        match = _KEY.match(line)
        # Inside a dialogue that is closed further down, `model: …` is something a speaker says.
        inside = depth > 0 and still_to_close > 0
        if match and not inside and _starts_key(match.group(1), seen):
            found.append(index)
            seen.add(match.group(1))
        depth = max(
            0,
            depth
            + line.count(_OPENING_TAG)
            - line.count(_OPENING_TAG + "s")
            - line.count(_CLOSING_TAG)
            + line.count(_CLOSING_TAG + "s"),
        )
        still_to_close -= line.count(_CLOSING_TAG)
    return found


def _starts_key(key: str, seen: set[str]) -> bool:
    if key in KNOWN_KEYS:
        return key not in seen
    # Keys are written in lower case or camel case; a capital starts a sentence or names a speaker.
    return key[0].islower() and key.lower() not in _SPEAKERS and key not in seen


def _warn_about_comments(entries: list[Entry], lines: list[str], repairs: list[Repair]) -> None:
    """YAML cuts a plain value at `` #``; a dialogue that is lost that way is restored, the rest is named."""
    for position, entry in enumerate(entries):
        if entry.key not in {"name", "description"} or entry.value.style != "plain":
            continue
        raw = "\n".join(lines[entry.line - 1 : entry.end_line])
        if " #" not in raw:
            continue
        lost = raw[raw.index(" #") :]
        if _OPENING_TAG in lost or _CLOSING_TAG in lost:
            first = lines[entry.line - 1]
            found = _KEY.match(first)
            rest = first[found.end() :] if found else first
            value = lenient_value([rest, *lines[entry.line : entry.end_line]])
            entries[position] = Entry(entry.key, value, entry.line, entry.end_line)
            repairs.append(
                Repair(
                    "yaml-comment",
                    entry.line,
                    f"' #' starts a comment in YAML; the whole text of {entry.key!r} was taken",
                )
            )
        else:
            repairs.append(
                Repair(
                    "yaml-comment",
                    entry.line,
                    f"YAML reads the end of {entry.key!r} from ' #' on as a comment",
                )
            )


def _report_duplicates(entries: list[Entry], repairs: list[Repair]) -> None:
    seen: dict[str, int] = {}
    for entry in entries:
        if entry.key in seen:
            repairs.append(
                Repair(
                    "duplicate-key",
                    entry.line,
                    f"{entry.key!r} stands already on line {seen[entry.key]}; the first one counts",
                )
            )
        else:
            seen[entry.key] = entry.line
        if unclosed_quote(entry.value):
            repairs.append(
                Repair(
                    "unclosed-quote",
                    entry.line,
                    f"the value of {entry.key!r} opens a quotation mark and never closes it",
                )
            )
