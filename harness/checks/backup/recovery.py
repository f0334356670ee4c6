"""R14: a database has a procedure for backup and one for recovery."""

from __future__ import annotations

import re
from typing import ClassVar

from harness.checks.backup.persistence import first_persistence
from harness.checks.backup.signs import Signs, signs_of, supplied_backup
from harness.checks.base import ABSENCE, Check, Exchange, Soundness
from harness.checks.question import Scope, raises, scope_of
from harness.core.types import Decision, Finding, Outcome
from harness.response.prose.read import prose_of

__all__ = ["Recovery"]

# What a user asks for that outlives the process.
_KEPT = re.compile(
    r"\b(?:PostgreSQL|Postgres|MySQL|MariaDB|MongoDB|SQLite|database|persist\w*)\b"
    r"|\bsurviv\w+\s+(?:an?\s+)?restarts?\b",
    re.IGNORECASE,
)


class Recovery(Check):
    """Where data is kept, the answer says how it is backed up and how it is brought back.

    A procedure names how copies are made (a dump, archived logs, snapshots), when or for how long, and how
    they are restored; commands, cron lines, services and manifests count like sentences. With all three the
    rule is obeyed; with some of them only a judge can weigh what is there. A mere mention is no procedure,
    and an answer that keeps data and says nothing breaks the rule. Without persistence the rule does not
    apply, nor to a question for one piece.
    """

    id: ClassVar[str] = "backup/recovery"
    version: ClassVar[int] = 1
    of_answers: ClassVar[bool] = True
    soundness: ClassVar[Soundness] = Soundness.EVIDENCE
    unread: ClassVar[frozenset[Outcome]] = ABSENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Have a backup plan and test restoring",
        "Plan backups and disaster recovery",
        "Backup strategy with restore tests",
        "Describe how data is backed up and restored",
        "Include a backup and recovery plan",
        "Automated backups",
        "Regular backups with recovery plans",
        "Backups are tested",
        "Schedule backups",
        "Test the restoration of backups",
        "Database backups are automated",
        "Have procedures for backup and recovery of the database",
        "Databases need backup and recovery procedures",
        "Test backups and restores regularly",
        "Backup and recovery procedures",
        "Backup and restore procedures",
        "Regular backups",
        "Database backups",
        "Test backups",
        "Backup and recovery plans",
        "Verify that backups can be restored",
        "Every database has a backup and a tested restore procedure",
        "Backups with a tested restore",
        "Plan backups and recovery",
        "Plan how data is backed up and recovered",
        "Say how data is backed up and restored",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on what the answer says and does about backups."""
        program = exchange.program
        signs = signs_of(program)
        evidence = _evidence(signs)
        if signs.made and signs.restored and signs.timed:
            return Decision(Outcome.PASS, "backup and recovery have a procedure", evidence=evidence)
        if signs.made or signs.restored:
            return Decision(Outcome.UNDECIDED, _missing(signs), evidence=evidence)
        if exchange.truncated or any(block.truncated for block in program.answered):
            return Decision(Outcome.UNDECIDED, "the answer was cut off; until then no backup is described")
        place = first_persistence(program) or _asked_for(exchange)
        if place is None:
            return Decision(Outcome.NOT_APPLICABLE, "no data is kept")
        if signs.mention is not None:
            return Decision(Outcome.FAIL, signs.mention.message, (signs.mention,))
        if scope_of(exchange)[0] is not Scope.WHOLE:
            return Decision(Outcome.NOT_APPLICABLE, "one piece was asked for, and nothing is said of backups")
        if supplied_backup(program):
            return Decision(
                Outcome.UNDECIDED, "the user's files show backups, the answer says nothing of them"
            )
        return Decision(Outcome.FAIL, place.message, (place,))


def _asked_for(exchange: Exchange) -> Finding | None:
    """Return the beginning of the answer where the user asked for something that is kept."""
    sentences = exchange.program.once(prose_of).sentences
    if not sentences or not raises(exchange, _KEPT):
        return None
    return sentences[0].finding("data is to be kept, and no backup and no recovery are told")


def _missing(signs: Signs) -> str:
    if not signs.restored:
        return f"copies are made ({signs.made[0]}), but how they are brought back is not told"
    if not signs.made:
        return f"bringing data back is told ({signs.restored[0]}), but not how copies are made"
    return "copies are made and brought back, but when or for how long is not told"


def _evidence(signs: Signs) -> tuple[tuple[str, str], ...]:
    kinds = {"made": signs.made, "restored": signs.restored, "timed": signs.timed}
    return tuple(
        (name, ", ".join(dict.fromkeys(found))[:120]) for name, found in sorted(kinds.items()) if found
    )
