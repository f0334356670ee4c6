"""Where services of compose files get in each other's way: host ports, container names, images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from harness.checks.config.orchestration import Orchestration
from harness.response.config.compose import ComposeFile, Port, Service
from harness.response.config.model import Place
from harness.response.record import record

__all__ = ["Conflict", "compose_conflicts"]

MAX_RANGE = 200
MAX_PORTS = 5_000
MAX_USERS = 5  # of one port; with more of them, not every pair is told
_DEFAULT = re.compile(r"^\$\{\w+:?-([^}]*)\}$")
_RANGE = re.compile(r"^(\d{1,5})-(\d{1,5})$")
_ANY_HOST = frozenset({"", "0.0.0.0", "[::]", "::"})  # noqa: S104 - compared with, never bound to


@record
class Conflict:
    """Two parts of the configuration that contradict each other, shown at the answer's part.

    ``doubt`` says why it may be wanted, empty where it may not.
    """

    place: Place
    message: str
    doubt: str = ""


@record
class _Running:
    """A service of one stack: the answer's own version of it, or the user's."""

    service: Service
    stack: str
    ports: tuple[Port, ...]
    profiles: frozenset[str]
    answered: bool


def compose_conflicts(files: Orchestration) -> Iterator[Conflict]:
    """Yield what conflicts among the compose files of an answer and with the user's."""
    running = list(_running(files))
    yield from _ports(running)
    yield from _container_names(running)
    yield from _images(files)


def _running(files: Orchestration) -> Iterator[_Running]:
    """Yield the services of the main stack as the answer leaves it, then those of the files beside it."""
    known = files.existing_services
    updated: dict[str, Service] = {}
    for file in files.updates:
        for service in file.services:
            # The same file is often shown twice: the fuller version of a service counts.
            before = updated.get(service.name)
            if before is None or len(service.keys) >= len(before.keys):
                updated[service.name] = service
    for name, service in {**known, **updated}.items():
        own = name in updated
        # A service that is written anew without ports has none; an excerpt leaves them as they are.
        is_excerpt = own and name in known and not service.keys & {"ports", "image", "build"}
        ports = known[name].ports if is_excerpt else service.ports
        yield _Running(service, "", ports, frozenset(service.profiles), own)
    for name, group in files.others.items():
        for file in group:
            for service in file.services:
                yield _Running(service, name, service.ports, frozenset(service.profiles), answered=True)


def _ports(running: list[_Running]) -> Iterator[Conflict]:
    taken: dict[tuple[str, str], list[tuple[_Running, Port]]] = {}
    published = (
        (one, port, number) for one in running for port in one.ports for number in _numbers(port.published)
    )
    for one, port, number in islice(published, MAX_PORTS):
        earlier = taken.setdefault((number, port.protocol), [])
        for other, before in earlier:
            if _meet(one, other) and _same_host(port, before):
                yield _port_conflict((one, port), (other, before), number)
        if len(earlier) < MAX_USERS:
            earlier.append((one, port))


def _port_conflict(later: tuple[_Running, Port], earlier: tuple[_Running, Port], number: str) -> Conflict:
    one, other = (later, earlier) if later[0].answered and not later[1].place.supplied else (earlier, later)
    where = "the existing" if not other[0].answered else "also"
    name = other[0].service.name[:40]
    if one[0].stack != other[0].stack and one[0].service.name == other[0].service.name:
        words = f"both compose files publish host port {number} for {name}"
    else:
        words = f"host port {number} is published by {one[0].service.name[:40]} and by {where} {name}"
        words = words.replace("by also", "by")
    return Conflict(one[1].place, words)


def _meet(one: _Running, other: _Running) -> bool:
    """Say whether two services can run at the same time, and whether the answer has to do with it."""
    if not (one.answered or other.answered):
        return False
    if one.stack == other.stack and one.service.name == other.service.name:
        return False
    return not (one.profiles and other.profiles) or bool(one.profiles & other.profiles)


def _same_host(one: Port, other: Port) -> bool:
    return one.host == other.host or one.host in _ANY_HOST or other.host in _ANY_HOST


def _numbers(published: str) -> list[str]:
    """Return the host ports that a text stands for; a variable stands for its default, or for itself."""
    default = _DEFAULT.match(published)
    text = default[1] if default else published
    between = _RANGE.match(text)
    if between is None:
        return [text] if text else []
    first, last = int(between[1]), int(between[2])
    return [str(number) for number in range(first, min(last, first + MAX_RANGE) + 1)]


def _container_names(running: list[_Running]) -> Iterator[Conflict]:
    taken: dict[str, _Running] = {}
    for one in running:
        name = one.service.container_name
        if name is None or not name.value or "$" in name.value:
            continue
        other = taken.setdefault(name.value, one)
        if other is not one and _meet(one, other):
            mine = one if one.answered else other
            theirs = other if mine is one else one
            setting = mine.service.container_name
            if setting is not None:
                words = f"container_name {name.value[:40]} is taken by the service {theirs.service.name[:40]}"
                yield Conflict(setting.place, words)


def _images(files: Orchestration) -> Iterator[Conflict]:
    """Yield services that another file defines with another image."""
    main = {**files.existing_services, **_services(files.updates)}
    for name, group in files.others.items():
        for service in _services(group).values():
            first = main.get(service.name)
            if first is not None and first.image and service.image and first.image != service.image:
                words = (
                    f"{name[:40]} runs {service.name[:40]} with {service.image[:60]}, not {first.image[:60]}"
                )
                yield Conflict(_image_place(service), words)


def _image_place(service: Service) -> Place:
    entry = service.node.entry("image")
    return service.place if entry is None else Place(service.place.block, entry.key.line)


def _services(files: tuple[ComposeFile, ...]) -> dict[str, Service]:
    return {service.name: service for file in files for service in file.services}
