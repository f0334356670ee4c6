"""PHP in the common form, construct by construct."""

from __future__ import annotations

import pytest
from common_form import form_of, unit_of

from harness.response.flow.expressions import Constant
from harness.response.flow.statements import Evaluate


def php(text: str) -> str:
    return form_of(text, "php")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"'it\'s \n'", r"it's \n"),
        (r'"a\n\x41\u{e9}\$b"', "a\nAé$b"),
        ("<<<A\n  x\n    y\n  A", "x\n  y"),
        ("<<<'A'\n$x\nA", "$x"),
        ("<<<A\nA", ""),
        ("1_000", 1000),
        ("0x1F", 31),
        ("017", 15),
        ("1.5e3", 1500.0),
        ("TRUE", True),
        ("null", None),
        ("(((1)))", 1),
    ],
)
def test_a_literal_has_its_value(text: str, value: object) -> None:
    statement = unit_of(f"{text};", "php").body[0]
    assert isinstance(statement, Evaluate)
    assert isinstance(statement.value, Constant)
    assert statement.value.value == value


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('"a $b c"', "Text[('a ' $b ' c')]"),
        ("\"{$a->b['c']}\"", "Text[(Index[Attribute[$a, 'b'], 'c'])]"),
        ('"$a[b] $c->d"', "Text[(Index[$a, 'b'] ' ' Attribute[$c, 'd'])]"),
        ('"${a}"', "Text[($a)]"),
        ('"select\n$b\n{$c()}\n"', "Text[('select\\n' $b '\\n' Call[$c] '\\n')]"),
        ("<<<A\n  a $b\n  c\n  A", "Text[('a ' $b '\\nc')]"),
        ("'a' . $b . 1", "Binary['+', Binary['+', 'a', $b], 1]"),
        ("`ls $a`", "Call[shell_exec, (Argument[Text[('ls ' $a)]])]"),
        ("$a ?: $b", "Binary['||', $a, $b]"),
        ("$a ? $b : $c", "Conditional[$a, $b, otherwise=$c]"),
        ("$a ?? $b", "Binary['??', $a, $b]"),
        ("$a and $b", "Binary['&&', $a, $b]"),
        ("$a <> $b", "Binary['!=', $a, $b]"),
        ("$a instanceof B", "Binary['instanceof', $a, B]"),
        ("(integer) $a", "Unary['(int)', $a]"),
        ("!@$a", "Unary['!', $a]"),
        ("$a++", "Assignment[$a, 1, '+=']"),
        ("$a .= $b", "Assignment[$a, $b, '+=']"),
        ("$a = &$b", "Assignment[$a, $b, '=']"),
        ("$a[] = 1", "Assignment[Index[$a], 1, '=']"),
        ("[$a, , $b] = $c", "Assignment[Items[($a Opaque[] $b)], $c, '=']"),
        ("['k' => $a] = $c", "Assignment[Mapping[(Entry['k', $a])], $c, '=']"),
        ("list($a, list($b)) = $c", "Assignment[Items[($a Items[($b)])], $c, '=']"),
        ("$a?->b()?->c", "Attribute[Call[Attribute[$a, 'b']], 'c']"),
        ("$a->$b($c)", "Call[Index[$a, $b], (Argument[$c])]"),
        ("A::b()", "Call[Attribute[A, 'b']]"),
        ("A::$b", "Attribute[A, '$b']"),
        ("A::class", "Attribute[A, 'class']"),
        ("static::b()", "Call[Attribute[static, 'b']]"),
        ("parent::__construct($a)", "Call[Attribute[parent, '__construct'], (Argument[$a])]"),
        (r"\A\b(...$c, d: 1)", r"Call[\A\b, (Argument[$c, spread=True] Argument[1, 'd'])]"),
        ("strlen(...)", "strlen"),
        ("$this->a(...)", "Attribute[$this, 'a']"),
        ("new A($b)", "Call[A, (Argument[$b]), is_new=True]"),
        ("new A", "Call[A, is_new=True]"),
        ("new class(1) extends B {}", "Call[ClassDefinition[(B), kind='class'], (Argument[1]), is_new=True]"),
        ("(new A)->b()", "Call[Attribute[Call[A, is_new=True], 'b']]"),
        ("['a', 'b' => 1, ...$c]", "Mapping[(Entry[0, 'a'] Entry['b', 1] Entry[$c])]"),
        ("array('a', $b)", "Items[('a' $b)]"),
        ("fn(int $x) => $x", "Function[(Parameter[$x, annotation='int']), (Return[$x]), is_arrow=True]"),
        (
            "function ($a) use (&$b): int { return 1; }",
            "Function[(Parameter[$a]), (Return[1]), captures=('$b'), annotation='int']",
        ),
        ("print $a", "Call[print, (Argument[$a])]"),
        ("require_once 'a.php'", "Call[require_once, (Argument['a.php'])]"),
        ("isset($a['b'])", "Call[isset, (Argument[Index[$a, 'b']])]"),
    ],
)
def test_an_expression_is_read(text: str, form: str) -> None:
    assert php(f"{text};") == f"Evaluate[{form}]"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("echo $a, 'b';", "Evaluate[Call[echo, (Argument[$a] Argument['b'])]]"),
        ("die('x');", "Evaluate[Call[die, (Argument['x'])]]"),
        ("exit;", "Evaluate[Call[exit]]"),
        ("throw new A;", "Raise[Call[A, is_new=True]]"),
        ("unset($a['b']);", "Evaluate[Unary['delete', Index[$a, 'b']]]"),
        ("global $a;", "Evaluate[Opaque[($a)]]"),
        ("static $a = 1;", "Evaluate[Assignment[$a, 1, '=', declares='static']]"),
        ("const A = 1;", "Evaluate[Assignment[A, 1, '=', declares='const']]"),
        (
            "if ($a) b(); elseif ($c) d(); else if ($e) f(); else g();",
            (
                "If[$a, (Evaluate[Call[b]]), otherwise=(If[$c, (Evaluate[Call[d]]), otherwise=(If[$e, "
                "(Evaluate[Call[f]]), otherwise=(Evaluate[Call[g]])])])]"
            ),
        ),
        ("if ($a): b(); else: c(); endif;", "If[$a, (Evaluate[Call[b]]), otherwise=(Evaluate[Call[c]])]"),
        ("foreach ($a as $k => $v) { b(); }", "Loop[kind='each', Items[($k $v)], $a, (Evaluate[Call[b]])]"),
        ("foreach ($a as &$v): b(); endforeach;", "Loop[kind='each', $v, $a, (Evaluate[Call[b]])]"),
        (
            "for ($i = 0; $i < 3; $i++) b();",
            (
                "With[(Evaluate[Assignment[$i, 0, '=']] Loop[kind='count', Binary['<', $i, 3], "
                "(Evaluate[Call[b]] "
                "Evaluate[Assignment[$i, 1, '+=']])])]"
            ),
        ),
        ("while ($a) { break; }", "Loop[kind='while', $a, (Jump[kind='break'])]"),
        ("do { a(); } while ($b);", "Loop[kind='do', $b, (Evaluate[Call[a]])]"),
        (
            "switch ($a) { case 1: b(); break; default: c(); }",
            "Switch[$a, (Case[(1), (Evaluate[Call[b]] Jump[kind='break'])] Case[(Evaluate[Call[c]])])]",
        ),
        (
            "match ($a) { 1, 2 => b(), default => c() };",
            "Switch[$a, (Case[(1 2), (Evaluate[Call[b]])] Case[(Evaluate[Call[c]])])]",
        ),
        (
            "$x = match (true) { $a => 1, default => 2 };",
            "Evaluate[Assignment[$x, Conditional[$a, 1, otherwise=2], '=']]",
        ),
        (
            "return match ($a) { 1, 2 => 3 };",
            (
                "Return[Conditional[Binary['||', Binary['===', $a, 1], Binary['===', $a, 2]], 3, "
                "otherwise=Opaque[]]]"
            ),
        ),
        (
            "try { a(); } catch (B | C $e) { d(); } finally { f(); }",
            (
                "Try[(Evaluate[Call[a]]), (Handler[(B C), '$e', (Evaluate[Call[d]])]), "
                "final=(Evaluate[Call[f]])]"
            ),
        ),
        (
            r"use A\B, C\D as E;",
            r"Import['A', (ImportedName['B', 'B'])] Import['C', (ImportedName['D', 'E'])]",
        ),
        (
            r"use A\{B, C\D as E, F};",
            (
                r"Import['A', (ImportedName['B', 'B'])] Import['A\\C', (ImportedName['D', 'E'])] "
                r"Import['A', (ImportedName['F', 'F'])]"
            ),
        ),
        ("use PDO;", "Import[(ImportedName['PDO', 'PDO'])]"),
        (r"namespace A\B; c();", r"Evaluate[Opaque[(A\B)]] Evaluate[Call[c]]"),
        ("namespace A { b(); }", "Evaluate[Opaque[(A)]] With[(Evaluate[Call[b]])]"),
        ("declare(strict_types=1); a();", "Evaluate[Call[a]]"),
        ("{ a(); }", "With[(Evaluate[Call[a]])]"),
        (
            "#[Attr(1)] function &f(?A $a = null, int ...$b): ?int {}",
            (
                "Define[Function['f', (Parameter[$a, annotation='?A'] Parameter[$b, annotation='int', "
                "rest=True]), "
                "decorators=(Call[Attr, (Argument[1])]), annotation='?int']]"
            ),
        ),
    ],
)
def test_a_statement_is_read(text: str, form: str) -> None:
    # A default of `null` is a constant without a value.
    assert php(text).replace(", default=None", "") == form


