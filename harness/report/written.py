"""Answers that wrote files through tools, as text: their files are printed below what they said.

So every page that shows an answer shows its files, and findings in them point at the lines printed here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.core.types import Completion, Finding, Sample, SuppliedFile, Verdict
from harness.report.escape import split_lines
from harness.report.model import RunResults
from harness.response.block import Block, Origin
from harness.response.parse import parse_response

__all__ = ["Printed", "print_files", "printed", "printed_answer"]

_LONGEST_PATH = 200
_FENCES = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Printed:
    """An answer with its files as one text.

    Attributes:
        text: what it said, then each file under its name.
        before: by the number of a file's block, how many lines of the text come before its first.
    """

    text: str
    before: Mapping[int, int] = field(default_factory=dict)

    def relocated(self, verdict: Verdict) -> Verdict:
        """Return a verdict whose findings in files point into the text."""
        if not any(one.file and one.block in self.before for one in verdict.decision.findings):
            return verdict
        findings = tuple(self._relocated(one) for one in verdict.decision.findings)
        return replace(verdict, decision=replace(verdict.decision, findings=findings))

    def _relocated(self, finding: Finding) -> Finding:
        lines = self.before.get(finding.block)
        if not finding.file or lines is None:
            return finding
        return replace(finding, line=finding.line + lines, end_line=finding.end_line + lines, file="")


def printed(completion: Completion, files: Sequence[SuppliedFile]) -> Printed:
    """Print the files that an answer wrote through tools below its words.

    Args:
        completion: the answer.
        files: what the user supplied: an edited file is printed whole.
    """
    text = completion.text
    if not completion.tool_calls:
        return Printed(text)
    program = parse_response(text, supplied=files, tool_calls=completion.tool_calls)
    parts, before = [text], {}
    count = len(split_lines(text))
    for block in program.blocks:
        if block.origin is Origin.TOOL_CALL:
            head, fence = _heading(block), "`" * _fence_length(block.text)
            language = block.language if block.language.isalnum() else ""
            parts.append(f"\n\n{head}\n\n{fence}{language}\n{block.text}\n{fence}")
            before[block.number] = count + 4
            count += 5 + len(split_lines(block.text))
    return Printed("".join(parts), before)


def printed_answer(
    sample: Sample, files: Sequence[SuppliedFile], verdicts: Sequence[Verdict]
) -> tuple[str, tuple[Verdict, ...]]:
    """Return an answer as text, and its verdicts with findings in that text."""
    found = printed(sample.completion, files)
    return found.text, tuple(found.relocated(one) for one in verdicts)


def print_files(results: RunResults) -> RunResults:
    """Return results in which each answer has its files in its text."""
    files = {case.id: case.files for case in results.cases}
    shown = {
        (one.case, one.variant, one.trial): printed(one.completion, files.get(one.case, ()))
        for one in results.samples
        if one.completion.tool_calls
    }
    if not shown:
        return results
    samples = tuple(
        replace(one, completion=replace(one.completion, text=found.text))
        if (found := shown.get((one.case, one.variant, one.trial))) is not None
        else one
        for one in results.samples
    )
    verdicts = tuple(
        found.relocated(one) if (found := shown.get((one.case, one.variant, one.trial))) is not None else one
        for one in results.verdicts
    )
    return replace(results, samples=samples, verdicts=verdicts)


def _heading(block: Block) -> str:
    path = " ".join(block.path.replace("`", "'").split())
    shown = path if len(path) <= _LONGEST_PATH else f"{path[: _LONGEST_PATH - 1]}…"
    return f"File `{shown}`, written with a tool:"


def _fence_length(text: str) -> int:
    return max((len(marks) + 1 for marks in _FENCES.findall(text)), default=3)
