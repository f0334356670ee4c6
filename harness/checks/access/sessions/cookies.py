"""Cookies that carry a session or a token: their flags and how long they live."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.checks.access.sessions.ground import Fault, Ground, Options
from harness.checks.access.sessions.spans import SECONDS_OF_A_DAY, seconds
from harness.checks.errors.terms import last_name, names_in
from harness.response.flow.constants import NOT_CONSTANT
from harness.response.flow.expressions import Attribute, Call, Constant, Expression, Name, Text
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk
from harness.response.languages import JAVASCRIPT_FAMILY

__all__ = ["Defaults", "carries_session", "cookie_faults", "cookies_set", "flag_faults"]

MAX_COOKIE_DAYS = 90
_CARRIES = re.compile(
    r"sess|(?:^|[_.-])s?sid$|token|jwt|(?:^|[_.-])auth|refresh|remember|(?:^|[_.-])(?:access|bearer|login|identity)",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"csrf|xsrf|flash|consent|theme|locale|lang|device_?type|verifier|state|nonce", re.IGNORECASE
)
_READS = "a script in the page (XSS) can read it and take the session over"
_PLAIN = "it is sent over plain http, where anybody on the way can read it and take the session over"
_SITES = "requests that other sites forge (CSRF) carry it"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for a cookie where an option is left out: is it safe?"""

    http_only: bool = False
    secure: bool = False
    same_site: bool = False


_EXPRESS = Defaults()
_BY_CONNECTION = Defaults(http_only=True, secure=True)
_STARLETTE = Defaults(same_site=True)


@dataclass(frozen=True, slots=True)
class _Keys:
    http_only: str
    secure: str
    same_site: str


_CAMEL = _Keys("httpOnly", "secure", "sameSite")
_LOWER = _Keys("httponly", "secure", "samesite")


def carries_session(name: str) -> bool:
    """Say whether the name of a cookie or variable tells of a session or a token of one."""
    return _CARRIES.search(name) is not None and _OTHERS.search(name) is None


def flag_faults(
    ground: Ground, options: Options, defaults: Defaults, what: str, keys: _Keys = _CAMEL
) -> Iterator[Fault]:
    """Yield what is wrong with the flags of a cookie: each that is switched off, and all that are missing."""
    missing: list[str] = []
    for key, safe, harm in (
        (keys.http_only, defaults.http_only, _READS),
        (keys.secure, defaults.secure, _PLAIN),
    ):
        entry = options.entries.get(key)
        if key in ground.assigned:
            continue
        if entry is None:
            missing += [] if safe or not options.whole else [f"{key} ({harm})"]
        elif ground.is_off(entry):
            yield Fault(entry[1], entry[0].node, f"{what} has {key} switched off: {harm}")
    if not ground.guards_forgery and keys.same_site not in ground.assigned:
        site = options.entries.get(keys.same_site)
        if site is None:
            missing += [] if defaults.same_site or not options.whole else [f"{keys.same_site} ({_SITES})"]
        elif _is_open(ground, site) and (missing or not _is_on(ground, options, keys.secure)):
            yield Fault(site[1], site[0].node, f"{what} is sent to other sites as well: {_SITES}")
    if missing:
        yield Fault(options.unit, options.node, f"{what} lacks {', '.join(missing)}")


def _is_on(ground: Ground, options: Options, key: str) -> bool:
    entry = options.entries.get(key)
    return entry is not None and not ground.is_off(entry)


def _is_open(ground: Ground, entry: tuple[Expression, Unit]) -> bool:
    found = ground.value(*entry)
    if found is NOT_CONSTANT:
        return False
    return not found or (isinstance(found, str) and found.lower() == "none")


def life_faults(
    ground: Ground, entry: tuple[Expression, Unit], what: str, unit_seconds: float
) -> Iterator[Fault]:
    """Yield a life time that is far too long."""
    found = seconds(ground, *entry, number=unit_seconds)
    days = 0 if found is None else found / SECONDS_OF_A_DAY
    if days > MAX_COOKIE_DAYS:
        yield Fault(
            entry[1],
            entry[0].node,
            f"{what} lives for {days:.0f} days: whoever steals it has that long to use it",
        )


def cookies_set(ground: Ground) -> list[tuple[Call, Unit, str]]:
    """Return the calls that give a session or a token to the browser, with the name of the cookie."""
    found: list[tuple[Call, Unit, str]] = []
    for unit in ground.units:
        if "ookie" not in unit.block.text:
            continue
        for call in unit.calls:
            name = _cookie_of(ground, call, unit)
            if name and ground.counts(unit, call.node):
                found.append((call, unit, name))
    return found


def _cookie_of(ground: Ground, call: Call, unit: Unit) -> str:
    """Return the name of the session's cookie that a call sets."""
    setter = last_name(call.callee)
    ways = names_in(call.callee)
    if setter not in {"cookie", "setCookie", "set_cookie", "setcookie", "set", "setrawcookie"}:
        return ""
    if setter == "set" and not any("cookie" in one.lower() for one in ways[1:]):
        return ""
    if setter == "cookie" and len(ways) < 2:
        return ""
    given = [one for one in call.arguments if not one.spread]
    if (
        setter == "setCookie"
        and len(given) > 2
        and last_name(given[0].value) in {"c", "ctx", "event", "context"}
    ):
        given = given[1:]
    named = {one.name: one.value for one in given if one.name}
    plain = [one.value for one in given if not one.name]
    key = named.get("key") or named.get("name") or (plain[0] if plain else None)
    value = named.get("value") or (plain[1] if len(plain) > 1 else None)
    if key is None or value is None or _is_empty(ground, value, unit):
        return ""
    title = ground.text(key, unit) or last_name(key)
    if _OTHERS.search(title):
        return ""
    if carries_session(title) or (_carried(value) and not _OTHERS.search(title)):
        return title or "the session's cookie"
    return ""


