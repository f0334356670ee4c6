"""A Dockerfile as stages and instructions, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from harness.response.block import Block
from harness.response.config.model import Kind, Place, Setting
from harness.response.record import record

__all__ = ["DockerStage", "Dockerfile", "Instruction", "read_dockerfile"]

MAX_HEREDOC = 1_000
MAX_PAIRS = 1_000
_KEYWORDS = frozenset(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL "
    "USER VOLUME WORKDIR".split()
)
_START = re.compile(r"[ \t]*([A-Za-z]+)(?=[ \t]|$)[ \t]*")
_HEREDOC = re.compile(r"<<-?[ \t]*([\"']?)([A-Za-z_]\w*)\1")
_FLAG = re.compile(r"--[a-z-]+(?:=\S*)?[ \t]*")
_PAIR = re.compile(r"""([A-Za-z_][\w.\-]*)=((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])*)""", re.DOTALL)
_FROM = re.compile(r"(\S+)(?:\s+[Aa][Ss]\s+(\S+))?")


@record
class Instruction:
    """One instruction. ``arguments`` is its text as it stands there, continuation lines and heredoc included.

    ``line`` and ``column`` (from 0) are where ``arguments`` begins in the block.
    """

    keyword: str
    arguments: str
    place: Place
    line: int
    column: int

    @property
    def words(self) -> str:
        """The arguments as one line."""
        return " ".join(re.sub(r"\\\n", " ", self.arguments).split())


@record
class DockerStage:
    """What one FROM begins. ``image`` is the base as written, ``base`` with known ARG values filled in."""

    name: str
    image: str
    base: str
    place: Place
    instructions: tuple[Instruction, ...]
    settings: tuple[Setting, ...]


@record
class Dockerfile:
    """All stages of a Dockerfile; ``before`` are the instructions before the first FROM (arguments)."""

    block: Block
    stages: tuple[DockerStage, ...]
    before: tuple[Instruction, ...]
    settings: tuple[Setting, ...]

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """Every instruction, in order."""
        return (*self.before, *(one for stage in self.stages for one in stage.instructions))


def read_dockerfile(block: Block) -> Dockerfile:
    """Read a Dockerfile; lines that are no instruction are passed over."""
    before: list[Instruction] = []
    groups: list[list[Instruction]] = []
    for instruction in _instructions(block):
        if instruction.keyword == "FROM":
            groups.append([instruction])
        elif groups:
            groups[-1].append(instruction)
        else:
            before.append(instruction)
    arguments = {setting.name: setting.value for one in before for setting in _settings(one)}
    stages = tuple(_stage(group, arguments) for group in groups)
    settings = [setting for one in before for setting in _settings(one)]
    settings += [setting for stage in stages for setting in stage.settings]
    return Dockerfile(block, stages, tuple(before), tuple(settings))


def _stage(group: list[Instruction], arguments: dict[str, str]) -> DockerStage:
    first = group[0]
    text = _FLAG.sub("", first.arguments, count=3).strip()
    match = _FROM.match(text)
    image, name = (match[1], match[2] or "") if match else ("", "")
    return DockerStage(
        name=name.lower(),
        image=image,
        base=_filled(image, arguments),
        place=first.place,
        instructions=tuple(group),
        settings=tuple(setting for one in group for setting in _settings(one)),
    )


def _filled(image: str, arguments: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, default = match[1] or match[3], match[2]
        return arguments.get(name) or default or match[0]

    return re.sub(r"\$\{(\w+)(?::-([^}]*))?\}|\$(\w+)", value, image)


def _instructions(block: Block) -> Iterator[Instruction]:
    lines = block.text.split("\n")
    number = 0
    while number < len(lines):
        match = _START.match(lines[number])
        if match is None or match[1].upper() not in _KEYWORDS:
            number += 1
            continue
        last = _last_line(lines, number)
        first = lines[number][match.end() :]
        text = "\n".join([first, *lines[number + 1 : last + 1]])
        place = Place(block, number, match.start(1), len(lines[number].rstrip()) - match.start(1))
        yield Instruction(match[1].upper(), text, place, number, match.end())
        number = last + 1


def _last_line(lines: list[str], number: int) -> int:
    """Return the last line of the instruction that begins on a line."""
    last = number
    while lines[last].rstrip().endswith("\\") and last + 1 < len(lines):
        last += 1
        # Comments and blank lines within a continuation do not end it.
        while last + 1 < len(lines) and (not lines[last].strip() or lines[last].lstrip().startswith("#")):
            last += 1
    for match in _HEREDOC.finditer(lines[number]):
        reach = range(last + 1, min(last + 1 + MAX_HEREDOC, len(lines)))
        end = next((at for at in reach if lines[at].strip() == match[2]), None)
        if end is None:
            break
        last = end
    return last


def _settings(instruction: Instruction) -> Iterator[Setting]:
    """Yield what ENV, ARG and LABEL set; an ARG without default sets nothing."""
    if instruction.keyword not in {"ENV", "ARG", "LABEL"}:
        return
    text = instruction.arguments
    pairs = list(islice(_PAIR.finditer(text), MAX_PAIRS))
    if not pairs and instruction.keyword == "ENV":
        # The old form: ENV KEY the value
        name, _, value = text.strip().partition(" ")
        if value.strip():
            start = text.index(value.strip())
            yield _setting(instruction, (name, text.index(name)), (value.strip(), start))
        return
    for match in pairs:
        yield _setting(instruction, (match[1], match.start(1)), (match[2], match.start(2)))


def _setting(instruction: Instruction, key: tuple[str, int], value: tuple[str, int]) -> Setting:
    text = value[0]
    quoted = len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]
    return Setting(
        (instruction.keyword, key[0]),
        text[1:-1] if quoted else text.replace("\\ ", " "),
        _place_in(instruction, value[1], len(text)),
        _place_in(instruction, key[1], len(key[0])),
        Kind.DOCKERFILE,
        not quoted,
    )


def _place_in(instruction: Instruction, offset: int, width: int) -> Place:
    above = instruction.arguments.count("\n", 0, offset)
    column = offset - (instruction.arguments.rfind("\n", 0, offset) + 1)
    if not above:
        column += instruction.column
    return Place(instruction.place.block, instruction.line + above, column, width)
