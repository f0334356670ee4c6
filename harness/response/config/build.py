"""The configuration of a program: every block that holds some, read when it is first asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from harness.core.tree import Mapping, Tree
from harness.core.yaml_tree import yaml_documents
from harness.response.block import Block
from harness.response.config.compose import ComposeFile, compose_files
from harness.response.config.dockerfile import Dockerfile, read_dockerfile
from harness.response.config.heredocs import written_files
from harness.response.config.json_tree import json_trees
from harness.response.config.lines import env_settings, ini_settings, toml_settings
from harness.response.config.model import ConfigFile, Kind, Place, Setting, Unread
from harness.response.config.nginx import Directive, nginx_settings, read_nginx
from harness.response.config.shell import Command, read_shell
from harness.response.config.trees import kind_of_json, kind_of_yaml, settings_of
from harness.response.lazy import lazy

if TYPE_CHECKING:
    from harness.response.program import Program

__all__ = ["Config", "config_of"]

_EXAMPLE_NAME = re.compile(
    r"(?:^|[./_-])(?:example|sample|template|dist|defaults?)(?:$|[./_-])", re.IGNORECASE
)


def config_of(program: Program) -> Config:
    """Return the configuration of a program; nothing is read yet."""
    return Config(program.blocks)


class Config:
    """What the configuration blocks of a program say; supplied files included, each kind read on demand.

    Counter-examples are in here too: ``Place.shown_as_wrong`` tells them apart.
    """

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks: dict[str, list[Block]] = {}
        for block in blocks:
            if block.oversized:
                continue
            self._blocks.setdefault(block.language, []).append(block)
            if block.language == "bash" and "<<" in block.text:
                for written in written_files(block):
                    self._blocks.setdefault(written.language, []).append(written)

    def blocks(self, *languages: str) -> Iterator[Block]:
        """Yield the blocks of some languages."""
        for language in languages:
            yield from self._blocks.get(language, ())

    @lazy
    def yaml(self) -> tuple[ConfigFile, ...]:
        """Every YAML block."""
        return tuple(_yaml_file(block) for block in self.blocks("yaml"))

    @lazy
    def json(self) -> tuple[ConfigFile, ...]:
        """Every JSON block."""
        return tuple(_json_file(block) for block in self.blocks("json"))

    @lazy
    def plain(self) -> tuple[ConfigFile, ...]:
        """Environment files, INI and TOML."""
        found = [
            ConfigFile(b, kind, tuple(env_settings(b, kind)))
            for b in self.blocks("env")
            for kind in [_env(b)]
        ]
        found += [ConfigFile(b, Kind.INI, tuple(ini_settings(b))) for b in self.blocks("ini")]
        found += [
            ConfigFile(b, kind, tuple(toml_settings(b, kind)))
            for b in self.blocks("toml")
            for kind in [_toml(b)]
        ]
        return tuple(found)

    @lazy
    def compose(self) -> tuple[ComposeFile, ...]:
        """Every compose document."""
        return compose_files(self.yaml)

    @lazy
    def dockerfiles(self) -> tuple[Dockerfile, ...]:
        """Every Dockerfile."""
        return tuple(read_dockerfile(block) for block in self.blocks("dockerfile"))

    @lazy
    def nginx(self) -> tuple[Directive, ...]:
        """The directives of all nginx blocks."""
        return tuple(one for block in self.blocks("nginx") for one in read_nginx(block))

    @lazy
    def commands(self) -> tuple[Command, ...]:
        """The commands of all shell blocks."""
        return tuple(one for block in self.blocks("bash") for one in read_shell(block))

    @lazy
    def settings(self) -> tuple[Setting, ...]:
        """Every key/value fact of every kind of configuration, shell variables included."""
        found: list[Setting] = []
        for file in (*self.yaml, *self.json, *self.plain):
            found += file.settings
        for dockerfile in self.dockerfiles:
            found += dockerfile.settings
        found += nginx_settings(self.nginx)
        for command in self.commands:
            found += command.settings
        return tuple(found)

    @property
    def unread(self) -> tuple[Unread, ...]:
        """What could not be read of YAML and JSON."""
        return tuple(one for file in (*self.yaml, *self.json) for one in file.unread)


def _yaml_file(block: Block) -> ConfigFile:
    documents = yaml_documents(block.text)
    trees = tuple(one.tree for one in documents if one.tree is not None)
    kind = _yaml_kind(trees, block)
    unread = tuple(Unread(Place(block, one.fault_line), one.fault) for one in documents if one.fault)
    elided = any(one.elided for one in documents)
    return ConfigFile(block, kind, settings_of(block, kind, trees), trees, unread, elided)


def _yaml_kind(trees: tuple[Tree, ...], block: Block) -> Kind:
    name = block.path.rpartition("/")[2].lower()
    if ".github/workflows/" in block.path:
        return Kind.PIPELINE
    kinds = [kind_of_yaml(tree, name) for tree in trees if isinstance(tree, Mapping)]
    return next((kind for kind in kinds if kind is not Kind.YAML), Kind.YAML)


def _json_file(block: Block) -> ConfigFile:
    trees, fault = json_trees(block.text)
    name = block.path.rpartition("/")[2].lower()
    kind = kind_of_json(trees[0] if trees else None, name)
    unread = (Unread(Place(block, 0), fault),) if fault else ()
    return ConfigFile(block, kind, settings_of(block, kind, trees), trees, unread)


def _env(block: Block) -> Kind:
    return Kind.ENV_EXAMPLE if _EXAMPLE_NAME.search(block.path.rpartition("/")[2]) else Kind.ENV


def _toml(block: Block) -> Kind:
    name = block.path.rpartition("/")[2].lower()
    if name == "pyproject.toml":
        return Kind.PYPROJECT
    if name == "pipfile":
        return Kind.PIPFILE
    if re.search(r"^\[(?:project|tool\.poetry)\b", block.text, re.MULTILINE):
        return Kind.PYPROJECT
    return Kind.PIPFILE if re.search(r"^\[(?:dev-)?packages\]", block.text, re.MULTILINE) else Kind.TOML
