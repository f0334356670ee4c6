"""Secrets in programs: in variables, keys, arguments, defaults and comparisons that want one."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.checks.config.secrets.captions import holds_captions, is_credential_record
from harness.checks.config.secrets.circumstances import (
    has_no_values,
    is_environment,
    is_variable,
    place_of_node,
    signs_everything,
)
from harness.checks.config.secrets.judge import (
    Setting,
    called,
    is_basic_pair,
    is_fallback_secret,
    is_secret,
    is_secret_header,
    is_used_secret,
)
from harness.checks.config.secrets.place import Hardcoded
from harness.checks.config.secrets.readings import (
    Reading,
    asked_name,
    last_name,
    readings_of,
    text_of,
)
from harness.checks.config.secrets.values import is_label, is_placeholder, looks_random, nothing_secret
from harness.checks.config.secrets.words import Sense, sense_of, words_of
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Binary,
    Call,
    ClassDefinition,
    Constant,
    Entry,
    Expression,
    Function,
    Items,
    Mapping,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node

__all__ = ["CodeReader"]

_COMPARISONS = frozenset({"==", "===", "!=", "!=="})
_CHOICES = frozenset({"||", "??"})
# Called with a name and a text, these give the name the text.
_SETTERS = frozenset(
    "set append put add setItem setProperty define setdefault with header setHeader setRequestHeader "
    "put_env putenv addHeader withHeader add_header set_header setProperty config constant".split()
)
_HEADER_SETTERS = frozenset(
    "header setHeader setRequestHeader addHeader withHeader add_header set_header append set".split()
)
# Called with a name and a text, these answer with the text where the name has no value.
_GETTERS = frozenset(
    "get getenv env config str string value getOrDefault getEnv get_env optional setting".split()
)
_LOGINS = frozenset(
    "basicAuth basic_auth setBasicAuth withBasicAuth login log_in signIn sign_in set_basic_auth".split()
)
_EQUALITY = frozenset({"compare_digest", "timingSafeEqual", "strcmp", "hash_equals", "equals"})


@dataclass(slots=True)
class CodeReader:
    """Looks through one unit; ``rows`` says that its records are data of a seed, not configuration."""

    flow: Flow
    unit: Unit
    strict: bool = False
    rows: bool = False
    found: list[Hardcoded] = field(default_factory=list)

    def read(self) -> list[Hardcoded]:
        """Return the secrets that stand in the unit under a name that wants one."""
        for node, parent in list(self.flow.names.index(self.unit).parents.items()):
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

    # Judging.

    def add(self, reading: Reading, message: str) -> None:
        """Note a finding at the literal; in lines that are shown as wrong nothing counts."""
        if not self.flow.is_counter_example(reading.unit, reading.node.node):
            self.found.append(Hardcoded(place_of_node(reading.unit, reading.node), message))

    def named(self, name: str, value: Expression, where: Setting, *, record: bool = False) -> None:
        """Judge what is given to a name."""
        sense = sense_of(name)
        if sense is Sense.NONE:
            return
        for reading in readings_of(self.flow.names, value, self.unit):
            if reading.is_fallback and self.falls_back(name, reading):
                self.add(
                    reading, f"{called(reading.asked or name)} falls back to a literal when it is not set"
                )
            elif not reading.is_fallback and self.is_written(name, reading, where, record):
                self.add(reading, f"{called(name)} is written into the code")

    def is_written(self, name: str, reading: Reading, where: Setting, record: bool) -> bool:
        """Say whether a literal under a name is a secret; in a record of a login it hardly is none."""
        if self.strict and not looks_random(reading.text):
            return False
        if isinstance(reading.node.value, int):
            return (
                record and sense_of(name) is Sense.SECRET and is_secret(name, reading.text, Setting.DEPLOYED)
            )
        if is_secret(name, reading.text, where) or signs_everything(name, reading):
            return True
        if not record or sense_of(name) < Sense.TOKEN:
            return False
        text = reading.text
        return not nothing_secret(text) and not is_placeholder(text) and " " not in text and len(text) > 2

    @staticmethod
    def falls_back(name: str, reading: Reading) -> bool:
        """Say whether a literal that stands in for a missing value is a secret."""
        asked = reading.asked if sense_of(reading.asked) >= Sense.TOKEN else name
        return is_fallback_secret(asked, reading.text)

    # Where names are given a value.

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
        self.named(name, node.value, _where(node.target))

    def mapping(self, node: Mapping) -> None:
        """The entries of an object, dict or array with keys."""
        entries = [(_key(entry), entry) for entry in node.entries]
        wanted = [(key, entry) for key, entry in entries if key and sense_of(key) is not Sense.NONE]
        self.headers(entries)
        if not wanted or self.rows:
            return
        record = is_credential_record([key for key, _ in entries], node)
        if not record and holds_captions(node):
            return
        if self.in_value_class(node):
            return
        for key, entry in wanted:
            if words_of(key) == ("auth",) and isinstance(entry.value, Items):
                self.pair(entry.value)
            elif isinstance(entry.value, Items):
                for item in entry.value.items:
                    self.named(key, item, Setting.WRITTEN)
            else:
                self.named(key, entry.value, Setting.WRITTEN, record=record)

    def headers(self, entries: list[tuple[str, Entry]]) -> None:
        """Headers that are sent: Authorization, and those that are named like a key."""
        for key, entry in entries:
            if "authorization" in key.lower() or ("-" in key and sense_of(key) >= Sense.TOKEN):
                self.header(key, entry.value)

    def header(self, name: str, value: Expression) -> None:
        """Judge the value of one header."""
        for reading in readings_of(self.flow.names, value, self.unit):
            if is_secret_header(name, reading.text):
                self.add(
                    reading, f"the header {called(name)} is sent with a secret that is written into the code"
                )

    def in_value_class(self, node: Mapping) -> bool:
        """Say whether a record is made by a class whose records are invented: a factory, a seeder."""
        around = self.flow.names.index(self.unit).class_around(node)
        return around is not None and has_no_values(around)

    def function(self, node: Function) -> None:
        """Defaults of parameters."""
        for parameter in node.parameters:
            if parameter.default is not None:
                self.named(last_name(parameter.target), parameter.default, Setting.WRITTEN)

    # Comparisons and fallbacks.

    def binary(self, node: Binary) -> None:
        """`password == "letmein"` lets in who has read the code; `env.KEY || "…"` works without it."""
        if node.operator in _COMPARISONS:
            self.compared(node.left, node.right)
            self.compared(node.right, node.left)
        elif node.operator in _CHOICES:
            asked = asked_name(node.left)
            if sense_of(asked) >= Sense.TOKEN and is_variable(node.left, asked):
                for reading in readings_of(self.flow.names, node.right, self.unit):
                    if is_fallback_secret(asked, reading.text):
                        self.add(reading, f"{called(asked)} falls back to a literal when it is not set")

    def compared(self, side: Expression, other: Expression) -> None:
        """Judge a comparison of something secret with a literal."""
        name = last_name(side)
        text = text_of(other)
        if text is None or sense_of(name) < Sense.TOKEN or is_environment(side):
            return
        if is_secret(name, text, Setting.WRITTEN) and not (sense_of(name) is Sense.TOKEN and len(text) < 6):
            self.add(Reading(text, _constant(other), self.unit), f"{called(name)} is compared with a literal")

    # Calls.

    def call(self, node: Call) -> None:
        """Keyword arguments, setters, defaults of getters, pairs of user and password."""
        name = last_name(node.callee)
        for argument in node.arguments:
            if argument.name:
                self.keyword(argument.name, argument.value, node)
                if argument.name == "default":
                    self.option(node, argument.value)
        if len(node.arguments) > 1 and not node.arguments[0].name:
            self.two_arguments(node, name)
        if self.signs_in(node, name):
            self.login(node.arguments[1].value)
        if name in _EQUALITY and len(node.arguments) > 1:
            first, second = (argument.value for argument in node.arguments[:2])
            for side, other in ((first, second), (second, first)):
                for reading in readings_of(self.flow.names, other, self.unit):
                    if isinstance(other, Constant):
                        self.compared(side, reading.node)

    @staticmethod
    def signs_in(node: Call, name: str) -> bool:
        """Say whether a call takes user and password: `login("ops", "…")`, `get(url).auth("ops", "…")`."""
        if not 2 <= len(node.arguments) <= 3 or any(one.name for one in node.arguments[:2]):
            return False
        chained = name == "auth" and isinstance(node.callee, Attribute) and isinstance(node.callee.base, Call)
        return (chained or name in _LOGINS) and text_of(node.arguments[1].value) is not None

    def login(self, value: Expression) -> None:
        """The password of a login that is made by the program itself."""
        for reading in readings_of(self.flow.names, value, self.unit):
            text = reading.text
            if (
                is_used_secret(text)
                and not is_placeholder(text)
                and not is_label(text)
                and "/" not in text[:1]
            ):
                self.add(reading, "the password of a login is written into the code")

    def option(self, node: Call, value: Expression) -> None:
        """`add_argument("--token", default="…")`, `env("API_KEY", default="…")`."""
        asked = text_of(node.arguments[0].value) or ""
        if sense_of(asked) >= Sense.TOKEN and (asked.startswith("-") or asked.isupper()):
            for reading in readings_of(self.flow.names, value, self.unit):
                if is_fallback_secret(asked, reading.text):
                    self.add(reading, f"{called(asked)} falls back to a literal when it is not set")

    def keyword(self, name: str, value: Expression, node: Call) -> None:
        """A keyword argument; the salt of a signer keeps uses apart and is no secret."""
        if words_of(name) == ("auth",) and isinstance(value, Items):
            self.pair(value)
        elif name != "salt":
            others = [argument.name for argument in node.arguments if argument.name != name]
            record = is_credential_record([name, *others], None)
            self.named(name, value, Setting.WRITTEN, record=record)

    def two_arguments(self, node: Call, name: str) -> None:
        """`set("DB_PASSWORD", "…")`, `get("DB_PASSWORD", "…")`, `header("Authorization", "…")`."""
        first, second = node.arguments[0].value, node.arguments[1].value
        key = text_of(first)
        if name == "curl_setopt" and last_name(second).endswith("USERPWD"):
            for argument in node.arguments[2:3]:
                self.basic(argument.value)
        if key is None:
            return
        if "authorization" in key.lower() or (name in _HEADER_SETTERS and "-" in key):
            self.header(key, second)
        elif sense_of(key) is not Sense.NONE:
            self.given(node, name, (key, second))

    def given(self, node: Call, name: str, pair: tuple[str, Expression]) -> None:
        """Judge the text that a function is given for a secret's name."""
        key, value = pair
        words = words_of(key)
        is_variable = key.isupper() and len(words) > 1
        if name == "add_argument" or key.startswith("--"):
            return
        for reading in readings_of(self.flow.names, value, self.unit):
            if not isinstance(reading.node.value, str):
                continue
            if name in _SETTERS and name != "config" and not reading.is_fallback:
                if is_secret(key, reading.text, Setting.DEPLOYED if is_variable else Setting.WRITTEN):
                    self.add(reading, f"{called(key)} is written into the code")
            elif is_variable or name in _GETTERS:
                where = is_fallback_secret if is_variable or "." in key else _is_written_default
                if len(node.arguments) < 4 and where(key, reading.text):
                    self.add(reading, f"{called(key)} falls back to a literal when it is not set")

    def pair(self, value: Items) -> None:
        """`auth=("user", "password")`: the second is the secret."""
        if len(value.items) == 2:
            for reading in readings_of(self.flow.names, value.items[1], self.unit):
                if is_used_secret(reading.text) and not is_placeholder(reading.text):
                    self.add(reading, "the password of a login is written into the code")

    def basic(self, value: Expression) -> None:
        """`user:password` as one text."""
        for reading in readings_of(self.flow.names, value, self.unit):
            if is_basic_pair(reading.text):
                self.add(reading, "user and password are written into the code")


def _key(entry: Entry) -> str:
    return "" if entry.key is None else (text_of(entry.key) or "")


def _constant(expression: Expression) -> Constant:
    assert isinstance(expression, Constant)  # noqa: S101 - text_of has said so
    return expression


def _where(target: Expression) -> Setting:
    """An element of the environment that is assigned is deployed with the program."""
    return Setting.DEPLOYED if is_environment(target) else Setting.WRITTEN


def _is_written_default(key: str, text: str) -> bool:
    return is_secret(key, text, Setting.WRITTEN)
