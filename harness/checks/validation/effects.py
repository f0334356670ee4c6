"""What the handlers of one endpoint read of a request, and what they validate before."""

from __future__ import annotations

from dataclasses import dataclass, field

from ast_grep_py import SgNode

from harness.checks.validation.bodies import Bodies
from harness.checks.validation.containers import Containers
from harness.checks.validation.evaluator import Evaluator
from harness.checks.validation.fate import Fate, FateFinder
from harness.checks.validation.middleware import Middleware
from harness.checks.validation.reads import Reads
from harness.checks.validation.rounds import rounds_around
from harness.checks.validation.schemas import Schemas
from harness.checks.validation.signs import Frame
from harness.checks.validation.standard import parts_in
from harness.checks.validation.terms import (
    REQUEST_PARTS,
    SOURCES,
    Bound,
    Env,
    Items,
    Part,
    Term,
    Terms,
)
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    callee_of,
    parameters_of_function,
    unwrap,
)
from harness.response.javascript.values import CallValue, FunctionValue, Literal, Member
from harness.response.record import entity

__all__ = ["CHAIN", "Effects", "Fault", "Runner"]

CHAIN = " chain"  # behind the name of a library whose middleware does not stop the request by itself
_MAX_CALLS = 6
_MAX_FUNCTIONS = 120


@entity
class Fault:
    """A validation whose failure does not stop the request."""

    node: SgNode
    unit: Unit
    fate: Fate
    library: str
    sources: tuple[str, ...]


