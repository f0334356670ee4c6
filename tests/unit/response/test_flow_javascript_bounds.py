"""Hostile JavaScript: nothing raises, nothing that can be read is lost."""

from __future__ import annotations

import pytest
from ast_grep_py import SgNode
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.response.flow.expressions import Constant, Expression
from harness.response.flow.statements import Unit
from harness.response.flow.walk import parts_of, walk
from harness.response.javascript.syntax import string_value
from harness.response.parse import parse_source

DEEP = 10_000
HOSTILE = {
    "brackets": f"x = {'[' * DEEP}{']' * DEEP}",
    "parentheses": f"x = {'(' * DEEP}1{')' * DEEP}",
    "unclosed": "f({[" * 3_000,
    "operands": "x = " + " + ".join(f"f{i}()" for i in range(5_000)),
    "mixed operands": "x = " + "".join(f"f{i}() {'+-'[i % 2]} " for i in range(5_000)) + "1",
    "chain": "x" + ".then(a => b())" * 5_000,
    "calls": "f(" * 5_000 + ")" * 5_000,
    "else if": "if (a) {}" + " else if (b) {}" * 5_000,
    "arrows": f"x = {'a => ' * 5_000}1",
    "conditions": f"x = {'a ? b : ' * 5_000}1",
    "blocks": "{" * 5_000 + "}" * 5_000,
    "functions": "function f() {" * 3_000 + "}" * 3_000,
    "patterns": f"let {'[' * 5_000}a{']' * 5_000} = x",
    "elements": f"x = {'<a>' * 2_000}{'</a>' * 2_000}",
}


def read(text: str, path: str = "a.tsx") -> Unit:
    return parse_source(text, path).flow.units[0]


def depth_of(unit: Unit) -> int:
    deepest, stack = 0, [(node, 1) for node in unit.body]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack += [(part, depth + 1) for part in parts_of(node)]
    return deepest


@pytest.mark.parametrize("name", HOSTILE)
def test_the_form_is_never_deep(name: str) -> None:
    assert depth_of(read(HOSTILE[name])) < 400


def test_a_long_row_of_operands_keeps_every_call() -> None:
    assert len(read(HOSTILE["mixed operands"]).calls) == 5_000


def test_a_block_that_is_too_deep_says_so() -> None:
    assert read(HOSTILE["calls"]).limited


def test_an_ordinary_block_is_read_whole() -> None:
    assert not read("a.b(c => { if (d) { return e[f](`g${h}`); } });").limited


PIECES = st.sampled_from(
    (
        "const a = b; |f('s');|if (x) {|}| else {|}|=> |async |await g(1)|function h(a, {b = 1}) {|}|"
        "class A extends B {|}|m() {|}|`t${|}`|/* c */|// d\n|import x from 'y';|export |new Z(|)|[|]|...|?.|"
        "<T>|@dec |for (const i of j) {|}|try {|} catch (e) {|} finally {|}|switch (k) { case 1:|}|return |"
        "throw n;|o: |, "
    ).split("|")
)


@given(st.lists(PIECES, max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_text_makes_the_reader_raise(pieces: list[str]) -> None:
    unit = read("".join(pieces))
    assert unit.block.language == "tsx"


NAMES = st.sampled_from(["alpha", "beta", "gamma.delta", "eps['zeta']"])


@st.composite
def expressions(draw: st.DrawFn, depth: int = 0) -> str:
    """Well-formed expressions of every kind, calls and strings all over them."""
    if depth > 2:
        return draw(st.sampled_from(["'text'", '"more"', "`whole`", "call()", "1", "null"]))
    inner = expressions(depth=depth + 1)
    shapes = [
        "{0}({1}, {2})", "({0} + {1})", "[{0}, ...{1}]", "({{ a: {0}, [{1}]: 'v', m() {{ return {2}; }} }})",
        "({0} ? {1} : {2})", "`x${{{0}}}y`", "(async (p = {0}) => {1})", "new K({0})", "(await {0})",
        "function () {{ if ({0}) return {1}; throw {2}; }}", "(class {{ f = {0}; static s = {1}; }})",
        "({0} ?? {1})?.go({2})", "(v = {0})", "!{0}", "typeof {0}", "tag`a${{{0}}}`", "({0}, {1})",
        "((x) => {{ try {{ {0}; }} catch (e) {{ {1}; }} for (const q of {2}) {{}} }})",
        "((x) => {{ switch ({0}) {{ case {1}: break; default: {2}; }} }})",
        "((x) => {{ const {{ k = {0}, ...r }} = {1}; label: while ({2}) {{}} }})",
    ]  # fmt: skip
    return draw(st.sampled_from(shapes)).format(draw(inner), draw(inner), draw(inner))


def strings_in(root: SgNode) -> list[str]:
    return sorted(string_value(node) or "" for node in root.find_all(kind="string"))


def constants_in(unit: Unit) -> list[str]:
    constants = [node for node in walk(unit.body) if isinstance(node, Constant)]
    return sorted(str(one.value) for one in constants if one.node.kind() == "string")


@given(expressions())
@settings(max_examples=60, deadline=None)
def test_every_call_is_kept(text: str) -> None:
    unit = read(f"async function main() {{ x = {text}; }}", "a.js")
    calls = [node for kind in ("call_expression", "new_expression") for node in unit.root.find_all(kind=kind)]
    tagged = [
        node for node in calls if (part := node.field("arguments")) and part.kind() == "template_string"
    ]
    assert len(unit.calls) == len(calls) - len(tagged)


@given(expressions())
@settings(max_examples=60, deadline=None)
def test_every_string_is_kept(text: str) -> None:
    unit = read(f"async function main() {{ x = {text}; }}", "a.js")
    assert constants_in(unit) == strings_in(unit.root)


@given(expressions())
@settings(max_examples=60, deadline=None)
def test_every_question_about_names_has_an_answer(text: str) -> None:
    flow = parse_source(f"async function main(alpha) {{ x = {text}; main(x); }}", "a.js").flow
    unit, names = flow.units[0], flow.names
    asked: list[Expression] = [call.callee for call in unit.calls]
    answers = [(names.values(one, unit), names.origin(one, unit), names.constant(one, unit)) for one in asked]
    assert len(answers) == len(unit.calls)
