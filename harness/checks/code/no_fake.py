"""P08, G01: what the code answers is worked out, not made up."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.code.made_up import made_up_answers, makeshift_stores, pretending_classes, sample_tables
from harness.checks.code.pretence import PRETENDS, pretending_remarks
from harness.checks.code.pretended_work import left_out_work, literal_logins, pretended_work
from harness.checks.code.records import is_constant
from harness.checks.code.remarks import remarks_in
from harness.checks.code.served import ANSWERS, is_remark, served_in
from harness.checks.code.stubs import stubs_in
from harness.checks.errors.terms import entries_of, judged_units, last_name, names_in, title_of
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import BlockRole
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Call,
    Constant,
    Expression,
    Function,
    Items,
    Mapping,
    Name,
    Text,
)
from harness.response.flow.statements import Raise, Return, Unit
from harness.response.flow.walk import walk
from harness.response.program import Program

__all__ = ["NoFake"]

_ASKS = re.compile(
    r"^(?:is|can|has|may|check|verify|validate|authenticate|authoriz|allow|permit|ensure|exists)(?=[A-Z_]|$)"
)
_FAKERS = (["faker"], ["$faker"], ["fake"])
_MAKES_SAMPLES = re.compile(r"\bextends\s+\w*(?:Factory|Seeder)\b|\bclass\s+\w*Factory\b")
_RANDOM = frozenset(
    (
        "Math.random random.random random.randint random.uniform random.choice random.sample random.gauss "
        "random.choices random.randrange rand mt_rand random_int faker fake shuffle array_rand lcg_value"
    ).split()
)
_RANDOM_WORDS = ("rand", "fake", "shuffle", "lcg_value")  # one of them is in each of these
# What is rightly left to chance.
_BY_CHANCE = frozenset(
    (
        "id ids uuid uid guid token nonce salt secret otp code pin jitter backoff delay wait retry sample "
        "shuffle "
        "shuffled random seed key password name suffix slug color colour port captcha lottery dice draw "
        "winner "
        "pick sleep timeout bucket shard canary experiment variant weight weighted balance balancer test "
        "spread "
        "reference number filename avatar challenge"
    ).split()
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _is_by_chance(name: str) -> bool:
    words = [word.lower() for word in _WORDS.findall(name)]
    pairs = (first + second for first, second in itertools.pairwise(words))
    return any(word in _BY_CHANCE for word in itertools.chain(words, pairs))


class NoFake(Check):
    """Where a real implementation is called for, nothing is made up in its place.

    Made up are: answers of endpoints that are constants with the look of data, results drawn by lot,
    questions that are always answered with yes (a permission check that only returns true), functions whose
    very name says fake, mock or dummy, and code that a comment calls a simulation. Seeds, tests, examples of
    a contract, health checks and what is rightly random (identifiers, tokens, jitter) are not.
    """

    id: ClassVar[str] = "code/no-fake"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Never mock the business logic",
        "Don't return fake data",
        "Do not simulate functionality, implement it",
        "No hardcoded sample data in responses",
        "Real data and logic, no mocks or dummies",
        "Never return hardcoded or dummy responses",
        "No dummy data",
        "No dummy or fake implementation where a real one is needed",
        "Never build a dummy or a fake where a real implementation is called for",
        "Start from authentic use cases and the real logic of the business, never with dummies",
        "Start from authentic use cases, never with fake endpoints",
        "Authentic use cases with real business logic",
        "No mock data or fake responses in production code",
        "No fake data in production",
        "No mock implementations in production",
        "Real implementations, never simulated ones",
        "Never fake functionality",
        "Never return dummy data",
        "Endpoints never return mock data",
        "No hardcoded responses that pretend to work",
        "No fake data in responses",
        "Never simulate work with timeouts or random values",
        "No simulated or random results in place of real ones",
        "Do not fake results",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the functions of the answer's server code."""
        program = exchange.program
        units = judged_units(program)
        written = [one for unit in units for one in unit.functions]
        scripts = any(block.role is BlockRole.SCRIPT for block in program.answered)
        cut = exchange.truncated or any(block.truncated for block in program.answered)
        if not cut and not scripts and not written and not any(unit.calls for unit in units):
            return Decision(Outcome.NOT_APPLICABLE, "no implementation that could be made up")
        findings = [*pretending_remarks(program)]
        for unit in units:
            findings += _in_unit(program, unit)
        if findings:
            ordered = sorted({(one.block, one.line): one for one in reversed(findings)}.values(), key=_place)
            count = len(ordered)
            said = f"{count} times, the first: " if count > 1 else ""
            return Decision(Outcome.FAIL, f"{said}{ordered[0].message}", tuple(ordered))
        if not scripts and stubs_in(program) and len(stubs_in(program)) == len(written):
            return Decision(Outcome.NOT_APPLICABLE, "nothing is implemented that could be made up")
        if cut:
            return Decision(Outcome.UNDECIDED, "the answer was cut off; until then nothing is seen made up")
        return Decision(Outcome.PASS, "nothing is seen that is made up")


