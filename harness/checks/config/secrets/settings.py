"""Secrets in configuration: environment files, compose, Kubernetes, Dockerfiles, nginx, JSON, INI, SQL."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from harness.checks.config.secrets.addresses import carried_passwords
from harness.checks.config.secrets.commands import secrets_of_command
from harness.checks.config.secrets.judge import (
    Setting as Standing,
)
from harness.checks.config.secrets.judge import (
    called,
    is_basic_pair,
    is_fallback_secret,
    is_secret,
    is_secret_header,
)
from harness.checks.config.secrets.place import Hardcoded, place_of_offset
from harness.checks.config.secrets.values import is_placeholder, is_reference
from harness.checks.config.secrets.words import Sense, sense_of, words_of
from harness.core.tree import Mapping, Scalar, leaves
from harness.response.block import Block
from harness.response.config.build import Config
from harness.response.config.model import ConfigFile, Kind, Setting
from harness.response.config.nginx import Directive, read_nginx
from harness.response.config.shell import Command, Word, exec_command, read_shell
from harness.response.config.trees import place_of

__all__ = ["is_sample_file", "secrets_of_config"]

_DEPLOYED = frozenset({Kind.ENV, Kind.DOCKERFILE, Kind.SHELL})
_ENVIRONMENTS = frozenset(
    {"environment", "env", "args", "build_args", "vars", "variables", "env_vars", "envs"}
)
_DEFAULT = re.compile(r"\$\{(?P<name>\w+):?[-=](?P<value>[^{}$]+)\}")
_CAPTIONS = re.compile(
    r"(?:^|[/._-])(?:messages?|locales?|lang|language|languages|i18n|l10n|translations?|strings|labels|texts?)(?:[/._-]|$)"
    r"|(?:^|/)[a-z]{2}(?:[-_][a-zA-Z]{2})?\.(?:json|ya?ml|ini|toml)$",
    re.IGNORECASE,
)
_PAYLOAD = re.compile(
    r"(?:^|[/._-])(?:requests?|responses?|payloads?|bodies|body|samples?|examples?|fixtures?|mocks?|stubs?|swagger|"
    r"openapi|postman|insomnia|schemas?|package-lock|composer\.lock|tsconfig|testdata)(?:[/._-]|$)",
    re.IGNORECASE,
)
_SAMPLE = re.compile(r"(?:^|[./_-])(?:example|sample|template|dist|tpl|tmpl)(?:$|[./_-])", re.IGNORECASE)
_SQL_USER = re.compile(
    r"\b(?:PASSWORD|IDENTIFIED\s+(?:WITH\s+\w+\s+)?(?:BY|AS)(?:\s+PASSWORD)?)\s*=?\s*'(?P<value>[^'\n]{1,200})'",
    re.IGNORECASE,
)
_GAP = re.compile(r"change[-_ ]?(?:me|this|it|in|before)|replace|example|dummy", re.IGNORECASE)
_COMMAND_KEYS = frozenset({"command", "entrypoint", "run", "script", "cmd"})


def is_sample_file(block: Block) -> bool:
    """Say whether a file only shows which values are wanted, by its name."""
    return _SAMPLE.search(block.path.rpartition("/")[2]) is not None


def secrets_of_config(config: Config, blocks: tuple[Block, ...]) -> Iterator[Hardcoded]:
    """Yield the secrets in the configuration of an answer; ``blocks`` are those that count."""
    counted = frozenset(blocks)
    for setting in config.settings:
        if setting.place.block in counted:
            yield from _of_setting(setting)
    for command in _commands(config, counted):
        yield from _of_command(command)
    for file in config.yaml:
        if file.block in counted and file.kind is Kind.KUBERNETES:
            yield from _of_kubernetes(file)
    for directive in config.nginx:
        if directive.place.block in counted:
            yield from _of_directive(directive)
    for block in blocks:
        read = _BY_LANGUAGE.get(block.language)
        if read is not None:
            yield from read(block)


def _of_command(command: Command) -> Iterator[Hardcoded]:
    yield from secrets_of_command(command)
    # Those of shell blocks are among the settings of the whole.
    for setting in command.settings if command.place.block.language != "bash" else ():
        yield from _of_setting(setting)


def _of_setting(setting: Setting) -> Iterator[Hardcoded]:
    name, value = _name_of(setting), setting.value
    if _is_left_alone(setting) or sense_of(name) is Sense.NONE:
        return
    match = _DEFAULT.fullmatch(value.strip())
    if match is not None:
        if is_fallback_secret(match["name"], match["value"]):
            yield Hardcoded(setting.place, f"{called(name)} falls back to a literal when it is not set")
    elif setting.kind is Kind.ENV and _GAP.search(value):
        return  # a file that is filled in where the program runs
    elif is_secret(name, value, _standing(setting)):
        yield Hardcoded(setting.place, f"the value of {called(name)} is written into the file")


def _name_of(setting: Setting) -> str:
    """Return the name that tells what a setting is: `key` alone needs the one above it."""
    named = [part for part in setting.path if not part.isdigit()]
    name = named[-1] if named else ""
    if words_of(name) in {("key",), ("pass",), ("password",), ("value",)} and len(named) > 1:
        return f"{named[-2]}_{name}"
    return name


def _standing(setting: Setting) -> Standing:
    if setting.kind in _DEPLOYED or any(part.lower() in _ENVIRONMENTS for part in setting.path[:-1]):
        return Standing.DEPLOYED
    # A name with dots or capitals is a property of a program: `spring.datasource.password`.
    name = setting.name
    if name.isupper() or (setting.kind is Kind.INI and "." in name):
        return Standing.DEPLOYED
    return Standing.WRITTEN


def _is_left_alone(setting: Setting) -> bool:
    """Say whether the settings of a file, or this one, are no values of a running program."""
    block, path = setting.place.block, setting.path
    if is_sample_file(block) or setting.kind in {
        Kind.OPENAPI,
        Kind.COMPOSER_JSON,
        Kind.PACKAGE_JSON,
        Kind.NGINX,
        Kind.ENV_EXAMPLE,
    }:
        return True
    if setting.kind is Kind.KUBERNETES:
        # Names of objects stand under these keys as well: only variables hold values.
        return path[-2:-1] not in {("env",), ("data",), ("stringData",)}
    if setting.kind is Kind.PIPELINE and ("services" in path or "with" in path):
        # A service of a pipeline lives as long as its tests do.
        return "services" in path
    if setting.kind is Kind.COMPOSE and path[:1] in {("secrets",), ("configs",)}:
        return True
    if setting.kind in {Kind.JSON, Kind.YAML, Kind.INI, Kind.TOML}:
        captions = _CAPTIONS.search(block.path) or _PAYLOAD.search(block.path)
        return bool(captions) or (setting.kind is Kind.JSON and not block.path)
    return False


# Kubernetes.


def _of_kubernetes(file: ConfigFile) -> Iterator[Hardcoded]:
    for tree in file.trees:
        if not isinstance(tree, Mapping) or tree.text("kind") != "Secret":
            continue
        for key in ("data", "stringData"):
            part = tree.get(key)
            if part is None:
                continue
            for _, name, value in leaves(part):
                place = place_of(file.block, value)
                text = _decoded(value) if key == "data" else value.text
                if not place.shown_as_wrong and _is_kept_secret(name.text, text):
                    yield Hardcoded(place, f"{called(name.text)} of the Secret is written into the manifest")


def _decoded(value: Scalar) -> str:
    """Return what stands in base64; where it is none, the text itself."""
    try:
        return base64.b64decode(value.text.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return value.text


def _is_kept_secret(name: str, value: str) -> bool:
    text = value.strip()
    if not text or is_reference(text) or is_placeholder(text):
        return False
    if next(carried_passwords(text), None) is not None:
        return True
    return sense_of(name.rpartition(".")[0] or name) >= Sense.TOKEN or sense_of(name) >= Sense.TOKEN


# Commands and directives.


def _commands(config: Config, counted: frozenset[Block]) -> Iterator[Command]:
    """Commands of shell blocks, and those that stand in Dockerfiles, compose, pipelines and package.json."""
    yield from (command for command in config.commands if command.place.block in counted)
    for dockerfile in config.dockerfiles:
        for one in dockerfile.instructions if dockerfile.block in counted else ():
            if one.keyword in {"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"}:
                yield from _read(dockerfile.block, one.arguments, (one.line, one.column), exact=True)
    for file in (*config.yaml, *config.json):
        if file.block in counted:
            yield from _of_file(file)


def _of_file(file: ConfigFile) -> Iterator[Command]:
    """Commands under `command:`, `run:` and `scripts`; a list there is one command."""
    lists: dict[tuple[str, ...], list[Word]] = {}
    for setting in file.settings:
        place = setting.place
        if not _is_command(file.kind, setting):
            continue
        if setting.path[-1].isdigit() and file.kind is Kind.COMPOSE:
            lists.setdefault(setting.path[:-1], []).append(_word(setting))
        else:
            yield from _read(file.block, setting.value, (place.line, place.column), exact=False)
    for words in lists.values():
        yield from exec_command(file.block, tuple(words), words[0].place)


def _word(setting: Setting) -> Word:
    return Word(setting.value, setting.place, "$" not in setting.value)


def _read(block: Block, text: str, at: tuple[int, int], *, exact: bool) -> Iterator[Command]:
    yield from read_shell(block, text, *at, exact=exact)


def _is_command(kind: Kind, setting: Setting) -> bool:
    if not setting.value.strip():
        return False
    if kind in {Kind.PACKAGE_JSON, Kind.COMPOSER_JSON}:
        return "scripts" in setting.path[:-1]
    if kind is Kind.YAML:
        return setting.name in {"script", "before_script", "after_script"}
    return kind in {Kind.COMPOSE, Kind.PIPELINE} and setting.name in _COMMAND_KEYS


def _of_directive(directive: Directive) -> Iterator[Hardcoded]:
    if directive.name in {
        "proxy_set_header",
        "fastcgi_param",
        "uwsgi_param",
        "grpc_set_header",
        "add_header",
    }:
        name, value = directive.arguments[:1], " ".join(directive.arguments[1:])
        if name and not any("$" in part for part in directive.arguments) and is_secret_header(name[0], value):
            yield Hardcoded(
                directive.place, f"the header {called(name[0])} is set to a secret that is written out"
            )


# SQL and formats without a reader.


def _of_sql(block: Block) -> Iterator[Hardcoded]:
    for match in _SQL_USER.finditer(block.text):
        value = match["value"]
        line = block.text[block.text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if is_reference(value) or is_placeholder(value) or value.startswith(":") or "--" in line:
            continue
        place = place_of_offset(block, *match.span("value"))
        if not place.shown_as_wrong:
            yield Hardcoded(place, "the password of a database user is written into the statement")


_ASSIGNED = re.compile(
    r"^[ \t]*\"?(?P<name>[A-Za-z_][\w.\-]*)\"?[ \t]*[=:][ \t]*\"(?P<value>[^\"\n]{1,500})\""
    r"|<(?P<tag>[A-Za-z_][\w.\-]*)>(?P<text>[^<\n]{1,500})</(?P=tag)>",
    re.MULTILINE,
)


def _of_lines(block: Block) -> Iterator[Hardcoded]:
    for match in _ASSIGNED.finditer(block.text):
        group = "value" if match["name"] else "text"
        name = match["name"] or match["tag"]
        if is_secret(name, match[group], Standing.WRITTEN) or (
            sense_of(name) is Sense.WEAK and is_basic_pair(match[group])
        ):
            place = place_of_offset(block, *match.span(group))
            if not place.shown_as_wrong:
                yield Hardcoded(place, f"the value of {called(name)} is written into the file")


def _of_ini(block: Block) -> Iterator[Hardcoded]:
    """A file that ends in ``.conf`` may be nginx's."""
    for directive in read_nginx(block) if "proxy_" in block.text else ():
        yield from _of_directive(directive)


_BY_LANGUAGE = {"ini": _of_ini, "sql": _of_sql, "hcl": _of_lines, "xml": _of_lines}
