"""Chains of calls: ``res.status(400).json(...)`` begins with ``res``."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.javascript.syntax import callee_of, unwrap

__all__ = ["calls_of_chain", "root_of"]


def root_of(callee: SgNode) -> str:
    """Return the name that a chain of calls and properties begins with; empty where it is no name."""
    here = unwrap(callee)
    while here.kind() in {"member_expression", "call_expression"}:
        inner = here.field("object") if here.kind() == "member_expression" else callee_of(here)
        if inner is None:
            break
        here = unwrap(inner)
    return here.text() if here.kind() == "identifier" else ""


def calls_of_chain(call: SgNode) -> list[SgNode]:
    """Return the calls that a chain of calls begins with: of `a().b().c()` that is `a()` and `a().b()`."""
    found = []
    here: SgNode | None = call
    while here is not None and here.kind() in {"member_expression", "call_expression"}:
        found.append(here)
        here = here.field("object") if here.kind() == "member_expression" else callee_of(here)
    return found
