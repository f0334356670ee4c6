"""A team's own checks as a user meets them: declared in YAML, offered by an installed package."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from run_project import Command

from harness.checks.own import installed_checks

DECLARED = """\
id: team/no-moment
rule: moment is in maintenance mode; new code uses date-fns.
phrases: [Never use moment for dates]
languages: javascript
severity: minor
message: moment is imported; use date-fns
fail_when: {pattern: import $NAME from 'moment'}
examples:
  good: [{title: date-fns, response: "```js\\nimport { format } from 'date-fns';\\n```"}]
  bad:
    - title: moment
      response: "```js\\nimport moment from 'moment';\\n```"
      findings: [{line: 2, words: moment is imported}]
"""
AGENT = """---
name: coder
description: Writes code.
---
## Rules
- Never use moment for dates
"""
MODULE = '''\
"""Checks of a team."""

from harness.checks.base import Check, Soundness
from harness.core.types import Decision, Outcome


class Polite(Check):
    """An answer thanks nobody: a team's rule that needs no tree."""

    id = "team/polite"
    version = 1
    soundness = Soundness.FAIL_ONLY
    phrases = ("Never thank the user",)

    def decide(self, exchange):
        if "thank" in exchange.program.text.lower():
            return Decision(Outcome.FAIL, "thanks the user")
        return Decision(Outcome.PASS, "no violation seen")
