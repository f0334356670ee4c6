"""Models and migrations of Django."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.block import Block
from harness.response.schema.builder import Builder, Draft
from harness.response.schema.model import Column, KeyKind, Place, canonical
from harness.response.schema.pythonic import (
    Call,
    assignments_of,
    call_of,
    name_of_call,
    string_of,
    strings_of,
)

__all__ = ["read_django"]

_RELATIONS = frozenset({"ForeignKey", "OneToOneField", "ParentalKey", "TreeForeignKey"})
_KINDS = {"CharField": "varchar", "TextField": "text", "JSONField": "json", "ArrayField": "array"}
_UNORDERED = frozenset({"GinIndex", "GistIndex", "SpGistIndex", "BrinIndex"})


def read_django(builder: Builder, block: Block, root: SgNode) -> None:
    """Take the models and migrations of a block into the schema."""
    for node in root.find_all(kind="class_definition"):
        if _is_model(node):
            _Model(builder, block).read(node)
    if not any(name in block.text for name in _OPERATIONS):
        return
    for node in root.find_all(kind="call"):
        call = call_of(node) if name_of_call(node) in _OPERATIONS else None
        if call is not None:
            _operation(builder, block, call)


def _is_model(node: SgNode) -> bool:
    bases = node.field("superclasses")
    if bases is None:
        return False
    names = [base.text() for base in bases.named_children()]
    if "models.Model" in names:
        return True
    heads = (value.text()[:80] for _, _, value in assignments_of(node.field("body"))) if names else ()
    return any(("Field" in head or "ForeignKey" in head) and "models." in head for head in heads)


class _Model:
    def __init__(self, builder: Builder, block: Block) -> None:
        self.builder, self.block = builder, block

    def place(self, node: SgNode) -> Place:
        return Place(self.block, node.range().start.line)

    def read(self, node: SgNode) -> None:
        name, body = node.field("name"), node.field("body")
        if name is None or body is None:
            return
        meta = next((one for one in body.named_children() if one.kind() == "class_definition"), None)
        options = {
            key: value for key, _, value in assignments_of(None if meta is None else meta.field("body"))
        }
        if "abstract" in options and options["abstract"].text() == "True":
            return
        draft = self.builder.table(name.text(), self.place(name), "django", creates=True)
        draft.implicit_primary = True
        if "db_table" in options:
            self.builder.alias(string_of(options["db_table"]), name.text())
        for field, target, value in assignments_of(body):
            call = call_of(value)
            if call is not None:
                self.field(draft, field, call, self.place(target))
        if not any(key.kind is KeyKind.PRIMARY for key in draft.keys):
            for primary in ("id", "pk"):
                draft.add_key(KeyKind.PRIMARY, (primary,), draft.place)
        self.options(draft, options)

    def field(self, draft: Draft, name: str, call: Call, place: Place) -> None:
        if call.name == "ManyToManyField":
            self._through(draft, name, call, place)
            return
        relation = call.name in _RELATIONS
        if not relation and not call.name.endswith("Field"):
            return
        nullable = call.flag("null") is True
        kind = _KINDS.get(call.name, "" if relation else call.name.removesuffix("Field").lower())
        column = f"{name}_id" if relation else name
        draft.add_column(
            Column(column, kind, place, nullable, "default" in call.keywords, kind in {"json", "array"})
        )
        if call.flag("primary_key"):
            draft.add_key(KeyKind.PRIMARY, (column,), place)
        if call.flag("unique") or call.name == "OneToOneField":
            draft.add_key(KeyKind.UNIQUE, (column,), place)
        elif call.flag("db_index") or call.name == "SlugField":
            draft.add_key(KeyKind.INDEX, (column,), place)
        draft.checks += "choices" in call.keywords or call.name.startswith("Positive")
        if relation:
            given = call.keywords.get("to") or (call.positional[0] if call.positional else None)
            target = (string_of(given) or given.text()) if given is not None else ""
            enforced = call.flag("db_constraint") is not False
            indexed = call.flag("db_index") is not False
            if indexed and call.flag("unique") is None and call.name != "OneToOneField":
                draft.add_key(KeyKind.INDEX, (column,), place)
            if enforced:
                draft.add_foreign_key((column,), target.rsplit(".", 1)[-1], place, indexed=indexed)

    def _through(self, draft: Draft, name: str, call: Call, place: Place) -> None:
        if "through" not in call.keywords:
            # Django makes the table between the two, with its keys and indexes.
            draft.add_foreign_key((f"{name}__through",), "", place, indexed=True)

    def options(self, draft: Draft, options: dict[str, SgNode]) -> None:
        for key in ("indexes", "constraints"):
            for node in options[key].named_children() if key in options else ():
                call = call_of(node)
                if call is not None:
                    add_index(draft, call, self.place(node))
        together = options.get("unique_together")
        if together is not None:
            groups = [
                strings_of(child) for child in together.named_children() if child.kind() in {"tuple", "list"}
            ]
            for names in groups or [strings_of(together)]:
                add_key(draft, KeyKind.UNIQUE, names, self.place(together))
        together = options.get("index_together")
        for child in together.named_children() if together is not None else ():
            add_key(draft, KeyKind.INDEX, strings_of(child), self.place(child))


def add_key(draft: Draft, kind: KeyKind, names: tuple[str, ...], place: Place) -> None:
    """Add an index over fields: a relation's column ends in ``_id``."""
    known = draft.columns
    columns = []
    for name in names:
        plain = name.lstrip("-")
        foreign = canonical(f"{plain}_id")
        columns.append(f"{plain}_id" if foreign in known and canonical(plain) not in known else plain)
    draft.add_key(kind, tuple(columns), place)


