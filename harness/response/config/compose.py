"""A compose file as services with their ports, variables, images and names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.core.tree import Mapping, Scalar, Sequence, Tree
from harness.response.block import Block
from harness.response.config.model import ConfigFile, Kind, Place, Setting
from harness.response.config.trees import place_of, text_items
from harness.response.record import record

__all__ = ["ComposeFile", "Port", "Service", "compose_files"]

_PORT = re.compile(
    r"(?:(?P<host>\[[^\]]*\]|\d+\.\d+\.\d+\.\d+|\$\{[^}]*\}(?=:[^:]*:)):)?"
    r"(?:(?P<published>\$\{[^}]*\}|\$\w+|[\d\-]*):)?(?P<target>\$\{[^}]*\}|\$\w+|[\d\-]+)(?:/(?P<protocol>\w+))?$"
)
_TOP_KEYS = frozenset({"volumes", "networks", "secrets", "configs", "version", "name", "include"})


@record
class Port:
    """A port of a service; ``published`` is empty where the host chooses one."""

    published: str
    target: str
    host: str
    protocol: str
    place: Place


@record
class Service:
    """One service; ``node`` holds what has no field here."""

    name: str
    place: Place
    node: Mapping
    image: str
    container_name: Setting | None
    ports: tuple[Port, ...]
    environment: tuple[Setting, ...]
    env_files: tuple[str, ...]
    profiles: tuple[str, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The keys that the service sets."""
        return frozenset(self.node.effective())


@record
class ComposeFile:
    """One document of compose. ``fragment`` says that its services stand there without ``services:``."""

    file: ConfigFile
    tree: Mapping
    services: tuple[Service, ...]
    fragment: bool

    @property
    def block(self) -> Block:
        """The block it stands in."""
        return self.file.block

    @property
    def supplied(self) -> bool:
        """Say whether the user wrote it."""
        return self.file.supplied

    def service(self, name: str) -> Service | None:
        """Return the service of a name, or ``None``."""
        return next((one for one in self.services if one.name == name), None)


def compose_files(files: tuple[ConfigFile, ...]) -> tuple[ComposeFile, ...]:
    """Return every compose document of some files."""
    return tuple(one for file in files if file.kind is Kind.COMPOSE for one in _documents(file))


def _documents(file: ConfigFile) -> Iterator[ComposeFile]:
    for tree in file.trees:
        if not isinstance(tree, Mapping):
            continue
        services = tree.mapping("services")
        fragment = services is None and not tree.effective().keys() & {"services", "include"}
        holder = tree if fragment else services
        found = tuple(_services(file, holder, fragment)) if holder is not None else ()
        yield ComposeFile(file, tree, found, fragment)


def _services(file: ConfigFile, holder: Mapping, fragment: bool) -> Iterator[Service]:
    entries = list(holder.entries)
    entries += [
        entry for key, entry in holder.effective().items() if all(one.key.text != key for one in entries)
    ]
    for entry in entries[:1000]:
        value = entry.value
        if entry.key.text.startswith("x-") or (fragment and entry.key.text in _TOP_KEYS):
            continue
        if isinstance(value, Scalar):
            value = Mapping((), value.line, value.column)
        if isinstance(value, Mapping):
            yield _service(file.block, entry.key, value)


def _service(block: Block, key: Scalar, node: Mapping) -> Service:
    container = node.entry("container_name")
    return Service(
        name=key.text,
        place=place_of(block, key),
        node=node,
        image=node.text("image"),
        container_name=None
        if container is None or not isinstance(container.value, Scalar)
        else Setting(
            ("services", key.text, "container_name"),
            container.value.text,
            place_of(block, container.value),
            place_of(block, container.key),
            Kind.COMPOSE,
        ),
        ports=tuple(_ports(block, node.get("ports"))),
        environment=tuple(_environment(block, key.text, node.get("environment"))),
        env_files=tuple(_env_files(node.get("env_file"))),
        profiles=tuple(item.text for item in text_items(node.get("profiles"))),
    )


def _env_files(part: Tree | None) -> Iterator[str]:
    yield from (item.text for item in text_items(part))
    if isinstance(part, Sequence):
        yield from (item.text("path") for item in part.items if isinstance(item, Mapping))


def _ports(block: Block, part: Tree | None) -> Iterator[Port]:
    if not isinstance(part, Sequence):
        return
    for item in part.items[:1000]:
        if isinstance(item, Scalar):
            match = _PORT.match(item.text.strip()[:200])
            if match:
                yield Port(
                    match["published"] or "",
                    match["target"],
                    match["host"] or "",
                    (match["protocol"] or "tcp").lower(),
                    place_of(block, item),
                )
        elif isinstance(item, Mapping):
            protocol = item.text("protocol") or "tcp"
            published = item.get("published")
            place = place_of(block, published if published is not None else item)
            yield Port(item.text("published"), item.text("target"), item.text("host_ip"), protocol, place)


def _environment(block: Block, service: str, part: Tree | None) -> Iterator[Setting]:
    path = ("services", service, "environment")
    if isinstance(part, Mapping):
        for name, entry in part.effective().items():
            if isinstance(entry.value, Scalar):
                value = entry.value
                yield Setting(
                    (*path, name),
                    value.text,
                    place_of(block, value),
                    place_of(block, entry.key),
                    Kind.COMPOSE,
                    value.plain,
                )
    for item in text_items(part):
        name, found, text = item.text.partition("=")
        quote = 0 if item.plain else 1
        key = Place(block, item.line, item.column + quote, len(name))
        place = Place(block, item.line, item.column + quote + len(name) + 1, len(text)) if found else key
        if found:
            yield Setting((*path, name.strip()), text, place, key, Kind.COMPOSE, item.plain)
