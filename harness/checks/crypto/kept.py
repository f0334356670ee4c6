"""What is kept: passwords as they were typed, data that is only encoded, ciphers that begin alike."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.errors.terms import last_name, names_in, title_of
from harness.core.types import Finding
from harness.response.block import BlockRole
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Argument,
    Attribute,
    Binary,
    Call,
    Constant,
    Expression,
    Function,
    Index,
    Mapping,
    Name,
    Text,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk
from harness.response.program import Program

__all__ = ["kept_open"]

_ROLES = (BlockRole.CODE, BlockRole.SCRIPT, BlockRole.CONFIG)
_MENTION = re.compile(
    r"passw|passwd|pwd|encrypt|cipher|aes|cryptojs|bcrypt|pbkdf2|minversion|secureprotocol|protocol_"
)
_PASSWORD = re.compile(r"^\$?(?:user_?)?(?:password|passwd|pwd|passwort)$", re.IGNORECASE)
_STORED = re.compile(
    r"^\$?(?:\w+_)?(?:user|account|row|record|found|existing\w*|member|customer|admin|employee|dbUser|person|u|doc|result)$",
    re.IGNORECASE,
)
# Whatever turns a password into something else, in code or in a model that is shown or hinted at.
_TURNS = re.compile(
    r"hash|bcrypt|argon|scrypt|pbkdf2|password_verify|make_password|set_password|create_user|check_password|crypt\(|"
    r"passlib|devise|Auth::attempt|authenticate\(|supabase|firebase|cognito|auth0|keycloak",
    re.IGNORECASE,
)
_SQL_INSERT = re.compile(
    r"\b(?:insert\s+into\s+\S{1,60}\s*\([^)]{0,400}\b(?:password|passwd|pwd)\b"
    r"|update\s+\S{1,60}\s+set\b[^;]{0,300}\b(?:password|passwd|pwd)\s*=\s*(?:\?|\$\d|:\w|%s))",
    re.IGNORECASE,
)
_SQL_COMPARED = re.compile(r"\b(?:password|passwd|pwd)\s*=\s*(?:\?|\$\d|:\w|%s|@\w)", re.IGNORECASE)
_CREATES = frozenset("create insert insertOne build save add update".split())
_LOOKS_UP = frozenset(
    "filter_by filter findOne find_one findFirst findUnique findOneBy where get first".split()
)
_SQL_FAST = re.compile(r"\b(?:md5|sha1|sha2?|sha256)\s*\(", re.IGNORECASE)
_SQL_RUNS = frozenset(
    "query execute prepare raw run all get fetch fetchrow select insert update statement".split()
)
_ENCRYPTS = re.compile(
    r"^_*(?:encrypt|encipher|protect|secure)(?=[A-Z_]|$)|(?:^|_)encrypt(?:_|$)|Encrypt(?=[A-Z]|$)"
)
_ENCODERS = frozenset("b64encode urlsafe_b64encode base64_encode btoa str_rot13 bin2hex".split())
_CIPHERS = re.compile(r"cipher|encrypt|fernet|aes|kms|sodium|secretbox|nacl|vault|crypt\.", re.IGNORECASE)
_FAST_NAMES = re.compile(r"^(?:MD5|SHA1|SHA224|SHA256|SHA384|SHA512|SHA3)$")
_OLD_TLS = re.compile(r"(?:TLSv1(?:[._]1)?|SSLv[23])(?:_\w+)?", re.IGNORECASE)
_FEW_ROUNDS = 7  # of bcrypt; ten is what is asked for today
_FEW_ITERATIONS = 10_000


def kept_open(program: Program) -> Iterator[Finding]:
    """Yield what is kept, or made, so that whoever gets it can read it."""
    if not any(_MENTION.search(block.text.lower()) for block in program.answered):
        return
    flow = program.flow
    turned = any(_TURNS.search(block.text) for block in program.answered)
    for unit in flow.units_with(_ROLES):
        if _MENTION.search(unit.block.text.lower()) is None:
            continue
        seen = [
            *_of_calls(flow, unit),
            *_encodings(flow, unit),
            *_plain_records(program, unit, turned=turned),
        ]
        if not turned:
            seen += [*_plain_comparisons(flow, unit), *_plain_statements(unit), *_plain_lookups(unit)]
        for place, message in seen:
            if not flow.is_counter_example(unit, place.node):
                yield flow.finding(unit, place.node, message)


# --- passwords as they are --------------------------------------------------------------------


def _plain_comparisons(flow: Flow, unit: Unit) -> Iterator[tuple[Expression, str]]:
    for node in flow.names.nodes(unit, Binary):
        if node.operator not in {"==", "===", "!=", "!=="}:
            continue
        sides = [_field(node.left), _field(node.right)]
        passwords = all(_PASSWORD.match(name) for _, name in sides)
        stored = [base for base, _ in sides if _STORED.match(base)]
        if passwords and len(stored) == 1:
            yield node, "a stored password is compared as it was typed: it is kept in plain text"


def _field(value: Expression) -> tuple[str, str]:
    """Return whose field a value is, and its name: ``user.password`` is ``user``, ``password``."""
    if isinstance(value, Attribute):
        return last_name(value.base), value.name
    if isinstance(value, Index) and isinstance(value.key, Constant):
        return last_name(value.base), str(value.key.value)
    return "", value.name if isinstance(value, Name) else ""


def _plain_statements(unit: Unit) -> Iterator[tuple[Expression, str]]:
    for call in unit.calls:
        if last_name(call.callee) not in _SQL_RUNS or not call.arguments:
            continue
        text = _written(call.arguments[0].value)
        if _SQL_INSERT.search(text):
            yield call, "the password is stored as it was typed"
        elif _SQL_COMPARED.search(text):
            yield call, "the password is looked up as it was typed: it is kept in plain text"


def _plain_lookups(unit: Unit) -> Iterator[tuple[Expression, str]]:
    """``filter_by(email=..., password=data["password"])``: a row is found by the password as it was typed."""
    for call in unit.calls:
        if last_name(call.callee) not in _LOOKS_UP:
            continue
        for argument in call.arguments:
            value = _password_in(argument)
            if value is not None and not isinstance(value, Call) and _PASSWORD.match(_field(value)[1]):
                yield call, "the password is looked up as it was typed: it is kept in plain text"


def _plain_records(program: Program, unit: Unit, *, turned: bool) -> Iterator[tuple[Expression, str]]:
    """Yield the records with a password as it was typed, of a model that is shown and changes nothing."""
    if turned:
        return
    for call in unit.calls:
        model = last_name(call.callee) if call.is_new else ""
        if isinstance(call.callee, Attribute) and last_name(call.callee) in _CREATES:
            model = last_name(call.callee.base)
        if not model or program.schema.table(model) is None:
            continue
        for argument in call.arguments:
            value = _password_in(argument)
            if value is not None and _PASSWORD.match(_field(value)[1]):
                yield call, "the password is stored as it was typed"


def _password_in(argument: Argument) -> Expression | None:
    if _PASSWORD.match(argument.name):
        return argument.value
    entries = argument.value.entries if isinstance(argument.value, Mapping) else ()
    for entry in entries:
        if isinstance(entry.key, Constant) and _PASSWORD.match(str(entry.key.value)):
            return entry.value
        if (
            isinstance(entry.key, Constant)
            and entry.key.value in {"data", "where"}
            and isinstance(entry.value, Mapping)
        ):
            return _password_in(Argument(entry.value))
    return None


def _written(value: Expression) -> str:
    if isinstance(value, Constant):
        return str(value.value)[:4_000]
    if isinstance(value, Text):
        return "".join(str(one.value) if isinstance(one, Constant) else "?" for one in value.parts)[:4_000]
    return ""


# --- hashes, ciphers, protocols ---------------------------------------------------------------


def _of_calls(flow: Flow, unit: Unit) -> Iterator[tuple[Expression, str]]:
    for call in unit.calls:
        name = last_name(call.callee)
        if name in _SQL_RUNS and call.arguments:
            text = _written(call.arguments[0].value)
            if "passw" in text.lower() and _SQL_FAST.search(text):
                yield call, "the database hashes a password with what is too fast"
        elif _FAST_NAMES.match(name) and call.arguments and _is_password(call.arguments[0].value):
            yield call, f"a password is hashed with {name}, which is too fast"
        elif _too_few(call, name):
            yield call, "so few rounds of hashing do not slow down who tries passwords"
        elif _begins_alike(flow, unit, call, name):
            yield call, "the initialisation vector is always the same: equal texts look equal"
        else:
            yield from _options(call)


def _is_password(value: Expression) -> bool:
    return any(
        _PASSWORD.match(last_name(node)) for node in walk([value]) if isinstance(node, Name | Attribute)
    )


def _too_few(call: Call, name: str) -> bool:
    plain = [one.value.value if isinstance(one.value, Constant) else None for one in call.arguments]
    owner = names_in(call.callee)[-1:]
    if name in {"hash", "hashSync", "genSalt", "genSaltSync", "gensalt"} and owner in (
        ["bcrypt"],
        ["bcryptjs"],
    ):
        rounds = [one for one in plain if isinstance(one, int) and not isinstance(one, bool)]
        return bool(rounds) and rounds[0] < _FEW_ROUNDS
    if name in {"pbkdf2", "pbkdf2Sync", "pbkdf2_hmac", "hash_pbkdf2"}:
        numbers = [one for one in plain if isinstance(one, int) and not isinstance(one, bool)]
        return bool(numbers) and numbers[0] < _FEW_ITERATIONS
    return False


def _begins_alike(flow: Flow, unit: Unit, call: Call, name: str) -> bool:
    given: Expression | None = None
    values = [one.value for one in call.arguments if not one.name]
    if name == "createCipheriv" and len(values) > 2:
        given = values[2]
    elif name == "openssl_encrypt" and len(values) > 4:
        given = values[4]
    elif name == "new" and names_in(call.callee)[1:2] == ["AES"]:
        named = {one.name: one.value for one in call.arguments if one.name}
        given = named.get("iv") or named.get("nonce") or (values[2] if len(values) > 2 else None)
    return given is not None and all(_is_fixed(one) for one, _ in flow.names.values(given, unit))


def _is_fixed(value: Expression) -> bool:
    if isinstance(value, Constant):
        return isinstance(value.value, str) and bool(value.value)
    if isinstance(value, Call):
        made = last_name(value.callee) in {
            "from",
            "alloc",
            "bytes",
            "str_repeat",
            "hex2bin",
            "fromhex",
            "encode",
        }
        parts = [one.value for one in value.arguments]
        if isinstance(value.callee, Attribute) and last_name(value.callee) == "encode":
            parts = [value.callee.base]
        return made and bool(parts) and all(isinstance(one, Constant) for one in parts)
    return isinstance(value, Binary) and _is_fixed(value.left)


def _options(call: Call) -> Iterator[tuple[Expression, str]]:
    for argument in call.arguments:
        for node in walk([argument.value], into_functions=False):
            if isinstance(node, Attribute) and node.name == "ECB":
                yield node, "ECB shows which parts are equal"
            elif isinstance(node, Attribute) and _OLD_TLS.fullmatch(node.name.removeprefix("PROTOCOL_")):
                yield node, f"{node.name.removeprefix('PROTOCOL_')} is broken"


# --- data that is only encoded ---------------------------------------------------------------------


def _encodings(flow: Flow, unit: Unit) -> Iterator[tuple[Expression, str]]:
    for function in unit.functions:
        name = title_of(flow, unit, function)
        if _ENCRYPTS.search(name) and not function.is_abstract:
            encoder = _encoder(function)
            if encoder is not None and not _CIPHERS.search(function.node.text()[:4_000].replace(name, "")):
                yield encoder, f"{name}() only encodes: anybody can read it back"


# What is drawn at random is a key to be written down, not data in another form.
_RANDOM = re.compile(
    r"(?i)random_?bytes|urandom|generateKey|token_bytes|getRandomValues|nextBytes|gen_?random|generate_key"
)


def _encoder(function: Function) -> Call | None:
    for node in walk(function.body):
        if isinstance(node, Call) and not _RANDOM.search(node.node.text()[:300]):
            written = node.arguments[0].value if node.arguments else None
            to_text = isinstance(written, Constant) and written.value in {"base64", "hex", "base64url"}
            if last_name(node.callee) in _ENCODERS or (last_name(node.callee) == "toString" and to_text):
                return node
    return None
