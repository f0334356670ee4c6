"""What shown code demands of a request: every way on which it is turned away, and on what grounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.checks.access.kinds import Guard
from harness.checks.access.served.conditions import Conditions, ends
from harness.checks.access.served.meaning import Meaning
from harness.checks.access.served.notes import only_notes, turns_away
from harness.checks.access.served.refusals import FORBIDDEN, STOPPING, TOO_MANY, UNAUTHORISED, refused
from harness.response.endpoints.reading import Reading, last_name
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Await,
    Binary,
    Call,
    Conditional,
    Expression,
    Function,
    Unary,
)
from harness.response.flow.statements import (
    Define,
    Evaluate,
    If,
    Jump,
    Loop,
    Raise,
    Return,
    Statement,
    Switch,
    Try,
    Unit,
    With,
)
from harness.response.flow.walk import walk

__all__ = ["Code", "Verdict"]

_AUTHENTICATED = frozenset({Guard.AUTHENTICATION})
_AUTHORISED = frozenset({Guard.AUTHENTICATION, Guard.AUTHORISATION})
_COUNTED = frozenset({Guard.RATE_LIMIT})
_UNLESS = frozenset({"abort_unless", "throw_unless"})
_ABORT_IF = frozenset({"abort_if", "throw_if"})
_MAX_DEPTH = 3
_MAX_GROUNDS = 20


@dataclass(slots=True)
class Verdict:
    """What is demanded, what only seems to be, whether it is asked whose the thing is.

    ``machine``: what is asked for is the key of a program, not who its user is.
    """

    guards: set[Guard] = field(default_factory=set)
    attempted: set[Guard] = field(default_factory=set)
    owner: bool = False
    machine: bool = False

    def add(self, other: Verdict) -> None:
        """Take over what another one says."""
        self.guards |= other.guards
        self.attempted |= other.attempted
        self.owner = self.owner or other.owner
        self.machine = self.machine or other.machine


@dataclass(slots=True)
class _Walk:
    """One walk over a function: its unit, how deep in calls, what it is for."""

    unit: Unit
    depth: int
    is_predicate: bool
    enters: bool
    method: str
    verdict: Verdict = field(default_factory=Verdict)
    calls: list[Call] = field(default_factory=list)


_Grounds = tuple[tuple[Expression, bool], ...]


class Code:
    """Reads functions."""

    def __init__(self, reading: Reading, meaning: Meaning) -> None:
        self.reading = reading
        self.meaning = meaning
        self.conditions = Conditions(reading)
        self._busy: set[Function] = set()

    def of_function(
        self, function: Function, unit: Unit, *, predicate: bool = False, method: str = "", depth: int = 0
    ) -> tuple[Verdict, list[Call]]:
        """Return what a guard demands, and the calls that it always makes; what it defines is part of it."""
        if function in self._busy or depth > _MAX_DEPTH:
            return Verdict(), []
        self._busy.add(function)
        here = _Walk(unit, depth, predicate, enters=True, method=method)
        self._visit(function.body, (), here, dead=False)
        self._busy.discard(function)
        return here.verdict, here.calls

    def of_body(self, body: Iterable[Statement], unit: Unit, method: str = "") -> tuple[Verdict, list[Call]]:
        """Return what the statements of a handler demand; functions defined in it do not run."""
        here = _Walk(unit, 0, is_predicate=False, enters=False, method=method)
        self._visit(tuple(body), (), here, dead=False)
        return here.verdict, here.calls

    # Statements.

    def _visit(self, body: tuple[Statement, ...], grounds: _Grounds, here: _Walk, *, dead: bool) -> bool:
        """Follow statements; return whether all ways end here."""
        for position, statement in enumerate(body):
            if isinstance(statement, If):
                ended, grounds = self._if(statement, grounds, here, dead=dead)
            elif isinstance(statement, Return | Raise):
                self._end(statement, grounds, here, dead=dead)
                ended = True
            elif isinstance(statement, Jump) and statement.kind in {"break", "continue"}:
                return False
            elif isinstance(statement, Evaluate):
                ended = self._evaluate(
                    statement.value, grounds, here, body[position + 1 : position + 4], dead=dead
                )
            else:
                ended = self._nested(statement, grounds, here, dead=dead)
            if ended:
                return True
        return False

    def _if(self, statement: If, grounds: _Grounds, here: _Walk, *, dead: bool) -> tuple[bool, _Grounds]:
        test = statement.test
        self._collect(test, grounds, here, dead=dead)
        if here.enters and not statement.otherwise and only_notes(statement.then):
            # It looks at the right thing, notes it, and lets everybody pass.
            if self.meaning.is_role(test, here.unit):
                here.verdict.attempted.add(Guard.AUTHORISATION)
            elif self.meaning.is_identity(test, here.unit):
                here.verdict.attempted.add(Guard.AUTHENTICATION)
        truth = self.conditions.truth(test, here.unit, here.method)
        then = self._visit(statement.then, (*grounds, (test, True)), here, dead=dead or truth is False)
        other = self._visit(statement.otherwise, (*grounds, (test, False)), here, dead=dead or truth is True)
        if (then or truth is False) and (other or truth is True) and (then or other):
            return (then and truth is not False) or (other and truth is not True), grounds
        if then and truth is None:
            # What stood before says nothing more of what comes after many tests.
            return False, (*grounds[-_MAX_GROUNDS:], (test, False))
        return False, grounds

    def _nested(self, statement: Statement, grounds: _Grounds, here: _Walk, *, dead: bool) -> bool:
        if isinstance(statement, Define):
            if here.enters and isinstance(statement.value, Function):
                self._visit(statement.value.body, (), here, dead=dead)
            return False
        if isinstance(statement, Try):
            ended = self._visit(statement.body, grounds, here, dead=dead)
            tried = tuple((call, False) for call in _calls_in(statement.body)[:4])
            for handler in statement.handlers:
                self._visit(handler.body, (*grounds, *tried), here, dead=dead)
            self._visit((*statement.otherwise, *statement.final), grounds, here, dead=dead)
            return ended and all(ends(handler.body) for handler in statement.handlers)
        if isinstance(statement, With):
            for item in statement.items:
                self._collect(item, grounds, here, dead=dead)
            return self._visit(statement.body, grounds, here, dead=dead)
        if isinstance(statement, Loop):
            self._visit(statement.body, (*grounds, *_ground(statement.subject)), here, dead=dead)
        elif isinstance(statement, Switch):
            for case in statement.cases:
                self._visit(case.body, (*grounds, (statement.subject, True)), here, dead=dead)
        return False

    def _end(self, statement: Return | Raise, grounds: _Grounds, here: _Walk, *, dead: bool) -> None:
        value = statement.value
        if isinstance(value, Function) and here.enters:
            self._visit(value.body, (), here, dead=dead)
            return
        if value is not None:
            self._collect(value, grounds, here, dead=dead)
        if here.is_predicate and isinstance(statement, Return) and value is not None:
            self._predicate(value, grounds, here, dead=dead)
            return
        if isinstance(value, Conditional):
            # `return $ok ? $next($request) : response('', 403)`
            for part, holds in ((value.then, True), (value.otherwise, False)):
                code = refused(self.reading, part, here.unit)
                if code:
                    self._record(code, (*grounds, (value.test, holds)), here, dead=dead)
            return
        code = refused(self.reading, value, here.unit)
        if not code and (isinstance(statement, Raise) or turns_away(value)):
            code = self._by_ground(grounds, here)
        if not code and grounds and self._asks_for_user(grounds[-1], here):
            code = UNAUTHORISED
        if code:
            self._record(code, grounds, here, dead=dead)

    def _by_ground(self, grounds: _Grounds, here: _Walk) -> int:
        """Return why a request is turned away whose answer does not say it: `raise Http404` for strangers."""
        if not grounds:
            return 0
        test = grounds[-1][0]
        about = self.meaning.is_role(test, here.unit) or self._compares_owner(test, here.unit)
        return FORBIDDEN if about else 0

    def _asks_for_user(self, ground: tuple[Expression, bool], here: _Walk) -> bool:
        """Say whether a way is taken only by those who are not signed in: ``if "user_id" not in session``."""
        test, holds = ground
        if isinstance(test, Unary) and test.operator == "!":
            test, holds = test.value, not holds
        if (isinstance(test, Binary) and test.operator in {"!in", "===", "=="}) or (
            isinstance(test, Call) and last_name(test) == "empty"
        ):
            holds = not holds
        names = {one.lower() for one in self.meaning.words(test, here.unit)}
        known = names & {"session", "user", "authenticated"} and not names & {"'password", "password", "hash"}
        return not holds and bool(known) and not isinstance(test, Conditional)

    def _predicate(self, value: Expression, grounds: _Grounds, here: _Walk, *, dead: bool) -> None:
        truth = self.conditions.truth(value, here.unit, here.method)
        if truth is True:
            return
        grounds = grounds if truth is False else (*grounds, (value, False))
        self._record(FORBIDDEN, grounds, here, dead=dead)

    def _evaluate(
        self,
        value: Expression,
        grounds: _Grounds,
        here: _Walk,
        rest: tuple[Statement, ...],
        *,
        dead: bool,
    ) -> bool:
        while isinstance(value, Await):
            value = value.value
        if isinstance(value, Binary) and value.operator in {"||", "&&"}:
            # `$ok or die()`
            inner = (*grounds, (value.left, value.operator == "&&"))
            self._collect(value.left, grounds, here, dead=dead)
            self._evaluate(value.right, inner, here, (), dead=dead)
            return False
        self._collect(value, grounds, here, dead=dead)
        call = value if isinstance(value, Call) else None
        if call is None:
            return False
        name = last_name(call)
        if name in _UNLESS | _ABORT_IF and call.arguments:
            test = call.arguments[0].value
            truth = self.conditions.truth(test, here.unit, here.method)
            never = truth is (name in _UNLESS)
            code = refused(self.reading, call, here.unit) or FORBIDDEN
            self._record(code, (*grounds, (test, name in _ABORT_IF)), here, dead=dead or never)
            return False
        code = refused(self.reading, call, here.unit)
        if code and (name in STOPPING or self._stops(call, here) or ends(rest)):
            self._record(code, grounds, here, dead=dead)
            return True
        if name in {"exit", "die"} and grounds:
            code = self._by_ground(grounds, here)
            if not code and self._asks_for_user(grounds[-1], here):
                code = UNAUTHORISED
            if code:
                self._record(code, grounds, here, dead=dead)
        return name in {"abort", "exit", "die"}

    def _stops(self, call: Call, here: _Walk) -> bool:
        """Say whether a shown function that is called never comes back; what is not shown is believed."""
        shown = self.reading.names.callees(call, here.unit)
        if not shown:
            name = last_name(call)
            if name == "send":
                return True  # a hook of Fastify that has answered goes no further
            return not isinstance(call.callee, Attribute) and name not in {
                "http_response_code",
                "header",
                "setcookie",
            }
        return all(function.annotation == "never" or ends(function.body) for function, _ in shown)

    # What is found.

    def _record(self, code: int, grounds: _Grounds, here: _Walk, *, dead: bool) -> None:
        found, owner = self._demanded(code, grounds, here)
        if dead:
            here.verdict.attempted |= found
        elif grounds or here.enters:
            here.verdict.guards |= found
            here.verdict.owner = here.verdict.owner or owner

    def _demanded(self, code: int, grounds: _Grounds, here: _Walk) -> tuple[frozenset[Guard], bool]:
        if code == TOO_MANY:
            return (_COUNTED if grounds else frozenset()), False
        tests = [test for test, _ in grounds]
        if any(self.meaning.is_role(test, here.unit) for test in tests):
            return _AUTHORISED, False
        if code == UNAUTHORISED:
            return (_AUTHENTICATED if grounds else frozenset()), False
        if any(self._compares_owner(test, here.unit) for test in tests):
            return _AUTHENTICATED, True
        known = any(self.meaning.is_identity(test, here.unit) for test in tests)
        return (_AUTHENTICATED if known else frozenset()), False

    def _compares_owner(self, test: Expression, unit: Unit) -> bool:
        """Say whether a condition is like ``post.author_id != current_user.id``."""
        if isinstance(test, Unary):
            return self._compares_owner(test.value, unit)
        if not isinstance(test, Binary):
            return False
        if test.operator in {"||", "&&"}:
            return self._compares_owner(test.left, unit) or self._compares_owner(test.right, unit)
        sides = ((test.left, test.right), (test.right, test.left))
        return any(
            isinstance(one, Attribute)
            and self.meaning.names_owner(one.name)
            and self.meaning.is_callers(other, unit)
            for one, other in sides
        )

    def _collect(self, expression: Expression, grounds: _Grounds, here: _Walk, *, dead: bool) -> None:
        """Note the calls that are always made."""
        if not dead and (not grounds or here.enters):
            here.calls += _calls_of(expression)


def _ground(expression: Expression | None) -> _Grounds:
    return () if expression is None else ((expression, True),)


def _calls_of(expression: Expression) -> list[Call]:
    return [node for node in walk([expression], into_functions=False) if isinstance(node, Call)][:40]


def _calls_in(body: tuple[Statement, ...]) -> list[Call]:
    found: list[Call] = []
    for statement in body:
        value = getattr(statement, "value", None)
        if isinstance(value, Call | Await | Assignment | Binary):
            found += _calls_of(value)
    return found