@dataclass(slots=True)
class Effects:
    """Of one endpoint: what is read where, what is validated by which library, what is only suspected.

    ``covers`` maps a source to the libraries that validate it; the library is empty where the schema is
    not shown. ``unseen`` are middlewares that may validate, to judge by their name alone. ``answering`` are
    the functions that run as its handler, those included that the handler gives the request to.
    """

    reads: dict[str, tuple[SgNode, Unit]] = field(default_factory=dict)
    covers: dict[str, set[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unseen: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    hidden_handler: bool = False
    answering: list[SgNode] = field(default_factory=list)

    def cover(self, sources: tuple[str, ...], library: str) -> None:
        """Note that a library validates some sources."""
        for source in sources:
            self.covers.setdefault(source, set()).add(library)


class Runner:
    """Runs the handlers of endpoints on a symbolic request."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.schemas = Schemas(evaluator)
        self.middleware = Middleware(self.schemas)
        self.bodies = Bodies()
        self.reads = Reads(evaluator, Containers(self.schemas), self.bodies)
        self.fates = FateFinder(evaluator)
        self._functions = 0
        self._has_run: set[tuple[int, SgNode]] = set()

    def has_run(self, unit: Unit, function: SgNode) -> bool:
        """Say whether a function has been run for some endpoint, alone or as part of another."""
        if (id(unit), function) in self._has_run:
            return True
        around = (up for up in function.ancestors() if up.kind() in FUNCTION_KINDS)
        return any((id(unit), up) in self._has_run for up in around)

    def run_on(self, term: Term, part: Part, effects: Effects) -> None:
        """Run a function on a part of the request: the ``transform`` of a pipe."""
        self._called(term, [(part,)], effects, only_throws=True)

    def run_param(self, term: Term, name: str, effects: Effects) -> None:
        """Run the callback of ``router.param(name, callback)``: it is handed the value as well."""
        self._called(term, [(Part(),), (), (), (Part(("params", name)),)], effects, only_throws=False)

    def _called(self, term: Term, given: list[Terms], effects: Effects, *, only_throws: bool) -> None:
        if isinstance(term, Bound) and isinstance(term.value, FunctionValue):
            self._functions = 0
            bound = Bound(term.value, self.evaluator.bind(term.value, given, term.env))
            frame = Frame(term.value.node, term.value.unit, bound, only_throws=only_throws)
            self._function(frame, effects, final=False)

    def run(self, term: Term, effects: Effects, *, final: bool, label: SgNode | None = None) -> None:
        """Run one middleware or handler of an endpoint."""
        self._functions = 0
        self._handler(term, effects, final=final, label=label, depth=0)

    def _handler(
        self, term: Term, effects: Effects, *, final: bool, label: SgNode | None, depth: int
    ) -> None:
        if isinstance(term, Items):
            for alternatives in term.items:
                for item in alternatives:
                    self._handler(item, effects, final=final, label=label, depth=depth + 1)
            return
        if isinstance(term, Part) or depth > _MAX_CALLS:
            return
        value = term.value
        if isinstance(value, FunctionValue):
            parameters = parameters_of_function(value.node)
            if len(parameters) < 4:
                request: Terms = (Part(),)
                env = self.evaluator.bind(value, [request], term.env)
                self._function(Frame(value.node, value.unit, Bound(value, env)), effects, final=final)
        elif isinstance(value, CallValue):
            self._made(term, value, effects, final=final, depth=depth)
        elif not isinstance(value, Literal):
            self._not_shown(term, effects, label, final=final)

    def _made(self, term: Bound, value: CallValue, effects: Effects, *, final: bool, depth: int) -> None:
        """A middleware that an unseen function makes: an adapter, a wrapper, a validator by its name."""
        applied = self.middleware.applied(term, value)
        if applied is not None:
            library, sources = applied
            library += CHAIN if library == "express-validator" else ""
            effects.cover(sources or SOURCES, library)
            return
        wrapped = False
        for argument in self.evaluator.arguments(value.node, value.unit, term.env):
            for inner in argument:
                if isinstance(inner, Bound) and isinstance(inner.value, FunctionValue):
                    wrapped = True
                    self._handler(inner, effects, final=final, label=None, depth=depth + 1)
                elif isinstance(inner, Bound) and isinstance(inner.value, Member) and final:
                    wrapped = True
                    effects.hidden_handler = True
        if not wrapped:
            self._not_shown(term, effects, value.node, final=final)

    def _not_shown(self, term: Bound, effects: Effects, label: SgNode | None, *, final: bool) -> None:
        guess = self.middleware.guessed(term, label)
        if guess is not None:
            library, sources, words = guess
            if library:
                effects.cover(sources or SOURCES, library)
            else:
                effects.unseen.append((words, sources))
        elif final:
            effects.hidden_handler = True

    # Shown functions.

    def _function(self, frame: Frame, effects: Effects, *, final: bool) -> None:
        self._functions += 1
        self._has_run.add((id(frame.unit), frame.function))
        if final:
            effects.answering.append(frame.function)
        body = frame.function.field("body")
        if body is None or self._functions > _MAX_FUNCTIONS:
            return
        own = Effects()
        validated: list[SgNode] = []
        for node, kind, _ in self.bodies.of(body):
            if kind == "call_expression":
                validated += self._call(frame, node, own)
        for source, node in self.reads.of(frame, body, validated):
            own.reads.setdefault(source, (node, frame.unit))
        self._merge(effects, own, final=final)

    @staticmethod
    def _merge(effects: Effects, own: Effects, *, final: bool) -> None:
        """What a validator reads, it reads to validate it."""
        validates = bool(own.covers or own.faults or own.unseen)
        for source, place in own.reads.items():
            if final or not validates:
                effects.reads.setdefault(source, place)
        for source, libraries in own.covers.items():
            effects.covers.setdefault(source, set()).update(libraries)
        effects.faults += own.faults
        effects.unseen += own.unseen
        if final:
            effects.answering += own.answering
        effects.hidden_handler = effects.hidden_handler or (final and own.hidden_handler)

    def _call(self, frame: Frame, call: SgNode, effects: Effects) -> list[SgNode]:
        """Look at one call; return the nodes that are only read to be validated."""
        validated = self._validation(frame, call, effects)
        if validated is not None:
            return validated
        callee = callee_of(call)
        if callee is None:
            return []
        if frame.depth >= _MAX_CALLS:
            effects.hidden_handler = True
            return []
        arguments = self.evaluator.arguments(call, frame.unit, frame.bound.env)
        direct = any(self._is_request(term) for terms in arguments for term in terms)
        if not direct and not self._hands_over(frame, call):
            return []
        whole = any(isinstance(term, Part) and not term.path for terms in arguments for term in terms)
        for term in self.evaluator.evaluate(callee, frame.unit, frame.bound.env):
            if isinstance(term, Bound) and isinstance(term.value, FunctionValue):
                if self._is_running(frame, term.value):
                    continue
                env = self.evaluator.bind(term.value, arguments, term.env)
                inner = Bound(term.value, env)
                below = Frame(term.value.node, term.value.unit, inner, frame, call, {}, frame.depth + 1)
                self._function(below, effects, final=True)
            elif isinstance(term, Bound):
                self._unseen_call(term, callee, effects, whole=whole)
        return []

    def _unseen_call(self, term: Bound, callee: SgNode, effects: Effects, *, whole: bool) -> None:
        if self.schemas.library(term):
            return  # `schema.describe(data)`: it is the library's, but it does not validate
        guess = self.middleware.guessed(term, callee)
        if guess is not None:
            effects.unseen.append((guess[2], guess[1]))
        elif whole and not isinstance(term.value, CallValue):
            effects.hidden_handler = True

    @staticmethod
    def _is_running(frame: Frame, function: FunctionValue) -> bool:
        here: Frame | None = frame
        while here is not None:
            if here.function == function.node and here.unit is function.unit:
                return True
            here = here.parent
        return False

    @staticmethod
    def _is_request(term: Term) -> bool:
        return isinstance(term, Part) and (not term.path or term.path[0] in SOURCES)

    def _hands_over(self, frame: Frame, call: SgNode) -> bool:
        """Say whether an argument is made of the request: `{ ...req.body, id: req.params.id }`."""
        return any(
            unwrap(argument).kind() in {"object", "array"}
            and any(
                self._is_request(p) for p in parts_in(self.evaluator, argument, frame.unit, frame.bound.env)
            )
            for argument in arguments_of(call)
        )

    # Validating calls.

    def _validation(self, frame: Frame, call: SgNode, effects: Effects) -> list[SgNode] | None:
        found: list[SgNode] | None = None
        if not self.schemas.may_validate(call):
            return None
        for env in rounds_around(self.evaluator, frame, call):
            one = self._validation_under(frame, call, env, effects)
            found = one if one is not None else found
        return found

    def _validation_under(
        self, frame: Frame, call: SgNode, env: Env, effects: Effects
    ) -> list[SgNode] | None:
        form = self.schemas.form_of_call(call, frame.unit, env)
        if form is None:
            return None
        parts = parts_in(self.evaluator, form.data, frame.unit, env) if form.data is not None else []
        sources = tuple(dict.fromkeys(part.source for part in parts if part.source in REQUEST_PARTS))
        if any(not part.path for part in parts):
            sources = SOURCES if form.keys is None else form.keys
        if not sources:
            return None
        if form.absent:
            return [call]
        fate = self.fates.of(frame.fresh(), call, form.form)
        if fate is Fate.STOPPED:
            effects.cover(sources, form.library)
        else:
            effects.faults.append(Fault(call, frame.unit, fate, form.library, sources))
        return [call]
