"""``harness show``: the walk from a rate to the marked line, in the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from messages_api import Answer, MessagesApi, Seen
from run_project import MODEL, NO_CONSOLE, answer, write_project

from harness.cli.app import main

HOSTILE = "\x1b[31mred\x1b[0m \u202edesrever\n\n```js\nconsole.log('\x1b]0;title\x07');\n```\n"
Show = Callable[..., tuple[int, str, str]]


def hostile(seen: Seen) -> Answer:
    said = answer(seen)
    return said if said.tool else Answer(HOSTILE)


def ran(place: Path, script: Callable[[Seen], Answer]) -> None:
    write_project(place)
    with MessagesApi(script) as server, pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("ANTHROPIC_BASE_URL", server.url)
        patch.setenv("ANTHROPIC_API_KEY", "dummy")
        assert main(["run", *MODEL]) == 0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("project")
    ran(place, answer)
    return place


@pytest.fixture(scope="module")
def hostile_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hostile")
    ran(place, hostile)
    return place


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Show:
    monkeypatch.setenv("COLUMNS", "80")

    def run(place: Path, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(place)
        capsys.readouterr()
        code = main(["show", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_newest_run_is_shown(show: Show, project: Path) -> None:
    code, out, _ = show(project)
    assert (code, "no-console" in out or NO_CONSOLE[:20] in out) == (0, True)


@pytest.mark.parametrize("arguments", [(), ("--rule", "console"), ("--outcome", "fail")])
def test_tables_fit_eighty_columns(show: Show, project: Path, arguments: tuple[str, ...]) -> None:
    _, out, _ = show(project, *arguments)
    assert max(map(len, out.splitlines())) <= 80


def test_there_is_no_colour_where_nobody_watches(show: Show, project: Path) -> None:
    assert "\x1b" not in show(project)[1]


def test_a_rule_is_shown_with_who_breaks_it(show: Show, project: Path) -> None:
    _, out, _ = show(project, "--rule", NO_CONSOLE, "--outcome", "fail", "--json")
    assert [one["case"] for one in json.loads(out)["verdicts"]] == ["users"]


def test_a_case_is_shown_with_its_answer(show: Show, project: Path) -> None:
    (broken, *_) = json.loads(show(project, "--rule", NO_CONSOLE, "--outcome", "fail", "--json")[1])[
        "verdicts"
    ]
    assert "console" in show(project, "--case", broken["case"])[1]


@pytest.mark.parametrize("arguments", [("--rule", "nothing-like-it"), ("--case", "zzz"), ("no-such-run",)])
def test_what_does_not_exist_is_one_line(show: Show, project: Path, arguments: tuple[str, ...]) -> None:
    code, _, err = show(project, *arguments)
    assert (code, len(err.strip().splitlines())) == (2, 1)


def test_hostile_text_does_nothing(show: Show, hostile_project: Path) -> None:
    (broken, *_) = json.loads(show(hostile_project, "--rule", NO_CONSOLE, "--outcome", "fail", "--json")[1])[
        "verdicts"
    ]
    _, out, _ = show(hostile_project, "--case", broken["case"])
    assert not {"\x1b", "\x07", "\u202e"} & set(out)
