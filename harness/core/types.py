"""The vocabulary: the frozen types that travel between the stages.

Every type is immutable and complete: no field is ``None`` "until later". Lines and columns are
counted from 1, as editors show them; ``end_column`` points one past the last character. Texts are
Unicode strings; a ``sha`` is a hexadecimal SHA-256 of the canonical JSON of what it identifies.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.core.calls import (
    Completion,
    Message,
    Request,
    Role,
    Sample,
    SampleFailure,
    StopReason,
    Tool,
    ToolCall,
    Usage,
)

__all__ = [
    "Agent",
    "Basis",
    "Case",
    "CaseKind",
    "Completion",
    "Decision",
    "Dialogue",
    "Finding",
    "Message",
    "Mode",
    "Outcome",
    "Polarity",
    "Repair",
    "Request",
    "Role",
    "Rule",
    "Sample",
    "SampleFailure",
    "Severity",
    "Span",
    "StopReason",
    "SuppliedFile",
    "Tool",
    "ToolCall",
    "Turn",
    "Usage",
    "Variant",
    "Verdict",
]


class Polarity(StrEnum):
    """What a rule asks for: to refrain, to do, or (no explicit demand) to prefer."""

    NEVER = "never"
    ALWAYS = "always"
    SHOULD = "should"


class Severity(StrEnum):
    """How much a violated rule matters to the people who wrote it."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class Outcome(StrEnum):
    """The five ways in which deciding a rule can end. Only ``pass`` and ``fail`` enter a rate."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    UNDECIDED = "undecided"
    ERROR = "error"


class Basis(StrEnum):
    """Who decided: a static check, a judge model, or a person."""

    STATIC = "static"
    JUDGE = "judge"
    HUMAN = "human"


class Mode(StrEnum):
    """How rules that name Node-only things are read in other languages.

    ``literal``: not applicable outside JavaScript and TypeScript. ``analogue``: the counterpart in
    the language of the response counts (print for console, DRF serializers for Joi).
    """

    LITERAL = "literal"
    ANALOGUE = "analogue"


class CaseKind(StrEnum):
    """What a case asks: does the response obey, or is the message delegated to the right agent?"""

    COMPLIANCE = "compliance"
    ROUTING = "routing"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a text file; all four numbers count from 1, the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


# --- agent files -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance of an example dialogue, without markup and surrounding quotes."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One ``<example>`` of an agent file: who says what, and to which agent it should go."""

    context: str
    turns: tuple[Turn, ...]
    commentary: str
    expected_agent: str
    span: Span

    @property
    def user(self) -> str:
        """The first thing the user says; empty when the dialogue has no user turn."""
        return next((turn.text for turn in self.turns if turn.role is Role.USER), "")

    @property
    def assistant(self) -> str:
        """The first thing the assistant says; empty when the dialogue has no assistant turn."""
        return next((turn.text for turn in self.turns if turn.role is Role.ASSISTANT), "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an agent's checklist. ``id`` is a slug that is stable while the wording is.

    ``source`` names the shared file that a rule was included from, and is empty for the agent's own;
    ``span`` is a place in that file.
    """

    id: str
    text: str
    polarity: Polarity
    section: str
    universal: bool
    span: Span
    source: str = ""


@dataclass(frozen=True, slots=True)
class Repair:
    """Something the loader had to mend or wants to warn about, and where (line counted from 1)."""

    kind: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent file, read.

    ``description`` has the dialogues taken out; ``listing`` is the description exactly as a router
    sees it. ``prompt`` is the body that is sent as system prompt. ``tools`` is empty when the file
    does not restrict them. ``extra`` keeps front-matter keys nobody here interprets, as text.
    """

    name: str
    description: str
    listing: str
    prompt: str
    model: str
    tools: tuple[str, ...]
    dialogues: tuple[Dialogue, ...]
    rules: tuple[Rule, ...]
    path: str
    sha: str
    repairs: tuple[Repair, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """A named version of the agent file that is put to the test; ``base`` is the specification's own.

    The specification (rules and dialogues) never comes from a variant: a rule that a variant deletes
    is still decided against it.
    """

    name: str
    agent: Agent


# --- cases -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SuppliedFile:
    """A file of the user's project that comes with the question; ``path`` is relative."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """One question with what is known about its answer. The sha leaves the prompt out.

    ``applies`` and ``not_applicable`` hold rule ids. ``expected_agent`` is ``"none"`` for a routing
    message that no agent should get and empty for a compliance case. Cases that share ``cluster``
    are paraphrases of one another and count as one in statistics. ``provenance`` says where the
    case comes from (``path:line`` or ``agent file:line``).
    """

    id: str
    kind: CaseKind
    agent: str
    messages: tuple[Message, ...]
    files: tuple[SuppliedFile, ...]
    applies: tuple[str, ...]
    not_applicable: tuple[str, ...]
    expected_agent: str
    tags: tuple[str, ...]
    cluster: str
    provenance: str
    sha: str


# --- verdicts --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in a response that supports a decision.

    ``block`` is the number of the code block (from 1; 0 is the prose). ``file`` names the file when
    a tree is checked and is empty otherwise. Lines are those of the response or file as a whole.
    """

    block: int
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    quote: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a check returns. ``evidence`` holds small facts for the report (sorted pairs)."""

    outcome: Outcome
    reason: str
    findings: tuple[Finding, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule decided for one sample. ``flag`` is ``omitted``, ``vacuous`` or empty."""

    case: str
    variant: str
    trial: int
    rule: str
    check: str
    version: int
    mode: Mode
    basis: Basis
    decision: Decision
    flag: str = ""
