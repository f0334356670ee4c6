"""Python in the common form, construct by construct."""

from __future__ import annotations

import pytest
from common_form import form_of, unit_of

from harness.response.flow.expressions import Constant
from harness.response.flow.statements import Evaluate


def python(text: str) -> str:
    return form_of(text, "python")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a'", "a"),
        ('"""a\nb"""', "a\nb"),
        (r"'\x41\u00e9\n\101\\'", "Aé\nA\\"),
        (r"'\N{BULLET}'", "•"),
        (r"'\N{NO SUCH NAME}'", r"\N{NO SUCH NAME}"),
        (r"r'\n'", r"\n"),
        (r"rb'\n'", r"\n"),
        (r"b'\x41'", "A"),
        ("'a\\\nb'", "ab"),
        ("'a' \"b\" r'\\c'", "ab\\c"),
        ("f'a{{b}}'", "a{b}"),
        ("''", ""),
        ("f''", ""),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 15),
        ("1.5e3", 1500.0),
        ("True", True),
        ("None", None),
        ("(((1)))", 1),
    ],
)
def test_a_literal_has_its_value(text: str, value: object) -> None:
    statement = unit_of(text, "python").body[0]
    assert isinstance(statement, Evaluate)
    assert isinstance(statement.value, Constant)
    assert statement.value.value == value


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("f'a {b} c'", "Text[('a ' b ' c')]"),
        ("f'{b!r}'", "Text[(b)]"),
        ("f'{b:>{w}.2f}'", "Text[(Opaque[(b w)])]"),
        ("f'{b=}'", "Text[('=' b)]"),
        ("f\"{d['k'] + f(1)}\"", "Text[(Binary['+', Index[d, 'k'], Call[f, (Argument[1])]])]"),
        ("'a' f'{b}' 'c'", "Text[('a' b 'c')]"),
        ("'%s' % b", "Binary['%', '%s', b]"),
        ("'{}'.format(b)", "Call[Attribute['{}', 'format'], (Argument[b])]"),
        ("a or b and not c", "Binary['||', a, Binary['&&', b, Unary['!', c]]]"),
        ("a is not b", "Binary['!==', a, b]"),
        ("a not in b", "Binary['!in', a, b]"),
        ("a < b <= c", "Binary['&&', Binary['<', a, b], Binary['<=', b, c]]"),
        ("-a ** 2", "Unary['-', Binary['**', a, 2]]"),
        ("a if b else c", "Conditional[b, a, otherwise=c]"),
        ("await a", "Await[a]"),
        ("(a := b)", "Assignment[a, b, '=']"),
        ("f(*a, **b, k=c)", "Call[f, (Argument[a, spread=True] Argument[b, spread=True] Argument[c, 'k'])]"),
        ("a.b(c)[d].e", "Attribute[Index[Call[Attribute[a, 'b'], (Argument[c])], d], 'e']"),
        ("a[1:b]", "Index[a, Opaque[(1 b)]]"),
        ("a[b, c]", "Index[a, Items[(b c)]]"),
        ("(a, *b)", "Items[(a Unary['...', b])]"),
        ("{'a': b, **c}", "Mapping[(Entry['a', b] Entry[c])]"),
        ("{a, b}", "Items[(a b)]"),
        ("[a for b in c if d]", "Opaque[(b c d a)]"),
        ("[a for b in c for d in e if f]", "Opaque[(b c Opaque[(d e f a)])]"),
        ("{a: b for a, b in c()}", "Opaque[(Items[(a b)] Call[c] Mapping[(Entry[a, b])])]"),
        ("f(a for a in b)", "Call[f, (Argument[Opaque[(a b a)]])]"),
        (
            "lambda a, *b, c=1: d",
            (
                "Function[(Parameter[a] Parameter[b, rest=True] Parameter[c, default=1]), (Return[d]), "
                "is_arrow=True]"
            ),
        ),
        ("yield a", "Opaque[(a)]"),
        ("a, b", "Items[(a b)]"),
    ],
)
def test_an_expression_is_read(text: str, form: str) -> None:
    assert python(text) == f"Evaluate[{form}]"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("a = b", "Evaluate[Assignment[a, b, '=']]"),
        ("a = b = c", "Evaluate[Assignment[a, Assignment[b, c, '='], '=']]"),
        ("a, *b = c", "Evaluate[Assignment[Items[(a Unary['...', b])], c, '=']]"),
        ("a.b[c] += d", "Evaluate[Assignment[Index[Attribute[a, 'b'], c], d, '+=']]"),
        ("a: int = 1", "Evaluate[Assignment[a, 1, '=', annotation='int']]"),
        ("a: list[int]", "Evaluate[Assignment[a, '=', annotation='list[int]']]"),
        ("return a, b", "Return[Items[(a b)]]"),
        ("raise A(b) from c", "Raise[Call[A, (Argument[b])]]"),
        ("raise A from f(b)", "Raise[Opaque[(A Call[f, (Argument[b])])]]"),
        ("raise", "Raise[]"),
        ("del a, b.c", "Evaluate[Unary['delete', a]] Evaluate[Unary['delete', Attribute[b, 'c']]]"),
        ("global a, b", "Evaluate[Opaque[(a b)]]"),
        ("nonlocal a", "Evaluate[Opaque[(a)]]"),
        ("assert a, 'b'", "Evaluate[Opaque[(a 'b')]]"),
        ("pass", "Jump[kind='pass']"),
        ("print 'a'", "Evaluate[Call[print, (Argument['a'])]]"),
        ("type A = B", "Evaluate[Assignment[A, B, '=']]"),
        (
            "if a: b\nelif c: d\nelse: e",
            "If[a, (Evaluate[b]), otherwise=(If[c, (Evaluate[d]), otherwise=(Evaluate[e])])]",
        ),
        ("while a: break", "Loop[kind='while', a, (Jump[kind='break'])]"),
        ("for a, b in c: d\nelse: e", "Loop[kind='each', Items[(a b)], c, (Evaluate[d])] Evaluate[e]"),
        (
            "async def f():\n async for a in b: c",
            "Define[Function['f', (Loop[kind='each', a, Await[b], (Evaluate[c])]), is_async=True]]",
        ),
        ("with a as b, c: d", "With[(Assignment[b, a, '='] c), (Evaluate[d])]"),
        ("with (a as b, c as d): e", "With[(Assignment[b, a, '='] Assignment[d, c, '=']), (Evaluate[e])]"),
        (
            "try: a\nexcept (B, C) as d: e\nexcept: f\nelse: g\nfinally: h",
            (
                "Try[(Evaluate[a]), (Handler[(B C), 'd', (Evaluate[e])] Handler[(Evaluate[f])]), "
                "otherwise=(Evaluate[g]), final=(Evaluate[h])]"
            ),
        ),
        ("import a.b, c as d", "Import['a.b', (ImportedName['a.b'])] Import['c', (ImportedName['d'])]"),
        ("from .a import b as c, d", "Import['.a', (ImportedName['b', 'c'] ImportedName['d', 'd'])]"),
        ("from a import *", "Import['a', (ImportedName['*', '*'])]"),
        (
            "from __future__ import annotations",
            "Import['__future__', (ImportedName['annotations', 'annotations'])]",
        ),
    ],
)
def test_a_statement_is_read(text: str, form: str) -> None:
    assert python(text) == form


