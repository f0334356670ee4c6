"""A place that takes requests, whatever the framework."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.checks.validation.effects import Effects
from harness.response.javascript.scopes import Unit
from harness.response.record import entity

__all__ = ["Site"]


@entity
class Site:
    """One endpoint with what its handlers do. ``expects_input``: its method or path promises input."""

    label: str
    node: SgNode
    unit: Unit
    effects: Effects
    expects_input: bool
