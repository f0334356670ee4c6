"""What a name promises: the words it is made of, and whether its bearer would be a secret.

English names have their noun last: a ``token_type`` is a type, a ``passwordResetUrl`` an address, a
``db_password_2`` a password. So the last word that says something decides, and the words before it can take
it back: an ``INVALID_TOKEN`` is an error, a ``publicKey`` is no secret.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

__all__ = ["FAMILY", "Sense", "key_words", "sense_of", "sense_of_words", "words_of"]

MAX_NAME = 120


class Sense(IntEnum):
    """How surely the bearer of a name is a secret: the weaker, the more its value has to look like one."""

    NONE = 0
    WEAK = 1
    KEY = 2
    TOKEN = 3
    SECRET = 4


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Nouns that are written together with what they belong to: `dbpassword`, `authtoken`, `apikey`.
_JOINED = re.compile(
    r"(?P<rest>[a-z]{2,})?(?P<noun>password|passwd|passphrase|passwort|apikey|secretkey|accesskey|privatekey|"
    r"signingkey|encryptionkey|authkey|connectionstring|secret|token)"
)
_PARTS = {
    "apikey": ("api", "key"),
    "secretkey": ("secret", "key"),
    "accesskey": ("access", "key"),
    "privatekey": ("private", "key"),
    "signingkey": ("signing", "key"),
    "encryptionkey": ("encryption", "key"),
    "authkey": ("auth", "key"),
    "dbpass": ("db", "pass"),
    "userpass": ("user", "pass"),
    "mypass": ("my", "pass"),
    "rootpass": ("root", "pass"),
    "adminpass": ("admin", "pass"),
    "smtppass": ("smtp", "pass"),
    "mailpass": ("mail", "pass"),
    "dbpwd": ("db", "pwd"),
    "dbpw": ("db", "pw"),
    "requirepass": ("require", "pass"),
    "masterauth": ("master", "auth"),
    "pgpassword": ("pg", "password"),
}

_SECRET_NOUNS = frozenset(
    "password passwd passwort kennwort contrasena senha pwd pw passphrase passcode secret pepper".split()
)
_TOKEN_NOUNS = frozenset("token jwt pass bearer".split())
# Tokens of these are handed out by a service and are never a mere kind of token.
_GRANTED = frozenset(
    "api bearer bot personal deploy gitlab github slack npm telegram discord webhook admin".split()
)
_WEAK_NOUNS = frozenset("salt auth credential credentials creds pin passwords tokens secrets".split())
# Of these keys only the holder may know; any other key (cache, primary, sort) is an ordinary name.
_KEYS = frozenset(
    "api secret private access encryption encrypt decryption signing sign signature crypto cipher aes "
    "hmac jwt auth master ssh rsa ed25519 ecdsa fernet webhook shared symmetric jwk jws jwe keystore des "
    "secure deploy admin".split()
)
# Names of slots, columns and caches are called so as well: the value has to look like a key.
_ORDINARY_KEYS = frozenset(
    "to pressed down up arrow enter by sub super hot short tab any map object dict item".split()
)

# What may follow a noun without changing what it is.
_NEUTRAL = frozenset(
    "value val str string default prod production dev development staging test local live bytes b64 "
    "base64 hex raw plain plaintext literal const constant old new current backup base 64 32 env1 data "
    "here v".split()
)
# Words that make something else of the noun that follows: an error, an action, a public or technical thing.
_OTHER = frozenset(
    "invalid wrong missing bad incorrect expired forgot forgotten forget reset change changed update "
    "updated validate validated verify verified check is has no need needs needed require required "
    "requires hash hashed hashing encrypted encoded error err allow allowed random public publishable "
    "primary foreign sort cache partition row dictionary idempotency label placeholder name type field "
    "column next prev previous page continuation cursor csrf xsrf pad eos bos sep cls mask unk start end "
    "stop special syntax lex cancel cancellation design dummy fake mock sample example show hide toggle "
    "create generate revoke refreshed get set find parse read delete remove list on handle use with "
    "without by to for of from send request weak common empty match mismatch compare too short long "
    "unknown unauthorized unset input confirm confirmation repeat retype site measurement sync crlf "
    "newline string integer float number operator separator delimiter blank existing id whitespace symbol "
    "regex per max min prefix suffix".split()
)
# Everything that may stand in a value that only names a secret (`client_secret`, `Access token`).
FAMILY = (
    _SECRET_NOUNS
    | _TOKEN_NOUNS
    | frozenset(
        "api key keys auth access private client user username login credentials credential passwords tokens "
        "secrets id bearer refresh email e mail code the a your new old field name".split()
    )
)


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """Split a name into its words, in small letters: ``dbPassword2`` is ``db``, ``password``, ``2``."""
    found: list[str] = []
    for word in _WORD.findall(name[:MAX_NAME]):
        low = word.lower()
        if low in _PARTS:
            found += _PARTS[low]
            continue
        joined = _JOINED.fullmatch(low)
        if joined is None:
            found.append(low)
            continue
        if joined["rest"]:
            found.append(joined["rest"])
        found += _PARTS.get(joined["noun"], (joined["noun"],))
    return tuple(found)


@lru_cache(maxsize=4096)
def sense_of(name: str) -> Sense:
    """Say how surely the bearer of a name is a secret."""
    return sense_of_words(words_of(name))


@lru_cache(maxsize=4096)
def sense_of_words(words: tuple[str, ...]) -> Sense:
    """Say how surely the bearer of a name of these words is a secret."""
    if "or" in words[1:-1]:
        # `secretOrKey`, `passwordOrToken`: what either of them would be.
        at = words.index("or", 1)
        return max(sense_of_words(words[:at]), sense_of_words(words[at + 1 :]))
    kept = list(words)
    while len(kept) > 1 and (kept[-1] in _NEUTRAL or kept[-1].isdigit()):
        kept.pop()
    if not kept:
        return Sense.NONE
    noun, before = kept[-1], kept[:-1]
    if noun == "salt" and before[-1:] == ["hash"]:
        return Sense.WEAK
    if any(word in _OTHER for word in before):
        # MySQL's `require pass` and a `master user` are what they seem.
        return Sense.SECRET if kept == ["require", "pass"] else Sense.NONE
    if noun in _SECRET_NOUNS:
        return Sense.SECRET
    if noun in {"key", "keys"}:
        return key_words(tuple(before))
    if noun in _TOKEN_NOUNS:
        return Sense.SECRET if before and (noun == "pass" or before[-1] in _GRANTED) else Sense.TOKEN
    if noun in _WEAK_NOUNS:
        return Sense.WEAK
    return Sense.NONE


def key_words(before: tuple[str, ...]) -> Sense:
    """Say what a key is by the words before it."""
    if not before:
        return Sense.NONE
    last = before[-1]
    if last in _KEYS:
        return Sense.SECRET
    return Sense.NONE if last in _ORDINARY_KEYS else Sense.KEY
