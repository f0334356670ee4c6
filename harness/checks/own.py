"""The checks of a team: classes that a package offers by entry points, and rules declared in YAML."""

from __future__ import annotations

import importlib.metadata
import inspect
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

from harness.checks.base import Check, Example
from harness.checks.declared import DeclaredCheck, declared_check
from harness.checks.examples import load_examples
from harness.checks.facts import class_of
from harness.checks.registry import check_of_class, checks_of_module, discover, place_of_class
from harness.core.discover import walk_files
from harness.core.errors import CheckDefinitionError, HarnessError

__all__ = ["GROUP", "declared_checks", "examples_of", "installed_checks", "place_of"]

GROUP = "harness.checks"
SUFFIXES = (".yaml", ".yml")


@cache
def installed_checks() -> tuple[Check, ...]:
    """Return the checks that installed packages offer through the entry point group ``harness.checks``.

    An entry point names a check class, a module with check classes, or a package of such modules.

    Raises:
        CheckDefinitionError: it does not import, holds no check, or a check breaks the contract.
    """
    points = sorted(importlib.metadata.entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    return tuple(check for point in points for check in _offered(point))


def declared_checks(folder: Path) -> tuple[Check, ...]:
    """Return the checks declared by the YAML files below a folder, in sorted order.

    Raises:
        CheckDefinitionError: there is no such folder, it holds no file, or a file is malformed.
    """
    if not folder.is_dir():
        raise CheckDefinitionError(
            f"{folder}: no such folder of checks; check the path (you are in {Path.cwd()})"
        )
    found = tuple(declared_check(path) for path in walk_files(folder, SUFFIXES))
    if not found:
        raise CheckDefinitionError(
            f"{folder}: the folder holds no declared check (.yaml); docs/writing-checks.md shows one"
        )
    return found


def examples_of(check: Check) -> tuple[Example, ...]:
    """Return the examples of any check, wherever they stand.

    Raises:
        CheckDefinitionError: the file of the examples is malformed.
    """
    return check.declaration.examples if isinstance(check, DeclaredCheck) else load_examples(check)


def place_of(check: Check) -> str:
    """Return where a check is defined."""
    if isinstance(check, DeclaredCheck):
        return f"{check.declaration.path}:1"
    return place_of_class(class_of(check))


def _offered(point: EntryPoint) -> Iterator[Check]:
    source = (
        f"the entry point {point.name!r} ({point.value}) of {point.dist.name if point.dist else 'a package'}"
    )
    try:
        offered = point.load()
    except HarnessError:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise CheckDefinitionError(f"{source} does not import: {what}; mend or uninstall it") from error
    found = list(_checks_in(offered))
    if not found:
        raise CheckDefinitionError(f"{source} holds no check; name a class, module or package of checks")
    yield from found


def _checks_in(offered: object) -> Iterable[Check]:
    if isinstance(offered, ModuleType):
        own = checks_of_module(offered)
        return (*own, *discover(offered).values()) if hasattr(offered, "__path__") else own
    if inspect.isclass(offered) and issubclass(offered, Check) and not inspect.isabstract(offered):
        return (check_of_class(offered),)
    return ()
