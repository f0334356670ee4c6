"""A literal under a name, judged: what the readers of assignments, records and calls share."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.checks.config.secrets.circumstances import (
    is_environment,
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
    last_name,
    readings_of,
    text_of,
)
from harness.checks.config.secrets.values import (
    is_code_word,
    is_placeholder,
    looks_random,
    nothing_secret,
)
from harness.checks.config.secrets.words import Sense, sense_of, words_of
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Call,
    Constant,
    Expression,
    Items,
)
from harness.response.flow.statements import Unit

__all__ = ["Judged"]

# Beside the user's name even a password that only says so is the password.
_PASSWORDS = frozenset("password passwd passwort pass pwd pw db mysql root user admin my".split())


_ASKS = frozenset("get header getHeader getFirst input post query".split())


@dataclass(slots=True)
class Judged:
    """One unit and the secrets found in it; ``rows`` says that its records are data of a seed."""

    flow: Flow
    unit: Unit
    strict: bool = False
    rows: bool = False
    found: list[Hardcoded] = field(default_factory=list)

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
        if not _PASSWORDS.issuperset(words_of(name)) or is_code_word(text):
            return False
        return not nothing_secret(text) and not is_placeholder(text) and " " not in text and len(text) > 2

    @staticmethod
    def falls_back(name: str, reading: Reading) -> bool:
        """Say whether a literal that stands in for a missing value is a secret."""
        asked = reading.asked if sense_of(reading.asked) >= Sense.KEY else name
        return is_fallback_secret(asked, reading.text)

    def header(self, name: str, value: Expression) -> None:
        """Judge the value of one header."""
        for reading in readings_of(self.flow.names, value, self.unit):
            if is_secret_header(name, reading.text):
                self.add(
                    reading, f"the header {called(name)} is sent with a secret that is written into the code"
                )

    def compared(self, side: Expression, other: Expression) -> None:
        """Judge a comparison of something secret with a literal."""
        name = _asked(side) or last_name(side)
        text = text_of(other)
        if text is None or sense_of(name) < Sense.TOKEN or is_environment(side):
            return
        if is_secret(name, text, Setting.WRITTEN) and not (sense_of(name) is Sense.TOKEN and len(text) < 6):
            self.add(Reading(text, _constant(other), self.unit), f"{called(name)} is compared with a literal")

    def pair(self, value: Items) -> None:
        """`auth=("user", "password")`: the second is the secret."""
        if len(value.items) in {2, 3}:
            for reading in readings_of(self.flow.names, value.items[1], self.unit):
                if is_used_secret(reading.text) and not is_placeholder(reading.text):
                    self.add(reading, "the password of a login is written into the code")

    def basic(self, value: Expression) -> None:
        """`user:password` as one text."""
        for reading in readings_of(self.flow.names, value, self.unit):
            if is_basic_pair(reading.text):
                self.add(reading, "user and password are written into the code")


def _asked(side: Expression) -> str:
    """Return the name that a value is asked for by: ``request.headers.get("X-Admin-Password")``."""
    if isinstance(side, Call) and len(side.arguments) == 1 and last_name(side.callee) in _ASKS:
        return text_of(side.arguments[0].value) or ""
    return ""


def _constant(expression: Expression) -> Constant:
    assert isinstance(expression, Constant)  # noqa: S101 - text_of has said so
    return expression
