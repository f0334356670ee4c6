"""What docs/writing-checks.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.checks.declared import DeclaredCheck, declared_check
from harness.checks.own import examples_of
from harness.checks.verify import problems_of
from harness.core.types import Outcome
from harness.response.parse import parse_response

PAGE = (Path(__file__).parents[2] / "docs/writing-checks.md").read_text(encoding="utf-8")
BLOCKS = [
    match.groups()
    for match in re.finditer(r"^(?:`{3,4})(\w+)\n(.*?)^`{3,4}$", PAGE, re.DOTALL | re.MULTILINE)
]
DECLARED = [text for language, text in BLOCKS if language == "yaml" and text.startswith("id: ")]
MENDED = next(text for language, text in BLOCKS if text.startswith("fail_when: "))
ANSWER = next(text for language, text in BLOCKS if text.startswith("Dates are easy"))


def made(folder: Path, text: str) -> DeclaredCheck:
    path = folder / "check.yaml"
    path.write_text(text, encoding="utf-8")
    return declared_check(path)


def decided(check: DeclaredCheck) -> Outcome:
    from harness.checks.base import Exchange

    answer = re.sub(r"^`{3,4}markdown\n", "", ANSWER)
    return check.decide(Exchange((), (), parse_response(answer + "```\n"))).outcome


@pytest.mark.parametrize("text", DECLARED, ids=lambda text: text.split("\n")[0])
def test_a_declared_check_does_what_its_examples_say(tmp_path: Path, text: str) -> None:
    """Whoever copies it begins with something that works."""
    check = made(tmp_path, text)
    assert [said for example in examples_of(check) for said in problems_of(check, example)] == []


def test_the_first_check_misses_what_the_page_says(tmp_path: Path) -> None:
    """Double quotes."""
    assert decided(made(tmp_path, DECLARED[0])) is Outcome.PASS


def test_the_mended_check_finds_it(tmp_path: Path) -> None:
    """With the constraint in the place of the pattern."""
    text = re.sub(r"^fail_when: .*\n", lambda _: MENDED, DECLARED[0], flags=re.MULTILINE)
    assert decided(made(tmp_path, text)) is Outcome.FAIL


def test_the_class_keeps_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Class and examples as a package would hold them."""
    import importlib

    from harness.checks.registry import discover

    package = tmp_path / "page_checks"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "polite.py").write_text(next(text for language, text in BLOCKS if language == "python"))
    (package / "polite.yaml").write_text(next(text for language, text in BLOCKS if text.startswith("good:")))
    monkeypatch.syspath_prepend(str(tmp_path))
    (check,) = discover(importlib.import_module("page_checks")).values()
    assert [said for example in examples_of(check) for said in problems_of(check, example)] == []
