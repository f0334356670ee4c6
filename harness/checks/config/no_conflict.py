"""G11: configuration that gets along with what is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from harness.checks.base import Check, Exchange, Soundness
from harness.checks.config.compose_conflicts import Conflict, compose_conflicts
from harness.checks.config.file_conflicts import (
    environment_conflicts,
    is_entry_script,
    layer_conflicts,
    manifest_conflicts,
    nginx_conflicts,
    repeated_keys,
    script_conflicts,
)
from harness.checks.config.orchestration import (
    Orchestration,
    asks_for_another_file,
    named,
    orchestration_of,
    supplied_configuration,
)
from harness.core.types import Decision, Finding, Outcome, Role
from harness.response.block import Block, BlockRole
from harness.response.config.build import Config
from harness.response.config.model import Kind

__all__ = ["NoConflict"]

MAX_FINDINGS = 200
_CONFIGURATION = frozenset({"dockerfile", "nginx", "env", "toml", "ini", "requirements"})
_PAYLOAD = frozenset({Kind.JSON, Kind.OPENAPI})


class NoConflict(Check):
    """Configuration that an answer writes does not contradict itself or what the user has.

    Conflicts that a tree shows: one host port or container name for two services, a service that a second
    file defines again or with another image, a variable set to other values, two nginx servers for the same
    name and port, a manifest or a key that stands there twice. Whether a difference is meant is for a
    judge; a pass says that none of these conflicts is there.
    """

    id: ClassVar[str] = "config/no-conflict"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.EVIDENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Do not contradict the existing configuration",
        "Configuration must not conflict with what is there",
        "No conflicting configuration files",
        "Keep new configuration compatible with the existing files",
        "Never write configuration that clashes with the current setup",
        "Never override existing configuration",
        "Configuration files must never conflict with the existing setup",
        "New configuration must not contradict existing configuration files",
        "Never write a configuration file that conflicts with the setup",
        "Avoid conflicting configuration",
        "Configuration files must not conflict",
        "Never introduce configuration that conflicts with the existing one",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on all configuration of the answer."""
        config = exchange.program.config
        files = orchestration_of(exchange)
        if not files.answered and not _written(config):
            return Decision(Outcome.NOT_APPLICABLE, "no configuration in the answer")
        seen = sorted(_conflicts(exchange, files), key=lambda one: (one.place.block.number, one.place.line))
        firm = _findings([one for one in seen if not one.doubt])
        if firm:
            more = f" and {len(firm) - 1} more" if len(firm) > 1 else ""
            return Decision(Outcome.FAIL, firm[0].message + more, firm)
        if seen:
            return Decision(Outcome.UNDECIDED, f"{seen[0].message}, but {seen[0].doubt}")
        return _without_conflict(exchange, files)


def _conflicts(exchange: Exchange, files: Orchestration) -> Iterator[Conflict]:
    config = exchange.program.config
    asked = " ".join(message.text for message in exchange.messages if message.role is Role.USER)
    found = [
        *_second_files(exchange, files),
        *compose_conflicts(files),
        *environment_conflicts(config, supplied_configuration(exchange), asked[:20_000]),
        *layer_conflicts(config, files),
        *script_conflicts(config, files),
        *nginx_conflicts(config.nginx),
        *manifest_conflicts(config),
        *repeated_keys(config),
    ]
    for one in found:
        block = one.place.block
        if not one.place.supplied and block.number and not block.truncated:
            yield one


def _second_files(exchange: Exchange, files: Orchestration) -> Iterator[Conflict]:
    """Yield services that a second compose file defines again; a doubt where the user asked for it."""
    doubt = "the user asked for it" if asks_for_another_file(exchange, files.others) else ""
    known = files.existing_services
    for name, group in files.others.items():
        for file in group:
            again = [service for service in file.services if service.name in known]
            if again:
                names = named([service.name for service in again])
                yield Conflict(again[0].place, f"{name[:60]} defines {names} beside the existing file", doubt)


def _findings(conflicts: list[Conflict]) -> tuple[Finding, ...]:
    found: dict[tuple[int, int, str], Finding] = {}
    for one in conflicts:
        found.setdefault(
            (one.place.block.number, one.place.line, one.message), one.place.finding(one.message)
        )
    return tuple(found.values())


def _without_conflict(exchange: Exchange, files: Orchestration) -> Decision:
    config = exchange.program.config
    if any(block.truncated for block in _written(config)):
        return Decision(Outcome.UNDECIDED, "the answer was cut off inside its configuration")
    if not files.existing and not list(_blocks(supplied_configuration(exchange))):
        return Decision(Outcome.NOT_APPLICABLE, "there is no existing configuration to conflict with")
    if files.existing and files.others:
        return Decision(
            Outcome.UNDECIDED, f"{named(list(files.others))} stands beside the existing compose file"
        )
    unread = [one for one in config.unread if one.place.block.language == "yaml"]
    if unread:
        return Decision(Outcome.UNDECIDED, f"a YAML file could not be read: {unread[0].reason[:80]}")
    return Decision(Outcome.PASS, "no port, name, service, variable or key of the configuration collides")


def _blocks(config: Config) -> Iterator[Block]:
    """Yield the blocks that are configuration; JSON that is only sent or received is none."""
    for file in (*config.yaml, *config.json):
        if file.kind not in _PAYLOAD and file.settings:
            yield file.block
    yield from config.blocks(*_CONFIGURATION)
    yield from (block for block in config.blocks("bash") if is_entry_script(block))


def _written(config: Config) -> list[Block]:
    return [
        block
        for block in _blocks(config)
        if not _is_supplied(block) and block.role is not BlockRole.COUNTER_EXAMPLE
    ]


def _is_supplied(block: Block) -> bool:
    return block.origin.value == "supplied"
