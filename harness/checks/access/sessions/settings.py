"""Sessions that a framework sets up by its settings: Django, Flask, Laravel, PHP itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.access.sessions.cookies import Defaults, flag_faults, life_faults
from harness.checks.access.sessions.ground import Fault, Ground, Options
from harness.checks.errors.terms import last_name, names_in
from harness.response.flow.constants import NOT_CONSTANT
from harness.response.flow.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Index,
    Mapping,
    Name,
    Opaque,
)
from harness.response.flow.statements import Return, Unit

__all__ = ["is_configured", "setting_faults"]

_SETTING = re.compile(
    r"^(?:SESSION_\w+|CSRF_COOKIE_\w+|PERMANENT_SESSION_LIFETIME|REMEMBER_COOKIE_\w+|JWT_\w+|SIMPLE_JWT|"
    r"(?:ACCESS|REFRESH)_TOKEN_LIFETIME)$"
)
_READS = "a script in the page (XSS) can read it and take the session over"
_PLAIN = "it is sent over plain http, where anybody on the way can read it and take the session over"
_SITES = "requests that other sites forge (CSRF) carry it"
_WORTH = re.compile(r"SESSION_|COOKIE_|JWT_|TOKEN_LIFETIME")
_FLAGS = {
    "SESSION_COOKIE_SECURE": ("the session's cookie", _PLAIN),
    "SESSION_COOKIE_HTTPONLY": ("the session's cookie", _READS),
    "REMEMBER_COOKIE_SECURE": ("the cookie that signs users in again", _PLAIN),
    "REMEMBER_COOKIE_HTTPONLY": ("the cookie that signs users in again", _READS),
    "CSRF_COOKIE_SECURE": ("the cookie against forged requests", "it is sent over plain http as well"),
    "JWT_COOKIE_SECURE": ("the token's cookie", _PLAIN),
}
_LIVES = frozenset({"SESSION_COOKIE_AGE", "PERMANENT_SESSION_LIFETIME"})
_TOKENS = frozenset({"JWT_ACCESS_TOKEN_EXPIRES", "ACCESS_TOKEN_LIFETIME"})
_SHOWN = frozenset({"SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_AGE"})
_LARAVEL = frozenset({"driver", "lifetime", "cookie", "http_only", "same_site", "expire_on_close"})
_LOADERS = frozenset(
    "from_object from_pyfile from_envvar from_prefixed_env from_file from_json from_mapping".split()
)
_INI = {
    "session.cookie_httponly": "httponly",
    "session.cookie_secure": "secure",
    "session.cookie_samesite": "samesite",
}
_OPTIONS = ("httponly", "secure", "samesite")

Setting = tuple[str, Expression, Unit]


def _settings(ground: Ground) -> list[Setting]:
    """Return the settings of Python frameworks, however they are written."""
    found: list[Setting] = []
    for unit in ground.units:
        if unit.language == "python" and _WORTH.search(unit.block.text) and not ground.is_local(unit):
            found += [one for one in _named(ground, unit) if _SETTING.match(one[0])]
    return [one for one in found if ground.counts(one[2], one[1].node)]


def _named(ground: Ground, unit: Unit) -> Iterator[Setting]:
    for one in unit.assignments:
        target, key = one.target, ""
        if isinstance(target, Name | Attribute):
            key = target.name
        elif isinstance(target, Index) and target.key is not None:
            key = ground.text(target.key, unit)
        if one.value is not None:
            yield key, one.value, unit
    for call in unit.calls:
        yield from [(one.name, one.value, unit) for one in call.arguments if one.name]
    for mapping in ground.names.nodes(unit, Mapping):
        for entry in mapping.entries:
            if isinstance(entry.key, Constant):
                yield str(entry.key.value), entry.value, unit


def is_configured(ground: Ground) -> bool:
    """Say whether settings of sessions are shown."""
    if any(
        key.startswith(("SESSION", "PERMANENT", "JWT", "SIMPLE", "REMEMBER"))
        for key, _, _ in _settings(ground)
    ):
        return True
    return bool(_laravel_files(ground)) or any(
        _php_name(ground, call, unit) for unit, call in _php_calls(ground)
    )


def setting_faults(ground: Ground) -> Iterator[Fault]:
    """Yield the faults of settings."""
    settings = _settings(ground)
    for key, value, unit in settings:
        yield from _python(ground, key, value, unit)
    yield from _left_out(ground, settings)
    for mapping, unit in _laravel_files(ground):
        yield from _laravel(ground, mapping, unit)
    yield from _php(ground)


def _python(ground: Ground, key: str, value: Expression, unit: Unit) -> Iterator[Fault]:
    entry = (value, unit)
    if key in _FLAGS:
        what, harm = _FLAGS[key]
        if ground.is_off(entry):
            yield Fault(unit, value.node, f"{what} has {key} switched off: {harm}")
    elif key == "SESSION_COOKIE_SAMESITE":
        found = ground.value(value, unit)
        if not found and found is not NOT_CONSTANT:
            yield Fault(unit, value.node, f"the session's cookie is sent to other sites as well: {_SITES}")
    elif key in _LIVES:
        yield from life_faults(ground, entry, "the session", 1)
    elif key in _TOKENS:
        found = ground.value(value, unit)
        if found is False:
            yield Fault(
                unit, value.node, "the token never expires: whoever gets hold of one is the user for good"
            )
        else:
            yield from life_faults(ground, entry, "the token", 1)
    elif key == "SESSION_SERIALIZER" and "Pickle" in ground.text(value, unit):
        yield Fault(
            unit, value.node, "sessions are read with pickle: whoever can write one runs code on the server"
        )


def _left_out(ground: Ground, settings: list[Setting]) -> Iterator[Fault]:
    """Settings of sessions without the one flag whose default is off."""
    keys = {key for key, _, _ in settings}
    text = "SESSION_COOKIE_SECURE"
    if any(text in block.text or "JWT_COOKIE" in block.text for block in ground.program.blocks):
        return
    shown = [one for one in settings if one[0] in _SHOWN and one[2].block.origin]
    if shown and len(keys & _SHOWN) > 1:
        _key, value, unit = shown[0]
        yield Fault(unit, value.node, f"settings of the session's cookie are without {text}: {_PLAIN}")
        return
    yield from _bare_flask(ground, keys)


def _bare_flask(ground: Ground, keys: set[str]) -> Iterator[Fault]:
    """An application of Flask that is shown whole, fills its session and leaves its cookie as it is."""
    app: tuple[Call, Unit] | None = None
    fills = False
    for unit in ground.units:
        if unit.language != "python" or (
            "Flask(" not in unit.block.text and "session" not in unit.block.text
        ):
            continue
        for call in unit.calls:
            if ground.origin(call.callee, unit) == "flask.Flask":
                app = (call, unit)
            if last_name(call.callee) in _LOADERS or last_name(call.callee) == "Talisman":
                return
        fills = fills or any(
            isinstance(one.target, Index) and ground.origin(one.target.base, unit) == "flask.session"
            for one in unit.assignments
        )
    if app is None or not fills or not ground.counts(app[1], app[0].node):
        return
    lacking = f"SESSION_COOKIE_SECURE ({_PLAIN})"
    if "SESSION_COOKIE_SAMESITE" not in keys and not ground.guards_forgery:
        lacking += f", SESSION_COOKIE_SAMESITE ({_SITES})"
    yield Fault(app[1], app[0].node, f"the session's cookie lacks {lacking}")


# Laravel.


def _laravel_files(ground: Ground) -> list[tuple[Mapping, Unit]]:
    """Return the arrays of ``config/session.php``, by its path or by what stands in it."""
    found: list[tuple[Mapping, Unit]] = []
    for unit in ground.units:
        if unit.language != "php" or "return" not in unit.block.text:
            continue
        for statement in unit.body:
            value = statement.value if isinstance(statement, Return) else None
            if isinstance(value, Mapping):
                keys = {str(one.key.value) for one in value.entries if isinstance(one.key, Constant)}
                if unit.block.path.endswith("config/session.php") or len(keys & _LARAVEL) > 2:
                    found.append((value, unit))
    return found


def _laravel(ground: Ground, mapping: Mapping, unit: Unit) -> Iterator[Fault]:
    options = ground.options(mapping, unit, mapping.node)
    flags = Options(mapping.node, unit, dict(options.entries), whole=False)
    for ours, theirs in (("secure", "secure"), ("httpOnly", "http_only"), ("sameSite", "same_site")):
        if theirs in options.entries:
            flags.entries[ours] = options.entries[theirs]
    if ground.counts(unit, mapping.node):
        yield from flag_faults(ground, flags, Defaults(), "the session's cookie")
        if "lifetime" in options.entries:
            yield from life_faults(ground, options.entries["lifetime"], "the session", 60)
        driver = options.entries.get("driver")
        if driver is not None and ground.text(*driver) == "array":
            yield Fault(driver[1], driver[0].node, "the driver 'array' forgets sessions after each request")


# PHP.


def _php_calls(ground: Ground) -> Iterator[tuple[Unit, Call]]:
    for unit in ground.units:
        if unit.language == "php" and "session" in unit.block.text:
            for call in unit.calls:
                if isinstance(call.callee, Name) and ground.counts(unit, call.node):
                    yield unit, call


def _php_name(ground: Ground, call: Call, unit: Unit) -> str:
    name = names_in(call.callee)[0]
    if name == "ini_set" and call.arguments:
        return ground.text(call.arguments[0].value, unit)
    return name if name in {"session_set_cookie_params", "session_start"} else ""


def _php(ground: Ground) -> Iterator[Fault]:
    set_elsewhere = {_INI.get(_php_name(ground, call, unit), "") for unit, call in _php_calls(ground)}
    for unit, call in _php_calls(ground):
        name = _php_name(ground, call, unit)
        arguments = [one.value for one in call.arguments]
        if name in _INI and len(arguments) > 1:
            yield from _ini(ground, name, arguments[1], unit)
        elif name == "session.cookie_lifetime" and len(arguments) > 1:
            yield from life_faults(ground, (arguments[1], unit), "the session's cookie", 1)
        elif (
            name == "session.use_only_cookies" and len(arguments) > 1 and _is_zero(ground, arguments[1], unit)
        ):
            yield Fault(
                unit,
                call.node,
                "session ids are accepted from addresses: anybody can send a victim one of his",
            )
        elif (
            name == "session.use_trans_sid"
            and len(arguments) > 1
            and not _is_zero(ground, arguments[1], unit)
        ):
            if ground.value(arguments[1], unit) is not NOT_CONSTANT:
                yield Fault(
                    unit,
                    call.node,
                    "session ids are put into addresses, from where logs and referrers tell them",
                )
        elif name in {"session_set_cookie_params", "session_start"} and arguments:
            yield from _parameters(ground, call, unit, name, set_elsewhere)


def _is_zero(ground: Ground, value: Expression, unit: Unit) -> bool:
    found = ground.value(value, unit)
    return found is not NOT_CONSTANT and str(found).lower() in {"0", "", "off", "false", "none"}


def _ini(ground: Ground, name: str, value: Expression, unit: Unit) -> Iterator[Fault]:
    if _INI[name] != "samesite" and _is_zero(ground, value, unit):
        harm = _READS if _INI[name] == "httponly" else _PLAIN
        yield Fault(unit, value.node, f"the session's cookie has {name} switched off: {harm}")


def _parameters(ground: Ground, call: Call, unit: Unit, name: str, elsewhere: set[str]) -> Iterator[Fault]:
    options = ground.options(call.arguments[0].value, unit, call.node)
    flags = Options(call.node, unit, whole=False)
    for key, entry in options.entries.items():
        short = key.lower().removeprefix("cookie_")
        if short in _OPTIONS:
            flags.entries[{"httponly": "httpOnly", "samesite": "sameSite"}.get(short, short)] = entry
    if name == "session_set_cookie_params" and options.entries and options.whole:
        # What is not named here keeps what php.ini says, which is off unless it was set.
        flags.whole = not elsewhere & set(_OPTIONS)
    elif name == "session_set_cookie_params" and len(call.arguments) > 1:
        for position, key in ((3, "secure"), (4, "httpOnly")):
            if len(call.arguments) > position:
                flags.entries[key] = (call.arguments[position].value, unit)
    yield from flag_faults(ground, flags, Defaults(), "the session's cookie")
    life = options.entries.get("lifetime") or options.entries.get("cookie_lifetime")
    if life is not None and not isinstance(life[0], Opaque):
        yield from life_faults(ground, life, "the session's cookie", 1)