def _place(finding: Finding) -> tuple[int, int]:
    return finding.line, finding.column


def _in_unit(program: Program, unit: Unit) -> Iterator[Finding]:
    flow = program.flow
    entries = entries_of(unit, flow)
    for function in unit.functions:
        if function.is_abstract or flow.is_counter_example(unit, function.node):
            continue
        name = title_of(flow, unit, function)
        if PRETENDS.search(name):
            yield flow.finding(unit, function.node, f"{name}() says itself that it is made up")
            continue
        yield from _of_function(flow, unit, function, name, is_entry=function in entries)
    served = list(served_in(flow, unit))
    undone = {remark.finding.line for remark in remarks_in(program) if remark.block is unit.block}
    admitted = {finding.line for finding in pretending_remarks(program)}
    for one in served:
        if PRETENDS.search(one.function.owner) or (admitted and _admits(flow, unit, one.function, admitted)):
            continue  # it says so itself, which is the finding
        yield from pretended_work(flow, unit, one)
        yield from left_out_work(flow, unit, one, undone)
        yield from made_up_answers(program, unit, one)
    yield from sample_tables(flow, unit)
    yield from pretending_classes(flow, unit)
    yield from makeshift_stores(program, flow, unit, served)
    yield from literal_logins(flow, unit)
    text = unit.block.text
    calls = unit.calls if ("faker" in text or "fake()" in text) and not _MAKES_SAMPLES.search(text) else ()
    invented = next((one for one in calls if names_in(one.callee)[1:][-1:] in _FAKERS), None)
    if invented is not None and not flow.is_counter_example(unit, invented.node):
        yield flow.finding(unit, invented.node, "what faker invents is given out as data")


@lru_cache(maxsize=8)
def _names_a_draw(text: str) -> bool:
    return any(word in text for word in _RANDOM_WORDS)


def _admits(flow: Flow, unit: Unit, function: Function, admitted: set[int]) -> bool:
    place = flow.finding(unit, function.node, "")
    return any(place.line - 1 <= line <= place.end_line for line in admitted)


def _of_function(
    flow: Flow, unit: Unit, function: Function, name: str, *, is_entry: bool
) -> Iterator[Finding]:
    agreed = _always_yes(function, name)
    if agreed is not None:
        yield flow.finding(unit, agreed.node, f"{name}() says yes whatever it is asked")
        return
    number = _constant_estimate(function, name)
    if number is not None:
        yield flow.finding(unit, number.node, f"{name}() gives the same number, whatever it is asked")
        return
    made = _constant_object(function, name)
    if made is not None:
        yield flow.finding(unit, made.node, f"{name}() returns the same made-up object, whatever it is asked")
        return
    # Nothing is drawn where no such call is named, and to look for names costs next to nothing.
    if _names_a_draw(unit.block.text) and (name or is_entry) and not _is_by_chance(name):
        for call in _drawn(function):
            yield flow.finding(unit, call.node, f"the result of {name or 'a handler'} is drawn by lot")
    if not is_entry and name and function.parameters:
        made_up = _constant_rows(flow, unit, function)
        if made_up is not None:
            yield flow.finding(unit, made_up.node, f"{name}() returns made-up rows, whatever it is asked")


def _constant_rows(flow: Flow, unit: Unit, function: Function) -> Expression | None:
    """Return two or more constant records that are all a function with parameters ever returns."""
    returns = flow.names.inside(function, unit, Return)
    if len(returns) != 1 or returns[0].value is None or not _is_echo(function, returns[0].value):
        return None
    for node in walk([returns[0].value], into_functions=False):
        if isinstance(node, Items):
            rows = [item for item in node.items if isinstance(item, Mapping) and len(item.entries) > 1]
            if len(rows) > 1 and len(rows) == len(node.items) and any(_names_a_row(row) for row in rows):
                return node
    return None


def _is_echo(function: Function, value: Expression) -> bool:
    """Tell whether nothing in a value comes from anywhere but this line and what was asked."""
    asked = {last_name(one.target) for one in function.parameters}
    return all(
        isinstance(node, Constant | Mapping | Items | Text) or (isinstance(node, Name) and node.name in asked)
        for node in walk([value], into_functions=False)
    )


