"""One walk over the tree of a block records its scopes, calls, members and assignments.

Nothing is resolved here. The walk keeps its own stack: nesting depth is bounded by memory, not by Python's
recursion limit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ast_grep_py import SgNode

from harness.response.block import Block
from harness.response.javascript.scopes import Binding, Callee, Definition, Scope, Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    elements_of,
    named,
    parameters_of_function,
    parse_as,
    parse_javascript,
    property_name,
    string_value,
)

__all__ = ["build_unit"]

# Subtrees that hold no values: types, declarations without code, and leaves.
_EMPTY_KINDS = (
    "type_annotation type_arguments type_parameters type_alias_declaration interface_declaration type_query "
    "ambient_declaration function_signature method_signature abstract_method_signature construct_signature "
    "implements_clause extends_type_clause comment string regex number property_identifier this super "
    "private_property_identifier statement_identifier type_identifier predefined_type empty_statement "
    "jsx_text html_comment hash_bang_line string_fragment true false null undefined"
).split()
_MAX_PATH = 40
# Characters up to which a block with errors is parsed again with the other grammars.
_MAX_RETRIED = 60_000
_NAMED_CALLEES = frozenset({"identifier", "member_expression"})
_BLOCK_KINDS = ("statement_block", "for_statement", "switch_body")


def build_unit(block: Block) -> Unit:
    """Parse a block and record its scopes.

    The grammar of the block's language comes first; the others are tried only where the walk meets errors.
    """
    unit = _walked(block, parse_as(block.text, block.language))
    if unit.broken and len(block.text) <= _MAX_RETRIED:
        unit = _walked(block, parse_javascript(block.text, block.language))
    return unit


def _walked(block: Block, root: SgNode) -> Unit:
    unit = Unit(block, root, Scope(root, None, is_function=True))
    _Builder(unit).run()
    return unit


class _Builder:
    """The walk over one tree."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.stack: list[tuple[SgNode, Scope]] = [(unit.root, unit.top)]
        self.assigned: list[tuple[SgNode, Scope, Definition]] = []
        self.handlers: dict[str, Callable[[SgNode, Scope], Sequence[tuple[SgNode, Scope]] | None]] = {
            "identifier": self._identifier,
            "shorthand_property_identifier": self._identifier,
            "call_expression": self._call,
            "new_expression": self._call,
            "member_expression": self._member,
            "subscript_expression": self._member,
            "variable_declarator": self._declarator,
            "assignment_expression": self._assignment,
            "augmented_assignment_expression": self._assignment,
            "import_statement": self._import,
            "export_statement": self._export,
            "class_declaration": self._class,
            "abstract_class_declaration": self._class,
            "class": self._class,
            "enum_declaration": self._enum,
            "for_in_statement": self._for_in,
            "catch_clause": self._catch,
            "as_expression": self._typed,
            "satisfies_expression": self._typed,
            "export_specifier": self._export_specifier,
            "ERROR": self._error,
        }
        self.handlers.update(dict.fromkeys(_EMPTY_KINDS, _nothing))
        self.handlers.update(dict.fromkeys(_BLOCK_KINDS, self._block))
        self.handlers.update(dict.fromkeys(FUNCTION_KINDS, self._function))

    def run(self) -> None:
        stack, handlers = self.stack, self.handlers
        while stack:
            node, scope = stack.pop()
            handler = handlers.get(node.kind())
            if handler is not None:
                nested = handler(node, scope)
                if nested is not None:
                    if nested:
                        stack.extend(reversed(nested))
                    continue
            stack.extend([(child, scope) for child in reversed(node.named_children())])
        # A name may be assigned above its declaration (hoisting), so assignments come last.
        for node, scope, definition in self.assigned:
            binding = scope.lookup(node.text())
            if binding is None:
                self._declare(node, self.unit.top, definition)
            else:
                binding.definitions.append(definition)

    # Each handler returns the (node, scope) pairs to go on with, or None for all named children.

    def _identifier(self, node: SgNode, scope: Scope) -> Sequence[tuple[SgNode, Scope]]:
        self.unit.identifiers[node] = scope
        return ()

    def _call(self, node: SgNode, scope: Scope) -> None:  # noqa: ARG002 - one signature for all handlers
        self.unit.calls.append(node)
        callee = node.field("function")
        if callee is not None:
            kind = callee.kind()
            named = callee.field("property") if kind == "member_expression" else callee
            plain = named is not None and kind in _NAMED_CALLEES
            self.unit.callees.append(Callee(node, callee, kind, named.text() if plain and named else ""))

    def _member(self, node: SgNode, scope: Scope) -> None:  # noqa: ARG002
        self.unit.members.append(node)

    def _error(self, node: SgNode, scope: Scope) -> None:  # noqa: ARG002
        self.unit.broken = True

    def _block(self, node: SgNode, scope: Scope) -> Sequence[tuple[SgNode, Scope]]:
        inner = Scope(node, scope, is_function=False)
        return [(child, inner) for child in node.named_children()]

    def _typed(self, node: SgNode, scope: Scope) -> Sequence[tuple[SgNode, Scope]]:
        """Of `value as T` and `value satisfies T` only the value is code."""
        return [(child, scope) for child in named(node)[:1]]

    def _export_specifier(self, node: SgNode, scope: Scope) -> Sequence[tuple[SgNode, Scope]]:
        """Of `export { name as alias }` only the name refers to something, and with `from` not even that."""
        name, clause = node.field("name"), node.parent()
        statement = None if clause is None else clause.parent()
        elsewhere = statement is not None and statement.field("source") is not None
        return () if name is None or elsewhere else ((name, scope),)

    def _function(self, node: SgNode, scope: Scope) -> Sequence[tuple[SgNode, Scope]]:
        self.unit.functions.append(node)
        inner = Scope(node, scope, is_function=True)
        name = node.field("name")
        if name is not None and name.kind() == "identifier":
            # A function expression's own name is only seen inside it.
            home = scope if node.kind().endswith("declaration") else inner
            self._declare(name, home, Definition("function", node))
        nested: list[tuple[SgNode, Scope]] = []
        for index, parameter in enumerate(parameters_of_function(node)):
            nested += self._pattern(parameter, inner, Definition("parameter", node, index=index))
        nested += [(child, scope) for child in node.named_children() if child.kind() == "decorator"]
        body = node.field("body")
        return [*nested, (body, inner)] if body is not None else nested

    def _class(self, node: SgNode, scope: Scope) -> None:
        name = node.field("name")
        if name is not None:
            self._declare(name, scope, Definition("class", node))

    def _enum(self, node: SgNode, scope: Scope) -> None:
        name = node.field("name")
        if name is not None:
            self._declare(name, scope, Definition("enum", node))

    def _declarator(self, node: SgNode, scope: Scope) -> Sequence[tuple[SgNode, Scope]]:
        target, value = node.field("name"), node.field("value")
        if target is None:
            return ()
        declaration = node.parent()
        if declaration is not None and declaration.kind() == "variable_declaration":
            home = scope
            while not home.is_function and home.parent is not None:
                home = home.parent
        else:
            home = scope
        source = Definition("value", value) if value is not None else Definition("opaque")
        nested = self._pattern(target, home, source, declared_empty=value is None)
        return [*nested, (value, scope)] if value is not None else nested

    def _assignment(self, node: SgNode, scope: Scope) -> Sequence[tuple[SgNode, Scope]] | None:
        self.unit.assignments.append(node)
        left, right = node.field("left"), node.field("right")
        if left is None or right is None:
            return None
        if left.kind() == "identifier":
            self._assign(left, scope, Definition("value", right))
        elif left.kind() in {"object_pattern", "array_pattern"}:
            return [*self._pattern(left, scope, Definition("value", right), declare=False), (right, scope)]
        return None

    def _for_in(self, node: SgNode, scope: Scope) -> Sequence[tuple[SgNode, Scope]]:
        inner = Scope(node, scope, is_function=False)
        nested: list[tuple[SgNode, Scope]] = []
        left, right, body = node.field("left"), node.field("right"), node.field("body")
        if left is not None:
            source = Definition("value", right, ("#0",)) if right is not None else Definition("opaque")
            declares = node.field("kind") is not None
            nested += self._pattern(left, inner, source, declare=declares)
        nested += [(part, inner) for part in (right, body) if part is not None]
        return nested

    def _catch(self, node: SgNode, scope: Scope) -> Sequence[tuple[SgNode, Scope]]:
        inner = Scope(node, scope, is_function=False)
        parameter, body = node.field("parameter"), node.field("body")
        nested = [] if parameter is None else self._pattern(parameter, inner, Definition("opaque"))
        return [*nested, (body, inner)] if body is not None else nested

    def _import(self, node: SgNode, scope: Scope) -> Sequence[tuple[SgNode, Scope]]:
        self.unit.imports.append(node)
        source = string_value(node.field("source"))
        for part in node.named_children():
            if part.kind() == "import_clause" and source is not None:
                self._import_clause(part, source, scope)
            elif part.kind() == "import_require_clause":
                required = string_value(part.field("source"))
                names = [child for child in named(part) if child.kind() == "identifier"]
                if required is not None and names:
                    self._declare(names[0], scope, Definition("import", module=required))
        return ()

    def _import_clause(self, clause: SgNode, source: str, scope: Scope) -> None:
        for part in named(clause):
            if part.kind() == "identifier":
                self._declare(part, scope, Definition("import", path=("default",), module=source))
            elif part.kind() == "namespace_import":
                for name in named(part):
                    self._declare(name, scope, Definition("import", module=source))
            elif part.kind() == "named_imports":
                for specifier in named(part):
                    imported = specifier.field("name")
                    local = specifier.field("alias") or imported
                    if imported is not None and local is not None:
                        path = (string_value(imported) or imported.text(),)
                        self._declare(local, scope, Definition("import", path=path, module=source))

    def _export(self, node: SgNode, scope: Scope) -> None:  # noqa: ARG002
        self.unit.exports.append(node)

    # Names.

    def _declare(self, node: SgNode, scope: Scope, definition: Definition | None) -> None:
        name = node.text()
        binding = scope.names.get(name)
        if binding is None:
            binding = scope.names[name] = Binding(name, node, scope)
            self.unit.bindings.append(binding)
        if definition is not None:
            binding.definitions.append(definition)

    def _assign(self, node: SgNode, scope: Scope, definition: Definition) -> None:
        self.unit.identifiers[node] = scope
        self.assigned.append((node, scope, definition))

    def _pattern(
        self,
        pattern: SgNode,
        scope: Scope,
        source: Definition,
        *,
        declare: bool = True,
        declared_empty: bool = False,
    ) -> list[tuple[SgNode, Scope]]:
        """Declare the names of a pattern; return the default values, which still have to be walked."""
        nested: list[tuple[SgNode, Scope]] = []
        work = [(pattern, source)]
        while work:
            node, definition = work.pop()
            kind = node.kind()
            if kind in {"identifier", "shorthand_property_identifier_pattern"}:
                if declare:
                    self._declare(node, scope, None if declared_empty else definition)
                else:
                    self._assign(node, scope, definition)
            elif kind in {"required_parameter", "optional_parameter"}:
                nested += [(child, scope) for child in node.named_children() if child.kind() == "decorator"]
                work += self._with_default(node, "pattern", "value", definition, nested, scope)
            elif kind in {"assignment_pattern", "object_assignment_pattern"}:
                work += self._with_default(node, "left", "right", definition, nested, scope)
            elif kind == "object_pattern":
                self.unit.patterns.append(node)
                work += _object_parts(node, definition)
            elif kind == "array_pattern":
                work += [
                    (part, _into(definition, f"#{i}"))
                    for i, part in enumerate(elements_of(node))
                    if part is not None
                ]
            elif kind == "rest_pattern":
                work += [(part, _into(definition, "*")) for part in named(node)]
            elif kind in {"member_expression", "subscript_expression"}:
                nested.append((node, scope))
        return nested

    @staticmethod
    def _with_default(
        node: SgNode,
        target_field: str,
        default_field: str,
        definition: Definition,
        nested: list[tuple[SgNode, Scope]],
        scope: Scope,
    ) -> list[tuple[SgNode, Definition]]:
        target, default = node.field(target_field), node.field(default_field)
        if default is not None:
            nested.append((default, scope))
        return [] if target is None else [(target, definition)]


def _nothing(_: SgNode, __: Scope) -> Sequence[tuple[SgNode, Scope]]:
    return ()


def _object_parts(pattern: SgNode, definition: Definition) -> list[tuple[SgNode, Definition]]:
    parts: list[tuple[SgNode, Definition]] = []
    for part in named(pattern):
        kind = part.kind()
        if kind == "shorthand_property_identifier_pattern":
            parts.append((part, _into(definition, part.text())))
        elif kind == "pair_pattern":
            value = part.field("value")
            if value is not None:
                parts.append((value, _into(definition, property_name(part.field("key")) or "*")))
        elif kind == "object_assignment_pattern":
            left = part.field("left")
            parts.append((part, _into(definition, left.text() if left is not None else "*")))
        elif kind == "rest_pattern":
            # The rest of an object still is that object for every name not taken out.
            parts += [(inner, definition) for inner in named(part)]
    return parts


def _into(definition: Definition, step: str) -> Definition:
    if len(definition.path) >= _MAX_PATH:
        return Definition("opaque")
    return Definition(
        definition.kind, definition.value, (*definition.path, step), definition.module, definition.index
    )
