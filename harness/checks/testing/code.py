"""Tests as code: cases that assert something, in JavaScript, Python, PHP and SQL."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from ast_grep_py import SgNode

from harness.checks.context.imports import tree_of
from harness.response.block import Block, BlockRole, Origin
from harness.response.javascript.scopes import Unit
from harness.response.program import Program
from harness.response.record import record

__all__ = ["TestCode", "test_code_of"]

_CASES = re.compile(
    r"(?:it|test|specify|Deno\.test|bench|t\.test|suite\.test)(?:\.(?:each|only|concurrent|serial"
    r"|prop)\b.*)?",
    re.DOTALL,
)
_ASSERTIONS = re.compile(
    r"expect\w*|assert\w*|should|(?:not)?(?:strict|deep)*equals?|check|ok|throws|rejects", re.IGNORECASE
)
_ON_CONTEXT = re.compile(r"t\.(?:is|deepEqual|throws|true|false|like|not|regex|snapshot)")
_PYTHON_ASSERTIONS = re.compile(
    r"(?:self\.assert\w+|pytest\.(?:raises|approx|warns)|assert_\w+|\w+\.assert_\w+|self\.fail|expect)$"
)
_PHP_CASE = re.compile(r"(?:it|test|dataset)$")
_PHP_ASSERTIONS = re.compile(r"(?:assert\w*|expect\w*|should\w*|see\w*)$")
_PHP_TEST = re.compile(r"test|should|it_", re.IGNORECASE)
_PGTAP = re.compile(
    r"\bselect\s+(?:ok|is|isnt|matches|throws_ok|lives_ok|results_eq|has_table|is_empty)\s*\(", re.IGNORECASE
)


# Other languages are only recognised: how a case begins, and how it asserts.
_OTHERS = {
    "java": (
        re.compile(r"@(?:Test|ParameterizedTest)\b"),
        re.compile(r"\bassert\w*\(|\.andExpect\(|\bverify\("),
    ),
    "kotlin": (re.compile(r"@Test\b"), re.compile(r"\bassert\w*[({]|\bshouldBe\b|\.andExpect")),
    "go": (
        re.compile(r"^func Test\w*\(\w+ \*testing\.T\)", re.MULTILINE),
        re.compile(r"\bt\.(?:Error|Fatal)f?\(|\b(?:assert|require)\."),
    ),
    "ruby": (re.compile(r"^\s*(?:it|test)\s+['\"]", re.MULTILINE), re.compile(r"\bexpect\(|\bassert")),
    "csharp": (re.compile(r"\[(?:Fact|Theory|Test|TestMethod)\b"), re.compile(r"\bAssert\.|\.Should\(")),
    "rust": (re.compile(r"#\[(?:tokio::)?test\]"), re.compile(r"\bassert(?:_eq|_ne)?!")),
}


@record
class TestCode:
    """How many cases assert something, and the first block with cases that assert nothing, if any."""

    __test__ = False  # the name is the domain's, pytest must not collect it

    cases: int
    hollow: Block | None


def test_code_of(program: Program) -> TestCode:
    """Count the tests that an answer writes; supplied files and counter-examples are none of its own."""
    cases = 0
    first: Block | None = None
    for block, full, hollow in _counted(program):
        cases += full
        if hollow and first is None:
            first = block
    return TestCode(cases, first)


def _counted(program: Program) -> Iterator[tuple[Block, int, int]]:
    for unit in program.units:
        if _is_own(unit.block) and any(one.name for one in unit.callees):
            yield unit.block, *_javascript(unit)
    for block in program.blocks:
        if not _is_own(block):
            continue
        if block.language == "python" and "test" in block.text:
            yield block, *_python(tree_of(program, block))
        elif block.language == "php" and re.search(r"assert|expect", block.text):
            yield block, *_php(tree_of(program, block))
        elif block.language in _OTHERS:
            case, assertion = _OTHERS[block.language]
            cases = len(case.findall(block.text))
            found = bool(assertion.search(block.text))
            yield block, cases if found else 0, 0 if found else cases
        elif block.language == "sql" and _PGTAP.search(block.text):
            yield block, len(_PGTAP.findall(block.text)), 0


def _is_own(block: Block) -> bool:
    wrong = block.role in {BlockRole.COUNTER_EXAMPLE, BlockRole.FRONTEND}
    return block.origin is not Origin.SUPPLIED and not wrong and not block.oversized


def _javascript(unit: Unit) -> tuple[int, int]:
    asserted = sorted(
        # A chain of calls starts where its first link does; what asserts is the last.
        one.call.range().end.index - 1
        for one in unit.callees
        if _ASSERTIONS.fullmatch(one.name) or _ON_CONTEXT.fullmatch(one.node.text()[:80])
    )
    full = hollow = 0
    for one in unit.callees:
        text = one.node.text()[:80]
        if not _CASES.fullmatch(text) or one.call.range().start.line + 1 in unit.block.counter_lines:
            continue
        place = one.call.range()
        position = bisect_left(asserted, place.start.index + 1)
        if position < len(asserted) and asserted[position] < place.end.index:
            full += 1
        else:
            hollow += 1
    return full, hollow


def _python(tree: SgNode | None) -> tuple[int, int]:
    if tree is None:
        return 0, 0
    asserted = [node.range().start.index for node in tree.find_all(kind="assert_statement")]
    for call in tree.find_all(kind="call"):
        callee = call.field("function")
        if callee is not None and _PYTHON_ASSERTIONS.match(callee.text()[:120]):
            asserted.append(call.range().start.index)
    return _within(tree, "function_definition", asserted, re.compile(r"test"))


def _php(tree: SgNode | None) -> tuple[int, int]:
    if tree is None:
        return 0, 0
    asserted: list[int] = []
    kinds = ("member_call_expression", "scoped_call_expression", "function_call_expression")
    cases = 0
    for kind in kinds:
        for call in tree.find_all(kind=kind):
            callee = call.field("name") or call.field("function")
            if callee is not None and _PHP_ASSERTIONS.match(callee.text()[:80]):
                asserted.append(call.range().start.index)
    for call in tree.find_all(kind="function_call_expression"):
        callee = call.field("function")
        if callee is not None and _PHP_CASE.match(callee.text()[:20]):
            place = call.range()
            cases += any(place.start.index < one < place.end.index for one in asserted[:2_000])
    full, hollow = _within(tree, "method_declaration", asserted, _PHP_TEST)
    return full + cases, hollow


def _within(tree: SgNode, kind: str, asserted: list[int], name: re.Pattern[str]) -> tuple[int, int]:
    """Count the functions of a name that hold an assertion, and those that hold none."""
    asserted.sort()
    full = hollow = 0
    for function in tree.find_all(kind=kind):
        title = function.field("name")
        if title is None or not name.match(title.text()[:80]):
            continue
        place = function.range()
        position = bisect_left(asserted, place.start.index)
        if position < len(asserted) and asserted[position] < place.end.index:
            full += 1
        else:
            hollow += 1
    return full, hollow
