"""The contract of a check, and the exchange that a check looks at.

A check is one class in its own file. Its docstring says which rule it decides and why; its examples
stand in a YAML file of the same name beside it. The tests, the reference page and the registry are
made from the class, so a class that lacks a part is refused when it is found.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import field
from enum import StrEnum
from typing import ClassVar

from harness.core.types import Decision, Message, Mode, Outcome, Severity, SuppliedFile
from harness.response.program import Program
from harness.response.record import record

__all__ = [
    "ABSENCE",
    "OMISSION",
    "SILENCE",
    "Check",
    "Example",
    "ExampleKind",
    "Exchange",
    "ExpectedFinding",
    "Soundness",
    "decision_of",
]

# What a check says that saw nothing: that there is nothing to speak of, or nothing wrong either.
ABSENCE = frozenset({Outcome.NOT_APPLICABLE})
SILENCE = frozenset({Outcome.NOT_APPLICABLE, Outcome.PASS})
# What a check says that looks for something and did not find it.
OMISSION = frozenset({Outcome.NOT_APPLICABLE, Outcome.FAIL})


class Soundness(StrEnum):
    """How far a static outcome can be trusted.

    ``both``: pass and fail are sound once the rule applies. ``fail_only``: a fail is sound, a pass
    means "no violation seen". ``evidence``: the outcome only informs a judge.
    """

    BOTH = "both"
    FAIL_ONLY = "fail_only"
    EVIDENCE = "evidence"


@record
class Exchange:
    """All that a check may look at: the question, the supplied files and the answer as a program.

    ``parameters`` come from the words of the rule (``{"path": "utils/logger.js"}``). ``truncated``
    says that the model was cut off before it ended its answer.
    """

    messages: tuple[Message, ...]
    files: tuple[SuppliedFile, ...]
    program: Program
    mode: Mode = Mode.ANALOGUE
    parameters: dict[str, str] = field(default_factory=dict)
    truncated: bool = False


class ExampleKind(StrEnum):
    """What an example shows: obedience, violation, or a response the rule does not speak about."""

    GOOD = "good"
    BAD = "bad"
    SKIP = "skip"


@record
class ExpectedFinding:
    """A finding that a bad example must yield: its line in the response and words of its message."""

    line: int
    words: str


@record
class Example:
    """One labelled response. ``findings`` lists every finding of a bad example, no more, no fewer.

    ``outcome`` is ``pass`` for good, ``fail`` for bad, and ``not_applicable`` or ``undecided`` for skip.
    ``place`` is where it stands, ``file:line``.
    """

    kind: ExampleKind
    title: str
    response: str
    outcome: str
    findings: tuple[ExpectedFinding, ...] = ()
    user: str = ""
    files: tuple[SuppliedFile, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    mode: Mode = Mode.ANALOGUE
    place: str = ""


class Check(ABC):
    """One kind of rule, decided by looking at a response as a program.

    Attributes:
        id: stable name ``group/name`` that tools refer to.
        version: counts up whenever the same response may be decided differently.
        phrases: example wordings of rules that this check decides; binding compares with them.
        soundness: how far its outcomes can be trusted.
        defaults: parameters where the rule's words give none.
        severity: that of a rule whose sidecar gives it none.
        of_answers: the rule speaks of an answer as a whole; a source file by itself is none.
        unread: outcomes that do not stand where the answer holds code in a language that is not read: what
            the check did not see may be there.
        includes: ids of checks whose violations are all violations of this one, so that a line which asks for
            both ("never console, use the logger in lib/log.js") is decided by this check.
        names_node: the rule speaks of things of Node.js; literally it does not apply to other languages.
    """

    id: ClassVar[str]
    version: ClassVar[int]
    phrases: ClassVar[tuple[str, ...]]
    soundness: ClassVar[Soundness]
    defaults: ClassVar[dict[str, str]] = {}
    of_answers: ClassVar[bool] = False
    unread: ClassVar[frozenset[Outcome]] = frozenset()
    includes: ClassVar[frozenset[str]] = frozenset()
    names_node: ClassVar[bool] = False
    severity: ClassVar[Severity] = Severity.MAJOR

    @abstractmethod
    def decide(self, exchange: Exchange) -> Decision:
        """Decide the rule for one exchange. Pure: no I/O, no clock, no state kept."""

    @classmethod
    def parameters_of(cls, rule_text: str) -> dict[str, str] | None:  # noqa: ARG003 - for checks with parameters
        """Take this check's parameters out of the words of a rule; defaults fill the rest.

        ``None`` says that the words do not name what the check cannot do without (a library it knows):
        the rule is then not bound to this check, however much it sounds like one of its phrases. Give a
        value as the rule spells it, so that binding recognises it there; every parameter there is has an
        entry, if need be an empty one.
        """
        return dict(cls.defaults)


def decision_of(check: Check, exchange: Exchange) -> Decision:
    """Let a check decide, or return what it decided before: rules that are made of others ask again.

    A check is pure, so that the same question has the same answer.
    """
    known = exchange.program.once(_decisions)
    messages, files = exchange.messages, exchange.files
    asked = tuple(sorted(exchange.parameters.items())) if exchange.parameters else ()
    key = (check.id, asked, exchange.mode, exchange.truncated, id(messages), id(files))
    found = known.get(key)
    if found is None:
        # Messages and files are kept as well: they are known by where they are.
        found = known[key] = check.decide(exchange), messages, files
    return found[0]


def _decisions(_: Program) -> dict[object, tuple[Decision, object, object]]:
    return {}
