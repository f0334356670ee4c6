"""Match the entries of a sidecar with rules, and bring in the rules of shared files."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.agentfile.encoding import decode
from harness.agentfile.frontmatter import read_front_matter
from harness.agentfile.outline import outline
from harness.agentfile.rules import extract_rules
from harness.agentfile.sidecar_file import RuleEntry, SidecarFile
from harness.agentfile.slugs import unique_slugs
from harness.agentfile.source import read_bytes
from harness.core.errors import AgentFileError, ConfigurationError
from harness.core.types import Rule, Severity

__all__ = ["RuleOverride", "apply_entries", "with_included"]

_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class RuleOverride:
    """What a sidecar says about one rule.

    ``severity`` is None where it says nothing about it; ``check`` is empty likewise; ``waived`` is the
    reason why the rule is not held against the agent; ``rubric`` is text for a judge.
    """

    severity: Severity | None = None
    check: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    waived: str = ""
    rubric: str = ""


def with_included(rules: Sequence[Rule], file: SidecarFile) -> tuple[Rule, ...]:
    """Append the rules of the shared files that a sidecar includes; ids stay unique.

    Raises:
        ConfigurationError: an included file cannot be read or holds no rule.
    """
    included: list[Rule] = []
    for name, line in file.includes:
        path = file.path.parent / name
        try:
            lines = decode(read_bytes(path), str(path)).text.split("\n")
        except AgentFileError as error:
            raise ConfigurationError(f"{file.path}:{line}: include {name!r}: {error}") from error
        start = read_front_matter(lines).body_line
        found, _ = extract_rules(outline(lines[start - 1 :], start), lines)
        if not found:
            raise ConfigurationError(
                f"{file.path}:{line}: {name!r} holds no rule; write them as a list under a heading"
            )
        included += [dataclasses.replace(rule, source=str(path)) for rule in found]
    joined = [*rules, *included]
    names = unique_slugs(rule.text for rule in joined) if included else [rule.id for rule in joined]
    return tuple(dataclasses.replace(rule, id=name) for rule, name in zip(joined, names, strict=True))


def apply_entries(
    rules: Sequence[Rule], file: SidecarFile
) -> tuple[tuple[Rule, ...], dict[str, RuleOverride]]:
    """Give rules the ids of a sidecar's entries; return them with the overrides by rule id.

    Raises:
        ConfigurationError: an entry fits no rule or several, two entries fit one, or two rules
            would share an id.
    """
    result = list(rules)
    taken: dict[int, int] = {}
    overrides: dict[str, RuleOverride] = {}
    matched = [(_index(rules, entry, line, file), entry, line) for entry, line in file.entries]
    for index, entry, line in matched:
        if index in taken:
            raise ConfigurationError(
                f"{file.path}:{line}: {entry.match!r} fits the rule that line {taken[index]} already"
                f" names; merge the two"
            )
        taken[index] = line
        if entry.id:
            result[index] = dataclasses.replace(result[index], id=entry.id)
    _refuse_shared_ids(result, taken, file)
    for index, entry, _ in matched:
        overrides[result[index].id] = RuleOverride(
            entry.severity, entry.check, dict(entry.parameters), entry.waive, entry.rubric
        )
    return tuple(result), overrides


def _index(rules: Sequence[Rule], entry: RuleEntry, line: int, file: SidecarFile) -> int:
    """Find the one rule that an entry means: by its whole text, else by its beginning."""
    wanted = _folded(entry.match)
    texts = [_folded(rule.text) for rule in rules]
    exact = [index for index, text in enumerate(texts) if text == wanted]
    fits = exact or [index for index, text in enumerate(texts) if text.startswith(wanted)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        places = "; ".join(
            f"line {rules[index].span.line}: {rules[index].text[:60]}" for index in fits[:_CANDIDATES]
        )
        raise ConfigurationError(
            f"{file.path}:{line}: {entry.match!r} fits {len(fits)} rules ({places}); give more of the text"
        )
    near = difflib.get_close_matches(wanted, [text[: len(wanted) + 10] for text in texts], _CANDIDATES, 0.4)
    named = [
        next(rule.text for rule, text in zip(rules, texts, strict=True) if text.startswith(item))
        for item in near
    ]
    hint = (
        f"closest: {'; '.join(text[:70] for text in dict.fromkeys(named))}" if named else "no rule is like it"
    )
    raise ConfigurationError(f"{file.path}:{line}: {entry.match!r} fits no rule of the agent; {hint}")


def _folded(text: str) -> str:
    return " ".join(text.replace("*", "").replace("’", "'").split()).casefold()


def _refuse_shared_ids(rules: Sequence[Rule], lines: dict[int, int], file: SidecarFile) -> None:
    first: dict[str, int] = {}
    for index, rule in enumerate(rules):
        other = first.setdefault(rule.id, index)
        if other != index:
            line = max(lines.get(index, 0), lines.get(other, 0)) or 1
            raise ConfigurationError(
                f"{file.path}:{line}: the id {rule.id!r} is already that of"
                f" {rules[other].text[:60]!r}; choose another"
            )
