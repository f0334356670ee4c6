"""Addresses that carry a password: URIs with user and password, connection strings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.config.secrets.values import is_placeholder, is_reference
from harness.response.record import record

__all__ = ["Carried", "carried_passwords", "is_password_of_address"]

_URI = re.compile(
    r"\b(?P<scheme>[a-z][a-z0-9+.\-]{1,25})://(?P<user>[^\s:/@'\"<>`]{0,120}):(?P<password>[^\s/@'\"`]{1,200})@"
    r"(?P<host>[^\s'\"/,`]{0,200})",
    re.IGNORECASE,
)
# `Server=db;User Id=sa;Password=…` and `host=db user=app password=…`
_PAIR = re.compile(
    r"(?:^|[;\s,'\"])(?P<key>password|pwd|passwd)\s?=\s?(?P<password>'[^']*'|\{[^}]*\}|[^;\s'\"&]{1,200})",
    re.IGNORECASE,
)
_PASSWORD_GIVEN = re.compile(r"(?:word|WORD|pwd|PWD|passwd|PASSWD)\s?=")
_CONNECTION = re.compile(
    r"(?:^|[;\s:,'\"])(?:server|host|hostaddr|data source|dbname|database|user id|uid|driver|"
    r"initial catalog)\s?=",
    re.IGNORECASE,
)
_NOBODY = frozenset({"user", "username", "userid", "usr", "login", "name", "u", "admin", "id"})
_NOTHING = frozenset({"password", "pass", "passwd", "pwd", "pw", "p", "secret"})
_NOWHERE = re.compile(
    r"^$|^(?:host|hostname|server|db-?host|address|domain|url)\b|example\.|\.\.\."
    r"|\byour\b|^(?:database|db)-(?:host|server|url|name)",
    re.IGNORECASE,
)


@record
class Carried:
    """A password in an address; start and end are those of the password in the text."""

    what: str
    start: int
    end: int
    host: str = ""


def carried_passwords(text: str) -> Iterator[Carried]:
    """Yield the passwords that addresses in a text carry; references and placeholders are none."""
    if "://" in text and "@" in text:
        for match in _URI.finditer(text):
            if is_password_of_address(match["user"], match["password"], match["host"]):
                what = f"the password of a {match['scheme'][:20].lower()} address"
                yield Carried(what, *match.span("password"), match["host"])
    if _PASSWORD_GIVEN.search(text):
        for match in _PAIR.finditer(text):
            begin = text.rfind("\n", 0, match.start()) + 1
            end = text.find("\n", match.end())
            line = text[begin : len(text) if end < 0 else end]
            word = match["password"].strip("'{}")
            if _CONNECTION.search(line) and word and not _is_open(word):
                yield Carried("the password of a connection string", *match.span("password"))


def is_password_of_address(user: str, password: str, host: str) -> bool:
    """Say whether user, password and host of an address are meant as they stand."""
    if _is_open(password) or password.startswith(("$", "{", "%", ":", "<", "[")) or "${" in password:
        return False
    if user.startswith("[") and host.startswith("]"):
        return False  # a form of addresses: scheme://[user:password@]host
    is_sample = user.lower() in _NOBODY and password.lower() in _NOTHING
    return not (is_sample and _NOWHERE.search(host))


def _is_open(word: str) -> bool:
    return is_reference(word) or is_placeholder(word) or word.startswith(("$", "%", ":", "{", "<", "?"))
