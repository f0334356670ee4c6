"""One endpoint of any framework: what a request passes on its way, and what the endpoint reads of it."""

from __future__ import annotations

from enum import Enum

from harness.response.flow.expressions import ClassDefinition, Expression, Function
from harness.response.flow.origins import Origin
from harness.response.flow.statements import Statement, Unit
from harness.response.flow.walk import Node
from harness.response.record import entity

__all__ = ["Input", "Passed", "PassedKind", "ServerEndpoint", "Through"]


class PassedKind(Enum):
    """How something comes to stand before an endpoint."""

    DECORATOR = "decorator"
    PERMISSION = "permission"  # a class of DRF, by all of which a request must be let through
    THROTTLE = "throttle"
    DEPENDENCY = "dependency"
    MIDDLEWARE = "middleware"
    HOOK = "hook"
    GUARD = "guard"  # NestJS
    METADATA = "metadata"  # what a guard would read, and none does
    MIXIN = "mixin"


@entity
class Passed:
    """One thing that a request passes before it is answered.

    ``name`` is how it is written where it is a text (``throttle:60,1``), else the last part of its name.
    ``value`` is the expression that names it, in ``unit``; ``origin`` where it comes from.
    ``arguments`` are what it is configured with. ``any_of``: one of these is enough (``A | B``).
    """

    kind: PassedKind
    name: str
    unit: Unit
    value: Expression | None = None
    origin: Origin | None = None
    arguments: tuple[Expression, ...] = ()
    any_of: tuple[Passed, ...] = ()


class Through(Enum):
    """Through what an endpoint reads its input."""

    RAW = "raw"
    SCHEMA = "schema"


@entity
class Input:
    """Something that is read of a request; ``what`` names the schema or the part of the request."""

    through: Through
    what: str
    node: Node
    unit: Unit
    library: str = ""


@entity
class ServerEndpoint:
    """One method on one path of a framework.

    ``node`` in ``unit`` is where it is registered. ``handler`` (in ``home``) answers; ``body`` are its
    statements, those of a script without a function as well. ``guards`` are in the order in which a request
    passes them. ``open`` says that part of the way is not shown, so that more guards may stand there;
    ``limits_open`` that a limit for all endpoints may be configured where it is not shown, ``users_open``
    the same for authentication; ``hidden`` that the code
    which answers is not shown. ``inputs`` are what its declaration says that it reads.
    """

    framework: str
    method: str
    path: str
    node: Node
    unit: Unit
    handler: Function | None
    home: Unit
    guards: tuple[Passed, ...] = ()
    inputs: tuple[Input, ...] = ()
    name: str = ""
    owner: ClassDefinition | None = None
    script: tuple[Statement, ...] = ()
    open: bool = False
    hidden: bool = False
    limits_open: bool = False
    users_open: bool = False

    @property
    def body(self) -> tuple[Statement, ...]:
        """The statements that answer."""
        return self.script if self.handler is None else self.handler.body

    @property
    def title(self) -> str:
        """How a reader knows it: ``POST /users``."""
        return f"{self.method.upper()} {self.path or self.name}"
