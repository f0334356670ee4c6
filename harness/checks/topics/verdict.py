"""From remarks and configuration to a decision about a topic."""

from __future__ import annotations

from collections.abc import Sequence

from harness.checks.base import Exchange
from harness.checks.question import Scope, asks_to_build, declines, raises, scope_of
from harness.checks.topics.remarks import Remark, Topic, remarks_of
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import Block, BlockRole
from harness.response.program import Program
from harness.response.prose.read import prose_of

__all__ = ["decided", "implements", "omission"]

MAX_QUOTE = 160
_FOREIGN_LEAST = 25
_ENGLISH = frozenset(
    "the is are of and to a in it for with that this on be as by or an not if you your from".split()
)
_MADE = frozenset({BlockRole.CODE, BlockRole.CONFIG, BlockRole.SCRIPT})


def decided(exchange: Exchange, topic: Topic, *, shown: str = "", always: bool = False) -> Decision:
    """Decide whether an answer discusses a topic.

    Args:
        exchange: the question and the answer.
        topic: what has to be discussed.
        shown: what in code or configuration already does it, empty where nothing does.
        always: the topic belongs to every answer, narrow ones included.
    """
    if shown:
        return Decision(Outcome.PASS, shown, evidence=(("shown", shown),))
    remarks = remarks_of(exchange, topic)
    said = _said(topic, remarks)
    if said:
        names = ", ".join(sorted(said))
        return Decision(Outcome.PASS, f"{topic.name} is discussed: {names}", evidence=(("cues", names),))
    if is_cut(exchange):
        return Decision(Outcome.UNDECIDED, f"the answer was cut off before it came to {topic.name}")
    scoped = _out_of_scope(exchange, topic, always=always)
    if scoped is not None:
        return scoped
    if any(one.plain or (one.section and one.cues & _core(topic)) for one in remarks):
        return Decision(
            Outcome.UNDECIDED,
            f"{topic.name} is named, but nothing concrete is said; a judge may see more in it",
        )
    if is_foreign(exchange):
        return Decision(Outcome.UNDECIDED, "the answer is not in English, its prose is not understood")
    if sum(len(one.cues) for one in remarks) > topic.loose:
        return Decision(Outcome.UNDECIDED, f"things that matter to {topic.name} are named without any detail")
    single = next((one for one in remarks if one.substance), None)
    if single is not None:
        message = f"a remark in passing is all that is said about {topic.name}"
        return Decision(Outcome.FAIL, message, (single.sentence.finding(message),))
    return omission(exchange, f"nothing is said about {topic.name}")


def _said(topic: Topic, remarks: Sequence[Remark]) -> frozenset[str]:
    """Return the cues that remarks of substance assert, where they are enough."""
    core = _core(topic)
    inside = frozenset(name for one in remarks if one.section and one.substance for name in one.cues)
    everywhere = frozenset(name for one in remarks if one.substance for name in one.cues)
    if inside & core:
        return everywhere
    return everywhere if len(everywhere) >= topic.loose and everywhere & core else frozenset()


def _core(topic: Topic) -> frozenset[str]:
    return frozenset(cue.name for cue in topic.cues if cue.core)


def _out_of_scope(exchange: Exchange, topic: Topic, *, always: bool) -> Decision | None:
    """Return not applicable where the question leaves no room for the topic."""
    if declines(exchange, topic.asked):
        return Decision(Outcome.NOT_APPLICABLE, f"the user wants to do without {topic.name}")
    scope, words = scope_of(exchange)
    if scope is Scope.WHOLE or raises(exchange, topic.asked):
        if not always and not implements(exchange) and not exchange.truncated:
            return _without_implementation(exchange, topic)
        return None
    if always:
        if scope is Scope.PIECE:
            return None
        return Decision(Outcome.UNDECIDED, f"the question is narrow ({words}); a judge weighs what was due")
    return Decision(Outcome.NOT_APPLICABLE, f"the question is narrow ({words})")


def _without_implementation(exchange: Exchange, topic: Topic) -> Decision | None:
    if asks_to_build(exchange):
        return None
    reason = f"nothing is built here that {topic.name} would be a matter of"
    return Decision(Outcome.NOT_APPLICABLE, reason)


def implements(exchange: Exchange) -> bool:
    """Say whether an answer builds something: code of a server or a script, configuration, a schema."""
    return any(block.role in _MADE for block in exchange.program.answered)


def is_cut(exchange: Exchange) -> bool:
    """Say whether the end of the answer is missing."""
    return exchange.truncated or any(block.truncated for block in exchange.program.answered)


def is_foreign(exchange: Exchange) -> bool:
    """Say whether an answer is written in a language that the cues do not know."""
    return exchange.program.once(_is_foreign)


def _is_foreign(program: Program) -> bool:
    text = " ".join(one.text for one in program.once(prose_of).passages)[:4_000]
    words = text.lower().split()
    return len(words) >= _FOREIGN_LEAST and sum(word in _ENGLISH for word in words) < len(words) * 0.12


def omission(exchange: Exchange, message: str, block: Block | None = None) -> Decision:
    """Fail for what is nowhere in an answer; the finding stands at the code it is missing for."""
    made = (one for one in exchange.program.answered if one.role in _MADE)
    block = block or next(made, None)
    if block is not None:
        return Decision(Outcome.FAIL, message, (_at(block, message),))
    first = next(iter(exchange.program.once(prose_of).passages), None)
    if first is None:
        return Decision(Outcome.FAIL, message, (Finding(0, 1, 1, 1, 1, message, ""),))
    quote = " ".join((first.text or first.label).split())[:MAX_QUOTE]
    return Decision(Outcome.FAIL, message, (Finding(0, first.line, 1, first.line, 1, message, quote),))


def _at(block: Block, message: str) -> Finding:
    quote = next((line.strip() for line in block.text.split("\n", 20) if line.strip()), "")[:MAX_QUOTE]
    column = block.indent_of(0) + 1
    return Finding(block.number, block.line, column, block.line, column, message, quote)
