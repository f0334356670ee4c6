"""What validates input in Python and PHP: serializers, models, forms, form requests, rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.checks.validation.served_reads import Read
from harness.response.endpoints.model import ServerEndpoint, Through
from harness.response.endpoints.reading import Reading, keyword, last_name
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Call,
    ClassDefinition,
    Expression,
    Function,
    Name,
)
from harness.response.flow.origins import class_words
from harness.response.flow.statements import Evaluate, Statement, Unit
from harness.response.flow.walk import Node, walk

__all__ = ["Schemas", "Validation"]

# Methods that hold input against a schema. The first ones raise by themselves.
_RAISING = frozenset(
    "model_validate model_validate_json parse_obj parse_raw validate_python validate_json load loads "
    "run_validation validateWithBag validate validate_call assert check".split()
)
_SURE = frozenset("run_validation model_validate model_validate_json parse_obj validate_python".split())
_ASKED = frozenset({"is_valid", "validate_on_submit", "fails", "passes", "validate"})
_DECORATORS = frozenset(
    "use_args use_kwargs validate validates validate_json expects arguments body input expect_json".split()
)
_BASES = {
    "BaseModel": "pydantic",
    "RootModel": "pydantic",
    "Serializer": "DRF",
    "ModelSerializer": "DRF",
    "HyperlinkedModelSerializer": "DRF",
    "ListSerializer": "DRF",
    "Form": "a form",
    "ModelForm": "a form",
    "FlaskForm": "a form",
    "Schema": "marshmallow",
    "SQLAlchemySchema": "marshmallow",
    "SQLAlchemyAutoSchema": "marshmallow",
    "FormRequest": "a form request",
    "Struct": "msgspec",
}
_NAMES = ("Serializer", "Form", "Schema", "Request", "Data", "Dto")
# Of a view of DRF: the class of its serializer.
_OWN = frozenset({"serializer_class", "get_serializer_class"})
_FUNCTIONS = frozenset({"jsonschema.validate", "cerberus.Validator", "jsonschema.validators.validate"})


@dataclass(slots=True)
class Validation:
    """What a handler validates: the arguments of validating calls, and a result that nobody looks at."""

    found: bool = False
    whole: bool = False
    nodes: set[Node] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    ignored: tuple[Node, Unit] | None = None

    def covers(self, read: Read) -> bool:
        """Say whether a read goes into something that validates."""
        return self.whole or read.node in self.nodes


class Schemas:
    """Finds what validates."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def declared(self, endpoint: ServerEndpoint) -> bool:
        """Say whether the declaration of an endpoint names a schema for its input."""
        if any(one.through is Through.SCHEMA for one in endpoint.inputs):
            return True
        function = endpoint.handler
        if function is not None:
            if any(self._is_form_request(one.annotation, endpoint.home) for one in function.parameters):
                return True
            if any(last_name(one) in _DECORATORS for one in function.decorators):
                return True
        return self._by_serializer(endpoint)

    def _by_serializer(self, endpoint: ServerEndpoint) -> bool:
        """Say whether a generic view of DRF validates with its serializer."""
        if endpoint.owner is None or endpoint.framework != "Django":
            return False
        if endpoint.method not in {"post", "put", "patch"}:
            return False
        said = self.reading.member(endpoint.owner, endpoint.home, "serializer_class")
        asked = self.reading.method(endpoint.owner, endpoint.home, "get_serializer_class")
        form = self.reading.member(endpoint.owner, endpoint.home, "form_class")
        fields = self.reading.member(endpoint.owner, endpoint.home, "fields")
        own = endpoint.handler is not None and endpoint.handler.name in {
            "create",
            "update",
            "partial_update",
            "post",
            "put",
            "patch",
        }
        return not own and any(one is not None for one in (said, asked, form, fields))

    def _is_form_request(self, annotation: str, unit: Unit) -> bool:
        for word in class_words(annotation)[:1]:
            short = word.rpartition("\\")[2]
            shown = [one.node for one in self.reading.names.named(short, unit)]
            for node in shown:
                if isinstance(node, ClassDefinition):
                    return self._library(node, unit) != "" and (
                        self.reading.method(node, unit, "rules") is not None
                        or "FormRequest" not in {last_name(base) for base in node.bases}
                    )
            if unit.language == "php" and short != "Request":
                # `use App\Http\Requests\CreateArticle;`
                imported = {name.alias: one.module for one in unit.imports for name in one.names}
                used = "Requests" in imported.get(short, "")
                if short.endswith("Request") or used:
                    return True
        return False

    def _library(self, owner: ClassDefinition, unit: Unit) -> str:
        names = [name for name, _ in self.reading.bases(owner, unit)]
        return next((_BASES[name] for name in names if name in _BASES), "")

    def _is_schema(self, expression: Expression, unit: Unit) -> bool:
        """Say whether an expression is a schema: a shown class with a known base, else by its name."""
        shown = self.reading.shown_class(expression, unit)
        if shown is not None:
            return bool(self._library(*shown))
        for value, where in self.reading.names.values(expression, unit):
            if isinstance(value, Call):
                inner = self.reading.shown_class(value, where)
                if inner is not None:
                    return bool(self._library(*inner))
                if last_name(value) in {"TypeAdapter", "Schema", "Validator", "from_dict"}:
                    return True
                if last_name(value.callee).endswith(_NAMES):
                    return True
        return last_name(expression).endswith(_NAMES) or last_name(expression) in _OWN

    def validation(self, endpoint: ServerEndpoint) -> Validation:
        """Return what the code of an endpoint validates."""
        result = Validation()
        if endpoint.handler is not None:
            function = endpoint.handler
            result.whole = any(
                self._is_form_request(one.annotation, endpoint.home) for one in function.parameters
            ) or any(last_name(one) in _DECORATORS for one in function.decorators)
            result.found = result.whole
        self._read(endpoint.body, endpoint.home, result, depth=0)
        return result

    def _read(self, body: tuple[Statement, ...], unit: Unit, result: Validation, depth: int) -> None:
        made: dict[str, Call] = {}
        asked: set[str] = set()
        calls = [node for node in walk(body) if isinstance(node, Call)]
        assignments = [node for node in walk(body) if isinstance(node, Assignment)]
        for one in assignments:
            is_schema = isinstance(one.value, Call) and self._makes_schema(one.value, unit)
            if is_schema and isinstance(one.value, Call) and isinstance(one.target, Name):
                made[one.target.name] = one.value
        bare = _unasked(body)
        for call in calls:
            self._call(call, unit, result, asked)
        self._note_made(made, asked, bare, unit, result)
        for call in calls if depth < 1 else ():
            for function, where in self.reading.names.callees(call, unit)[:2]:
                self._inner(function, where, call, result, depth)
        for one in assignments:
            # What was put into a name before it was validated.
            if isinstance(one.target, Name) and one.value is not None and one.target.name in result.names:
                result.nodes.update(walk([one.value]))

    def _inner(self, function: Function, unit: Unit, call: Call, result: Validation, depth: int) -> None:
        """A shown function that validates what it is given, or what it reads itself."""
        inner = Validation()
        self._read(function.body, unit, inner, depth + 1)
        if not inner.found:
            return
        result.found = True
        result.nodes |= inner.nodes
        parameters = {last_name(one.target) for one in function.parameters}
        if parameters & inner.names:
            self._covers([one.value for one in call.arguments], result)

    def _note_made(
        self,
        made: dict[str, Call],
        asked: set[str],
        bare: dict[str, Call],
        unit: Unit,
        result: Validation,
    ) -> None:
        for name, call in made.items():
            if name in bare and last_name(bare[name].callee) in {"is_valid", "fails", "passes"}:
                result.ignored = (bare[name], unit)
            elif name in asked:
                result.found = True
                self._covers([one.value for one in call.arguments], result)

    def _makes_schema(self, call: Call, unit: Unit) -> bool:
        name = last_name(call.callee)
        if name == "make" and isinstance(call.callee, Attribute):
            return last_name(call.callee.base) == "Validator"
        if name == "get_serializer":
            return True
        return bool(call.arguments) and self._is_schema(call.callee, unit)

    def _call(self, call: Call, unit: Unit, result: Validation, asked: set[str]) -> None:
        callee = call.callee
        name = last_name(callee)
        given = [one.value for one in call.arguments]
        if isinstance(callee, Attribute):
            base = callee.base
            if name in _ASKED and isinstance(base, Name):
                asked.add(base.name)
            if name in {"validate", "validateWithBag"} and last_name(base) in {
                "$request",
                "request",
                "$this",
            }:
                result.found = result.whole = True
                return
            if name in _SURE or (name in _RAISING and self._is_schema(base, unit)):
                result.found = True
                self._covers(given, result)
                return
            if name in {"validate", "validated"} and isinstance(base, Call) and last_name(base) == "make":
                # `Validator::make($request->all(), [...])->validate()`
                result.found = True
                self._covers([one.value for one in base.arguments], result)
                return
            if name == "is_valid" and isinstance(base, Call):
                result.found = True
                self._covers([one.value for one in base.arguments], result)
                return
        shown = self.reading.shown_class(callee, unit) if isinstance(callee, Name | Attribute) else None
        if shown is not None and self._library(*shown) in {"pydantic", "msgspec"} and given:
            # `Booking(**request.get_json())`
            result.found = True
            self._covers(given, result)
            return
        origin = self.reading.names.origin(callee, unit)
        if origin is not None and origin.dotted in _FUNCTIONS:
            result.found = True
            self._covers(given, result)

    def _covers(self, given: list[Expression], result: Validation) -> None:
        for one in given:
            for node in walk([one]):
                result.nodes.add(node)
                if isinstance(node, Name):
                    result.names.add(node.name)


def _unasked(body: tuple[Statement, ...]) -> dict[str, Call]:
    """Return the calls like ``serializer.is_valid()`` whose answer nobody looks at, by what they ask."""
    found: dict[str, Call] = {}
    for node in walk(body):
        call = node.value if isinstance(node, Evaluate) else None
        if not isinstance(call, Call) or not isinstance(call.callee, Attribute):
            continue
        if call.callee.name in _ASKED and keyword(call, "raise_exception") is None:
            found[last_name(call.callee.base)] = call
    return found
