"""Where an audit trail is written: rows, log records, middleware, libraries, triggers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from harness.checks.access.sessions.ground import Ground, Scope
from harness.checks.audit.terms import (
    AUDIT,
    TRAILS,
    Level,
    handed_over,
    keys_of,
    level_of_keys,
    sent,
    statements_of,
    subjects_of,
)
from harness.checks.errors.terms import last_name, names_in
from harness.checks.mentions import mentions
from harness.response.flow.expressions import (
    Attribute,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Items,
    Name,
    Opaque,
    Tagged,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node, walk
from harness.response.languages import JAVASCRIPT_FAMILY

__all__ = ["Trails"]

_WRITES = frozenset(
    (
        "create insert save add append record log write push publish insertOne insertMany createMany "
        "bulkCreate "
        "insertInto into objects put emit track store values add_all bulk_create make entry dispatch "
        "acreate insertGetId"
    ).split()
)
_LOGS = frozenset("info notice warn warning log audit error debug".split())
_LOGGERS = re.compile(r"log|audit|winston|pino|journal", re.IGNORECASE)
_LIBRARIES = re.compile(
    r"^(?:HistoricalRecords|simple_history|auditlog|easyaudit|reversion|Auditable|LogsActivity"
    r"|RecordsActivity|paper_?trail"
    r"|PaperTrail|make_versioned|versioning_manager|Envers|mongoose-history|pgaudit|AuditedModel|activity"
    r"|AuditLogMiddleware|HistoryRequestMiddleware)$|auditlog\.|simple_history\.|easyaudit\.|activitylog",
)
_LIBRARY_PIECES = (
    "history historicalrecords auditlog easyaudit reversion auditable logsactivity recordsactivity trail "
    "make_versioned versioning_manager envers pgaudit auditedmodel activity auditlogmiddleware"
).split()
# What the administration of Django writes down about a change: a record of its own, whoever calls it.
_ENTRIES = re.compile(r"^django\.contrib\.admin\.models\.LogEntry\b")
_MAX_DEPTH = 3
_READS = frozenset(
    "find findOne findMany findAll findUnique get all filter where select order_by getLogger get_logger "
    "count".split()
)
_DISPATCHES = frozenset(
    "event dispatch dispatchEvent emit emitAsync publish publishAsync send send_robust dispatchSync".split()
)
_HOOKS = frozenset(
    "listens_for receiver before_request after_request middleware connect_via subscriber listener".split()
)
_WORTH = re.compile(r"audit|history|activity|reversion|version|listen|observe|middleware", re.IGNORECASE)
_MOUNTS = frozenset(
    (
        "use addHook add_middleware middleware register UseInterceptors UseGuards useGlobalInterceptors "
        "apply observe plugin before_request after_request subscribe listen listens_for hook append group "
        "appendToGroup prepend alias include_router include add_url_rule extend extends $extends $use "
        "addSubscriber"
    ).split()
)


class Trails:
    """What an answer records, handler by handler and for all of them."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._levels: dict[Call, Level] = {}

    @cached_property
    def _says_audit(self) -> bool:
        """Whether anything in the code is called an audit: else nothing comes from one."""
        return mentions(self.ground.program, ("audit",))

    @cached_property
    def _has_libraries(self) -> bool:
        return mentions(self.ground.program, _LIBRARY_PIECES)

    @cached_property
    def _has_entries(self) -> bool:
        return mentions(self.ground.program, ("logentry",))

    def level_of(self, scope: Scope) -> Level:
        """Return how well what runs in a scope is recorded there."""
        level = Level.NONE
        for node, unit in sent(self.ground, scope):
            level = max(level, self.level_at(node, unit))
            if level is Level.STRONG:
                return level
        for decorator in () if scope.function is None else scope.function.decorators:
            level = max(level, self._reference(decorator, scope.unit))
        return max(level, self._of_wrappers(scope))

    def _of_wrappers(self, scope: Scope) -> Level:
        """Return how well the shown function that is given this one to run records what it has run."""
        function = scope.function
        call = None if function is None else self.ground.names.parent(function, scope.unit)
        if function is None or not isinstance(call, Call) or call.callee is function:
            return Level.NONE
        level = Level.NONE
        for wrapper, unit in self.ground.names.callees(call, scope.unit):
            given = {
                last_name(pair.parameter.target)
                for pair in self.ground.names.arguments(call, wrapper)
                if pair.value is function
            }
            # What it is given and never calls is not what its record is about.
            if any(isinstance(one, Call) and last_name(one.callee) in given for one in walk(wrapper.body)):
                nodes = sent(self.ground, Scope(unit, wrapper, ""))
                level = max((self.level_at(*one) for one in nodes), default=level)
        return level

    def level_at(self, node: Node, unit: Unit, *, events: bool = True) -> Level:
        """Return how well one node records something."""
        if isinstance(node, Tagged):
            return max((one.level for one in statements_of(self.ground, node, unit)), default=Level.NONE)
        if not isinstance(node, Call):
            return Level.NONE
        if not events:
            return self._level_of_call(node, unit, events=False)
        known = self._levels.get(node)
        if known is None:
            known = self._levels[node] = self._level_of_call(node, unit, events=True)
        return known

    def _level_of_call(self, node: Call, unit: Unit, *, events: bool) -> Level:
        ways = names_in(node.callee)
        if not ways:
            return Level.NONE
        level = max((one.level for one in statements_of(self.ground, node, unit)), default=Level.NONE)
        if level is Level.STRONG:
            return level
        if ways[0] in _LOGS and any(_LOGGERS.search(one) for one in ways[1:]):
            return max(level, self._logged(node, unit, ways))
        if events:
            level = max(level, self._event(node, unit))
        return max(level, self._row(node, unit, ways))

    def _logged(self, call: Call, unit: Unit, ways: list[str]) -> Level:
        channel = self._says_audit and (
            any(AUDIT.search(one) for one in ways)
            or any(isinstance(one, Call) and _names_audit(one) for one in walk([call.callee]))
            or "audit" in self.ground.origin(call.callee, unit).lower()
        )
        first = call.arguments[0].value if call.arguments else None
        named = first is not None and isinstance(first, Constant | Name | Attribute)
        level = level_of_keys(list(keys_of(call)), named=named)
        return Level.STRONG if channel and level is Level.WEAK else level

    def _row(self, call: Call, unit: Unit, ways: list[str]) -> Level:
        """Return the level of a row that an ORM or a builder writes, or of a function for audits."""
        level = self._written(call, unit, ways)
        # What a shown function does is looked at where it does it.
        return Level.NONE if level is Level.NONE or self.ground.names.callees(call, unit) else level

    def _written(self, call: Call, unit: Unit, ways: list[str]) -> Level:
        if self._is_trail(call, unit, ways):
            return Level.NONE if any(one in _READS for one in ways) else Level.STRONG
        makes = call.is_new or (unit.language == "python" and ways[0][:1].isupper())
        subjects = [*ways, *subjects_of(call)]
        if not (makes or any(one in _WRITES for one in ways)):
            return Level.NONE
        if not any(TRAILS.search(one) for one in subjects):
            return Level.NONE
        if any(AUDIT.search(one) for one in subjects):
            return Level.STRONG
        return level_of_keys([*keys_of(call), *(["id"] if len(call.arguments) else [])], named=True)

    def _is_trail(self, call: Call, unit: Unit, ways: list[str]) -> bool:
        """Say whether a call goes to something that is a trail by its name or where it comes from."""
        if not (self._says_audit or self._has_libraries or self._has_entries):
            return False
        origin = self.ground.origin(call.callee, unit)
        if any(AUDIT.search(one) for one in (*ways, origin)) or _ENTRIES.match(origin):
            return True
        return _LIBRARIES.match(ways[0]) is not None

    def _event(self, call: Call, unit: Unit) -> Level:
        """Return the level of what listens to the event that a call dispatches."""
        if last_name(call.callee) not in _DISPATCHES:
            return Level.NONE
        events: set[str] = set()
        for argument in call.arguments:
            if isinstance(argument.value, Call):
                events.add(last_name(argument.value.callee))
            events.add(self.ground.text(argument.value, unit))
        if isinstance(call.callee, Attribute):
            events.add(last_name(call.callee.base))
        return max((self._listeners.get(one, Level.NONE) for one in events if one), default=Level.NONE)

    @cached_property
    def _listeners(self) -> dict[str, Level]:
        """How well the listeners of events record them, by the event's class or name."""
        found: dict[str, Level] = {}
        for unit in self.ground.units:
            for function in unit.functions:
                events = [one.annotation.strip("?\\ ").rpartition("\\")[2] for one in function.parameters]
                events += re.findall(r"[\w.:-]+", self.ground.titles.get(function, ""))
                for decorator in function.decorators:
                    if isinstance(decorator, Call) and decorator.arguments:
                        events.append(self.ground.text(decorator.arguments[0].value, unit))
                if not any(events):
                    continue
                nodes = walk(function.body)
                level = max((self.level_at(one, unit, events=False) for one in nodes), default=Level.NONE)
                for event in events if level else ():
                    found[event] = max(level, found.get(event, Level.NONE))
        return found

    @cached_property
    def anywhere(self) -> bool:
        """Whether a record with actor, action and target is written anywhere at all."""
        return any(
            self.level_at(call, unit) is Level.STRONG and self.ground.counts(unit, call.node)
            for unit in self.ground.units
            for call in unit.calls
        )

    # For all handlers.

    @cached_property
    def everywhere(self) -> str:
        """What records all changes, in words; empty where nothing does."""
        for unit in self.ground.flow.units:
            if not _WORTH.search(unit.block.text) and unit.language not in JAVASCRIPT_FAMILY:
                continue
            for node, where in self._mounted(unit):
                if self._reference(node, where) is Level.STRONG and self.ground.counts(where, node.node):
                    return "what is mounted for all requests or rows"
        return ""

    @cached_property
    def pretended(self) -> tuple[Expression, Unit] | None:
        """What is mounted under the name of an audit, and is shown to record no actor."""
        for unit in self.ground.units:
            if not AUDIT.search(unit.block.text):
                continue
            for node, where in self._mounted(unit):
                named = AUDIT.search(last_name(node)) and self.ground.counts(where, node.node)
                if named and self._is_shown(node, where) and self._reference(node, where) is Level.NONE:
                    return node, where
        return None

    def _is_shown(self, node: Expression, unit: Unit) -> bool:
        for value, where in self.ground.names.values(node, unit):
            origin = self.ground.names.origin(value, where)
            if isinstance(value, Function):
                return True
            if origin is not None and self.ground.names.module(origin.module, where) is not None:
                return True
        return False

    def _mounted(self, unit: Unit) -> Iterator[tuple[Expression, Unit]]:
        """Yield what is put in the way of requests or rows: middleware, subscribers, traits, fields."""
        for call in unit.calls:
            name = last_name(call.callee)
            first = call.arguments[0].value if call.arguments else None
            of_model = name in {"pre", "post"} and isinstance(first, Constant) and "/" not in str(first.value)
            if name in _MOUNTS or of_model:
                yield from [(part, unit) for one in call.arguments for part in handed_over(one.value)]
            elif self._has_libraries and (
                _LIBRARIES.match(name) or _LIBRARIES.search(self.ground.origin(call.callee, unit))
            ):
                yield call, unit
        for function in unit.functions:
            if any(last_name(one) in _HOOKS for one in function.decorators):
                yield function, unit
        for owner in unit.classes:
            yield from [(one, unit) for one in (*owner.bases, *owner.decorators, *_traits(owner))]
        for assignment in unit.assignments:
            target, value = assignment.target, assignment.value
            if isinstance(target, Name) and target.name == "MIDDLEWARE" and value is not None:
                yield from [(one, unit) for one in walk([value]) if isinstance(one, Constant)]

    def _reference(self, expression: Expression, unit: Unit) -> Level:
        """Return the level of what an expression names: shown code, or a name that says audit."""
        if isinstance(expression, Constant):
            text = str(expression.value)
            return Level.STRONG if AUDIT.search(text) or _LIBRARIES.search(text) else Level.NONE
        if isinstance(expression, Items):
            return max((self._reference(one, unit) for one in expression.items[:40]), default=Level.NONE)
        values = self.ground.names.values(
            expression.callee if isinstance(expression, Call) else expression, unit
        )
        level = Level.NONE
        for value, where in values:
            level = max(level, self._meant(value, where))
        return level

    def _meant(self, value: Expression, unit: Unit, depth: int = 0) -> Level:
        if isinstance(value, Function):
            return self.level_of(Scope(unit, value, ""))
        if isinstance(value, ClassDefinition):
            nodes = walk(value.body)
            return max((self.level_at(one, unit) for one in nodes), default=Level.NONE)
        if not isinstance(value, Name | Attribute | Call):
            return Level.NONE
        origin = self.ground.names.origin(value, unit)
        shown = None if origin is None else self.ground.names.module(origin.module, unit)
        if shown is not None and depth < _MAX_DEPTH:
            # A module that is shown records what its code records, whatever its name.
            values = [
                place
                for _, exported in shown.exported
                if exported is not value
                for place in self.ground.names.values(exported, shown)
            ]
            return max((self._meant(one, where, depth + 1) for one, where in values), default=Level.NONE)
        dotted = "" if origin is None else origin.dotted
        is_trail = (
            AUDIT.search(last_name(value)) or AUDIT.search(dotted) or _LIBRARIES.match(last_name(value))
        )
        return Level.STRONG if is_trail and not dotted.startswith("morgan") else Level.NONE


def _traits(owner: ClassDefinition) -> list[Expression]:
    """Return the traits that a class of PHP uses."""
    found: list[Expression] = []
    for node in walk(owner.body, into_functions=False):
        if isinstance(node, Opaque) and node.node.kind() == "use_declaration":
            found += node.parts
    return found


def _names_audit(call: Call) -> bool:
    if last_name(call.callee) not in {"channel", "getLogger", "child", "get_logger"}:
        return False
    return any(isinstance(one, Constant) and AUDIT.search(str(one.value)) for one in walk([call]))
