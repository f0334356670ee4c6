"""Secrets on command lines: options that take a password, headers, variables that are handed over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.config.secrets.judge import (
    Setting,
    called,
    is_basic_pair,
    is_secret,
    is_secret_header,
    is_used_secret,
)
from harness.checks.config.secrets.place import Hardcoded
from harness.checks.config.secrets.values import is_placeholder, nothing_secret
from harness.checks.config.secrets.words import Sense, sense_of
from harness.response.config.model import Place
from harness.response.config.shell import Command, Word

__all__ = ["secrets_of_command"]

# Command -> options whose value is a password; `-p*` only when it is joined to the option.
_OPTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump"), ("-p*",)),
    **dict.fromkeys(("mongo", "mongosh", "mongodump", "mongorestore", "mongoimport", "mongoexport"), ("-p",)),
    "redis-cli": ("-a", "--pass"),
    "redis-server": ("--requirepass", "--masterauth"),
    "sshpass": ("-p",),
    "ldapsearch": ("-w",),
    "ldapadd": ("-w",),
    "ldapmodify": ("-w",),
    "sqlcmd": ("-P",),
    "bcp": ("-P",),
    "keytool": ("-storepass", "-keypass"),
    "zip": ("-P",),
    "unzip": ("-P",),
    "cqlsh": ("-p",),
}
_LOGIN = ("docker", "podman", "buildah", "skopeo", "helm", "az", "oc", "cf")
_PAIRS = {"curl": ("-u", "--user", "--proxy-user", "-U"), "http": ("-a", "--auth"), "https": ("-a", "--auth")}
_HEADERS = ("-H", "--header")
_ASSIGNING = ("-e", "--env", "--build-arg", "--set", "--set-string", "--from-literal", "--secret")
_LONG = re.compile(r"--?(?P<name>[A-Za-z][\w-]+)(?:=(?P<value>.*))?$", re.DOTALL)
_VARIABLE = re.compile(r"(?P<name>[A-Za-z_][\w.\-]*)=(?P<value>.*)$", re.DOTALL)
_CHPASSWD = re.compile(
    r"\becho\s+(?:-\w+\s+)*[\"']?(?P<user>[\w.-]+):(?P<password>[^\"'\s|$]+)[\"']?\s*\|.*\bchpasswd\b"
)


_DEFAULTED = re.compile(r"\$\{\w+:?-(?P<value>[^{}$]+)\}")


def secrets_of_command(command: Command) -> Iterator[Hardcoded]:
    """Yield the secrets that stand in a command."""
    words = [word for word in command.words if word.literal]
    if not words:
        return
    yield from _passwords(command)
    yield from _long_options(command)
    yield from _settled(command)
    yield from _assigned(command)
    for word in command.option_values(*_HEADERS):
        name, colon, value = word.text.partition(":")
        if word.literal and colon and is_secret_header(name, value):
            yield Hardcoded(
                word.place, f"the header {called(name.strip())} is sent with its secret written out"
            )
    if command.name == "echo" and "chpasswd" in command.line_text:
        match = _CHPASSWD.search(command.line_text)
        if match and is_used_secret(match["password"]):
            yield Hardcoded(words[0].place, f"the password of {called(match['user'])} is written out")


def _passwords(command: Command) -> Iterator[Hardcoded]:
    name = command.name
    for word in command.option_values(*_PAIRS.get(name, ())):
        if word.literal and is_basic_pair(word.text):
            yield Hardcoded(word.place, f"{name} gets user and password written out")
    options = _OPTIONS.get(name, ())
    if name in _LOGIN and command.words and command.words[0].text in {"login", "registry"}:
        options = ("-p",)
    for option in options:
        yield from _option(command, option)
    if name == "htpasswd" and any("b" in word.text for word in command.words if word.text[:1] == "-"):
        last = command.words[-1]
        if last.literal and is_used_secret(last.text):
            yield Hardcoded(last.place, "htpasswd gets the password written out")
    if name == "openssl":
        for word in command.words:
            if word.literal and word.text.startswith("pass:") and is_used_secret(word.text[5:]):
                yield Hardcoded(word.place, "openssl gets its passphrase written out")


def _settled(command: Command) -> Iterator[Hardcoded]:
    """`aws configure set aws_secret_access_key …`, `npm config set //host/:_authToken …`."""
    for first, name, value in zip(command.words, command.words[1:], command.words[2:], strict=False):
        key = name.text.rpartition(":")[2]
        is_set = first.text == "set" and value.literal and sense_of(key) >= Sense.TOKEN
        if is_set and is_secret(key, value.text, Setting.DEPLOYED):
            yield Hardcoded(value.place, f"{command.name} gets {called(name.text)} written out")


def _option(command: Command, option: str) -> Iterator[Hardcoded]:
    joined = option.endswith("*")
    option = option.rstrip("*")
    if joined:
        found = [
            Word(word.text[len(option) :], word.place, word.literal)
            for word in command.words
            if word.text.startswith(option) and len(word.text) > len(option) and word.text[1] != "-"
        ]
    else:
        found = list(command.option_values(option))
    for word in map(_or_default, found):
        if (
            word.literal
            and not word.text.startswith("-")
            and is_used_secret(word.text)
            and not _is_open(word.text)
        ):
            yield Hardcoded(word.place, f"{command.name} gets its password written out")


def _or_default(word: Word) -> Word:
    """Return what stands in for a variable that is not set: ``${REDIS_PASSWORD:-redis123}``."""
    match = None if word.literal else _DEFAULTED.fullmatch(word.text)
    return word if match is None else Word(match["value"], word.place, literal=True)


def _long_options(command: Command) -> Iterator[Hardcoded]:
    """`--password=…`, `--api-key …`, `-storepass …`: the option says what it takes."""
    for position, word in enumerate(command.words):
        match = _LONG.fullmatch(word.text) if word.text.startswith("-") else None
        if match is None or (not word.text.startswith("--") and len(match["name"]) < 5):
            continue
        if sense_of(match["name"]) < Sense.TOKEN:
            continue
        if match["value"] is not None:
            given = Word(match["value"], word.place, word.literal)
        elif position + 1 < len(command.words):
            given = command.words[position + 1]
        else:
            continue
        is_value = given.literal and given.text[:1] not in {"-", "/", ""}
        if is_value and is_secret(match["name"], given.text, Setting.DEPLOYED):
            yield Hardcoded(
                given.place, f"{command.name} gets {called(word.text.partition('=')[0])} written out"
            )


def _assigned(command: Command) -> Iterator[Hardcoded]:
    """`docker run -e DB_PASSWORD=…`, `helm --set auth.password=…`, `env API_KEY=… node .`."""
    words = [*command.option_values(*_ASSIGNING)]
    if command.name in {
        "env",
        "cross-env",
        "set",
        "setx",
        "fly",
        "flyctl",
        "heroku",
        "kubectl",
        "dotenv",
        "docker",
    }:
        words += [word for word in command.words if _VARIABLE.fullmatch(word.text)]
    seen: set[Place] = set()
    for word in words:
        match = _VARIABLE.fullmatch(word.text)
        if match is None or not word.literal or word.place in seen:
            continue
        seen.add(word.place)
        name = match["name"].rpartition(".")[2]
        if is_secret(name, match["value"].strip("\"'"), Setting.DEPLOYED):
            yield Hardcoded(word.place, f"{called(match['name'])} is written out on a command line")


def _is_open(text: str) -> bool:
    return is_placeholder(text) or (nothing_secret(text) and not text.isdigit())
