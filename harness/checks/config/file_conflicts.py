"""Where environment files, scripts, nginx servers and manifests contradict each other."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from harness.checks.config.compose_conflicts import Conflict
from harness.checks.config.orchestration import Orchestration
from harness.core.tree import MAX_LEAVES, Mapping, Scalar, Sequence, Tree
from harness.response.block import Block
from harness.response.config.build import Config
from harness.response.config.model import ConfigFile, Kind, Place, Setting
from harness.response.config.nginx import Directive
from harness.response.config.trees import place_of
from harness.response.record import entity

__all__ = [
    "environment_conflicts",
    "is_entry_script",
    "layer_conflicts",
    "manifest_conflicts",
    "nginx_conflicts",
    "repeated_keys",
    "script_conflicts",
]

# Words of a variable's name that say nothing about what it is for.
_GENERIC = frozenset(
    "app url host port name key id user path env default max min secret enabled db api".split()
)
_WORD = re.compile(r"[a-z]{3,}")
# Comments under which other values are an alternative rather than a contradiction.
_CHOICE = re.compile(
    r"\b(?:dev\w*|prod\w*|stag\w*|tests?|testing|local\w*|docker|or|alternativ\w*|option\w*|instead|example|\.env\S*)\b",
    re.IGNORECASE,
)
_DEPENDS_ON_PLACE = frozenset(
    "host hosts hostname url uri dsn addr address endpoint server servers broker brokers env environment "
    "mode debug level log path dir socket".split()
)
_CHECKED_JSON = frozenset({Kind.PACKAGE_JSON, Kind.COMPOSER_JSON, Kind.OPENAPI})


def environment_conflicts(config: Config, had: Config, asked: str) -> Iterator[Conflict]:
    """Yield variables that an environment file sets twice, or other than the user's file of the same name.

    ``had`` is what the user has, ``asked`` what they wrote: a variable it speaks of may have to change.
    """
    existing = {(file.name, one.name): one for file in _environment(had) for one in file.settings}
    names = {name for name, _ in existing}
    words = set(_WORD.findall(asked.lower()))
    for file in _environment(config):
        if file.supplied:
            continue
        yield from _set_twice(file)
        name = file.name or (next(iter(names), "") if len(names) == 1 else "")
        for one in file.settings:
            before = existing.get((name, one.name))
            if before is None or not before.value or not one.value or before.value == one.value:
                continue
            if not one.place.shown_as_wrong:
                told = f"{one.name[:40]} is set to another value than in the existing {name or 'file'}"
                yield Conflict(one.key_place, told, _asked_for(one.name, words))


def _environment(config: Config) -> list[ConfigFile]:
    return [file for file in config.plain if file.kind in {Kind.ENV, Kind.ENV_EXAMPLE}]


def _asked_for(name: str, words: set[str]) -> str:
    for part in name.lower().split("_"):
        if len(part) > 2 and part not in _GENERIC and any(word.startswith(part) for word in words):
            return "the user asked about it"
    return ""


def _set_twice(file: ConfigFile) -> Iterator[Conflict]:
    seen: dict[str, Setting] = {}
    choices: list[int] | None = None
    for one in file.settings:
        before = seen.setdefault(one.name, one)
        if before.value != one.value and not one.place.shown_as_wrong:
            if choices is None:
                choices = _choices(file.block.text)
            first = bisect_right(choices, before.place.line)
            choice = first < len(choices) and choices[first] < one.place.line
            doubt = "comments part the file into alternatives" if choice else ""
            yield Conflict(one.key_place, f"{one.name[:40]} is set twice with different values", doubt)


def _choices(text: str) -> list[int]:
    """Return the lines (from 0) of comments that say what the lines below them are for."""
    return [
        number
        for number, line in enumerate(text.split("\n"))
        if line.lstrip().startswith("#") and _CHOICE.search(line[:300])
    ]


def layer_conflicts(config: Config, files: Orchestration) -> Iterator[Conflict]:
    """Yield variables of a service that the answer sets otherwise in the environment file it reads them from.

    Where to reach something and in which mode to run is meant to differ inside a container.
    """
    read = {
        (file.name.rpartition("/")[2], one.name): one
        for file in _environment(config)
        for one in file.settings
        if not file.supplied and not one.place.shown_as_wrong
    }
    for service in (one for file in files.answered for one in file.services) if read else ():
        for name in service.env_files:
            for one in service.environment:
                other = read.get((name.rpartition("/")[2], one.name))
                if other is None or not one.value or not other.value or "$" in one.value + other.value:
                    continue
                if one.value != other.value and not _DEPENDS_ON_PLACE & set(one.name.lower().split("_")):
                    told = f"{one.name[:40]} is set to another value than in {name[:40]}, which it reads"
                    yield Conflict(one.key_place, told)


def script_conflicts(config: Config, files: Orchestration) -> Iterator[Conflict]:
    """Yield variables that a script of the container sets other than compose does."""
    given = {
        setting.name: setting
        for service in files.existing_services.values()
        for setting in service.environment
        if setting.value
    }
    if not given:
        return
    for command in config.commands:
        if not is_entry_script(command.place.block) or command.place.supplied or command.place.shown_as_wrong:
            continue
        for one in command.settings:
            before = given.get(one.name)
            if before is not None and "$" not in one.value and before.value != one.value:
                service = before.path[1][:40]
                yield Conflict(one.key_place, f"{one.name[:40]} overrides what compose sets for {service}")


def is_entry_script(block: Block) -> bool:
    """Say whether a shell block is a file that starts something, rather than commands to be typed."""
    return block.path.endswith(".sh") or block.text.lstrip().startswith("#!")


def nginx_conflicts(directives: Iterable[Directive]) -> Iterator[Conflict]:
    """Yield servers of two files for the same name and port, and places that one server has twice."""
    servers: dict[tuple[str, str], _Server] = {}
    locations: set[tuple[Block, int, str]] = set()
    for one in directives:
        if one.place.shown_as_wrong or one.name != "location" or not one.is_block:
            continue
        key = (one.place.block, one.owner, one.value)
        if key in locations and not one.place.supplied:
            yield Conflict(one.place, f"location {one.value[:60]} stands in this server twice")
        locations.add(key)
    for server in _servers(directives):
        for listen in server.listens or ("80",):
            for name in server.names:
                first = servers.setdefault((listen, name), server)
                if first is server or not _are_both_read(first, server, name):
                    continue
                mine = server if not server.opening.place.supplied else first
                if not mine.opening.place.supplied:
                    words = f"the server {name[:60] or 'without a name'} on {listen} is there already"
                    yield Conflict(mine.opening.place, words, _told_apart(first, server))


def _are_both_read(first: _Server, second: _Server, name: str) -> bool:
    """Say whether nginx reads both servers: of two files, or of one that is no excerpt."""
    if first.block is second.block:
        return bool(name) and not first.opening.place.shown_as_wrong
    return bool(first.path and second.path) and first.path != second.path


def _told_apart(first: _Server, second: _Server) -> str:
    """Return the doubt where a comment between two servers of one block offers a choice."""
    between = range(first.opening.place.line, second.opening.place.line)
    is_choice = first.block is second.block and any(line in between for line in _choices(first.block.text))
    return "comments part the file into alternatives" if is_choice else ""


@entity
class _Server:
    block: Block
    opening: Directive
    listens: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def path(self) -> str:
        return self.block.path


def _servers(directives: Iterable[Directive]) -> Iterator[_Server]:
    opening: Directive | None = None
    inside: list[Directive] = []
    for one in directives:
        if one.name == "server" and one.is_block and "upstream" not in " ".join(one.path[-1:]):
            if opening is not None:
                yield _server(opening, inside)
            opening, inside = one, []
        elif opening is not None and one.path and one.path[-1] == "server":
            inside.append(one)
    if opening is not None:
        yield _server(opening, inside)


def _server(opening: Directive, inside: list[Directive]) -> _Server:
    listens = tuple(one.arguments[0] for one in inside if one.name == "listen" and one.arguments)
    names = [name for one in inside if one.name == "server_name" for name in one.arguments]
    # There can be one default server for a port, whatever it is called.
    names += [
        "default_server" for one in inside if one.name == "listen" and "default_server" in one.arguments
    ]
    return _Server(opening.place.block, opening, listens, tuple(names) or ("",))


def manifest_conflicts(config: Config) -> Iterator[Conflict]:
    """Yield objects of Kubernetes that two files, or one file twice, define under the same name."""
    seen: dict[tuple[str, ...], Place] = {}
    for file in config.yaml:
        if file.kind is not Kind.KUBERNETES:
            continue
        for tree in file.trees:
            name = tree.get("metadata", "name") if isinstance(tree, Mapping) else None
            if not isinstance(tree, Mapping) or not isinstance(name, Scalar) or {"$", "{"} & set(name.text):
                continue
            place = place_of(file.block, name)
            kind = tree.text("kind")
            key = (tree.text("apiVersion"), kind, tree.text("metadata", "namespace"), name.text)
            first = seen.setdefault(key, place)
            mine = first if place.supplied else place
            if first is not place and _are_apart(first.block, place.block) and not mine.shown_as_wrong:
                yield Conflict(mine, f"{kind[:40]} {name.text[:60]} is defined twice")


def _are_apart(one: Block, other: Block) -> bool:
    """Say whether two definitions stand in one file or in two, rather than in two views of one file."""
    return one is other or bool(one.path and other.path and one.path != other.path)


def repeated_keys(config: Config) -> Iterator[Conflict]:
    """Yield keys that one mapping of a configuration file has twice."""
    for file in (*config.yaml, *config.json):
        if file.supplied or (file.block.language == "json" and file.kind not in _CHECKED_JSON):
            continue
        for tree in file.trees:
            yield from _repeated(file, tree)


def _repeated(file: ConfigFile, tree: Tree) -> Iterator[Conflict]:
    stack: list[Tree] = [tree]
    visits = 0
    while stack and visits < MAX_LEAVES:
        visits += 1
        part = stack.pop()
        if isinstance(part, Sequence):
            stack += part.items[:MAX_LEAVES]
        elif isinstance(part, Mapping):
            seen: set[str] = set()
            for entry in part.entries:
                place = place_of(file.block, entry.key)
                if entry.key.text in seen and not place.shown_as_wrong:
                    yield Conflict(place, f"the key {entry.key.text[:60]} stands here twice")
                seen.add(entry.key.text)
                stack.append(entry.value)
