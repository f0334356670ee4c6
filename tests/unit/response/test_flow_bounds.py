"""Hostile Python and PHP: nothing raises, nothing is lost that could be read."""

from __future__ import annotations

import pytest
from ast_grep_py import SgNode
from common_form import unit_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.response.flow.expressions import Constant, Text
from harness.response.flow.walk import walk
from harness.response.parse import parse_response

DEEP = 10_000
PYTHON = {
    "brackets": "(" * DEEP + "1" + ")" * DEEP,
    "lists": "[" * DEEP + "]" * DEEP,
    "open": "[" * DEEP,
    "operands": "x = " + " + ".join(f"a{i}" for i in range(5_000)),
    "subtractions": "x = " + " - ".join(f"a{i}" for i in range(5_000)),
    "comparisons": "<".join(["a"] * 5_000),
    "chain": "a" + ".b(1)" * 5_000,
    "calls": "f(" * 3_000 + ")" * 3_000,
    "nots": "not " * 5_000 + "x",
    "lambdas": "lambda: " * 3_000 + "1",
    "assignments": "a=" * 3_000 + "1",
    "elifs": "if a:\n  pass\n" + "elif b:\n  pass\n" * 3_000,
    "strings": 'f"{' * 300 + "x" + '}"' * 300,
}
PHP = {
    "brackets": "$x = " + "(" * DEEP + "1" + ")" * DEEP + ";",
    "arrays": "$x = " + "[" * DEEP + "]" * DEEP + ";",
    "operands": "$x = " + " . ".join(f"$a{i}" for i in range(5_000)) + ";",
    "chain": "$a" + "->b(1)" * 5_000 + ";",
    "elses": "if ($a) {} " + "else if ($b) {} " * 3_000,
    "closures": "$x = " + "fn() => " * 3_000 + "1;",
    "tags": "<?php ?>" * 5_000,
    "heredocs": "?>" + "<?php <<<A\n" * 5_000,
    "quotes": "?><?php '" * 3_000,
    "blocks": "{" * 5_000,
    "interpolations": '"' + "$a " * 5_000 + '";',
}


@pytest.mark.parametrize("name", PYTHON)
def test_deep_python_is_read_within_bounds(name: str) -> None:
    assert sum(1 for _ in walk(unit_of(PYTHON[name], "python").body)) >= 0


@pytest.mark.parametrize("name", PHP)
def test_deep_php_is_read_within_bounds(name: str) -> None:
    assert sum(1 for _ in walk(unit_of(PHP[name], "php").body)) >= 0


def test_a_long_sum_keeps_its_operands_in_order() -> None:
    unit = unit_of(PYTHON["operands"], "python")
    names = [node.name for node in walk(unit.body) if type(node).__name__ == "Name"]  # type: ignore[union-attr]
    assert names == ["x", *[f"a{i}" for i in range(5_000)]]


def test_what_is_nested_too_deeply_is_said() -> None:
    assert unit_of(PYTHON["lists"], "python").limited


def test_ordinary_nesting_is_not_limited() -> None:
    text = "x = " + "f([" * 30 + "1" + "])" * 30
    assert not unit_of(text, "python").limited


