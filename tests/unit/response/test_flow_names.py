"""Where values come from, what they may be, and what is constant: the same questions in every language."""

from __future__ import annotations

import pytest

from harness.response.flow.expressions import Call, Constant, Expression, Name
from harness.response.flow.names import Names
from harness.response.flow.statements import Unit
from harness.response.parse import parse_response, parse_source
from harness.response.program import Program

PATHS = {"js": "a.js", "ts": "a.ts", "py": "a.py", "php": "a.php"}


def asked(text: str, language: str) -> tuple[Expression, Unit, Names]:
    """Return what is given to the last call of `ask`."""
    return asked_of(parse_source(text, PATHS[language]))


def asked_of(program: Program) -> tuple[Expression, Unit, Names]:
    found = [
        (call.arguments[0].value, unit)
        for unit in program.flow.units
        for call in unit.calls
        if isinstance(call.callee, Name) and call.callee.name == "ask"
    ]
    return (*found[-1], program.flow.names)


def origin(text: str, language: str) -> str:
    expression, unit, names = asked(text, language)
    found = names.origin(expression, unit)
    return "" if found is None else found.dotted


ORIGINS = {
    "an import": ("py", "from flask import request as r\nask(r.args.get('a'))", "flask.request.args.get"),
    "a module": ("py", "import os.path\nask(os.path.join)", "os.path.join"),
    "a module by another name": ("py", "import sqlalchemy as sa\nask(sa.text(q))", "sqlalchemy.text"),
    "a context": ("py", "with engine.begin() as c:\n    ask(c.execute)", "engine.begin.execute"),
    "an annotation": (
        "py",
        "from sqlalchemy.orm import Session\ndef f(db: Session):\n    ask(db.execute)",
        "sqlalchemy.orm.Session.execute",
    ),
    "an optional annotation": (
        "py",
        "from a.b import C\ndef f(x: Optional['C'] = None):\n    ask(x.y)",
        "a.b.C.y",
    ),
    "a base class": (
        "py",
        "from django.views import View\nclass V(View):\n    def get(self):\n        ask(self.request.GET)",
        "django.views.View.request.GET",
    ),
    "a global": ("py", "ask(open('x').read)", "open.read"),
    "a comprehension": ("py", "from m import rows\n[ask(r.a) for r in rows]", "m.rows.*.a"),
    "a required module": (
        "js",
        "const e = require('express'); const r = e.Router(); ask(r.get)",
        "express.Router.get",
    ),
    "a destructured module": ("js", "const { Router: R } = require('express'); ask(R())", "express.Router"),
    "a default import": ("ts", "import e from 'express'; ask(e.json)", "express.json"),
    "an awaited import": ("js", "const { default: a } = await import('axios'); ask(a.get)", "axios.get"),
    "a node module": ("js", "import { readFile } from 'node:fs'; ask(readFile)", "fs.readFile"),
    "a global object": ("js", "ask(globalThis.console.log)", "console.log"),
    "a later assignment": ("js", "let p; p = new (require('pg').Pool)(); ask(p.query)", "pg.Pool.query"),
    "a shown function": (
        "js",
        "import { Pool } from 'pg'; function db() { return new Pool(); } ask(db().query)",
        "pg.Pool.query",
    ),
    "an injected field": (
        "ts",
        (
            "import { Repository } from 'typeorm'; class S { constructor(private r: Repository<U>) {} "
            "m() { ask(this.r.query); } }"
        ),
        "typeorm.Repository.query",
    ),
    "a shadowed name": ("js", "import x from 'm'; { const x = 1; ask(x); }", ""),
    "a hoisted function": ("js", "ask(f().a); function f() { return require('m'); }", "m.a"),
    "a superglobal": ("php", "<?php ask($_GET['id']);", "$_GET.id"),
    "a facade": (
        "php",
        "<?php use Illuminate\\Support\\Facades\\DB; ask(DB::table('a')->get());",
        "Illuminate\\Support\\Facades\\DB.table.get",
    ),
    "a type": (
        "php",
        "<?php use A\\Request; class C { function f(Request $r) { ask($r->input('a')); } }",
        "A\\Request.input",
    ),
    "a captured variable": (
        "php",
        "<?php $d = new PDO($x); $f = function () use ($d) { ask($d->query('a')); };",
        "PDO.query",
    ),
    "a variable that is not captured": (
        "php",
        "<?php $d = new PDO($x); function f() { ask($d->query); }",
        "",
    ),
    "a promoted parameter": (
        "php",
        (
            "<?php use A\\Mail; class C { function __construct(private Mail $m) {} "
            "function f() { ask($this->m->send()); } }"
        ),
        "A\\Mail.send",
    ),
}


