"""R11: operations leave a trail of who did what to which thing."""

from __future__ import annotations

from typing import ClassVar

from harness.checks.access.sessions.ground import Ground, Scope
from harness.checks.audit.changes import GENERIC, Change, changes_of, endpoints_of
from harness.checks.audit.terms import Level
from harness.checks.audit.trails import Trails
from harness.checks.audit.triggers import attached_triggers, loose_function
from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.core.types import Decision, Finding, Outcome
from harness.response.flow.build import LANGUAGES
from harness.response.languages import UNREAD_LANGUAGES
from harness.response.program import Program

__all__ = ["Operations"]


class Operations(Check):
    """Operations are audited: each change leaves a record with actor, action, target and time.

    A record is a row in a table for it (``audit_log``, ``order_events`` with an actor), a log record that
    names actor, action and resource, a listener or middleware that writes one, a library for it, or a trigger
    that is attached to a table. It counts where the handler that changes something reaches it. Request logs
    and ``created_at`` tell nobody who did what; a trigger, function or middleware that is written and
    attached to nothing records nothing. Where the work of a handler is not shown, a judge decides, and so for
    reads.
    """

    id: ClassVar[str] = "audit/operations"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Record who changed what in an audit log",
        "Every write is audited",
        "Maintain an audit trail for all data changes",
        "Audit all database writes and API calls",
        "Log every mutation with actor and time to the audit trail",
        "All administrative operations are audited",
        "Audit trail",
        "Complete audit trail",
        "Audit log of sensitive operations",
        "Audit logging and compliance",
        "API calls and database operations are audited",
        "Leave an audit trail of every database operation and API call",
        "Log all security events to an audit log",
        "Keep an audit log of administrative actions",
        "Audit logging",
        "Audit trails for all changes",
        "Audit logging for sensitive operations",
        "Create audit trails",
        "All operations are audited",
        "Audit log of every database change",
        "Every API call is recorded in the audit log",
        "Record who changed what and when",
        "Every change of data is written to the audit log",
        "Log every create, update and delete in the audit trail",
        "Every create, update and delete leaves an audit record",
        "Changes of data leave an audit trail",
        "Changes are written to an audit table",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on all that the answer changes."""
        program = exchange.program
        cut = exchange.truncated or any(block.truncated for block in program.answered)
        changes, levels, everywhere, reads = program.once(_look)
        loose = None if everywhere else program.once(_loose)
        if loose is not None and not any(level is Level.STRONG for level in levels.values()):
            return Decision(Outcome.FAIL, loose.message, (loose,))
        if not changes:
            return _without_changes(program, everywhere, cut=cut, reads=reads)
        if everywhere:
            return Decision(Outcome.PASS, f"changes are recorded by {everywhere}")
        missed = [one for one in changes if levels[one] is Level.NONE and not one.hidden]
        strong = [one for one in changes if levels[one] is Level.STRONG]
        if cut:
            return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
        # A function that no shown handler calls may be called by one that records.
        silent = not any(levels.values())
        certain = [one for one in missed if one.served or silent]
        if certain:
            found = [_finding(program, one) for one in certain]
            found.sort(key=lambda one: (one.block, one.line, one.column))
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            return Decision(Outcome.FAIL, found[0].message + more, tuple(found))
        if strong and all(levels[one] is Level.STRONG for one in changes if one.served):
            return Decision(
                Outcome.PASS, f"{len(strong)} of {len(changes)} changes leave a record with the actor"
            )
        return Decision(
            Outcome.UNDECIDED, "what is recorded of the changes is not shown, or names no actor for certain"
        )


def _loose(program: Program) -> Finding | None:
    """Return what looks like an audit trail and records nothing: no trigger runs it, or it knows no actor."""
    found = loose_function(program)
    if found is not None or not any(block.language in LANGUAGES for block in program.answered):
        return found
    mounted = Trails(program.once(Ground)).pretended
    if mounted is None:
        return None
    message = "what is mounted as an audit records requests, and not who did what to which thing"
    return program.flow.finding(mounted[1], mounted[0].node, message)


def _finding(program: Program, change: Change) -> Finding:
    message = "this change leaves no record of who made it"
    return program.flow.finding(change.unit, change.node.node, message)


def _without_changes(program: Program, everywhere: str, *, cut: bool, reads: Level | None) -> Decision:
    if cut:
        return Decision(Outcome.UNDECIDED, "the answer was cut off before it changed anything")
    if everywhere or reads is Level.STRONG:
        return Decision(Outcome.PASS, f"operations are recorded by {everywhere or 'their handlers'}")
    if reads is not None:
        return Decision(Outcome.UNDECIDED, "nothing is changed; whether reads are to be recorded is not said")
    if any(block.language in UNREAD_LANGUAGES for block in program.answered):
        return Decision(Outcome.UNDECIDED, "code in this language is not read")
    return Decision(Outcome.NOT_APPLICABLE, "nothing is changed and no endpoint is served")


_Facts = tuple[list[Change], dict[Change, Level], str, Level | None]


def _look(program: Program) -> _Facts:
    """Return the changes with how well each is recorded, what records all, and the level of reads."""
    triggers = "a trigger" if attached_triggers(program) else ""
    if not any(block.language in LANGUAGES for block in program.answered):
        return [], {}, triggers, None
    ground = program.once(Ground)
    trails = Trails(ground)
    changes = changes_of(ground)
    levels = {
        one: trails.level_of(one.scope) if one.scope.title != GENERIC else Level.NONE for one in changes
    }
    reads: Level | None = None
    if not changes:
        scopes = [Scope(one.unit, one.handler, "") for one in endpoints_of(ground)]
        reads = max((trails.level_of(one) for one in scopes), default=None)
        if trails.anywhere:
            reads = Level.STRONG
    return changes, levels, triggers or trails.everywhere, reads
