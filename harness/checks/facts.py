"""What is known of the built-in checks without importing them.

Finding the checks imports some two hundred modules, each with its tables and patterns, and binding rules
needs eleven values of each check. They are kept in the user's cache under a key made of every file they could
follow from; a check's own module is imported when it is first asked to decide. A cache that is missing,
damaged or cannot be written costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import harness
from harness.checks.base import Check, Exchange, Soundness
from harness.core.cache import cache_folder
from harness.core.errors import HarnessError
from harness.core.jsonl import sha_of, write_atomic
from harness.core.types import Decision, Outcome, Severity

__all__ = ["class_of", "code_stamp", "keep_facts", "kept_checks", "stamp"]

_FOLDERS = ("agentfile", "checks", "core", "response")
_KINDS = frozenset({".py", ".yaml", ".json", ".toml"})
_PACKAGE = "harness.checks."
_KEPT = "checks-"
_MOST_KEPT = 8  # files of other states of the code: a few working trees beside one another


class _Kept(Check):
    """A built-in check whose module is imported when it is asked for more than is known of it.

    Abstract, so that it is not taken for a check itself.
    """

    _place: tuple[str, str]
    _takes_parameters: bool
    _of_phrases: Mapping[str, dict[str, str] | None]

    @classmethod
    def parameters_of(cls, rule_text: str) -> dict[str, str] | None:
        """Let the check itself read the rule, where it reads rules in a way of its own."""
        if rule_text in cls._of_phrases:
            return cls._of_phrases[rule_text]
        if cls._takes_parameters:
            return type(_imported(cls._place)).parameters_of(rule_text)
        return super().parameters_of(rule_text)


def class_of(check: Check) -> type[Check]:
    """Return the class that decides, with its docstring and its place in a file."""
    return type(_imported(check._place)) if isinstance(check, _Kept) else type(check)  # noqa: SLF001 - ours


def kept_checks() -> dict[str, Check] | None:
    """Return the built-in checks by id, sorted, none of them imported; ``None``: nothing is known of them."""
    try:
        rows: Mapping[str, Any] = json.loads(_file().read_bytes())
        return {name: _check(name, row) for name, row in sorted(rows.items())}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def keep_facts(checks: Mapping[str, Check]) -> None:
    """Remember what binding needs to know of the built-in checks, for as long as no file changes."""
    rows = {name: _row(check) for name, check in checks.items()}
    path = _file()
    with contextlib.suppress(OSError, HarnessError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, json.dumps(rows, ensure_ascii=False))
        others = sorted(path.parent.glob(f"{_KEPT}*.json"), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in others[_MOST_KEPT:]:
            old.unlink(missing_ok=True)


def _file() -> Path:
    return cache_folder() / f"{_KEPT}{sha_of((code_stamp(), sys.version))[:24]}.json"


def _row(check: Check) -> dict[str, object]:
    reads = type(check).parameters_of.__func__ is not Check.parameters_of.__func__  # type: ignore[attr-defined]
    return {
        "place": [type(check).__module__, type(check).__name__],
        "version": check.version,
        "phrases": check.phrases,
        "soundness": check.soundness.value,
        "defaults": check.defaults,
        "of_answers": check.of_answers,
        "unread": sorted(check.unread),
        "names_node": check.names_node,
        "includes": sorted(check.includes),
        "severity": check.severity.value,
        "takes_parameters": reads,
        "of_phrases": {phrase: check.parameters_of(phrase) for phrase in check.phrases} if reads else {},
    }


def _check(name: str, row: Mapping[str, Any]) -> Check:
    module, class_name = row["place"]
    if not str(module).startswith(_PACKAGE):
        raise ValueError(module)
    facts = {
        "__module__": str(module),  # else that of the metaclass, and the check would not look like ours
        "__doc__": f"What is known of {class_name}.",
        "decide": _decide,
        "_place": (str(module), str(class_name)),
        "_takes_parameters": bool(row["takes_parameters"]),
        "_of_phrases": {str(phrase): _texts(found) for phrase, found in row["of_phrases"].items()},
        "id": name,
        "version": int(row["version"]),
        "phrases": tuple(map(str, row["phrases"])),
        "soundness": Soundness(row["soundness"]),
        "defaults": _texts(row["defaults"]) or {},
        "of_answers": bool(row["of_answers"]),
        "unread": frozenset(map(Outcome, row["unread"])),
        "names_node": bool(row["names_node"]),
        "includes": frozenset(row["includes"]),
        "severity": Severity(row["severity"]),
    }
    made: type[Check] = type(class_name, (_Kept,), facts)
    return made()


def _texts(found: Mapping[str, Any] | None) -> dict[str, str] | None:
    return None if found is None else {str(key): str(value) for key, value in found.items()}


def _decide(check: _Kept, exchange: Exchange) -> Decision:
    """Let the check itself decide."""
    return _imported(check._place).decide(exchange)  # noqa: SLF001 - ours


@cache
def _imported(place: tuple[str, str]) -> Check:
    module, name = place
    check: Check = getattr(importlib.import_module(module), name)()
    return check


# --- the state of the code ---------------------------------------------------------------------------


@cache
def code_stamp() -> str:
    """Identify the files of ours that decisions follow from: by path, size and time of change."""
    root = Path(harness.__file__).parent
    return sha_of([line for name in _FOLDERS for line in _stamps(root / name)])


def _stamps(folder: Path) -> list[str]:
    """Return a line for each file of code or data below a folder."""
    return [stamp(path) for path in sorted(folder.rglob("*")) if path.suffix in _KINDS]


def stamp(path: Path) -> str:
    """Return a line that changes when a file does."""
    found = path.stat()
    return f"{path} {found.st_size} {found.st_mtime_ns}"
