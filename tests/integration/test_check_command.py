"""``harness check`` as a user runs it: files, folders, names on standard input, and what is no source."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from run_project import Command, Ran

pytestmark = pytest.mark.usefixtures("small_project")

NO_CONSOLE = ("--check", "logging/no-console")


def check(harness: Command, *arguments: str) -> tuple[Ran, list[dict[str, Any]]]:
    ran = harness("check", *arguments, "--json")
    return ran, [json.loads(line) for line in ran.out.splitlines()]


def write(name: str, content: str | bytes = "console.log(1);\n") -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def outcomes(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["file"]: row["outcome"] for row in rows}


def test_a_line_is_the_documented_one(harness: Command) -> None:
    ran, rows = check(harness, write("a.js"), *NO_CONSOLE)
    finding = {"line": 1, "column": 1, "end_line": 1, "end_column": 12, "quote": "console.log"}
    assert rows == [
        {
            "file": "a.js",
            "check": "logging/no-console",
            "outcome": "fail",
            "basis": "static",
            "reason": "uses the console: console.log",
            "findings": [{**finding, "message": "uses the console: console.log"}],
        }
    ]
    assert (ran.code, ran.err) == (1, "")


def test_each_file_and_check_has_a_line(harness: Command) -> None:
    both = (*NO_CONSOLE, "--check", "access/rbac", "--check", "access/rbac")
    _, rows = check(harness, write("a.js"), write("b.js", "let a;\n"), *both)
    assert [(row["file"], row["check"]) for row in rows] == [
        ("a.js", "logging/no-console"),
        ("a.js", "access/rbac"),
        ("b.js", "logging/no-console"),
        ("b.js", "access/rbac"),
    ]


def test_without_a_violation_the_exit_code_is_0(harness: Command) -> None:
    assert check(harness, write("a.js", "let a;\n"), *NO_CONSOLE)[0].code == 0


def test_a_response_is_one_program_with_the_lines_of_its_file(harness: Command) -> None:
    """Front matter that is not that of a golden response is no fault."""
    text = "---\ntitle: x\nlabels: [a]\n---\nHello\n```js\nconsole.log(1)\n```\n"
    _, rows = check(harness, write("a.md", text), *NO_CONSOLE)
    assert (rows[0]["outcome"], rows[0]["findings"][0]["line"]) == ("fail", 7)


def test_a_missing_file_is_an_error_beside_the_others(harness: Command) -> None:
    """Wrong input wins over violations; the other files are decided all the same."""
    ran, rows = check(harness, "gone.js", write("a.js"), *NO_CONSOLE)
    assert (ran.code, outcomes(rows)) == (2, {"gone.js": "error", "a.js": "fail"})
    assert ran.err.startswith("harness: gone.js: no such file; check the spelling")


UNREADABLE = {
    "binary.js": b"\x7fELF\x00\x00\x01",
    "wide.js": "console.log(1)".encode("utf-16"),
    "big.js": b"x" * 5_000_000,
    "big.md": b"# text\n" * 800_000,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_readable_text_is_undecided(harness: Command, name: str) -> None:
    """Not an error, and never a pass."""
    ran, rows = check(harness, write(name, UNREADABLE[name]), *NO_CONSOLE)
    assert (ran.code, ran.err, outcomes(rows)) == (0, "", {name: "undecided"})


def test_invalid_utf8_is_decided(harness: Command) -> None:
    content = b'const x = "\xff\xfe"; console.log(x)\n'
    assert outcomes(check(harness, write("a.js", content), *NO_CONSOLE)[1]) == {"a.js": "fail"}


@pytest.mark.parametrize("name", ["unknown.xyz", "Makefile", "text.md"])
def test_what_holds_no_code_is_not_applicable(harness: Command, name: str) -> None:
    assert outcomes(check(harness, write(name, "some text\n"), *NO_CONSOLE)[1]) == {name: "not_applicable"}


def test_a_folder_means_its_sources_without_installed_packages(harness: Command) -> None:
    for name in ("src/a.js", "src/node_modules/b.js", "src/.git/c.js", "src/notes.txt"):
        write(name)
    assert outcomes(check(harness, "src", *NO_CONSOLE)[1]) == {"src/a.js": "fail"}


def test_a_folder_without_sources_is_an_error(harness: Command) -> None:
    Path("empty").mkdir()
    ran = harness("check", "empty")
    assert (ran.code, "empty: the folder holds no file to check" in ran.err) == (2, True)


def test_configuration_in_a_folder_is_checked(harness: Command) -> None:
    """Compose files, Dockerfiles and environment files hold secrets too."""
    write("deploy/compose.yml", "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: hunter2x\n")
    write("deploy/.env.production", "DB_PASSWORD=hunter2x\n")
    write("deploy/notes.txt", "password: hunter2x\n")
    _, rows = check(harness, "deploy", "--check", "config/no-hardcoded-values")
    assert set(outcomes(rows)) == {"deploy/compose.yml", "deploy/.env.production"}


def test_names_come_from_standard_input(harness: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and folders, whatever the bytes of their names."""
    write("a.js")
    write("src/b.js", "let a;\n")
    Path("hollow").mkdir()
    names = io.TextIOWrapper(io.BytesIO(b"a.js\r\nsrc\nhollow\n\nx\xff.js\n"), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", names)
    ran, rows = check(harness, "-", *NO_CONSOLE)
    assert outcomes(rows) == {"a.js": "fail", "src/b.js": "pass", "x\udcff.js": "error"}
    assert ran.code == 2


def test_a_project_is_one_program_with_findings_by_file(harness: Command) -> None:
    write("p/a.js")
    write("p/lib/b.js", "console.warn(1);\n")
    write("p/lib/logo.js", b"\x00\x01")
    ran, rows = check(harness, "--project", "p", *NO_CONSOLE)
    assert [(row["file"], [f["file"] for f in row["findings"]]) for row in rows] == [
        ("p", ["a.js", "lib/b.js"])
    ]
    assert ran.err == "harness: 1 files that are too large, no text or linked from elsewhere were left out\n"


def test_a_link_out_of_a_project_is_not_read(harness: Command) -> None:
    """Nothing of it is quoted, and what it may hold leaves the rule open."""
    write("secret.js", "console.log('of somebody else');\n")
    write("p/a.js", "let a;\n")
    Path("p/b.js").symlink_to(Path("secret.js").absolute())
    _, rows = check(harness, "--project", "p", *NO_CONSOLE)
    assert (outcomes(rows), "somebody" in str(rows)) == ({"p": "undecided"}, False)


WRONG = {
    "nothing": ((), "nothing to check: name files or folders"),
    "unknown check": (("--check", "no/such", "agents"), "--check no/such: no such check; there are "),
    "project and paths": (("--project", ".", "agents"), "--project takes the whole tree"),
    "no project": (("--project", "gone"), "gone: not a folder"),
    "empty project": (("--project", "hollow"), "hollow: no source files found"),
    "unbound agent": (("--agent", "agents/painter.md", "agents"), "none of its rules is bound to a check"),
    "unbound check": (
        ("--agent", "agents/tester.md", "--check", "access/rbac", "agents"),
        "none of its rules is bound to --check access/rbac",
    ),
    "missing agent": (("--agent", "gone.md", "agents"), "gone.md: no such file"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_options_are_one_line_and_exit_code_2(harness: Command, name: str) -> None:
    Path("hollow").mkdir()
    arguments, words = WRONG[name]
    ran = harness("check", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n"), words in ran.err) == (2, "", 1, True)


def test_an_agent_gives_checks_and_parameters(harness: Command) -> None:
    """Only the checks that its rules are bound to, with the logger that they name."""
    _, rows = check(harness, write("a.js"), "--agent", "agents/tester.md")
    assert [row["check"] for row in rows] == ["logging/no-console", "logging/project-logger"]
    assert "utils/logger.js" in rows[1]["reason"]


def test_control_characters_in_names_do_not_reach_the_terminal(harness: Command) -> None:
    ran = harness("check", write("a\x1b[31m.js"), *NO_CONSOLE)
    assert ("\x1b" in ran.out, "a\\x1b[31m.js" in ran.out) == (False, True)


def test_a_project_that_was_not_read_whole_keeps_no_rule(harness: Command) -> None:
    write("tree/a.js", "let a;\n")
    write("tree/b.js", b"let b;\0")
    _, rows = check(harness, "--project", "tree", *NO_CONSOLE)
    assert [row["outcome"] for row in rows] == ["undecided"]


def test_a_reader_that_goes_away_is_no_error(small_project: Path) -> None:
    """As in ``harness check ... | head -1``: more is written than a pipe holds."""
    source = write("a.js", "console.log(1);\n" * 3_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "check", source, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(1)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert err == b""


def test_an_output_without_unicode_gets_escapes(small_project: Path) -> None:
    import os

    ran = subprocess.run(
        [sys.executable, "-m", "harness", "check", write("a.js"), *NO_CONSOLE],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr, ran.stdout[:6]) == (1, b"", b"\\u2717")


def test_rules_about_an_answer_do_not_speak_of_a_file(harness: Command) -> None:
    """A source file plans no tests and explains no deployment; it is no answer."""
    write("a.py", "def total(a, b):\n    return a + b\n")
    _, rows = check(harness, "a.py", "--check", "testing/strategy", "--check", "topics/deployment")
    assert {row["outcome"] for row in rows} == {"not_applicable"}
