"""A proposed prompt, held against the file it would replace: what may be tried, and why the rest may not.

Only the body changes, and every line of it that the proposal leaves alone keeps its very bytes. Every rule
of the specification must still stand in the new body, as itself: a proposal that drops, merges or turns a
rule is refused, however well it would score.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from harness.agentfile.encoding import decode
from harness.agentfile.frontmatter import read_front_matter
from harness.agentfile.overrides import apply_entries, with_included
from harness.agentfile.parse import parse_agent
from harness.agentfile.sidecar import Sidecar, sidecar_path
from harness.agentfile.sidecar_file import SidecarFile, load_sidecar
from harness.checks.base import Check
from harness.checks.bind import Binding, bind_rules
from harness.compare.pairing import match_rules
from harness.core.errors import HarnessError, InputError
from harness.core.escape import reveal
from harness.core.types import Agent
from harness.run.tokens import TYPICAL, text_tokens
from harness.store.decided import DecidedRule

__all__ = ["AgentText", "Candidate", "Refused"]

_LINE = re.compile(rb"([^\r\n]*)(\r\n|\r|\n|\Z)")
_WORD = re.compile(r"[a-z]+(?:n't)?")
_QUOTED = 60
# Words that turn a demand into its opposite or into a wish. Likeness of words does not see them.
_TURNING = frozenset(
    "not no never none nor without don't won't can't cannot doesn't isn't avoid unless except excluding only "
    "optional optionally may might could can should always must if when where possible practical convenient "
    "appropriate preferably ideally ignore skip otherwise".split()
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A body that may be tried.

    Attributes:
        agent: the file with this body, read.
        data: the bytes of that file.
        tokens: what the body costs in every call, estimated.
        reworded: ids of rules of the specification whose words changed.
        added: texts of rules that the specification does not have.
    """

    agent: Agent
    data: bytes
    tokens: int
    reworded: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A body that is not tried, and why."""

    reason: str


class AgentText:
    """An agent file whose body may be rewritten.

    Args:
        data: its bytes.
        path: its name; the sidecar is looked for beside it.
        checks: what rules may be bound to, by id.
        max_growth: by how much the body may grow, as a share of its tokens.

    Raises:
        InputError: the file is written in a way that cannot be edited without touching all of it.
        HarnessError: the file or its sidecar cannot be read.
    """

    def __init__(self, data: bytes, path: Path, checks: Mapping[str, Check], max_growth: float) -> None:
        self.data = data
        self._path = path
        self._checks = checks
        self._sidecar: SidecarFile = load_sidecar(sidecar_path(path))
        self._raw = [match.groups() for match in _LINE.finditer(data)]
        lines = decode(data, str(path)).text.split("\n")
        body = read_front_matter(lines).body_line - 1
        while body < len(lines) and not lines[body]:
            body += 1
        self.agent, self._bindings = self._read(data)
        self._lines = self.agent.prompt.split("\n")
        self._span = (body, body + len(self._lines))
        if not self.agent.prompt.strip():
            raise InputError(
                f"{path}: has no body that could be better; write the prompt below the front matter"
            )
        wide = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
        if wide or lines[slice(*self._span)] != self._lines or self.written(self.agent.prompt) != data:
            raise InputError(
                f"{path}: its encoding or indentation does not allow to change single lines; "
                "save it as UTF-8, not indented"
            )
        self.tokens = _tokens(self.agent.prompt)
        self.most_tokens = int(self.tokens * (1 + max_growth))

    def candidate(self, body: str) -> Candidate | Refused:
        """Return what a body makes of the file, or why it may not be tried."""
        body = body.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        fault = self._fault_of_text(body)
        if fault:
            return Refused(fault)
        data = self.written(body)
        try:
            agent, bindings = self._read(data)
        except HarnessError as error:
            return Refused(f"the file could not be read any more: {error}")
        if agent.prompt != body or _frame(agent) != _frame(self.agent):
            return Refused(
                "more than the body would change: front matter and example dialogues stay as they are"
            )
        found = self._rules(bindings)
        if isinstance(found, Refused):
            return found
        return Candidate(agent, data, _tokens(body), *found)

    def written(self, body: str) -> bytes:
        """Return the file with another body: untouched lines keep their bytes, others get its line ends."""
        start, end = self._span
        old, new = self._raw[start:end], body.split("\n")
        usual = next((ending for _, ending in self._raw if ending), b"\n")
        lines: list[tuple[bytes, bytes]] = []
        matcher = SequenceMatcher(None, self._lines, new, autojunk=False)
        for kind, first, last, from_, to in matcher.get_opcodes():
            if kind == "equal":
                lines += [(text, ending or usual) for text, ending in old[first:last]]
            else:
                lines += [(line.encode("utf-8", "surrogatepass"), usual) for line in new[from_:to]]
        lines[-1] = (lines[-1][0], old[-1][1])
        return b"".join(text + ending for text, ending in [*self._raw[:start], *lines, *self._raw[end:]])

    def _read(self, data: bytes) -> tuple[Agent, tuple[Binding, ...]]:
        """Read the file as it would be with its sidecar.

        Raises:
            HarnessError: an entry of the sidecar fits no rule any more.
        """
        agent = parse_agent(data, str(self._path))
        rules, overrides = apply_entries(with_included(agent.rules, self._sidecar), self._sidecar)
        agent = replace(agent, rules=rules)
        sidecar = Sidecar(str(self._sidecar.path), overrides) if overrides else Sidecar()
        return agent, bind_rules(agent, sidecar, self._checks)

    def _fault_of_text(self, body: str) -> str:
        if body == self.agent.prompt:
            return "it is the prompt as it is"
        if not body.strip():
            return "it is empty"
        tokens = _tokens(body)
        if tokens > self.most_tokens:
            return f"it is too long: about {tokens:,} tokens, and at most {self.most_tokens:,} are allowed"
        known = set(self._lines)
        strange = next((one for one in body.split("\n") if one not in known and reveal(one) != one), None)
        if strange is not None:
            return f"it has characters that hide or steer: {reveal(strange)[:_QUOTED]!r}"
        return ""

    def _rules(self, bindings: Sequence[Binding]) -> tuple[tuple[str, ...], tuple[str, ...]] | Refused:
        """Return the rules that were reworded and those that were added, or what became of a rule."""
        before = [_decided(one) for one in self._bindings]
        # Ids are made of a rule's first words and would hide what its end says: texts alone are matched.
        after = [
            one.model_copy(update={"rule": replace(one.rule, id=f"new/{number}")})
            for number, one in enumerate(_decided(binding) for binding in bindings)
        ]
        matched = match_rules(before, after)
        if matched.doubtful:
            old, new = matched.doubtful[0]
            return Refused(
                f"the rule {_shown(old.rule.text)} is hardly recognisable in {_shown(new.rule.text)}; "
                "keep its words"
            )
        if matched.removed:
            lost = matched.removed[0]
            return Refused(
                f"the rule {_shown(lost.rule.text)} (line {lost.line}) is gone, merged with another or its "
                "opposite; every rule must stay, on a line of its own, under a heading of the same sense"
            )
        for old, new in matched.same:
            fault = _turned(old, new)
            if fault:
                return Refused(f"the rule {_shown(old.rule.text)} {fault}")
        reworded = tuple(old.id for old, new in matched.same if old.rule.text != new.rule.text)
        return reworded, tuple(one.rule.text for one in matched.added)


def _turned(old: DecidedRule, new: DecidedRule) -> str:
    """Say in which way a rule is not itself any more; empty where it is."""
    before, after = (frozenset(_WORD.findall(one.rule.text.lower())) & _TURNING for one in (old, new))
    if old.rule.polarity is not new.rule.polarity or before != after:
        words = ", ".join(sorted(before ^ after)) or new.rule.polarity.value
        return f"means something else now ({words}); leave what it demands as it is"
    if (old.check, old.parameters, old.severity) != (new.check, new.parameters, new.severity):
        return "would be decided in another way; keep its words"
    return ""


def _frame(agent: Agent) -> tuple[object, ...]:
    """Return all that a file says beside its body and its rules."""
    dialogues = tuple((one.context, one.turns, one.commentary, one.expected_agent) for one in agent.dialogues)
    return agent.name, agent.listing, agent.model, agent.tools, agent.extra, dialogues


def _decided(binding: Binding) -> DecidedRule:
    return DecidedRule(
        rule=binding.rule, severity=binding.severity, check=binding.check, parameters=binding.parameters
    )


def _shown(text: str) -> str:
    words = reveal(" ".join(text.split()))
    return repr(words if len(words) <= _QUOTED else f"{words[: _QUOTED - 1]}…")


def _tokens(text: str) -> int:
    return round(text_tokens(text) * TYPICAL)
