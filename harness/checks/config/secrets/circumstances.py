"""What stands around a literal in a program: the environment, a class of invented values, a place."""

from __future__ import annotations

from harness.checks.config.secrets.judge import is_used_secret
from harness.checks.config.secrets.readings import Reading, last_name
from harness.checks.config.secrets.values import names_itself
from harness.checks.config.secrets.words import words_of
from harness.response.config.model import Place
from harness.response.flow.expressions import ClassDefinition, Expression, Index
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node

__all__ = ["has_no_values", "is_environment", "is_variable", "place_of_node", "signs_everything"]

_INVENTED = frozenset({"Factory", "Seeder", "Migration", "Enum", "StrEnum", "TextChoices", "IntEnum"})


def place_of_node(unit: Unit, node: Node) -> Place:
    """Return the place of a node in its block; what goes over lines ends with its first."""
    found = node.node.range()
    start, end = found.start, found.end
    shift = unit.shifted if not start.line else 0
    first = node.node.text().split("\n", 1)[0]
    width = end.column - start.column if end.line == start.line else len(first)
    return Place(unit.block, start.line, start.column - shift, width)


def is_environment(expression: Expression) -> bool:
    """Say whether something is read from, or written to, the environment."""
    text = expression.node.text()[:200]
    return any(
        word in text
        for word in ("process.env", "os.environ", "getenv", "$_ENV", "import.meta.env", "Deno.env")
    )


def is_variable(expression: Expression, name: str) -> bool:
    """Say whether something that is read by a name is a variable of the environment or its like."""
    return (
        is_environment(expression)
        or (name.isupper() and len(words_of(name)) > 1)
        or isinstance(expression, Index)
    )


def signs_everything(name: str, reading: Reading) -> bool:
    """Django and Flask sign with their ``SECRET_KEY``, whatever its text."""
    if reading.unit.language != "python" or words_of(name) not in {
        ("secret", "key"),
        ("jwt", "secret", "key"),
    }:
        return False
    return is_used_secret(reading.text) and not names_itself(name, reading.text)


def has_no_values(definition: ClassDefinition) -> bool:
    """Say whether what a class holds is invented or only named: enums, interfaces, factories, seeders."""
    if definition.kind in {"enum", "interface"}:
        return True
    return any(last_name(base) in _INVENTED for base in definition.bases)
