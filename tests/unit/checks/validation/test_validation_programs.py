"""validation/library on programs in many styles: wrappers, services, classes, other frameworks and faults.

The text files hold them as ``=== title | outcome | options``, then the code, in several files where
``--- path`` lines part it. ``lib=`` names the demanded library, ``f=`` the number of findings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.checks.base import Exchange
from harness.checks.validation.library import ValidationLibrary
from harness.core.types import Decision, SuppliedFile
from harness.response.parse import parse_files, parse_response
from harness.response.program import Program

HERE = Path(__file__).parent
CHECK = ValidationLibrary()


@dataclass(frozen=True)
class Case:
    title: str
    outcome: str
    options: dict[str, str]
    files: tuple[tuple[str, str], ...]

    def as_answer(self) -> Program:
        supplied, text = [], ""
        for path, code in self.files:
            if path.startswith("SUPPLIED "):
                supplied.append(SuppliedFile(path.removeprefix("SUPPLIED "), code))
                continue
            tag = "ts" if "ts" in self.options or path.endswith(".ts") else "js"
            named = f"// {path}\n" if path else ""
            text += f"Some words.\n\n```{tag}\n{named}{code.strip()}\n```\n\n"
        return parse_response(text, supplied=supplied)


def read_cases() -> list[Case]:
    cases = []
    for source in sorted(HERE.glob("*.txt")):
        for chunk in re.split(r"^=== ", source.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            head, _, body = chunk.partition("\n")
            title, outcome, *options = (part.strip() for part in head.split("|"))
            pairs = dict(option.partition("=")[::2] for option in options)
            parts = re.split(r"^--- (.*)$", body, flags=re.MULTILINE)
            files = [("", parts[0])] if parts[0].strip() else []
            files += [(parts[i].strip(), parts[i + 1]) for i in range(1, len(parts), 2)]
            cases.append(Case(f"{source.stem}: {title}", outcome, pairs, tuple(files)))
    return cases


CASES = read_cases()
TREES = [case for case in CASES if all(path and " " not in path for path, _ in case.files)]


def decide(program: Program, case: Case) -> Decision:
    return CHECK.decide(Exchange((), (), program, parameters={"library": case.options.get("lib", "joi")}))


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_an_answer_is_decided_as_labelled(case: Case) -> None:
    """The blocks of an answer give the outcome of the label."""
    decision = decide(case.as_answer(), case)
    assert decision.outcome.value == case.outcome, (decision.reason, decision.findings)


@pytest.mark.parametrize("case", TREES, ids=[case.title for case in TREES])
def test_a_tree_is_decided_as_the_answer(case: Case) -> None:
    """The same files as a project tree give the same outcome."""
    decision = decide(parse_files(case.files), case)
    assert decision.outcome.value == case.outcome, (decision.reason, decision.findings)


COUNTED = [case for case in CASES if "f" in case.options]


@pytest.mark.parametrize("case", COUNTED, ids=[case.title for case in COUNTED])
def test_each_uncovered_route_is_one_finding(case: Case) -> None:
    """There are as many findings as the label counts."""
    assert len(decide(case.as_answer(), case).findings) == int(case.options["f"])