@pytest.mark.parametrize("name", ORIGINS)
def test_a_value_comes_from(name: str) -> None:
    language, text, expected = ORIGINS[name]
    assert origin(text, language) == expected


CONSTANTS: dict[str, tuple[str, str, object]] = {
    "a name": ("js", "const A = 'x'; ask(A);", "x"),
    "a sum of strings": ("js", "const A = 'x'; ask(A + 'y' + 1);", "xy1"),
    "a template": ("js", "const A = 2; ask(`a${A}`);", "a2"),
    "an element of a frozen map": ("js", "const M = Object.freeze({ a: 'x' }); ask(M['a']);", "x"),
    "a member of an enum": ("ts", "enum E { A = 'x' } ask(E.A);", "x"),
    "a counted member of an enum": ("ts", "enum E { A = 4, B } ask(E.B);", 5),
    "a static field": ("js", "class A { static b = 'x' } ask(A.b);", "x"),
    "a spread entry": ("js", "const a = { k: 'x' }; const b = { ...a }; ask(b.k);", "x"),
    "arithmetic": ("js", "ask(60 * 60);", 3600),
    "a joined list": ("js", "ask(['a', 'b'].join(', '));", "a, b"),
    "a name that is assigned twice": ("js", "let a = 'x'; a = 'y'; ask(a);", None),
    "a name that grows": ("js", "let a = 'x'; a += q; ask(a);", None),
    "a parameter": ("js", "function f(a = 'x') { ask(a); }", None),
    "the same twice": ("js", "let a; if (q) a = 'x'; else a = 'x'; ask(a);", "x"),
    "a property that is written later": ("js", "const o = { a: 'x' }; o.a = q; ask(o.a);", None),
    "an f-string": ("py", "A = 'x'\nask(f'{A}-{1}')", "x-1"),
    "an attribute of a class": ("py", "class C:\n    T = 'x'\n    def f(self):\n        ask(self.T)", "x"),
    "a member of Python's enum": ("py", "class C(Enum):\n    A = 'x'\nask(C.A.value)", "x"),
    "a global that a function sets": ("py", "A = 1\ndef f():\n    global A\n    A = 2\nask(A)", None),
    "a local of the same name": ("py", "A = 1\ndef f():\n    A = 2\nask(A)", 1),
    "a constant of a class": (
        "php",
        "<?php class C { const T = 'x'; function f() { ask(self::T . 'y'); } }",
        "xy",
    ),
    "an interpolation": ("php", '<?php $a = "x"; ask("{$a}y");', "xy"),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_constant_is_folded(name: str) -> None:
    language, text, expected = CONSTANTS[name]
    expression, unit, names = asked(text, language)
    assert (names.constant(expression, unit) or None) == expected


def values(text: str, language: str) -> set[object]:
    expression, unit, names = asked(text, language)
    return {one.value for one, _ in names.values(expression, unit) if isinstance(one, Constant)}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("js", "const M = { a: 'x', b: 'y' }; ask(M[q]);"),
        ("js", "for (const c of ['x', 'y']) ask(c);"),
        ("js", "for (const [k, v] of Object.entries({ a: 'x', b: 'y' })) ask(v);"),
        ("js", "const c = q ? 'x' : 'y'; ask(c);"),
        ("js", "let c = 'x'; if (q) c = 'y'; ask(c);"),
        ("js", "const { c = 'y' } = { c: 'x' }; ask(c);"),
        ("py", "for k, v in {'a': 'x', 'b': 'y'}.items():\n    ask(v)"),
        ("py", "for k in {'x': 1, 'y': 2}:\n    ask(k)"),
        ("py", "c = 'x' if q else 'y'\nask(c)"),
        ("php", "<?php foreach (['x', 'y'] as $c) { ask($c); }"),
    ],
)
def test_all_that_a_value_may_be_is_given(language: str, text: str) -> None:
    assert values(text, language) == {"x", "y"}


