"""Cases that assert something are counted, in every language."""

from __future__ import annotations

import pytest

from harness.checks.testing.code import test_code_of as code_of
from harness.checks.testing.strategy import TestingStrategy
from harness.core.types import SuppliedFile
from harness.response.parse import parse_response


def cases(language: str, code: str) -> int:
    return code_of(parse_response(f"```{language}\n{code}\n```")).cases


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("js", "it('a', () => { expect(a()).toBe(1); });"),
        ("js", "test('a', async (t) => { t.is(await a(), 1); });"),
        ("js", "it.each([[1], [2]])('a %i', (n) => { expect(a(n)).toBe(n); });"),
        ("ts", "Deno.test('a', () => { assertEquals(a(), 1); });"),
        ("js", "it('a', (done) => { request(app).get('/').expect(200, done); });"),
        ("js", "const assert = require('assert');\nit('a', () => { assert.equal(a(), 1); });"),
        ("python", "def test_a():\n    assert a() == 1"),
        ("python", "async def test_a():\n    with pytest.raises(ValueError):\n        await a()"),
        ("python", "class A(TestCase):\n    def test_a(self):\n        self.assertTrue(a())"),
        ("php", "it('a', function () { expect(a())->toBe(1); });"),
        (
            "php",
            "class ATest extends TestCase { public function testA(): void { $this->assertSame(1, a()); } }",
        ),
        ("php", "class ATest extends TestCase { public function test_a() { $this->get('/')->assertOk(); } }"),
        ("java", "@Test\nvoid a() { assertEquals(1, a()); }"),
        ("go", "func TestA(t *testing.T) {\n\tif a() != 1 { t.Fatal() }\n}"),
        ("sql", "SELECT is(a(), 1);"),
    ],
)
def test_a_case_that_asserts_counts(language: str, code: str) -> None:
    """However the framework spells it."""
    assert cases(language, code) == 1


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("js", "it('a', () => {});"),
        ("js", "it.todo('a');"),
        ("js", "expect(a()).toBe(1);"),
        ("js", "// it('a', () => { expect(a()).toBe(1); });"),
        ("js", "const a = \"it('a', () => { expect(1) })\";"),
        ("python", "def test_a():\n    pass"),
        ("python", "def check():\n    assert a() == 1"),
        ("php", "class ATest extends TestCase { public function testA(): void {} }"),
        ("go", "func TestA(t *testing.T) {}"),
    ],
)
def test_what_asserts_nothing_does_not(language: str, code: str) -> None:
    """Neither an empty case nor an assertion outside of one, neither a comment nor a text."""
    assert cases(language, code) == 0


def test_the_tests_of_the_user_are_not_counted() -> None:
    """They are not the answer's."""
    file = SuppliedFile("a.test.js", "it('a', () => { expect(1).toBe(1); });")
    assert code_of(parse_response("Fine.", supplied=(file,))).cases == 0


@pytest.mark.parametrize(
    ("rule", "depth"),
    [
        ("Put comprehensive testing strategies into practice", "comprehensive"),
        ("Test thoroughly", "thoroughly"),
        ("Propose strategies for testing the solution", ""),
    ],
)
def test_the_words_of_a_rule_say_how_much_it_demands(rule: str, depth: str) -> None:
    """As the rule spells it, so that binding knows it again."""
    assert TestingStrategy.parameters_of(rule) == {"depth": depth}
