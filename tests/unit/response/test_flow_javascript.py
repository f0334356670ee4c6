"""JavaScript and TypeScript in the common form: what each piece of syntax becomes."""

from __future__ import annotations

import pytest
from common_form import written

from harness.response.flow.statements import Unit
from harness.response.parse import parse_source


def unit_of(text: str, path: str = "a.ts") -> Unit:
    return parse_source(text, path).flow.units[0]


def form_of(text: str, path: str = "a.ts") -> str:
    return " ".join(written(statement) for statement in unit_of(text, path).body)


FORMS = {
    "a constant": ("const a = 1;", "Evaluate[Assignment[a, 1, '=', declares='const']]"),
    "a number with underscores": ("x(1_000);", "Evaluate[Call[x, (Argument[1000])]]"),
    "a hexadecimal number": ("x(0x10);", "Evaluate[Call[x, (Argument[16])]]"),
    "a big number": ("x(10n);", "Evaluate[Call[x, (Argument[10])]]"),
    "a string with an escape": (r"x('a\n');", r"Evaluate[Call[x, (Argument['a\n'])]]"),
    "a template": ("x(`a${b}c`);", "Evaluate[Call[x, (Argument[Text[('a' b 'c')]])]]"),
    "a template of text alone": ("x(`a`);", "Evaluate[Call[x, (Argument['a'])]]"),
    "a tagged template": ("sql`a${b}`;", "Evaluate[Tagged[sql, ('a' b)]]"),
    "optional chaining": ("a?.b?.(c)?.[d];", "Evaluate[Index[Call[Attribute[a, 'b'], (Argument[c])], d]]"),
    "a private name": ("this.#n;", "Evaluate[Attribute[this, '#n']]"),
    "spread arguments": ("f(...a);", "Evaluate[Call[f, (Argument[a, spread=True])]]"),
    "construction": ("new A(b);", "Evaluate[Call[A, (Argument[b]), is_new=True]]"),
    "an assertion of a type": ("(a as B)!.c;", "Evaluate[Attribute[a, 'c']]"),
    "a comment in brackets": ("(/* c */ a).b;", "Evaluate[Attribute[a, 'b']]"),
    "an arrow function": (
        "x => x;",
        "Evaluate[Function[(Parameter[x]), (Return[x]), is_arrow=True]]",
    ),
    "operands from left to right": ("a + b + c;", "Evaluate[Binary['+', Binary['+', a, b], c]]"),
    "a default in a pattern": (
        "const { a = 1 } = b;",
        "Evaluate[Assignment[Mapping[(Entry['a', Assignment[a, 1, '=']])], b, '=', declares='const']]",
    ),
    "the rest of a pattern": (
        "const [a, ...b] = c;",
        "Evaluate[Assignment[Items[(a Unary['...', b])], c, '=', declares='const']]",
    ),
    "a bare block": ("{ f(); }", "With[(Evaluate[Call[f]])]"),
    "a loop over values": ("for (const a of b) f();", "Loop[kind='each', a, b, (Evaluate[Call[f]])]"),
    "a loop over keys": ("for (const a in b) f();", "Loop[kind='keys', a, b, (Evaluate[Call[f]])]"),
    "a loop that waits": (
        "for await (const a of b) f();",
        "Loop[kind='each', a, Await[b], (Evaluate[Call[f]])]",
    ),
    "a label": ("l: while (a) break l;", "Loop[kind='while', a, (Jump[kind='break'])]"),
    "else if": ("if (a) b; else if (c) d;", "If[a, (Evaluate[b]), otherwise=(If[c, (Evaluate[d])])]"),
    "catch without a name": ("try { a } catch { b }", "Try[(Evaluate[a]), (Handler[(Evaluate[b])])]"),
    "a typed import": ("import type { A as B } from 'c';", "Import['c', (ImportedName['A', 'B'])]"),
    "a default import": (
        "import a, * as b from 'c';",
        "Import['c', (ImportedName['default', 'a'] ImportedName['b'])]",
    ),
    "types": ("type A = string; interface B { c: string }", ""),
    "an enum": (
        "enum A { B, C = 'c' }",
        (
            "Define[ClassDefinition['A', (Evaluate[Assignment[B, 0, '=', declares='static']] "
            "Evaluate[Assignment[C, 'c', '=', declares='static']]), kind='enum']]"
        ),
    ),
    "a field with a decorator": (
        "class A { @b() c: D = 1 }",
        (
            "Define[ClassDefinition['A', (Evaluate[Assignment[c, 1, '=', declares='field', annotation='D', "
            "decorators=(Call[b])]]), kind='class']]"
        ),
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_syntax_becomes_the_common_form(name: str) -> None:
    text, expected = FORMS[name]
    assert form_of(text).replace("'', ", "") == expected


def test_a_parameter_property_sets_the_field() -> None:
    unit = unit_of("class A { constructor(private b: B) { f(); } }")
    assert (
        written(unit.functions[0].body[0])
        == "Evaluate[Assignment[Attribute[this, 'b'], b, '=', annotation='B']]"
    )


def test_jsx_keeps_the_calls_in_it() -> None:
    unit = unit_of("const a = <B c={d()}>{e('f')}</B>;", "a.tsx")
    assert [written(call.callee) for call in unit.calls] == ["d", "e"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("export const { a, b: [c] } = d;", {"a", "c"}),
        ("export default class {}", {"default"}),
        ("export { a as b, c } from './d';", {"b", "c"}),
        ("export * from './d';", {"*"}),
        ("export * as u from './d';", {"u"}),
        ("module.exports = { a };", {""}),
        ("exports.a = b; module.exports.c = d;", {"a", "c"}),
        ("export function a() {} export enum B {}", {"a", "B"}),
    ],
)
def test_exports_are_listed(text: str, names: set[str]) -> None:
    assert {name for name, _ in unit_of(text).exported} == names


def test_calls_are_listed_before_the_calls_in_their_arguments() -> None:
    unit = unit_of("a(b(c()), d());")
    assert [written(call.callee) for call in unit.calls] == ["a", "b", "c", "d"]


def test_what_an_error_swallows_is_kept() -> None:
    unit = unit_of("app.get('/a', (req, res) => {\n  first();\n  other();\n")
    assert "other" in {written(call.callee) for call in unit.calls}


def test_a_block_with_errors_is_broken() -> None:
    assert unit_of("const = ;;; )(").broken
