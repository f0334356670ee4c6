"""``harness inspect`` as tools and people use it."""

import json
import os
from pathlib import Path

import pytest

from harness.cli.app import main

AGENT = (
    "---\nname: helper\ndescription: Use it: <example>Context: c. user: 'it''s \"x\"' assistant: 'y' "
    "<commentary>z</commentary></example>\nmodel: sonnet\n---\nLimits - NEVER:\n❌ Use **var** here\n"
)
KEYS = ["file", "ok", "error", "name", "description", "model", "examples", "rules", "repairs"]


@pytest.fixture
def agent_file(tmp_path: Path) -> Path:
    path = tmp_path / "helper.md"
    path.write_text(AGENT, encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[dict[str, object]]]:
    code = main(["inspect", *map(str, arguments), "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_json_line_holds_exactly_what_is_documented(
    agent_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (row,) = run(capsys, agent_file)
    assert (code, list(row)) == (0, KEYS)
    assert row["examples"] == [
        {"user": "it''s \"x\"", "context": "c.", "assistant": "y", "commentary": "z", "line": 3}
    ]
    assert row["rules"] == [
        {
            "id": "use-var-here",
            "text": "Use var here",
            "polarity": "never",
            "section": "Limits - NEVER",
            "line": 7,
        }
    ]


def test_repairs_are_objects_with_kind_line_and_message(
    agent_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, (row,) = run(capsys, agent_file)
    repairs = row["repairs"]
    assert isinstance(repairs, list)
    assert [sorted(repair) for repair in repairs] == [["kind", "line", "message"]] * 2


def test_a_missing_file_is_a_line_and_the_others_go_on(
    agent_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rows = run(capsys, agent_file, agent_file.with_name("absent.md"), agent_file)
    assert (code, [row["ok"] for row in rows]) == (2, [True, False, True])


def test_a_failed_line_has_the_same_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, (row,) = run(capsys, tmp_path / "absent.md")
    assert list(row) == KEYS


def test_a_file_that_is_no_text_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "image.md"
    path.write_bytes(b"\x89PNG\x00\x00")
    code, (row,) = run(capsys, path)
    assert (code, row["ok"], "NUL" in str(row["error"])) == (2, False, True)


def test_a_wrong_sidecar_is_a_line(agent_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    agent_file.with_name("helper.harness.yaml").write_text("rulez: []", encoding="utf-8")
    code, (row,) = run(capsys, agent_file)
    assert (code, "unknown key 'rulez'" in str(row["error"])) == (2, True)


def test_a_pipe_is_a_line_and_does_not_block(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pipe.md"
    os.mkfifo(path)
    code, (row,) = run(capsys, path)
    assert (code, "not a regular file" in str(row["error"])) == (2, True)


def test_a_folder_is_walked_in_sorted_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("b.md", "a.md", "notes.txt"):
        (tmp_path / name).write_text(AGENT, encoding="utf-8")
    _, rows = run(capsys, tmp_path)
    assert [Path(str(row["file"])).name for row in rows] == ["a.md", "b.md"]


def test_many_files_come_out_complete_and_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"agent-{number:03}.md" for number in range(240)]
    for name in names:
        (tmp_path / name).write_text(AGENT, encoding="utf-8")
    (tmp_path / names[100]).write_bytes(b"\x00")
    code, rows = run(capsys, tmp_path)
    assert (code, [Path(str(row["file"])).name for row in rows]) == (2, names)


def test_a_lone_surrogate_does_not_stop_the_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.md"
    path.write_text('---\nname: "a\\uD800b"\ndescription: d\n---\n- Never use var\n', encoding="utf-8")
    code, rows = run(capsys, path)
    assert (code, len(rows)) == (0, 1)


def test_the_page_shows_dialogue_rules_and_repairs(
    agent_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(agent_file)]) == 0
    page = capsys.readouterr().out
    for shown in (
        "helper",
        "Dialogue 1 (line 3)",
        "1 never",
        "Limits - NEVER",
        "Use var here",
        "line by line",
    ):
        assert shown in page


def test_the_page_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "evil.md"
    path.write_text("---\nname: a\ndescription: d\n---\n- Never use \x1b[31mred\n", encoding="utf-8")
    main(["inspect", str(path)])
    assert "\x1b[31mred" not in capsys.readouterr().out


def test_without_json_an_unreadable_file_is_one_line_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["inspect", str(tmp_path / "absent.md")])
    assert (code, capsys.readouterr().err.count("\n")) == (2, 1)
