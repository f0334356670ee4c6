"""Parameters whose type leaves no room for a piece of SQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.checks.injection.validated import is_plain_text, typed_by_class
from harness.response.flow.expressions import Call, Constant, Function, Name, Parameter
from harness.response.flow.taint.values import CLEAN, NUMBER, Value

if TYPE_CHECKING:
    from harness.response.flow.taint.walker import Walker

__all__ = ["typed_value"]

_ONE = r"""(?:number|bigint|boolean|Date|int|float|bool|integer|double
    |Decimal|decimal\.Decimal|UUID|uuid\.UUID|UUID4|date
    |datetime
    |datetime\.(?:date|datetime)|PositiveInt|NonNegativeInt
    |conint\([^)]*\)|ObjectId|Types\.ObjectId|null|None|undefined|false|true
    |'[\w .-]{0,60}'|"[\w .-]{0,60}"|\d+)"""
_PLAIN = re.compile(rf"\|?\s*{_ONE}(?:\s*\|\s*{_ONE})*", re.VERBOSE)
_WRAPPED = re.compile(
    r"(?:typing\.)?(?:Optional|Annotated|Readonly|ReadonlyArray|Array|List|list|Sequence|Iterable|set|Set|tuple|Final)[\[<](.*)[\]>]\Z",
    re.DOTALL,
)
_LITERAL = re.compile(r"(?:typing\.)?Literal\[.*\]\Z|keyof\s.*|\(?typeof\s.*\)?\[number\]", re.DOTALL)
_LIST = re.compile(r"(?:readonly\s+)?(.*)\[\]\Z", re.DOTALL)
_PIPES = re.compile(r"Parse(?:Int|Float|Bool|UUID|Enum|Date)Pipe|ParseObjectId")
_UNCHECKED = re.compile(r"\A\s*(?:Param|Query|Body|Headers|Req)\b")


def typed_value(walker: Walker, function: Function, parameter: Parameter) -> Value | None:
    """Return a harmless value for a parameter of a harmless type, else ``None``."""
    for decorator in parameter.decorators:
        text = decorator.node.text()[:200]
        if _PIPES.search(text):
            return CLEAN
        if _UNCHECKED.match(text):
            # Nest hands over strings, whatever the annotation says.
            return None
    if isinstance(parameter.default, Call) and is_plain_text(parameter.default.node.text()[:400]):
        return CLEAN  # `sort: str = Query("id", pattern="^[a-z_]+$")`
    if "Annotated[" in parameter.annotation and is_plain_text(parameter.annotation[:400]):
        return CLEAN
    annotation = parameter.annotation.strip().lstrip("?").strip()
    if annotation:
        target = parameter.target
        name = target.name if isinstance(target, Name) else "parameter"
        return _of_annotation(walker, annotation) or typed_by_class(walker, annotation, name)
    return NUMBER if _by_route(function, parameter) else None


def _of_annotation(walker: Walker, annotation: str) -> Value | None:
    if len(annotation) > 300:
        return None
    if _PLAIN.fullmatch(annotation):
        return NUMBER
    if _LITERAL.fullmatch(annotation):
        return CLEAN
    inner = _LIST.fullmatch(annotation)
    if inner is not None:
        element = _of_annotation(walker, inner[1].strip("() "))
        return None if element is None else Value(element=element)
    wrapped = _WRAPPED.fullmatch(annotation)
    if wrapped is not None:
        inside = _of_annotation(walker, wrapped[1].split(",", 1)[0].strip())
        is_single = annotation.rsplit(".", 1)[-1].startswith(("Optional", "Annotated", "Final"))
        return inside if inside is None or is_single else Value(element=inside)
    return CLEAN if _is_enumeration(walker, annotation) else None


def _is_enumeration(walker: Walker, annotation: str) -> bool:
    definition = walker.analysis.classes.get(annotation)
    if definition is None:
        return False
    if definition.kind == "enum":
        return True
    return any("Enum" in base.node.text()[:40] for base in definition.bases)


def _by_route(function: Function, parameter: Parameter) -> bool:
    """Flask's ``<int:id>``, Starlette's ``{id:int}``."""
    target = parameter.target
    if not isinstance(target, Name):
        return False
    for decorator in function.decorators:
        if isinstance(decorator, Call) and decorator.arguments:
            route = decorator.arguments[0].value
            if isinstance(route, Constant) and isinstance(route.value, str):
                name = re.escape(target.name)
                if re.search(
                    rf"<(?:int|float|uuid)(?:\([^)]*\))?:{name}>|\{{{name}:(?:int|float|uuid)\}}", route.value
                ):
                    return True
    return False