def test_a_class_is_read() -> None:
    text = (
        "abstract class A extends B implements C { use D; const X = 1; public static ?int $x = 5; "
        "#[R] protected static function m(): self { return new static; } abstract function q(); }"
    )
    assert php(text) == (
        "Define[ClassDefinition['A', (B C D), (Evaluate[Assignment[X, 1, '=', declares='static']] "
        "Evaluate[Assignment[$x, 5, '=', declares='static', annotation='?int']] Define[Function['m', "
        "(Return[Call[static, is_new=True]]), decorators=(R), is_method=True, is_static=True, owner='A', "
        "annotation='self']] Define[Function['q', is_method=True, is_abstract=True, owner='A']]), "
        "kind='class']]"
    )


def test_a_promoted_parameter_is_a_parameter_and_a_field_that_it_sets() -> None:
    assert php("class A { function __construct(private B $b) {} }") == (
        "Define[ClassDefinition['A', (Define[Function['__construct', (Parameter[$b, annotation='B']), "
        "(Evaluate[Assignment[Attribute[$this, 'b'], $b, '=']]), is_method=True, owner='A']] "
        "Evaluate[Assignment[$b, '=', declares='field', annotation='B']]), kind='class']]"
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [("interface A {}", "interface"), ("trait A {}", "trait"), ("enum A: string { case B = 'b'; }", "enum")],
)
def test_what_is_like_a_class_says_what_it_is(text: str, kind: str) -> None:
    assert [one.kind for one in unit_of(text, "php").classes] == [kind]