def add_index(draft: Draft, call: Call, place: Place) -> None:
    """Add an index or constraint of ``Meta`` or of a migration."""
    names = strings_of(call.keywords.get("fields"))
    if call.name == "CheckConstraint" or call.name == "ExclusionConstraint":
        draft.checks += 1
    elif call.name == "UniqueConstraint":
        add_key(draft, KeyKind.UNIQUE, names or _expressions(call), place)
    elif call.name.endswith("Index"):
        if call.name in _UNORDERED:
            for name in names:
                add_key(draft, KeyKind.INDEX, (name,), place)
        else:
            add_key(draft, KeyKind.INDEX, names or _expressions(call), place)


def _expressions(call: Call) -> tuple[str, ...]:
    """``Index(Lower("email"))``: an index on an expression is one, of which nothing more is known."""
    return tuple("__expression__" for node in call.positional if node.kind() != "string")


_OPERATIONS = frozenset(
    {"CreateModel", "AddIndex", "AddIndexConcurrently", "AddConstraint", "AddField", "AlterUniqueTogether"}
)


def _operation(builder: Builder, block: Block, call: Call) -> None:
    place = Place(block, call.node.range().start.line)
    reader = _Model(builder, block)
    name = string_of(
        call.keywords.get("name")
        if call.name in {"CreateModel", "AlterUniqueTogether"}
        else call.keywords.get("model_name")
    )
    name = name or string_of(call.positional[0] if call.positional else None)
    if not name:
        return
    known = builder.known(name)
    if call.name == "CreateModel":
        if known is not None and known.created:
            return  # the model itself is shown
        draft = builder.table(name, place, "django", creates=True)
        draft.implicit_primary = True
        fields = call.keywords.get("fields")
        for pair in fields.named_children() if fields is not None else ():
            parts = pair.named_children()
            field = call_of(parts[1]) if pair.kind() == "tuple" and len(parts) > 1 else None
            if field is not None:
                reader.field(draft, string_of(parts[0]), field, reader.place(pair))
        return
    draft = builder.table(name, place, "django")
    given = call_of(
        call.keywords.get({"AddField": "field", "AddConstraint": "constraint"}.get(call.name, "index"))
    )
    if call.name == "AddField" and given is not None:
        reader.field(draft, string_of(call.keywords.get("name")), given, place)
    elif given is not None:
        add_index(draft, given, place)
