"""Mutants that lose their guards: dropped, commented out, put in a string, mounted too late, ignored."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from ast_grep_py import Edit, SgNode

from harness.calibration.mutants.guards import METHODS, Family, Form, Site, guards_of
from harness.calibration.mutants.source import Mutable, Mutant, Source, edited
from harness.response.block import Block

__all__ = ["comment_out", "drop", "drop_mount", "ignore_result", "put_in_string", "reorder_mounts"]

Change = Callable[[SgNode], str]


def drop(source: Source, family: Family) -> Iterator[Mutant]:
    """Every guard is gone, those of single routes among them."""
    sites = guards_of(source, family)
    if any(site.route for site in sites):
        yield from _without(source, sites, f"drop the {family}", _nothing)


def drop_mount(source: Source, family: Family) -> Iterator[Mutant]:
    """The guards stand in mounts only, and the mounts are gone."""
    sites = guards_of(source, family)
    if sites and not any(site.route for site in sites):
        yield from _without(source, sites, f"drop the mount of the {family}", _nothing)


def comment_out(source: Source, family: Family) -> Iterator[Mutant]:
    """Every guard stands in a comment."""
    yield from _without(source, guards_of(source, family), f"comment out the {family}", _comment)


def put_in_string(source: Source, family: Family) -> Iterator[Mutant]:
    """Every mount of a guard stands in a string, as a statement of its own."""
    sites = guards_of(source, family)
    if sites and all(site.form is Form.MOUNT for site in sites):
        yield from _without(source, sites, f"put the {family} in a string", _string)


def reorder_mounts(source: Source, family: Family) -> Iterator[Mutant]:
    """Every mount of a guard stands below the routes that it should guard."""
    sites = guards_of(source, family)
    if not sites or any(site.form is not Form.MOUNT for site in sites):
        return
    texts: dict[Block, str] = {}
    for mutable, own in _by_block(sites).items():
        edits = _reordered(mutable, own)
        text = edited(mutable, edits) if edits else None
        if text is None:
            return
        texts[mutable.block] = text
    yield Mutant(f"mount the {family} last", _where(sites), source.rewritten(texts))


def ignore_result(source: Source) -> Iterator[Mutant]:
    """The result of a validation is not looked at: the ``if`` that would refuse the request is gone."""
    texts: dict[Block, str] = {}
    places: list[str] = []
    for mutable in source.mutables:
        if not mutable.is_javascript or re.search(r"validateAsync|\.attempt\(|celebrate", mutable.block.text):
            return
        checks = [node for node in mutable.root.find_all(kind="if_statement") if _refuses_invalid(node)]
        text = edited(mutable, [node.replace(";") for node in checks])
        if text is not None:
            texts[mutable.block] = text
            places += [source.place(mutable, node) for node in checks]
    calls = sum(mutable.block.text.count(".validate(") for mutable in source.mutables)
    if texts and calls == len(places):
        yield Mutant("ignore the result of the validation", ", ".join(places), source.rewritten(texts))


def _refuses_invalid(node: SgNode) -> bool:
    """Tell an ``if`` that asks for the error of ``schema.validate(...)`` in the statements before it."""
    condition, parent = node.field("condition"), node.parent()
    if condition is None or parent is None or node.field("alternative") is not None:
        return False
    if not re.fullmatch(
        r"\(\s*(?:!!)?[\w$.]*(?:error|err|invalid|errors)[\w$.]*\s*\)", condition.text(), re.IGNORECASE
    ):
        return False
    before = parent.text()[: node.range().start.index - parent.range().start.index]
    return ".validate(" in before.rpartition("if (")[2]


def _without(source: Source, sites: Sequence[Site], kind: str, change: Change) -> Iterator[Mutant]:
    texts: dict[Block, str] = {}
    for mutable, own in _by_block(sites).items():
        edits = [edit for site in own for edit in _edits(site, change)]
        text = edited(mutable, edits)
        if text is None:
            return
        texts[mutable.block] = text
    if texts:
        yield Mutant(kind, _where(sites), source.rewritten(texts))


def _edits(site: Site, change: Change) -> list[Edit]:
    if site.form is Form.MOUNT:
        return [site.node.replace(change(site.node))]
    following = site.node.next()
    preceding = site.node.prev()
    replaced = change(site.node)
    # The comma goes with the argument: the one behind it, or that before the last one.
    if following is not None and following.text() == ",":
        return [site.node.replace(replaced), following.replace("")]
    if preceding is not None and preceding.text() == ",":
        return [preceding.replace(""), site.node.replace(replaced)]
    return [site.node.replace(replaced)]


def _nothing(node: SgNode) -> str:
    return ";" if node.kind() == "expression_statement" else ""


def _comment(node: SgNode) -> str:
    if "*/" not in node.text():
        return f"/* {node.text()} */"
    return "\n".join(f"// {line}" for line in node.text().split("\n"))


def _string(node: SgNode) -> str:
    return json.dumps(node.text()) + ";"


def _by_block(sites: Sequence[Site]) -> dict[Mutable, list[Site]]:
    found: defaultdict[Mutable, list[Site]] = defaultdict(list)
    for site in sites:
        found[site.mutable].append(site)
    return dict(found)


def _where(sites: Sequence[Site]) -> str:
    words = [" ".join(site.node.text().split())[:60] for site in sites]
    return "; ".join(words[:4]) + (f"; and {len(words) - 4} more" if len(words) > 4 else "")


def _reordered(mutable: Mutable, sites: Sequence[Site]) -> list[Edit]:
    """Move mounts behind the last route of their router; empty when a router has none below its mount."""
    edits: list[Edit] = []
    behind: defaultdict[int, list[str]] = defaultdict(list)
    statements = mutable.root.children()
    for site in sites:
        here = next((at for at, one in enumerate(statements) if one == site.node), -1)
        later = [
            at
            for at, one in enumerate(statements)
            if here >= 0 and at > here and _registers(one, site.receiver)
        ]
        if not later:
            return []
        edits.append(site.node.replace(";"))
        behind[later[-1]].append(site.node.text())
    edits += [
        statements[at].replace("\n".join([statements[at].text(), *moved])) for at, moved in behind.items()
    ]
    return edits


def _registers(statement: SgNode, receiver: str) -> bool:
    """Tell a statement that registers a route or another router on a router."""
    call = statement.child(0) if statement.kind() == "expression_statement" else None
    function = call.field("function") if call is not None and call.kind() == "call_expression" else None
    if function is None or function.kind() != "member_expression":
        return False
    holder, method = function.field("object"), function.field("property")
    if holder is None or method is None or method.text() not in METHODS:
        return False
    same = holder.text() == receiver or holder.text().startswith(f"{receiver}.route(")
    return same and ("," in statement.text() or ".route(" in holder.text())
