"""All kinds of mutants: what each does, which verdict it must get, and of which checks it speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from harness.calibration.mutants.foreign import comment_out_foreign, drop_foreign
from harness.calibration.mutants.guards import Family
from harness.calibration.mutants.moving import move_to_block, move_to_file
from harness.calibration.mutants.queries import write_into_query
from harness.calibration.mutants.removals import (
    comment_out,
    drop,
    drop_mount,
    ignore_result,
    put_in_string,
    reorder_mounts,
)
from harness.calibration.mutants.renaming import alias_imports, destructure_imports, rename_functions
from harness.calibration.mutants.source import Mutant, Source
from harness.calibration.mutants.variables import rename_variables
from harness.calibration.mutants.violations import hardcode_secret, log_to_console, swallow_errors
from harness.core.types import Outcome

__all__ = ["MUTATIONS", "Mutation"]

_ROLE = frozenset({"access/rbac"})
_ACCESS = frozenset({"access/authenticated-and-rate-limited"})
_VALIDATION = frozenset({"validation/library"})
_EVERY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mutation:
    """A way to edit a response that is labelled pass.

    ``expected`` is the verdict that the edited response must get from ``checks``; where it is ``pass``, from
    every check, since the edit changes how the program looks and not what it does. ``partly`` says that a
    guard which is gone from the routes may stand where the answer does not show it: a program without its app
    must then be ``undecided``.
    """

    make: Callable[[Source], Iterator[Mutant]]
    expected: Outcome
    checks: frozenset[str]
    partly: bool = False


_REMOVALS = (
    *(
        (edit, Family.ROLE, _ROLE)
        for edit in (
            drop,
            comment_out,
            put_in_string,
            drop_mount,
            reorder_mounts,
            drop_foreign,
            comment_out_foreign,
        )
    ),
    *(
        (edit, family, _ACCESS)
        for family in (Family.AUTHENTICATION, Family.LIMIT)
        for edit in (drop, comment_out, put_in_string, drop_mount, reorder_mounts)
    ),
    *((edit, Family.VALIDATION, _VALIDATION) for edit in (drop, comment_out, drop_mount)),
)

MUTATIONS = (
    *(
        Mutation(make, Outcome.PASS, _EVERY)
        for make in (
            alias_imports,
            destructure_imports,
            rename_functions,
            rename_variables,
            move_to_block,
            move_to_file,
        )
    ),
    *(
        Mutation(partial(edit, family=family), Outcome.FAIL, checks, partly=checks is _ACCESS)
        for edit, family, checks in _REMOVALS
    ),
    Mutation(ignore_result, Outcome.FAIL, _VALIDATION),
    Mutation(log_to_console, Outcome.FAIL, frozenset({"logging/no-console"})),
    Mutation(swallow_errors, Outcome.FAIL, frozenset({"errors/handled"})),
    Mutation(write_into_query, Outcome.FAIL, frozenset({"injection/sanitised"})),
    Mutation(hardcode_secret, Outcome.FAIL, frozenset({"config/no-hardcoded-values", "config/environment"})),
)
