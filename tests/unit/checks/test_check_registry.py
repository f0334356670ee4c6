"""Discovery of checks: complete, or a loud refusal that names the file."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.checks.examples import load_examples
from harness.checks.registry import all_checks, discover
from harness.core.errors import CheckDefinitionError

CHECK = '''
from harness.checks.base import Check, Soundness
from harness.core.types import Decision, Outcome

class Sample(Check):
    """Decides nothing."""

    id = "sample/one"
    version = 1
    phrases = ("Be kind",)
    soundness = Soundness.BOTH

    def decide(self, exchange):
        return Decision(Outcome.PASS, "")
'''
EXAMPLES = """
good:
- title: kind
  response: Hello
bad:
- title: unkind
  response: Go away
  files: [{path: a.js, text: x}]
  parameters: {tone: warm}
  mode: literal
  findings: [{line: 1, words: away}]
skip:
- title: empty
  response: ""
  outcome: not_applicable
"""
Package = Callable[[dict[str, str]], dict[str, object]]
NUMBERS = itertools.count()


@pytest.fixture
def discovered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Write a package of check modules, each with examples, and discover it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def build(files: dict[str, str]) -> dict[str, object]:
        name = f"sample_checks_{next(NUMBERS)}"
        for path, text in {"__init__.py": "", "one.yaml": EXAMPLES, **files}.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        return dict(discover(importlib.import_module(name)))

    yield build
    for module in set(sys.modules) - before:
        del sys.modules[module]


def test_a_check_is_found_by_its_id(discovered: Package) -> None:
    """A module below the package is enough; there is no list to keep."""
    assert list(discovered({"one.py": CHECK})) == ["sample/one"]


def test_a_check_in_a_folder_is_found(discovered: Package) -> None:
    """Groups of checks are folders."""
    files = {"group/__init__.py": "", "group/one.py": CHECK, "group/one.yaml": EXAMPLES}
    assert list(discovered(files)) == ["sample/one"]


def test_an_abstract_class_is_no_check(discovered: Package) -> None:
    """Shared parts of checks may stand in a base class."""
    assert discovered({"one.py": CHECK.replace("def decide", "def helper")}) == {}


def test_an_imported_check_is_counted_once(discovered: Package) -> None:
    """A check belongs to the module that defines it."""
    assert list(discovered({"one.py": CHECK, "two.py": "from .one import Sample\n"})) == ["sample/one"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"""Decides nothing."""', "pass", r"one\.py:5: the check Sample has no docstring"),
        ('id = "sample/one"', "pass", "has no id"),
        ("sample/one", "Sample/One", "has the id 'Sample/One'; write it as group/name"),
        ("sample/one", "sample", "has the id 'sample'; write it as group/name"),
        ("version = 1", "version = 0", "has no version"),
        ("version = 1", "version = True", "has no version"),
        ('("Be kind",)', "()", "has no phrases"),
        ('("Be kind",)', '"Be kind"', "has no phrases"),
        ("Soundness.BOTH", '"both"', "has no soundness"),
    ],
)
def test_a_class_that_lacks_a_part_is_refused(discovered: Package, old: str, new: str, message: str) -> None:
    """Every part of the contract is demanded, and the message says which is missing."""
    with pytest.raises(CheckDefinitionError, match=message):
        discovered({"one.py": CHECK.replace(old, new)})


def test_a_check_without_examples_is_refused(discovered: Package) -> None:
    """Examples are the specification of a check."""
    with pytest.raises(CheckDefinitionError, match=r"has no examples; write them to .*two\.yaml"):
        discovered({"two.py": CHECK})


def test_an_id_taken_twice_names_both_files(discovered: Package) -> None:
    """Results are keyed by the id."""
    with pytest.raises(CheckDefinitionError, match=r"two\.py:5: the id 'sample/one' is taken by .*one\.py:5"):
        discovered({"one.py": CHECK, "two.py": CHECK, "two.yaml": EXAMPLES})


@pytest.mark.parametrize("path", ["broken.py", "broken/__init__.py"])
@pytest.mark.parametrize("text", ["import no_such_module", "1 / 0", "def ("])
def test_a_module_that_does_not_import_stops_the_run(discovered: Package, path: str, text: str) -> None:
    """A check that is left out in silence would be a rule that is never decided."""
    with pytest.raises(CheckDefinitionError, match=r"broken.*does not import"):
        discovered({path: text})


def test_the_checks_of_this_package_keep_the_contract() -> None:
    """What is shipped can be discovered."""
    assert all(name == check.id for name, check in all_checks().items())


def test_examples_are_read_in_order(discovered: Package) -> None:
    """Good ones, bad ones, and those to skip."""
    check = discovered({"one.py": CHECK})["sample/one"]
    assert [(item.kind.value, item.outcome) for item in load_examples(check)] == [  # type: ignore[arg-type]
        ("good", "pass"),
        ("bad", "fail"),
        ("skip", "not_applicable"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("words: away", "wrods: away", r"one\.yaml:11: unknown key 'wrods'; did you mean 'words'"),
        ("outcome: not_applicable", "outcome: pass", r"one\.yaml:15: skip\[1\]\.outcome"),
        ("findings: [{line: 1, words: away}]", "findings: []", r"one\.yaml:11: bad\[1\]\.findings"),
        ("title: unkind", "title: kind", "two examples have the title 'kind'"),
    ],
)
def test_a_fault_in_the_examples_has_its_line(discovered: Package, old: str, new: str, message: str) -> None:
    """Whoever writes a check finds the faulty example."""
    check = discovered({"one.py": CHECK, "one.yaml": EXAMPLES.replace(old, new)})["sample/one"]
    with pytest.raises(CheckDefinitionError, match=message):
        load_examples(check)  # type: ignore[arg-type]
