"""Mutants that only look different: the same program under other names or laid out otherwise."""

from __future__ import annotations

import pytest
from mutant_sources import APP, code_of, source_of

from harness.calibration.mutants.catalogue import MUTATIONS
from harness.calibration.mutants.moving import move_to_block, move_to_file
from harness.calibration.mutants.renaming import alias_imports, destructure_imports, rename_functions
from harness.calibration.mutants.variables import rename_variables
from harness.core.types import Outcome
from harness.response.languages import by_trial


def test_an_import_gets_another_name_everywhere() -> None:
    """The declaration, each use, and what is taken out of a module."""
    code = "const a = require('a');\nconst { b } = require('b');\na.x(b);\nexports.y = { b };\n"
    (mutant,) = alias_imports(source_of(code))
    assert code_of(mutant) == [
        "\n".join(  # noqa: FLY002 - as it stands there
            (
                "const item1 = require('a');",
                "const { b: item2 } = require('b');",
                "item1.x(item2);",
                "exports.y = { b: item2 };",
            )
        )
    ]


def test_an_imported_name_keeps_what_it_is_in_its_module() -> None:
    """``import { a }`` becomes ``import { a as x }``."""
    (mutant,) = alias_imports(source_of("import d, { a } from 'm';\nd(a);\n"))
    assert code_of(mutant) == ["import item1, { a as item2 } from 'm';\nitem1(item2);"]


def test_a_name_that_is_declared_again_inside_is_left_alone() -> None:
    """Its inner uses mean something else."""
    code = "const log = require('./log');\nlog.info(1);\nconst f = (log) => log.info(2);\n"
    assert list(alias_imports(source_of(code))) == []


def test_a_property_of_the_same_name_is_left_alone() -> None:
    """``x.log`` is not ``log``."""
    (mutant,) = alias_imports(source_of("const log = require('./log');\nlog.info(x.log);\n"))
    assert "item1.info(x.log)" in mutant.text


def test_a_name_that_another_block_uses_is_left_alone() -> None:
    """Blocks of one answer share their names."""
    assert list(alias_imports(source_of("const log = require('./log');\nlog.a();\n", "log.info(1);\n"))) == []


def test_a_python_import_gets_an_alias() -> None:
    """Attributes and keyword arguments of the same spelling stay."""
    code = "from m import role\n\n\ndef f(x):\n    return role(x.role, role=1)\n"
    (mutant,) = alias_imports(source_of(code, language="python"))
    assert code_of(mutant) == ["from m import role as item1\n\n\ndef f(x):\n    return item1(x.role, role=1)"]


def test_members_of_an_import_are_taken_out_first() -> None:
    """Behind the last import, each under a name of its own."""
    (mutant,) = destructure_imports(
        source_of("const log = require('./log');\nlog.info(1);\nlog.warn(log.info);\n")
    )
    assert code_of(mutant)[0].split("\n")[1:] == [
        "const { info: item1 } = log;",
        "const { warn: item2 } = log;",
        "item1(1);",
        "item2(item1);",
    ]


def test_a_member_that_is_assigned_is_no_member_to_take_out() -> None:
    """The copy would not see it."""
    assert list(destructure_imports(source_of("const log = require('./log');\nlog.level = 'info';\n"))) == []


def test_functions_get_names_that_say_nothing() -> None:
    """Whatever a check concludes, it is from the code."""
    (mutant,) = rename_functions(source_of(APP))
    assert "requireRole" not in mutant.text
    assert mutant.text.count("item1") == 3


def test_a_function_stands_in_a_block_of_its_own() -> None:
    """Before the block that uses it."""
    (mutant,) = move_to_block(source_of(APP))
    first, second = code_of(mutant)
    assert first.startswith("const requireRole = (role) =>")
    assert "const requireRole" not in second


def test_a_function_stands_in_a_file_of_its_own() -> None:
    """Exported there, imported here."""
    (mutant,) = move_to_file(source_of("// src/app.js\n" + APP))
    first, second = code_of(mutant)
    assert first.startswith("// src/moved.js\n")
    assert first.endswith("module.exports = { requireRole };")
    assert "const { requireRole } = require('./moved');" in second


def test_a_function_that_needs_more_than_imports_stays() -> None:
    """Its file would not have what it uses."""
    code = "// src/a.js\nconst limit = 5;\nfunction f() {\n  return limit;\n}\nf();\n"
    assert list(move_to_file(source_of(code))) == []


@pytest.mark.parametrize(
    "mutation", [one for one in MUTATIONS if one.expected is Outcome.PASS], ids=lambda one: one.make.__name__
)
def test_a_mutant_is_still_code(mutation: object) -> None:
    """Every block of every mutant parses."""
    for mutant in mutation.make(source_of("// src/app.js\n" + APP)):  # type: ignore[attr-defined]
        assert {by_trial(code) for code in code_of(mutant)} == {"javascript"}


@pytest.mark.parametrize(
    ("language", "code", "wanted"),
    [
        ("js", "function f(a) {\n  const total = a;\n  return { total };\n}", "return { total: item1 };"),
        (
            "python",
            "def f(a):\n    total = a.total\n    return g(total=total)",
            "    item1 = a.total\n    return g(total=item1)",
        ),
        (
            "php",
            'function f($a) { $total = $a; return "sum $total"; }',
            '{ $item1 = $a; return "sum $item1"; }',
        ),
    ],
)
def test_variables_get_names_that_say_nothing(language: str, code: str, wanted: str) -> None:
    """Properties, keywords and attributes of the same spelling stay."""
    (mutant,) = rename_variables(source_of(code, language=language))
    assert wanted in mutant.text


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("php", "function f() { $total = 1; return compact('total'); }"),
        ("python", "def f():\n    total = 1\n    return locals()"),
        ("python", "def f(total):\n    total = 1\n    return total"),
    ],
)
def test_a_variable_that_is_known_by_name_is_left_alone(language: str, code: str) -> None:
    """Renaming it would alter the program."""
    assert list(rename_variables(source_of(code, language=language))) == []


def test_a_php_import_gets_an_alias() -> None:
    """Methods and constants of the same spelling stay."""
    code = "use App\\Models\\User;\n\nfunction f(User $user) { return User::find($user->User(User::class)); }"
    (mutant,) = alias_imports(source_of(code, language="php"))
    assert code_of(mutant)[0].split("\n") == [
        "use App\\Models\\User as Item1;",
        "",
        "function f(Item1 $user) { return Item1::find($user->User(Item1::class)); }",
    ]
