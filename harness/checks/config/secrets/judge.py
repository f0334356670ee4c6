"""Whether a text under a name is a secret: the two judged together, by what kind of place they stand in."""

from __future__ import annotations

import re
from enum import Enum

from harness.checks.config.secrets.values import (
    is_code_word,
    is_dense,
    is_identifier,
    is_label,
    is_placeholder,
    is_reference,
    is_scope,
    is_worded,
    looks_random,
    names_itself,
    nothing_secret,
)
from harness.checks.config.secrets.words import Sense, sense_of, words_of

__all__ = [
    "Setting",
    "authorises",
    "called",
    "is_basic_pair",
    "is_fallback_secret",
    "is_secret",
    "is_secret_header",
]


class Setting(Enum):
    """Where a name and its text stand.

    ``DEPLOYED``: an environment variable or its like, whose text can only be the real thing.
    ``WRITTEN``: a variable, key or field, whose text may as well be a caption or a kind.
    ``USED``: handed to something that takes a secret there; the name need not say so.
    """

    DEPLOYED = "deployed"
    WRITTEN = "written"
    USED = "used"


_PASSWORDS = frozenset("password passwd pwd pass pw passphrase passcode pin".split())
_LOGINS = (("auth",), ("credentials",), ("creds",), ("credential",))
_AUTHORISED = re.compile(
    r"(?:(?:basic|bearer|token|apikey|api-key|key|digest|negotiate|bot|sso-key|jwt|oauth)[ :=]+"
    r"(?:token=)?)?"
    r"(?P<value>[^\s\"',;]{4,})[\"']?$",
    re.IGNORECASE,
)
_SCHEMES = frozenset("basic bearer token apikey digest negotiate bot jwt oauth".split())
_AUTHORISATION = frozenset({"authorization", "proxyauthorization"})
# Others made these: a text that only asks for one starts nothing, so it is a gap to be filled.
_FOREIGN = frozenset("api access client app license token aws stripe openai github google account".split())


def is_secret(name: str, value: str, where: Setting) -> bool:
    """Say whether a text is a secret, by the name it stands under and the kind of place."""
    sense = sense_of(name)
    if where is Setting.USED:
        return is_used_secret(value)
    if sense is Sense.NONE or not isinstance(value, str):
        return False
    text = value.strip()
    if text.isdigit() and 4 <= len(text) <= 20:
        return where is Setting.DEPLOYED and bool(_PASSWORDS & set(words_of(name)))
    if nothing_secret(text) or is_placeholder(text) or is_label(text):
        return False
    if sense is Sense.KEY:
        return is_dense(text) and len(text) >= 8 and not is_worded(text)
    if sense is Sense.WEAK:
        signs_in = words_of(name)[-1:] in _LOGINS and "/" not in text and is_basic_pair(text)
        return signs_in or (looks_random(text) and len(text) >= 8 and not is_worded(text))
    if where is Setting.DEPLOYED:
        return not is_code_word(text) or sense is Sense.SECRET
    return _written(name, sense, text)


def _written(name: str, sense: Sense, text: str) -> bool:
    if len(text) < 3 or is_code_word(text) or names_itself(name, text):
        return False
    if " " in name.strip():
        return False  # `Current Password`: what a person reads beside a field
    if words_of(name)[-2:] == ("auth", "key") and (is_identifier(text) or is_worded(text)):
        return False  # `authKey = "authorization"`: where the key is found
    if is_scope(text) and not _PASSWORDS & set(words_of(name)):
        return False
    if sense is Sense.TOKEN:
        return looks_random(text) and not is_identifier(text)
    # A capitalised word is a caption more often than a password.
    return not (text.isalpha() and text.istitle())


def is_used_secret(value: str) -> bool:
    """Say whether a text is itself the secret where only one is wanted; a mark to be replaced is none."""
    text = value.strip()
    if not text or is_reference(text):
        return False
    if text[0] in "<[" and text[-1] in ">]":
        return False
    return re.fullmatch(r"[xX*•.?_\-#]+|\.{3}|…", text) is None


def is_fallback_secret(name: str, value: str) -> bool:
    """Say whether a text is a secret as what stands in for an environment variable that is not set."""
    if sense_of(name) <= Sense.KEY:
        return is_secret(name, value, Setting.DEPLOYED)
    text = value.strip()
    if text.lower() in {"", "null", "none", "undefined", "false", "unset"} or not is_used_secret(text):
        return False
    if nothing_secret(text) and not text.isdigit():
        return False
    words = words_of(name)
    if is_placeholder(text):
        return not any(word in _FOREIGN for word in words)
    return True


def is_secret_header(name: str, value: str) -> bool:
    """Say whether a header is sent with a secret that stands there."""
    if "".join(words_of(name)) in _AUTHORISATION:
        return authorises(value)
    text = value.strip()
    if sense_of(name) < Sense.TOKEN or nothing_secret(text) or is_placeholder(text) or is_label(text):
        return False
    return len(text) >= 4 and " " not in text and not is_code_word(text) and not names_itself(name, text)


def authorises(value: str) -> bool:
    """Say whether the text of an Authorization header holds the credential itself."""
    text = value.strip()
    if is_reference(text) or is_placeholder(text) or "$" in text:
        return False
    match = _AUTHORISED.fullmatch(text)
    if match is None or match["value"].lower() in _SCHEMES:
        return False
    word = match["value"]
    return not nothing_secret(word) and (" " in text or looks_random(word)) and not word.startswith("<")


def is_basic_pair(value: str) -> bool:
    """Say whether a text is ``user:password``."""
    user, colon, password = value.strip().partition(":")
    if not colon or not user or " " in value.strip() or is_reference(value):
        return False
    return is_used_secret(password) and not is_placeholder(password) and not password.startswith("//")


def called(name: str) -> str:
    """Return a name as a message shows it, bounded."""
    return name if len(name) <= 60 else name[:59] + "…"
