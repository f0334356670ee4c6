"""What variables, members and elements stand for, and which of them somebody else fills."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.response.flow.expressions import Attribute, Constant, Expression, Index, Name, Opaque
from harness.response.flow.taint.environment import path_of
from harness.response.flow.taint.values import (
    CLEAN,
    NUMBER,
    UNSEEN,
    Hole,
    Kind,
    Value,
    element_of,
    holes_of,
    is_clean,
    member,
    opened,
)

if TYPE_CHECKING:
    from harness.response.flow.taint.walker import Walker

__all__ = ["OWN", "evaluate_attribute", "evaluate_index", "evaluate_name", "free_name", "is_constant_name"]

OWN = frozenset({"this", "self", "$this", "cls", "static", "parent", "super"})
_CONSTANT_NAME = re.compile(r"_*[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_*")
_CLASS_NAME = re.compile(r"_*[A-Z]\w*")
_SETTINGS = re.compile(
    r"(?:settings?|configs?|configuration|constants?|conf|cfg|env|options?_default|defaults?|enums?|tables?|schemas?|queries"
    r"|sql_?queries|columns?|\$?wpdb|meta|_meta)",
    re.IGNORECASE,
)
# Members that are numbers, and members that name what the program's own schema says.
_NUMBERS = frozenset(
    "length size rowCount rowcount affectedRows insertId lastrowid lastID changes num_rows insert_id "
    "affected_rows "
    "count_ total_seconds year month day hour minute second timestamp byteLength errno code_point "
    "pk_count".split()
)
_OWN_NAMES = frozenset(
    "__tablename__ __table__ db_table tableName table_name TABLE_NAME _meta __name__ __class__ constructor "
    "collection_name prefix dbprefix tablePath metadata __dirname __filename __file__".split()
)
_REQUEST_NAMES = frozenset({"request", "req", "ctx", "$request", "flask_request"})
_KNOWN = {
    **dict.fromkeys(
        (
            "$_GET",
            "$_POST",
            "$_REQUEST",
            "$_COOKIE",
            "$_SERVER",
            "$_FILES",
            "$HTTP_GET_VARS",
            "$HTTP_POST_VARS",
        ),
        Kind.REQUEST,
    ),
    "$_SESSION": Kind.STORED,
    "$argv": Kind.OUTSIDE,
}
_BUILTINS = frozenset(
    "Math Date JSON Number String Boolean Object Array Promise Symbol RegExp Map Set Buffer BigInt "
    "console process "
    "globalThis window document exports module require this self $this cls super static parent "
    "arguments undefined "
    "NaN Infinity null true false __name__ __file__ int str float bool list dict set tuple bytes len "
    "print super "
    "range type object Exception ValueError TypeError None Response URLSearchParams URL Intl".split()
)


def evaluate_name(walker: Walker, expression: Name) -> Value:
    """Return what a variable stands for here."""
    known = walker.here.get(expression.name)
    return free_name(walker, expression.name, expression) if known is None else known


def free_name(walker: Walker, name: str, expression: Name | None = None) -> Value:
    """Return what a name means that nothing before assigned."""
    if name in _BUILTINS:
        return UNSEEN
    kind = _KNOWN.get(name)
    if kind is not None:
        return opened(Hole(kind, name))
    real = name if expression is None else walker.analysis.name_of(walker, expression)
    if real in _REQUEST_NAMES and (expression is None or walker.analysis.is_imported(walker, expression)):
        return opened(Hole(Kind.REQUEST, name))
    found = None if expression is None else walker.analysis.defined(walker, expression)
    return _undefined(walker, name) if found is None else found


def _undefined(walker: Walker, name: str) -> Value:
    """Return what a name may be that nothing shown defines."""
    if name in {"$_ENV", "$wpdb", "$table_prefix"} or is_constant_name(name):
        return CLEAN
    if _CLASS_NAME.fullmatch(name) or (walker.language == "php" and not name.startswith("$")):
        return UNSEEN
    if _SETTINGS.fullmatch(name.lstrip("$_")):
        return opened(Hole(Kind.IMPORTED, name, doubt="configuration"))
    return opened(Hole(Kind.UNKNOWN, name))


# Upper-case names that hold what a client sent.
_REQUEST_PARTS = frozenset("GET POST PUT FILES META COOKIES QUERY BODY PARAMS REQUEST FORM".split())


def is_constant_name(name: str) -> bool:
    """Say whether a name is written as constants are."""
    if name in _REQUEST_PARTS:
        return False
    return len(name.strip("_$")) > 1 and _CONSTANT_NAME.fullmatch(name.lstrip("$")) is not None


def evaluate_attribute(walker: Walker, expression: Attribute) -> Value:
    """Return what a member stands for here."""
    path = path_of(expression)
    if path:
        known = walker.here.get(path)
        if known is not None:
            return known
    name = expression.name
    base = expression.base
    if isinstance(base, Name) and base.name in OWN and walker.frame.owner:
        return walker.analysis.field_of(walker.frame.owner, name.lstrip("$"), base.name)
    held = walker.evaluate(base)
    return _member_of(walker, expression, held)


def _member_of(walker: Walker, expression: Attribute, held: Value) -> Value:
    name, base = expression.name, expression.base
    known = held.field(name)
    if known is not None:
        return known
    if name in _NUMBERS:
        return NUMBER
    if name == "class" and walker.language == "php":
        return CLEAN
    if name in _OWN_NAMES or (is_constant_name(name) and not _is_request(held)):
        return CLEAN
    root = _root_of(base)
    if root is not None:
        of_class = _static(walker, base, name)
        if of_class is not None:
            return of_class
    outside = _outside(expression)
    if outside is not None:
        return outside
    return member(held, name)


def _root_of(expression: Expression) -> Name | None:
    here = expression
    for _ in range(8):
        if isinstance(here, Name):
            return here
        if not isinstance(here, Attribute):
            return None
        here = here.base
    return None


def _is_request(value: Value) -> bool:
    return any(hole.kind is Kind.REQUEST for hole in holes_of(value))


def _static(walker: Walker, base: Expression, name: str) -> Value | None:
    """Return a member of a class or enumeration by its name: what the class body says."""
    if not isinstance(base, Name):
        if isinstance(base, Attribute) and name in {"value", "name"} and _CLASS_NAME.fullmatch(base.name):
            return CLEAN
        return None
    if base.name in walker.analysis.classes:
        return walker.analysis.field_of(base.name, name.lstrip("$"), base.name)
    if walker.here.get(base.name) is None and _SETTINGS.fullmatch(base.name.lstrip("$_")):
        return CLEAN
    return None


_ENVIRONMENT = re.compile(
    r"(?:process\tenv|import\.meta\tenv|os\tenviron|Deno\tenv|Bun\tenv|\$_ENV)(?:\t|\Z)"
)
_ARGUMENTS = re.compile(r"(?:process\targv|sys\targv|sys\tstdin|process\tstdin)(?:\t|\Z)")


def _outside(expression: Expression) -> Value | None:
    path = path_of(expression)
    if not path:
        return None
    if _ENVIRONMENT.match(path):
        return CLEAN
    if _ARGUMENTS.match(path):
        return opened(Hole(Kind.OUTSIDE, path.replace("\t", ".")))
    root, _, rest = path.partition("\t")
    if root in OWN and rest.partition("\t")[0] in {"request", "req", "ctx", "kwargs", "context"}:
        return opened(Hole(Kind.REQUEST, path.replace("\t", ".")))
    return None


def evaluate_index(walker: Walker, expression: Index) -> Value:
    """Return what an element stands for; a literal mapping gives one of its own values."""
    path = path_of(expression)
    if path:
        known = walker.here.get(path)
        if known is not None:
            return known
        outside = _outside(expression)
        if outside is not None:
            return outside
    base = walker.evaluate(expression.base)
    key = expression.key
    if isinstance(key, Constant):
        return member(base, str(key.value))
    if key is None:
        return element_of(base)
    inner = walker.evaluate(key)
    if isinstance(key, Opaque):
        # A slice is a part of the same text or list.
        return base if base.pieces or base.element is not None else element_of(base)
    found = element_of(base)
    if not base.is_container and not base.pieces:
        return _from_unseen(expression, inner)
    return found


def _from_unseen(expression: Index, key: Value) -> Value:
    """A mapping that is not shown: its values are its own, whatever the key."""
    if is_clean(key):
        return UNSEEN
    label = expression.base.node.text()[:40]
    return opened(Hole(Kind.IMPORTED, f"{label}[…]", doubt=f"{label} is not shown"))