@pytest.mark.parametrize("language", ["python", "php"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_text_raises(language: str, data: st.DataObject) -> None:
    pieces = _PYTHON_PIECES if language == "python" else _PHP_PIECES
    text = data.draw(st.lists(st.sampled_from(pieces) | st.text(max_size=6), max_size=25).map(" ".join))
    unit_of(text, language)


_PYTHON_PIECES = (
    "def f(a, *b): |class A(B):\n  x = 1\n|@d\n|if a:\n  |else:|elif|for x in|with a as b:|try:\n  a\n|"
    "except E as e:"
    "|match x:\n  case |lambda a: |f'{a!r:>{b}}'|'a' 'b'|\"\"\"|f(|)|[|]|{|}|a.b|:=|=|+=|,|:|**|*|await |"
    "async |not "
    "|return |import a.b as c|from . import d|global x|del x|assert x|raise X from y|yield|print 'a'|\\\n|"
    "#|\n"
).split("|")
_PHP_PIECES = (
    "<?php |<?= |?>|function f($a) {|class A extends B {|public |static |}|{|(|)|[|]|$a|$a->b|?->|A::b|::|'x'"
    '|"a $b {$c[0]}"|"|<<<A\n|A;\n|. |=>|=|;|,|fn($x) => |match($a) {|new class {|use A\\B;|namespace X;|'
    "if (|else"
    "|foreach ($a as $b)|for (;;)|switch ($a) { case |try {|catch (E $e) {|throw |#[A]|//|/*|*/|`ls`|"
    "list(|...|&|@|\n"
).split("|")


def _kinds(root: SgNode, kinds: tuple[str, ...]) -> int:
    return sum(1 for kind in kinds for _ in root.find_all(kind=kind))


def _programs(
    names: tuple[str, ...], expressions: list[str], statements: list[str]
) -> st.SearchStrategy[str]:
    """Make whole programs: templates of statements filled with templates of expressions."""
    leaves = st.sampled_from(names)

    def filled(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        template = st.sampled_from(expressions)
        return st.builds(lambda text, x, y: text.replace("@", x).replace("~", y), template, inner, inner)

    expression = st.recursive(leaves, filled, max_leaves=12)
    statement = st.builds(lambda text, x: text.replace("@", x), st.sampled_from(statements), expression)
    return st.lists(statement, max_size=6).map("\n".join)


_PYTHON = _programs(
    ("a", "'text'"),
    (
        "f(@, *~)|@.b(k=~)|[@, ~]|{@: ~}|(@ if ~ else 2)|[@ for x in ~]|(lambda x: @)(~)|@[~:]|not @|@ + "
        "~|(@ < ~ < 3)"
        "|f'{@!r:>3}'.c|'a' 'b'.d(@)|(x := @)|{**@}|(@, ~)|await f(@)|(@ and ~)|-@|{@ for x in ~ if 1}"
    ).split("|"),
    (
        "@|x = y = @|x: int = @|x += @|return @|raise E(@) from g(@)|del x[@]|assert @, f(2)|if @:\n  "
        "f()\nelif @:\n  g(1)"
        "|while @: h()|for i in @: f(i)\nelse: g()|with @ as b, f(): c()|try: f(@)\nexcept E(1): "
        "g()\nfinally: h()"
        "|# @\ndef f(a=@): return g()|class A(B(@)):\n  x = @|match @:\n  case 'a': f()\n  case _ if @: "
        "g()|print(@)"
    ).split("|"),
)
_PHP = _programs(
    ("$a", "'text'"),
    (
        "f(@, ...~)|$a->b(k: @)|[@, ~]|[@ => ~]|($a ? @ : ~)|(fn($x) => @)|(function () use ($y) { return "
        "@; })|$a[@]|!@"
        '|(@ . ~)|"x {$a->b} $c"|new A(@)|A::b(@)|$a?->b(@)|match (@) { 1, ~ => 2, default => f(3) }|'
        "(int) @|($x = @)"
        "|($x ??= @)|(@ ?? ~)|new class(@) { function m() { return f(1); } }|`ls $a`|clone @|print @|@->b"
    ).split("|"),
    (
        "@;|$x = @;|$x .= @;|return @;|throw new E(@);|echo @, f(1);|if (@) { f(); } elseif (@) g(); else "
        "h();|unset($x[@]);"
        "|foreach ([@] as $k => $v): f(); endforeach;|for ($i = @; @; $i++) f();|do { f(); } while (@);|"
        "static $x = 1;"
        "|switch (@) { case 1: f(); default: g(); }|try { f(@); } catch (E $e) { g(); } finally { h(); }|"
        "namespace\\f(@);"
        "|#[A(1)] function f($x = 1) { g(@); }|class A { public $x = 1; function m() { f(@); } }|list($x) "
        "= @;|require @;"
    ).split("|"),
)


@settings(max_examples=150, deadline=None)
@given(text=_PYTHON)
def test_every_call_of_python_is_kept(text: str) -> None:
    unit = unit_of(text, "python")
    assume(not unit.broken)  # of what does not parse, parts may be lost with the error
    assert {call.node for call in unit.calls} >= _nodes(unit.root, _PYTHON_CALLS)


@settings(max_examples=150, deadline=None)
@given(text=_PYTHON)
def test_every_string_of_python_is_kept(text: str) -> None:
    unit = unit_of(text, "python")
    assume(not unit.broken)  # of what does not parse, parts may be lost with the error
    kept = {node.node for node in walk(unit.body) if isinstance(node, Constant | Text)}
    # Strings that stand side by side are one.
    joined = _nodes(unit.root, ("concatenated_string",))
    parts = {child for node in joined for child in node.named_children()}
    assert _nodes(unit.root, ("string",)) - parts | joined <= kept


@settings(max_examples=150, deadline=None)
@given(text=_PHP)
def test_every_call_of_php_is_kept(text: str) -> None:
    unit = unit_of(text, "php")
    assume(not unit.broken)  # of what does not parse, parts may be lost with the error
    assert _nodes(unit.root, _PHP_CALLS) <= {call.node for call in unit.calls}


@settings(max_examples=150, deadline=None)
@given(text=_PHP)
def test_every_string_of_php_is_kept(text: str) -> None:
    unit = unit_of(text, "php")
    assume(not unit.broken)  # of what does not parse, parts may be lost with the error
    kept = {node.node for node in walk(unit.body) if isinstance(node, Constant | Text)}
    assert _nodes(unit.root, ("string", "encapsed_string")) <= kept


_PYTHON_CALLS = ("call", "print_statement", "exec_statement")
_PHP_CALLS = (
    "function_call_expression",
    "member_call_expression",
    "nullsafe_member_call_expression",
    "scoped_call_expression",
    "object_creation_expression",
)


def _nodes(root: SgNode, kinds: tuple[str, ...]) -> set[SgNode]:
    return {node for kind in kinds for node in root.find_all(kind=kind)}


@pytest.mark.parametrize(
    "text", ["x = x()", "def f(): return g()\ng = f\nf = f()()", "class A(A): pass\nb = A()"]
)
def test_what_is_made_of_itself_comes_from_nowhere(text: str) -> None:
    program = parse_response(f"```python\n{text}\n```")
    unit = program.flow.units[0]
    origins = [
        program.flow.names.origin(one.value, unit) for one in unit.assignments if one.value is not None
    ]
    assert origins == [None] * len(origins)


def test_a_module_that_passes_itself_on_ends_somewhere() -> None:
    program = parse_response(
        "```js\n// db.js\nmodule.exports = pool;\n```\n\n"
        "```js\n// server.js\nconst pool = require('./db');\npool.query('x');\n```"
    )
    unit = program.flow.units[-1]
    assert program.flow.names.callees(unit.calls[-1], unit) == ()
