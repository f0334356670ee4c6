"""Commands of a shell: their words, the variables they set, and when cron runs them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from ast_grep_py import SgNode, SgRoot

from harness.core.json_text import parse_json
from harness.response.block import Block
from harness.response.config.model import Kind, Place, Setting
from harness.response.record import record

__all__ = ["Command", "Word", "exec_command", "read_shell"]

MAX_COMMANDS = 5_000
MAX_CHARACTERS = 50_000
_LONG_LINE = re.compile(r"[^\n]{4000,}")
_PROMPT = re.compile(r"^([ \t]*)(?:[\w.@~:/-]{1,60})?[$❯](?=[ \t])", re.MULTILINE)
_MONTHS_AND_DAYS = "mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_CRON_FIELD = rf"(?:\*|[\d,\-*]+|(?:{_MONTHS_AND_DAYS})[\w,\-]*)(?:/\d+)?"
_CRON = re.compile(
    rf"^[ \t]*(@(?:hourly|daily|midnight|weekly|monthly|yearly|annually|reboot)"
    rf"|{_CRON_FIELD}(?:[ \t]+{_CRON_FIELD}){{4}})"
    rf"(?=[ \t]+\S)(?:[ \t]+root\b(?=[ \t]))?",
    re.MULTILINE | re.IGNORECASE,
)
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
_EXPANSIONS = ("command_substitution", "simple_expansion", "expansion", "process_substitution")
# Commands that only run another one.
_PREFIXES = frozenset({"sudo", "exec", "time", "nohup", "command", "nice", "ionice"})


@record
class Word:
    """One word. ``text`` is without quotes; ``literal`` says that nothing in it is filled in by the shell."""

    text: str
    place: Place
    literal: bool = True


@record
class Command:
    """One command. ``name`` has no folders, and what only starts it (sudo, exec) is left out.

    ``settings`` are the variables set in front of it or by it (``export``). ``schedule`` is the time of a
    cron line. ``line_text`` is the statement it is part of, pipes and redirections included, bounded.
    """

    name: str
    words: tuple[Word, ...]
    settings: tuple[Setting, ...]
    place: Place
    schedule: str = ""
    line_text: str = ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after the name, as text."""
        return tuple(word.text for word in self.words)

    def option_values(self, *names: str) -> Iterator[Word]:
        """Yield what stands behind an option: ``-e A=b``, ``--env=A=b``, ``-eA=b``."""
        for position, word in enumerate(self.words):
            for name in names:
                if word.text == name:
                    if position + 1 < len(self.words):
                        yield self.words[position + 1]
                elif word.text.startswith(f"{name}=") and name.startswith("--"):
                    yield Word(word.text[len(name) + 1 :], word.place, word.literal)
                elif len(name) == 2 and word.text.startswith(name) and len(word.text) > 2 and name[1] != "-":
                    yield Word(word.text[2:], word.place, word.literal)


def read_shell(
    block: Block, text: str = "", line: int = 0, column: int = 0, *, exact: bool = True
) -> tuple[Command, ...]:
    """Read the commands of a shell block, or of a text that stands in another one.

    Args:
        block: the block that is read.
        text: the part of it; the whole block where it is empty.
        line: the line (from 0) of the block on which ``text`` starts.
        column: the column at which its first line starts.
        exact: whether ``text`` stands in the block letter by letter; else words get the place of its start.
    """
    source = (text or block.text)[:MAX_CHARACTERS]
    reader = _Reader(block, line, column, exact=exact)
    if len(source) > 4_000:
        # No command is that long; the parser would try for long to make one of it.
        source = _LONG_LINE.sub("", source)
    source = _PROMPT.sub(lambda match: " " * len(match[0]), source)
    schedules: dict[int, str] = {}
    if _CRON.search(source):
        for match in _CRON.finditer(source):
            schedules[source.count("\n", 0, match.start(1))] = match[1]
        source = _CRON.sub(lambda match: " " * len(match[0]), source)
    return tuple(reader.commands(source, schedules))


def exec_command(block: Block, words: tuple[Word, ...], place: Place) -> tuple[Command, ...]:
    """Make commands of a list of words, as in ``CMD ["node", "server.js"]``; a shell in it is opened."""
    texts = [word.text for word in words]
    if (
        len(texts) >= 3
        and texts[0].rpartition("/")[2] in {"sh", "bash", "ash"}
        and texts[1] in {"-c", "-lc", "-ec"}
    ):
        inner = words[2]
        return read_shell(block, inner.text, inner.place.line, inner.place.column, exact=False)
    if not words:
        return ()
    return (Command(_base_name(texts[0]), words[1:], (), place, line_text=" ".join(texts)[:500]),)