'''
EXAMPLES = """\
good: [{title: plain, response: Done.}]
bad: [{title: thanks, response: Thank you., findings: [{line: 1, words: thanks}]}]
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one agent, one declared check and one answer that breaks its rule."""
    monkeypatch.chdir(tmp_path)
    files = {
        "harness.toml": '[checks]\nfolder = "checks"\n',
        "agents/coder.md": AGENT,
        "checks/no-moment.yaml": DECLARED,
        "answer.md": "```js\nimport moment from 'moment';\n```\n",
    }
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def installed(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with a check and the metadata that pip would write."""
    site = project / "site"
    info = site / "team_checks-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: team-checks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[harness.checks]\nteam = team_checks\n")
    (site / "team_checks.py").write_text(MODULE)
    (site / "team_checks.yaml").write_text(EXAMPLES)
    monkeypatch.syspath_prepend(str(site))
    installed_checks.cache_clear()
    yield site
    installed_checks.cache_clear()
    sys.modules.pop("team_checks", None)


def test_a_declared_check_decides_an_answer(harness: Command) -> None:
    """Found by the folder that harness.toml names."""
    ran = harness("check", "answer.md", "--check", "team/no-moment", "--json")
    row = json.loads(ran.out)
    assert (ran.code, row["outcome"], row["findings"][0]["line"]) == (1, "fail", 2)


def test_a_folder_may_be_named_instead(harness: Command) -> None:
    """The option wins over the file."""
    Path("harness.toml").unlink()
    ran = harness("check", "answer.md", "--check", "team/no-moment", "--checks-folder", "checks")
    assert (ran.code, "team/no-moment  fail: moment is imported" in ran.out) == (1, True)


def test_a_rule_is_bound_to_a_declared_check(harness: Command) -> None:
    """By its phrases, with the severity of the check."""
    (row,) = json.loads(harness("rules", "coder", "--json").out)["rules"]
    assert (row["check"], row["severity"]) == ("team/no-moment", "minor")


def test_a_sidecar_may_bind_it(harness: Command) -> None:
    """Whatever the words of the rule, and with another severity."""
    Path("agents/coder.md").write_text(AGENT.replace("Never use moment for dates", "Dates are hard"))
    Path("agents/coder.harness.yaml").write_text(
        'rules:\n  - {match: "Dates are", check: team/no-moment, severity: critical}\n'
    )
    (row,) = json.loads(harness("rules", "coder", "--json").out)["rules"]
    assert (row["check"], row["severity"]) == ("team/no-moment", "critical")


def test_a_run_decides_with_a_declared_check(harness: Command) -> None:
    """On a labelled response, without a model."""
    golden = Path("datasets/coder/golden/one.md")
    golden.parent.mkdir(parents=True)
    golden.write_text(
        "---\nprompt: Dates?\nlabels: {team/no-moment: fail}\n---\n" + Path("answer.md").read_text()
    )
    ran = harness("run", "datasets/coder/golden", "--json")
    rows = {row["check"]: row for row in json.loads(ran.out)["scores"]}
    assert (ran.code, rows["team/no-moment"]["n"], rows["team/no-moment"]["mean"]) == (0, 1, 0)


def test_a_declared_check_is_measured_like_any_other(harness: Command) -> None:
    """Labelled responses speak of it."""
    golden = Path("datasets/coder/golden/one.md")
    golden.parent.mkdir(parents=True)
    golden.write_text(
        "---\nprompt: Dates?\nlabels: {team/no-moment: fail}\n---\n" + Path("answer.md").read_text()
    )
    ran = harness("calibrate", "--checks", "--check", "team/no-moment", "--json")
    assert json.loads(ran.out)["checks"][0]["recall"]["mean"] == 1


def test_right_examples_are_counted(harness: Command) -> None:
    """Nothing else is printed to standard output."""
    ran = harness("check", "--examples")
    assert (ran.code, ran.out, ran.err) == (0, "", "1 check, 2 examples: all as stated\n")


def test_a_wrong_example_is_told_with_its_line(harness: Command) -> None:
    """File, line, check, title, and what is wrong."""
    path = Path("checks/no-moment.yaml")
    path.write_text(path.read_text().replace("{line: 2", "{line: 3"))
    ran = harness("check", "--examples")
    assert ran.code == 1
    assert ran.out.splitlines()[0] == (
        "checks/no-moment.yaml:11: team/no-moment: the bad example 'moment': "
        "no finding on line 3 of the response with the words 'moment is imported'"
    )


def test_wrong_examples_are_rows_of_json(harness: Command) -> None:
    """One a line, as documented."""
    path = Path("checks/no-moment.yaml")
    path.write_text(path.read_text().replace("date-fns';", "x'; import m from 'moment';"))
    (row,) = [json.loads(line) for line in harness("check", "--examples", "--json").out.splitlines()]
    assert (row["check"], row["place"], row["example"]) == (
        "team/no-moment",
        "checks/no-moment.yaml:9",
        "date-fns",
    )


def test_examples_of_a_built_in_check_are_decided_by_name(harness: Command) -> None:
    """Without a name, those of the team's own checks."""
    ran = harness("check", "--examples", "--check", "logging/no-console")
    assert (ran.code, ran.out) == (0, "")


def test_without_own_checks_there_are_no_examples(harness: Command) -> None:
    """The message says how to get some."""
    Path("harness.toml").unlink()
    ran = harness("check", "--examples")
    assert (ran.code, "there are no checks of your own: name a folder" in ran.err) == (2, True)


def test_a_faulty_file_stops_every_command(harness: Command) -> None:
    """One line with its place, exit code 2."""
    path = Path("checks/no-moment.yaml")
    path.write_text(path.read_text().replace("pattern:", "kind:"))
    for command in (("check", "answer.md"), ("rules", "coder"), ("calibrate", "--checks")):
        ran = harness(*command)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("harness: checks/no-moment.yaml:7: not a kind for javascript: ")
        assert ran.err.count("\n") == 1


@pytest.mark.usefixtures("installed")
def test_an_installed_package_offers_a_check(harness: Command) -> None:
    """Through its entry point."""
    Path("thanks.md").write_text("Thank you.\n")
    ran = harness("check", "thanks.md", "--check", "team/polite")
    assert (ran.code, "fail: thanks the user" in ran.out) == (1, True)


@pytest.mark.usefixtures("installed")
def test_examples_of_an_installed_check_are_decided(harness: Command) -> None:
    """The bad one states a finding that the check does not make."""
    ran = harness("check", "--examples", "--check", "team/polite")
    assert ran.code == 1
    assert "team_checks.yaml:2: team/polite: the bad example 'thanks': no finding on line 1" in ran.out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '    """An answer thanks nobody: a team\'s rule that needs no tree."""\n',
            "",
            "Polite has no docstring",
        ),
        ("version = 1", "version = 0", "Polite has no version; begin with version = 1"),
        ('"team/polite"', '"logging/no-console"', "the id 'logging/no-console' is taken by "),
        ("from harness.checks.base", "from harness.no_such", "does not import: ModuleNotFoundError"),
        (
            "class Polite(Check)",
            "class Polite",
            "of team-checks holds no check; name a class, module or package",
        ),
    ],
)
def test_a_faulty_package_is_one_line(
    harness: Command, installed: Path, old: str, new: str, said: str
) -> None:
    """Exit code 2, whatever it lacks."""
    path = installed / "team_checks.py"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    ran = harness("check", "answer.md")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


def test_an_installed_check_without_examples_is_refused(harness: Command, installed: Path) -> None:
    """The same contract as for the built-in ones."""
    (installed / "team_checks.yaml").unlink()
    ran = harness("check", "answer.md")
    assert (ran.code, "Polite has no examples; write them to" in ran.err) == (2, True)


def test_a_check_that_crashes_is_counted_and_makes_the_exit_code_3(harness: Command, installed: Path) -> None:
    """A crash is neither verdict."""
    path = installed / "team_checks.py"
    path.write_text(path.read_text().replace('if "thank" in', 'if 1 / 0 or "thank" in'))
    golden = Path("datasets/coder/golden/one.md")
    golden.parent.mkdir(parents=True)
    golden.write_text("---\nprompt: Hello?\nlabels: {team/polite: fail}\n---\nThank you.\n")
    ran = harness("calibrate", "--checks", "--check", "team/polite", "--json")
    (row,) = json.loads(ran.out)["checks"]
    assert (ran.code, row["errors"], row["recall"]["hits"], row["recall"]["n"]) == (3, 1, 0, 1)
