"""Find every check: each module below this package is imported, each check class held to its contract.

A check that is left out in silence would be a rule that is never decided, so anything wrong stops
the run and names the file: a module that does not import, a class without docstring, id, version,
phrases, soundness or examples, a malformed or repeated id.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import harness.checks
from harness.checks.base import Check, Soundness
from harness.checks.facts import class_of, keep_facts, kept_checks
from harness.core.errors import CheckDefinitionError

__all__ = [
    "all_checks",
    "built_in_checks",
    "check_of_class",
    "checks_of_module",
    "discover",
    "examples_path",
    "place_of_class",
]

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*/[a-z][a-z0-9]*(-[a-z0-9]+)*")


@cache
def _built_in() -> dict[str, Check]:
    kept = kept_checks()
    if kept is None:
        kept = discover(harness.checks)
        keep_facts(kept)
    return kept


def built_in_checks() -> dict[str, Check]:
    """Return the checks that come with the harness by id, sorted.

    Modules that were found in order before are not imported again to say so: each when its check is first
    asked to decide.

    Raises:
        CheckDefinitionError: a check module does not import or a check breaks the contract.
    """
    return dict(_built_in())


def all_checks(folder: Path | None = None) -> dict[str, Check]:
    """Return every check by id, sorted: built in, offered by installed packages, declared in a folder.

    Args:
        folder: the team's folder of declarative checks; ``None`` when it has none.

    Raises:
        CheckDefinitionError: a check module does not import or a check breaks the contract.
    """
    # They build on this module.
    from harness.checks.own import declared_checks, installed_checks, place_of

    found = dict(_built_in())
    for check in (*installed_checks(), *(() if folder is None else declared_checks(folder))):
        other = found.get(check.id)
        if other is not None:
            raise _taken(check, place_of(check), place_of(other))
        found[check.id] = check
    return dict(sorted(found.items()))


def discover(package: ModuleType) -> dict[str, Check]:
    """Return the checks defined in the modules below a package, by id, sorted.

    Raises:
        CheckDefinitionError: a module does not import or a check breaks the contract.
    """
    found: dict[str, Check] = {}
    for module in _modules(package):
        for check in checks_of_module(module):
            other = found.get(check.id)
            if other is not None:
                raise _taken(check, place_of_class(class_of(check)), place_of_class(class_of(other)))
            found[check.id] = check
    return dict(sorted(found.items()))


def checks_of_module(module: ModuleType) -> tuple[Check, ...]:
    """Return the checks that a module itself defines, in the order of their names.

    Raises:
        CheckDefinitionError: a check breaks the contract.
    """
    return tuple(check_of_class(check_class) for check_class in _classes(module))


def check_of_class(check_class: type[Check]) -> Check:
    """Return the check of a class.

    Raises:
        CheckDefinitionError: the class breaks the contract.
    """
    for problem in _problems(check_class):
        raise CheckDefinitionError(
            f"{place_of_class(check_class)}: the check {check_class.__name__} {problem}"
        )
    return check_class()


def examples_path(check_class: type[Check]) -> Path:
    """Return the file in which the examples of a check stand: beside its module, ending in ``.yaml``."""
    return Path(inspect.getfile(check_class)).with_suffix(".yaml")


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.", onerror=_refuse_package)
    for info in sorted(found, key=lambda item: item.name):
        yield _imported(info.name)


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise _import_fault(name, error) from error


def _refuse_package(name: str) -> None:
    """Stop when a folder of checks does not import; ``pkgutil`` calls this inside its ``except`` block."""
    error = sys.exc_info()[1]
    raise _import_fault(name, error) from error


def _import_fault(name: str, error: BaseException | None) -> CheckDefinitionError:
    spec = importlib.util.find_spec(name)
    place = spec.origin if spec and spec.origin else name
    what = f"{type(error).__name__}: {error}"
    return CheckDefinitionError(f"{place}: this check module does not import: {what}; mend or remove it")


def _classes(module: ModuleType) -> Iterator[type[Check]]:
    """Yield the check classes that a module itself defines, in the order of their names."""
    for _, member in inspect.getmembers(module, inspect.isclass):
        defined_here = member.__module__ == module.__name__
        if defined_here and issubclass(member, Check) and not inspect.isabstract(member):
            yield member


def _problems(check_class: type[Check]) -> Iterator[str]:
    """Yield what a check class lacks, as the end of a sentence that begins with its name."""
    if not (check_class.__dict__.get("__doc__") or "").strip():
        yield "has no docstring; say which rule it decides and why"
    name = getattr(check_class, "id", None)
    if not isinstance(name, str):
        yield "has no id; give it one, such as id = 'logging/no-console'"
    elif not _ID.fullmatch(name):
        yield f"has the id {name!r}; write it as group/name in small letters, digits and hyphens"
    version = getattr(check_class, "version", None)
    if type(version) is not int or version < 1:
        yield "has no version; begin with version = 1 and count up when a decision may change"
    phrases = getattr(check_class, "phrases", None)
    if (
        not isinstance(phrases, tuple)
        or not phrases
        or not all(isinstance(item, str) and item for item in phrases)
    ):
        yield "has no phrases; give a tuple of wordings of the rules it decides"
    if not isinstance(getattr(check_class, "soundness", None), Soundness):
        yield "has no soundness; give Soundness.BOTH, FAIL_ONLY or EVIDENCE"
    if not examples_path(check_class).is_file():
        yield f"has no examples; write them to {examples_path(check_class)}"


def _taken(check: Check, here: str, there: str) -> CheckDefinitionError:
    return CheckDefinitionError(f"{here}: the id {check.id!r} is taken by {there}; choose another")


def place_of_class(check_class: type[Check]) -> str:
    """Return where a check class is defined."""
    line = inspect.getsourcelines(check_class)[1]
    return f"{inspect.getfile(check_class)}:{line}"
