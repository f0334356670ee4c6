"""A faulty declarative check is one line with its place, whatever is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from declared_doubles import MOMENT, file_of, made

from harness.checks.own import declared_checks
from harness.checks.registry import all_checks
from harness.core.errors import CheckDefinitionError

RULE = "  pattern: const $NAME = require($MODULE)\n"


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(CheckDefinitionError) as caught:
        made(folder, text)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{folder / 'no-moment.yaml'}:")
    return message.removeprefix(f"{folder / 'no-moment.yaml'}:")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: team/no-moment", "id: NoMoment", "1: id: write 'NoMoment' as group/name in small letters"),
        ("phrases:", "phrase:", "3: unknown key 'phrase'; did you mean 'phrases'?"),
        ("phrases: [Never use moment]\n", "", "1: phrases is missing; add it"),
        (
            "[javascript, typescript]",
            "[javascript, sql]",
            "4: languages: no grammar for 'sql'; known: javascript",
        ),
        ("[javascript, typescript]", "js", "4: languages: no grammar for 'js'; write 'javascript'"),
        (
            "message: moment is",
            "severity: fatal\nmessage: moment is",
            "5: severity: input should be 'critical'",
        ),
        ("fail_when:\n" + RULE, "", "1: say what breaks the rule: add `fail_when`"),
        ("fail_when:", "require:", "1: `require` needs `applies_when`"),
        ("  pattern: const", "  patern: const", "7: unknown key 'patern'; did you mean 'pattern'?"),
        (RULE, "  kind: no_such_kind\n", "7: not a kind for javascript: Kind `no_such_kind` is invalid."),
        (RULE, "  regex: '('\n", "7: not a regex for javascript: regex parse error: unclosed group"),
        (RULE, "  pattern: a b c\n", "7: not a pattern for javascript: Multiple AST nodes are detected."),
        (RULE, "  pattern: 5\n", "7: pattern must be a text, not 5; put it in quotes"),
        (RULE, "  matches: helper\n", "7: utils holds no rule 'helper'; known here: none"),
        (RULE, "  any: []\n", "7: any must be a list of rule objects"),
        (RULE, "  not: {kind: program}\n  any:\n    - pattern: a()\n    - kind: nope\n", "10: not a kind"),
        (RULE, "  kind: program\n  has: {kind: string, stopBy: far}\n", "8: stopBy must be neighbor, end or"),
        (RULE, "  kind: program\n  has: {kind: string, depth: 3}\n", "8: unknown key 'depth'"),
        (
            RULE,
            "  pattern: {context: 'f()', selectr: x}\n",
            "7: unknown key 'selectr'; did you mean 'selector'?",
        ),
        (
            RULE,
            "  pattern: f($OTHER)\n",
            "6: not a rule for javascript: Undefined meta var",
        ),
        (RULE, "  {}\n", "6: fail_when must be a rule object"),
        (
            "  MODULE: {regex: moment}",
            "  MODULE: {kindd: string}",
            "9: unknown key 'kindd'; did you mean 'kind'?",
        ),
        ("  bad:", "  worse:", "17: unknown key 'worse'"),
        ("line: 2", "line: 0", "23: examples.bad[1].findings[1].line"),
        ("title: moment", "title: date-fns", "18: two examples have the title 'date-fns'"),
    ],
)
def test_a_fault_is_one_line_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Line of the file, what was found, what to do."""
    assert old in MOMENT
    assert complaint(tmp_path, MOMENT.replace(old, new)).startswith(said)


def test_an_example_of_each_kind_is_demanded(tmp_path: Path) -> None:
    """A rule that never fails anything would go unnoticed."""
    text = MOMENT[: MOMENT.index("  bad:")]
    assert "`examples` needs at least one `good` and one `bad`" in complaint(tmp_path, text)


def test_a_rule_must_hold_for_every_language(tmp_path: Path) -> None:
    """The complaint names the one that refuses it."""
    text = MOMENT.replace(RULE, "  kind: type_annotation\n").replace(
        "constraints:\n  MODULE: {regex: moment}\n", ""
    )
    assert complaint(tmp_path, text).startswith("7: not a kind for javascript")


@pytest.mark.parametrize("text", ["id: [", "- a\n", "", "\0"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    """Any YAML, and what is none."""
    complaint(tmp_path, text)


def test_files_below_the_folder_are_found(tmp_path: Path) -> None:
    """Sorted by path."""
    file_of(tmp_path, name="b/two.yml")
    file_of(tmp_path, MOMENT.replace("no-moment", "one"), name="a.yaml")
    assert [check.id for check in declared_checks(tmp_path)] == ["team/one", "team/no-moment"]


def test_a_folder_without_checks_is_refused(tmp_path: Path) -> None:
    """A misspelt folder would decide nothing in silence."""
    with pytest.raises(CheckDefinitionError, match="holds no declared check"):
        declared_checks(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """With the folder one is in."""
    with pytest.raises(CheckDefinitionError, match=r"checks: no such folder of checks"):
        declared_checks(tmp_path / "checks")


@pytest.mark.parametrize("name", ["team/no-moment", "logging/no-console"])
def test_an_id_is_given_once(tmp_path: Path, name: str) -> None:
    """Neither another file's nor that of a built-in check."""
    file_of(tmp_path, name="a.yaml")
    file_of(tmp_path, MOMENT.replace("team/no-moment", name), name="b.yaml")
    with pytest.raises(
        CheckDefinitionError, match=rf"b\.yaml:1: the id '{name}' is taken by .*; choose another"
    ):
        all_checks(tmp_path)
