"""Count the votes of judges: what more than half of them say decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.core.types import Decision, Outcome
from harness.judge.answer import MalformedError, Opinion

__all__ = ["Ballot", "NotAskedError", "majority", "tally"]


class NotAskedError(MalformedError):
    """A question that no judge answered, since it could not be asked: that is no fault of the judge."""


Ballot = tuple[str, Opinion | MalformedError]
"""A judge and its opinion; an answer that could not be used, or that there is not, is a vote for nobody."""


def majority(votes: Sequence[Ballot]) -> Decision:
    """Return what more than half of all votes say; an unusable answer is a vote for nobody."""
    proper = [vote for _, vote in votes if isinstance(vote, Opinion)]
    if not proper:
        why = next((str(vote) for _, vote in votes), "the judge was not asked")
        return Decision(Outcome.UNDECIDED, why)
    leader, count = Counter(vote.verdict for vote in proper).most_common(1)[0]
    if 2 * count <= len(votes):
        return Decision(Outcome.UNDECIDED, f"the judges disagree: {tally(votes)}")
    agreeing = [vote for vote in proper if vote.verdict is leader]
    findings = tuple(dict.fromkeys(finding for vote in agreeing for finding in vote.findings))
    return Decision(leader, agreeing[0].reason, findings)


def tally(votes: Sequence[Ballot]) -> str:
    """Say in a few words who voted for what."""
    counts = Counter(_name(vote) for _, vote in votes)
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


def _name(vote: Opinion | MalformedError) -> str:
    if isinstance(vote, Opinion):
        return vote.verdict.value
    return "not asked" if isinstance(vote, NotAskedError) else "unusable"
