"""What expressions stand for, and what finding that out may cost."""

from __future__ import annotations

import inspect
import sys

import pytest

from harness.response.javascript.syntax import unescaped
from harness.response.javascript.values import Global, Literal, LocalModule, Member, Module, Union, Value
from harness.response.parse import parse_files, parse_response
from harness.response.program import Program

CONSOLE = Global("console")
LOG = Member(CONSOLE, "log")


def value_of_probe(program: Program) -> Value:
    """Return the value of the argument of the call ``probe(…)``."""
    for unit in program.units:
        for call in unit.calls:
            if call.text().startswith("probe("):
                return program.resolver.resolve(call.field("arguments").named_children()[0], unit)  # type: ignore[union-attr]
    raise AssertionError("no probe")


def value_of(code: str) -> Value:
    return value_of_probe(parse_response(f"```ts\n{code}\n```\n"))


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("probe(console.log)", LOG),
        ("const { log: l } = console; probe(l)", LOG),
        ("const { a: { log } = {} } = { a: console }; probe(log)", LOG),
        ("const [, b] = [1, console]; probe(b)", CONSOLE),
        ("const { x, ...rest } = console; probe(rest.log)", LOG),
        ("probe(globalThis['con' + 'sole'].log)", LOG),
        ("probe((0, console.log))", LOG),
        ("probe(console!.log as any)", LOG),
        ("const o = { ...{ log: 1 }, ...console }; probe(o.log)", Union((LOG, Literal(1.0)))),
        ("const o = { ...{ f: 'a' }, ...{ g: 'b' } }; probe(o.f)", Literal("a")),
        ("const o = { ...{ f: 'a' }, ...{ f: 'b' } }; probe(o.f)", Literal("b")),
        ("class A { static l = console.log } probe(A.l)", LOG),
        ("class A { l = console.log; go() { probe(this.l) } }", LOG),
        ("import c from 'node:console'; probe(c.log)", LOG),
        ("import c = require('console'); probe(c)", CONSOLE),
        ("probe(process.getBuiltinModule('console'))", CONSOLE),
        ("probe(require('express').Router)", Member(Module("express"), "Router")),
        ("import { a as b } from 'm'; probe(b)", Member(Module("m"), "a")),
        ("const l = c ? console : require('m'); probe(l)", Union((CONSOLE, Module("m")))),
        ("function f(console) { probe(console.log) }", None),
        ("declare const console: any; probe(console)", CONSOLE),
        ("probe('c\\u006fnsole')", Literal("console")),
        ("enum E { A = 'a' } probe(E.A)", Literal("a")),
    ],
)
def test_an_expression_stands_for_its_value(code: str, value: Value | None) -> None:
    found = value_of(code)
    assert found == value if value is not None else found != LOG


def test_an_open_name_is_what_the_nearest_block_before_declares() -> None:
    blocks = ["const a = 'first';", "const a = 'second';", "probe(a);", "const a = 'third';"]
    program = parse_response("\n".join(f"```js\n{block}\n```\n" for block in blocks))
    assert value_of_probe(program) == Literal("second")


@pytest.mark.parametrize("lender", ["describe('x', () => {});", "import React from 'react';"])
def test_tests_and_browser_code_lend_no_names_to_the_server(lender: str) -> None:
    program = parse_response(
        f"```js\n{lender}\nconst a = 'mock';\n```\n\n```js\napp.use(b);\nprobe(a);\n```\n"
    )
    assert value_of_probe(program) == Global("a")


def test_two_blocks_that_import_the_same_unseen_module_end_in_it() -> None:
    block = "```js\nconst l = require('./utils/logger');\nprobe(l);\n```\n\n"
    assert value_of_probe(parse_response(block * 2)) == Module("./utils/logger")


def test_a_file_shown_without_its_name_is_found_by_what_it_declares() -> None:
    program = parse_response(
        "```js\nconst l = require('./l');\nprobe(l);\n```\n\n"
        "```js\nconst l = console;\nmodule.exports = l;\n```\n"
    )
    assert value_of_probe(program) == CONSOLE


def test_files_of_a_tree_lend_each_other_no_names() -> None:
    program = parse_files([("a.js", "const a = 'x';"), ("b.js", "probe(a);")])
    assert value_of_probe(program) == Global("a")


def test_an_import_means_the_file_at_its_path() -> None:
    program = parse_files(
        [("src/a.js", "export default 1;"), ("src/b/c.js", "import * as a from '../a'; probe(a);")]
    )
    assert isinstance(value_of_probe(program), (LocalModule, Literal))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (r"a\n\t\x41B\u{43}", "a\n\tABC"),
        (r"\ud83d", r"\ud83d"),
        (r"\u{ffffff}", r"\u{ffffff}"),
        ("a\\\nb", "ab"),
        (r"\'\\", "'\\"),
    ],
)
def test_escapes_mean_characters(text: str, meant: str) -> None:
    assert unescaped(text) == meant


@pytest.mark.parametrize(
    "code",
    [
        "".join(f"const a{i}={{x:a{i + 1}.x}};" for i in range(500)) + "const a500={x:console};probe(a0.x)",
        "const o={};" + "".join(f"o.a{i}=o.a{i + 1};" for i in range(500)) + "o.a500=console;probe(o.a0)",
        "const o={" + ",".join(f"a{i}:o.a{i + 1}" for i in range(500)) + "};probe(o.a0)",
        "".join(f"const a{i}={{...a{i + 1}}};" for i in range(500)) + "const a500=console;probe(a0.log)",
    ],
    ids=["properties", "writes", "self", "spreads"],
)
def test_long_chains_stay_far_below_the_recursion_limit(code: str) -> None:
    program = parse_response(f"```js\n{code}\n```\n")
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 450)
    try:
        value = value_of_probe(program)
    finally:
        sys.setrecursionlimit(before)
    assert value is not None
