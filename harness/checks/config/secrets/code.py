"""Secrets in programs: in variables, keys, arguments, defaults and comparisons that want one."""

from __future__ import annotations

import re

from harness.checks.config.secrets.calls import CallReader
from harness.checks.config.secrets.captions import holds_captions, is_credential_record, is_table
from harness.checks.config.secrets.circumstances import (
    has_no_values,
    is_environment,
    is_variable,
)
from harness.checks.config.secrets.judge import (
    Setting,
    called,
    is_fallback_secret,
)
from harness.checks.config.secrets.place import Hardcoded
from harness.checks.config.secrets.readings import (
    asked_name,
    last_name,
    readings_of,
    text_of,
)
from harness.checks.config.secrets.words import Sense, sense_of, words_of
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Binary,
    Call,
    ClassDefinition,
    Entry,
    Expression,
    Function,
    Items,
    Mapping,
    Name,
)
from harness.response.flow.walk import Node

__all__ = ["MAX_FOUND", "CodeReader"]

# Enough for whoever has to take them out; more are not told one by one.
MAX_FOUND = 300
_COMPARISONS = frozenset({"==", "===", "!=", "!=="})
_BESIDE_KEYS = frozenset(
    "algorithm algorithms alg validate verifyOptions signOptions issuer expiresIn".split()
)
# Headers that carry keys; other names with hyphens are classes, events and files.
_HEADER = re.compile(r"x-|api-|ocp-|private-token|access-token|auth-|client-secret|service-", re.IGNORECASE)
_EXAMPLES = frozenset({"example", "examples", "openapi_examples"})
_AROUND = 6  # steps up from a record to the entry it is an example of
_CHOICES = frozenset({"||", "??"})


class CodeReader(CallReader):
    """Looks through one unit."""

    __slots__ = ()

    def read(self) -> list[Hardcoded]:
        """Return the secrets that stand in the unit under a name that wants one."""
        for node, parent in list(self.flow.names.index(self.unit).parents.items()):
            if len(self.found) >= MAX_FOUND:
                break
            kind = type(node)
            if kind is Assignment:
                self.assignment(node, parent)  # type: ignore[arg-type]
            elif kind is Mapping:
                self.mapping(node)  # type: ignore[arg-type]
            elif kind is Call:
                self.call(node)  # type: ignore[arg-type]
            elif kind is Binary:
                self.binary(node)  # type: ignore[arg-type]
            elif kind is Function:
                self.function(node)  # type: ignore[arg-type]
        return self.found

    def assignment(self, node: Assignment, parent: Node | None) -> None:
        """A variable, attribute, element, field or default in a pattern."""
        if node.value is None or node.operator not in {"=", "||=", "??="}:
            return
        if isinstance(node.target, Items) and isinstance(node.value, Items):
            for target, value in zip(node.target.items, node.value.items, strict=False):
                self.named(last_name(target), value, Setting.WRITTEN)
            return
        name = last_name(node.target)
        if not name or (isinstance(parent, ClassDefinition) and has_no_values(parent)):
            return
        if name.lower() == "authorization":
            self.header(name, node.value)
        elif isinstance(node.value, Items) and words_of(name)[-1:] == ("auth",):
            self.pair(node.value)
        else:
            self.named(name, node.value, _where(node.target))

    def mapping(self, node: Mapping) -> None:
        """The entries of an object, dict or array with keys."""
        entries = _entries(node)
        for entry in node.entries:
            if isinstance(entry.key, Name) and entry.key.name.endswith("USERPWD"):
                self.basic(entry.value)
        wanted = [(key, entry) for key, entry in entries if key and sense_of(key) is not Sense.NONE]
        self.headers(entries)
        if not wanted or self.rows or is_table(node):
            return
        record = is_credential_record([key for key, _ in entries], node)
        if not record and holds_captions(node):
            return
        if self.in_value_class(node) or self.is_example(node):
            return
        for key, entry in wanted:
            if words_of(key)[-1:] == ("auth",) and isinstance(entry.value, Items):
                self.pair(entry.value)
            elif isinstance(entry.value, Items):
                for item in entry.value.items if _lists_texts(key, entry.value) else ():
                    self.named(key, item, Setting.WRITTEN)
            else:
                self.named(key, entry.value, Setting.WRITTEN, record=record)

    def headers(self, entries: list[tuple[str, Entry]]) -> None:
        """Headers that are sent: Authorization, and those that are named like a key."""
        for key, entry in entries:
            is_secret = _HEADER.match(key) is not None and sense_of(key) >= Sense.TOKEN
            if "authorization" in key.lower() or is_secret:
                self.header(key, entry.value)

    def in_value_class(self, node: Mapping) -> bool:
        """Say whether a record is made by a class whose records are invented: a factory, a seeder."""
        around = self.flow.names.index(self.unit).class_around(node)
        return around is not None and has_no_values(around)

    def is_example(self, node: Mapping) -> bool:
        """Say whether a record stands under ``example``: it shows readers of an API what to send."""
        parents = self.flow.names.index(self.unit).parents
        here: Node = node
        for _ in range(_AROUND):
            around = parents.get(here)
            if around is None:
                return False
            if isinstance(around, Mapping):
                names = [_key(entry) for entry in around.entries if entry.value is here]
            elif isinstance(around, Call):
                names = [argument.name for argument in around.arguments if argument.value is here]
            else:
                names = []
            if not _EXAMPLES.isdisjoint(names):
                return True
            here = around
        return False

    def function(self, node: Function) -> None:
        """Defaults of parameters."""
        for parameter in node.parameters:
            if parameter.default is not None:
                self.named(last_name(parameter.target), parameter.default, Setting.WRITTEN)

    def binary(self, node: Binary) -> None:
        """`password == "letmein"` lets in who has read the code; `env.KEY || "…"` works without it."""
        if node.operator in _COMPARISONS:
            self.compared(node.left, node.right)
            self.compared(node.right, node.left)
        elif node.operator in _CHOICES:
            asked = asked_name(node.left)
            if sense_of(asked) >= Sense.KEY and is_variable(node.left, asked):
                for reading in readings_of(self.flow.names, node.right, self.unit):
                    if is_fallback_secret(asked, reading.text):
                        self.add(reading, f"{called(asked)} falls back to a literal when it is not set")


def _lists_texts(key: str, items: Items) -> bool:
    """Say whether a list under a plural name holds one secret after the other."""
    return key.endswith("s") and all(not isinstance(item, Name | Attribute) for item in items.items)


def _entries(node: Mapping) -> list[tuple[str, Entry]]:
    """Return the entries of a record with their names; beside an algorithm a `key` is one that signs."""
    entries = [(_key(entry), entry) for entry in node.entries]
    if any(key in _BESIDE_KEYS for key, _ in entries):
        return [("signing_key" if key == "key" else key, entry) for key, entry in entries]
    return entries


def _key(entry: Entry) -> str:
    key = "" if entry.key is None else (text_of(entry.key) or "")
    return "" if "/" in key or "\\" in key else key  # a path or a class


def _where(target: Expression) -> Setting:
    """An element of the environment that is assigned is deployed with the program."""
    return Setting.DEPLOYED if is_environment(target) else Setting.WRITTEN
