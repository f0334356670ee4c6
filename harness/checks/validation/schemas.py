"""Which library a schema belongs to, and which calls validate with one."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.checks.validation.evaluator import Evaluator
from harness.checks.validation.libraries import LIBRARIES, Form, library_of_module
from harness.checks.validation.terms import REQUEST_PARTS, Bound, Env, Items, Part, Term, Terms
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    arguments_of,
    callee_of,
    named,
    parameters_of_function,
    property_name,
    unwrap,
)
from harness.response.javascript.values import (
    CallValue,
    ClassValue,
    Global,
    Instance,
    Literal,
    Member,
    Module,
    ObjectValue,
    Parameter,
    Value,
    origin_of,
)
from harness.response.record import record

__all__ = ["Application", "Schemas"]

_MAX_DEPTH = 30
_OBJECTS = frozenset({"object", "keys", "append", "compile", "shape", "strictObject", "extend", "celebrate"})
_RESULTS = frozenset(
    {
        "validate",
        "validateAsync",
        "validateSync",
        "attempt",
        "parse",
        "parseAsync",
        "safeParse",
        "safeParseAsync",
    }
)
_METHODS = frozenset(method for library in LIBRARIES.values() for method in library.methods)
_UNSEEN = {
    "validate": Form.ERROR,
    "validateAsync": Form.REJECTS,
    "validateSync": Form.THROWS,
    "safeParse": Form.SUCCESS,
    "safeParseAsync": Form.SUCCESS,
    "parse": Form.THROWS,
    "parseAsync": Form.REJECTS,
    "attempt": Form.THROWS,
}


@record
class Application:
    """A call that validates: how it tells a fault, what it looks at, and with which library.

    ``keys`` are the parts of a request that the schema names, if they are shown; ``absent`` says that the
    schema has no entry for what is looked at.
    """

    form: Form
    data: SgNode | None
    library: str
    keys: tuple[str, ...] | None
    absent: bool


class Schemas:
    """Recognises schemas, validating calls and validating middleware."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._applied: set[tuple[int, SgNode]] = set()
        self._libraries: dict[tuple[int, int], tuple[Bound, str]] = {}

    def was_applied(self, term: Term) -> bool:
        """Say whether some call validated with a schema, or some middleware was given it."""
        return (
            isinstance(term, Bound)
            and isinstance(term.value, CallValue)
            and _place(term.value) in self._applied
        )

    def note(self, terms: Terms) -> None:
        """Remember that these schemas are used."""
        for term in terms:
            if isinstance(term, Bound) and isinstance(term.value, CallValue):
                self._applied.add(_place(term.value))

    # Libraries.

    def library(self, term: Term, depth: int = 0) -> str:
        """Return the library that a schema (or a list or object of schemas) is made with; else empty."""
        if isinstance(term, Part) or depth > _MAX_DEPTH:
            return ""
        if isinstance(term, Items):
            return self.first(tuple(inner for item in term.items for inner in item), depth)
        # Programs lead from one schema to the next by many ways; each is gone once.
        key = (id(term.value), id(term.env))
        if key not in self._libraries:
            self._libraries[key] = (term, "")
            self._libraries[key] = (term, self._library(term, depth))
        return self._libraries[key][1]

    def _library(self, term: Bound, depth: int) -> str:
        value = term.value
        if isinstance(value, CallValue):
            callee = callee_of(value.node)
            if callee is not None and property_name(unwrap(callee).field("property")) in _RESULTS:
                return ""  # what a validation gives is no schema
            return "" if callee is None else self._of_callee(callee, value.unit, term.env, depth)
        if isinstance(value, Instance):
            return self._of_value(value.callee) or self._of_decorators(value.callee)
        if isinstance(value, Member):
            return self.library(Bound(value.base, term.env), depth + 1)
        if isinstance(value, ObjectValue):
            return self.first(tuple(t for _, terms in self.evaluator.properties(term) for t in terms), depth)
        if isinstance(value, Parameter):
            return self._of_annotation(value)
        return self._of_value(value) or self._of_decorators(value)

    def _of_callee(self, callee: SgNode, unit: Unit, env: Env, depth: int) -> str:
        target = unwrap(callee).field("object")
        terms = self.evaluator.evaluate(target if target is not None else callee, unit, env)
        return self.first(terms, depth)

    def first(self, terms: Terms, depth: int = 0) -> str:
        """Return the first library among some schemas."""
        return next((found for term in terms if (found := self.library(term, depth + 1))), "")

    @staticmethod
    def _of_value(value: Value) -> str:
        origin = origin_of(value)
        if origin is None:
            return ""
        module, path = origin
        if module == "global":
            return next((name for name, library in LIBRARIES.items() if path[0] in library.names), "")
        library = library_of_module(module)
        return "" if library is None else library.name

    def _of_decorators(self, value: Value) -> str:
        """A class whose properties carry decorators of class-validator is a schema of it."""
        if not isinstance(value, ClassValue):
            return ""
        for part in value.node.find_all(kind="decorator"):
            for inner in named(part):
                callee = callee_of(inner) if inner.kind() == "call_expression" else inner
                found = (
                    ""
                    if callee is None
                    else self._of_value(self.evaluator.resolver.resolve(callee, value.unit))
                )
                if found:
                    return found
        return ""

    def _of_annotation(self, parameter: Parameter) -> str:
        """`(schema: Joi.ObjectSchema) =>`: the type says which library it is."""
        parameters = parameters_of_function(parameter.function)
        if parameter.index >= len(parameters):
            return ""
        annotation = parameters[parameter.index].field("type")
        if annotation is None:
            return ""
        for part in annotation.find_all(
            {"rule": {"any": [{"kind": "identifier"}, {"kind": "type_identifier"}]}}
        ):
            value = self.evaluator.resolver.name(part.text(), parameter.unit.top, parameter.unit)
            found = self._of_value(value)
            if found and not isinstance(value, Global):
                return found
        return ""

    # Calls that validate.

    @staticmethod
    def may_validate(call: SgNode) -> bool:
        """Say whether a call could validate, to judge by how it is written."""
        callee = callee_of(call)
        if callee is None:
            return False
        callee = unwrap(callee)
        name = property_name(callee.field("property"))
        return callee.kind() == "identifier" or name in _METHODS

    def form_of_call(self, call: SgNode, unit: Unit, env: Env) -> Application | None:
        """Return how a call validates; ``None`` when it does not."""
        callee = callee_of(call)
        arguments = arguments_of(call)
        if callee is None or not arguments:
            return None
        callee = unwrap(callee)
        target = callee.field("object")
        method = property_name(callee.field("property"))
        if target is None:
            return self._of_function(callee, call, unit, env)
        if method is None or method not in _METHODS:
            return None
        schemas = self.evaluator.evaluate(target, unit, env)
        library = self.first(schemas, 0)
        self.note(schemas)
        if library:
            return self._application(library, method, target, arguments, unit, env)
        if method not in _UNSEEN or not all(_may_be_schema(term) for term in schemas):
            return None
        absent = bool(schemas) and all(_is_absent(term) for term in schemas)
        return Application(_UNSEEN[method], arguments[0], "", self.keys(schemas), absent)

    def _of_function(self, callee: SgNode, call: SgNode, unit: Unit, env: Env) -> Application | None:
        """`const { attempt } = Joi`, `const validateUser = ajv.compile(schema)`."""
        for term in self.evaluator.evaluate(callee, unit, env):
            library = self.library(term)
            if not isinstance(term, Bound) or not library:
                continue
            value = term.value
            made = value.callee if isinstance(value, CallValue) else value
            if isinstance(made, Member):
                arguments = arguments_of(call)
                if isinstance(value, CallValue) and library != "ajv":
                    continue
                found = self._application(library, made.name, None, arguments, unit, env)
                if found is not None and isinstance(value, CallValue):
                    return Application(Form.BOOLEAN, arguments[0], library, None, absent=False)
                return found
        return None

    def _application(
        self, library: str, method: str, target: SgNode | None, arguments: list[SgNode], unit: Unit, env: Env
    ) -> Application | None:
        known = LIBRARIES[library]
        form = known.methods.get(method)
        if form is None:
            return None
        second = method in known.data_second and len(arguments) > 1
        data = arguments[1] if second else arguments[0]
        static = (len(arguments) > 1 and target is None) or self._is_module(target, unit, env)
        schema = (
            (arguments[0] if second else arguments[1] if len(arguments) > 1 else None) if static else target
        )
        terms = () if schema is None else self.evaluator.evaluate(schema, unit, env)
        self.note(terms)
        absent = bool(terms) and all(_is_absent(term) for term in terms)
        return Application(form, data, library, self.keys(terms), absent)

    def _is_module(self, target: SgNode | None, unit: Unit, env: Env) -> bool:
        if target is None:
            return True
        terms = self.evaluator.evaluate(target, unit, env)
        return any(isinstance(term, Bound) and isinstance(term.value, (Module, Global)) for term in terms)

    def keys(self, schemas: Terms, depth: int = 0) -> tuple[str, ...] | None:
        """Return the parts of a request that a schema of a whole request names.

        ``None``: the properties are not shown, or are not those of a request (a schema of a body, say).
        """
        found: dict[str, None] = {}
        known = False
        for term in schemas if depth < _MAX_DEPTH else ():
            names = self._properties(term, depth)
            if names is not None:
                known = True
                found.update(dict.fromkeys(names))
        return tuple(found) if known and set(found) <= REQUEST_PARTS else None

    def _properties(self, term: Term, depth: int) -> list[str] | None:
        """Return the names of the properties of an object or of an object schema."""
        if not isinstance(term, Bound):
            return None
        value = term.value
        if isinstance(value, ObjectValue):
            return self.evaluator.property_names(term)
        if not isinstance(value, CallValue):
            return None
        callee = callee_of(value.node)
        receiver = None if callee is None else unwrap(callee).field("object")
        groups: list[Terms] = []
        name = None if callee is None else property_name(unwrap(callee).field("property")) or callee.text()
        if name in _OBJECTS:
            groups += self.evaluator.arguments(value.node, value.unit, term.env)[:1]
        if receiver is not None:
            groups.append(self.evaluator.evaluate(receiver, value.unit, term.env))
        found: list[str] | None = None
        for one in (one for terms in groups for one in terms):
            names = self._properties(one, depth + 1) if depth < _MAX_DEPTH else None
            if names is not None:
                found = [*(found or ()), *names]
        return found


def _place(value: CallValue) -> tuple[int, SgNode]:
    return id(value.unit), value.node


def _may_be_schema(term: Term) -> bool:
    """A value that is not shown may be a schema; ``JSON`` and the like may not."""
    if isinstance(term, Part):
        return False
    if isinstance(term, Items):
        return False
    return not isinstance(term.value, Global) or term.value.name not in {"JSON", "Date", "URL", "Number"}


def _is_absent(term: Term) -> bool:
    """The schema object has no such entry: nothing is validated."""
    if not isinstance(term, Bound):
        return False
    if isinstance(term.value, Literal):
        return term.value.value is None
    return (
        isinstance(term.value, Member) and isinstance(term.value.base, ObjectValue) and term.value.name != "*"
    )
