"""Changes of an input: of bytes, lines, the tree of a JSON document, and stretches of other inputs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from fuzz_core import Surface, json_bytes

__all__ = ["mutated"]

# What breaks readers: no text, no line, no number, without end, of another direction.
ODD_TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "\n",
        "\r",
        "\t",
        "\x1b[2J",
        "\u202e",
        "\u2028",
        "\ufeff",
        "\ufffd",
        "\x85",
        "ｎｏ",
        "е",
        "𝟏",
    ),
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\x",
        "a/../b",
        "CON",
        ".",
        "..",
        "~",
        "-",
        "--",
        "null",
        "~",
        "<<",
    ),
    *(
        "1e999",
        "-0",
        "NaN",
        "Infinity",
        "0x10",
        "1_000",
        "9" * 400,
        "2026-13-45",
        "12:61",
        "yes",
        "=",
        "!!python/x",
    ),
    *(
        "{",
        "}",
        "[",
        "]",
        "((",
        "))",
        '"',
        "'",
        "`",
        "```",
        "~~~",
        "---",
        "...",
        "&a",
        "*a",
        ": ",
        "#",
        "%",
        "\\",
        "|",
    ),
    *(
        "<script>",
        "&lt;",
        "{{x}}",
        "{% x %}",
        "${x}",
        "$(x)",
        "%s",
        "%n",
        "A" * 3_000,
        "é" * 300,
        "👩‍👩‍👧",
        "\u0301" * 50,
    ),
)
ODD_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2**31,
        2**63,
        2**70,
        -(2**70),
        0.5,
        1e308,
        -1e308,
        [],
        {},
        [[]],
        [None],
        {"": None},
    ),
    *({"a": {"a": {}}}, "1", "true", "pass", "fail", "base", "error"),
)
_DEEPEST = 40


def mutated(surface: Surface, data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Return a changed input, of at most ``surface.longest`` bytes."""
    changes: list[Callable[[bytes, Random, Sequence[bytes], Surface], bytes]] = [_bytes, _stretch, _splice]
    if surface.form != "bytes":
        changes += [_lines, _lines, _token, _token]
    if surface.form == "json":
        changes += [_tree] * 8
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        data = random.choice(changes)(data, random, others, surface)
    return data[: surface.longest]


def _bytes(data: bytes, random: Random, _: Sequence[bytes], __: Surface) -> bytes:
    if not data:
        return bytes([random.randrange(256)])
    at = random.randrange(len(data))
    kind = random.randrange(4)
    if kind == 0:
        return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]
    if kind == 1:
        return data[:at] + bytes(random.randrange(256) for _ in range(random.choice((1, 2, 4)))) + data[at:]
    return data[:at] + data[at + 1 :] if kind == 2 else data[:at]


def _stretch(data: bytes, random: Random, _: Sequence[bytes], __: Surface) -> bytes:
    at = random.randrange(len(data) + 1)
    part = data[at : at + random.choice((2, 9, 40, 300))]
    kind = random.randrange(3)
    if kind == 0:
        return data[:at] + data[at + len(part) :]
    if kind == 1:
        return data[:at] + part * random.choice((2, 3, 50)) + data[at + len(part) :]
    to = random.randrange(len(data) + 1)
    return data[:to] + part + data[to:]


def _splice(data: bytes, random: Random, others: Sequence[bytes], _: Surface) -> bytes:
    other = random.choice(others) if others else b""
    at, start = random.randrange(len(data) + 1), random.randrange(len(other) + 1)
    return data[:at] + other[start : start + random.choice((20, 200, 2_000))] + data[at:]


def _lines(data: bytes, random: Random, others: Sequence[bytes], _: Surface) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    kind = random.randrange(6)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[at])
    elif kind == 2:
        lines.insert(random.randrange(len(lines)), lines.pop(at))
    elif kind == 3:
        lines[at] = b" " * random.choice((1, 2, 4, 60)) + lines[at]
    elif kind == 4:
        lines[at] = lines[at].lstrip()
    else:
        lines.insert(at, random.choice((random.choice(others) if others else b"").split(b"\n")))
    return b"\n".join(lines)


def _token(data: bytes, random: Random, _: Sequence[bytes], surface: Surface) -> bytes:
    token = random.choice((*surface.tokens, *ODD_TEXTS)).encode("utf-8", "surrogatepass")
    at = random.randrange(len(data) + 1)
    gone = random.choice((0, 0, 0, len(token)))
    return data[:at] + token * random.choice((1, 1, 1, 2, 200)) + data[at + gone :]


def _tree(data: bytes, random: Random, _: Sequence[bytes], surface: Surface) -> bytes:
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return data
    places: list[tuple[Any, Any]] = []
    _walk(tree, places, 0)
    if not places:
        return json_bytes(random.choice(ODD_VALUES))
    for _time in range(random.choice((1, 1, 2))):
        holder, key = random.choice(places)
        _change(holder, key, random, random.choice(places), surface)
    try:
        return json_bytes(tree)
    except (ValueError, RecursionError):  # a part of itself
        return data


def _change(holder: Any, key: Any, random: Random, other: tuple[Any, Any], surface: Surface) -> None:
    kinds: list[Callable[[], None]] = [
        lambda: holder.__delitem__(key),
        lambda: holder.__setitem__(key, random.choice(ODD_VALUES)),
        lambda: holder.__setitem__(key, random.choice((*surface.tokens, *ODD_TEXTS))),
        lambda: holder.__setitem__(key, json.loads(json.dumps(other[0][other[1]]))),
        lambda: _doubled(holder, key, random.choice((*surface.tokens, *ODD_TEXTS))),
        lambda: holder.__setitem__(key, _near(holder[key], random)),
        *[lambda: _of_the_same_type(holder, key, other)] * 6,
    ]
    # An earlier change may have taken the place away.
    with contextlib.suppress(KeyError, IndexError, ValueError, OverflowError, RecursionError):
        random.choice(kinds)()


def _doubled(holder: Any, key: Any, name: str) -> None:
    """Put an item of a list there twice; give a value of a mapping another name."""
    if isinstance(holder, list):
        holder.insert(key, json.loads(json.dumps(holder[key])))
    else:
        holder[name] = holder.pop(key)


def _near(value: Any, random: Random) -> Any:
    if isinstance(value, (int, float)):
        return value * random.choice((-1, 0, 2, 1_000, 10**9)) + random.choice((0, 1, -1))
    if isinstance(value, str):
        return value[: random.randrange(len(value) + 1)] + random.choice(ODD_TEXTS)
    return value


def _of_the_same_type(holder: Any, key: Any, other: tuple[Any, Any]) -> None:
    """What a schema lets through."""
    there = other[0][other[1]]
    if type(there) is type(holder[key]) and not isinstance(there, (dict, list)):
        holder[key] = there


def _walk(value: Any, places: list[tuple[Any, Any]], depth: int) -> None:
    if depth > _DEEPEST:
        return
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        places.append((value, key))
        _walk(value[key], places, depth + 1)