def test_a_destructured_parameter_is_the_attribute_that_it_is() -> None:
    expression, unit, names = asked("app.get('/', ({ body: { id } }, res) => ask(id));", "js")
    definition = names.definitions(expression, unit)[0] if isinstance(expression, Name) else None
    found = None if definition is None else (definition.path, definition.position)
    assert found == (("body", "id"), 0)


def answer(*blocks: str) -> Program:
    return parse_response("\n\n".join(f"```{block}\n```" for block in blocks))


@pytest.mark.parametrize(
    "program",
    [
        answer("js\nconst T = 'x';", "js\nask(T);"),
        answer(
            "js\n// src/c.js\nmodule.exports = { T: 'x' };",
            "js\n// src/a.js\nconst c = require('./c'); ask(c.T);",
        ),
        answer(
            "js\n// src/c.js\nexport const T = 'x';", "js\n// src/a.js\nimport { T as U } from './c'; ask(U);"
        ),
        answer("js\n// c.js\nexport default { T: 'x' };", "js\n// a.js\nimport c from './c'; ask(c.T);"),
        answer(
            "js\n// c.js\nexport * from './d';",
            "js\n// d.js\nexport const T = 'x';",
            "js\n// a.js\nimport { T } from './c'; ask(T);",
        ),
        answer(
            "js\nconst T = 'x'; module.exports = { T };", "js\nconst { T } = require('./consts'); ask(T);"
        ),
        answer("python\n# app/c.py\nT = 'x'", "python\n# app/a.py\nfrom .c import T\nask(T)"),
        answer("python\n# app/c.py\nT = 'x'", "python\n# app/a.py\nfrom app import c\nask(c.T)"),
        answer("python\n# app/c.py\nT = 'x'", "python\n# app/a.py\nimport app.c\nask(app.c.T)"),
        answer("python\n# app/c.py\nT = 'x'", "python\n# app/a.py\nfrom app.c import *\nask(T)"),
        answer("php\nnamespace A; class C { const T = 'x'; }", "php\nuse A\\C; ask(C::T);"),
    ],
)
def test_names_reach_across_blocks(program: Program) -> None:
    expression, unit, names = asked_of(program)
    assert names.constant(expression, unit) == "x"


def test_a_counter_example_lends_nothing() -> None:
    program = answer("js\n// ❌ Bad\nconst T = 'x';", "js\nask(T);")
    expression, unit, names = asked_of(program)
    assert not names.constant(expression, unit)


