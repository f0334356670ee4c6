"""A response, or a tree of files, as one program that all checks share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar, cast

from ast_grep_py import SgNode

from harness.core.types import Finding
from harness.response.block import Block, BlockRole, Origin
from harness.response.javascript.build import build_unit
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.lazy import lazy
from harness.response.routes import RouteGraph, build_route_graph

if TYPE_CHECKING:
    from harness.response.config.build import Config
    from harness.response.flow.build import Flow
    from harness.response.schema.model import Schema

__all__ = ["MAX_QUOTE", "Program"]

MAX_QUOTE = 160

_Fact = TypeVar("_Fact")


class Program:
    """All blocks of one answer (or all files of a project), parsed once and shared by all checks.

    ``linked`` says that the blocks are fragments of one answer. ``limits`` names what was too large to
    be read: with any of it, the absence of a violation proves nothing.
    """

    def __init__(
        self, blocks: Sequence[Block], *, text: str = "", linked: bool = True, limits: Sequence[str] = ()
    ) -> None:
        self.blocks = tuple(blocks)
        self.text = text
        self.linked = linked
        self.limits = tuple(limits)
        self._facts: dict[object, object] = {}

    def once(self, find: Callable[[Program], _Fact]) -> _Fact:
        """Return what ``find`` makes of this program; it is asked once, however many checks want to know."""
        if find not in self._facts:
            self._facts[find] = find(self)
        return cast("_Fact", self._facts[find])

    @lazy
    def units(self) -> tuple[Unit, ...]:
        """The JavaScript and TypeScript blocks, parsed; supplied files included."""
        return tuple(
            build_unit(block)
            for block in self.blocks
            if block.language in JAVASCRIPT_FAMILY and not block.oversized
        )

    @lazy
    def resolver(self) -> Resolver:
        """Names and values over all JavaScript and TypeScript blocks."""
        return Resolver(self.units, linked=self.linked)

    @lazy
    def routes(self) -> RouteGraph:
        """The endpoints of all server code: what the answer wrote and what the user supplied."""
        roles = {BlockRole.CODE, BlockRole.CONFIG}
        return build_route_graph(self.resolver, [unit for unit in self.units if unit.block.role in roles])

    @lazy
    def schema(self) -> Schema:
        """The database: tables and queries of all blocks; supplied files included."""
        # The schema's readers make findings with what this module offers.
        from harness.response.schema.build import schema_of

        return schema_of(self)

    @lazy
    def config(self) -> Config:
        """The configuration: compose files, Dockerfiles, environment files, commands; supplied included."""
        from harness.response.config.build import config_of

        return config_of(self)

    @lazy
    def flow(self) -> Flow:
        """All blocks of JavaScript, TypeScript, Python and PHP in one form, with their names resolved."""
        # The form makes findings with what this module offers.
        from harness.response.flow.build import flow_of

        return flow_of(self)

    @lazy
    def answered(self) -> tuple[Block, ...]:
        """The blocks that the answer itself wrote (what the user supplied left out)."""
        return tuple(block for block in self.blocks if block.origin is not Origin.SUPPLIED)

    def units_with(self, roles: Iterable[BlockRole] = (BlockRole.CODE,)) -> tuple[Unit, ...]:
        """Return the JavaScript units that the answer wrote, limited to some roles."""
        wanted = frozenset(roles)
        return tuple(
            unit
            for unit in self.units
            if unit.block.role in wanted and unit.block.origin is not Origin.SUPPLIED
        )

    @staticmethod
    def is_counter_example(unit: Unit, node: SgNode) -> bool:
        """Say whether a node stands in lines that are shown only as wrong."""
        if unit.block.role is BlockRole.COUNTER_EXAMPLE:
            return True
        return bool(unit.block.counter_lines) and node.range().start.line + 1 in unit.block.counter_lines

    @staticmethod
    def finding(unit: Unit, node: SgNode, message: str) -> Finding:
        """Make a finding at a node: lines and columns of the response (or file) as a whole."""
        return finding_at(unit.block, node, message)


def finding_at(block: Block, node: SgNode, message: str) -> Finding:
    """Make a finding at a node of a block; the quote is the first line of its text, bounded."""
    place = node.range()
    quote = node.text().split("\n", 1)[0].strip()
    return Finding(
        block=block.number,
        line=block.line + place.start.line,
        column=place.start.column + 1 + block.indent_of(place.start.line),
        end_line=block.line + place.end.line,
        end_column=place.end.column + 1 + block.indent_of(place.end.line),
        message=message,
        quote=quote if len(quote) <= MAX_QUOTE else quote[: MAX_QUOTE - 1] + "…",
        file=block.path if block.origin in {Origin.FILE, Origin.TOOL_CALL} else "",
    )