def test_hooks_of_a_property_are_accessors() -> None:
    unit = unit_of("class A { public int $x { get => 1; set { f(); } } }", "php")
    assert [(one.name, one.accessor) for one in unit.functions] == [("x", "get"), ("x", "set")]


def test_a_page_is_read_where_its_tags_say_so() -> None:
    text = (
        "<p class='x'><?= $a ? 'it\"s' : $b ?></p>\n<?php foreach ($c as $d): ?>\n"
        "<i><?= f($d) ?></i>\n<?php endforeach; ?>\nend"
    )
    assert php(text) == (
        "Evaluate[Call[echo, (Argument[Conditional[$a, 'it\"s', otherwise=$b]])]] "
        "Loop[kind='each', $d, $c, (Evaluate[Call[echo, (Argument[Call[f, (Argument[$d])]])]])]"
    )


def test_a_comment_ends_with_the_closing_tag() -> None:
    text = "<?php a(); // x ?> <b> <?php b(); ?>"
    assert [call.node.text() for call in unit_of(text, "php").calls] == ["a()", "b()"]


@pytest.mark.parametrize("text", ["'?>'", '"?>"', "<<<A\n?>\nA", "/* ?> */ 1"])
def test_what_only_looks_like_a_closing_tag_ends_nothing(text: str) -> None:
    assert [call.node.text() for call in unit_of(f"<?php $x = {text}; a();", "php").calls] == ["a()"]


def test_places_are_those_of_the_block() -> None:
    unit = unit_of("<p>\n  <?= f() ?>\n</p> <?php g(); ?>", "php")
    g = next(call for call in unit.calls if call.node.text() == "g()")
    assert (g.node.range().start.line, g.node.range().start.column) == (2, 11)


def test_members_without_their_class_are_methods() -> None:
    unit = unit_of("use A\\B;\n\npublic function f(B $b) { return $b; }\n\nprivate $x = 1;\n", "php")
    assert [(one.name, one.is_method, unit.broken) for one in unit.functions] == [("f", True, False)]


def test_names_used_above_members_are_imports() -> None:
    unit = unit_of("use A\\B;\n\npublic function f(B $b) { return $b; }\n", "php")
    assert [(one.module, one.names[0].name) for one in unit.imports] == [("A", "B")]


def test_what_cannot_be_parsed_is_said() -> None:
    assert unit_of("function (( {", "php").broken