CALLS = {
    "a function": ("js", "function f() {} f();"),
    "a method of this": ("js", "class A { f() {} m() { this.f(); } }"),
    "a method of an object": ("js", "const o = { f() {} }; o.f();"),
    "a method that is added later": ("js", "const o = {}; o.f = function f() {}; o.f();"),
    "a prototype": ("js", "function A() {} A.prototype.f = function f() {}; new A().f();"),
    "an instance": ("js", "class A { f() {} } const a = new A(); a.f();"),
    "an inherited method": ("js", "class B { f() {} } class A extends B { m() { super.f(); } }"),
    "an injected instance": (
        "js",
        "class A { f() {} } class B { constructor(a) { this.a = a; } m() { this.a.f(); } } new B(new A());",
    ),
    "a typed field": ("ts", "class A { f() {} } class B { @Inject() private a: A; m() { this.a.f(); } }"),
    "a callback": ("js", "function run(g) { g(); } run(function f() {});"),
    "a bound function": ("js", "function f() {} const g = f.bind(null); g();"),
    "a called function": ("js", "function f() {} f.call(null);"),
    "an instance made by a factory": ("js", "class A { f() {} } const make = () => new A(); make().f();"),
    "a method of self": ("py", "class A:\n    def f(self): pass\n    def m(self):\n        self.f()"),
    "a subclass": ("py", "class B:\n    def m(self):\n        self.f()\nclass A(B):\n    def f(self): pass"),
    "a class method": (
        "py",
        "class A:\n    @classmethod\n    def make(cls): return cls()\n    def f(self): pass\nA.make().f()",
    ),
    "a method of $this": ("php", "<?php class A { function f() {} function m() { $this->f(); } }"),
    "a static method": ("php", "<?php class A { static function f() {} } A::f();"),
    "a promoted service": (
        "php",
        (
            "<?php class A { function f() {} } class B { function __construct(private A $a) {} "
            "function m() { $this->a->f(); } }"
        ),
    ),
    "an interface": (
        "php",
        (
            "<?php interface I { function f(); } class A implements I { function f() {} } "
            "function m(I $i) { $i->f(); }"
        ),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_runs_the_function(name: str) -> None:
    language, text = CALLS[name]
    flow = parse_source(text, PATHS[language]).flow
    unit = flow.units[0]
    assert "f" in {function.name for call in unit.calls for function, _ in flow.names.callees(call, unit)}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("js", "function f(a, b = 2, ...c) {} f(1, 2, 3, 4);", ["1", "2", "3", "4"]),
        ("js", "function f(a, b = 2) {} f(1);", ["1", "2"]),
        ("py", "class A:\n    def f(self, a, b): pass\nA().f(b=2, a=1)", ["2", "1"]),
        ("py", "def f(a, **k): pass\nf(1, x=2)", ["1", "2"]),
        ("php", "<?php function f($a, $b) {} f(b: 2, a: 1);", ["2", "1"]),
    ],
)
def test_arguments_find_their_parameters(language: str, text: str, expected: list[str]) -> None:
    flow = parse_source(text, PATHS[language]).flow
    unit = flow.units[0]
    function = next(one for one in unit.functions if one.name == "f")
    call = flow.names.callers(function)[0][0]
    pairs = flow.names.arguments(call, function)
    assert [str(pair.value.value) for pair in pairs if isinstance(pair.value, Constant)] == expected


def test_a_function_knows_its_callers() -> None:
    flow = parse_source("function f() {} f(); [1].map(() => f());", "a.js").flow
    assert len(flow.names.callers(flow.units[0].functions[0])) == 2


def test_a_node_knows_the_function_around_it() -> None:
    flow = parse_source("function f() { if (a) { g(); } }", "a.js").flow
    unit = flow.units[0]
    around = flow.names.enclosing(unit.calls[0], unit)
    assert getattr(around, "name", "") == "f"


def test_a_finding_in_shifted_php_has_its_own_column() -> None:
    flow = parse_response("```php\npublic function f() { die('x'); }\n```").flow
    unit = flow.units[0]
    call: Call = unit.calls[0]
    assert flow.finding(unit, call.node, "m").column == 23


@pytest.mark.parametrize(
    ("language", "code", "outside"),
    [
        ("py", "from flask import Flask as Web\nask(Web)", "Flask"),
        ("py", "import logging as log\nask(log)", "logging"),
        ("py", "import sqlalchemy.orm as o\nask(o)", "orm"),
        ("py", "from flask import Flask\nask(Flask)", ""),
        ("php", "<?php\nuse A\\Route as Web;\nask(Web::class);", "Route"),
        ("ts", "import { Controller as Ctl } from '@nestjs/common';\nask(Ctl);", "Controller"),
        ("ts", "import web from 'express';\nask(web);", ""),
        ("ts", "import * as web from 'express';\nask(web);", ""),
    ],
)
def test_a_name_knows_what_its_thing_is_called_outside(language: str, code: str, outside: str) -> None:
    expression, _, _ = asked(code, language)
    name = expression if isinstance(expression, Name) else getattr(expression, "base", None)
    assert isinstance(name, Name)
    assert name.outside == outside
