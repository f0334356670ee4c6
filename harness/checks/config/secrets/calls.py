"""Secrets in calls: keyword arguments, setters, defaults of getters, pairs of user and password."""

from __future__ import annotations

from harness.checks.config.secrets.captions import is_credential_record
from harness.checks.config.secrets.judge import (
    Setting,
    called,
    is_fallback_secret,
    is_secret,
    is_used_secret,
)
from harness.checks.config.secrets.judged import Judged
from harness.checks.config.secrets.readings import (
    last_name,
    readings_of,
    text_of,
)
from harness.checks.config.secrets.values import (
    is_dense,
    is_label,
    is_placeholder,
)
from harness.checks.config.secrets.words import Sense, sense_of, words_of
from harness.response.flow.expressions import (
    Attribute,
    Call,
    Expression,
    Items,
)

__all__ = ["CallReader"]

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
_CREDENTIALS = ("Credential", "Credentials", "AuthProvider", "TokenProvider", "Authenticator")
_EQUALITY = frozenset({"compare_digest", "timingSafeEqual", "strcmp", "hash_equals", "equals"})


class CallReader(Judged):
    """Looks at what calls are given."""

    __slots__ = ()

    def call(self, node: Call) -> None:
        """Keyword arguments, setters, defaults of getters, pairs of user and password."""
        name = last_name(node.callee)
        self.keywords(node)
        if name == "putenv" and node.arguments:
            self.put(node.arguments[0].value)
        if len(node.arguments) > 1 and not node.arguments[0].name:
            self.two_arguments(node, name)
        if name.endswith(_CREDENTIALS):
            self.credential(node)
        if self.signs_in(node, name):
            self.login(node.arguments[1].value)
        if name in _EQUALITY and len(node.arguments) > 1:
            first, second = (argument.value for argument in node.arguments[:2])
            self.compared(first, second)
            self.compared(second, first)

    def keywords(self, node: Call) -> None:
        """Arguments that are handed over by name."""
        for argument in node.arguments:
            if argument.name:
                self.keyword(argument.name, argument.value, node)
            if argument.name == "default":
                self.option(node, argument.value)

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

    def credential(self, node: Call) -> None:
        """`new ClientSecretCredential(tenant, client, "…")`: the last text is the secret."""
        texts = [one.value for one in node.arguments if not one.name and text_of(one.value) is not None]
        for reading in readings_of(self.flow.names, texts[-1], self.unit) if texts else ():
            if is_used_secret(reading.text) and not is_placeholder(reading.text) and is_dense(reading.text):
                self.add(reading, "a credential is written into the code")

    def option(self, node: Call, value: Expression) -> None:
        """`add_argument("--token", default="…")`, `env("API_KEY", default="…")`."""
        asked = text_of(node.arguments[0].value) or ""
        if sense_of(asked) >= Sense.TOKEN and (asked.startswith("-") or asked.isupper()):
            for reading in readings_of(self.flow.names, value, self.unit):
                if is_fallback_secret(asked, reading.text):
                    self.add(reading, f"{called(asked)} falls back to a literal when it is not set")

    def keyword(self, name: str, value: Expression, node: Call) -> None:
        """A keyword argument; the salt of a signer keeps uses apart and is no secret."""
        if words_of(name)[-1:] == ("auth",) and isinstance(value, Items):
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

    def put(self, value: Expression) -> None:
        """`putenv("DB_PASSWORD=…")`."""
        for reading in readings_of(self.flow.names, value, self.unit):
            name, _, text = reading.text.partition("=")
            if is_secret(name, text, Setting.DEPLOYED):
                self.add(reading, f"{called(name)} is written into the code")


def _is_written_default(key: str, text: str) -> bool:
    return is_secret(key, text, Setting.WRITTEN)
