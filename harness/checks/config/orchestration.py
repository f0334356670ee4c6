"""The compose files around an answer: the user's own, those that add to it, those that stand beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from harness.checks.base import Exchange
from harness.core.types import Message, Role
from harness.response.config.build import Config
from harness.response.config.compose import ComposeFile, Service
from harness.response.parse import parse_response
from harness.response.program import Program
from harness.response.record import record

__all__ = [
    "Orchestration",
    "asks_for_another_file",
    "is_main_name",
    "named",
    "orchestration_of",
    "supplied_configuration",
]

_MAIN_NAMES = frozenset({"docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"})
_FILE_NAME = re.compile(r"(?:[\w@./-]*/)?[\w.-]*compose[\w.-]*\.ya?ml", re.IGNORECASE)
# The user wants a file of its own: for tests, for developers, as an override.
_ASKED = re.compile(
    r"""\b(?:second|separate|additional|another|own|extra|standalone|different|new|dedicated|distinct)\s+
        (?:\w+\s+){0,2}(?:docker[- ]?)?compose\b
    |\b(?:dev\w*|test\w*|prod\w*|staging|ci|local|override|overlay)\s+(?:docker[- ]?)?compose\b
    |\bcompose[\s.-]+(?:override|overlay)|\boverride\s+(?:file|for)|\bcompose\s+files\b
    |\bcompose(?:\s+file)?\s+(?:only\s+)?for\s+(?:dev\w*|test\w*|prod\w*|staging|ci|local)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_EXISTING = re.compile(
    r"\b(?:our|my|the|this|existing|current|attached|main)\s+(?:\w+\s+){0,2}(?:docker[- ]?)?compose\b"
    r"|\b(?:extend|add\s+(?:\w+\s+){1,4}to)\s+(?:\w+\s+){0,3}(?:docker[- ]?)?compose\b",
    re.IGNORECASE,
)


@record
class Orchestration:
    """The compose documents of an exchange.

    ``existing`` are the user's. Of the answer, ``updates`` stand for files that the user has (or for the
    one file there is), ``others`` are files beside them, by name.
    """

    existing: tuple[ComposeFile, ...]
    updates: tuple[ComposeFile, ...]
    others: dict[str, tuple[ComposeFile, ...]]
    mentioned: bool

    @property
    def answered(self) -> tuple[ComposeFile, ...]:
        """What the answer wrote."""
        return (*self.updates, *(one for files in self.others.values() for one in files))

    @property
    def existing_services(self) -> dict[str, Service]:
        """The user's services by name."""
        return {service.name: service for file in self.existing for service in file.services}


def orchestration_of(exchange: Exchange) -> Orchestration:
    """Sort the compose documents of an exchange."""
    program = exchange.program
    existing = list(supplied_configuration(exchange).compose)
    if not existing:
        existing = list(_in_messages(exchange.messages))
    known = {_base(file.block.path) for file in existing} - {""}
    updates: list[ComposeFile] = []
    others: dict[str, list[ComposeFile]] = {}
    written = [file for file in program.config.compose if not file.supplied and not _shown_as_wrong(file)]
    inferred = _name_in_commands(program, known, written)
    for file in written:
        name = _base(file.block.path) or inferred
        if not name or name in known or (not known and is_main_name(name)):
            updates.append(file)
        else:
            others.setdefault(name, []).append(file)
    mentioned = any(_EXISTING.search(text) for text in _user_texts(exchange.messages))
    return Orchestration(
        tuple(existing), tuple(updates), {name: tuple(group) for name, group in others.items()}, mentioned
    )


def supplied_configuration(exchange: Exchange) -> Config:
    """Return the configuration that the user has, also of files that the answer writes anew."""
    if not exchange.files:
        return Config(())
    return parse_response("", supplied=exchange.files).config


def is_main_name(name: str) -> bool:
    """Say whether compose reads a file of this name by itself."""
    return name.lower() in _MAIN_NAMES


def asks_for_another_file(exchange: Exchange, names: Iterable[str]) -> bool:
    """Say whether the user asked for a compose file beside the main one, or for these very names."""
    wanted = {name.lower() for name in names}
    for text in _user_texts(exchange.messages):
        if _ASKED.search(text):
            return True
        if wanted & {_base(found).lower() for found in _FILE_NAME.findall(text)}:
            return True
    return False


def named(names: Sequence[str]) -> str:
    """Spell a few names, bounded."""
    shown = [name[:40] for name in sorted(names)[:4]]
    more = len(names) - len(shown)
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def _user_texts(messages: Iterable[Message]) -> Iterator[str]:
    for message in messages:
        if message.role is Role.USER and "ompose" in message.text:
            yield message.text[:20_000]


def _in_messages(messages: Iterable[Message]) -> Iterator[ComposeFile]:
    """Yield compose files that the user wrote into a message."""
    for message in messages:
        if message.role is Role.USER and "services:" in message.text:
            yield from parse_response(message.text).config.compose


def _name_in_commands(program: Program, known: set[str], written: list[ComposeFile]) -> str:
    """Return the file that commands name with ``-f`` where the one block without a name can only be that."""
    nameless = [file for file in written if not file.block.path]
    if len(nameless) != 1 or not known:
        return ""
    told = {_base(file.block.path) for file in written} | known
    found = set()
    for command in program.config.commands:
        if command.name == "docker-compose" or (
            command.name == "docker" and command.arguments[:1] == ("compose",)
        ):
            found |= {_base(word.text) for word in command.option_values("-f", "--file")}
    strange = {name for name in found - told if "compose" in name}
    return strange.pop() if len(strange) == 1 else ""


def _shown_as_wrong(file: ComposeFile) -> bool:
    places = [service.place for service in file.services]
    return bool(places) and all(place.shown_as_wrong for place in places)


def _base(path: str) -> str:
    return path.rpartition("/")[2]
