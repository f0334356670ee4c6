"""A second file for what the supplied configuration already sets up."""

from __future__ import annotations

import re

from harness.checks.base import Exchange
from harness.checks.context.existing import supplied_program
from harness.core.types import Finding
from harness.response.block import Block, BlockRole
from harness.response.config.compose import ComposeFile, Service
from harness.response.flow.expressions import Assignment, Name
from harness.response.flow.statements import Unit

__all__ = ["second_configuration"]

# Settings of Django that a project has once; a second file with them is a second project.
_SETTINGS = frozenset({"DATABASES", "INSTALLED_APPS", "MIDDLEWARE"})
_BUILT = re.compile(
    r"(?:^|/)(?P<name>postgres|mysql|mariadb|mongo|redis|valkey|rabbitmq|nginx|memcached)[\w-]*(?::|$)"
)


def second_configuration(exchange: Exchange) -> list[Finding]:
    """Return where an answer sets up anew what a supplied file has: services, settings of Django."""
    return [*_services(exchange), *_settings(exchange)]


def _services(exchange: Exchange) -> list[Finding]:
    if not any(file.path.endswith((".yml", ".yaml")) for file in exchange.files):
        return []
    supplied = supplied_program(exchange.files).config.compose
    found: list[Finding] = []
    for file in exchange.program.config.compose if supplied else ():
        wrong = file.block.role is BlockRole.COUNTER_EXAMPLE
        if file.supplied or wrong or not file.block.path or _is_a_supplied_file(exchange, file.block):
            continue
        for service in file.services:
            for one in supplied:
                there = _same_service(one, service)
                if there and not service.place.shown_as_wrong:
                    message = f"{service.name} is set up anew, {one.block.path} has {there}"
                    found.append(service.place.finding(message))
                    break
    return found


def _is_a_supplied_file(exchange: Exchange, block: Block) -> bool:
    name = block.path.rpartition("/")[2]
    return any(file.path.rpartition("/")[2] == name for file in exchange.files)


def _same_service(file: ComposeFile, service: Service) -> str:
    """Return the name of the service in a file that is this one, by its name or by what it runs; or empty."""
    if file.service(service.name) is not None:
        return service.name
    kind = _BUILT.search(service.image)
    for one in file.services:
        other = _BUILT.search(one.image)
        if kind is not None and other is not None and kind["name"] == other["name"]:
            return one.name
    return ""


def _settings(exchange: Exchange) -> list[Finding]:
    supplied = [file for file in exchange.files if file.path.endswith(".py") and "DATABASES" in file.text]
    if not supplied:
        return []
    found: list[Finding] = []
    for unit in exchange.program.flow.units_with((BlockRole.CODE, BlockRole.CONFIG), ("python",)):
        if unit.block.path and not _is_a_supplied_file(exchange, unit.block):
            found += [
                exchange.program.flow.finding(
                    unit,
                    one.node,
                    f"a second settings file has {_target(one)}, the project has {supplied[0].path}",
                )
                for one in _assigned(unit)
            ]
    return found


def _assigned(unit: Unit) -> list[Assignment]:
    return [one for one in unit.assignments if _target(one) in _SETTINGS]


def _target(assignment: Assignment) -> str:
    return assignment.target.name if isinstance(assignment.target, Name) else ""