class _Reader:
    """Makes commands of nodes."""

    def __init__(self, block: Block, line: int, column: int, *, exact: bool) -> None:
        self.block = block
        self.line = line
        self.column = column
        self.exact = exact

    def commands(self, source: str, schedules: dict[int, str]) -> Iterator[Command]:
        root = SgRoot(source, "bash").root()
        seen = 0
        for node in root.find_all(any=[{"kind": "command"}, {"kind": "declaration_command"}]):
            seen += 1
            if seen > MAX_COMMANDS:
                return
            yield self.command(node, schedules)
        for node in root.find_all(kind="variable_assignment"):
            parent = node.parent()
            if parent is not None and parent.kind() not in {"command", "declaration_command"}:
                seen += 1
                if seen > MAX_COMMANDS:
                    return
                setting = self.setting(node)
                place = self.place(node)
                yield Command("", (), (setting,), place, line_text=node.text()[:500])

    def command(self, node: SgNode, schedules: dict[int, str]) -> Command:
        words: list[Word] = []
        settings: list[Setting] = []
        for child in node.children():
            kind = child.kind()
            if kind == "variable_assignment":
                settings.append(self.setting(child))
            elif kind == "comment" or kind.endswith("redirect"):
                continue
            elif kind == "command_name" or child.is_named():
                words.append(self.word(child))
        name = ""
        if node.kind() == "declaration_command":
            name = node.text().split(None, 1)[0]
        else:
            while words:
                name = _base_name(words.pop(0).text)
                if name not in _PREFIXES and not (name == "env" and words):
                    break
                while words and (words[0].text.startswith("-") or _ASSIGNED.match(words[0].text)):
                    words.pop(0)
        start = node.range().start.line
        return Command(
            name, tuple(words), tuple(settings), self.place(node), schedules.get(start, ""), _statement(node)
        )

    def word(self, node: SgNode) -> Word:
        inner = node.child(0) if node.kind() == "command_name" and node.child(0) is not None else node
        kind = inner.kind() if inner is not None else ""
        literal = kind in {"word", "number", "raw_string"} or not any(
            inner is not None and inner.find(kind=one) is not None for one in _EXPANSIONS
        )
        return Word(_unquoted(node.text()), self.place(node), literal)

    def setting(self, node: SgNode) -> Setting:
        name, _, value = node.text().partition("=")
        value_node = node.field("value")
        place = self.place(node) if value_node is None else self.place(value_node)
        named = self.place(node)
        key = Place(named.block, named.line, named.column, len(name) if self.exact else 0)
        return Setting(
            (name.rstrip("+"),), _unquoted(value)[:4000], place, key, Kind.SHELL, value[:1] not in {'"', "'"}
        )

    def place(self, node: SgNode) -> Place:
        start, end = node.range().start, node.range().end
        if not self.exact:
            return Place(self.block, self.line, self.column)
        column = start.column + (self.column if not start.line else 0)
        width = end.column - start.column if end.line == start.line else 0
        return Place(self.block, self.line + start.line, column, width)


def _statement(node: SgNode) -> str:
    """Return the text of the pipeline and redirection that a command is part of."""
    top = node
    for _ in range(6):
        parent = top.parent()
        if parent is None or parent.kind() not in {"pipeline", "redirected_statement", "negated_command"}:
            break
        top = parent
    return " ".join(top.text()[:500].split())


def _unquoted(text: str) -> str:
    """Return a word without its quotes; several quoted parts are put together."""
    if not any(mark in text for mark in "\"'\\"):
        return text
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text[0] not in text[1:-1]:
        return text[1:-1]
    return re.sub(
        r"\\(.)|\"|'", lambda match: (match[1] or "") if match[1] != "\n" else "", text, flags=re.DOTALL
    )


def _base_name(text: str) -> str:
    return PurePosixPath(text).name if "/" in text else text


def words_of_json(text: str, place: Place) -> tuple[Word, ...]:
    """Return the words of ``["node", "server.js"]``, all at one place; none where it is no such list."""
    try:
        items = parse_json(text)
    except ValueError:
        return ()
    if not isinstance(items, list):
        return ()
    return tuple(Word(str(item), place) for item in items)
