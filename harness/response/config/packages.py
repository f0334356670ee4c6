"""Packages and base images that a program names, with the versions it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from harness.response.block import Block
from harness.response.config.build import Config
from harness.response.config.lines import requirement_lines
from harness.response.config.model import ConfigFile, Kind, Place
from harness.response.config.shell import Command, Word, read_shell
from harness.response.record import record

__all__ = ["Ecosystem", "NamedPackage", "named_packages", "packages_in_span"]

MAX_PACKAGES = 2_000


class Ecosystem(StrEnum):
    """Where a package comes from."""

    NPM = "npm"
    PYPI = "pypi"
    PACKAGIST = "packagist"
    IMAGE = "image"


@record
class NamedPackage:
    """A package with the version it is asked for in, as written; empty where none is named."""

    ecosystem: Ecosystem
    name: str
    version: str
    place: Place


_PYTHON_NAME = re.compile(r"^([A-Za-z0-9][\w.-]*?)\s*(?:\[[^\]]*\])?\s*(?=$|[=<>!~(;@\s])")
_NPM_SPEC = re.compile(r"^((?:@[\w.~-]+/)?[\w.~-]+)(?:@(.+))?$")
_COMPOSER_SPEC = re.compile(r"^([\w.-]+/[\w.-]+)(?:[:=@ ](.+))?$")
_IMAGE = re.compile(r"^(?:[\w.-]+(?::\d+)?/)*([\w.-]+)(?::([\w.-]+))?(?:@sha256:[0-9a-f]+)?$")
_OFFICIAL = re.compile(r"^(?:docker\.io/)?(?:library/)?[\w.-]+(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?$")
_SPAN_ENTRY = re.compile(r"""^["']((?:@?[\w.-]+/)?[\w.-]+)["']\s*:\s*["']([\^~<>=v]*\d[^"']*)["'],?$""")
_SPAN_NPM = re.compile(r"^(?:@[\w.-]+/)?[\w.-]+@[\^~]?\d[\w.\-]*$")
_SPAN_COMPOSER = re.compile(r"^[a-z][\w.-]*/[\w.-]+[:@][\^~]?\d[\w.\-*]*$")
_NPM_SECTIONS = frozenset({"dependencies", "devDependencies", "optionalDependencies"})
# Where pipelines keep their commands.
_STEPS = frozenset({"run", "script", "before_script", "commands"})
_INSTALLS = re.compile(r"\b(?:install|add|require|i)\s")
_NPM_TOOLS = {
    "npm": {"i", "install", "add", "in", "ins"},
    "pnpm": {"i", "install", "add"},
    "yarn": {"add"},
    "bun": {"add", "install", "i"},
}
# Options with a value that is no package.
_WITH_VALUE = frozenset(
    "-r --requirement -c --constraint -e --editable -i --index-url --extra-index-url -t --target --prefix -w "
    "--workspace --registry --filter -C --group -G --python -p --find-links -f -F --platform "
    "--cache-dir".split()
)


def named_packages(config: Config) -> tuple[NamedPackage, ...]:
    """Return every package that configuration and commands of a program name; counter-examples too."""
    found: list[NamedPackage] = []
    for one in _all(config):
        found.append(one)
        if len(found) >= MAX_PACKAGES:
            break
    return tuple(found)


def packages_in_span(block: Block) -> tuple[NamedPackage, ...]:
    """Return the packages that a code span of the prose names: ``name@1.2``, ``name==1.2``, a command."""
    text = block.text.strip()
    place = Place(block, 0)
    entry = _SPAN_ENTRY.match(text)
    if entry is not None:
        ecosystem = (
            Ecosystem.PACKAGIST if "/" in entry[1].lstrip("@") and entry[1][0] != "@" else Ecosystem.NPM
        )
        return (NamedPackage(ecosystem, entry[1], entry[2], place),)
    if " " in text:
        return tuple(one for command in read_shell(block) for one in _installed(command))
    if "==" in text or ">=" in text or "~=" in text:
        return tuple(_python(text, place))
    if _SPAN_NPM.match(text):
        return tuple(_npm_words((Word(text, place),)))
    return tuple(_composer_words((Word(text, place),))) if _SPAN_COMPOSER.match(text) else ()


def _all(config: Config) -> Iterator[NamedPackage]:
    for file in config.json:
        if file.kind is Kind.PACKAGE_JSON:
            yield from _package_json(file)
        elif file.kind is Kind.COMPOSER_JSON:
            yield from _composer_json(file)
    for block in config.blocks("requirements"):
        for text, place in requirement_lines(block):
            yield from _python(text, place)
    for file in config.plain:
        if file.kind in {Kind.PYPROJECT, Kind.PIPFILE}:
            yield from _toml(file)
    yield from _images(config)
    for command in _commands(config):
        yield from _installed(command)


def _package_json(file: ConfigFile) -> Iterator[NamedPackage]:
    for one in file.settings:
        if len(one.path) == 2 and one.path[0] in _NPM_SECTIONS:
            name, version = one.path[1], one.value.strip()
            if version.startswith("npm:"):
                match = _NPM_SPEC.match(version[4:])
                if match is None:
                    continue
                name, version = match[1], match[2] or ""
            yield NamedPackage(Ecosystem.NPM, name, _version_only(version), one.place)


def _version_only(text: str) -> str:
    """Return a version, or nothing where the text is a tag, a file or an address."""
    return "" if re.match(r"^(?:[a-z+]+:|https?|latest$|next$|beta$|\.|/|[\w-]+/[\w-])", text) else text


def _composer_json(file: ConfigFile) -> Iterator[NamedPackage]:
    for one in file.settings:
        if len(one.path) == 2 and one.path[0] in {"require", "require-dev"} and "/" in one.path[1]:
            yield NamedPackage(Ecosystem.PACKAGIST, one.path[1].lower(), one.value.strip(), one.place)


def _toml(file: ConfigFile) -> Iterator[NamedPackage]:
    for one in file.settings:
        path = one.path
        joined = ".".join(path[:3])
        if path[:2] == ("project", "dependencies") or joined.startswith(
            ("project.optional-dependencies", "dependency-groups")
        ):
            yield from _python(one.value, one.place)
        elif path[:2] == ("tool", "poetry") and "dependencies" in path:
            yield from _table_entry(path[path.index("dependencies") + 1 :], one.value, one.place)
        elif path[0] in {"packages", "dev-packages"} and file.kind is Kind.PIPFILE:
            yield from _table_entry(path[1:], one.value, one.place)


def _table_entry(path: tuple[str, ...], value: str, place: Place) -> Iterator[NamedPackage]:
    """Yield the package of ``name = "^1.0"`` or ``name = {version = "^1.0"}``."""
    if not path or path[0] == "python" or (len(path) > 1 and path[1] != "version"):
        return
    yield NamedPackage(Ecosystem.PYPI, _canonical(path[0]), "" if value == "*" else value, place)


def _python(text: str, place: Place) -> Iterator[NamedPackage]:
    match = _PYTHON_NAME.match(text)
    if match is None:
        return
    rest = text[match.end() :].split(";", 1)[0].strip().strip("()").strip()
    if not rest.startswith("@"):
        yield NamedPackage(Ecosystem.PYPI, _canonical(match[1]), rest, place)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _images(config: Config) -> Iterator[NamedPackage]:
    for dockerfile in config.dockerfiles:
        stages = {stage.name for stage in dockerfile.stages if stage.name}
        for stage in dockerfile.stages:
            if stage.base.lower() not in stages:
                yield from _image(stage.base, stage.place)
    for compose in config.compose:
        for service in compose.services:
            entry = service.node.entry("image")
            if entry is not None:
                place = Place(compose.block, entry.value.line, entry.value.column)
                yield from _image(service.image, place)
    yield from _manifest_images(config)


def _manifest_images(config: Config) -> Iterator[NamedPackage]:
    for file in config.yaml:
        if file.kind in {Kind.KUBERNETES, Kind.PIPELINE}:
            for one in file.settings:
                if one.name == "image":
                    yield from _image(one.value, one.place)


def _image(text: str, place: Place) -> Iterator[NamedPackage]:
    """Yield an official image; what a registry of one's own holds is not known by its name."""
    match = _IMAGE.match(text)
    if match is not None and _OFFICIAL.match(text):
        yield NamedPackage(Ecosystem.IMAGE, match[1].lower(), match[2] or "", place)


def _commands(config: Config) -> Iterator[Command]:
    yield from config.commands
    for file in config.yaml:
        if file.kind is Kind.PIPELINE:
            for step in file.settings:
                if step.name in _STEPS and _INSTALLS.search(step.value):
                    place = step.place
                    yield from read_shell(file.block, step.value, place.line, place.column, exact=False)
    for dockerfile in config.dockerfiles:
        for one in dockerfile.instructions:
            if one.keyword == "RUN":
                yield from _run_commands(dockerfile.block, one.arguments, one.line, one.column)


def _run_commands(block: Block, text: str, line: int, column: int) -> Iterator[Command]:
    heredoc = re.match(r"\s*<<-?\s*[\"']?\w+[\"']?[ \t]*\n", text)
    if heredoc is not None:
        yield from read_shell(block, text[heredoc.end() :], line + 1, 0)
    elif not text.lstrip().startswith("["):
        flags = re.match(r"(?:\s*--[a-z]+=\S+)+", text)
        blank = " " * flags.end() + text[flags.end() :] if flags is not None else text
        yield from read_shell(block, blank, line, column)


def _installed(command: Command) -> Iterator[NamedPackage]:
    words = command.words
    name = re.sub(r"[\d.]+$", "", command.name)
    if name == "python" and command.arguments[:2] == ("-m", "pip"):
        name, words = "pip", words[2:]
    if name == "uv" and command.arguments[:1] == ("pip",):
        name, words = "pip", words[1:]
    if not words:
        return
    verb = words[0].text
    if verb in _NPM_TOOLS.get(name, ()):
        yield from _npm_words(words[1:])
    elif (name == "pip" and verb == "install") or (
        name in {"uv", "poetry", "pdm", "pipenv"} and verb in {"add", "install"}
    ):
        for word in _operands(words[1:]):
            text = word.text.replace("@", "==", 1) if name == "poetry" and "@" in word.text else word.text
            yield from _python(text, word.place)
    elif name == "composer" and verb == "require":
        yield from _composer_words(words[1:])
    elif name == "docker" and verb in {"run", "pull"}:
        for word in list(_operands(words[1:]))[:40]:
            yield from _docker_word(word)


def _npm_words(words: tuple[Word, ...]) -> Iterator[NamedPackage]:
    for word in _operands(words):
        match = _NPM_SPEC.match(word.text)
        if match is not None:
            yield NamedPackage(Ecosystem.NPM, match[1], _version_only(match[2] or ""), word.place)


def _composer_words(words: tuple[Word, ...]) -> Iterator[NamedPackage]:
    for word in _operands(words):
        match = _COMPOSER_SPEC.match(word.text)
        if match is not None:
            yield NamedPackage(Ecosystem.PACKAGIST, match[1].lower(), (match[2] or "").strip(), word.place)


def _docker_word(word: Word) -> Iterator[NamedPackage]:
    if ":" in word.text and re.match(r"^[a-z][\w./-]*:[\w.-]+$", word.text):
        yield from _image(word.text, word.place)


def _operands(words: tuple[Word, ...]) -> Iterator[Word]:
    """Yield the words that are neither options nor values of options."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.text.startswith("-"):
            skip = word.text in _WITH_VALUE
        elif word.literal and not word.text.startswith((".", "/")):
            yield word