def _carried(value: Expression) -> bool:
    names = [one.name for one in walk([value]) if isinstance(one, Name | Attribute)]
    return bool(names) and any(
        re.search(r"(?:access|refresh|session|auth)_?token|jwt", one, re.IGNORECASE) for one in names
    )


def _is_empty(ground: Ground, value: Expression, unit: Unit) -> bool:
    found = ground.value(value, unit)
    return found is not NOT_CONSTANT and not found


def cookie_faults(ground: Ground, cookies: list[tuple[Call, Unit, str]]) -> Iterator[Fault]:
    """Yield the faults of cookies that handlers set themselves."""
    for call, unit, name in cookies:
        what = f"the cookie '{name[:40]}'"
        if unit.language in JAVASCRIPT_FAMILY:
            yield from _in_javascript(ground, call, unit, what)
        elif unit.language == "python":
            yield from _in_python(ground, call, unit, what)
        elif last_name(call.callee) in {"setcookie", "setrawcookie"}:
            yield from _in_php(ground, call, unit, what)
    yield from _headers(ground)


def _in_javascript(ground: Ground, call: Call, unit: Unit, what: str) -> Iterator[Fault]:
    position = 2
    if last_name(call.callee) == "setCookie" and last_name(call.arguments[0].value) in {
        "c",
        "ctx",
        "event",
        "context",
    }:
        position = 3
    given = call.arguments[position].value if len(call.arguments) > position else None
    if any(one.spread for one in call.arguments):
        return
    options = ground.options(given, unit, call.node)
    by_connection = "cookies" in names_in(call.callee) and any(
        one in {"ctx", "context"} for one in names_in(call.callee)
    )
    if _expires_now(ground, options):
        return
    yield from flag_faults(ground, options, _BY_CONNECTION if by_connection else _EXPRESS, what)
    entry = options.entries.get("maxAge")
    if entry is not None:
        in_milliseconds = last_name(call.callee) == "cookie" or by_connection
        yield from life_faults(ground, entry, what, 0.001 if in_milliseconds else 1)


def _expires_now(ground: Ground, options: Options) -> bool:
    return any(
        key in options.entries and ground.is_off(options.entries[key])
        for key in ("maxAge", "max_age", "expires")
    )


def _in_python(ground: Ground, call: Call, unit: Unit, what: str) -> Iterator[Fault]:
    options = ground.keywords(call, unit)
    if _expires_now(ground, options):
        return
    starlette = any(one.partition(".")[0] in {"fastapi", "starlette"} for one in ground.modules)
    yield from flag_faults(ground, options, _STARLETTE if starlette else _EXPRESS, what, _LOWER)
    entry = options.entries.get("max_age")
    if entry is not None:
        yield from life_faults(ground, entry, what, 1)


def _in_php(ground: Ground, call: Call, unit: Unit, what: str) -> Iterator[Fault]:
    arguments = [one.value for one in call.arguments]
    if any(one.spread or one.name for one in call.arguments):
        return
    if len(arguments) == 3:
        options = ground.options(arguments[2], unit, call.node)
        if options.entries:
            lowered = {key.lower(): value for key, value in options.entries.items()}
            yield from flag_faults(
                ground, Options(call.node, unit, lowered, options.whole), _EXPRESS, what, _LOWER
            )
            return
    options = Options(call.node, unit)
    for position, key in ((5, "secure"), (6, "httponly")):
        if len(arguments) > position:
            options.entries[key] = (arguments[position], unit)
    yield from flag_faults(ground, options, Defaults(same_site=True), what, _LOWER)


def _headers(ground: Ground) -> Iterator[Fault]:
    """Cookies that are written as a header by hand."""
    for unit in ground.units:
        if "et-cookie" not in unit.block.text and "et-Cookie" not in unit.block.text:
            continue
        for call in unit.calls:
            if len(call.arguments) < 2 or ground.text(call.arguments[0].value, unit).lower() != "set-cookie":
                continue
            value = call.arguments[1].value
            if not isinstance(value, Text | Constant) or not ground.counts(unit, call.node):
                continue
            parts = value.parts if isinstance(value, Text) else (value,)
            written = "".join(str(one.value) if isinstance(one, Constant) else "x" for one in parts)
            yield from _header(call, unit, written)


def _header(call: Call, unit: Unit, written: str) -> Iterator[Fault]:
    name, _, rest = written.partition("=")
    attributes = {one.strip().partition("=")[0].lower() for one in rest.split(";")[1:]}
    if (
        not carries_session(name.strip())
        or "x" in attributes
        or rest.startswith(";")
        or "max-age=0" in rest.lower()
    ):
        return
    lacking = [
        f"{flag} ({harm})"
        for flag, harm in (("HttpOnly", _READS), ("Secure", _PLAIN))
        if flag.lower() not in attributes
    ]
    if lacking:
        yield Fault(unit, call.node, f"the cookie '{name.strip()[:40]}' lacks {', '.join(lacking)}")