def _constant_object(function: Function, name: str) -> Call | None:
    """Return the ``User(id=1, email="a@example.com")`` that is all of a function that is given something."""
    asked = [one for one in function.parameters if last_name(one.target) not in {"self", "cls"}]
    only = function.body[0] if len(function.body) == 1 else None
    value = only.value if isinstance(only, Return) else None
    if not name or not asked or not isinstance(value, Call) or not last_name(value.callee)[:1].isupper():
        return None
    given = [one for one in value.arguments if one.name]
    if (
        len(given) < 2
        or len(given) != len(value.arguments)
        or not all(is_constant(one.value) for one in given)
    ):
        return None
    return value if any(one.name in {"id", "email", "username"} for one in given) else None


def _names_a_row(row: Mapping) -> bool:
    keys = {str(entry.key.value).lower() for entry in row.entries if isinstance(entry.key, Constant)}
    return any(key == "id" or key.endswith(("_id", "name", "email", "price", "title")) for key in keys)


def _always_yes(function: Function, name: str) -> Return | None:
    """Return the one ``return true`` of a function that is asked a question and looks at nothing."""
    asked = [one for one in function.parameters if last_name(one.target) not in {"self", "cls"}]
    if not _ASKS.match(name) or not asked:
        return None
    returns = [node for node in walk(function.body, into_functions=False) if isinstance(node, Return)]
    if len(returns) != 1 or any(
        isinstance(node, Raise) for node in walk(function.body, into_functions=False)
    ):
        return None
    if not _is_yes(returns[0].value):
        return None
    # A function that calls something may throw, or may have asked elsewhere.
    looks = [
        node
        for node in walk(function.body, into_functions=False)
        if isinstance(node, Call) and not is_remark(node)
    ]
    return None if looks else returns[0]


def _is_yes(value: Expression | None) -> bool:
    """Tell whether a result is ``true``, or a record of constants with ``true`` in it."""
    if isinstance(value, Mapping) and is_constant(value):
        return any(_is_yes(entry.value) for entry in value.entries if isinstance(entry.value, Constant))
    return isinstance(value, Constant) and value.value is True


_ESTIMATES = re.compile(
    r"(?:predict|estimate|forecast|classify|calculate|compute|score|distance|duration|balance|average|convert)"
    r"(?:_|[A-Z]|\Z)"
)


def _constant_estimate(function: Function, name: str) -> Return | None:
    """Return the ``return 0.42`` that is all of a function which is given something to judge."""
    asked = [one for one in function.parameters if last_name(one.target) not in {"self", "cls"}]
    only = function.body[0] if len(function.body) == 1 else None
    if not asked or not isinstance(only, Return) or _ESTIMATES.match(name) is None:
        return None
    value = only.value
    is_number = isinstance(value, Constant) and isinstance(value.value, int | float)
    # Nothing (0, false) is a fair default of a base class.
    return only if is_number and isinstance(value, Constant) and value.value else None


def _drawn(function: Function) -> Iterator[Call]:
    """Yield the draws whose result is (part of) what a function returns."""
    assigned: dict[str, Expression] = {}
    for node in walk(function.body, into_functions=False):
        target, value = getattr(node, "target", None), getattr(node, "value", None)
        if isinstance(target, Name) and value is not None and not isinstance(node, Return):
            assigned[target.name] = value
    for node in walk(function.body, into_functions=False):
        value = node.value if isinstance(node, Return) else None
        if value is not None:
            yield from _draws_in(value, assigned, "")
        elif isinstance(node, Call) and last_name(node.callee) in ANSWERS:
            for argument in node.arguments:
                yield from _draws_in(argument.value, assigned, "")


def _draws(call: Call) -> bool:
    names = names_in(call.callee)
    return ".".join(reversed(names)) in _RANDOM or (
        len(names) > 1 and names[-1] in {"faker", "$faker", "fake"}
    )


def _draws_in(value: Expression, assigned: dict[str, Expression], key: str) -> Iterator[Call]:
    """Look through mappings key by key: an identifier may be drawn, a price may not."""
    if _is_by_chance(key):
        return
    if isinstance(value, Mapping):
        for entry in value.entries:
            name = str(entry.key.value) if isinstance(entry.key, Constant) else ""
            yield from _draws_in(entry.value, assigned, name)
        return
    if isinstance(value, Name) and value.name in assigned and not _is_by_chance(value.name):
        found = assigned[value.name]
        yield from _draws_in(found, {name: one for name, one in assigned.items() if name != value.name}, key)
        return
    for node in walk([value], into_functions=False):
        if isinstance(node, Call) and _draws(node):
            yield node
        elif isinstance(node, Name) and node is not value and node.name in assigned:
            rest = {name: one for name, one in assigned.items() if name != node.name}
            yield from () if _is_by_chance(node.name) else _draws_in(assigned[node.name], rest, "")
