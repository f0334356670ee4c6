"""What a text could be: a secret, or a reference, a placeholder, an address, a sentence, a name."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache

from harness.checks.config.secrets.words import FAMILY, words_of

__all__ = [
    "is_code_word",
    "is_dense",
    "is_identifier",
    "is_label",
    "is_placeholder",
    "is_reference",
    "is_scope",
    "is_worded",
    "looks_random",
    "names_itself",
    "nothing_secret",
]

MAX_VALUE = 4_000

_NOTHING = frozenset(
    "none null nil undefined true false yes no on off default disabled enabled unset n/a na "
    "unknown not_available not-available unavailable unused irrelevant".split()
)
# Something that another program, or the shell, puts the value in place of.
_REFERENCE = re.compile(
    r"""\$\{|\{\{|\$\(|<%|%\(\w+\)s|\#\{|\{\w*\}|%[sd]\b|^%\w+%$|^\$[A-Z_][A-Z0-9_]*$|^@@?\w+@@?$|^__\w+__$
    |^(?:vault|ssm|secretsmanager|env|file|op|keyring|sops|aws-sm|gcp|akv|ref|arn|urn|projects|classpath)[:/]
    |^ENC[(\[]|^process\.env\b|^os\.environ\b|^\$ANSIBLE_VAULT|^!\w+""",
    re.VERBOSE,
)
_PLACEHOLDER = re.compile(
    r"""^<[^>]*>$|^\[[^\]]*\]$|^(?P<mark>[xX*•.?_\-#0])(?P=mark)*$|\*{3,}|\.{3}$|…
    |\byour[-_ ]?|^your|\bYOUR|\binsert\b|^insert|\breplace[-_ ]?(?:me|with|this)?|\bplaceholder|\btodo\b
    |\bredacted\b
    |\bfill[-_ ]?(?:me|in)|^put[-_ ]|^enter[-_ ]|^set[-_ ](?:me|this|your|in)|^add[-_ ](?:your|here)
    |[-_ ]here$|\bgoes[-_ ]?here""",
    re.VERBOSE | re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.\-]{1,20}:)?//|(?:data|mailto|tel|urn|arn|blob):", re.IGNORECASE)
_PATH = re.compile(
    r"(?:[A-Za-z]:\\|~?/|\.{1,2}/)[\w.\-/\\ ]*|[\w.\-]+(?:/[\w.\-]+)*\.(?:pem|key|crt|cer|p12|jks|json|ya?ml|"
    r"txt|html?|php|py|js|ts|env|cfg|ini|conf|twig|blade|sql|csv|log|pub|png|svg|md|properties)"
)
_ROUTE = re.compile(r"(?:/(?::?[a-z]+(?:[-_]?[A-Za-z]+)*|\{\w+\}|<[\w:]+>)){2,20}/?")
_OPTION = re.compile(r"[a-z_]+=[a-z_]+")
_HASH = re.compile(
    r"\$(?:2[abxy]?|argon2\w*|[156]|scrypt|pbkdf2[\w-]*|y|apr1)\$|(?:pbkdf2|bcrypt|scrypt|argon2)\w*\$"
    r"|\{(?:SSHA|SHA|MD5|CRYPT)\w*\}|sha\d{3}[-:]|md5[-:]|-----BEGIN (?:PUBLIC|CERT|RSA PUBLIC|SSH2 PUBLIC)"
    r"|ssh-\w+ A|AAAA[BCE]3NzaC1"
)
_RULES = re.compile(r"[a-z_]+(?::[\w,.\-]+)?(?:\|[a-z_]+(?::[^|]*)?)+")
_PATTERN = re.compile(r"^\^|\(\?[:=!<i]|\\[dwsb.]|\[[A-Za-z]-[A-Za-z]|\$$(?<=[)+*\]]\$)|^\[[^\]]+\][+*]$")
_DURATION = re.compile(
    r"P?T?\d+(?:\.\d+)?\s?(?:ms|s|sec|secs|m|min|mins|minutes|h|hours?|d|days?|w|y|kb|mb|gb)?", re.IGNORECASE
)
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){2,}|[A-Z]\w*(?:\\[A-Z]\w*)+|[a-z]\w*(?:::\w+)+")
_FOREIGN = re.compile("[\u0370-\u1fff\u2c00-\ud7ff\uf900-\ufdff]")
# Words of English or of programs, joined: `auth.tokenExpiration`, `_INSTANCE_KEY`, `[[error:no-such-key]]`.
_PIECE = "(?:[a-z]+(?:[A-Z]{1,3}[a-z]{2,})*|(?:[A-Z][a-z]+)+|[A-Z]+)"
_WORDED = re.compile(rf"[\[_]*{_PIECE}(?:[._:/\-]+{_PIECE}){{1,9}}[\]]*")
_SNAKE = re.compile(r"[a-z]+(?:_(?:[a-z]+|[a-z0-9]{1,3}))+")
_SCOPE = re.compile(r"[a-z]{2,}(?::[a-z]{2,}){1,4}")
_KINDS = frozenset(
    "string str text number int integer boolean bool varchar char object array any bytes binary uuid date "
    "datetime email required optional nullable hidden input header cookie query body basic bearer digest "
    "oauth2 apikey jwt local password_hash sha256 sha512 md5 hs256 rs256 es256 argon2id argon2 bcrypt "
    "scrypt utf8 utf-8 hex base64 json form session remember_token secretstr keep same".split()
)
_SENTENCE = frozenset(
    "a an and are be no set can cannot could did do does enter expired for has have here if in incorrect "
    "invalid "
    "is it least match missing must new not of on one or our please provide provided required reset "
    "should than that the this to too type use valid was we when will with wrong you your changed forgot "
    "forgotten confirm repeat minimum at characters failed field hint optional choose create sign "
    "login".split()
)
_ALGORITHM = re.compile(
    r"(?:aes|des|sha|md|hs|rs|es|ps|rsa|ed|utf|base|oauth|http|pbkdf|argon|ecdsa|bip|tls|ssl|iso|ipv)[-_]?\d[\w.\-]{0,16}"
    r"|(?:id|v|x|p)\d+",
    re.IGNORECASE,
)
_CONSTANT = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
_KEY = re.compile(r"[a-z]+(?:[A-Z][a-z]+)+|\w+(?:[:.]\w+)+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_COLUMN = re.compile(r"[A-Za-z_]\w{0,30}\.[A-Za-z_]\w*|[a-z]+:[a-z]+[A-Z]\w*")
_IDENTIFIER = re.compile(r"_*[a-z]+(?:[._:/\-][a-z]+)*|[A-Z]+(?:_[A-Z]+)*|[a-z]+(?:[A-Z][a-z]+)+|[A-Z][a-z]+")


def is_reference(value: str) -> bool:
    """Say whether a text stands for something that is filled in elsewhere."""
    return _REFERENCE.search(value[:MAX_VALUE]) is not None


def is_placeholder(value: str) -> bool:
    """Say whether a text tells the reader to put something in its place."""
    text = value.strip()[:MAX_VALUE]
    return _PLACEHOLDER.search(text) is not None or _is_blotted(text)


def _is_blotted(text: str) -> bool:
    """Say whether little but a prefix is left of a token between its crosses: ``sk_live_xxxxxxxx``."""
    if "xxxx" not in text.lower():
        return False
    left = re.sub(r"[\W_]|[xX]{3,}", "", text)
    return len(left) < 6 or (left.isalpha() and (left.islower() or left.isupper()))


@lru_cache(maxsize=4096)
def nothing_secret(value: str) -> bool:
    """Say whether a text is surely no secret, whatever the name it stands under."""
    text = value.strip()[:MAX_VALUE]
    if not text or text.lower() in _NOTHING or is_reference(text):
        return True
    if _ADDRESS.match(text) or _HASH.match(text) or _PATTERN.search(text):
        return True
    whole = (_PATH, _RULES, _DURATION, _DOTTED)
    if _FOREIGN.search(text) and not any(sign.isdigit() for sign in text):
        return True  # words of another script: a caption, translated
    if _ROUTE.fullmatch(text) or _OPTION.fullmatch(text):
        return True
    return any(pattern.fullmatch(text) for pattern in whole) and not _is_dense(text)


def is_code_word(value: str) -> bool:
    """Say whether a text is a word that programs use for kinds of things: ``string``, ``Bearer``."""
    text = value.strip()
    return text.lower() in _KINDS or _ALGORITHM.fullmatch(text) is not None


def _is_dense(text: str) -> bool:
    """Say whether a text without blanks is long and of many different signs, like base64."""
    return len(text) >= 24 and " " not in text and looks_random(text) and entropy(text) > 3.9


def is_label(value: str) -> bool:
    """Say whether a text is meant for people: a sentence, a caption, a question."""
    text = value.strip()
    if " " not in text:
        return text.endswith((":", "?")) and text[:-1].isalpha()
    words = re.findall(r"[\w'’]+", text.lower())
    if len(words) < 2:
        return False
    known = [word for word in words if word in _SENTENCE]
    family = [word for word in words if word in FAMILY]
    told = text[0].isupper() and all(word.isalpha() or "'" in word or "’" in word for word in words)
    return told or len(known) + len(family) >= max(2, len(words) - 1) or len(known) >= 2 or text[-1] in ".!?:"


def names_itself(name: str, value: str) -> bool:
    """Say whether a text only repeats the name that it stands under: ``PASSWORD = "password"``."""
    said = words_of(value)
    named = words_of(name)
    if _CONSTANT.fullmatch(value) or (_KEY.fullmatch(value) and said[-2:] == named[-2:]):
        return True  # the name of a constant, of a variable of the environment, of a setting
    if not said:
        return False
    if _COLUMN.fullmatch(value) and said[-1] == named[-1:][0]:
        return True  # `u.password`, `login:enterPassword`: a column of a table, the name of a caption
    if "-" in name and name in value:
        return True  # `gist-secret` and `icon icon-gist-secret`
    if said == named or "".join(said) == "".join(named):
        return True
    return (
        len(said) > 1
        and all(word in FAMILY or word in named for word in said)
        and any(w in named for w in said)
    )


def is_worded(value: str) -> bool:
    """Say whether a text is several plain words, joined as the names of settings, events and tags are."""
    text = value.strip()
    return _WORDED.fullmatch(text) is not None or _SNAKE.fullmatch(text) is not None


def is_scope(value: str) -> bool:
    """Say whether a text names a permission: ``keys:import``."""
    return _SCOPE.fullmatch(value.strip()) is not None


def is_identifier(value: str) -> bool:
    """Say whether a text is plain words as programs join them: ``refresh_token``, ``EOF``."""
    return _IDENTIFIER.fullmatch(value) is not None


def looks_random(value: str) -> bool:
    """Say whether a text without blanks mixes signs as words do not."""
    if len(value) < 6 or any(sign.isspace() for sign in value) or _ALGORITHM.fullmatch(value):
        return False
    digits = sum(sign.isdigit() for sign in value)
    letters = sum(sign.isalpha() for sign in value)
    if digits and letters:
        return len(value) >= 8 or not re.fullmatch(r"[A-Za-z_\-]+\d{1,2}", value)
    return (
        len(value) >= 20 and not is_identifier(value) and letters > len(value) // 2 and entropy(value) > 3.6
    )


def is_dense(value: str) -> bool:
    """Say whether some part of a text mixes letters and digits as no word with a number does."""
    for part in re.split(r"[^A-Za-z0-9]+", value):
        mixed = any(sign.isdigit() for sign in part) and any(sign.isalpha() for sign in part)
        if mixed and len(part) >= 5 and not re.fullmatch(r"[A-Za-z]+\d{1,4}|v?\d+[A-Za-z]?", part):
            return True
    return len(value) >= 20 and looks_random(value)


def entropy(value: str) -> float:
    """Return the entropy of the signs of a text in bits a sign."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
