"""What verdicts rest on beside our own code: a team's own checks, and the packages that read answers."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from harness.checks.base import Check
from harness.checks.declared import DeclaredCheck

__all__ = ["own_files", "parser_versions"]

_PARSERS = ("ast-grep-py", "markdown-it-py", "sqlglot", "pyyaml")
_KINDS = frozenset({".py", ".yaml", ".json", ".toml"})


def parser_versions() -> tuple[str, ...]:
    """Return the versions of the packages that read answers; empty for what is installed in no known way."""
    return tuple(_version_of(name) for name in _PARSERS)


def own_files(checks: Iterable[Check]) -> tuple[Path, ...]:
    """Return the files that a team's own checks are made of, sorted; none for the checks that ship."""
    return tuple(sorted({path for check in checks for path in _files_of(check)}))


def _files_of(check: Check) -> Iterable[Path]:
    if isinstance(check, DeclaredCheck):
        return (Path(check.declaration.path),)
    module = type(check).__module__.partition(".")[0]
    file = getattr(sys.modules.get(module), "__file__", None)
    if module == "harness" or not file:
        return ()
    path = Path(file)
    if path.stem != "__init__":
        return (path,)
    return (one for one in path.parent.rglob("*") if one.suffix in _KINDS)


def _version_of(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
