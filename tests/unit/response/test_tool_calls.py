"""What an answer writes through tools is read as if it had printed the files."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks.base import Exchange
from harness.checks.decide import run_check
from harness.checks.registry import all_checks
from harness.core.types import Decision, Outcome, SuppliedFile, ToolCall
from harness.response.block import Origin
from harness.response.parse import parse_response
from harness.response.toolcalls import MAX_CALLS, MAX_WRITTEN_CHARACTERS, files_of_tool_calls

SERVER = (
    "const express = require('express');\nconst app = express();\nconsole.log('up');\napp.listen(3000);\n"
)
NO_CONSOLE = all_checks()["logging/no-console"]


def call(tool: str, **given: Any) -> ToolCall:
    return ToolCall(tool, given)


def write(path: str, content: str) -> ToolCall:
    return call("Write", file_path=path, content=content)


def edit(path: str, old: str, new: str, **more: Any) -> ToolCall:
    return call("Edit", file_path=path, old_string=old, new_string=new, **more)


def files(*calls: ToolCall, **supplied: str) -> dict[str, str]:
    known = [SuppliedFile(path, text) for path, text in supplied.items()]
    return {file.path: file.text for file in files_of_tool_calls(calls, known).files}


def limits(*calls: ToolCall, **supplied: str) -> tuple[str, ...]:
    known = [SuppliedFile(path, text) for path, text in supplied.items()]
    return files_of_tool_calls(calls, known).limits


def decide(*calls: ToolCall, text: str = "Done.", **supplied: str) -> Decision:
    known = [SuppliedFile(path, source) for path, source in supplied.items()]
    program = parse_response(text, supplied=known, tool_calls=calls)
    return run_check(NO_CONSOLE, Exchange((), tuple(known), program))


# --- what becomes of files ----------------------------------------------------------------------------

ONE_EDIT = {
    "of a supplied file": ([edit("a.js", "let x", "const x")], {"a.js": "const x = 1;\n"}),
    "of a file written before": (
        [write("b.js", "var y;\n"), edit("b.js", "var", "let")],
        {"b.js": "let y;\n"},
    ),
    "of an unknown file: the new text alone": ([edit("c.js", "old()", "fresh()")], {"c.js": "fresh()"}),
    "of an edit of an unknown file": (
        [edit("c.js", "old()", "fresh()"), edit("c.js", "fresh", "newer")],
        {"c.js": "newer()"},
    ),
    "everywhere": (
        [write("d.js", "a a a"), edit("d.js", "a", "b", replace_all=True)],
        {"d.js": "b b b"},
    ),
    "of nothing makes the file": ([edit("e.js", "", "let e;\n")], {"e.js": "let e;\n"}),
    "in several parts": (
        [
            call(
                "MultiEdit",
                file_path="a.js",
                edits=[
                    {"old_string": "let", "new_string": "const"},
                    {"old_string": "1", "new_string": "2", "replace_all": True},
                ],
            )
        ],
        {"a.js": "const x = 2;\n"},
    ),
    "with the Messages API's editor": (
        [
            call("str_replace_based_edit_tool", command="create", path="f.py", file_text="x = 1\n"),
            call(
                "str_replace_based_edit_tool",
                command="insert",
                path="f.py",
                insert_line=0,
                insert_text="import os\n",
            ),
            call("str_replace_based_edit_tool", command="str_replace", path="f.py", old_str="1", new_str="2"),
            call("str_replace_based_edit_tool", command="view", path="f.py"),
        ],
        {"f.py": "import os\nx = 2\n"},
    ),
    "with a file server's tools": (
        [
            call("mcp__filesystem__write_file", path="g.js", content="let g;"),
            call("mcp__filesystem__edit_file", path="g.js", edits=[{"oldText": "let", "newText": "var"}]),
        ],
        {"g.js": "var g;"},
    ),
    "over line ends of Windows": (
        [write("h.js", "a\r\nb\r\n"), edit("h.js", "a\nb", "c")],
        {"h.js": "c\n"},
    ),
    "written anew, after edits of an unknown file": (
        [edit("i.js", "x", "y"), write("i.js", "all\n")],
        {"i.js": "all\n"},
    ),
}


@pytest.mark.parametrize("name", ONE_EDIT)
def test_an_edit(name: str) -> None:
    calls, wanted = ONE_EDIT[name]
    assert files(*calls, **{"a.js": "let x = 1;\n"}) == wanted
    assert limits(*calls, **{"a.js": "let x = 1;\n"}) == ()


FAILING = {
    "not there": (edit("a.js", "gone", "new"), "the text to replace is not in the file"),
    "there twice": (edit("a.js", "x", "y"), "the text to replace is in the file more than once"),
    "no such line": (call("insert", path="a.js", insert_line=9, new_str="y"), "there is no such line"),
    "makes what is there": (edit("a.js", "", "y"), "it makes the file, which is there already"),
}


@pytest.mark.parametrize("name", FAILING)
def test_an_edit_that_fails_is_told_and_its_text_is_read_alone(name: str) -> None:
    failing, why = FAILING[name]
    written = files_of_tool_calls([failing], [SuppliedFile("a.js", "x = x;\n")])
    assert [(one.path, one.whole) for one in written.files] == [("a.js", False)]
    assert why in written.limits[0]


def test_calls_that_write_nothing_leave_nothing() -> None:
    """Reads, commands, and input of other shapes than documented."""
    odd = [
        call("Read", file_path="a.js"),
        call("Bash", command="cat > a.js"),
        call("Write", file_path="a.js"),
        call("Write", content="x"),
        call("Write", file_path=3, content="x"),
        call("Write", file_path="a.js", content=["x"]),
        call("Edit", file_path="a.js", old_string="x"),
        call("MultiEdit", file_path="a.js", edits=["x", None]),
        call("NotebookEdit", notebook_path=""),
    ]
    assert (files(*odd), limits(*odd)) == ({}, ())


# --- what files are called ----------------------------------------------------------------------------

PATHS = {
    "as supplied": ("/home/me/shop/src/app.js", "src/app.js"),
    "beside what is supplied": ("/home/me/shop/routes/users.js", "routes/users.js"),
    "of Windows": ("C:\\home\\me\\shop\\src\\db.js", "src/db.js"),
    "with dots": ("./src/../lib/x.js", "lib/x.js"),
    "relative": ("lib/x.js", "lib/x.js"),
    "elsewhere": ("/etc/nginx/nginx.conf", "etc/nginx/nginx.conf"),
}


@pytest.mark.parametrize("name", PATHS)
def test_the_project_begins_where_the_supplied_files_say(name: str) -> None:
    said, wanted = PATHS[name]
    known = SuppliedFile("src/app.js", "let a;\n")
    calls = [edit("/home/me/shop/src/app.js", "let", "var"), write(said, "let b;\n")]
    assert files_of_tool_calls(calls, [known]).files[-1].path == wanted


def test_without_supplied_files_the_project_is_what_all_paths_share() -> None:
    calls = [write("/srv/test-shop/src/a.js", "a"), write("/srv/test-shop/src/routes/b.js", "b")]
    assert list(files(*calls)) == ["src/a.js", "src/routes/b.js"]


def test_an_edit_by_absolute_path_takes_the_place_of_the_supplied_file() -> None:
    known = SuppliedFile("src/app.js", "console.log(1);\n")
    program = parse_response(
        "", supplied=[known], tool_calls=[edit("/w/src/app.js", "console.log(1);", "start();")]
    )
    assert [(block.path, block.origin) for block in program.blocks] == [("src/app.js", Origin.TOOL_CALL)]


# --- what is decided ----------------------------------------------------------------------------------


def test_a_finding_names_file_and_line_of_what_was_written() -> None:
    decision = decide(write("src/app.js", SERVER))
    assert [(one.file, one.line, one.column) for one in decision.findings] == [("src/app.js", 3, 1)]


def test_files_of_several_calls_are_one_program() -> None:
    """The logger of one file is what another calls."""
    decision = decide(
        write("utils/logger.js", "const { log } = console;\nmodule.exports = { log };\n"),
        write("app.js", "const { log } = require('./utils/logger');\nlog('up');\n"),
    )
    assert decision.outcome is Outcome.FAIL


def test_a_fault_in_an_edit_of_a_supplied_file_is_at_its_line_of_the_whole_file() -> None:
    decision = decide(edit("app.js", "let b;", "console.warn(b);"), **{"app.js": "let a;\nlet b;\nlet c;\n"})
    assert [(one.file, one.line) for one in decision.findings] == [("app.js", 2)]


def test_lines_that_an_edit_leaves_alone_are_not_held_against_the_answer() -> None:
    decision = decide(edit("app.js", "3000", "process.env.PORT"), **{"app.js": SERVER})
    assert (decision.outcome, decision.reason.startswith("only in lines of the user's files")) == (
        Outcome.UNDECIDED,
        True,
    )


def test_of_old_and_new_faults_the_new_ones_are_found() -> None:
    decision = decide(edit("app.js", "app.listen(3000);", "console.info(3);"), **{"app.js": SERVER})
    assert ([one.line for one in decision.findings], decision.reason.endswith("left as they were)")) == (
        [4],
        True,
    )


def test_a_file_that_is_written_anew_is_the_answers_own() -> None:
    """As if it had been printed: whoever repeats a line stands for it."""
    assert decide(write("app.js", SERVER + "// more\n"), **{"app.js": SERVER}).outcome is Outcome.FAIL


def test_after_an_edit_that_fails_no_rule_is_found_to_be_kept() -> None:
    decision = decide(edit("app.js", "gone", "let z;"), **{"app.js": "let a;\n"})
    assert (decision.outcome, "an edit of app.js cannot be carried out" in decision.reason) == (
        Outcome.UNDECIDED,
        True,
    )


def test_a_fault_in_an_edit_that_fails_is_still_a_fault() -> None:
    decision = decide(edit("app.js", "gone", "console.log(2);"), **{"app.js": "let a;\n"})
    assert [(one.file, one.line) for one in decision.findings] == [("app.js", 1)]


# --- notebooks ----------------------------------------------------------------------------------------

NOTEBOOK = json.dumps(
    {
        "cells": [
            {"id": "intro", "cell_type": "markdown", "source": ["# Title\n"]},
            {"id": "load", "cell_type": "code", "source": ["import os\n", "x = 1\n"]},
        ]
    }
)
CELLS = {
    "replace": (
        call("NotebookEdit", notebook_path="n.ipynb", cell_id="load", new_source="x = 2"),
        [("n.ipynb#load", "x = 2", "python")],
    ),
    "insert": (
        call("NotebookEdit", notebook_path="n.ipynb", cell_id="load", new_source="y = 3", edit_mode="insert"),
        [("n.ipynb#load-next", "y = 3", "python")],
    ),
    "delete": (call("NotebookEdit", notebook_path="n.ipynb", cell_id="load", edit_mode="delete"), []),
    "by number": (
        call("NotebookEdit", notebook_path="n.ipynb", cell_number=0, new_source="Words"),
        [("n.ipynb#intro", "Words", "text")],
    ),
    "unknown notebook": (
        call("NotebookEdit", notebook_path="m.ipynb", cell_id="q", new_source="z = 4"),
        [("m.ipynb#q", "z = 4", "python")],
    ),
    "written whole": (
        write("w.ipynb", NOTEBOOK),
        [("w.ipynb#intro", "# Title\n", "text"), ("w.ipynb#load", "import os\nx = 1\n", "python")],
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_cells_of_a_notebook_are_files_of_their_own(name: str) -> None:
    made, wanted = CELLS[name]
    written = files_of_tool_calls([made], [SuppliedFile("n.ipynb", NOTEBOOK)])
    assert [(one.path, one.text, one.language) for one in written.files] == wanted
    assert written.limits == ()


def test_an_edit_of_a_cell_that_is_not_there_is_told() -> None:
    made = call("NotebookEdit", notebook_path="n.ipynb", cell_id="none", new_source="x")
    assert "there is no cell 'none'" in limits(made, **{"n.ipynb": NOTEBOOK})[0]


# --- bounds -------------------------------------------------------------------------------------------


def test_edits_that_double_a_file_for_ever_end() -> None:
    doubling = [write("a.js", "a" * 64)] + [edit("a.js", "a", "aa", replace_all=True)] * 60
    (file,) = files_of_tool_calls(doubling, ()).files
    assert len(file.text) <= MAX_WRITTEN_CHARACTERS
    assert "write too much" in limits(*doubling)[0]


def test_more_calls_than_anybody_makes_are_told() -> None:
    assert "tool calls" in limits(*[write("a.js", "x")] * (MAX_CALLS + 1))[-1]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["", "a", "b\n", "a.js", "/x/a.js", "n.ipynb"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["old_string", "new_string"]), inner)
    ),
    max_leaves=4,
)
KEYS = st.sampled_from(
    "file_path path notebook_path content old_string new_string edits replace_all command insert_line "
    "insert_text new_source cell_id edit_mode".split()
)
TOOLS = st.sampled_from(
    ["Write", "Edit", "MultiEdit", "NotebookEdit", "insert", "str_replace_based_edit_tool"]
)


@given(st.lists(st.builds(ToolCall, TOOLS, st.dictionaries(KEYS, VALUES, max_size=6)), max_size=6))
@settings(max_examples=300, deadline=None)
def test_whatever_tools_are_called_with_can_be_read(calls: list[ToolCall]) -> None:
    program = parse_response("", supplied=[SuppliedFile("a.js", "a\nb\n")], tool_calls=calls)
    assert [block.number for block in program.blocks] == list(range(1, len(program.blocks) + 1))
