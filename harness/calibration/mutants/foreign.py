"""Guards of Python and PHP programs, taken away: decorators, permission classes, middleware of routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from ast_grep_py import SgNode

from harness.calibration.mutants.guards import Family
from harness.calibration.mutants.source import Mutable, Mutant, Source, edited
from harness.response.block import Block

__all__ = ["comment_out_foreign", "drop_foreign"]

# Decorators and class attributes of Python, calls in PHP, by what they demand.
_PYTHON = {
    Family.ROLE: re.compile(
        r"permission_classes|permission_required|user_passes_test|staff_member_required|roles?_required|"
        r"requires?_(?:role|permission|admin)|admin_required|roles_accepted",
        re.IGNORECASE,
    ),
}
_PHP = {
    Family.ROLE: re.compile(
        r"->middleware\(\s*\[?['\"](?:can|role|permission|ability|admin)\b|->authorize\(|Gate::authorize\("
    ),
}
_REFUSALS = {
    Family.ROLE: re.compile(
        r"\b403\b|[Ff]orbidden|PermissionDenied|has_perm|is_staff|is_superuser|\brole\b|abort_(?:if|unless)|"
        r"->can\(|->cannot\(|Gate::|Policy|DEFAULT_PERMISSION_CLASSES|Security\(|Depends\(",
    ),
}


def drop_foreign(source: Source, family: Family) -> Iterator[Mutant]:
    """Every guard of a Python or PHP program is gone."""
    yield from _without(source, family, f"drop the {family}", _nothing)


def comment_out_foreign(source: Source, family: Family) -> Iterator[Mutant]:
    """Every guard of a Python program is a comment."""
    if all(mutable.block.language == "python" for mutable in source.mutables):
        yield from _without(source, family, f"comment out the {family}", _comment)


def _nothing(text: str) -> str:  # noqa: ARG001 - what was there is gone
    return ""


def _comment(text: str) -> str:
    return "\n".join(f"# {line}" for line in text.split("\n"))


def _without(source: Source, family: Family, kind: str, change: Callable[[str], str]) -> Iterator[Mutant]:
    languages = {mutable.block.language for mutable in source.mutables}
    if len(languages) != 1 or not languages <= {"python", "php"}:
        return
    texts: dict[Block, str] = {}
    places: list[str] = []
    for mutable in source.mutables:
        nodes = list(_guards(mutable, family))
        text = edited(mutable, [node.replace(_replacement(node, change)) for node in nodes])
        if nodes and text is None:
            return
        if text is not None:
            texts[mutable.block] = text
            places += [" ".join(node.text().split())[:60] for node in nodes]
    if texts and not _stays_behind(source, texts, family):
        yield Mutant(kind, "; ".join(places[:4]), source.rewritten(texts))


def _guards(mutable: Mutable, family: Family) -> Iterator[SgNode]:
    if mutable.block.language == "python":
        for node in mutable.root.find_all(kind="decorator"):
            if _PYTHON[family].search(node.text()):
                yield node
        for node in mutable.root.find_all(kind="assignment"):
            left, statement = node.field("left"), node.parent()
            if left is not None and left.text() == "permission_classes" and statement is not None:
                yield statement
        return
    for node in mutable.root.find_all(kind="expression_statement"):
        if re.match(r"\$this->authorize\(|Gate::authorize\(", node.text()):
            yield node
    for node in mutable.root.find_all(kind="member_call_expression"):
        name = node.field("name")
        if name is not None and name.text() == "middleware" and _PHP[family].search(_last_call(node)):
            yield node


def _last_call(node: SgNode) -> str:
    arguments = node.field("arguments")
    return f"->middleware{arguments.text()}" if arguments is not None else ""


def _replacement(node: SgNode, change: Callable[[str], str]) -> str:
    """Return what takes the place of a guard: what it was called on stays."""
    if node.kind() == "member_call_expression":
        holder = node.field("object")
        return holder.text() if holder is not None else ""
    if node.kind() == "expression_statement" and node.text().startswith("permission_classes"):
        return change(node.text()) or "pass"
    return change(node.text())


def _stays_behind(source: Source, texts: dict[Block, str], family: Family) -> bool:
    """Tell whether what is left, or what the user supplied, may refuse callers, too."""
    left: Sequence[str] = [texts.get(block, block.text) for block in source.blocks]
    uncommented = "\n".join(re.sub(r"(?m)^\s*#.*$", "", text) for text in left)
    return bool(_REFUSALS[family].search(uncommented) or _REFUSALS[family].search(source.supplied))