@pytest.mark.parametrize(
    ("case", "form"),
    [
        ("'a' | 'b'", "Case[('a' 'b'), (Evaluate[y])]"),
        ("_", "Case[(Evaluate[y])]"),
        ("a.B", "Case[(Attribute[a, 'B']), (Evaluate[y])]"),
        ("other", "Case[(Evaluate[Assignment[other, x, '=']] Evaluate[y])]"),
        ("str() as q", "Case[(Opaque[(str)]), (Evaluate[Assignment[q, x, '=']] Evaluate[y])]"),
        ("1 if z > 2", "Case[(Binary['&&', 1, Binary['>', z, 2]]), (Evaluate[y])]"),
        ("{'a': 1, **rest}", "Case[(Opaque[('a' 1 Unary['...', rest])]), (Evaluate[y])]"),
        ("1, 2", "Case[(Items[(1 2)]), (Evaluate[y])]"),
    ],
)
def test_a_case_of_match_is_read(case: str, form: str) -> None:
    assert python(f"match x:\n    case {case}: y") == f"Switch[x, ({form})]"


def test_a_function_is_read() -> None:
    text = "@app.get('/x')\nasync def f(a, /, b: int = 3, *args, c, **kw) -> str: return a"
    assert python(text) == (
        "Define[Function['f', (Parameter[a] Parameter[b, default=3, annotation='int'] Parameter[args, "
        "rest=True] "
        "Parameter[c] Parameter[kw, rest=True]), (Return[a]), decorators=(Call[Attribute[app, 'get'], "
        "(Argument['/x'])]), is_async=True, annotation='str']]"
    )


def test_what_annotated_says_of_a_parameter_is_kept() -> None:
    assert python("def f(a: Annotated[A, Depends(b)]): pass") == (
        "Define[Function['f', (Parameter[a, annotation='Annotated[A, Depends(b)]', "
        "decorators=(Call[Depends, (Argument[b])])]), (Jump[kind='pass'])]]"
    )


def test_what_annotated_says_of_a_field_is_kept() -> None:
    assert python("a: t.Annotated[str, Field(max_length=3)]") == (
        "Evaluate[Assignment[a, '=', annotation='t.Annotated[str, Field(max_length=3)]', "
        "decorators=(Call[Field, (Argument[3, 'max_length'])])]]"
    )


def test_a_class_is_read() -> None:
    text = "@d\nclass A(B, metaclass=C):\n    x: int = 1\n    @staticmethod\n    def m(a): ..."
    assert python(text) == (
        "Define[ClassDefinition['A', (B Assignment[metaclass, C, '=']), (Evaluate[Assignment[x, 1, '=', "
        "declares='field', annotation='int']] Define[Function['m', (Parameter[a]), (Evaluate[Opaque[]]), "
        "decorators=(staticmethod), is_method=True, is_static=True, is_abstract=True, owner='A']]), "
        "decorators=(d), kind='class']]"
    )


def test_a_function_within_a_method_is_no_method() -> None:
    unit = unit_of("class A:\n    def m(self):\n        def inner(): pass\n", "python")
    assert [(one.name, one.owner) for one in unit.functions] == [("m", "A"), ("inner", "")]


def test_a_variable_of_a_method_is_no_field() -> None:
    unit = unit_of("class A:\n    def m(self):\n        x = 1\n", "python")
    assert [one.declares for one in unit.assignments] == [""]


def test_calls_are_listed_in_the_order_of_the_source() -> None:
    unit = unit_of("a(b()).c(d())\ne()", "python")
    names = [call.node.text() for call in unit.calls]
    assert names == ["a(b())", "b()", "a(b()).c(d())", "d()", "e()"]


def test_an_indented_fragment_is_read() -> None:
    unit = unit_of("    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n", "python")
    assert [one.name for one in unit.functions] == ["f", "g"]


def test_what_cannot_be_parsed_is_said() -> None:
    assert unit_of("def f(:\n  x = = 1\n", "python").broken
