"""The units of a program in the common form: which there are, and where their nodes stand."""

from __future__ import annotations

import importlib

import pytest

from harness.core.types import SuppliedFile
from harness.response.block import BlockRole
from harness.response.flow.build import LANGUAGES
from harness.response.flow.expressions import Await, Call
from harness.response.flow.statements import Return, Try
from harness.response.parse import MAX_BLOCK_CHARACTERS, parse_files, parse_response, parse_source

ANSWER = """```js
// src/a.js
send(1);
```

```python
send(2)
```

❌ Bad:

```js
send(3);
```

```js
// test/a.test.js
test('sends', () => send(4));
```
"""


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_a_module_that_lowers(language: str) -> None:
    assert callable(importlib.import_module(LANGUAGES[language]).lower)


def test_all_blocks_with_code_are_units() -> None:
    assert [unit.language for unit in parse_response(ANSWER).flow.units] == [
        "javascript",
        "python",
        "javascript",
        "javascript",
    ]


def test_only_the_wanted_roles_and_languages_are_given() -> None:
    found = parse_response(ANSWER).flow.units_with({BlockRole.CODE}, {"javascript"})
    assert [unit.block.path for unit in found] == ["src/a.js"]


def test_a_block_is_lowered_once() -> None:
    program = parse_response(ANSWER)
    assert program.flow.unit(program.blocks[0]) is program.flow.units[0]


def test_what_the_user_supplied_is_not_answered() -> None:
    program = parse_response("```js\na();\n```", supplied=[SuppliedFile("b.js", "b();")])
    assert [unit.block.path for unit in program.flow.answered] == [""]


def test_a_block_that_is_too_large_is_no_unit() -> None:
    assert parse_source("a();" * MAX_BLOCK_CHARACTERS, "a.js").flow.units == ()


def test_the_tree_that_was_parsed_for_scopes_is_lowered() -> None:
    program = parse_source("a();", "a.js")
    assert program.flow.units[0].root is program.units[0].root


def test_a_counter_example_is_known() -> None:
    flow = parse_response(ANSWER).flow
    assert flow.is_counter_example(flow.units[2], flow.units[2].calls[0].node)


def test_a_finding_stands_where_the_response_has_it() -> None:
    flow = parse_response("Text.\n\n```js\n\n  send(1);\n```").flow
    found = flow.finding(flow.units[0], flow.units[0].calls[0].node, "m")
    assert (found.line, found.column, found.quote) == (5, 3, "send(1)")


CODE = "async function f() { try { await a(); } catch {} return g(() => { return 2; }); } h();"


def test_nodes_are_listed_by_their_class() -> None:
    flow = parse_source(CODE, "a.js").flow
    assert len(flow.names.nodes(flow.units[0], Call)) == 3


def test_nodes_are_listed_in_source_order() -> None:
    flow = parse_source("a(b(), c());", "a.js").flow
    texts = [call.callee.node.text() for call in flow.names.nodes(flow.units[0], Call)]
    assert texts == ["a", "b", "c"]


def test_nodes_of_inner_functions_are_their_own() -> None:
    flow = parse_source(CODE, "a.js").flow
    unit = flow.units[0]
    assert [len(flow.names.inside(one, unit, Return)) for one in unit.functions] == [1, 1]


def test_nodes_outside_of_functions_are_asked_with_none() -> None:
    flow = parse_source(CODE, "a.js").flow
    assert [call.callee.node.text() for call in flow.names.inside(None, flow.units[0], Call)] == ["h"]


def test_the_way_up_leads_from_the_inside_out() -> None:
    flow = parse_source(CODE, "a.js").flow
    unit = flow.units[0]
    wait = flow.names.nodes(unit, Await)[0]
    assert any(isinstance(node, Try) for node in flow.names.path_to(wait, unit))


def test_files_of_a_project_lend_each_other_nothing() -> None:
    flow = parse_files([("a.js", "const T = 'x';"), ("b.js", "ask(T);")]).flow
    unit = flow.units[1]
    assert not flow.names.constant(unit.calls[0].arguments[0].value, unit)
