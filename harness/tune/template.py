"""Prompts with parameters: a jinja2 template, the values of its parameters, and the prompts they give.

Every combination of the values is one prompt. What a template is given is exactly its parameters and
``base``, the prompt of the agent file under test; whatever else it names is an error and not an empty text.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.core.errors import ConfigurationError, InputError
from harness.core.located_yaml import read_bounded
from harness.core.types import Agent

__all__ = [
    "MOST_PROMPTS",
    "SUFFIX",
    "Parameters",
    "Value",
    "filled",
    "is_template",
    "parameters_of",
    "used_names",
]

SUFFIX = ".j2"
MOST_PROMPTS = 48
"""Variants of one experiment at most; beyond, a difference worth knowing cannot be told from chance."""

BASE = "base"
"""Name under which a template finds the prompt of the agent file."""

_PROGRAM = Path(__file__).with_name("rendering.py")
_MOST_BYTES = 400_000
_PATIENCE_S = 20
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_INTEGER = re.compile(r"-?[0-9]{1,12}")

Value = str | int | float | bool
Parameters = Mapping[str, tuple[Value, ...]]
"""The values of each parameter, in the order in which they were given."""


def is_template(path: Path) -> bool:
    """Tell whether a file is a template, by its name."""
    return path.suffix == SUFFIX


def parameters_of(texts: Sequence[str]) -> dict[str, tuple[Value, ...]]:
    """Read ``name=value,value`` of the command line; whole numbers and true, false are read as such.

    Raises:
        ConfigurationError: a text has another form, or a name is given twice.
    """
    found: dict[str, tuple[Value, ...]] = {}
    for text in texts:
        name, sign, values = text.partition("=")
        if not sign or not _NAME.fullmatch(name) or name == BASE:
            raise ConfigurationError(
                f"--param {text[:80]}: write NAME=VALUE,VALUE, with a name of letters, digits and _ that is "
                f"not {BASE!r}"
            )
        if name in found:
            raise ConfigurationError(f"--param {name}: given twice; write all its values after one =")
        read = tuple(_value(one.strip()) for one in values.split(","))
        if len(set(map(repr, read))) < len(read):
            raise ConfigurationError(f"--param {text[:80]}: a value is given twice")
        found[name] = read
    return found


def _value(text: str) -> Value:
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if _INTEGER.fullmatch(text) else text


def filled(path: Path, base: Agent, parameters: Parameters) -> list[tuple[dict[str, Value], str]]:
    """Fill a template with every combination of the parameters that it uses.

    Returns:
        The values and the text of each prompt, the last parameter changing fastest.

    Raises:
        InputError: the file cannot be read, is no template, names a parameter without values, gives too many
            prompts, or takes too long.
    """
    source = read_bounded(path, _MOST_BYTES)
    used = set(_ask(path, source, [])["names"]) - {BASE}
    unknown = sorted(used - set(parameters))
    if unknown:
        raise InputError(
            f"{path}: uses the parameter {unknown[0]!r}, which has no values; give --param {unknown[0]}=…, "
            "or params in the experiment file"
        )
    names = [name for name in parameters if name in used]
    grid = 1
    for name in names:
        grid *= len(parameters[name])
    if grid > MOST_PROMPTS:
        raise InputError(f"{path}: its parameters make {grid:,} prompts; give at most {MOST_PROMPTS}")
    settings = [
        dict(zip(names, values, strict=True))
        for values in itertools.product(*(parameters[name] for name in names))
    ]
    given = [{**setting, BASE: base.prompt} for setting in settings]
    texts: list[str] = _ask(path, source, given)["texts"]
    return list(zip(settings, texts, strict=True))


def used_names(path: Path) -> frozenset[str]:
    """Return the parameters that a template uses.

    Raises:
        InputError: the file cannot be read, or is no template.
    """
    return frozenset(_ask(path, read_bounded(path, _MOST_BYTES), [])["names"]) - {BASE}


def _ask(path: Path, source: str, settings: Sequence[Mapping[str, Value]]) -> dict[str, Any]:
    """Fill a template in a process of its own."""
    question = json.dumps({"source": source, "settings": list(settings)})
    command = (sys.executable, "-I", "-X", "utf8", str(_PROGRAM))
    try:
        done = subprocess.run(
            command,
            input=question.encode("utf-8"),
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{path}: is not filled within {_PATIENCE_S} s; shorten its loops") from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:  # stopped by its limits
        raise InputError(f"{path}: takes more time or memory than a prompt can; shorten its loops") from error
    if "error" in answer:
        raise InputError(f"{path}:{answer['line']}: {answer['error']}; mend the template")
    return answer
